"""Charging sessions and their meter values, as JSON pages or whole as CSV and NDJSON."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Annotated

import msgspec
from aiohttp import web

from voltaro.domain.person import Scope
from voltaro.domain.session import Session, SessionFlag, SessionState
from voltaro.ports import MeterRow, SessionOrder, SessionQuery
from web.export import LIST_MEDIA, Format, all_pages, stream, wanted_format
from web.problem import not_found
from web.reading import words_of
from web.route import Ask, Listing, PageQuery, Query, Routes

routes = Routes("sessions")

Instant = Annotated[datetime, msgspec.Meta(tz=True)]
_EXPORT_PAGE = 500


class SessionView(msgspec.Struct, frozen=True, kw_only=True):
    """A session. Energy in Wh, power in W. ``flags`` say what to know before billing; ``complete``: nothing of it is missing.

    ``resolved_by``, ``_at`` and ``_reason`` are of what an operator decided of it, ``assigned_to`` is the session it was found
    to belong to."""

    id: int
    charger_id: str
    evse_id: int | None
    connector_id: int | None
    transaction_id: str
    id_tag: str | None
    state: SessionState
    started_at: datetime
    ended_at: datetime | None
    meter_start_wh: int | None
    meter_stop_wh: int | None
    energy_wh: int
    power_w: int | None
    soc_percent: int | None
    stop_reason: str | None
    cost: str | None
    flags: list[str]
    authorization: str | None
    charging_state: str | None
    protocol: str
    received_at: datetime
    reservation_id: int | None
    complete: bool
    assigned_to: int | None
    resolved_by: str | None
    resolved_at: datetime | None
    resolved_reason: str | None
    simulated: bool


class SessionDetail(SessionView, frozen=True, kw_only=True):
    """A session with what is told of one alone: ``command_id`` is the command that asked for it, null when none did."""

    command_id: str | None


class MeterValueView(msgspec.Struct, frozen=True, kw_only=True):
    """One measured value as the charger sent it."""

    at: datetime
    value: str
    measurand: str
    unit: str
    context: str
    phase: str | None
    location: str
    signed: bool
    evse_id: int
    received_at: datetime


DriverId = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1, description="With a tag that was this driver's when the session began.")]


class SessionListQuery(PageQuery, frozen=True, kw_only=True):
    """Filters of the session list; as CSV or NDJSON all that pass are given, whatever the limit.

    ``flags`` may name several, with commas between them: one is enough; ``flagged`` wants any at all. ``site_id`` is the site at which
    the charger stands now. Where ``site_id``, ``energy_at_least_wh`` or ``flags`` choose, a page looks at 50,000 sessions: it may be
    short, or empty, and have a ``next`` all the same. ``sort`` by energy sorts the newest 50,000 that the other filters leave.
    """

    charger_id: Annotated[str, msgspec.Meta(max_length=100)] | None = None
    id_tag: Annotated[str, msgspec.Meta(max_length=255)] | None = None
    state: SessionState | None = None
    started_after: Instant | None = None
    started_before: Instant | None = None
    driver_id: DriverId | None = None
    site_id: Annotated[str, msgspec.Meta(max_length=100)] | None = None
    energy_at_least_wh: Annotated[int, msgspec.Meta(ge=0, le=2**53)] | None = None
    flags: Annotated[str, msgspec.Meta(max_length=1000)] | None = None
    flagged: bool = False
    sort: SessionOrder = SessionOrder.NEWEST


class SessionTotalsQuery(Query, frozen=True, kw_only=True):
    """The filters of the session list, without its pages."""

    charger_id: Annotated[str, msgspec.Meta(max_length=100)] | None = None
    id_tag: Annotated[str, msgspec.Meta(max_length=255)] | None = None
    state: SessionState | None = None
    started_after: Instant | None = None
    started_before: Instant | None = None
    site_id: Annotated[str, msgspec.Meta(max_length=100)] | None = None
    energy_at_least_wh: Annotated[int, msgspec.Meta(ge=0, le=2**53)] | None = None
    flags: Annotated[str, msgspec.Meta(max_length=1000)] | None = None
    driver_id: DriverId | None = None
    flagged: bool = False


class SessionTotalsView(msgspec.Struct, frozen=True, kw_only=True):
    """Sums over sessions: energy in Wh, time in seconds, that of running ones until now. ``complete`` false: more than 100,000 were
    to be looked at, and only the newest of them were."""

    count: int
    running: int
    energy_wh: int
    duration_s: int
    complete: bool


@routes.get(
    "/sessions",
    "List sessions, newest first.",
    scope=Scope.SESSIONS_READ,
    query=SessionListQuery,
    response=Listing[SessionView],
    media=LIST_MEDIA,
)
async def list_sessions(ask: Ask[SessionListQuery, None]) -> Listing[SessionView] | web.StreamResponse:
    asked, query = ask.query, _query(ask.query, ask.query.sort)
    wanted = wanted_format(ask.request)
    if wanted is Format.JSON:
        page = await ask.house.store.sessions(query, limit=asked.limit, cursor=asked.cursor)
        return Listing([session_view(session) for session in page.items], page.next)
    return await stream(ask.request, wanted, "sessions", _views(ask.house.store.stream_sessions(query)), SessionView.__struct_fields__)


@routes.get(
    "/sessions/totals",
    "Sum up sessions: how many, how much energy, how long; with the filters of the list.",
    scope=Scope.SESSIONS_READ,
    query=SessionTotalsQuery,
    response=SessionTotalsView,
)
async def show_session_totals(ask: Ask[SessionTotalsQuery, None]) -> SessionTotalsView:
    totals = await ask.house.store.session_totals(_query(ask.query))
    return SessionTotalsView(
        count=totals.count,
        running=totals.running,
        energy_wh=totals.energy_wh,
        duration_s=totals.duration_s,
        complete=totals.complete,
    )


@routes.get("/sessions/{session_id}", "Show a session.", scope=Scope.SESSIONS_READ, response=SessionDetail)
async def show_session(ask: Ask[None, None]) -> SessionDetail:
    view = session_view(await known_session(ask))
    return SessionDetail(**msgspec.structs.asdict(view), command_id=await ask.house.store.command_of_session(view.id))


@routes.get(
    "/sessions/{session_id}/meter-values",
    "List what was measured during a session, oldest first.",
    scope=Scope.SESSIONS_READ,
    query=PageQuery,
    response=Listing[MeterValueView],
    media=LIST_MEDIA,
)
async def list_meter_values(ask: Ask[PageQuery, None]) -> Listing[MeterValueView] | web.StreamResponse:
    session = await known_session(ask)
    store, wanted = ask.house.store, wanted_format(ask.request)
    if wanted is Format.JSON:
        page = await store.meter_values(session.id, limit=ask.query.limit, cursor=ask.query.cursor)
        return Listing([_meter_value_view(row) for row in page.items], page.next)
    rows = all_pages(lambda cursor: store.meter_values(session.id, limit=_EXPORT_PAGE, cursor=cursor), _meter_value_view)
    return await stream(ask.request, wanted, f"session-{session.id}", rows, MeterValueView.__struct_fields__)


def session_view(session: Session) -> SessionView:
    """A session as the API shows it."""
    return SessionView(
        id=session.id,
        charger_id=session.charger_id,
        evse_id=session.evse_id,
        connector_id=session.connector_id,
        transaction_id=session.transaction_id,
        id_tag=session.id_tag,
        state=session.state,
        started_at=session.started_at,
        ended_at=session.ended_at,
        meter_start_wh=session.meter_start_wh,
        meter_stop_wh=session.meter_stop_wh,
        energy_wh=session.energy_wh,
        power_w=session.power_w,
        soc_percent=session.soc_percent,
        stop_reason=session.stop_reason,
        cost=None,
        flags=list(session.flags),
        authorization=session.authorization,
        charging_state=session.charging_state,
        protocol=session.protocol,
        received_at=session.received_at,
        reservation_id=session.reservation_id,
        complete=session.complete,
        assigned_to=session.assigned_to,
        resolved_by=session.resolved_by,
        resolved_at=session.resolved_at,
        resolved_reason=session.resolved_reason,
        simulated=session.simulated,
    )


async def _views(sessions: AsyncIterator[Session]) -> AsyncIterator[SessionView]:
    async for session in sessions:
        yield session_view(session)


async def known_session(ask: Ask[object, object]) -> Session:
    """The session that the path names. Raises Problem 404."""
    session_id = ask.number("session_id")
    session = await ask.house.store.session(session_id)
    if session is None:
        raise not_found(f"session {session_id}")
    return session


def _meter_value_view(row: MeterRow) -> MeterValueView:
    sample = row.sample
    return MeterValueView(
        at=sample.at,
        value=sample.value,
        measurand=sample.measurand,
        unit=sample.unit,
        context=sample.context,
        phase=sample.phase,
        location=sample.location,
        signed=sample.signed,
        evse_id=row.evse_id,
        received_at=row.received_at,
    )


def _query(asked: SessionListQuery | SessionTotalsQuery, order: SessionOrder = SessionOrder.NEWEST) -> SessionQuery:
    return SessionQuery(
        charger_id=asked.charger_id,
        id_tag=asked.id_tag,
        state=asked.state,
        started_after=_utc(asked.started_after),
        started_before=_utc(asked.started_before),
        site_id=asked.site_id,
        energy_at_least_wh=asked.energy_at_least_wh,
        flags=words_of("flags", asked.flags, SessionFlag),
        flagged=asked.flagged,
        driver_id=asked.driver_id,
        order=order,
    )


def _utc(at: datetime | None) -> datetime | None:
    return None if at is None else at.astimezone(UTC)
