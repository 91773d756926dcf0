"""What an operator decides of a session that a charger left open or unexplained. Nothing is deleted, and what was decided shows.

Rule 1: a decision fits a state. In any other it is refused with ``NotNow``; one that was made already has no second effect.
Rule 2: a session that an operator closed is an estimate until the charger tells its own end, which then holds.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from voltaro.domain.energy import recounted
from voltaro.domain.meter import Reading
from voltaro.domain.session import EndSession, Session, SessionFlag, SessionState, end, flagged, has_guessed_end, running_again


@dataclass(frozen=True, slots=True)
class AssignSession:
    """An unresolved stop, or readings, belong to the session ``to`` of the same charger."""

    session_id: int
    to: int
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class GiveStart:
    """An unresolved stop gets the start that never came, as the charger or its paper shows it; what is None stays."""

    session_id: int
    started_at: datetime
    meter_start_wh: int
    id_tag: str | None = None
    evse_id: int | None = None
    connector_id: int | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class CloseSession:
    """An open session has ended so; ``meter_stop_wh`` None is what its meter last showed."""

    session_id: int
    ended_at: datetime
    meter_stop_wh: int | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class DiscardSession:
    """A session is none: a test, a ghost, a twin."""

    session_id: int
    reason: str


Resolution = AssignSession | GiveStart | CloseSession | DiscardSession


class NotNow(Exception):
    """The session is not in a state for this decision: read it again."""


class BadDecision(Exception):
    """A member of the decision does not fit the session; ``pointer`` is an RFC 6901 JSON pointer to it."""

    def __init__(self, pointer: str, message: str) -> None:
        super().__init__(message)
        self.pointer = pointer
        self.message = message


def closed(session: Session, decision: CloseSession) -> Session:
    """The session, ended as decided. Raises NotNow, BadDecision."""
    is_open_orphan = session.state is SessionState.UNRESOLVED and session.ended_at is None
    if session.state is not SessionState.ACTIVE and not is_open_orphan:
        raise NotNow(f"session {session.id} is {session.state}: only an open one can be closed{_what_else(session)}")
    if decision.ended_at < session.started_at:
        raise BadDecision("/ended_at", f"is before the session's start at {session.started_at.isoformat()}")
    shown = session.register_wh
    register = shown if decision.meter_stop_wh is None else decision.meter_stop_wh
    if register is not None and shown is not None and register < shown:
        raise BadDecision("/meter_stop_wh", f"is less than the {shown} Wh that the meter has shown already")
    return _ended_so(session, decision.ended_at, register, "Other")


def is_closed_so(session: Session, decision: CloseSession) -> bool:
    """Whether the session was closed by this very decision."""
    if session.state is not SessionState.ENDED or SessionFlag.ESTIMATED not in session.flags:
        return False
    return session.ended_at == decision.ended_at and decision.meter_stop_wh in (None, session.meter_stop_wh)


def with_start(session: Session, decision: GiveStart, readings: Iterable[Reading]) -> Session:
    """An unresolved stop as a whole session. Raises NotNow, BadDecision."""
    if session.state is not SessionState.UNRESOLVED or session.ended_at is None or session.meter_stop_wh is None:
        raise NotNow(f"session {session.id} is no unresolved stop ({session.state}): only such a one can be given a start")
    if decision.started_at > session.ended_at:
        raise BadDecision("/started_at", f"is after the session's end at {session.ended_at.isoformat()}")
    if decision.meter_start_wh > session.meter_stop_wh:
        raise BadDecision("/meter_start_wh", f"is more than the {session.meter_stop_wh} Wh that the meter showed at the end")
    started = replace(
        session,
        state=SessionState.ENDED,
        started_at=decision.started_at,
        meter_start_wh=decision.meter_start_wh,
        id_tag=session.id_tag if decision.id_tag is None else decision.id_tag,
        evse_id=session.evse_id if decision.evse_id is None else decision.evse_id,
        connector_id=session.connector_id if decision.connector_id is None else decision.connector_id,
        flags=tuple(flag for flag in session.flags if flag != SessionFlag.UNKNOWN_TRANSACTION),
    )
    return flagged(recounted(started, readings), SessionFlag.START_BY_OPERATOR)


def is_started_so(session: Session, decision: GiveStart) -> bool:
    """Whether the session was given its start by this very decision."""
    given = (session.started_at, session.meter_start_wh) == (decision.started_at, decision.meter_start_wh)
    return given and SessionFlag.START_BY_OPERATOR in session.flags


def check_assignable(orphan: Session, target: Session) -> None:
    """Whether ``orphan`` may become a part of ``target``. Raises NotNow, BadDecision."""
    if orphan.state is not SessionState.UNRESOLVED:
        raise NotNow(f"session {orphan.id} is {orphan.state}: only an unresolved one can be assigned")
    if target.charger_id != orphan.charger_id:
        raise BadDecision("/session_id", f"is a session of the charger {target.charger_id}, not of {orphan.charger_id}")
    if target.protocol != orphan.protocol or target.id == orphan.id:
        raise BadDecision("/session_id", "is no session that a stop can belong to")
    if target.state is not SessionState.ACTIVE and not has_guessed_end(target):
        raise NotNow(f"session {target.id} is {target.state} and has an end of its own")


def with_stop_of(orphan: Session, target: Session) -> Session:
    """``target`` as the stop in ``orphan`` ends it; unchanged where the orphan has none."""
    if orphan.ended_at is None or orphan.meter_stop_wh is None:
        return target
    stop = EndSession(
        charger_id=target.charger_id,
        transaction_id=target.transaction_id,
        meter_stop_wh=orphan.meter_stop_wh,
        at=orphan.ended_at,
        received_at=orphan.received_at,
        protocol=target.protocol,
        reason=orphan.stop_reason or "Local",
    )
    return end(running_again(target) if has_guessed_end(target) else target, stop)


def assigned(orphan: Session, target: Session) -> Session:
    """The orphan as it stays behind."""
    return replace(orphan, state=SessionState.ASSIGNED, assigned_to=target.id, energy_wh=0)


def discarded(session: Session) -> Session:
    """The session, put out of account. Raises NotNow."""
    if session.state not in (SessionState.UNRESOLVED, SessionState.ACTIVE):
        raise NotNow(f"session {session.id} is {session.state}: only an unresolved or an open one can be discarded")
    return replace(session, state=SessionState.DISCARDED, power_w=None, charging_state=None)


def upheld(decided: Session, folded: Session) -> Session:
    """What was decided of a 2.x session, applied to what its events, folded anew, now make of it."""
    folded = replace(
        folded,
        assigned_to=decided.assigned_to,
        resolved_by=decided.resolved_by,
        resolved_at=decided.resolved_at,
        resolved_reason=decided.resolved_reason,
    )
    if decided.state is SessionState.DISCARDED:
        return replace(folded, state=SessionState.DISCARDED, power_w=None, charging_state=None)
    if SessionFlag.CLOSED_BY_OPERATOR not in decided.flags:
        return folded
    if folded.state is SessionState.ENDED or decided.ended_at is None:
        return flagged(folded, SessionFlag.CLOSED_BY_OPERATOR)
    shown, register = folded.register_wh, decided.meter_stop_wh
    if register is None or (shown is not None and shown > register):
        register = shown
    return _ended_so(folded, decided.ended_at, register, decided.stop_reason or "Other")


def _ended_so(session: Session, ended_at: datetime, register_wh: int | None, reason: str) -> Session:
    over = replace(
        session,
        state=SessionState.ENDED,
        ended_at=ended_at,
        meter_stop_wh=register_wh,
        stop_reason=reason,
        power_w=None,
        charging_state=None,
    )
    if register_wh is not None and session.base_wh is not None:
        over = replace(over, register_wh=register_wh, energy_wh=session.carried_wh + register_wh - session.base_wh)
    return flagged(flagged(over, SessionFlag.CLOSED_BY_OPERATOR), SessionFlag.ESTIMATED)


def _what_else(session: Session) -> str:
    return "; assign it to its session, give it its start, or discard it" if session.state is SessionState.UNRESOLVED else ""
