"""Reservations: written as facts, one after the other, and read by the store.

What the charger answers finds the reservation by charger and number; one that was asked for in OCPP's own spelling has no row
until then. A change of state is refused silently where it comes from a state it cannot come from (``domain.reservation.BEFORE``).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncConnection

from persistence import cursor as cursors
from persistence.database import Part, among
from persistence.outcome import Items, NewEvent, Outcome, json_rows
from persistence.tables import reservations
from persistence.wire import Wire
from persistence.wired_audit import note_by_wire
from voltaro.domain.fact import ReservationAnswered, ReservationAsked, ReservationMoved, ReservationsDue
from voltaro.domain.reservation import BEFORE, OPEN, Reservation, ReservationState, ReservationWish
from voltaro.ports import Page, ReservationQuery

_NAMES = tuple(field.name for field in fields(Reservation))
_COLUMNS = [reservations.c[name] for name in _NAMES]
_RETURNING = "RETURNING " + ", ".join(f"reservations.{name}" for name in _NAMES)
_STATE = _NAMES.index("state")
_WISH = "charger_id text, evse_id integer, id_tag text, parent text, expires_at timestamptz"
_TRIES = 100

# A number that was chosen in OCPP's own spelling may be in use: the next one is taken.
_ASK = f"""
INSERT INTO reservations (id, number, charger_id, evse_id, id_tag, parent, expires_at, state, requested_at, requested_by)
SELECT free.id, free.id, new.charger_id, new.evse_id, new.id_tag, new.parent, new.expires_at, 'requested', new.at, new.by
FROM json_to_recordset($1::json) AS new ({_WISH}, at timestamptz, by text), LATERAL (
    SELECT drawn.id FROM (SELECT nextval('reservation_ids') AS id FROM generate_series(1, {_TRIES})) AS drawn
    WHERE NOT EXISTS (SELECT FROM reservations AS other WHERE other.charger_id = new.charger_id AND other.number = drawn.id) LIMIT 1
) AS free
{_RETURNING}"""  # noqa: S608 - our own columns

# The same number again, asked for in OCPP's own spelling, replaces what was accepted under it.
_REPLACE = f"""
UPDATE reservations SET state = 'cancelled', reason = 'replaced', ended_at = new.at
FROM json_to_recordset($1::json) AS new (charger_id text, number integer, at timestamptz)
WHERE reservations.charger_id = new.charger_id AND reservations.number = new.number AND reservations.state = 'accepted'
{_RETURNING}"""  # noqa: S608 - our own columns

_ANSWER = f"""
UPDATE reservations SET state = new.state, answer = new.answer, answered_at = new.at, evse_id = new.evse_id, id_tag = new.id_tag,
    parent = new.parent, expires_at = new.expires_at, ended_at = new.ended_at
FROM json_to_recordset($1::json) AS new ({_WISH}, number integer, state text, answer text, at timestamptz, ended_at timestamptz)
WHERE reservations.charger_id = new.charger_id AND reservations.number = new.number AND reservations.state IN ('requested', 'unknown')
{_RETURNING}"""  # noqa: S608 - our own columns

_INSERT = f"""
INSERT INTO reservations (charger_id, number, evse_id, id_tag, parent, expires_at, state, requested_at, requested_by, answer,
    answered_at, ended_at)
SELECT charger_id, number, evse_id, id_tag, parent, expires_at, state, at, by, answer, at, ended_at
FROM json_to_recordset($1::json) AS new ({_WISH}, number integer, state text, answer text, at timestamptz, ended_at timestamptz, by text)
{_RETURNING}"""  # noqa: S608 - our own columns

_MOVE = f"""
UPDATE reservations SET state = new.state, reason = new.reason, transaction_id = coalesce(new.transaction_id, reservations.transaction_id),
    ended_at = new.ended_at
FROM json_to_recordset($1::json) AS new (charger_id text, number integer, state text, reason text, transaction_id text,
    ended_at timestamptz, before text[])
