"""Whether the server lives and serves, and its figures; outside ``/api/v1`` and without sign-in, for supervisors and Prometheus."""

from __future__ import annotations

import asyncio

import msgspec
from aiohttp import web

from voltaro.metrics import exposition
from voltaro.ports import StoreUnavailable
from web.route import Ask, Reply, Routes

routes = Routes("health", prefix="")

_PATIENCE_S = 2.0
_PULSE_S = 10.0
"""A loop or supervisor not seen at work for longer does not live."""


class HealthView(msgspec.Struct, frozen=True):
    """``ok``, or what is away."""

    status: str


@routes.get(
    "/livez",
    "Whether the process lives: 503 when loop or supervisor stand still.",
    public=True,
    response=HealthView,
    limited=False,
    also={503: HealthView},
)
async def live(ask: Ask[None, None]) -> Reply:
    pulse = ask.house.fleet.pulse()
    for name, age_s in (("event loop", pulse.loop_s), ("supervisor", pulse.supervisor_s)):
        if age_s > _PULSE_S:
            return Reply(HealthView(f"the {name} has stood still for {age_s:.0f} s"), 503)
    return Reply(HealthView("ok"), 200)


@routes.get(
    "/readyz",
    "Whether the server serves: 503 while the database is away or the server is being stopped.",
    public=True,
    response=HealthView,
    limited=False,
    also={503: HealthView},
)
async def ready(ask: Ask[None, None]) -> Reply:
    if ask.house.settings.is_draining():
        return Reply(HealthView("the server is being stopped"), 503, {"Retry-After": "30"})
    try:
        async with asyncio.timeout(_PATIENCE_S):
            await ask.house.store.ping()
    except (StoreUnavailable, TimeoutError):
        return Reply(HealthView("the database is away"), 503, {"Retry-After": "5"})
    return Reply(HealthView("ok"), 200)


@routes.get("/metrics", "Figures in Prometheus text format.", public=True, media=("text/plain",), limited=False)
async def metrics(_: Ask[None, None]) -> web.Response:
    return web.Response(body=exposition(), headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"})
