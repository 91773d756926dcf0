"""Signing in and out: name and password, a one-time link, and who is signed in."""

from __future__ import annotations

import html
from typing import Annotated

import msgspec
from aiohttp import web

from voltaro.domain.password import LONGEST, SHORTEST, fault_of
from voltaro.domain.person import Role, Scope, SignIn, User
from voltaro.ports import Change, Notice
from web.auth import Principal, hash_secret
from web.dashboard import page_policy
from web.house import House
from web.problem import Problem, invalid
from web.route import Ask, Body, Routes
from web.throttle import Allowance

routes = Routes("people")
pages = Routes("people", prefix="")

Password = Annotated[str, msgspec.Meta(min_length=SHORTEST, max_length=LONGEST)]
OF_NAME_HERE = Allowance(burst=5, refill_s=30)
OF_ADDRESS = Allowance(burst=30, refill_s=10)
OF_NAME = Allowance(burst=100, refill_s=5)
"""A name has a large allowance over all addresses, so that guessing from many ends, yet nobody is easily locked out."""


class MeView(msgspec.Struct, frozen=True, kw_only=True):
    """Who is signed in. ``csrf`` goes into the header X-Voltaro-CSRF of whatever changes something; null for tokens.

    ``has_password``: it can be changed here; ``is_external``: they sign in elsewhere, by OpenID Connect."""

    name: str
    role: Role | None
    scopes: list[Scope]
    user_id: int | None
    csrf: str | None
    fault_injection: bool
    ocpp_url: str | None
    has_password: bool
    is_external: bool


class LoginBody(Body, frozen=True):
    """Name and password."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    password: Annotated[str, msgspec.Meta(max_length=256)]


class OwnPasswordBody(Body, frozen=True, kw_only=True):
    """A new password for oneself. Only one who has none (and came by a link) may leave out the current one."""

    current: Annotated[str, msgspec.Meta(max_length=256)] = ""
    new: Password


@routes.post(
    "/login", "Sign in with name and password; sets the cookie.", public=True, body=LoginBody, response=MeView, problems=(401, 403)
)
async def log_in(ask: Ask[None, LoginBody]) -> web.Response:
    house, body = ask.house, ask.body
    house.gate.check_origin(ask.request)
    if not house.settings.password_login:
        raise Problem(403, "password_login_off", "Nobody signs in with a password here: GET /api/v1/login/methods tells how.")
    user = await _checked(ask, body.name, body.password)
    if user is None:
        await house.store.record_audit(body.name[:80], "login.refused", body.name[:80], {})
        raise Problem(401, "wrong_credentials", "Name or password is wrong.")
    response = web.Response(content_type="application/json")
    principal = await house.gate.open_login(ask.request, response, user, house.settings.login_hours)
    await house.store.record_audit(user.name, "login.opened", user.name, {"by": SignIn.PASSWORD})
    response.body = msgspec.json.encode(me_view(house, principal))
    return response


@routes.post("/logout", "Sign out.")
async def log_out(ask: Ask[None, None]) -> web.Response:
    response = web.Response(status=204)
    await ask.house.gate.close_login(ask.request, response)
    await ask.house.store.record_audit(ask.by, "login.closed", ask.by, {})
    for reader in ask.house.stream.readers:
        if reader.owner.secret_hash == ask.who.secret_hash and ask.who.csrf is not None:
            reader.close()
    return response


@routes.get("/me", "Who is signed in, and what they may do.", response=MeView)
async def show_me(ask: Ask[None, None]) -> MeView:
    return me_view(ask.house, ask.who)


@routes.post(
    "/me/password", "Change one's own password; ends all other logins, and gives this browser a new one.", body=OwnPasswordBody, status=204
)
async def change_own_password(ask: Ask[None, OwnPasswordBody]) -> web.Response:
    user, house = ask.who.user, ask.house
    if user is None:
        raise Problem(403, "forbidden", "A token has no password; sign in as a person.")
    if user.is_external:
        raise Problem(403, "forbidden", "You sign in by OpenID Connect: your password is kept there, not here.")
    if user.has_password and await _checked(ask, user.name, ask.body.current) is None:
        raise Problem(403, "wrong_credentials", "The current password is wrong.")
    digest = await house.passwords.hash(good_password(ask.body.new, user.name, "/new"))
    await house.store.change_user(user.id, Change({"password_hash": digest}), ask.by)
    house.forget(Notice("user", str(user.id)))
    response = web.Response(status=204)
    await house.gate.open_login(ask.request, response, user, house.settings.login_hours)
    return response


@pages.get(
    "/login/{secret}",
    "Sign in by a one-time link; leads to the dashboard.",
    public=True,
    media=("text/html",),
    status=303,
    also={410: "text/html"},
)
async def follow_login_link(ask: Ask[None, None]) -> web.Response:
    house = ask.house
    user = await house.store.use_login_link(hash_secret(ask.text("secret")))
    if user is None or user.disabled:
        return told_page(410, "This link has been used or has expired", "Ask for a new one, or sign in with your name and password.")
    response = web.Response(status=303, headers={"Location": "/"})
    await house.gate.open_login(ask.request, response, user, house.settings.login_hours, SignIn.LINK)
    await house.store.record_audit(user.name, "login.opened", user.name, {"by": SignIn.LINK})
    return response


def me_view(house: House, principal: Principal) -> MeView:
    """A principal as the API shows it to itself."""
    role = principal.role or (Role.ADMIN if Scope.ADMIN in principal.scopes else None)
    return MeView(
        name=principal.name,
        role=role,
        scopes=sorted(principal.scopes),
        user_id=None if principal.user is None else principal.user.id,
        csrf=principal.csrf,
        fault_injection=house.settings.fault_injection and principal.may(Scope.ADMIN),
        ocpp_url=house.settings.ocpp_url,
        has_password=principal.user is not None and principal.user.has_password,
        is_external=principal.user is not None and principal.user.is_external,
    )


def good_password(password: str, name: str, pointer: str) -> str:
    """The password, when it can be that person's. Raises Problem 422."""
    fault = fault_of(password, name)
    if fault is not None:
        raise invalid(pointer, fault)
    return password


async def _checked(ask: Ask[object, object], name: str, password: str) -> User | None:
    """The user when the password is right. Raises Problem 429 when too many attempts have failed. Takes the same time for unknown names."""
    house = ask.house
    address = house.gate.peers.address(ask.request)
    folded = name.casefold()
    limits = ((f"here:{folded}@{address}", OF_NAME_HERE), (f"address:{address}", OF_ADDRESS), (f"name:{folded}", OF_NAME))
    wait_s = max(house.throttle.wait_s(key, allowance) for key, allowance in limits)
    if wait_s:
        raise Problem(429, "too_many_attempts", f"Too many failed attempts; try again in {wait_s} s.", headers={"Retry-After": str(wait_s)})
    # An attempt is counted before it is judged and given back when it was right, so that many at once do not slip through.
    for key, allowance in limits:
        house.throttle.failed(key, allowance)
    found = await house.store.user_secret(name)
    right = await house.passwords.check(None if found is None else found[1], password)
    if found is None or not right or found[0].disabled:
        return None
    for key, _ in limits:
        house.throttle.forgive(key)
    return found[0]


def told_page(status: int, title: str, text: str) -> web.Response:
    """A page of a few words, for what a person opens in a browser."""
    body = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{html.escape(title)}</title><h1>{html.escape(title)}</h1><p>{html.escape(text)} "
        f'<a href="/">To the dashboard</a></p></html>'
    )
    headers = {"Content-Security-Policy": page_policy()}
    return web.Response(status=status, text=body, content_type="text/html", headers=headers)