WHERE reservations.id = (
    SELECT max(id) FROM reservations AS newest WHERE newest.charger_id = new.charger_id AND newest.number = new.number)
    AND reservations.state = ANY(new.before)
{_RETURNING}"""  # noqa: S608 - our own columns

_EXPIRE = f"""
UPDATE reservations SET state = 'expired', reason = 'its time was over', ended_at = $1::timestamptz
WHERE state IN ('requested', 'accepted', 'unknown') AND expires_at <= $1::timestamptz
{_RETURNING}"""  # noqa: S608 - our own columns


class ReservationStore(Part):
    """The reservations of ``ports.Store``."""

    async def reservations(self, query: ReservationQuery, *, limit: int, cursor: str | None = None) -> Page[Reservation]:
        """Newest first."""
        table = reservations.c
        listed = select(*_COLUMNS).order_by(table.id.desc()).limit(limit + 1)
        if query.charger_id is not None:
            listed = listed.where(table.charger_id == query.charger_id)
        if query.state is not None:
            listed = listed.where(table.state == query.state)
        if cursor is not None:
            listed = listed.where(table.id < cursors.decode("reservations", cursor, int)[0])
        async with self._database.reading() as connection:
            rows = (await connection.execute(listed)).all()
        return cursors.page("reservations", rows, limit, lambda row: (row.id,), _reservation)

    async def reservation(self, reservation_id: int) -> Reservation | None:
        async with self._database.reading() as connection:
            row = (await connection.execute(select(*_COLUMNS).where(reservations.c.id == reservation_id))).one_or_none()
        return None if row is None else _reservation(row)

    async def reservations_are_due(self, now: datetime) -> bool:
        """Whether the time of any open one is over."""
        due = select(exists().where(reservations.c.state.in_(OPEN), reservations.c.expires_at <= now))
        async with self._database.reading() as connection:
            return bool(await connection.scalar(due))


async def reservations_of(connection: AsyncConnection, charger_ids: Sequence[str]) -> Mapping[str, tuple[Reservation, ...]]:
    """The open reservations of these chargers, oldest first."""
    table = reservations.c
    query = select(*_COLUMNS).where(among(table.charger_id, charger_ids), table.state.in_(OPEN)).order_by(table.id)
    found: dict[str, tuple[Reservation, ...]] = defaultdict(tuple)
    for row in (await connection.execute(query)).all():
        found[row.charger_id] += (_reservation(row),)
    return found


async def write_asked(wire: Wire, items: Items[ReservationAsked], outcome: Outcome) -> None:
    for place, fact in items:
        row = _wish(fact.wish) | {"at": fact.at, "by": fact.by}
        asked = _told(await wire.rows(_ASK, json_rows([row])), outcome, place, fact.at)
        assert asked is not None
        shown = {"charger_id": asked.charger_id, "evse_id": asked.evse_id, "expires_at": asked.expires_at.isoformat()}
        await note_by_wire(wire, fact.by, "reservation.asked", str(asked.id), after=shown)
        outcome.results[place] = asked


async def write_answered(wire: Wire, items: Items[ReservationAnswered], outcome: Outcome) -> None:
    for place, fact in items:
        state = _state_of(fact.answer)
        row = _wish(fact.wish) | {"number": fact.number, "state": state, "answer": fact.answer, "at": fact.at, "by": fact.by}
        row["ended_at"] = fact.at if state is ReservationState.REFUSED else None
        rows = await wire.rows(_ANSWER, json_rows([row]))
        if not rows:
            if state is ReservationState.ACCEPTED:
                _told(await wire.rows(_REPLACE, json_rows([row])), outcome, place, fact.at)
            rows = await wire.rows(_INSERT, json_rows([row]))
        outcome.results[place] = _told(rows, outcome, place, fact.at)


async def write_moved(wire: Wire, items: Items[ReservationMoved], outcome: Outcome) -> None:
    for place, fact in items:
        row = {name: getattr(fact, name) for name in ("charger_id", "number", "state", "reason", "transaction_id")}
        row["ended_at"] = None if fact.state in OPEN else fact.at
        row["before"] = BEFORE[fact.state]
        outcome.results[place] = _told(await wire.rows(_MOVE, json_rows([row])), outcome, place, fact.at)


async def write_due(wire: Wire, items: Items[ReservationsDue], outcome: Outcome) -> None:
    for place, fact in items:
        rows = await wire.rows(_EXPIRE, fact.at.isoformat().encode())
        _told(rows, outcome, place, fact.at)
        outcome.results[place] = len(rows)


def _told(rows: Sequence[Any], outcome: Outcome, place: int, at: datetime) -> Reservation | None:
    """The reservation of the last row; each is an event."""
    found = None
    for row in rows:
        found = _reservation(row)
        shown = {name: getattr(found, name) for name in _NAMES}
        outcome.events.append(NewEvent(place, f"reservation.{found.state}", at, found.charger_id, None, shown))
    return found


def _state_of(answer: str | None) -> ReservationState:
    if answer is None:
        return ReservationState.UNKNOWN
    return ReservationState.ACCEPTED if answer == "Accepted" else ReservationState.REFUSED


def _wish(wish: ReservationWish) -> dict[str, Any]:
    return {name: getattr(wish, name) for name in ReservationWish.__slots__}


def _reservation(row: Sequence[Any]) -> Reservation:
    values = list(row)
    values[_STATE] = ReservationState(values[_STATE])
    return Reservation(*values)
