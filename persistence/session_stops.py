"""Writing 1.6 stops: the first stop of a session counts, another is kept beside it, one of nobody's session is kept too."""

from __future__ import annotations

from typing import Any

from persistence.orphans import end_orphans, flags_of, foreign_among, tell_foreign
from persistence.outcome import Items, NewEvent, Outcome, json_rows, session_shown
from persistence.samples import text_array
from persistence.session_rows import COLUMNS, catch_up, settled, update_sessions
from persistence.sessions import session_of
from persistence.wire import Row, Wire
from voltaro.domain.fact import MeterReported, SessionEndReported
from voltaro.domain.session import EndSession, Session, SessionState, end, has_guessed_end, running_again
from voltaro.domain.tag import fold_tag
from voltaro.ports import Recorded

_FIND = f"""
SELECT sessions.*
FROM unnest($1::text[], $2::text[]) AS asked (charger_id, transaction_id) CROSS JOIN LATERAL (
    SELECT {COLUMNS}, metered_at FROM sessions
    WHERE charger_id = asked.charger_id AND transaction_id = asked.transaction_id AND stop_key IS NULL AND protocol = 'ocpp1.6'
    FOR UPDATE
) AS sessions"""  # noqa: S608 - our own columns

_KEEP = """
INSERT INTO session_stops (session_id, key, meter_stop_wh, at, raw_timestamp, received_at, reason, id_tag)
SELECT session_id, key, meter_stop_wh, at, raw_timestamp, received_at, reason, id_tag
FROM json_to_recordset($1::json) AS new (session_id bigint, key text, meter_stop_wh bigint, at timestamptz, raw_timestamp text,
    received_at timestamptz, reason text, id_tag text)
ON CONFLICT DO NOTHING
RETURNING session_id"""

_UNRESOLVED = f"""
INSERT INTO sessions (charger_id, transaction_id, protocol, state, started_at, received_at, id_tag, tag_key, ended_at, meter_stop_wh,
    stop_reason, flags, stop_key)
SELECT charger_id, transaction_id, protocol, 'unresolved', at, received_at, id_tag, tag_key, at, meter_stop_wh, reason, flags, key
FROM json_to_recordset($1::json) AS new (charger_id text, transaction_id text, protocol text, at timestamptz, received_at timestamptz,
    id_tag text, tag_key text, meter_stop_wh bigint, reason text, flags text[], key text)
ON CONFLICT (stop_key) DO NOTHING
RETURNING {COLUMNS}, stop_key"""  # noqa: S608 - our own columns
_FIND_UNRESOLVED = f"SELECT {COLUMNS}, stop_key FROM sessions WHERE stop_key = ANY($1::text[])"  # noqa: S608 - our own columns


async def write_stops(wire: Wire, items: Items[SessionEndReported], outcome: Outcome) -> None:
    """At most one stop of each charger. A stop only ever finds sessions of its own charger."""
    stops = [fact.stop for _, fact in items]
    chargers, transactions = text_array(stop.charger_id for stop in stops), text_array(stop.transaction_id for stop in stops)
    found: dict[tuple[str, str], Row] = {}
    for row in await wire.rows(_FIND, chargers, transactions):
        session = session_of(row)
        found[session.charger_id, session.transaction_id] = row
    known = [(place, fact.stop, found.get((fact.stop.charger_id, fact.stop.transaction_id))) for place, fact in items]
    unknown = [(place, stop) for place, stop, row in known if row is None]
    if unknown:
        await _write_unresolved(wire, unknown, outcome)
    if len(unknown) < len(known):
        await _write_ends(wire, [(place, stop, row) for place, stop, row in known if row is not None], outcome)


