"""The whole at a glance: how many chargers, how many charge, power now, energy of the day; and how it went over the last hours."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated

import msgspec
from aiohttp import web

from voltaro.domain.figures import BUCKET, bucket_of
from voltaro.domain.person import Scope
from voltaro.domain.site import check_zone, midnight
from voltaro.ports.sites import FLEET, FiguresPoint
from web.export import LIST_MEDIA, Format, each, stream, wanted_format
from web.house import House
from web.problem import Offender, Problem, not_found
from web.route import Ask, Query, Routes

routes = Routes("overview")

FRESH_S = 5.0
MOST_POINTS = 340
_MOST_ZONES = 50
Zone = Annotated[str, msgspec.Meta(max_length=80, description="The IANA time zone whose day is meant, e.g. Europe/Berlin.")]
Hours = Annotated[int, msgspec.Meta(ge=1, le=24 * 31, description="How far to look back.")]


class OverviewView(msgspec.Struct, frozen=True, kw_only=True):
    """``energy_today_wh`` is what was delivered since midnight of ``time_zone``, and ``peak_today_w`` the most power in that time.

    Counts are at most a few seconds old; what was delivered, a minute.
    """

    chargers: int
    online: int
    suspect: int
    charging: int
    strangers: int
    sessions_active: int
    power_w: int
    energy_today_wh: int
    peak_today_w: int
    peak_today_at: datetime | None
    time_zone: str
    at: datetime


class OverviewQuery(Query, frozen=True, kw_only=True):
    """Whose day today is."""

    time_zone: Zone = "UTC"


class HistoryQuery(Query, frozen=True, kw_only=True):
    """``site_id`` shows one site alone."""

    hours: Hours = 24
    site_id: Annotated[str, msgspec.Meta(max_length=200)] | None = None


class HistoryPoint(msgspec.Struct, frozen=True):
    """A stretch of time that begins ``at``: the mean and the largest power, the energy delivered in it, and the most chargers online,
    chargers charging and sessions at once."""

    at: datetime
    power_w: int | None
    power_max_w: int
    energy_wh: int
    online: int
    charging: int
    sessions: int


class HistoryView(msgspec.Struct, frozen=True, kw_only=True):
    """Points of ``step_s`` seconds each, oldest first. A stretch in which the server did not look is left out."""

    since: datetime
    until: datetime
    step_s: int
    energy_wh: int
    peak_w: int
    peak_at: datetime | None
    items: list[HistoryPoint]


@dataclass(slots=True)
class Latest:
    """The overviews last made, by time zone; one is made at a time, whoever asks."""

    views: dict[str, tuple[OverviewView, float]] = field(default_factory=dict)
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


LATEST = web.AppKey("latest_overview", Latest)


@routes.get("/overview", "Counts over everything.", scope=Scope.CHARGERS_READ, query=OverviewQuery, response=OverviewView)
async def show_overview(ask: Ask[OverviewQuery, None]) -> OverviewView:
    latest, clock = ask.request.app[LATEST], ask.house.clock
    try:
        zone = check_zone(ask.query.time_zone)
    except ValueError as wrong:
        detail = str(wrong)
        raise Problem(400, "bad_query", f"The query parameter 'time_zone': {detail}.", errors=[Offender("?time_zone", detail)]) from wrong
    async with latest.turn:
        view, made_at = latest.views.get(zone, (None, 0.0))
        if view is None or clock.monotonic() - made_at >= FRESH_S:
            view = await _overview(ask.house, zone)
            if len(latest.views) >= _MOST_ZONES:
                latest.views.clear()
            latest.views[zone] = view, clock.monotonic()
        return view


@routes.get(
    "/overview/history",
    "Power and energy of the fleet, or of a site, over the last hours.",
    scope=Scope.CHARGERS_READ,
    query=HistoryQuery,
    response=HistoryView,
    media=LIST_MEDIA,
    problems=(404,),
)
async def show_history(ask: Ask[HistoryQuery, None]) -> HistoryView | web.StreamResponse:
    query, store, now, wanted = ask.query, ask.house.store, ask.house.clock.now(), wanted_format(ask.request)
    if query.site_id is not None and await store.site(query.site_id) is None:
        raise not_found(f"site {query.site_id[:60]!r}")
    step = _step(timedelta(hours=query.hours))
    since = bucket_of(now) - timedelta(hours=query.hours)
    points = [_point(point) for point in await store.figures(query.site_id or FLEET, since, step)]
    if wanted is not Format.JSON:
        return await stream(ask.request, wanted, "history", each(points), HistoryPoint.__struct_fields__)
    peak = max(points, key=lambda point: point.power_max_w, default=None)
    return HistoryView(
        since=since,
        until=now,
        step_s=int(step.total_seconds()),
        energy_wh=sum(point.energy_wh for point in points),
        peak_w=0 if peak is None else peak.power_max_w,
        peak_at=peak.at if peak is not None and peak.power_max_w else None,
        items=points,
    )


def _step(span: timedelta) -> timedelta:
    """The shortest stretch of which not too many make up the span: five minutes for a day, half an hour for a week."""
    for buckets in (1, 2, 3, 6, 12, 24):
        if span / (buckets * BUCKET) <= MOST_POINTS:
            return buckets * BUCKET
    return 36 * BUCKET


def _point(point: FiguresPoint) -> HistoryPoint:
    return HistoryPoint(point.at, point.power_w, point.power_max_w, point.energy_wh, point.online, point.charging, point.sessions)


async def _overview(house: House, zone: str) -> OverviewView:
    now = house.clock.now()
    online = await house.fleet.online()
    sessions, power_w = await house.store.running()
    today = await house.store.figures(FLEET, midnight(now, zone), BUCKET)
    peak = max(today, key=lambda point: point.power_max_w, default=None)
    return OverviewView(
        chargers=await house.store.count_chargers(),
        online=online.get("online", 0),
        suspect=online.get("suspect", 0),
        charging=online.get("charging", 0),
        strangers=len(house.waiting_room.strangers()),
        sessions_active=sessions,
        power_w=power_w,
        energy_today_wh=sum(point.energy_wh for point in today),
        peak_today_w=0 if peak is None else peak.power_max_w,
        peak_today_at=peak.at if peak is not None and peak.power_max_w else None,
        time_zone=zone,
        at=now,
    )
