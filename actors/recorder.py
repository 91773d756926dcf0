"""The recorder: looks once a minute how much power flows and how much energy has, and keeps it in buckets of five minutes.

It reads the registry's live view and the few sessions that have begun or ended since, never the meter values: a day of the fleet
is 288 rows, whatever it has measured. What it has counted is written in the same transaction, so that a restart loses nothing and
counts nothing twice.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from voltaro.domain.figures import Delivered, Growth, Ledger, bucket_of, counted
from voltaro.domain.headcount import Headcount
from voltaro.domain.session import SessionState
from voltaro.ports import ActorCrashed, ActorUnavailable, ChargerLive, Clock, Store, StoreUnavailable
from voltaro.ports.sites import FLEET, BucketRow

log = structlog.get_logger()

SAMPLE_EVERY_S = 60.0
_A_TURN = 500


@dataclass(slots=True)
class _Sums(Headcount):
    """What is summed up of a site: also the energy, by the beginning of its bucket."""

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
        # Just after a start the chargers are not here yet: that is no drop in power. Energy is counted all the same.
        looks = self._ledger is not None
        rows = await _rows(board if looks else {}, await self._store.places(), grown, now, samples=int(looks))
        self._ledger = None
        if await self._store.add_figures(rows, after):
            self._ledger = after


async def _rows(
    board: Mapping[str, ChargerLive], places: Mapping[str, Sequence[str]], grown: list[Growth], now: datetime, *, samples: int
) -> list[BucketRow]:
    """What to add to the buckets: of the whole fleet, and of each site where something is. Others get their turn meanwhile."""
    site_of = {charger_id: site_id for site_id, charger_ids in places.items() for charger_id in charger_ids}
    sums: dict[str, _Sums] = {FLEET: _Sums()}
    for count, (charger_id, live) in enumerate(board.items(), start=1):
        sums[FLEET].add(live)
        if charger_id in site_of:
            sums.setdefault(site_of[charger_id], _Sums()).add(live)
        if count % _A_TURN == 0:
            await asyncio.sleep(0)
    for growth in grown:
        for site_id in {FLEET, site_of.get(growth.charger_id, FLEET)}:
            sums.setdefault(site_id, _Sums()).grown[growth.at] += growth.energy_wh
    present = bucket_of(now)
    rows = []
    for site_id, of_site in sums.items():
        energy_wh = of_site.grown.pop(present, 0)
        rows.append(BucketRow(site_id, present, samples, of_site.power_w, energy_wh, of_site.online, of_site.charging, of_site.sessions))
        rows += [BucketRow(site_id, at, energy_wh=energy_wh) for at, energy_wh in of_site.grown.items()]
    return rows
