"""The whole at a glance: how many chargers, how many charge, how much power now and energy today."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, time

import msgspec
from aiohttp import web

from voltaro.domain.person import Scope
from voltaro.domain.session import SessionState
from voltaro.ports import SessionQuery
from web.house import House
from web.route import Ask, Routes

routes = Routes("overview")

FRESH_S = 5.0
_ROWS_A_TURN = 200


class OverviewView(msgspec.Struct, frozen=True, kw_only=True):
    """``energy_today_wh`` is what sessions begun since midnight UTC have delivered so far. At most a few seconds old."""

    chargers: int
    online: int
    suspect: int
    charging: int
    strangers: int
    sessions_active: int
    power_w: int
    energy_today_wh: int
    at: datetime


@dataclass(slots=True)
class Latest:
    """The overview last made; one is made at a time, whoever asks."""

    view: OverviewView | None = None
    made_at: float = 0.0
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


LATEST = web.AppKey("latest_overview", Latest)


@routes.get("/overview", "Counts over everything.", scope=Scope.CHARGERS_READ, response=OverviewView)
async def show_overview(ask: Ask[None, None]) -> OverviewView:
    latest, clock = ask.request.app[LATEST], ask.house.clock
    async with latest.turn:
        if latest.view is None or clock.monotonic() - latest.made_at >= FRESH_S:
            latest.view = await _overview(ask.house)
            latest.made_at = clock.monotonic()
        return latest.view


async def _overview(house: House) -> OverviewView:
    now = house.clock.now()
    online = await house.fleet.online()
    active = power_w = energy_wh = count = 0
    async for session in house.store.stream_sessions(SessionQuery(state=SessionState.ACTIVE)):
        active += 1
        power_w += session.power_w or 0
        if active % _ROWS_A_TURN == 0:
            await asyncio.sleep(0)
    midnight = datetime.combine(now.astimezone(UTC).date(), time(), UTC)
    async for session in house.store.stream_sessions(SessionQuery(started_after=midnight)):
        energy_wh += session.energy_wh
        count += 1
        if count % _ROWS_A_TURN == 0:
            await asyncio.sleep(0)
    return OverviewView(
        chargers=await house.store.count_chargers(),
        online=online.get("online", 0),
        suspect=online.get("suspect", 0),
        charging=online.get("charging", 0),
        strangers=len(house.waiting_room.strangers()),
        sessions_active=active,
        power_w=power_w,
        energy_today_wh=energy_wh,
        at=now,
    )
