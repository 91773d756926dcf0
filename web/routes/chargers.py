"""Chargers: the stored rows with what is live laid over them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from datetime import datetime
from decimal import Decimal
from typing import Annotated
from urllib.parse import quote

import msgspec
from msgspec import UNSET, UnsetType

from voltaro.domain.charger import Charger, Connection, Connector, ConnectorState, Registration, ServiceWish
from voltaro.domain.identity import check_identity
from voltaro.domain.person import Scope
from voltaro.domain.quirks import AS_THEY_COME, Mode, Quirks
from voltaro.domain.session import Session
from voltaro.ports import ActorNode, Change, ChargerLive, NewCharger, Stranger, VersionConflict
from web.house import House
from web.problem import Problem, invalid, not_found
from web.route import Ask, Body, Listing, PageQuery, Reply, Routes, etag, expected_version
from web.security import SecurityView, security_view

routes = Routes("chargers")

_PIECE = 50
Name = Annotated[str, msgspec.Meta(max_length=200)]
Latitude = Annotated[float, msgspec.Meta(ge=-90, le=90)]
Longitude = Annotated[float, msgspec.Meta(ge=-180, le=180)]
SecurityProfile = Annotated[
    int,
    msgspec.Meta(ge=0, le=3, description="0 open, 1 password, 2 password over TLS, 3 client certificate (OCPP security profiles)."),
]
ChargerPassword = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
ProtocolName = Annotated[str, msgspec.Meta(pattern=r"^ocpp(1\.6|2\.0\.1|2\.1)$")]


class ConnectorView(msgspec.Struct, frozen=True):
    """A connector as last reported: ``status`` is the charger's OCPP word, ``state`` ours. ``stale``: it has not reported itself since
    the charger last connected or booted, or the charger is offline."""

    id: int
    status: str
    state: ConnectorState
    error_code: str | None
    updated_at: datetime
    stale: bool = False


class EvseView(msgspec.Struct, frozen=True):
    """An EVSE with its connectors and its open session. 1.6 connector n is EVSE n, connector 1."""

    id: int
    connectors: list[ConnectorView]
    session_id: int | None
    power_w: int | None = None
    energy_wh: int | None = None
    soc_percent: int | None = None


class ServiceWishView(msgspec.Struct, frozen=True):
    """What the charger has agreed to have in or out of service, and when; evse 0 is the whole charger, connector 0 the whole EVSE."""

    evse_id: int
    connector_id: int
    operative: bool
    at: datetime


class ClockView(msgspec.Struct, frozen=True):
    """How far the charger's clock is behind ours, in seconds (less than 0: ahead), and when that was last measured."""

    offset_s: float
    measured_at: datetime
    is_off: bool


class ActorSummary(msgspec.Struct, frozen=True):
    """The charger's actor: running, restarting, quarantined or stopped."""

    state: str
    restarts: int
    mailbox: int


class QuirksView(msgspec.Struct, frozen=True, kw_only=True):
    """What is switched on for this charger because it does not speak OCPP as it is written."""

    mode: Mode
    time_zone: str | None
    other_version: bool
    anonymous_charging: bool
    begin_at_first_reading: bool
    energy_scale: Decimal
    power_scale: Decimal


class ChargerView(msgspec.Struct, frozen=True, kw_only=True):
    """A charger. ``station`` is what it said of itself as a whole (1.6 connector 0). ``version`` is also the ETag.

    ``availability`` is kept, and asked for again where the charger shows otherwise after a boot. ``restless``: it boots again and
    again, and is asked nothing by us until it is calm.
    """

    id: str
    name: str | None
    connection: Connection
    registration: Registration
    protocol: str | None
    vendor: str | None
    model: str | None
    serial_number: str | None
    firmware_version: str | None
    last_seen: datetime | None
    connected_since: datetime | None
    remote: str | None
    site_id: str | None
    latitude: float | None
    longitude: float | None
    security_profile: int
    protocol_override: str | None
    quirks: QuirksView
    station: ConnectorView | None
    evses: list[EvseView]
    actor: ActorSummary
    created_at: datetime | None
    version: int
    simulated: bool = False
    """A virtual charger of the simulator: never billed."""
    availability: list[ServiceWishView] = []
    restless: bool = False
    clock: ClockView | None = None
    security: SecurityView | UnsetType = UNSET
    """Of one charger alone, not in lists."""
    password: str | UnsetType = UNSET
    """Shown once, where we made it."""


