"""Facts of sessions and meter values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from voltaro.domain.meter import Sample
from voltaro.domain.resolution import Resolution
from voltaro.domain.session import EndSession, StartSession, TransactionEvent


@dataclass(frozen=True, slots=True)
class SessionStartReported:
    """A 1.6 start with the verdict on its tag. Class A; result: ``Recorded`` with the session, new or the one it repeats."""

    start: StartSession
    authorization: str
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SessionEndReported:
    """A 1.6 stop. Class A; result: ``Recorded``. One of an unknown transaction becomes an unresolved session."""

    stop: EndSession


@dataclass(frozen=True, slots=True)
class TransactionReported:
    """A 2.x TransactionEvent with the verdict on its token, if it carried one. Class A; result: ``Recorded``."""

    event: TransactionEvent
    authorization: str | None = None


class MeterReported(NamedTuple):
    """Samples of one MeterValues (1.6, 2.x) or of one transaction message. Class A with a session, else B.

    A NamedTuple: the most frequent fact of all. ``transaction_id`` is what the charger sent, and finds the
    session of late data when ``session_id`` is not known.
    """

    charger_id: str
    evse_id: int
    session_id: int | None
    transaction_id: str | None
    received_at: datetime
    samples: tuple[Sample, ...]


@dataclass(frozen=True, slots=True)
class SessionMetered:
    """The running figures of an active session. Class B; coalesced, the newest wins."""

    session_id: int
    register_wh: int | None
    base_wh: int | None
    carried_wh: int
    energy_wh: int
    power_w: int | None
    soc_percent: int | None
    at: datetime
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SessionsLost:
    """1.6 sessions whose stop has not come, and is not awaited any more. Class A, with the event ``session.ended`` for each.

    Result: the sessions that were closed.
    """

    charger_id: str
    session_ids: tuple[int, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class SessionResolved:
    """What an operator decided of a session. Class A, with its events and audit entry.

    Result: the sessions that it touched, the one in question first; None when there is no such session; NotNow or BadDecision.
    """

    resolution: Resolution
    by: str
    at: datetime
