"""Writing 2.x TransactionEvents: every event is stored, and its session is what ``domain.session.fold`` makes of them all.

An event that sorts behind everything folded so far is applied to the stored row; any other has the session folded anew
from its stored events. Both give the same row, whatever order events come in and however often.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from persistence.outcome import Items, NewEvent, Outcome, json_rows, session_shown
from persistence.samples import text_array
from persistence.session_rows import COLUMNS, MARK, RESOLUTION, row_of, typed, update_sessions
from persistence.sessions import SESSION_FIELDS, session_of
from persistence.tables import sessions, transaction_events
from persistence.wire import Row, Wire
from voltaro.domain.fact import MeterReported, TransactionReported
from voltaro.domain.meter import Figures
from voltaro.domain.resolution import upheld
from voltaro.domain.session import EventKind, Session, SessionFlag, SessionState, TransactionEvent, advance, flagged, fold, opened
from voltaro.domain.tag import Verdict
from voltaro.ports import Recorded

Key = tuple[str, str]
"""Charger and transaction id."""

_EVENT_COLUMNS = tuple(column.name for column in transaction_events.columns)
_FIGURES = tuple(name for name in Figures._fields if name in _EVENT_COLUMNS)
_OWN = tuple(name for name in _EVENT_COLUMNS if name not in _FIGURES and name != "authorization")
_EVENT_LIST = ", ".join(f'"{name}"' for name in _EVENT_COLUMNS)
_STORE = f"""
INSERT INTO transaction_events ({_EVENT_LIST})
SELECT {_EVENT_LIST}
FROM json_to_recordset($1::json) AS new ({", ".join(f'"{column.name}" {typed(column)}' for column in transaction_events.columns)})
ON CONFLICT DO NOTHING
RETURNING charger_id, transaction_id, seq_no, digest"""  # noqa: S608 - our own columns

_FIND = f"""
SELECT sessions.*
FROM unnest($1::text[], $2::text[]) AS asked (charger_id, transaction_id) CROSS JOIN LATERAL (
    SELECT {COLUMNS}, last_digest FROM sessions
    WHERE charger_id = asked.charger_id AND transaction_id = asked.transaction_id AND stop_key IS NULL AND protocol <> 'ocpp1.6'
    FOR UPDATE
) AS sessions"""  # noqa: S608 - our own columns

_STORED_FIELDS = tuple(name for name in SESSION_FIELDS if name not in ("id", MARK, *RESOLUTION))
_MAKE = f"""
INSERT INTO sessions ({", ".join(f'"{name}"' for name in _STORED_FIELDS)})
SELECT {", ".join(f'"{name}"' for name in _STORED_FIELDS)}
FROM json_to_recordset($1::json) AS new ({", ".join(f'"{name}" {typed(sessions.c[name])}' for name in _STORED_FIELDS)})
ON CONFLICT DO NOTHING
RETURNING sessions.charger_id, sessions.transaction_id"""  # noqa: S608 - our own columns

_EVENTS = f"""
SELECT {", ".join(f'event."{name}"' for name in _EVENT_COLUMNS)}
FROM transaction_events AS event
    JOIN unnest($1::text[], $2::text[]) AS asked (charger_id, transaction_id) USING (charger_id, transaction_id)"""  # noqa: S608


@dataclass(slots=True)
class _Judged:
    """An event with the verdict on its token."""

    event: TransactionEvent
    authorization: str | None


async def write_transactions(wire: Wire, items: Items[TransactionReported], outcome: Outcome) -> None:
    """Any number of events of any number of sessions."""
    new = await _store_events(wire, items)
    keys = list(dict.fromkeys((fact.event.charger_id, fact.event.transaction_id) for _, fact in items))
    rows, made = await _lock_sessions(wire, keys, new)
    now = {key: session_of(row) for key, row in rows.items()}
    digests = {}
    refolded = []
    for key, judged in new.items():
        judged.sort(key=lambda one: one.event.order)
        row, session = rows[key], now[key]
        last = (session.last_seq_no, session.last_event_at, row[-1])
        is_decided = session.resolved_at is not None
        if key not in made and (is_decided or session.last_seq_no is None or judged[0].event.order <= last):
            refolded.append(key)
            continue
        now[key] = _advanced(_opened(session, judged[0].event) if key in made else session, judged)
        digests[session.id] = judged[-1].event.digest
    if refolded:
        for key, judged in (await _stored_events(wire, refolded)).items():
            before = now[key]
            folded = replace(_folded(before.id, judged), simulated=before.simulated)
            now[key] = folded if before.resolved_at is None else upheld(before, folded)
            digests[now[key].id] = judged[-1].event.digest
    await update_sessions(wire, [now[key] for key in new], digests)
    _tell(items, new, rows, made, now, outcome)


def _opened(stored: Session, event: TransactionEvent) -> Session:
    """A session that was made just now, with the mark that the database has given it."""
    return replace(opened(stored.id, event), simulated=stored.simulated)


def _tell(
    items: Items[TransactionReported],
    new: dict[Key, list[_Judged]],
    rows: dict[Key, Row],
    made: set[Key],
    now: dict[Key, Session],
    outcome: Outcome,
) -> None:
    """Results for all, and what the live stream should know."""
    fresh = {id(judged.event) for many in new.values() for judged in many}
    told: set[Key] = set()
    for place, fact in items:
        event = fact.event
        key = (event.charger_id, event.transaction_id)
        session = now[key]
        is_new = id(event) in fresh
        fresh.discard(id(event))
        outcome.results[place] = Recorded(session, is_new)
        if not is_new:
            continue
        if event.samples:
            evse_id = event.evse_id or session.evse_id or 0
            outcome.samples.append(MeterReported(event.charger_id, evse_id, session.id, None, event.received_at, event.samples))
        if key not in told:
            told.add(key)
            before = None if key in made else session_of(rows[key])
            for word in _news(before, session):
                shown = session_shown(session)
                outcome.events.append(NewEvent(place, word, event.received_at, session.charger_id, session.id, shown))


def _news(before: Session | None, after: Session) -> list[str]:
    over = after.state is SessionState.ENDED
    if before is None:
        return ["session.started", "session.ended"] if over else ["session.started"]
    if before.state is SessionState.ACTIVE:
        return ["session.ended"] if over else []
    return ["session.corrected"] if before != replace(after, last_event_at=before.last_event_at, events_count=before.events_count) else []


async def _store_events(wire: Wire, items: Items[TransactionReported]) -> dict[Key, list[_Judged]]:
    """Store the events; those that were not there yet, by session."""
    first: dict[tuple[str, str, int, str], _Judged] = {}
    for _, fact in items:
        event = fact.event
        first.setdefault((event.charger_id, event.transaction_id, event.seq_no, event.digest), _Judged(event, fact.authorization))
    rows = [_event_row(first[key]) for key in sorted(first)]
    new: dict[Key, list[_Judged]] = defaultdict(list)
    for row in await wire.rows(_STORE, json_rows(rows)):
        new[row[0], row[1]].append(first[row])
    return dict(new)


async def _lock_sessions(wire: Wire, keys: list[Key], new: dict[Key, list[_Judged]]) -> tuple[dict[Key, Row], set[Key]]:
    """The rows of these sessions, locked, and which of them were made just now."""
    chargers, transactions = text_array(key[0] for key in keys), text_array(key[1] for key in keys)
    made: set[Key] = set()
    rows = _by_key(await wire.rows(_FIND, chargers, transactions))
    missing = sorted(key for key in keys if key not in rows)
    if missing:
        empty = (row_of(opened(0, new[key][0].event)) for key in missing if key in new)
        made = {(row[0], row[1]) for row in await wire.rows(_MAKE, json_rows(empty))}
        rows = _by_key(await wire.rows(_FIND, chargers, transactions))
    return rows, made


def _by_key(rows: Sequence[Row]) -> dict[Key, Row]:
    return {(row[1], row[4]): row for row in rows}


async def _stored_events(wire: Wire, keys: list[Key]) -> dict[Key, list[_Judged]]:
    """All events of these sessions, in order."""
    stored: dict[Key, list[_Judged]] = defaultdict(list)
    for row in await wire.rows(_EVENTS, text_array(key[0] for key in keys), text_array(key[1] for key in keys)):
        values = dict(zip(_EVENT_COLUMNS, row, strict=True))
        values["flags"] = tuple(values["flags"])
        figures = Figures(**{name: values.pop(name) for name in _FIGURES})
        authorization = values.pop("authorization")
        event = TransactionEvent(**(values | {"kind": EventKind(values["kind"])}), figures=figures)
        stored[event.charger_id, event.transaction_id].append(_Judged(event, authorization))
    for judged in stored.values():
        judged.sort(key=lambda one: one.event.order)
    return stored


def _advanced(session: Session, judged: Sequence[_Judged]) -> Session:
    """The session with further events, each sorting behind all before it."""
    authorization, received_at = session.authorization, session.received_at
    for one in judged:
        session = advance(session, one.event)
        received_at = min(received_at, one.event.received_at)
    return _authorized(replace(session, received_at=received_at), authorization, judged)


def _folded(session_id: int, judged: Sequence[_Judged]) -> Session:
    return _authorized(fold(session_id, (one.event for one in judged)), None, judged)


def _authorized(session: Session, before: str | None, judged: Sequence[_Judged]) -> Session:
    """The session with the verdict on its token: that of the first event, in order, which carried one."""
    verdict = before or next((one.authorization for one in judged if one.authorization is not None), None)
    session = replace(session, authorization=verdict)
    return session if verdict in (None, Verdict.ACCEPTED) else flagged(session, SessionFlag.NOT_AUTHORIZED)


def _event_row(judged: _Judged) -> dict[str, Any]:
    event = judged.event
    row = {name: getattr(event, name) for name in _OWN}
    row["authorization"] = judged.authorization
    return row | {name: getattr(event.figures, name) for name in _FIGURES}
