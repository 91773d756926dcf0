"""What is told of sessions together, and of one from its beginning to its end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from voltaro.domain.command import Command
from voltaro.domain.session import Session
from voltaro.ports.journal import MessageRow
from voltaro.ports.ordering import Order
from voltaro.ports.rows import Page


class SessionOrder(Order):
    """The order of a list of sessions."""

    NEWEST = "-started_at"
    OLDEST = "started_at"
    MOST_ENERGY = "-energy_wh"
    LEAST_ENERGY = "energy_wh"

    @property
    def by_energy(self) -> bool:
        return self.member == "energy_wh"


@dataclass(frozen=True, slots=True)
class SessionTotals:
    """Sums over sessions: energy in Wh, time in seconds, that of running ones until now. ``complete``: over all that fit; else
    over those among the newest that were looked at."""

    count: int
    running: int
    energy_wh: int
    duration_s: int
    complete: bool


@dataclass(frozen=True, slots=True)
class ReportedEvent:
    """What a charger has reported of a session beside its meter values: a TransactionEvent of 2.x, or a stop of 1.6.

    ``trigger_reason`` and ``seq_no`` are those of 2.x alone, ``meter_stop_wh`` is that of 1.6."""

    at: datetime
    received_at: datetime
    kind: str
    trigger_reason: str | None = None
    charging_state: str | None = None
    stopped_reason: str | None = None
    id_tag: str | None = None
    seq_no: int | None = None
    offline: bool = False
    meter_stop_wh: int | None = None


class SessionStoryStore(Protocol):
    """The part of ``Store`` about one session's life. Every method may raise StoreUnavailable; lists BadCursor."""

    async def session_reports(self, session: Session, *, limit: int) -> Sequence[ReportedEvent]:
        """Oldest first; periodic meter values are left out. Beyond ``limit`` the first and the last of them are kept."""
        ...

    async def session_commands(self, session: Session) -> Sequence[Command]:
        """The commands that asked for its start or its end, or that may have ended it, oldest first; the newest fifty."""
        ...

    async def session_messages(self, session: Session, *, limit: int, cursor: str | None = None) -> Page[MessageRow]:
        """The logged frames that name it, oldest first. A page looks at a bounded number of rows, as ``Store.messages`` does."""
        ...
