"""Chargers, one at a time: made known, shown, changed, removed."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Annotated
from urllib.parse import quote

import msgspec
from msgspec import UNSET, UnsetType

from voltaro.domain.charger import Charger, Registration
from voltaro.domain.identity import check_identity
from voltaro.domain.person import Scope
from voltaro.domain.quirks import Mode, Quirks
from voltaro.ports import Change, NewCharger, VersionConflict
from web.charger_views import ChargerView, charger_views
from web.house import House
from web.problem import Problem, invalid, not_found
from web.route import Ask, Body, Reply, Routes, etag, expected_version
from web.security import security_view

routes = Routes("chargers")

Name = Annotated[str, msgspec.Meta(max_length=200)]
Latitude = Annotated[float, msgspec.Meta(ge=-90, le=90)]
Longitude = Annotated[float, msgspec.Meta(ge=-180, le=180)]
SecurityProfile = Annotated[
    int,
    msgspec.Meta(ge=0, le=3, description="0 open, 1 password, 2 password over TLS, 3 client certificate (OCPP security profiles)."),
]
ChargerPassword = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
ProtocolName = Annotated[str, msgspec.Meta(pattern=r"^ocpp(1\.6|2\.0\.1|2\.1)$")]


class NewChargerBody(Body, frozen=True, kw_only=True):
    """A charger to be made known. Without a password one is made and returned once, unless the profile is 0 (open) or 3."""

    id: str
    name: Name | None = None
    site_id: Name | None = None
    latitude: Latitude | None = None
    longitude: Longitude | None = None
    password: ChargerPassword | None = None
    security_profile: SecurityProfile = 1


Scale = Annotated[Decimal, msgspec.Meta(description="A power of ten from 0.001 to 1000.")]


class QuirksPatch(Body, frozen=True, kw_only=True):
    """Switches to turn; those left out stay. ``strict`` repairs nothing: it is meant for certification."""

    mode: Mode | UnsetType = UNSET
    time_zone: Name | UnsetType | None = UNSET
    other_version: bool | UnsetType = UNSET
    anonymous_charging: bool | UnsetType = UNSET
    begin_at_first_reading: bool | UnsetType = UNSET
    energy_scale: Scale | UnsetType = UNSET
    power_scale: Scale | UnsetType = UNSET


class ChargerPatch(Body, frozen=True, kw_only=True):
    """What to change; members left out stay. A new password, or a profile that needs one, hangs up on the charger."""

    name: Name | UnsetType | None = UNSET
    site_id: Name | UnsetType | None = UNSET
    latitude: Latitude | UnsetType | None = UNSET
    longitude: Longitude | UnsetType | None = UNSET
    registration: Registration | UnsetType = UNSET
    security_profile: SecurityProfile | UnsetType = UNSET
    protocol_override: ProtocolName | UnsetType | None = UNSET
    quirks: QuirksPatch | UnsetType = UNSET
    password: ChargerPassword | UnsetType = UNSET


class PasswordBody(Body, frozen=True):
    """A password to set; without one it is made."""

    password: ChargerPassword | None = None


class PasswordView(msgspec.Struct, frozen=True):
    """The charger's new password, shown once."""

    password: str


@routes.post("/chargers", "Make a charger known.", scope=Scope.CHARGERS_WRITE, body=NewChargerBody, response=ChargerView, status=201)
async def add_charger(ask: Ask[None, NewChargerBody]) -> Reply:
    return await make_known(ask.house, ask.body, ask.by)


@routes.get("/chargers/{charger_id}", "Show a charger.", scope=Scope.CHARGERS_READ, response=ChargerView)
async def show_charger(ask: Ask[None, None]) -> Reply:
    charger = await known_charger(ask)
    return await _one(ask.house, charger)


@routes.patch("/chargers/{charger_id}", "Change a charger.", scope=Scope.CHARGERS_WRITE, body=ChargerPatch, response=ChargerView)
async def change_charger(ask: Ask[None, ChargerPatch]) -> Reply:
    house, patch = ask.house, ask.body
    charger = await known_charger(ask)
    version = expected_version(ask.request)
    if version is not None and version != charger.version:
        raise VersionConflict
    profile = charger.security_profile if patch.security_profile is UNSET else patch.security_profile
    given = None if patch.password is UNSET else patch.password
    if given is not None and not _has_password(profile):
        raise invalid("/password", f"security profile {profile} has no password; set security_profile to 1 or 2 as well")
    made: str | None = None
    credential: tuple[bytes, bytes | None] | None = None
    if given is not None or (_has_password(profile) and not _has_password(charger.security_profile)):
        password, salt, digest = _password(house, given)
        made, credential = (None if given is not None else password), (salt, digest)
    elif not _has_password(profile) and _has_password(charger.security_profile):
        credential = (b"", None)
    names = ("name", "site_id", "latitude", "longitude", "registration", "security_profile", "protocol_override")
    values = {name: getattr(patch, name) for name in names if getattr(patch, name) is not UNSET}
    if patch.quirks is not UNSET:
        values["quirks"] = _turned(charger.quirks, patch.quirks)
    changed: Charger | None = charger
    if values or credential is not None:
        changed = await house.store.change_charger(charger.id, Change(values, version), ask.by, credential=credential)
    else:
        ask.changed_nothing()
    if changed is None:
        raise not_found(f"charger {charger.id!r}")
    spoken_otherwise = values.keys() & {"registration", "protocol_override"} or changed.quirks.mode is not charger.quirks.mode
    if given is not None or profile != charger.security_profile or spoken_otherwise:
        await house.fleet.disconnect(charger.id, "its settings were changed")
    return await _one(house, changed, password=made)


