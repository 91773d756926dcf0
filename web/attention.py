"""What needs attention, kept for all who look: made anew when something has happened, at most every few seconds, and told when it differs.

While nobody looks it is made twice a minute all the same, because its rules remember since when a thing is so.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

import structlog
from aiohttp import web

from voltaro.domain.attention import Item, Mute, Watch
from voltaro.domain.event import Flash
from voltaro.ports import ActorCrashed, ActorUnavailable, StoreUnavailable

if TYPE_CHECKING:
    from web.house import House

log = structlog.get_logger("voltaro.web.attention")

FRESH_S = 3.0
WATCHED_S = 5.0
IDLE_S = 30.0
"""What makes no event (an unknown charger, a wait that is over) is found by looking."""
_A_TURN = 250


@dataclass(frozen=True, slots=True)
class Findings:
    """All that needs attention, worst first, and what of it is muted, by item."""

    items: Sequence[Item] = ()
    mutes: Mapping[str, Mute] = field(default_factory=dict)
    at: datetime | None = None

    def open(self) -> int:
        """How many are not muted."""
        return sum(item.id not in self.mutes for item in self.items)


class Attention:
    """Makes the findings. ``poke`` when something has happened."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._watch = Watch(house.settings.patience)
        self._findings = Findings()
        self._made_at: float | None = None
        self._turn = asyncio.Lock()
        self._poked = asyncio.Event()
        self._looked = asyncio.Event()

    def poke(self) -> None:
        """Something has happened: look soon. Cheap, may be called often."""
        self._poked.set()

    async def now(self) -> Findings:
        """The findings, at most ``FRESH_S`` old. Raises StoreUnavailable, ActorUnavailable."""
        self._looked.set()
        return await self._fresh()

    async def anew(self) -> Findings:
        """The findings as they are after what the caller has just changed."""
        async with self._turn:
            await self._make()
            return self._findings

    async def keep(self) -> None:
        """Look for ever: soon after something has happened while somebody reads the stream, else seldom."""
        while True:
            try:
                await self._fresh()
            except (StoreUnavailable, ActorUnavailable, ActorCrashed) as error:
                log.debug("attention.postponed", reason=str(error))
            await asyncio.sleep(FRESH_S)
            watched = self._house.stream.is_watched()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(WATCHED_S if watched else IDLE_S):
                    await (self._poked if watched else self._looked).wait()
            self._poked.clear()
            self._looked.clear()

    async def _fresh(self) -> Findings:
        async with self._turn:
            if self._made_at is None or self._house.clock.monotonic() - self._made_at >= FRESH_S:
                await self._make()
            return self._findings

    async def _make(self) -> None:
        house, now = self._house, self._house.clock.now()
        troubles = await house.store.troubles(now, house.settings.patience)
        mutes = {mute.item: mute for mute in await house.store.mutes(now)}
        board = await house.fleet.standing()
        items: list[Item] = []
        for count, (charger_id, live) in enumerate(board.items()):
            items += self._watch.charger(charger_id, live, now)
            if count % _A_TURN == 0:
                await asyncio.sleep(0)
        rest = self._watch.rest(troubles, board, house.waiting_room.strangers(), house.fleet.quarantined(), now)
        for count, item in enumerate(rest):
            items.append(item)
            if count % _A_TURN == 0:
                await asyncio.sleep(0)
        items.sort(key=lambda item: item.order)
        before, self._findings = self._findings, Findings(items, {item.id: mutes[item.id] for item in items if item.id in mutes}, now)
        self._made_at = house.clock.monotonic()
        if before.at is None or before.items != items or before.mutes.keys() != self._findings.mutes.keys():
            told = {"total": self._findings.open(), "muted": len(self._findings.mutes), "at": now}
            house.stream.flash(Flash("attention.updated", told, key="attention"))


ATTENTION = web.AppKey("attention", Attention)


async def attending(app: web.Application) -> AsyncIterator[None]:
    """Keep the findings while the application runs. When that fails, which is our fault, the log says so, and it is begun again."""
    tasks: set[asyncio.Task[None]] = set()

    def begin() -> None:
        task = asyncio.create_task(app[ATTENTION].keep(), name="attention")
        tasks.add(task)
        task.add_done_callback(ended)

    def ended(task: asyncio.Task[None]) -> None:
        tasks.discard(task)
        if not task.cancelled():
            log.error("attention.failed", exc_info=task.exception())
            asyncio.get_running_loop().call_later(IDLE_S, begin)

    begin()
    yield
    stopped = set(tasks)
    for task in stopped:
        task.cancel()
    await asyncio.gather(*stopped, return_exceptions=True)
