"""The life of one charger: lanes of what happened between two moments, how well it held its line, and its security events."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Generic, TypeVar

import msgspec
from aiohttp import web

from voltaro.domain.charger import Connection, ConnectorState
from voltaro.domain.event import Event
from voltaro.domain.person import Scope
from voltaro.domain.security import CRITICAL
from voltaro.domain.timeline import ConnectionSpan, ConnectorSpan, Reliability, reliability
from voltaro.ports.timeline import Lane, SecurityEvent, SessionMark
from web.export import LIST_MEDIA, Format, all_pages, stream, wanted_format
from web.reading import bad_query
from web.route import Ask, Listing, PageQuery, Query, Routes
from web.routes.chargers import known_charger
from web.routes.notes import NoteView, note_view

routes = Routes("chargers")
T = TypeVar("T")

Instant = Annotated[datetime, msgspec.Meta(tz=True)]
LONGEST = timedelta(days=31)
DAY = timedelta(days=1)
FIRST, LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
WINDOWS = (DAY, timedelta(days=7), timedelta(days=30))


class LaneView(msgspec.Struct, Generic[T], frozen=True):
    """What lies on one lane, oldest first. ``cut``: there was more, and the oldest of it is left out."""

    items: list[T]
    cut: bool


class ConnectionSpanView(msgspec.Struct, frozen=True, kw_only=True):
    """Online or offline; ``until`` is null while it lasts. ``code`` and ``reason`` say how the line before it was closed."""

    online: bool
    since: datetime
    until: datetime | None
    protocol: str | None
    remote: str | None
    code: int | None
    reason: str | None


class ConnectorSpanView(msgspec.Struct, frozen=True, kw_only=True):
    """How a connector stood; ``until`` is null while it lasts. ``status`` is the OCPP word, ``state`` ours."""

    evse_id: int
    connector_id: int
    state: ConnectorState
    status: str
    error_code: str | None
    info: str | None
    vendor_error_code: str | None
    since: datetime
    until: datetime | None


class SessionMarkView(msgspec.Struct, frozen=True, kw_only=True):
    """A session; energy in Wh."""

    id: int
    evse_id: int | None
    connector_id: int | None
    state: str
    started_at: datetime
    ended_at: datetime | None
    energy_wh: int
    id_tag: str | None
    stop_reason: str | None


class CommandMarkView(msgspec.Struct, frozen=True, kw_only=True):
    """A command, without its payload and answer."""

    id: str
    action: str
    state: str
    effect: str
    created_at: datetime
    answered_at: datetime | None
    requested_by: str | None


class JobMarkView(msgspec.Struct, frozen=True, kw_only=True):
    """A firmware update or the upload of a log."""

    id: str
    kind: str
    state: str
    status: str | None
    created_at: datetime
    ended_at: datetime | None


class HappeningView(msgspec.Struct, frozen=True, kw_only=True):
    """An event that is no span of another lane, as the live stream told it: boots, crashes, anomalies, configuration, security."""

    id: int
    type: str
    at: datetime
    data: Any


class TimelineView(msgspec.Struct, frozen=True, kw_only=True):
    """What happened to a charger between two moments. ``sessions`` is null for who may not read sessions."""

    charger_id: str
    since: datetime
    until: datetime
    connection: LaneView[ConnectionSpanView]
    connectors: LaneView[ConnectorSpanView]
    sessions: LaneView[SessionMarkView] | None
    commands: LaneView[CommandMarkView]
    jobs: LaneView[JobMarkView]
    happenings: LaneView[HappeningView]
    notes: LaneView[NoteView]


class TimelineQuery(Query, frozen=True, kw_only=True):
    """The window, at most 31 days; without ``since`` a day before ``until``, without ``until`` to the present."""

    since: Instant | None = None
    until: Instant | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=500, description="How many items a lane has, and each connector.")] = 300


class UptimeWindow(msgspec.Struct, frozen=True, kw_only=True):
    """How well a charger held its line. ``online_percent`` is of the ``known_s`` seconds that are recorded, null when there are none;
    ``disconnections`` are lost lines, without those this server closed for its own restart."""

    hours: int
    since: datetime
    known_s: int
    online_s: int
    online_percent: float | None
    disconnections: int


class UptimeView(msgspec.Struct, frozen=True, kw_only=True):
    """How well a charger held its line over the last day, week and month."""

    charger_id: str
    at: datetime
    windows: list[UptimeWindow]


class SecurityEventView(msgspec.Struct, frozen=True, kw_only=True):
    """Something a charger reported of its security; ``at`` by its own clock. ``critical`` as OCPP's list of security events says."""

    id: int
    type: str
    critical: bool
    at: datetime
    received_at: datetime
    tech_info: str | None


