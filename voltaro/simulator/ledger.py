"""What one charger knows for certain: its sessions, and which messages of theirs were acknowledged with what.

A ledger stands outside the central system under test, so it can be held against the central system's own books.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple


class Acknowledged(NamedTuple):
    """A message about a session that the central system answered with a CALLRESULT."""

    action: str
    message_id: str
    payload: Mapping[str, Any]
    answer: Mapping[str, Any]
    attempts: int
    at: datetime


class Discarded(NamedTuple):
    """A message about a session that the charger gave up on after its last attempt, and why."""

    action: str
    payload: Mapping[str, Any]
    attempts: int
    reason: str


@dataclass(slots=True, eq=False)
class SessionRecord:
    """A charging session as the charger saw it.

    ``transaction_id`` is text in all versions; for 1.6 it is the central system's number, None until it is known.
    ``begun`` and ``closed`` tell whether the central system acknowledged the message that starts it, and the one that ends it.
    """

    evse_id: int
    tag: str | None
    started_at: datetime
    meter_start_wh: int
    transaction_id: str | None = None
    meter_wh: int = 0
    meter_stop_wh: int | None = None
    ended_at: datetime | None = None
    reason: str | None = None
    begun: bool = False
    closed: bool = False
    verdict: str | None = None
    """The central system's word on the tag, from its answer to the start."""
    group: str | None = None
    token_type: str | None = None
    remote_start_id: int | None = None
    seq_no: int = -1
    """2.x: the number of the last event made."""
    started_monotonic: float = 0.0

    @property
    def ended(self) -> bool:
        return self.ended_at is not None

    @property
    def energy_wh(self) -> int:
        """By the register: from the start to the end, or to the last reading."""
        last = self.meter_stop_wh if self.meter_stop_wh is not None else self.meter_wh
        return max(0, last - self.meter_start_wh)

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "evse_id": self.evse_id,
            "transaction_id": self.transaction_id,
            "tag": self.tag,
            "started_at": self.started_at.isoformat(),
            "ended_at": self.ended_at.isoformat() if self.ended_at else None,
            "meter_start_wh": self.meter_start_wh,
            "meter_stop_wh": self.meter_stop_wh,
            "energy_wh": self.energy_wh,
            "reason": self.reason,
            "begun": self.begun,
            "closed": self.closed,
        }


@dataclass(slots=True)
class Ledger:
    """All of it for one charger. With ``detailed`` off only the sessions are kept, for fleets that run long."""

    detailed: bool = True
    sessions: list[SessionRecord] = field(default_factory=list)
    acknowledged: list[Acknowledged] = field(default_factory=list)
    discarded: list[Discarded] = field(default_factory=list)
    commands: list[tuple[str, Mapping[str, Any], str]] = field(default_factory=list)
    """Commands received: action, payload, and the status word or error code answered."""
    forgotten: int = 0
    """Ended sessions no longer in ``sessions``, when ``limit`` was reached."""
    limit: int = 1000

    def open_session(self, session: SessionRecord) -> None:
        """Note a session that begins. The oldest one that is over and acknowledged makes room when there are too many."""
        if len(self.sessions) >= self.limit and self.sessions[0].closed and not self.detailed:
            del self.sessions[0]
            self.forgotten += 1
        self.sessions.append(session)
