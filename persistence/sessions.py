"""Sessions and their meter values, as they are read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import fields
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Row, Select, and_, exists, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from persistence import cursor as cursors
from persistence.database import Part, among, to_json
from persistence.tables import meter_kinds, meter_values, sessions, tag_owners
from voltaro.domain.meter import Reading, Sample, figures
from voltaro.domain.session import Session, SessionState, metered
from voltaro.domain.tag import fold_tag
from voltaro.ports import MeterRow, Page, SessionQuery

SESSION_FIELDS = tuple(field.name for field in fields(Session))
_COLUMNS = [sessions.c[name] for name in SESSION_FIELDS]
_STATE, _FLAGS = SESSION_FIELDS.index("state"), SESSION_FIELDS.index("flags")
_STREAM_PAGE = 500

# What was received after given moments: the figures of a 1.6 session lag behind its samples.
LATER_SAMPLES = """
SELECT value.session_id, value.received_at, value.at, value.value, kind.measurand, kind.unit, kind.context, kind.phase, kind.location,
    kind.signed
FROM json_to_recordset($1::json) AS asked (session_id bigint, since timestamptz)
    JOIN meter_values AS value ON value.session_id = asked.session_id AND value.received_at > asked.since
    JOIN meter_kinds AS kind ON kind.id = value.kind_id
ORDER BY value.session_id, value.received_at, value.at, value.id"""


class SessionStore(Part):
    """The sessions of ``ports.Store``."""

    async def sessions(self, query: SessionQuery, *, limit: int, cursor: str | None = None) -> Page[Session]:
        """Newest first by (started_at, id)."""
        after = None if cursor is None else cursors.decode("sessions", cursor, datetime, int)
        async with self._database.reading() as connection:
            rows = (await connection.execute(_listed(query, after).limit(limit + 1))).all()
        return cursors.page("sessions", rows, limit, lambda row: (row.started_at, row.id), session_of)

    async def stream_sessions(self, query: SessionQuery) -> AsyncIterator[Session]:
        """All that pass, newest first, a page at a time: no connection is held while the reader is slow."""
        after: tuple[Any, ...] | None = None
        while True:
            async with self._database.reading() as connection:
                rows = (await connection.execute(_listed(query, after).limit(_STREAM_PAGE))).all()
            for row in rows:
                yield session_of(row)
            if len(rows) < _STREAM_PAGE:
                return
            after = (rows[-1].started_at, rows[-1].id)

    async def session(self, session_id: int) -> Session | None:
        async with self._database.reading() as connection:
            row = (await connection.execute(select(*_COLUMNS).where(sessions.c.id == session_id))).one_or_none()
        return None if row is None else session_of(row)

    async def session_by_transaction(self, charger_id: str, transaction_id: str) -> Session | None:
        """The session of an OCPP transaction id; the newest, where stops of an unknown one came too."""
        known = (sessions.c.charger_id == charger_id, sessions.c.transaction_id == transaction_id)
        query = select(*_COLUMNS).where(*known).order_by(sessions.c.stop_key.is_not(None), sessions.c.id.desc()).limit(1)
        async with self._database.reading() as connection:
            row = (await connection.execute(query)).one_or_none()
        return None if row is None else session_of(row)

    async def open_sessions_of_tag(self, id_tag: str) -> Sequence[Session]:
        query = select(*_COLUMNS).where(sessions.c.tag_key == fold_tag(id_tag), sessions.c.state == "active").order_by(sessions.c.id)
        async with self._database.reading() as connection:
            return [session_of(row) for row in (await connection.execute(query)).all()]

    async def meter_values(self, session_id: int, *, limit: int, cursor: str | None = None, signed_only: bool = False) -> Page[MeterRow]:
        """Oldest first, by the charger's time."""
        value = meter_values.c
        query = _values_of(session_id).order_by(value.at, value.kind_id, value.evse_id).limit(limit + 1)
        if signed_only:
            query = query.where(meter_kinds.c.signed)
        if cursor is not None:
            after = cursors.decode("meter", cursor, datetime, int, int)
            query = query.where(tuple_(value.at, value.kind_id, value.evse_id) > after)
        async with self._database.reading() as connection:
            rows = (await connection.execute(query)).all()
        return cursors.page("meter", rows, limit, lambda row: (row.at, row.kind_id, row.evse_id), lambda row: _meter_row(session_id, row))

    async def signed_value(self, session_id: int, value_id: int) -> MeterRow | None:
        query = _values_of(session_id).where(meter_values.c.id == value_id, meter_kinds.c.signed)
        async with self._database.reading() as connection:
            row = (await connection.execute(query)).one_or_none()
        return None if row is None else _meter_row(session_id, row)


