"""A charging session (a transaction in OCPP) and the pure fold that makes it from what the charger reported.

Rule 1: a session is a fold over the sorted set of its events. Order of arrival, repeats and gaps change nothing.
Rule 2: an event is never refused. What is odd about it becomes a flag.
Rule 3: a session that has ended is not reopened by late data; its totals may still grow.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum

from voltaro.domain.instant import ClockFlag, read_moment
from voltaro.domain.meter import PHASES_SUMMED, Figures, Sample
from voltaro.domain.tag import Authorization


class SessionState(StrEnum):
    """UNRESOLVED: a stop, or readings, without a start; an operator decides what becomes of it (``domain.resolution``).

    ASSIGNED: it was found to belong to another session, ``assigned_to``. DISCARDED: it was found to be none.
    """

    ACTIVE = "active"
    ENDED = "ended"
    UNRESOLVED = "unresolved"
    ASSIGNED = "assigned"
    DISCARDED = "discarded"


class SessionFlag(StrEnum):
    """What an operator should know of a session before billing it."""

    STARTED_MISSING = "started_missing"
    SEQUENCE_GAP = "sequence_gap"
    SEQUENCE_REPEATED = "sequence_repeated"
    METER_RESET = "meter_reset"
    NEGATIVE_ENERGY = "negative_energy"
    STOP_CONFLICT = "stop_conflict"
    UNKNOWN_TRANSACTION = "unknown_transaction"
    FOREIGN_TRANSACTION = "foreign_transaction"
    OFFLINE = "offline"
    NOT_AUTHORIZED = "not_authorized"
    CLOCK_SUSPECT = "clock_suspect"
    ENDED_BY_NEXT_START = "ended_by_next_start"
    CLOSED_BY_OPERATOR = "closed_by_operator"
    START_BY_OPERATOR = "start_by_operator"
    ENDED_BY_BOOT = "ended_by_boot"
    ESTIMATED = "estimated"
    RESERVED_FOR_ANOTHER = "reserved_for_another"
    UNCONFIRMED = "unconfirmed"
    REGISTERS_MIXED = "registers_mixed"
    START_IMPLAUSIBLE = "start_implausible"
    ENERGY_ESTIMATED = "energy_estimated"
    PHASES_SUMMED = PHASES_SUMMED
    BEGINS_AT_FIRST_READING = "begins_at_first_reading"


@dataclass(frozen=True, slots=True)
class Session:
    """A session as it is stored and shown. Energy in Wh, power in W, state of charge in percent.

    ``started_at`` and ``ended_at`` are the charger's times. ``energy_wh`` is what was delivered so far:
    ``carried_wh`` from before a meter reset plus ``register_wh - base_wh`` since.
    """

    id: int
    charger_id: str
    evse_id: int | None
    connector_id: int | None
    transaction_id: str
    protocol: str
    state: SessionState
    started_at: datetime
    received_at: datetime
    id_tag: str | None = None
    ended_at: datetime | None = None
    meter_start_wh: int | None = None
    meter_stop_wh: int | None = None
    energy_wh: int = 0
    power_w: int | None = None
    soc_percent: int | None = None
    stop_reason: str | None = None
    flags: tuple[str, ...] = ()
    authorization: str | None = None
    charging_state: str | None = None
    remote_start_id: int | None = None
    reservation_id: int | None = None
    base_wh: int | None = None
    register_wh: int | None = None
    carried_wh: int = 0
    first_seq_no: int | None = None
    last_seq_no: int | None = None
    last_event_at: datetime | None = None
    events_count: int = 0
    assigned_to: int | None = None
    resolved_by: str | None = None
    resolved_at: datetime | None = None
    resolved_reason: str | None = None
    simulated: bool = False
    """At a virtual charger: the database says so when it is made (migration 0017). Never billed."""

    @property
    def complete(self) -> bool:
        """Whether start, end and everything between has arrived."""
        missing = {SessionFlag.STARTED_MISSING, SessionFlag.SEQUENCE_GAP, SessionFlag.UNKNOWN_TRANSACTION}
        return self.state is SessionState.ENDED and missing.isdisjoint(self.flags)


NOTHING_MEASURED = Figures()

LOST = "Lost"
"""The reason of a stop that never came; no word of OCPP."""


class EventKind(StrEnum):
    """``eventType`` of a 2.x TransactionEvent."""

    STARTED = "Started"
    UPDATED = "Updated"
    ENDED = "Ended"


@dataclass(frozen=True, slots=True)
class TransactionEvent:
    """One 2.x TransactionEvent (E01-E16), digested: identity is (charger, transaction_id, seq_no, digest)."""

    charger_id: str
    transaction_id: str
    seq_no: int
    digest: str
    kind: EventKind
    at: datetime
    received_at: datetime
    trigger_reason: str
    protocol: str
    offline: bool = False
    evse_id: int | None = None
    connector_id: int | None = None
    id_tag: str | None = None
    charging_state: str | None = None
    stopped_reason: str | None = None
    remote_start_id: int | None = None
    reservation_id: int | None = None
    figures: Figures = NOTHING_MEASURED
    samples: tuple[Sample, ...] = ()
    clock_flag: str | None = None

    @property
    def order(self) -> tuple[int, datetime, str]:
        return (self.seq_no, self.at, self.digest)


@dataclass(frozen=True, slots=True)
class StartSession:
    """A 1.6 StartTransaction, in neutral words. Its content is its identity (conformance X-04).

    ``placeholder_id`` is the transaction id with which the charger was answered while the start was put aside.
    """

    charger_id: str
    evse_id: int
    connector_id: int
    id_tag: str
    meter_start_wh: int
    at: datetime
    received_at: datetime
    protocol: str
    reservation_id: int | None = None
    clock_flag: str | None = None
    raw_timestamp: str | None = None
    placeholder_id: str | None = None

    @property
    def key(self) -> str:
        """The natural key: the same start sent again, by whatever message id and whenever, has the same key."""
        moment = _moment(self.at, self.clock_flag, self.raw_timestamp)
        return content_key("start", self.charger_id, self.evse_id, moment, self.meter_start_wh, self.id_tag)


@dataclass(frozen=True, slots=True)
class SessionStarted:
    """The answer to a start: the OCPP transaction id (unique over all chargers) and the verdict on the tag."""

    transaction_id: str
    authorization: Authorization


@dataclass(frozen=True, slots=True)
class EndSession:
    """A 1.6 StopTransaction, in neutral words."""

    charger_id: str
    transaction_id: str
    meter_stop_wh: int
    at: datetime
    received_at: datetime
    protocol: str
    id_tag: str | None = None
    reason: str = "Local"
    samples: tuple[Sample, ...] = ()
    clock_flag: str | None = None
    raw_timestamp: str | None = None

    @property
    def key(self) -> str:
        """The natural key: the same stop sent again, by whatever message id and whenever, has the same key."""
        moment = _moment(self.at, self.clock_flag, self.raw_timestamp)
        return content_key("stop", self.charger_id, self.transaction_id, moment, self.meter_stop_wh, self.reason, self.id_tag or "")


def content_key(*parts: object) -> str:
    """A short digest that names a content; parts are told apart by their length."""
    digest = hashlib.sha256()
    for part in parts:
        encoded = str(part).encode("utf-8", "surrogatepass")
        digest.update(b"%d:" % len(encoded) + encoded)
    return digest.hexdigest()[:32]


def _moment(at: datetime, clock_flag: str | None, raw: str | None) -> str:
    """When a message says it was, as a part of its identity: what is odd about a time may depend on when it is read.

    Where it says nothing, two that are alike are two: merging them would lose one.
    """
    if clock_flag is None or raw is None or clock_flag == ClockFlag.MISSING:
        return at.isoformat()
    try:
        said = read_moment(raw)
        return raw if said.tzinfo is None else said.astimezone(UTC).isoformat()
    except (ValueError, OverflowError):
        return raw


def end(session: Session, stop: EndSession) -> Session:
    """Apply a 1.6 stop. A repeated equal stop changes nothing; a different one keeps the first and is flagged.

    One before the start gives the session no duration, and is flagged (quirk Q-34).
    """
    ended_at = max(stop.at, session.started_at)
    if session.state is not SessionState.ACTIVE:
        same = (session.meter_stop_wh, session.ended_at, session.stop_reason) == (stop.meter_stop_wh, ended_at, stop.reason)
        return session if same else flagged(session, SessionFlag.STOP_CONFLICT)
    session = at_register(session, stop.meter_stop_wh)
    ended = replace(
        session,
        state=SessionState.ENDED,
        ended_at=ended_at,
        meter_stop_wh=stop.meter_stop_wh,
        stop_reason=stop.reason,
        power_w=None,
        charging_state=None,
    )
    if session.meter_start_wh is not None and stop.meter_stop_wh < session.meter_start_wh:
        ended = flagged(ended, SessionFlag.NEGATIVE_ENERGY)
    return flagged(ended, SessionFlag.CLOCK_SUSPECT) if stop.clock_flag or stop.at < session.started_at else ended


def metered(session: Session, reading: Figures) -> Session:
    """Apply a meter reading of the running session."""
    if reading.flags:
        session = replace(session, flags=tuple(sorted({*session.flags, *reading.flags})))
    register, interval = reading.register_wh, reading.interval_wh
    if session.state is SessionState.ACTIVE and (reading.power_w is not None or reading.soc_percent is not None):
        power = session.power_w if reading.power_w is None else reading.power_w
        charge = session.soc_percent if reading.soc_percent is None else reading.soc_percent
    else:
        power, charge = session.power_w, session.soc_percent
    if register is not None:
        return at_register(session, register, power_w=power, soc_percent=charge)
    if interval is not None and session.register_wh is None:
        carried = session.carried_wh + interval
        return replace(session, carried_wh=carried, energy_wh=carried, power_w=power, soc_percent=charge)
    if interval is not None and session.carried_wh + (session.register_wh or 0) == (session.base_wh or 0):  # the register stands
        return replace(session, energy_wh=session.energy_wh + interval, power_w=power, soc_percent=charge)
    if power == session.power_w and charge == session.soc_percent:
        return session
    return replace(session, power_w=power, soc_percent=charge)


_GUESSES = frozenset({SessionFlag.ENDED_BY_NEXT_START, SessionFlag.ENDED_BY_BOOT, SessionFlag.ESTIMATED})


def lost(session: Session, last_read_at: datetime | None, not_after: datetime, flag: SessionFlag) -> Session:
    """A session whose stop has never come, closed at its last reading: an estimate, until its stop comes after all (Q-45)."""
    ended_at = max(session.started_at, min(last_read_at or session.started_at, not_after))
    over = replace(
        session,
        state=SessionState.ENDED,
        ended_at=ended_at,
        meter_stop_wh=session.register_wh,
        stop_reason=LOST,
        power_w=None,
        charging_state=None,
    )
    return flagged(flagged(over, flag), SessionFlag.ESTIMATED)


def has_guessed_end(session: Session) -> bool:
    """Whether the end of a session is ours or an operator's, until the charger's own stop comes."""
    return session.state is SessionState.ENDED and not _GUESSES.isdisjoint(session.flags)


def running_again(session: Session) -> Session:
    """A session as it was before its end was guessed: the charger's own stop says more."""
    flags = tuple(flag for flag in session.flags if flag not in _GUESSES)
    return replace(session, state=SessionState.ACTIVE, ended_at=None, meter_stop_wh=None, stop_reason=None, flags=flags)


