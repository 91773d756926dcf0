"""The local authorization list of one charger: updates sent one after the other, each learned from before the next.

Rule 1: a differential update that is refused is followed by a full one, once.
Rule 2: of an update without a valid answer the version is asked for; it is never sent again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import partial
from typing import Any

from actors.reply import Reply
from actors.topic import Topic, ToTopic
from actors.topic_station import TopicStation
from voltaro.domain.command import CheckLocalList, SendLocalList
from voltaro.domain.fact import LocalListSent, LocalListTold
from voltaro.domain.local_list import Entries, Update, difference, whole
from voltaro.ports import ChargerFacts, InvalidPayload, Line, NotConnected
from voltaro.ports.local_list import LocalListFacts

CONFLICT_S = 600.0
"""A charger that speaks of a conflict again and again is asked for its version so seldom."""

UNSUPPORTED = "the charger has no local authorization list"


@dataclass(frozen=True, slots=True)
class Sync:
    """Bring the list up to date. ``held`` is what the charger is known to hold (None: not known), ``version`` the highest that it
    or we have ever named. Answered when it is over. Raises NotConnected."""

    held: Entries | None
    wanted: Entries
    version: int
    per_message: int
    full: bool


class _Turn(Enum):
    """What the topic tells itself."""

    GO_ON = "go on"


class _Syncing:
    """Updates under way; the first is the one in hand."""

    __slots__ = ("asked", "checking", "full", "line", "per_message", "replies", "rest", "version", "wanted")

    def __init__(self, line: Line, sync: Sync, updates: tuple[Update, ...], *, full: bool) -> None:
        self.line = line
        self.wanted = sync.wanted
        self.per_message = sync.per_message
        self.version = sync.version
        self.rest = list(updates)
        self.full = full
        self.asked: Mapping[str, Any] | None = None
        self.checking = False
        self.replies: list[Reply] = []


class ChargerLocalList(Topic):
    """See the module. What dialects tell it is ``ports.local_list.LocalListHeard``."""

    __slots__ = ("_checked_at", "_facts", "_syncing", "_written")

    def __init__(self, station: TopicStation) -> None:
        super().__init__(station)
        self._facts: LocalListFacts | None = None
        self._syncing: _Syncing | None = None
        self._checked_at: float | None = None
        self._written: asyncio.Future[object] | None = None
        """The last fact on its way into the store: who waits for an update is told when it lies there. One that is lost with the
        database is found out at the next look at the version: then the list is sent whole."""

    def rebuild(self, facts: ChargerFacts) -> None:
        self._facts = facts.local_list

    def settled(self, line: Line) -> None:
        """What the charger holds is asked for where we have ever sent a list; where it is kept up to date, it is compared."""
        if self._facts is not None and self._facts.version != -1:
            self._check(line)

    def hear(self, message: object) -> None:
        if isinstance(message, Sync):
            self._begin(message)
        elif message is _Turn.GO_ON:
            self._go_on()

    # --- what the charger answers ---

    def version_told(self, version: int | None) -> None:
        station, syncing = self.station, self._syncing
        if version is not None:
            self._facts = LocalListFacts(version)
            station.jot(LocalListTold(station.charger_id, version, station.now()))
        if syncing is None or not syncing.checking:
            if version is not None and version >= 0:
                station.wiring.list_wishes.wish(station.charger_id)
            return
        syncing.checking = False
        update = syncing.rest[0]
        if version == update.version:
            self._taken(syncing, update)
        elif version is None:
            self._note(update.version, None, failure=f"{_failure(None)}, and what it holds is not known")
            self._end()
        elif version < 0:
            self._refused(syncing, update, "NotSupported")
        else:
            self._refused(syncing, update, None)

    def list_answered(self, asked: Mapping[str, Any], version: int, status: str | None) -> None:
        syncing = self._syncing
        if syncing is None or asked is not syncing.asked:  # an operator's own command: what is in it is the operator's
            taken = status == "Accepted"
            failure = None if taken else _failure(status)
            self._note(version, status, standing=version if taken else None, failure=failure)
            return
        syncing.asked = None
        if status == "Accepted":
            self._taken(syncing, syncing.rest[0])
        elif status is None:
            syncing.checking = True
            self._tell_myself()  # over a line that is lost every question ends so: LineDown comes first
        else:
            self._refused(syncing, syncing.rest[0], status)

    def conflict(self) -> None:
        line, now = self.station.line, self.station.wiring.clock.monotonic()
        if line is not None and (self._checked_at is None or now - self._checked_at >= CONFLICT_S):
            self._check(line)

    # --- updating ---

    def _begin(self, sync: Sync) -> None:
        line = self.station.line
        if line is None:
            raise NotConnected(f"{self.station.charger_id} is not connected: its list can only be sent over its line")
        if self._syncing is None:
            full = sync.full or sync.held is None
            updates = (
                whole(sync.wanted, sync.version + 1, sync.per_message)
                if full or sync.held is None
                else difference(sync.held, sync.wanted, sync.version + 1, sync.per_message)
            )
            if not updates:
                return
            self._syncing = _Syncing(line, sync, updates, full=full)
            self._go_on()
        self._syncing.replies.append(self.station.defer())

    def _go_on(self) -> None:
        syncing, station = self._syncing, self.station
        if syncing is None:
            return
        if station.line is not syncing.line:
            if syncing.rest:
                self._note(syncing.rest[0].version, None, failure="the line was lost before the charger answered")
            self._end()
        elif syncing.checking:
            self._check(syncing.line)
        elif not syncing.rest:
            self._end()
        else:
            update = syncing.rest[0]
            try:
                action, payload = syncing.line.dialect.compose(SendLocalList(*update))
                syncing.version, syncing.asked = update.version, payload
                station.ask_quietly(syncing.line, action, payload)
            except InvalidPayload as error:
                self._note(update.version - 1, None, failure=f"an entry cannot be said in this version of OCPP: {error.message}")
                self._end()

    def _taken(self, syncing: _Syncing, update: Update) -> None:
        syncing.rest.pop(0)
        self._note(update.version, "Accepted", standing=update.version, entries=None if syncing.rest else syncing.wanted)
        self._go_on()

    def _refused(self, syncing: _Syncing, update: Update, status: str | None) -> None:
        failure = _failure(status)
        self._note(update.version, status, failure=failure)
        if status == "NotSupported" or syncing.full:
            self._end()
            return
        syncing.full = True
        syncing.rest = list(whole(syncing.wanted, syncing.version + 1, syncing.per_message))
        self._go_on()

    def _end(self) -> None:
        syncing, self._syncing = self._syncing, None
        written = self._written
        if syncing is None or written is None:
            return
        for reply in syncing.replies:
            written.add_done_callback(partial(_tell, reply))

    def _check(self, line: Line) -> None:
        self._checked_at = self.station.wiring.clock.monotonic()
        action, payload = line.dialect.compose(CheckLocalList())
        self.station.ask_quietly(line, action, payload)

    def _tell_myself(self) -> None:
        self.station.system.tell(self.station.name, ToTopic("local_list", _Turn.GO_ON))

    def _note(
        self, version: int, status: str | None, *, standing: int | None = None, entries: Entries | None = None, failure: str | None = None
    ) -> None:
        station = self.station
        if standing is not None:
            self._facts = LocalListFacts(standing)
        fact = LocalListSent(station.charger_id, version, status, station.now(), standing, entries, failure)
        self._written = station.wiring.queue.record(fact)


def _tell(reply: Reply, written: asyncio.Future[object]) -> None:
    error = written.exception()
    if error is None:
        reply.set(None)
    else:
        reply.fail(error)


def _failure(status: str | None) -> str:
    if status == "NotSupported":
        return UNSUPPORTED
    return "the charger gave no valid answer" if status is None else f"the charger answered {status}"
