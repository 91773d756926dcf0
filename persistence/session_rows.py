"""Rows of the sessions table as the writer reads and writes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Column
from sqlalchemy.dialects import postgresql

from persistence.outcome import json_rows
from persistence.sessions import LATER_SAMPLES, SESSION_FIELDS, caught_up, in_meter_order, samples_by_session, session_of
from persistence.tables import sessions
from persistence.wire import Row, Wire
from voltaro.domain.energy import is_doubtful, recounted
from voltaro.domain.meter import Reading, Sample
from voltaro.domain.session import Session, SessionState
from voltaro.domain.tag import fold_tag


def typed(column: Column[Any]) -> str:
    """A column's type in PostgreSQL's words."""
    return column.type.compile(dialect=postgresql.dialect())  # type: ignore[no-untyped-call]


COLUMNS = ", ".join(f'sessions."{name}"' for name in SESSION_FIELDS)

RESOLUTION = ("assigned_to", "resolved_by", "resolved_at", "resolved_reason")
"""What only an operator's decision writes."""

_EXTRA = ("tag_key", "last_digest")
MARK = "simulated"
"""What the database alone writes, when the session is made."""
_KEPT = ("id", "charger_id", "transaction_id", "protocol", MARK, *RESOLUTION)
_CHANGING = tuple(name for name in (*SESSION_FIELDS, *_EXTRA) if name not in _KEPT)
_UPDATE = f"""
UPDATE sessions SET {", ".join(f'"{name}" = new."{name}"' for name in _CHANGING)}
FROM json_to_recordset($1::json) AS new (id bigint, {", ".join(f'"{name}" {typed(sessions.c[name])}' for name in _CHANGING)})
WHERE sessions.id = new.id"""  # noqa: S608 - our own columns


async def update_sessions(wire: Wire, changed: Iterable[Session], digests: dict[int, str] | None = None) -> None:
    """Write all that may change of these sessions; ``digests`` are those of the last folded events, by session."""
    rows = []
    for session in sorted(changed, key=lambda session: session.id):
        row = row_of(session)
        row["last_digest"] = None if digests is None else digests.get(session.id)
        rows.append(row)
    if rows:
        await wire.run(_UPDATE, json_rows(rows))


def row_of(session: Session) -> dict[str, Any]:
    """A session as a row, with what is made from it for searching."""
    row = {name: getattr(session, name) for name in SESSION_FIELDS}
    row["tag_key"] = None if session.id_tag is None else fold_tag(session.id_tag)
    return row


async def catch_up(wire: Wire, rows: Sequence[Row]) -> list[Session]:
    """The sessions of rows that begin with ``SESSION_FIELDS`` and ``metered_at``, with the samples counted that came after it.

    The running figures are stored late and may have been lost in a crash; the samples are durable.
    """
    running = [session_of(row) for row in rows]
    since = [
        {"session_id": session.id, "since": row[len(SESSION_FIELDS)] or session.received_at}
        for session, row in zip(running, rows, strict=True)
        if session.events_count == 0
    ]
    later = samples_by_session(await wire.rows(LATER_SAMPLES, json_rows(since))) if since else {}
    return [caught_up(session, later.get(session.id, ())) for session in running]


_LAST_READ = """
SELECT asked.id, (SELECT max(at) FROM meter_values WHERE session_id = asked.id) FROM unnest($1::bigint[]) AS asked (id)"""


async def last_read(wire: Wire, sessions: Sequence[Session]) -> dict[int, datetime]:
    """The charger's time of the last sample of each of these sessions; those without any are missing."""
    ids = f"{{{','.join(str(session.id) for session in sessions)}}}".encode()
    return {session_id: at for session_id, at in await wire.rows(_LAST_READ, ids) if at is not None}


async def settled(wire: Wire, ended: Sequence[Session], told: Mapping[int, Sequence[Sample]] = {}) -> list[Session]:
    """These 1.6 sessions with their energy counted anew where it is in doubt: the meter seems to have been reset, and it may only
    have been a reading that came late. ``told`` are samples that are still to be written, by session."""
    doubtful = [session for session in ended if session.events_count == 0 and session.state is SessionState.ENDED and is_doubtful(session)]
    if not doubtful:
        return list(ended)
    asked = json_rows({"session_id": session.id, "since": "-infinity"} for session in doubtful)
    samples = samples_by_session(await wire.rows(LATER_SAMPLES, asked))
    for session in doubtful:
        samples[session.id] = _whole(samples.get(session.id, []), told.get(session.id, ()))
    anew = {session.id: recounted(session, in_meter_order(session, samples[session.id])) for session in doubtful}
    return [anew.get(session.id, session) for session in ended]


def _whole(stored: list[tuple[datetime, Sample]], told: Sequence[Sample]) -> list[tuple[datetime, Sample]]:
    """What is stored and what is still to be, each once."""
    known = {(sample.at, *sample[2:]) for _, sample in stored}
    received_at = max((at for at, _ in stored), default=datetime.max.replace(tzinfo=UTC))
    return stored + [(received_at, sample) for sample in told if (sample.at, *sample[2:]) not in known]


async def readings_of(wire: Wire, session: Session) -> list[Reading]:
    """All that the meter showed during a session, in order."""
    asked = json_rows([{"session_id": session.id, "since": "-infinity"}])
    return in_meter_order(session, samples_by_session(await wire.rows(LATER_SAMPLES, asked)).get(session.id, ()))