class ChargerQuery(PageQuery, frozen=True, kw_only=True):
    """``registration=pending`` also lists strangers who wait and have no row yet."""

    registration: Registration | None = None
    search: Annotated[str, msgspec.Meta(max_length=100)] | None = None


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


@routes.get("/chargers", "List chargers, by id.", scope=Scope.CHARGERS_READ, query=ChargerQuery, response=Listing[ChargerView])
async def list_chargers(ask: Ask[ChargerQuery, None]) -> Listing[ChargerView]:
    query, store = ask.query, ask.house.store
    items: list[ChargerView] = []
    cursor = query.cursor
    while True:
        # A large page is read in pieces: others get their turn between them.
        piece = min(query.limit - len(items), _PIECE)
        page = await store.chargers(limit=piece, cursor=cursor, registration=query.registration, search=query.search)
        items += await charger_views(ask.house, page.items)
        cursor = page.next
        if cursor is None or len(items) >= query.limit:
            break
    if query.registration is Registration.PENDING and query.cursor is None:
        stored = {charger.id for charger in items}
        strangers = [stranger for stranger in ask.house.waiting_room.strangers() if stranger.charger_id not in stored]
        wanted = (query.search or "").casefold()
        items[:0] = [_of_stranger(stranger) for stranger in strangers if wanted in stranger.charger_id.casefold()]
    return Listing(items, cursor)


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
    credential_changed = given is not None or profile != charger.security_profile
    if given is not None or (_has_password(profile) and not _has_password(charger.security_profile)):
        password, salt, digest = _password(house, given)
        made = None if given is not None else password
        await house.store.set_charger_password(charger.id, salt, digest, ask.by)
    names = ("name", "site_id", "latitude", "longitude", "registration", "security_profile", "protocol_override")
    values = {name: getattr(patch, name) for name in names if getattr(patch, name) is not UNSET}
    if patch.quirks is not UNSET:
        values["quirks"] = _turned(charger.quirks, patch.quirks)
    # Setting the password may have moved the version on, so the check of If-Match is the one above when both change.
    changed = (
        await house.store.change_charger(charger.id, Change(values, None if credential_changed else version), ask.by) if values else None
    )
    if not _has_password(profile) and _has_password(charger.security_profile):
        await house.store.set_charger_password(charger.id, b"", None, ask.by)
    changed = await house.store.charger(charger.id) if credential_changed or changed is None else changed
    if changed is None:
        raise not_found(f"charger {charger.id!r}")
    spoken_otherwise = values.keys() & {"registration", "protocol_override"} or changed.quirks.mode is not charger.quirks.mode
    if credential_changed or spoken_otherwise:
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
    version = expected_version(ask.request)
    if version is not None and version != charger.version:
        raise VersionConflict
    if not await ask.house.store.remove_charger(charger.id, ask.by):
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


async def charger_views(house: House, chargers: Sequence[Charger]) -> list[ChargerView]:
    """The chargers as they are now, in the same order. Those without an actor are shown from the store."""
    live = await house.fleet.live([charger.id for charger in chargers])
    absent = [charger.id for charger in chargers if charger.id not in live]
    facts = await house.store.charger_facts(absent) if absent else {}
    views = []
    for charger in chargers:
        now = live.get(charger.id)
        stored = facts.get(charger.id)
        sessions = () if stored is None else stored.open_sessions
        wishes = now.service_wishes if now is not None else () if stored is None else stored.service_wishes
        open_sessions = {session.evse_id: session for session in sessions if session.evse_id is not None}
        views.append(charger_view(charger, now, open_sessions, wishes))
    return views


