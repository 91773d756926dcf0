"""The life of a charger as it is read, and what people have noted on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from voltaro.domain.event import Event
from voltaro.domain.timeline import ConnectionSpan, ConnectorSpan
from voltaro.ports.rows import Page

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Lane(Generic[T]):
    """What lies on one lane of a timeline, oldest first. ``is_cut``: there was more, and the oldest of it was left out."""

    items: Sequence[T]
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class Note:
    """What somebody has written down about a charger; ``edited_at`` is None until it is changed."""

    id: int
    charger_id: str
    text: str
    author: str
    at: datetime
    edited_at: datetime | None
    version: int


@dataclass(frozen=True, slots=True)
class SessionMark:
    """A session as a timeline shows it."""

    id: int
    evse_id: int | None
    connector_id: int | None
    state: str
    started_at: datetime
    ended_at: datetime | None
    energy_wh: int
    id_tag: str | None
    stop_reason: str | None


@dataclass(frozen=True, slots=True)
class CommandMark:
    """A command as a timeline shows it: without its payload and answer."""

    id: str
    action: str
    state: str
    effect: str
    created_at: datetime
    answered_at: datetime | None
    requested_by: str | None


@dataclass(frozen=True, slots=True)
class JobMark:
    """A firmware update or the upload of a log as a timeline shows it."""

    id: str
    kind: str
    state: str
    status: str | None
    created_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Timeline:
    """Everything that happened to one charger between two moments. ``happenings`` are events that are no span of another lane."""

    connection: Lane[ConnectionSpan]
    connectors: Lane[ConnectorSpan]
    sessions: Lane[SessionMark]
    commands: Lane[CommandMark]
    jobs: Lane[JobMark]
    happenings: Lane[Event]
    notes: Lane[Note]


@dataclass(frozen=True, slots=True)
class SecurityEvent:
    """A SecurityEventNotification as it was stored (1.6 security extensions A04; 2.x A04); ``at`` is the charger's time."""

    id: int
    charger_id: str
    type: str
    at: datetime
    received_at: datetime
    tech_info: str | None


class TimelineStore(Protocol):
    """The part of ``Store`` about what has happened to one charger. Every method may raise StoreUnavailable, every list BadCursor."""

    async def timeline(self, charger_id: str, since: datetime, until: datetime, *, is_online: bool, limit: int) -> Timeline:
        """What happened between two moments, at most ``limit`` on each lane; ``is_online`` is how the charger is now."""
        ...

    async def connector_states(
        self, charger_id: str, since: datetime, until: datetime, evse_id: int | None = None
    ) -> Sequence[ConnectorSpan]:
        """How the connectors of a charger, or of one evse, stood: spans that touch the window, by evse, connector and time."""
        ...

    async def connection_history(self, charger_id: str, since: datetime, *, is_online: bool) -> Sequence[ConnectionSpan]:
        """When a charger was online and when not, from the last change before ``since`` to the present, oldest first."""
        ...

    async def security_events(self, charger_id: str, *, limit: int, cursor: str | None = None) -> Page[SecurityEvent]: ...


class NoteStore(Protocol):
    """The part of ``Store`` about notes on chargers. Every method may raise StoreUnavailable; the list BadCursor."""

    async def notes(self, charger_id: str, *, limit: int, cursor: str | None = None) -> Page[Note]: ...  # newest first
    async def note_on_charger(self, charger_id: str, note_id: int) -> Note | None: ...
    async def add_note(self, charger_id: str, text: str, by: str) -> Note: ...
    async def change_note(self, charger_id: str, note_id: int, text: str, version: int | None, by: str) -> Note | None:
        """None when there is no such note. Raises VersionConflict."""
        ...

    async def remove_note(self, charger_id: str, note_id: int, by: str, version: int | None = None) -> bool: ...  # VersionConflict
