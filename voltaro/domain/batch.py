"""Batches: one thing done to many chargers, with a result for each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class BatchKind(StrEnum):
    """COMMAND: an OCPP action is sent. ORDER: the same in one vocabulary for all versions. CHANGE, REMOVE: of the chargers' own rows."""

    COMMAND = "command"
    ORDER = "order"
    CHANGE = "change"
    REMOVE = "remove"

    @property
    def sends(self) -> bool:
        """Whether it says something to chargers."""
        return self in (BatchKind.COMMAND, BatchKind.ORDER)


class BatchState(StrEnum):
    """INTERRUPTED: the server was restarted in the middle; what had not been sent then was never sent."""

    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"


class ItemState(StrEnum):
    """How far a batch has come with one charger.

    WAITING, WORKING (it is its turn), then SENT (the command says the rest), DONE (its row is changed), FAILED, NOT_SENT (it was not
    begun), or UNKNOWN (the server was restarted while its row was being changed).
    """

    WAITING = "waiting"
    WORKING = "working"
    SENT = "sent"
    DONE = "done"
    FAILED = "failed"
    NOT_SENT = "not_sent"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Batch:
    """One thing done to many chargers. ``action`` is an OCPP action, a verb, or empty; ``payload`` what is sent or set."""

    id: str
    kind: BatchKind
    action: str
    payload: Mapping[str, Any]
    created_by: str
    created_at: datetime
    total: int = 0
    repeatable: bool = True
    """Whether ``payload`` is whole: secrets in it are not kept, so then it cannot be sent again from here."""
    state: BatchState = BatchState.RUNNING
    ended_at: datetime | None = None

    def key_of(self, position: int) -> str:
        """The key under which the command to its charger at this position is recorded: in one transaction with it."""
        return f"batch {self.id} {position}"


@dataclass(frozen=True, slots=True)
class BatchItem:
    """What came of a batch with one charger. ``error`` is a code that stays the same, ``detail`` says more of it."""

    position: int
    charger_id: str
    state: ItemState
    command_id: str | None = None
    error: str | None = None
    detail: str | None = None