def charger_view(
    charger: Charger, live: ChargerLive | None, stored_sessions: Mapping[int, Session], wishes: Sequence[ServiceWish] = ()
) -> ChargerView:
    """A charger with what is live laid over what is stored."""
    connectors = charger.connectors if live is None else live.connectors
    sessions = stored_sessions if live is None else live.sessions
    stale = None if live is None or live.connection is Connection.OFFLINE else live.stale
    shown = {connector[:2]: _connector_view(connector, stale is None or connector[:2] in stale) for connector in connectors}
    return ChargerView(
        id=charger.id,
        name=charger.name,
        connection=Connection.OFFLINE if live is None else live.connection,
        registration=charger.registration,
        protocol=charger.protocol if live is None or live.protocol is None else live.protocol,
        vendor=charger.vendor,
        model=charger.model,
        serial_number=charger.serial_number,
        firmware_version=charger.firmware_version,
        last_seen=charger.last_seen if live is None or live.last_seen is None else live.last_seen,
        connected_since=None if live is None else live.connected_since,
        remote=None if live is None else live.remote,
        site_id=charger.site_id,
        latitude=charger.latitude,
        longitude=charger.longitude,
        security_profile=charger.security_profile,
        protocol_override=charger.protocol_override,
        quirks=_quirks_view(charger.quirks),
        station=next((view for (evse_id, _), view in shown.items() if evse_id == 0), None),
        evses=_evse_views(shown, sessions),
        actor=_NO_ACTOR if live is None else _actor_summary(live.actor),
        created_at=charger.created_at,
        version=charger.version,
        simulated=charger.simulated,
        availability=[ServiceWishView(*wish) for wish in sorted(wishes)],
        restless=live is not None and live.restless,
        clock=None if live is None or live.clock is None else ClockView(*live.clock, live.clock.is_off),
    )


def _quirks_view(quirks: Quirks) -> QuirksView:
    return QuirksView(**{field.name: getattr(quirks, field.name) for field in fields(quirks)})


def _evse_views(connectors: Mapping[tuple[int, int], ConnectorView], sessions: Mapping[int, Session]) -> list[EvseView]:
    of_evse: dict[int, list[ConnectorView]] = {evse_id: [] for evse_id in sessions}
    for (evse_id, _), view in connectors.items():
        if evse_id:
            of_evse.setdefault(evse_id, []).append(view)
    views = []
    for evse_id in sorted(of_evse):
        found = sorted(of_evse[evse_id], key=lambda connector: connector.id)
        session = sessions.get(evse_id)
        if session is None:
            views.append(EvseView(evse_id, found, None))
        else:
            views.append(EvseView(evse_id, found, session.id, session.power_w, session.energy_wh, session.soc_percent))
    return views


def _connector_view(connector: Connector, stale: bool) -> ConnectorView:
    return ConnectorView(connector.connector_id, connector.status, connector.state, connector.error_code, connector.updated_at, stale)


def _actor_summary(actor: ActorNode) -> ActorSummary:
    return ActorSummary(actor.state, actor.restarts, actor.mailbox)


def _of_stranger(stranger: Stranger) -> ChargerView:
    boot = stranger.boot
    return ChargerView(
        id=stranger.charger_id,
        name=None,
        connection=Connection.ONLINE,
        registration=Registration.PENDING,
        protocol=stranger.protocol,
        vendor=None if boot is None else boot.vendor,
        model=None if boot is None else boot.model,
        serial_number=None if boot is None else boot.serial_number,
        firmware_version=None if boot is None else boot.firmware_version,
        last_seen=None,
        connected_since=stranger.since,
        remote=stranger.remote,
        site_id=None,
        latitude=None,
        longitude=None,
        security_profile=0,
        protocol_override=None,
        quirks=_quirks_view(AS_THEY_COME),
        station=None,
        evses=[],
        actor=_NO_ACTOR,
        created_at=None,
        version=0,
    )


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


_NO_ACTOR = ActorSummary("stopped", 0, 0)
