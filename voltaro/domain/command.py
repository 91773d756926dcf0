"""Commands: what we ask a charger to do, in OCPP's spelling or in one vocabulary for all versions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from voltaro.domain.charging import ChargingProfile, ProfileCriteria, RateUnit
from voltaro.domain.local_list import ListEntry
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


class Effect(StrEnum):
    """What was seen of a command. NONE: nothing is to be seen beside the answer, or the charger refused. AWAITED: not yet.

    SEEN: the charger has shown that it did it. NOT_SEEN: it has not, within the time it was given; ``reason`` says so.
    """

    NONE = "none"
    AWAITED = "awaited"
    SEEN = "seen"
    NOT_SEEN = "not_seen"


@dataclass(frozen=True, slots=True)
class Command:
    """A command and what became of it; ``payload`` and ``response`` in OCPP spelling, secrets already masked.

    ``error`` is what went wrong with the call, ``reason`` what is to be said of the effect. ``effect_until`` is how long it is
    awaited (None: until it comes), ``effect_at`` when it was seen, ``session_id`` the session that is the effect of a start.
    """

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
    effect: Effect = Effect.NONE
    reason: str | None = None
    effect_until: datetime | None = None
    effect_at: datetime | None = None
    session_id: int | None = None

    @property
    def is_over(self) -> bool:
        """Whether nothing more is expected of it: it was answered, and its effect was seen or is not awaited."""
        return self.state.settled and self.effect is not Effect.AWAITED


@dataclass(frozen=True, slots=True)
class StartCharging:
    """Ask a charger to start; ``evse_id`` None lets the charger choose. ``profile`` limits the session that starts."""

    id_tag: str
    evse_id: int | None = None
    connector_id: int | None = None
    tag_type: str | None = None
    remote_start_id: int = 0
    profile: ChargingProfile | None = None


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


@dataclass(frozen=True, slots=True)
class ReadConfiguration:
    """Ask a charger for configuration keys (1.6); none named: for all of them."""

    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ChangeConfiguration:
    """Set a configuration key (1.6)."""

    key: str
    value: str


@dataclass(frozen=True, slots=True)
class CheckLocalList:
    """Ask a charger for the version of its local authorization list."""


@dataclass(frozen=True, slots=True)
class SendLocalList:
    """Replace a charger's local authorization list, or change entries of it; one without a status is removed."""

    version: int
    full: bool
    entries: tuple[ListEntry, ...] = ()


@dataclass(frozen=True, slots=True)
class SetProfile:
    """Give a charger a charging profile for an evse; 0 is the whole charger."""

    evse_id: int
    profile: ChargingProfile


@dataclass(frozen=True, slots=True)
class ClearProfiles:
    """Let a charger forget the charging profiles that fit; criteria that say nothing mean all."""

    criteria: ProfileCriteria


@dataclass(frozen=True, slots=True)
class AskCompositeSchedule:
    """Ask a charger what its profiles come to from now on; ``unit`` None lets the charger choose."""

    evse_id: int
    duration_s: int
    unit: RateUnit | None = None


@dataclass(frozen=True, slots=True)
class Reserve:
    """Ask a charger to keep an evse (0: any) for a tag and its group; ``number`` is OCPP's reservationId."""

    number: int
    evse_id: int
    id_tag: str
    expires_at: datetime
    parent: str | None = None
    tag_type: str | None = None


@dataclass(frozen=True, slots=True)
class CancelReservation:
    """Ask a charger to give up a reservation."""

    number: int


@dataclass(frozen=True, slots=True)
class ChangePassword:
    """Give a charger a new password: hexadecimal digits, which 1.6 takes for the bytes they stand for."""

    password: str


@dataclass(frozen=True, slots=True)
class RaiseProfile:
    """Tell a charger to take a higher security profile; it is reset when it accepts."""

    profile: int


@dataclass(frozen=True, slots=True)
class DataTransfer:
    """Tell a charger something that only its vendor knows the meaning of; ``data`` is any JSON value, in 1.6 a text."""

    vendor_id: str
    message_id: str | None = None
    data: Any = None


Order = (
    StartCharging
    | StopCharging
    | Reset
    | Unlock
    | ChangeAvailability
    | ClearCache
    | Trigger
    | ReadConfiguration
    | ChangeConfiguration
    | CheckLocalList
    | SendLocalList
    | MaintenanceOrder
    | SetProfile
    | ClearProfiles
    | AskCompositeSchedule
    | Reserve
    | CancelReservation
    | ChangePassword
    | RaiseProfile
    | DataTransfer
)
"""A command in one vocabulary; a dialect's ``compose`` turns it into its version's action and payload."""


def verdict_of(response: Mapping[str, Any]) -> CommandState:
    """Accepted or rejected, as the charger's answer says it; an answer without a status is an acceptance."""
    status = response.get("status")
    if status is None or status in ("Accepted", "Scheduled", "RebootRequired", "Unlocked", "AcceptedCanceled"):
        return CommandState.ACCEPTED
    return CommandState.REJECTED
