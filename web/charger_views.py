"""Chargers as the API shows them: the stored rows with what is live laid over them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from decimal import Decimal

import msgspec
from msgspec import UNSET, UnsetType

from voltaro.domain.charger import Charger, Connection, Connector, ConnectorState, Registration, ServiceWish
from voltaro.domain.charger_state import ChargerState, LiveState, charger_state, loudest
from voltaro.domain.quirks import AS_THEY_COME, Mode, Quirks
from voltaro.domain.session import Session
from voltaro.ports import ActorNode, ChargerLive, Stranger
from web.house import House
from web.security import SecurityView


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
    """A charger. ``state`` is the one that stands for it: the loudest of its connectors', or offline, quarantined, pending.
    ``station`` is what it said of itself as a whole (1.6 connector 0). ``version`` is also the ETag.

    ``availability`` is kept, and asked for again where the charger shows otherwise after a boot. ``restless``: it boots again and
    again, and is asked nothing by us until it is calm.
    """

    id: str
    name: str | None
    connection: Connection
    state: ChargerState
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
    availability: list[ServiceWishView] = []
    restless: bool = False
    clock: ClockView | None = None
    simulated: bool = False
    """A virtual charger of the simulator: never billed."""
    security: SecurityView | UnsetType = UNSET
    """Of one charger alone, not in lists."""
    password: str | UnsetType = UNSET
    """Shown once, where we made it."""


class BriefConnector(msgspec.Struct, frozen=True, omit_defaults=True):
    """A connector; what is left out is as in ``BriefEvse``'s defaults."""

    id: int
    status: str
    state: ConnectorState
    updated_at: datetime
    error_code: str | None = None
    stale: bool = False


class BriefEvse(msgspec.Struct, frozen=True, omit_defaults=True):
    """An EVSE; without ``session_id`` nobody charges there."""

    id: int
    connectors: list[BriefConnector]
    session_id: int | None = None


class BriefQuirks(msgspec.Struct, frozen=True):
    """How strictly a charger is taken at its word."""

    mode: Mode


class ChargerBrief(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A charger in a list of thousands: a third of the bytes. What is left out is null, false, empty, or as the defaults say."""

    id: str
    name: str | None = None
    connection: Connection = Connection.OFFLINE
    registration: Registration = Registration.ACCEPTED
    protocol: str | None = None
    vendor: str | None = None
    model: str | None = None
    serial_number: str | None = None
    firmware_version: str | None = None
    last_seen: datetime | None = None
    connected_since: datetime | None = None
    remote: str | None = None
    site_id: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    security_profile: int = 1
    quirks: BriefQuirks | None = None
    evses: list[BriefEvse] = []
    actor: ActorSummary | None = None
    restless: bool = False
    clock: ClockView | None = None
    simulated: bool = False


async def brief_views(house: House, chargers: Sequence[Charger]) -> list[ChargerBrief]:
    """The chargers as they are now, in brief, in the same order."""
    live = await house.fleet.live([charger.id for charger in chargers])
    absent = [charger.id for charger in chargers if charger.id not in live]
    running = await house.store.running_sessions(absent) if absent else {}
    return [_brief(charger, live.get(charger.id), running.get(charger.id, {})) for charger in chargers]


def _brief(charger: Charger, live: ChargerLive | None, running: Mapping[int, int]) -> ChargerBrief:
    connectors = charger.connectors if live is None else live.connectors
    if live is not None:
        running = {evse_id: session.id for evse_id, session in live.sessions.items()}
    of_evse: dict[int, list[BriefConnector]] = {evse_id: [] for evse_id in running}
    for connector in sorted(connectors):
        if connector.evse_id:
            of_evse.setdefault(connector.evse_id, []).append(_brief_connector(connector, _is_stale(connector, live)))
    return ChargerBrief(
        id=charger.id,
        name=charger.name,
        connection=Connection.OFFLINE if live is None else live.connection,
        registration=charger.registration,
        protocol=_protocol(charger, live),
        vendor=charger.vendor,
        model=charger.model,
        serial_number=charger.serial_number,
        firmware_version=charger.firmware_version,
        last_seen=_last_seen(charger, live),
        connected_since=None if live is None else live.connected_since,
        remote=None if live is None else live.remote,
        site_id=charger.site_id,
        latitude=charger.latitude,
        longitude=charger.longitude,
        security_profile=charger.security_profile,
        quirks=None if charger.quirks.mode is AS_THEY_COME.mode else BriefQuirks(charger.quirks.mode),
        evses=[BriefEvse(evse_id, of_evse[evse_id], running.get(evse_id)) for evse_id in sorted(of_evse)],
        actor=None if live is None else _actor_summary(live.actor),
        restless=live is not None and live.restless,
        simulated=charger.simulated,
        clock=None if live is None or live.clock is None else ClockView(*live.clock, live.clock.is_off),
    )


def _brief_connector(connector: Connector, stale: bool) -> BriefConnector:
    error_code = None if connector.error_code == "NoError" else connector.error_code
    return BriefConnector(connector.connector_id, connector.status, connector.state, connector.updated_at, error_code, stale)


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
    shown = {connector[:2]: _connector_view(connector, _is_stale(connector, live)) for connector in connectors}
    return ChargerView(
        id=charger.id,
        name=charger.name,
        connection=Connection.OFFLINE if live is None else live.connection,
        state=charger_state(None if live is None else live_state(live), charger.registration),
        registration=charger.registration,
        protocol=_protocol(charger, live),
        vendor=charger.vendor,
        model=charger.model,
        serial_number=charger.serial_number,
        firmware_version=charger.firmware_version,
        last_seen=_last_seen(charger, live),
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
        availability=[ServiceWishView(*wish) for wish in sorted(wishes)],
        restless=live is not None and live.restless,
        simulated=charger.simulated,
        clock=None if live is None or live.clock is None else ClockView(*live.clock, live.clock.is_off),
    )


def live_state(live: ChargerLive) -> LiveState:
    """What is live about a charger's state."""
    states = (connector.state for connector in live.connectors if connector.evse_id)
    return LiveState(live.connection, loudest(states), live.actor.state == "quarantined")


def _is_stale(connector: Connector, live: ChargerLive | None) -> bool:
    return live is None or live.connection is Connection.OFFLINE or connector[:2] in live.stale


def _protocol(charger: Charger, live: ChargerLive | None) -> str | None:
    return charger.protocol if live is None or live.protocol is None else live.protocol


def _last_seen(charger: Charger, live: ChargerLive | None) -> datetime | None:
    return charger.last_seen if live is None or live.last_seen is None else live.last_seen


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


def of_stranger(stranger: Stranger) -> ChargerView:
    boot = stranger.boot
    return ChargerView(
        id=stranger.charger_id,
        name=None,
        connection=Connection.ONLINE,
        state=ChargerState.PENDING,
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


_NO_ACTOR = ActorSummary("stopped", 0, 0)
