"""Keeping the local authorization lists of the fleet up to date: what each charger should hold, sent at a pace.

It asks the store, and tells the charger's actor, which sends (``actors/local_list.py``). Nothing is sent to a charger for which an
operator has not switched it on, or asked for it.
"""

from __future__ import annotations

import asyncio
import secrets

import structlog

from actors.lines import Lines
from actors.local_list import Sync
from actors.registry import CHARGER_PREFIX
from actors.reply import Reply
from actors.system import System
from actors.topic import ToTopic
from actors.wishes import ListWishes
from voltaro.domain.local_list import bounds_of, entries_of
from voltaro.domain.tag import longest_tag
from voltaro.ports import Clock, NotConnected, Store, StoreUnavailable

log = structlog.get_logger()

GATHER_S = 1.0
JITTER_S = 2.0
"""Tags change in bursts, and chargers come back in storms."""
PAUSE_S = 0.1
"""Between two chargers: a fleet is not told in one moment."""
AWAY_S = 10.0


class LocalLists:
    """``watch`` runs for as long as the server does."""

    def __init__(self, store: Store, system: System, lines: Lines, wishes: ListWishes, clock: Clock) -> None:
        self._store = store
        self._system = system
        self._lines = lines
        self._wishes = wishes
        self._clock = clock

    async def sync(self, charger_id: str, *, full: bool) -> Reply:
        """Have a charger's list brought up to date; the reply comes when that is over, or cannot be.

        Raises NotConnected, StoreUnavailable.
        """
        line = self._lines.of(charger_id)
        if line is None:
            raise NotConnected(f"{charger_id} is not connected: its list can only be sent over its line")
        store, now = self._store, self._clock.now()
        stored = await store.local_list(charger_id)
        bounds = bounds_of(await store.configuration(charger_id), await store.variables(charger_id))
        tags = await store.list_tags(longest_tag(line.dialect.protocol), now)
        wanted = entries_of(tags.tags, now, bounds.most)
        held = None if full else await store.held_entries(charger_id)
        highest = max(stored.version or 0, stored.sent_version, 0)
        return self._system.ask(CHARGER_PREFIX + charger_id, ToTopic("local_list", Sync(held, wanted, highest, bounds.per_message, full)))

    async def watch(self) -> None:
        """Bring up to date what is wished for, for ever: a charger at a time, in no order."""
        while True:
            await self._wishes.made.wait()
            await asyncio.sleep(GATHER_S + JITTER_S * secrets.randbelow(1000) / 1000)
            try:
                await self._fulfil()
            except StoreUnavailable as error:
                log.warning("local_lists.postponed", reason=str(error))
                await asyncio.sleep(AWAY_S)

    async def _fulfil(self) -> None:
        wished = self._wishes.take()
        try:
            synced = await self._store.synced_lists()
            due = [charger_id for charger_id in synced if charger_id in wished] if wished else list(synced)
        except StoreUnavailable:
            self._wishes.give_back(wished)
            raise
        while due:
            charger_id = due.pop(secrets.randbelow(len(due)))
            try:
                await self._bring(charger_id)
            except StoreUnavailable:
                self._wishes.give_back({charger_id, *due})
                raise
            await asyncio.sleep(PAUSE_S)

    async def _bring(self, charger_id: str) -> None:
        """One that is offline is compared when it comes back."""
        try:
            reply = await self.sync(charger_id, full=False)
        except NotConnected:
            return
        reply.add_done_callback(_ended)


def _ended(reply: asyncio.Future[object]) -> None:
    """What went wrong is stored with the list; of a charger whose actor is gone there is nothing to say."""
    if not reply.cancelled() and (error := reply.exception()) is not None:
        log.info("local_list.not_sent", reason=str(error))
