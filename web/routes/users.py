"""People who sign in. Nobody is removed, because the audit names them; they are disabled."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, UnsetType

from voltaro.domain.person import Role, Scope, User
from voltaro.ports import Change, Notice
from web.problem import Problem, not_found
from web.route import Ask, Body, Listing, Reply, Routes
from web.routes.login import Password

routes = Routes("people")


class UserView(msgspec.Struct, frozen=True):
    """A person."""

    id: int
    name: str
    role: Role
    disabled: bool
    created_at: datetime


class UserBody(Body, frozen=True, kw_only=True):
    """A person to be let in."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=80, pattern=r"^[^\s:/]+$")]
    role: Role
    password: Password


class UserPatch(Body, frozen=True, kw_only=True):
    """What to change; members left out stay. A new password or less rights end what is signed in."""

    role: Role | UnsetType = UNSET
    disabled: bool | UnsetType = UNSET
    password: Password | UnsetType = UNSET


@routes.get("/users", "List people.", scope=Scope.ADMIN, response=Listing[UserView])
async def list_users(ask: Ask[None, None]) -> Listing[UserView]:
    return Listing([user_view(user) for user in await ask.house.store.users()], None)


@routes.post("/users", "Let a person in.", scope=Scope.ADMIN, body=UserBody, response=UserView, status=201)
async def add_user(ask: Ask[None, UserBody]) -> Reply:
    body = ask.body
    digest = await ask.house.passwords.hash(body.password)
    user = await ask.house.store.add_user(body.name, body.role, digest, ask.by)
    return Reply(user_view(user), 201, {"Location": f"/api/v1/users/{user.id}"})


@routes.get("/users/{user_id}", "Show a person.", scope=Scope.ADMIN, response=UserView)
async def show_user(ask: Ask[None, None]) -> UserView:
    user_id = ask.number("user_id")
    for user in await ask.house.store.users():
        if user.id == user_id:
            return user_view(user)
    raise not_found(f"user {user_id}")


@routes.patch(
    "/users/{user_id}", "Change a person's role or password, or disable them.", scope=Scope.ADMIN, body=UserPatch, response=UserView
)
async def change_user(ask: Ask[None, UserPatch]) -> UserView:
    body, user_id = ask.body, ask.number("user_id")
    oneself = ask.who.user is not None and ask.who.user.id == user_id
    if oneself and (body.disabled is True or (body.role is not UNSET and body.role is not Role.ADMIN)):
        raise Problem(409, "oneself", "You cannot take your own rights away; let another admin do it.")
    values: dict[str, Any] = {}
    if body.role is not UNSET:
        values["role"] = body.role
    if body.disabled is not UNSET:
        values["disabled"] = body.disabled
    if body.password is not UNSET:
        values["password_hash"] = await ask.house.passwords.hash(body.password)
    user = await ask.house.store.change_user(user_id, Change(values), ask.by)
    if user is None:
        raise not_found(f"user {user_id}")
    ask.house.forget(Notice("user", str(user_id)))
    return user_view(user)


def user_view(user: User) -> UserView:
    """A person as the API shows them."""
    return UserView(user.id, user.name, user.role, user.disabled, user.created_at)
