"""The life of one charger as it is read: from events, sessions, commands, jobs and notes, each by an index that begins with the charger.

Rule 1: what is read is bounded, however much there is: a lane that has more is cut at its old end and says so.
Rule 2: how a connector stood before the window is found by looking back over a bounded number of events; one that has stood
longer than that stands as its own row says.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Table, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from persistence import cursor as cursors
from persistence.database import Part
from persistence.notes import read_note
from persistence.tables import charger_notes, chargers, commands, connectors, events, jobs, security_events, sessions
from voltaro.domain.charger import ConnectorState, connector_state
from voltaro.domain.event import Event
from voltaro.domain.instant import EARLIEST_PLAUSIBLE, LATEST_AHEAD, read_moment
from voltaro.domain.timeline import (
    ConnectionChange,
    ConnectionSpan,
    ConnectorChange,
    ConnectorSpan,
    connection_spans,
    connector_spans,
)
from voltaro.ports import Page
from voltaro.ports.timeline import CommandMark, JobMark, Lane, Note, SecurityEvent, SessionMark, Timeline

T = TypeVar("T")

LOOK_BACK = 1000
"""How many events before a window are looked at for how the connectors stood when it began."""
MOST_CHANGES = 5000
"""How many changes of connectors, or of the line, are folded at once."""
COMES_LATE = timedelta(hours=12)
"""How long after a window its reports may still have come: a charger that was offline sends what it saw meanwhile."""

_STATUS = "connector.status"
_LINES = ("charger.connected", "charger.disconnected")
_ELSEWHERE = (_STATUS, *_LINES, "session.started", "session.ended", "command.updated", "job.updated")
"""Events that other lanes show."""


class TimelineRows(Part):
    """``ports.timeline.TimelineStore``."""

    async def timeline(self, charger_id: str, since: datetime, until: datetime, *, is_online: bool, limit: int) -> Timeline:
        """See ``ports.timeline.TimelineStore``."""
        async with self._database.reading() as connection:
            line = await _connection_spans(connection, charger_id, since, is_online)
            stood = await _connector_spans(connection, charger_id, since, until, None)
            return Timeline(
                connection=_newest([span for span in line if span.since < until and (span.until is None or since < span.until)], limit),
                connectors=_newest_of_each(stood, limit),
                sessions=await _sessions(connection, charger_id, since, until, limit),
                commands=await _marks(connection, CommandMark, commands, charger_id, since, until, limit),
                jobs=await _marks(connection, JobMark, jobs, charger_id, since, until, limit),
                happenings=await _happenings(connection, charger_id, since, until, limit),
                notes=await _notes(connection, charger_id, since, until, limit),
            )

    async def connector_states(
        self, charger_id: str, since: datetime, until: datetime, evse_id: int | None = None
    ) -> Sequence[ConnectorSpan]:
        """See ``ports.timeline.TimelineStore``."""
        async with self._database.reading() as connection:
            return await _connector_spans(connection, charger_id, since, until, evse_id)

    async def connection_history(self, charger_id: str, since: datetime, *, is_online: bool) -> Sequence[ConnectionSpan]:
        """See ``ports.timeline.TimelineStore``."""
        async with self._database.reading() as connection:
            return await _connection_spans(connection, charger_id, since, is_online)

    async def security_events(self, charger_id: str, *, limit: int, cursor: str | None = None) -> Page[SecurityEvent]:
        """Newest first by the charger's time."""
        table = security_events.c
        query = select(*(table[field.name] for field in fields(SecurityEvent))).where(table.charger_id == charger_id)
        if cursor is not None:
            query = query.where(tuple_(table.at, table.id) < cursors.decode("security_events", cursor, datetime, int))
        async with self._database.reading() as connection:
            rows = (await connection.execute(query.order_by(table.at.desc(), table.id.desc()).limit(limit + 1))).all()
        return cursors.page("security_events", rows, limit, lambda row: (row.at, row.id), lambda row: SecurityEvent(**row._mapping))


async def _connection_spans(connection: AsyncConnection, charger_id: str, since: datetime, is_online: bool) -> list[ConnectionSpan]:
    """From the last change before ``since`` to the present."""
    of_line = select(events).where(events.c.charger_id == charger_id, events.c.type.in_(_LINES))
    newest_first = (events.c.at.desc(), events.c.id.desc())
    before = (await connection.execute(of_line.where(events.c.at < since).order_by(*newest_first).limit(1))).one_or_none()
    changes = (await connection.execute(of_line.where(events.c.at >= since).order_by(*newest_first).limit(MOST_CHANGES))).all()
    last_seen = await connection.scalar(select(chargers.c.last_seen).where(chargers.c.id == charger_id))
    return connection_spans(
        None if before is None or len(changes) == MOST_CHANGES else _connection_change(before),
        [_connection_change(row) for row in reversed(changes)],
        last_seen=last_seen,
        is_online=is_online,
    )


async def _connector_spans(
    connection: AsyncConnection, charger_id: str, since: datetime, until: datetime, evse_id: int | None
) -> list[ConnectorSpan]:
    of_charger = select(events).where(events.c.charger_id == charger_id).order_by(events.c.at.desc(), events.c.id.desc())
    reports = of_charger.where(events.c.type == _STATUS)
    within = reports.where(events.c.at >= since, events.c.at < until + COMES_LATE).limit(MOST_CHANGES)
    found = list((await connection.execute(within)).all())
    if len(found) < MOST_CHANGES:
        # Of all kinds, so that what is looked at is bounded whatever they are.
        earlier = of_charger.where(events.c.at < since).limit(LOOK_BACK)
        found += [row for row in (await connection.execute(earlier)).all() if row.type == _STATUS]
    changes = [_connector_change(row) for row in found]
    changes += await _standing(connection, charger_id, changes)
    wanted = changes if evse_id is None else [change for change in changes if change.evse_id == evse_id]
    return connector_spans(wanted, since, until)


