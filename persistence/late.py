"""What comes late to 1.6 sessions, or never: readings after their end, and stops that were lost."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from persistence.outcome import Items, NewEvent, Outcome, session_shown
from persistence.session_rows import COLUMNS, catch_up, last_read, readings_of, settled, update_sessions
from persistence.sessions import session_of
from persistence.wire import Row, Wire
from voltaro.domain.energy import is_doubtful, recounted
from voltaro.domain.fact import SessionsLost
from voltaro.domain.meter import Reading
from voltaro.domain.session import Session, SessionFlag, SessionState, has_guessed_end, lost

_LOCK = f"SELECT {COLUMNS}, metered_at FROM sessions WHERE id = ANY($1::bigint[]) AND state = $2 ORDER BY id FOR UPDATE"  # noqa: S608 - our own columns

_DECIDED = frozenset({SessionFlag.CLOSED_BY_OPERATOR, SessionFlag.START_BY_OPERATOR})
"""What an operator has decided of a session stands."""


async def write_lost(wire: Wire, items: Items[SessionsLost], outcome: Outcome) -> None:
    """Close sessions whose stop has never come, at their last reading. One that has ended meanwhile stays as it is."""
    for place, fact in items:
        caught = await catch_up(wire, await _locked(wire, fact.session_ids, SessionState.ACTIVE))
        read = await last_read(wire, caught)
        over = await settled(wire, [lost(one, read.get(one.id), fact.at, SessionFlag.ENDED_BY_BOOT) for one in caught])
        await update_sessions(wire, over)
        outcome.results[place] = tuple(over)
        for session in over:
            outcome.events.append(NewEvent(place, "session.ended", fact.at, session.charger_id, session.id, session_shown(session)))


async def recount_ended(wire: Wire, told: dict[int, datetime], outcome: Outcome) -> None:
    """Readings have come for sessions that have ended, by the time they were received: count anew what they may change (X-10)."""
    changed: list[Session] = []
    for row in await _locked(wire, sorted(told), SessionState.ENDED):
        before = session_of(row)
        is_decided = not _DECIDED.isdisjoint(before.flags)
        if before.events_count or is_decided or not (is_doubtful(before) or has_guessed_end(before)):
            continue
        after = _recounted(before, await readings_of(wire, before))
        if after != before:
            changed.append(after)
            told_at = told[after.id]
            outcome.events.append(NewEvent(-1, "session.corrected", told_at, after.charger_id, after.id, session_shown(after)))
    await update_sessions(wire, changed)


def _recounted(session: Session, shown: Sequence[Reading]) -> Session:
    """A lost session has lasted until its last reading; the end of every other stands."""
    if has_guessed_end(session) and shown and session.ended_at is not None:
        session = replace(session, ended_at=max(session.ended_at, shown[-1].at))
    return recounted(session, shown)


async def _locked(wire: Wire, ids: Iterable[int], state: SessionState) -> Sequence[Row]:
    return await wire.rows(_LOCK, f"{{{','.join(map(str, ids))}}}".encode(), state.value.encode())