@routes.post(
    "/chargers/{charger_id}/password",
    "Give a charger a new password, made by us when none is given; it is shown once.",
    scope=Scope.CHARGERS_WRITE,
    body=PasswordBody,
    response=PasswordView,
)
async def set_charger_password(ask: Ask[None, PasswordBody]) -> PasswordView:
    charger = await known_charger(ask)
    if not _has_password(charger.security_profile):
        raise Problem(409, "no_password", f"Security profile {charger.security_profile} has no password; change security_profile first.")
    password, salt, digest = _password(ask.house, ask.body.password)
    await ask.house.store.set_charger_password(charger.id, salt, digest, ask.by)
    await ask.house.fleet.disconnect(charger.id, "its password was changed")
    return PasswordView(password)


@routes.delete("/chargers/{charger_id}", "Remove a charger and hang up on it.", scope=Scope.CHARGERS_WRITE)
async def remove_charger(ask: Ask[None, None]) -> None:
    charger = await known_charger(ask)
    if not await ask.house.store.remove_charger(charger.id, ask.by, expected_version(ask.request)):
        raise not_found(f"charger {charger.id!r}")
    await ask.house.fleet.disconnect(charger.id, "it was removed")


def _turned(quirks: Quirks, patch: QuirksPatch) -> Quirks:
    values = {name: getattr(patch, name) for name in patch.__struct_fields__ if getattr(patch, name) is not UNSET}
    try:
        return replace(quirks, **values)
    except ValueError as wrong:
        name, _, what = str(wrong).partition(" ")
        raise invalid(f"/quirks/{name}", what) from wrong


async def known_charger(ask: Ask[object, object]) -> Charger:
    """The charger that the path names. Raises Problem 404."""
    charger_id = ask.text("charger_id")
    charger = await ask.house.store.charger(charger_id)
    if charger is None:
        raise not_found(f"charger {charger_id!r}")
    return charger


async def make_known(house: House, body: NewChargerBody, by: str) -> Reply:
    """Store a new charger and answer 201 with it, and with its password where we made it."""
    check_identity(body.id)
    if body.password is not None and not _has_password(body.security_profile):
        raise invalid("/password", f"security profile {body.security_profile} has no password")
    made: str | None = None
    salt, digest = b"", None
    if _has_password(body.security_profile):
        password, salt, digest = _password(house, body.password)
        made = password if body.password is None else None
    new = NewCharger(
        id=body.id,
        name=body.name,
        site_id=body.site_id,
        latitude=body.latitude,
        longitude=body.longitude,
        security_profile=body.security_profile,
        salt=salt,
        password_hash=digest,
    )
    charger = await house.store.add_charger(new, by)
    return await _one(house, charger, status=201, password=made)


async def _one(house: House, charger: Charger, *, status: int = 200, password: str | None = None) -> Reply:
    [view] = await charger_views(house, [charger])
    kept = await house.store.charger_security(charger.id)
    if kept is not None:
        link = (await house.fleet.live([charger.id])).get(charger.id)
        shown = security_view(charger.security_profile, kept, None if link is None else link.link, house.clock.now())
        view = msgspec.structs.replace(view, security=shown)
    headers = {"ETag": etag(charger.version)}
    if status == 201:
        headers["Location"] = charger_address(charger.id)
    return Reply(view if password is None else msgspec.structs.replace(view, password=password), status, headers)


def charger_address(charger_id: str) -> str:
    """The path of a charger in the API."""
    return f"/api/v1/chargers/{quote(charger_id, safe='')}"


def _has_password(security_profile: int) -> bool:
    return security_profile in (1, 2)


def _password(house: House, given: str | None) -> tuple[str, bytes, bytes]:
    try:
        return house.new_password(given)
    except ValueError as error:
        raise invalid("/password", str(error)) from error
