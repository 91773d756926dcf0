"""Logins: where people are signed in, and ending that."""

from __future__ import annotations

from datetime import datetime

import msgspec
from aiohttp import web

from voltaro.domain.person import Login, Scope, SignIn, User
from voltaro.ports import Notice
from web.export import LIST_MEDIA, Format, each, stream, wanted_format
from web.problem import Problem, not_found
from web.route import Ask, Listing, Query, Routes

routes = Routes("people")


class LoginView(msgspec.Struct, frozen=True):
    """A signed-in browser. ``current``: the one that asks. ``last_seen_at`` is kept to the minute."""

    id: int
    method: SignIn
    created_at: datetime
    last_seen_at: datetime | None
    expires_at: datetime
    address: str | None
    user_agent: str | None
    current: bool


class EndQuery(Query, frozen=True, kw_only=True):
    """``others``: all but the one that asks. It must be said, so that nobody signs out by mistake."""

    others: bool = False


class EndedView(msgspec.Struct, frozen=True):
    """How many logins were ended."""

    ended: int


@routes.get("/me/logins", "List where one is signed in.", response=Listing[LoginView], media=LIST_MEDIA)
async def list_own_logins(ask: Ask[None, None]) -> Listing[LoginView] | web.StreamResponse:
    return await _list(ask, _oneself(ask))


@routes.delete("/me/logins", "End all other logins of one's own (others=true).", query=EndQuery, response=EndedView)
async def end_other_logins(ask: Ask[EndQuery, None]) -> EndedView:
    user = _oneself(ask)
    if not ask.query.others:
        raise Problem(400, "bad_query", "Say others=true: this login is ended by POST /api/v1/logout.")
    ended = await ask.house.store.end_logins(user.id, ask.by, but=ask.who.secret_hash)
    ask.house.forget(Notice("user", str(user.id)))
    return EndedView(ended)


@routes.delete("/me/logins/{login_id}", "End one login of one's own.")
async def end_own_login(ask: Ask[None, None]) -> None:
    await _end(ask, _oneself(ask))


@routes.get(
    "/users/{user_id}/logins", "List where a person is signed in.", scope=Scope.ADMIN, response=Listing[LoginView], media=LIST_MEDIA
)
async def list_logins(ask: Ask[None, None]) -> Listing[LoginView] | web.StreamResponse:
    return await _list(ask, await known_user(ask))


@routes.delete("/users/{user_id}/logins", "End all logins of a person.", scope=Scope.ADMIN, response=EndedView)
async def end_logins(ask: Ask[None, None]) -> EndedView:
    user = await known_user(ask)
    ended = await ask.house.store.end_logins(user.id, ask.by)
    ask.house.forget(Notice("user", str(user.id)))
    return EndedView(ended)


@routes.delete("/users/{user_id}/logins/{login_id}", "End one login of a person.", scope=Scope.ADMIN)
async def end_login(ask: Ask[None, None]) -> None:
    await _end(ask, await known_user(ask))


async def known_user(ask: Ask[object, object]) -> User:
    """The person that the path names. Raises Problem 404."""
    user_id = ask.number("user_id")
    user = await ask.house.store.user(user_id)
    if user is None:
        raise not_found(f"user {user_id}")
    return user


def _oneself(ask: Ask[object, object]) -> User:
    if ask.who.user is None:
        raise Problem(403, "forbidden", "A token is nobody's login; sign in as a person.")
    return ask.who.user


async def _list(ask: Ask[object, object], user: User) -> Listing[LoginView] | web.StreamResponse:
    wanted = wanted_format(ask.request)
    views = [_login_view(login, ask.who.secret_hash) for login in await ask.house.store.logins(user.id)]
    if wanted is Format.JSON:
        return Listing(views, None)
    return await stream(ask.request, wanted, "logins", each(views), LoginView.__struct_fields__)


async def _end(ask: Ask[object, object], user: User) -> None:
    login_id = ask.number("login_id")
    if not await ask.house.store.end_logins(user.id, ask.by, login_id=login_id):
        raise not_found(f"login {login_id}")
    ask.house.forget(Notice("user", str(user.id)))


def _login_view(login: Login, asking: bytes) -> LoginView:
    return LoginView(
        id=login.id,
        method=login.method,
        created_at=login.created_at,
        last_seen_at=login.last_seen_at,
        expires_at=login.expires_at,
        address=login.address,
        user_agent=login.user_agent,
        current=login.secret_hash == asking,
    )