async def _write_ends(wire: Wire, ends: list[tuple[int, EndSession, Row]], outcome: Outcome) -> None:
    caught = await catch_up(wire, [row for _, _, row in ends])
    kept = {
        row[0]
        for row in await wire.rows(
            _KEEP, json_rows(_stop_row(session.id, stop) for session, (_, stop, _) in zip(caught, ends, strict=True))
        )
    }
    changed = []
    told = [
        _ended(session_of(row), caught_up, stop, is_repeat=caught_up.id not in kept)
        for caught_up, (_, stop, row) in zip(caught, ends, strict=True)
    ]
    samples = {after.id: stop.samples for (after, _), (_, stop, _) in zip(told, ends, strict=True)}
    for after, (_, event), (place, stop, row) in zip(await settled(wire, [after for after, _ in told], samples), told, ends, strict=True):
        if after != session_of(row):
            changed.append(after)
        if event is not None:
            outcome.events.append(NewEvent(place, event, stop.received_at, after.charger_id, after.id, session_shown(after)))
        outcome.results[place] = Recorded(after, new=after.id in kept)
        _keep_samples(outcome, after, stop)
    await update_sessions(wire, changed)


def _ended(before: Session, caught_up: Session, stop: EndSession, *, is_repeat: bool) -> tuple[Session, str | None]:
    """A session after this stop, and the event that tells of it. A repeat may have come to be of another time: what its clock
    cannot say is taken from when it came."""
    if before.state is SessionState.ACTIVE:
        return end(caught_up, stop), "session.ended"
    if has_guessed_end(before):
        return end(running_again(before), stop), "session.corrected"
    return (before if is_repeat else end(before, stop)), None


async def _write_unresolved(wire: Wire, stops: list[tuple[int, EndSession]], outcome: Outcome) -> None:
    """A stop whose session nobody knows (also 0 and -1): kept for an operator, never given to another session (X-06).

    One that names a transaction which was given to another charger is that charger's mistake, or an attack: it is told.
    """
    known = {row[-1]: session_of(row) for row in await wire.rows(_FIND_UNRESOLVED, text_array(stop.key for _, stop in stops))}
    made = await end_orphans(wire, [stop for _, stop in stops if stop.key not in known])
    strangers = [stop for _, stop in stops if stop.key not in known and stop.key not in made]
    foreign = await foreign_among(wire, [stop.transaction_id for stop in strangers])
    rows = (_unresolved_row(stop, is_foreign=stop.transaction_id in foreign) for stop in strangers)
    made |= {row[-1]: session_of(row) for row in await wire.rows(_UNRESOLVED, json_rows(rows))}
    sessions = known | made
    if len(sessions) < len(stops):  # another writer was faster
        sessions |= {row[-1]: session_of(row) for row in await wire.rows(_FIND_UNRESOLVED, text_array(stop.key for _, stop in stops))}
    await wire.rows(_KEEP, json_rows(_stop_row(sessions[stop.key].id, stop) for _, stop in stops))
    for place, stop in stops:
        session, new = sessions[stop.key], stop.key in made
        outcome.results[place] = Recorded(session, new=new)
        if new:
            shown = session_shown(session)
            outcome.events.append(NewEvent(place, "session.ended", stop.received_at, session.charger_id, session.id, shown))
        _keep_samples(outcome, session, stop)
    told = [
        (place, stop.charger_id, f"StopTransaction of transaction {stop.transaction_id}", stop.received_at)
        for place, stop in stops
        if stop.key in made and stop.transaction_id in foreign
    ]
    await tell_foreign(wire, told, outcome)


def _unresolved_row(stop: EndSession, *, is_foreign: bool) -> dict[str, Any]:
    flags = flags_of(is_foreign=is_foreign, clock_suspect=stop.clock_flag is not None)
    row: dict[str, Any] = {
        name: getattr(stop, name) for name in ("charger_id", "transaction_id", "protocol", "at", "received_at", "id_tag")
    }
    tag_key = None if stop.id_tag is None else fold_tag(stop.id_tag)
    return row | {"tag_key": tag_key, "meter_stop_wh": stop.meter_stop_wh, "reason": stop.reason, "flags": flags, "key": stop.key}


def _stop_row(session_id: int, stop: EndSession) -> dict[str, Any]:
    row: dict[str, Any] = {
        name: getattr(stop, name) for name in ("meter_stop_wh", "at", "raw_timestamp", "received_at", "reason", "id_tag")
    }
    return row | {"session_id": session_id, "key": stop.key}


def _keep_samples(outcome: Outcome, session: Session, stop: EndSession) -> None:
    if stop.samples:
        samples = MeterReported(session.charger_id, session.evse_id or 0, session.id, None, stop.received_at, stop.samples)
        outcome.samples.append(samples)
