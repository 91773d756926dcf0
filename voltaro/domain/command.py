"""Commands: what we ask a charger to do, in OCPP's spelling or in one vocabulary for all versions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from voltaro.domain.maintenance import MaintenanceOrder


class CommandState(StrEnum):
    """QUEUED, SENT, then how it ended. EFFECTIVE: the charger has since shown that it did it (X-24).

    UNKNOWN: sent, and the line was lost before the answer; we never repeat it by ourselves.
    """

    QUEUED = "queued"
    SENT = "sent"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    FAILED = "failed"
    TIMED_OUT = "timed_out"
    UNKNOWN = "unknown"
    EFFECTIVE = "effective"

    @property
    def settled(self) -> bool:
        return self not in (CommandState.QUEUED, CommandState.SENT)


@dataclass(frozen=True, slots=True)
class Command:
    """A command and what became of it; ``payload`` and ``response`` in OCPP spelling, secrets already masked."""

    id: str
    charger_id: str
    action: str
    payload: Mapping[str, Any]
    state: CommandState
    created_at: datetime
    requested_by: str | None = None
    response: Mapping[str, Any] | None = None
    error: str | None = None
    sent_at: datetime | None = None
    answered_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class StartCharging:
    """Ask a charger to start; ``evse_id`` None lets the charger choose."""

    id_tag: str
    evse_id: int | None = None
    connector_id: int | None = None
    tag_type: str | None = None
    remote_start_id: int = 0


@dataclass(frozen=True, slots=True)
class StopCharging:
    """Ask a charger to stop the session with this OCPP transaction id."""

    transaction_id: str


@dataclass(frozen=True, slots=True)
class Reset:
    """Ask a charger to restart; ``immediately`` does not wait for sessions to end (1.6 Hard, 2.x Immediate)."""

    immediately: bool = False
    evse_id: int | None = None


@dataclass(frozen=True, slots=True)
class Unlock:
    """Ask a charger to release a cable."""

    evse_id: int
    connector_id: int = 1


@dataclass(frozen=True, slots=True)
class ChangeAvailability:
    """Take the charger, an evse or a connector in or out of service; ``evse_id`` None is the whole charger."""

    operative: bool
    evse_id: int | None = None
    connector_id: int | None = None


@dataclass(frozen=True, slots=True)
class ClearCache:
    """Ask a charger to forget the tags it has cached."""


@dataclass(frozen=True, slots=True)
class Trigger:
    """Ask a charger to send a message now (1.6 TriggerMessage, 2.x F06)."""

    message: str
    evse_id: int | None = None
    connector_id: int | None = None


Order = StartCharging | StopCharging | Reset | Unlock | ChangeAvailability | ClearCache | Trigger | MaintenanceOrder
"""A command in one vocabulary; a dialect's ``compose`` turns it into its version's action and payload."""


def verdict_of(response: Mapping[str, Any]) -> CommandState:
    """Accepted or rejected, as the charger's answer says it; an answer without a status is an acceptance."""
    status = response.get("status")
    if status is None or status in ("Accepted", "Scheduled", "RebootRequired", "Unlocked", "AcceptedCanceled"):
        return CommandState.ACCEPTED
    return CommandState.REJECTED
