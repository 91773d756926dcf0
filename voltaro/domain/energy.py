"""The energy of a 1.6 session, counted anew from everything its meter has shown.

While a session runs, its readings are counted as they come. Whether what came was one register, two in one measurand, none at all,
or a meter that began anew, is only seen when all of it lies in order.

Rule 1: ``meterStart`` and ``meterStop`` count, wherever they can be the two ends of one register (conformance X-16).
Rule 2: a register that falls has begun anew: what it counted before and after is added up.
Rule 3: energy is never negative, and what is not read from an energy meter is flagged as an estimate (X-16, Q-47, Q-67).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

from voltaro.domain.meter import Reading, electrical_power
from voltaro.domain.session import Session, SessionFlag, SessionState, at_register, flagged

LARGEST_POWER_W = 1_000_000
"""No connector of OCPP 1.6 gives more: a register that seems to have counted more began elsewhere."""

_LATE = timedelta(minutes=1)
"""So long after a stop may what was measured until then still be stamped."""
_OF_COUNTING = frozenset(
    {
        SessionFlag.METER_RESET,
        SessionFlag.NEGATIVE_ENERGY,
        SessionFlag.REGISTERS_MIXED,
        SessionFlag.START_IMPLAUSIBLE,
        SessionFlag.ENERGY_ESTIMATED,
    }
)
_GUESSED_STOPS = frozenset({SessionFlag.ENDED_BY_NEXT_START, SessionFlag.ENDED_BY_BOOT})


def is_doubtful(session: Session) -> bool:
    """Whether the figures of an ended session may change once all its readings are looked at together."""
    start, stop = session.meter_start_wh, session.meter_stop_wh
    if start is None or stop is None or stop <= start or not _OF_COUNTING.isdisjoint(session.flags):
        return True
    if SessionFlag.BEGINS_AT_FIRST_READING in session.flags:
        return True
    return start == 0 and session.ended_at is not None and _is_impossible(session.energy_wh, session.started_at, session.ended_at)


def recounted(session: Session, readings: Iterable[Reading]) -> Session:
    """The session with its energy counted from its readings, which come in the order in which the meter showed them."""
    shown = _within(session, readings)
    registers = [reading.figures.register_wh for reading in shown if reading.figures.register_wh is not None]
    start = session.meter_start_wh
    stop = None if not _GUESSED_STOPS.isdisjoint(session.flags) else session.meter_stop_wh
    flags = {flag for flag in session.flags if flag not in _OF_COUNTING}
    flags.update(flag for reading in shown for flag in reading.figures.flags)
    first = next(filter(None, registers), None)
    if start == 0 and first is not None and (SessionFlag.BEGINS_AT_FIRST_READING in flags or _starts_elsewhere(session, shown)):
        start = first
        registers = registers[registers.index(first) :]
        flags.add(SessionFlag.START_IMPLAUSIBLE)
    if start is not None and stop is not None and stop < min([start, *registers[-1:]]):
        flags.add(SessionFlag.NEGATIVE_ENERGY)
    mixed = _one_of_two(start, registers, stop)
    if mixed is not None:
        registers, stop = [], mixed
        flags.add(SessionFlag.REGISTERS_MIXED)
    counted = replace(session, flags=tuple(sorted(flags)), base_wh=start, register_wh=start, carried_wh=0, energy_wh=0)
    for register in registers if stop is None else (*registers, stop):
        counted = at_register(counted, register)
    if counted.energy_wh == 0:
        counted = _without_register(counted, shown, has_register=bool(registers) or (stop is not None and stop > 0))
    if session.state is SessionState.ENDED and not _GUESSED_STOPS.isdisjoint(session.flags):
        counted = replace(counted, meter_stop_wh=counted.register_wh)
    return counted


def _within(session: Session, readings: Iterable[Reading]) -> list[Reading]:
    """The readings of the session: what its charger still said of it after its stop is no energy of its own (Q-46)."""
    over = session.ended_at
    if over is None or not _has_own_times(session):
        return list(readings)
    return [reading for reading in readings if reading.at <= over or (reading.figures.register_wh is None and reading.at <= over + _LATE)]


def _has_own_times(session: Session) -> bool:
    """Whether start and end are the charger's own, by a clock that can be believed."""
    return SessionFlag.CLOCK_SUSPECT not in session.flags and _GUESSED_STOPS.isdisjoint(session.flags)


def _one_of_two(start: int | None, registers: Sequence[int], stop: int | None) -> int | None:
    """The last reading of the register that ``start`` is of, where samples are of another one or of both (Q-62); else None.

    They are of another where all are below the start, and rise; of both where they fall again and again below what stands.
    """
    if start is None or not registers:
        return None
    last = max(registers) if stop is None else stop
    falls = sum(after < before for before, after in pairwise(registers))
    if last < start or max(registers) > last:
        return None
    is_other = falls == 0 and max(registers) < start
    return last if is_other or falls > 1 else None


def _starts_elsewhere(session: Session, shown: Sequence[Reading]) -> bool:
    """Whether a start at 0 is none, because the first reading is out of reach of it (Q-47)."""
    if SessionFlag.CLOCK_SUSPECT in session.flags:
        return False
    first = next(reading for reading in shown if reading.figures.register_wh is not None)
    return _is_impossible(first.figures.register_wh or 0, session.started_at, first.at)


def _is_impossible(energy_wh: int, since: datetime, until: datetime) -> bool:
    hours = max(until - since, timedelta(minutes=1)) / timedelta(hours=1)
    return energy_wh > LARGEST_POWER_W * hours


def _without_register(session: Session, shown: Sequence[Reading], *, has_register: bool) -> Session:
    """The energy where no register has moved: the sum of the intervals, or an estimate from power (X-17, Q-67)."""
    intervals = [reading.figures.interval_wh for reading in shown if reading.figures.interval_wh is not None]
    if sum(intervals) > 0:
        counted = replace(session, energy_wh=sum(intervals))
        return flagged(counted, SessionFlag.ENERGY_ESTIMATED) if has_register else counted
    if has_register:
        return session
    powers = [(reading.at, power) for reading in shown if (power := _power(reading)) is not None]
    joules = sum((b - a) / 2 * (q - p).total_seconds() + a * (q - p).total_seconds() for (p, a), (q, b) in pairwise(powers) if q > p)
    energy_wh = round(joules / 3600)
    return flagged(replace(session, energy_wh=energy_wh), SessionFlag.ENERGY_ESTIMATED) if energy_wh > 0 else session


def _power(reading: Reading) -> int | None:
    power = reading.figures.power_w
    return electrical_power(reading.samples) if power is None else power