def fold(session_id: int, events: Iterable[TransactionEvent]) -> Session:
    """The session that these events make, whatever order they came in. Raises ValueError when there are none."""
    ordered = sorted(events, key=lambda event: event.order)
    if not ordered:
        raise ValueError("a session is folded from at least one event")
    session = opened(session_id, ordered[0])
    for event in ordered:
        session = advance(session, event)
    received = min(event.received_at for event in ordered)
    return session if session.received_at == received else replace(session, received_at=received)


def opened(session_id: int, event: TransactionEvent) -> Session:
    """An empty session for a transaction first heard of through ``event``; ``advance`` then applies the event."""
    return Session(
        id=session_id,
        charger_id=event.charger_id,
        evse_id=None,
        connector_id=None,
        transaction_id=event.transaction_id,
        protocol=event.protocol,
        state=SessionState.ACTIVE,
        started_at=event.at,
        received_at=event.received_at,
        flags=(SessionFlag.STARTED_MISSING,),
    )


def follows(session: Session, event: TransactionEvent) -> bool:
    """Whether ``advance(session, event)`` equals a fold over all: the event sorts after everything folded so far."""
    return session.last_seq_no is not None and event.seq_no > session.last_seq_no


def advance(session: Session, event: TransactionEvent) -> Session:
    """Apply the next event in order (see ``TransactionEvent.order``)."""
    flags = set(session.flags)
    if session.last_seq_no is not None:
        if event.seq_no > session.last_seq_no + 1:
            flags.add(SessionFlag.SEQUENCE_GAP)
        elif event.seq_no == session.last_seq_no:
            flags.add(SessionFlag.SEQUENCE_REPEATED)
    if event.kind is EventKind.STARTED:
        flags.discard(SessionFlag.STARTED_MISSING)
    if event.offline:
        flags.add(SessionFlag.OFFLINE)
    if event.clock_flag:
        flags.add(SessionFlag.CLOCK_SUSPECT)
    session = replace(
        session,
        flags=tuple(sorted(flags)),
        started_at=event.at if event.kind is EventKind.STARTED else session.started_at,
        evse_id=session.evse_id if event.evse_id is None else event.evse_id,
        connector_id=session.connector_id if event.connector_id is None else event.connector_id,
        id_tag=session.id_tag if session.id_tag is not None else event.id_tag,
        charging_state=event.charging_state or session.charging_state,
        remote_start_id=event.remote_start_id if session.remote_start_id is None else session.remote_start_id,
        reservation_id=event.reservation_id if session.reservation_id is None else session.reservation_id,
        first_seq_no=event.seq_no if session.first_seq_no is None else session.first_seq_no,
        last_seq_no=event.seq_no,
        last_event_at=event.at,
        events_count=session.events_count + 1,
    )
    session = metered(session, event.figures)
    if event.kind is not EventKind.ENDED or session.state is SessionState.ENDED:
        return session
    return replace(
        session,
        state=SessionState.ENDED,
        ended_at=max(event.at, session.started_at),
        stop_reason=event.stopped_reason or "Local",
        meter_stop_wh=session.register_wh,
        power_w=None,
        charging_state=None,
    )