async def _standing(connection: AsyncConnection, charger_id: str, known: Iterable[ConnectorChange]) -> list[ConnectorChange]:
    """How the connectors stand now, where no event that was read says so."""
    newest: dict[tuple[int, int], datetime] = {}
    for change in known:
        key = (change.evse_id, change.connector_id)
        newest[key] = max(change.at, newest.get(key, change.at))
    table = connectors.c
    columns = (table.evse_id, table.connector_id, table.updated_at, table.state, table.status, table.error_code, table.info)
    rows = (await connection.execute(select(*columns, table.vendor_error_code).where(table.charger_id == charger_id))).all()
    return [
        ConnectorChange(row.evse_id, row.connector_id, row.updated_at, ConnectorState(row.state), *row[4:])
        for row in rows
        if newest.get((row.evse_id, row.connector_id), EARLIEST_PLAUSIBLE) < row.updated_at
    ]


async def _sessions(connection: AsyncConnection, charger_id: str, since: datetime, until: datetime, limit: int) -> Lane[SessionMark]:
    """Those that began in the window, and of the ``limit`` before it those that reach into it."""
    table = sessions.c
    query = (
        select(*(table[field.name] for field in fields(SessionMark)))
        .where(table.charger_id == charger_id, table.started_at < until)
        .order_by(table.started_at.desc(), table.id.desc())
        .limit(limit + 1)
    )
    rows = (await connection.execute(query)).all()
    marks = [SessionMark(**row._mapping) for row in rows[:limit]]
    is_cut = len(rows) > limit and rows[-1].started_at >= since
    shown = [
        mark for mark in marks if mark.started_at >= since or (mark.state == "active" if mark.ended_at is None else mark.ended_at > since)
    ]
    return Lane(shown[::-1], is_cut)


async def _marks(
    connection: AsyncConnection, kind: type[T], table: Table, charger_id: str, since: datetime, until: datetime, limit: int
) -> Lane[T]:
    columns = table.c
    rows = await _read(
        connection,
        select(*(columns[field.name] for field in fields(kind))),  # type: ignore[arg-type]
        (columns.charger_id == charger_id, columns.created_at >= since, columns.created_at < until),
        (columns.created_at.desc(), columns.id.desc()),
        limit,
    )
    return _oldest_first([kind(**row._mapping) for row in rows], limit)


async def _happenings(connection: AsyncConnection, charger_id: str, since: datetime, until: datetime, limit: int) -> Lane[Event]:
    table = events.c
    window = (table.charger_id == charger_id, table.at >= since, table.at < until, table.type.not_in(_ELSEWHERE))
    rows = await _read(connection, select(events), window, (table.at.desc(), table.id.desc()), limit)
    return _oldest_first([Event(**row._mapping) for row in rows], limit)


async def _notes(connection: AsyncConnection, charger_id: str, since: datetime, until: datetime, limit: int) -> Lane[Note]:
    table = charger_notes.c
    window = (table.charger_id == charger_id, table.at >= since, table.at < until)
    rows = await _read(
        connection, select(*(table[field.name] for field in fields(Note))), window, (table.at.desc(), table.id.desc()), limit
    )
    return _oldest_first([read_note(row) for row in rows], limit)


async def _read(
    connection: AsyncConnection, query: Any, window: tuple[ColumnElement[bool], ...], order: tuple[Any, ...], limit: int
) -> Sequence[Any]:
    """One row more than the limit, which says that there is more."""
    rows: Sequence[Any] = (await connection.execute(query.where(*window).order_by(*order).limit(limit + 1))).all()
    return rows


def _oldest_first(newest_first: Sequence[T], limit: int) -> Lane[T]:
    return Lane(newest_first[:limit][::-1], len(newest_first) > limit)


def _newest(spans: Sequence[T], limit: int) -> Lane[T]:
    return Lane(spans[-limit:], len(spans) > limit)


def _newest_of_each(spans: Sequence[ConnectorSpan], limit: int) -> Lane[ConnectorSpan]:
    """At most ``limit`` spans of each connector."""
    of_each: dict[tuple[int, int], list[ConnectorSpan]] = defaultdict(list)
    for span in spans:
        of_each[span.evse_id, span.connector_id].append(span)
    kept = [span for each in of_each.values() for span in each[-limit:]]
    return Lane(kept, len(kept) < len(spans))


def _connection_change(row: Any) -> ConnectionChange:
    data: Mapping[str, Any] = row.data
    is_online = row.type == "charger.connected"
    return ConnectionChange(row.at, is_online, data.get("protocol"), data.get("remote"), data.get("code"), data.get("reason"))


def _connector_change(row: Any) -> ConnectorChange:
    """A report that came late has no state of its own: it was history when it came."""
    data: Mapping[str, Any] = row.data
    told = read_moment(data["updated_at"])
    at = told if EARLIEST_PLAUSIBLE <= told <= row.at + LATEST_AHEAD else row.at
    state = ConnectorState(data["state"]) if "state" in data else connector_state(data["status"])
    return ConnectorChange(
        data["evse_id"],
        data["connector_id"],
        at,
        state,
        data["status"],
        data.get("error_code"),
        data.get("info"),
        data.get("vendor_error_code"),
    )