def _values_of(session_id: int) -> Select[Any]:
    value, kind = meter_values.c, meter_kinds.c
    return (
        select(
            value.id, value.evse_id, value.at, value.value, value.received_at, value.kind_id,
            kind.measurand, kind.unit, kind.context, kind.phase, kind.location, kind.signed,
        )
        .join(meter_kinds, kind.id == value.kind_id)
        .where(value.session_id == session_id)
    )  # fmt: skip


def _listed(query: SessionQuery, after: tuple[Any, ...] | None) -> Select[Any]:
    table = sessions.c
    selected = select(*_COLUMNS).order_by(table.started_at.desc(), table.id.desc())
    if query.charger_id is not None:
        selected = selected.where(table.charger_id == query.charger_id)
    if query.id_tag is not None:
        selected = selected.where(table.tag_key == fold_tag(query.id_tag))
    if query.state is not None:
        selected = selected.where(table.state == query.state.value)
    if query.started_after is not None:
        selected = selected.where(table.started_at >= query.started_after)
    if query.started_before is not None:
        selected = selected.where(table.started_at < query.started_before)
    if query.driver_id is not None:
        owner = tag_owners.c
        then = (owner.tag_key == table.tag_key, owner.since <= table.started_at, owner.until > table.started_at)
        selected = selected.where(exists().where(owner.driver_id == query.driver_id, *then))
    if after is not None:
        selected = selected.where(tuple_(table.started_at, table.id) < after)
    return selected


async def open_sessions(connection: AsyncConnection, charger_ids: Sequence[str]) -> list[Session]:
    """The active sessions of these chargers, in order of their start, with the figures of all their stored samples.

    A session's stored figures lag behind its samples by up to the moment between two ``SessionMetered``; after a crash
    the samples are the truth. 2.x sessions are folded from their events as these are stored, and lag behind nothing.
    """
    running = and_(among(sessions.c.charger_id, charger_ids), sessions.c.state == "active")
    query = select(*_COLUMNS, sessions.c.metered_at).where(running).order_by(sessions.c.started_at, sessions.c.id)
    rows = (await connection.execute(query)).all()
    since = [{"session_id": row.id, "since": row.metered_at or row.received_at} for row in rows if row.events_count == 0]
    if not since:
        return [session_of(row) for row in rows]
    later = samples_by_session((await connection.exec_driver_sql(LATER_SAMPLES.replace("$1", "%s"), (to_json(since),))).all())
    return [caught_up(session_of(row), later.get(row.id, ())) for row in rows]


def samples_by_session(rows: Iterable[Sequence[Any]]) -> dict[int, list[tuple[datetime, Sample]]]:
    """The rows of ``LATER_SAMPLES``: each sample with its time of receipt, by session."""
    found: dict[int, list[tuple[datetime, Sample]]] = defaultdict(list)
    for session_id, received_at, at, value, measurand, unit, context, phase, location, signed in rows:
        found[session_id].append((received_at, Sample(at, value, measurand, unit, context, phase or None, location, signed)))
    return found


def caught_up(session: Session, later: Sequence[tuple[datetime, Sample]]) -> Session:
    """The session with these samples counted, reading by reading."""
    for _, reading in groupby(later, key=lambda timed: (timed[0], timed[1].at)):
        session = metered(session, figures(sample for _, sample in reading))
    return session


def in_meter_order(session: Session, samples: Sequence[tuple[datetime, Sample]]) -> list[Reading]:
    """What the meter showed, reading by reading, in the order of the charger's time; in that of receipt where its clock was
    set back meanwhile."""
    clock_is_right = all(sample.at >= session.started_at for _, sample in samples)
    ordered = sorted(samples, key=lambda timed: timed[1].at) if clock_is_right else samples
    groups = [
        tuple(sample for _, sample in reading)
        for _, reading in groupby(ordered, key=lambda timed: (clock_is_right or timed[0], timed[1].at))
    ]
    return [Reading(group[0].at, figures(group), group) for group in groups]


def session_of(row: Sequence[Any] | Row[Any]) -> Session:
    """A session from a row that begins with ``SESSION_FIELDS``."""
    values = list(row[: len(SESSION_FIELDS)])
    values[_STATE] = SessionState(values[_STATE])
    values[_FLAGS] = tuple(values[_FLAGS])
    return Session(*values)


def _meter_row(session_id: int, row: Any) -> MeterRow:
    return MeterRow(row.id, session_id, row.evse_id, _sample(row), row.received_at)


def _sample(row: Any) -> Sample:
    return Sample(row.at, row.value, row.measurand, row.unit, row.context, row.phase or None, row.location, row.signed)
