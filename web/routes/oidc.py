"""How one may sign in, and signing in by OpenID Connect."""

from __future__ import annotations

from typing import Annotated

import msgspec
import structlog
from aiohttp import web

from voltaro.domain.person import SignIn, User
from voltaro.ports import AlreadyExists, Change, LastAdmin, Notice
from web.house import House
from web.oidc import ATTEMPT_S, AttemptLost, Identity, OidcFailed, Provider, sealed, unsealed
from web.problem import not_found
from web.route import Ask, Query, Routes
from web.routes.login import told_page

log = structlog.get_logger("voltaro.web")

routes = Routes("people")
pages = Routes("people", prefix="")

BY = "oidc"
COOKIE = "voltaro_oidc"
MOST_NAMESAKES = 50
Word = Annotated[str, msgspec.Meta(max_length=4000)]


class OidcWay(msgspec.Struct, frozen=True):
    """Where the browser goes to sign in elsewhere, and what the button says."""

    url: str
    label: str


class WaysView(msgspec.Struct, frozen=True):
    """How one may sign in here; ``oidc`` null: not by OpenID Connect."""

    password: bool
    oidc: OidcWay | None


class CallbackQuery(Query, frozen=True, kw_only=True, forbid_unknown_fields=False):
    """What the provider sends the browser back with; what else it says is ignored."""

    code: Word | None = None
    state: Word | None = None
    iss: Word | None = None
    error: Word | None = None


@routes.get("/login/methods", "How one may sign in here.", public=True, response=WaysView)
async def show_ways(ask: Ask[None, None]) -> WaysView:
    oidc, settings = ask.house.oidc, ask.house.settings
    return WaysView(settings.password_login, None if oidc is None else OidcWay("/login/oidc", oidc.settings.label))


@pages.get(
    "/login/oidc",
    "Begin to sign in by OpenID Connect; leads to the provider.",
    public=True,
    media=("text/html",),
    status=303,
    problems=(404,),
)
async def begin_oidc(ask: Ask[None, None]) -> web.Response:
    provider = _provider(ask.house)
    try:
        url, attempt = await provider.begin(_redirect_uri(ask))
    except OidcFailed as error:
        return _failed(error)
    response = web.Response(status=303, headers={"Location": url})
    name, secure = _cookie(ask)
    value = sealed(attempt, await _key(ask.house))
    response.set_cookie(name, value, max_age=ATTEMPT_S, path="/", httponly=True, samesite="Lax", secure=secure)
    return response


@pages.get(
    "/login/oidc/callback",
    "Where the provider sends the browser back to; leads to the dashboard.",
    public=True,
    query=CallbackQuery,
    media=("text/html",),
    status=303,
    problems=(404,),
)
async def finish_oidc(ask: Ask[CallbackQuery, None]) -> web.Response:
    provider = _provider(ask.house)
    response = await _finish(ask, provider)
    name, secure = _cookie(ask)
    response.del_cookie(name, path="/", secure=secure, httponly=True, samesite="Lax")
    return response


async def _finish(ask: Ask[CallbackQuery, None], provider: Provider) -> web.Response:
    house, asked = ask.house, ask.query
    try:
        kept = unsealed(ask.request.cookies.get(_cookie(ask)[0]), await _key(house))
        attempt = provider.take(kept, asked.state)
        if asked.code is None:
            return told_page(403, "You were not signed in", f"The sign-in service says: {asked.error or 'nothing'}.")
        identity = await provider.finish(attempt, asked.code, _redirect_uri(ask), asked.iss)
    except AttemptLost as lost:
        return told_page(400, "This sign-in does not go on", f"The reason: {lost}. Begin it again.")
    except OidcFailed as error:
        return _failed(error)
    if identity.role is None:
        await house.store.record_audit(identity.name, "login.refused", identity.name, {"by": BY, "reason": "no role"})
        return told_page(
            403, "You may not use this", f"The sign-in service knows you as {identity.name}, but none of your groups has a role here."
        )
    try:
        user = await _user(house, identity)
    except LastAdmin:
        return told_page(
            409,
            "You are the last admin",
            "The sign-in service would take that role from you. Let somebody else become an admin here first.",
        )
    if user.disabled:
        await house.store.record_audit(user.name, "login.refused", user.name, {"by": BY, "reason": "disabled"})
        return told_page(403, "You may not use this", "An admin has disabled you here.")
    response = web.Response(status=303, headers={"Location": "/"})
    await house.gate.open_login(ask.request, response, user, house.settings.login_hours, SignIn.OIDC)
    await house.store.record_audit(user.name, "login.opened", user.name, {"by": SignIn.OIDC})
    return response


async def _user(house: House, identity: Identity) -> User:
    """The person, made at the first sign-in, with the role that they have there now. Raises LastAdmin."""
    assert identity.role is not None
    user = await house.store.user_by_subject(identity.issuer, identity.subject)
    if user is None:
        return await _made(house, identity)
    if user.role is not identity.role and not user.disabled:
        user = await house.store.change_user(user.id, Change({"role": identity.role}), BY) or user
        house.forget(Notice("user", str(user.id)))
    return user


async def _made(house: House, identity: Identity) -> User:
    """A new person. A name that is taken is never taken over: they get another."""
    assert identity.role is not None
    for number in range(1, MOST_NAMESAKES):
        name = identity.name if number == 1 else f"{identity.name[:76]}-{number}"
        try:
            return await house.store.add_external_user(name, identity.role, identity.issuer, identity.subject, BY)
        except AlreadyExists:
            known = await house.store.user_by_subject(identity.issuer, identity.subject)
            if known is not None:  # the same person came in another window at the same moment
                return known
    raise AlreadyExists(f"there are {MOST_NAMESAKES} people named {identity.name!r}")


def _provider(house: House) -> Provider:
    if house.oidc is None:
        raise not_found("sign-in by OpenID Connect here")
    return house.oidc


def _failed(error: OidcFailed) -> web.Response:
    log.warning("oidc.failed", reason=str(error))
    return told_page(502, "The sign-in service cannot be used now", "The server's log says why. Try again, or sign in another way.")


def _redirect_uri(ask: Ask[object, object]) -> str:
    peers = ask.house.gate.peers
    return f"{'https' if peers.secure(ask.request) else 'http'}://{peers.host(ask.request)}/login/oidc/callback"


def _cookie(ask: Ask[object, object]) -> tuple[str, bool]:
    secure = ask.house.gate.peers.secure(ask.request)
    return (f"__Host-{COOKIE}" if secure else COOKIE), secure


async def _key(house: House) -> bytes:
    return await house.store.secret("oidc-attempts")