@routes.get(
    "/chargers/{charger_id}/timeline",
    "Show what happened to a charger between two moments: line, connectors, sessions, commands, jobs, other events, notes.",
    scope=Scope.CHARGERS_READ,
    query=TimelineQuery,
    response=TimelineView,
)
async def show_timeline(ask: Ask[TimelineQuery, None]) -> TimelineView:
    charger, asked = await known_charger(ask), ask.query
    until = (asked.until or ask.house.clock.now()).astimezone(UTC)
    if not FIRST <= until <= LAST:
        raise bad_query({"until": f"lies between the years {FIRST.year} and {LAST.year}"})
    since = (asked.since or until - DAY).astimezone(UTC)
    if not timedelta() < until - since <= LONGEST:
        raise bad_query({"since": f"lies before until, and at most {LONGEST.days} days"})
    told = await ask.house.store.timeline(charger.id, since, until, is_online=await _is_online(ask, charger.id), limit=asked.limit)
    may_read_sessions = ask.who.may(Scope.SESSIONS_READ)
    return TimelineView(
        charger_id=charger.id,
        since=since,
        until=until,
        connection=_lane(told.connection, _connection_view),
        connectors=_lane(told.connectors, _connector_view),
        sessions=_lane(told.sessions, _session_view) if may_read_sessions else None,
        commands=_lane(told.commands, lambda mark: msgspec.convert(mark, CommandMarkView, from_attributes=True)),
        jobs=_lane(told.jobs, lambda mark: msgspec.convert(mark, JobMarkView, from_attributes=True)),
        happenings=_lane(told.happenings, _happening_view),
        notes=_lane(told.notes, note_view),
    )


@routes.get(
    "/chargers/{charger_id}/uptime",
    "Show how much of the last day, week and month a charger was online, and how often it lost its line.",
    scope=Scope.CHARGERS_READ,
    response=UptimeView,
)
async def show_uptime(ask: Ask[None, None]) -> UptimeView:
    charger, now = await known_charger(ask), ask.house.clock.now()
    spans = await ask.house.store.connection_history(charger.id, now - max(WINDOWS), is_online=await _is_online(ask, charger.id))
    return UptimeView(charger_id=charger.id, at=now, windows=[_window(reliability(spans, now - window, now)) for window in WINDOWS])


@routes.get(
    "/chargers/{charger_id}/security-events",
    "List what a charger reported of its security, newest first; all of it as CSV or NDJSON.",
    scope=Scope.CHARGERS_READ,
    query=PageQuery,
    response=Listing[SecurityEventView],
    media=LIST_MEDIA,
)
async def list_security_events(ask: Ask[PageQuery, None]) -> Listing[SecurityEventView] | web.StreamResponse:
    charger, store, wanted = await known_charger(ask), ask.house.store, wanted_format(ask.request)
    if wanted is not Format.JSON:
        rows = all_pages(lambda cursor: store.security_events(charger.id, limit=500, cursor=cursor), _security_event_view)
        return await stream(ask.request, wanted, "security-events", rows, SecurityEventView.__struct_fields__)
    page = await store.security_events(charger.id, limit=ask.query.limit, cursor=ask.query.cursor)
    return Listing([_security_event_view(event) for event in page.items], page.next)


async def _is_online(ask: Ask[Any, Any], charger_id: str) -> bool:
    live = (await ask.house.fleet.live([charger_id])).get(charger_id)
    return live is not None and live.connection is not Connection.OFFLINE


def _lane(lane: Lane[Any], view: Callable[[Any], T]) -> LaneView[T]:
    return LaneView([view(item) for item in lane.items], lane.is_cut)


def _connection_view(span: ConnectionSpan) -> ConnectionSpanView:
    return ConnectionSpanView(
        online=span.is_online,
        since=span.since,
        until=span.until,
        protocol=span.protocol,
        remote=span.remote,
        code=span.code,
        reason=span.reason,
    )


def _connector_view(span: ConnectorSpan) -> ConnectorSpanView:
    return msgspec.convert(span, ConnectorSpanView, from_attributes=True)


def _session_view(mark: SessionMark) -> SessionMarkView:
    return msgspec.convert(mark, SessionMarkView, from_attributes=True)


def _happening_view(event: Event) -> HappeningView:
    return HappeningView(id=event.id, type=event.type, at=event.at, data=event.data)


def _security_event_view(event: SecurityEvent) -> SecurityEventView:
    return SecurityEventView(
        id=event.id,
        type=event.type,
        critical=event.type in CRITICAL,
        at=event.at,
        received_at=event.received_at,
        tech_info=event.tech_info,
    )


def _window(told: Reliability) -> UptimeWindow:
    return UptimeWindow(
        hours=round((told.until - told.since) / timedelta(hours=1)),
        since=told.since,
        known_s=told.known_s,
        online_s=told.online_s,
        online_percent=told.online_percent,
        disconnections=told.disconnections,
    )
