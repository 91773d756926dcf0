"""What lies between whoever looks into the message log, or asks for commands, and PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from voltaro.domain.command import Command
from voltaro.ports.rows import Page


@dataclass(frozen=True, slots=True)
class MessageQuery:
    """Filters of the message log, of one charger or of all; None does not filter. Newest first.

    ``actions`` are any of these, ``trouble`` what did not end with a result. ``text`` is looked for in both frames, without case.
    """

    charger_id: str | None = None
    actions: tuple[str, ...] = ()
    direction: str | None = None
    outcome: str | None = None
    kind: str | None = None
    error_code: str | None = None
    message_id: str | None = None
    trouble: bool = False
    text: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class MessageRow:
    """A logged exchange or frame (``fact.FrameLogged``); ``request`` and ``answer`` are whole frames as text, secrets masked."""

    id: int
    charger_id: str
    direction: str
    message_id: str
    action: str
    request: str
    answer: str | None
    outcome: str
    at: datetime
    answered_at: datetime | None
    kind: str = "call"
    error_code: str | None = None
    error: str | None = None
    repaired: str | None = None


@dataclass(frozen=True, slots=True)
class MessageKind:
    """How often an action occurs in the newest part of a charger's message log, and how often it went wrong."""

    action: str
    direction: str
    count: int
    trouble: int
    newest: datetime


class JournalStore(Protocol):
    """The part of ``Store`` about commands and the message log."""

    async def command(self, command_id: str) -> Command | None: ...
    async def commands(self, charger_id: str, *, limit: int, cursor: str | None = None) -> Page[Command]: ...
    async def command_of_session(self, session_id: int) -> str | None: ...

    async def stale_commands(self, before: datetime) -> Sequence[Command]:
        """Commands that nobody was left to end, as they end: sent before this moment, or their effect awaited until before it."""
        ...

    async def messages(self, query: MessageQuery, *, limit: int, cursor: str | None = None) -> Page[MessageRow]:
        """A page examines a bounded number of rows: it may have fewer items than ``limit``, even none, and yet a ``next``."""
        ...

    async def message(self, row_id: int) -> MessageRow | None: ...

    async def messages_around(self, row: MessageRow, each: int) -> tuple[Sequence[MessageRow], Sequence[MessageRow]]:
        """What the same charger and we said before and after an entry, ``each`` of them, nearest first."""
        ...

    async def message_kinds(self, charger_id: str) -> Sequence[MessageKind]:
        """What occurs in the newest part of a charger's log (as many rows as a page of a search looks at), by action."""
        ...
