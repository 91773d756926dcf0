"""Writing what operators decide of sessions: the decision, its events and its audit entry in one transaction.

Decisions are written by the writer like any fact, so that none falls between two reports of its charger.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from persistence.outcome import Items, NewEvent, Outcome, json_rows, session_shown
from persistence.session_rows import COLUMNS, RESOLUTION, catch_up, readings_of, settled, typed, update_sessions
from persistence.sessions import session_of
from persistence.tables import sessions
from persistence.wire import Wire
from persistence.wired_audit import note_by_wire
from voltaro.domain.energy import recounted
from voltaro.domain.fact import SessionResolved
from voltaro.domain.resolution import (
    AssignSession,
    BadDecision,
    CloseSession,
    DiscardSession,
    GiveStart,
    NotNow,
    Resolution,
    assigned,
    check_assignable,
    closed,
    discarded,
    is_closed_so,
    is_started_so,
    with_start,
    with_stop_of,
)
from voltaro.domain.session import Session, SessionState

_LOCK = f"SELECT {COLUMNS}, metered_at FROM sessions WHERE id = ANY($1::bigint[]) ORDER BY id FOR UPDATE"  # noqa: S608 - our own columns

_RESOLVE = f"""
UPDATE sessions SET {", ".join(f'"{name}" = new."{name}"' for name in RESOLUTION)}
FROM json_to_recordset($1::json) AS new (id bigint, {", ".join(f'"{name}" {typed(sessions.c[name])}' for name in RESOLUTION)})
WHERE sessions.id = new.id"""  # noqa: S608 - our own columns

# What was kept stays where it is: the other session gets a copy.
_COPY_STOPS = """
INSERT INTO session_stops (session_id, key, meter_stop_wh, at, raw_timestamp, received_at, reason, id_tag)
SELECT $2::bigint, key, meter_stop_wh, at, raw_timestamp, received_at, reason, id_tag FROM session_stops WHERE session_id = $1::bigint
ON CONFLICT DO NOTHING"""
_COPY_SAMPLES = """
INSERT INTO meter_values (charger_id, evse_id, session_id, at, kind_id, value, received_at)
SELECT charger_id, $3::int, $2::bigint, at, kind_id, value, received_at FROM meter_values WHERE session_id = $1::bigint
ON CONFLICT DO NOTHING"""

Touched = tuple[Session, ...]


async def write_resolutions(wire: Wire, items: Items[SessionResolved], outcome: Outcome) -> None:
    """Decisions one after the other; one that does not fit is refused and changes nothing."""
    for place, fact in items:
        try:
            outcome.results[place] = await _resolve(wire, place, fact, outcome)
        except (NotNow, BadDecision) as refusal:
            outcome.results[place] = refusal


async def _resolve(wire: Wire, place: int, fact: SessionResolved, outcome: Outcome) -> Touched | None:
    resolution = fact.resolution
    ids = [resolution.session_id, resolution.to] if isinstance(resolution, AssignSession) else [resolution.session_id]
    rows = await wire.rows(_LOCK, f"{{{','.join(map(str, ids))}}}".encode())
    before = {row[0]: session_of(row) for row in rows}
    caught = {session.id: session for session in await catch_up(wire, rows)}
    session = caught.get(resolution.session_id)
    if session is None:
        return None
    if _is_done(session, resolution):
        return tuple(session_of(row) for row in sorted(rows, key=lambda row: bool(row[0] != session.id)))
    match resolution:
        case CloseSession():
            changed: Touched = (closed(session, resolution),)
        case GiveStart():
            changed = (with_start(session, resolution, await readings_of(wire, session)),)
        case DiscardSession():
            changed = (discarded(session),)
        case AssignSession():
            target = caught.get(resolution.to)
            if target is None:
                raise BadDecision("/session_id", "is no session")
            changed = await join(wire, session, target)
    changed = (await sign(wire, changed[0], fact.by, fact.at, resolution.reason), *changed[1:])
    await update_sessions(wire, changed)
    was = {name: value for one in changed for name, value in _brief(before[one.id]).items()}
    now = {name: value for one in changed for name, value in _brief(one).items()}
    action, written = _ACTIONS[type(resolution)], str(changed[0].id)
    await note_by_wire(wire, fact.by, action, written, {"reason": resolution.reason}, before=was, after=now)
    for after in changed:
        word = _event_of(before[after.id], after)
        if word is not None:
            outcome.events.append(NewEvent(place, word, fact.at, after.charger_id, after.id, session_shown(after)))
    return changed


def _is_done(session: Session, resolution: Resolution) -> bool:
    """Whether this very decision was made before: it is answered again, with no second effect."""
    match resolution:
        case AssignSession():
            return session.state is SessionState.ASSIGNED and session.assigned_to == resolution.to
        case GiveStart():
            return is_started_so(session, resolution)
        case CloseSession():
            return is_closed_so(session, resolution)
        case DiscardSession():
            return session.state is SessionState.DISCARDED and session.resolved_reason == resolution.reason


async def sign(wire: Wire, session: Session, by: str, at: datetime, reason: str | None) -> Session:
    """The session with who decided it; only this is written."""
    signed = replace(session, resolved_by=by, resolved_at=at, resolved_reason=reason)
    await wire.run(_RESOLVE, json_rows([{"id": signed.id, **{name: getattr(signed, name) for name in RESOLUTION}}]))
    return signed


async def join(wire: Wire, orphan: Session, target: Session) -> tuple[Session, Session]:
    """What the two become when the orphan is found to be a part of ``target``: its samples and stops are copied, and both are
    still to be updated. Raises NotNow, BadDecision."""
    check_assignable(orphan, target)
    two = (str(orphan.id).encode(), str(target.id).encode())
    await wire.run(_COPY_STOPS, *two)
    await wire.run(_COPY_SAMPLES, *two, str(target.evse_id or 0).encode())
    if orphan.ended_at is None:
        return assigned(orphan, target), recounted(target, await readings_of(wire, target))
    (ended,) = await settled(wire, [with_stop_of(orphan, target)])
    return assigned(orphan, target), ended


def _event_of(before: Session, after: Session) -> str | None:
    if after.state in (SessionState.ASSIGNED, SessionState.DISCARDED):
        return f"session.{after.state}"
    if after.state is SessionState.ENDED and before.state is SessionState.ACTIVE:
        return "session.ended"
    return "session.corrected" if after != before else None


def _brief(session: Session) -> dict[str, Any]:
    """What a decision may change, each member named with its session."""
    names = ("state", "started_at", "ended_at", "meter_start_wh", "meter_stop_wh", "energy_wh", "id_tag", "evse_id", "flags")
    return {f"{session.id}.{name}": _plain(getattr(session, name)) for name in (*names, "assigned_to")}


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value


_ACTIONS: dict[type, str] = {
    AssignSession: "session.assigned",
    GiveStart: "session.given_start",
    CloseSession: "session.closed",
    DiscardSession: "session.discarded",
}
