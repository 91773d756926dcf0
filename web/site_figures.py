"""What goes on at each site: made from the registry's view in one go for all sites, at most every few seconds."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aiohttp import web

from voltaro.domain.headcount import Headcount
from voltaro.domain.site import Site, midnight
from voltaro.ports import Clock, Fleet, Store

FRESH_S = 3.0
_A_TURN = 500


@dataclass(slots=True)
class SiteFigures(Headcount):
    """Also all chargers that stand there, known to be here or not, and the energy in Wh since the site's midnight."""

    chargers: int = 0
    energy_today_wh: int = 0


class FiguresOfSites:
    """The figures last made; they are made by one at a time, whoever asks."""

    def __init__(self, store: Store, fleet: Fleet, clock: Clock) -> None:
        self._store = store
        self._fleet = fleet
        self._clock = clock
        self._made: dict[str, SiteFigures] = {}
        self._made_at: float | None = None
        self._turn = asyncio.Lock()

    def forget(self) -> None:
        """A charger or a site has changed: count anew when next asked."""
        self._made_at = None

    async def of(self, sites: Sequence[Site]) -> Mapping[str, SiteFigures]:
        """The figures of these sites, by id. Raises StoreUnavailable."""
        async with self._turn:
            now = self._clock.monotonic()
            if self._made_at is None or now - self._made_at >= FRESH_S:
                self._made = {}
                await self._count()
                self._made_at = now
            moment = self._clock.now()
            energies = await self._store.energy_since({site.id: midnight(moment, site.time_zone) for site in sites})
            for site in sites:
                self._made.setdefault(site.id, SiteFigures()).energy_today_wh = energies.get(site.id, 0)
            return {site.id: self._made[site.id] for site in sites}

    async def _count(self) -> None:
        places = await self._store.places()
        board = await self._fleet.standing()
        count = 0
        for site_id, charger_ids in places.items():
            of_site = self._made.setdefault(site_id, SiteFigures())
            for charger_id in charger_ids:
                of_site.chargers += 1
                if (live := board.get(charger_id)) is not None:
                    of_site.add(live)
                count += 1
                if count % _A_TURN == 0:
                    await asyncio.sleep(0)


FIGURES = web.AppKey("site_figures", FiguresOfSites)
