"""The recorder: looks once a minute how much power flows and how much energy has, and keeps it in buckets of five minutes.

It reads the registry's live view and the few sessions that have begun or ended since, never the meter values: a day of the fleet
is 288 rows, whatever it has measured. What it has counted is written in the same transaction, so that a restart loses nothing and
counts nothing twice.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from voltaro.domain.charger import Connection, ConnectorState
from voltaro.domain.figures import Delivered, Growth, Ledger, bucket_of, counted
from voltaro.domain.session import SessionState
from voltaro.ports import ActorCrashed, ActorUnavailable, ChargerLive, Clock, Store, StoreUnavailable
from voltaro.ports.sites import FLEET, BucketRow

log = structlog.get_logger()

SAMPLE_EVERY_S = 60.0


@dataclass(slots=True)
class _Sums:
    """What is summed up of a site."""

    power_w: int = 0
    online: int = 0
    charging: int = 0
    sessions: int = 0
    grown: dict[datetime, int] = field(default_factory=lambda: defaultdict(int))


class Recorder:
    """Samples the fleet. ``standing`` is ``ports.Fleet.standing``."""

    def __init__(self, standing: Callable[[], Awaitable[Mapping[str, ChargerLive]]], store: Store, clock: Clock) -> None:
        self._standing = standing
        self._store = store
        self._clock = clock
        self._ledger: Ledger | None = None

    async def watch(self) -> None:
        """Sample for ever. What cannot be written now is counted with the next sample."""
        while True:
            try:
                await self.sample()
            except (StoreUnavailable, ActorUnavailable, ActorCrashed) as error:
                log.debug("figures.postponed", reason=str(error))
            await asyncio.sleep(SAMPLE_EVERY_S)

    async def sample(self) -> None:
        """Look, and write what was seen. Raises StoreUnavailable, ActorUnavailable, ActorCrashed."""
        ledger = self._ledger or await self._store.ledger()
        board = await self._standing()
        running = {
            session.id: Delivered(session.id, charger_id, session.energy_wh)
            for charger_id, live in board.items()
            for session in live.sessions.values()
            if session.state is SessionState.ACTIVE
        }
        told = await self._store.delivered(ledger.energies.keys() - running.keys(), after=ledger.newest)
        now = self._clock.now()
        # The registry is ahead of the rows of sessions that run, and behind those of sessions that have ended.
        seen = {**running, **{row.session_id: row for row in told if row.session_id not in running or row.ended_at is not None}}
        newest = max((row.session_id for row in told), default=0)
        after, grown = counted(ledger, seen.values(), newest, now)
        rows = _rows(board, dict(await self._store.places()), grown, now)
        self._ledger = None
        if await self._store.add_figures(rows, after):
            self._ledger = after


def _rows(board: Mapping[str, ChargerLive], site_of: Mapping[str, str | None], grown: list[Growth], now: datetime) -> list[BucketRow]:
    """What to add to the buckets: of the whole fleet, and of each site where something is."""
    sums: dict[str, _Sums] = {FLEET: _Sums()}
    for charger_id, live in board.items():
        is_online = live.connection is not Connection.OFFLINE
        charging = is_online and any(connector.state is ConnectorState.CHARGING for connector in live.connectors)
        power_w = sum(session.power_w or 0 for session in live.sessions.values()) if is_online else 0
        for site_id in {FLEET, site_of.get(charger_id) or FLEET}:
            of_site = sums.setdefault(site_id, _Sums())
            of_site.power_w += power_w
            of_site.online += is_online
            of_site.charging += charging
            of_site.sessions += len(live.sessions)
    for growth in grown:
        for site_id in {FLEET, site_of.get(growth.charger_id) or FLEET}:
            sums.setdefault(site_id, _Sums()).grown[growth.at] += growth.energy_wh
    present = bucket_of(now)
    rows = []
    for site_id, of_site in sums.items():
        energy_wh = of_site.grown.pop(present, 0)
        rows.append(BucketRow(site_id, present, 1, of_site.power_w, energy_wh, of_site.online, of_site.charging, of_site.sessions))
        rows += [BucketRow(site_id, at, energy_wh=energy_wh) for at, energy_wh in of_site.grown.items()]
    return rows