def flagged(session: Session, flag: SessionFlag) -> Session:
    """The session with one more flag."""
    if flag in session.flags:
        return session
    return replace(session, flags=tuple(sorted({*session.flags, flag})))


def at_register(session: Session, register_wh: int, **more: int | None) -> Session:
    """Move to a new reading of the import register; a falling one is a meter reset: split, sum and flag (X-16)."""
    base = session.base_wh
    if base is None:
        return _changed(session, base_wh=register_wh, register_wh=register_wh, meter_start_wh=register_wh, **more)
    last = base if session.register_wh is None else session.register_wh
    if base == 0 == last and register_wh and SessionFlag.BEGINS_AT_FIRST_READING in session.flags:
        return _changed(session, base_wh=register_wh, register_wh=register_wh, **more)
    if register_wh < last:
        carried = session.carried_wh + last - base
        session = flagged(session, SessionFlag.METER_RESET)
        return _changed(session, carried_wh=carried, base_wh=register_wh, register_wh=register_wh, energy_wh=carried, **more)
    counted = session.carried_wh + register_wh - base
    return _changed(session, register_wh=register_wh, energy_wh=counted or session.energy_wh, **more)


def _changed(session: Session, **values: int | None) -> Session:
    return replace(session, **values)  # type: ignore[arg-type]
