"""People who sign in to operate. Nobody is removed, because the audit names them; they are disabled. Those who charge are drivers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Any

import msgspec
from aiohttp import web
from msgspec import UNSET, UnsetType

from voltaro.domain.person import Role, Scope, User
from voltaro.ports import Change, Notice
from web.export import LIST_MEDIA, Format, all_pages, stream, wanted_format
from web.problem import Problem, not_found
from web.route import Ask, Body, Listing, PageQuery, Reply, Routes, etag, expected_version
from web.routes.login import Password, good_password
from web.routes.logins import known_user

routes = Routes("people")

_PAGE = 500
PERSON_NAME = r"^[^\s:/]+$"


class UserView(msgspec.Struct, frozen=True, kw_only=True):
    """A person. ``is_external``: they sign in by OpenID Connect, which says their role; ``version`` is also the ETag."""

    id: int
    name: str
    role: Role
    disabled: bool
    created_at: datetime
    has_password: bool
    is_external: bool
    last_login_at: datetime | None
    version: int


class UserBody(Body, frozen=True, kw_only=True):
    """A person to be let in."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=80, pattern=PERSON_NAME)]
    role: Role
    password: Password


class UserPatch(Body, frozen=True, kw_only=True):
    """What to change; members left out stay. A new password or role, and being disabled, end all their logins."""

    role: Role | UnsetType = UNSET
    disabled: bool | UnsetType = UNSET
    password: Password | UnsetType = UNSET


@routes.get("/users", "List people, newest first.", scope=Scope.ADMIN, query=PageQuery, response=Listing[UserView], media=LIST_MEDIA)
async def list_users(ask: Ask[PageQuery, None]) -> Listing[UserView] | web.StreamResponse:
    store, wanted = ask.house.store, wanted_format(ask.request)
    if wanted is Format.JSON:
        page = await store.users(limit=ask.query.limit, cursor=ask.query.cursor)
        return Listing([user_view(user) for user in page.items], page.next)
    rows: AsyncIterator[UserView] = all_pages(lambda cursor: store.users(limit=_PAGE, cursor=cursor), user_view)
    return await stream(ask.request, wanted, "users", rows, UserView.__struct_fields__)


@routes.post("/users", "Let a person in.", scope=Scope.ADMIN, body=UserBody, response=UserView, status=201)
async def add_user(ask: Ask[None, UserBody]) -> Reply:
    body = ask.body
    digest = await ask.house.passwords.hash(good_password(body.password, body.name, "/password"))
    user = await ask.house.store.add_user(body.name, body.role, digest, ask.by)
    return _one(user, 201, {"Location": f"/api/v1/users/{user.id}"})


@routes.get("/users/{user_id}", "Show a person.", scope=Scope.ADMIN, response=UserView)
async def show_user(ask: Ask[None, None]) -> Reply:
    return _one(await known_user(ask))


@routes.patch(
    "/users/{user_id}", "Change a person's role or password, or disable them.", scope=Scope.ADMIN, body=UserPatch, response=UserView
)
async def change_user(ask: Ask[None, UserPatch]) -> Reply:
    body, user = ask.body, await known_user(ask)
    oneself = ask.who.user is not None and ask.who.user.id == user.id
    if oneself and (body.disabled is True or (body.role is not UNSET and body.role is not Role.ADMIN)):
        raise Problem(409, "oneself", "You cannot take your own rights away; let another admin do it.")
    values: dict[str, Any] = {}
    if body.role is not UNSET:
        values["role"] = body.role
    if body.disabled is not UNSET:
        values["disabled"] = body.disabled
    if body.password is not UNSET:
        if user.is_external:
            raise Problem(409, "external", f"{user.name} signs in by OpenID Connect and has no password here.")
        values["password_hash"] = await ask.house.passwords.hash(good_password(body.password, user.name, "/password"))
    changed = await ask.house.store.change_user(user.id, Change(values, expected_version(ask.request)), ask.by)
    if changed is None:
        raise not_found(f"user {user.id}")
    if changed.version == user.version:
        ask.changed_nothing()
    ask.house.forget(Notice("user", str(user.id)))
    return _one(changed)


def user_view(user: User) -> UserView:
    """A person as the API shows them."""
    return UserView(**{name: getattr(user, name) for name in UserView.__struct_fields__})


def _one(user: User, status: int = 200, headers: dict[str, str] | None = None) -> Reply:
    return Reply(user_view(user), status, {"ETag": etag(user.version), **(headers or {})})
