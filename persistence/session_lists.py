"""Sessions as lists: filtered, sorted, streamed, and summed up.

What indexes find in order (the charger, the tag, the state, the time, whether there are flags) is looked at as far as a page needs. What
chooses among these (the site, the energy, which flags) looks at no more than ``EXAMINED`` rows a page, so that a filter that fits nothing
costs no more than one that fits everything; the cursor then stands where the search ended. A list by energy sorts these newest rows alone.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, Text, and_, cast, exists, func, select, text, true, tuple_
from sqlalchemy.dialects.postgresql import ARRAY

from persistence import cursor as cursors
from persistence.database import Part
from persistence.sessions import SESSION_FIELDS, session_of
from persistence.tables import chargers, sessions, tag_owners
from voltaro.domain.session import Session
from voltaro.domain.tag import fold_tag
from voltaro.ports import Page, SessionOrder, SessionQuery, SessionTotals

EXAMINED = 50_000
"""Rows that a page looks at, at most."""

SUMMED = 100_000
"""Rows that a sum looks at, at most: some 150 ms."""

_COLUMNS = [sessions.c[name] for name in SESSION_FIELDS]
_STREAM_PAGE = 500

After = tuple[Any, ...] | None


class SessionListStore(Part):
    """The lists of sessions of ``ports.Store``."""

    async def sessions(self, query: SessionQuery, *, limit: int, cursor: str | None = None) -> Page[Session]:
        """Newest first by (started_at, id), unless the query has another order."""
        kind = "sessions" if query.order is SessionOrder.NEWEST else f"sessions {query.order}"
        moment = int if query.order.by_energy else datetime
        page, after = await self._page(query, limit, None if cursor is None else cursors.decode(kind, cursor, moment, int))
        return Page(page, None if after is None else cursors.encode(kind, *after))

    async def stream_sessions(self, query: SessionQuery) -> AsyncIterator[Session]:
        """All that pass, in order, a page at a time: no connection is held while the reader is slow."""
        after: After = None
        while True:
            page, after = await self._page(query, _STREAM_PAGE, after)
            for session in page:
                yield session
            if after is None:
                return

    async def session_totals(self, query: SessionQuery) -> SessionTotals:
        """Sums over what the query lets pass, of the newest ``SUMMED`` rows that indexes find for it."""
        names = ("charger_id", "state", "started_at", "ended_at", "energy_wh", "flags")
        examined = _ordered(query, [sessions.c[name] for name in names], None).limit(SUMMED).subquery()
        row, fits = examined.c, and_(true(), *_choices(query, examined))
        lasted = func.greatest(func.extract("epoch", func.coalesce(row.ended_at, func.now()) - row.started_at), 0)
        sums = select(
            func.count(),
            func.count().filter(fits),
            func.count().filter(fits, row.state == "active"),
            func.coalesce(func.sum(row.energy_wh).filter(fits), 0),
            func.coalesce(func.sum(lasted).filter(fits, (row.state == "active") | row.ended_at.is_not(None)), 0),
        ).select_from(examined)
        async with self._database.reading() as connection:
            seen, count, running, energy_wh, duration_s = (await connection.execute(sums)).one()
        return SessionTotals(count, running, int(energy_wh), int(duration_s), seen < SUMMED)

    async def _page(self, query: SessionQuery, limit: int, after: After) -> tuple[list[Session], After]:
        """A page, and the key behind which the next begins; None: there is none."""
        async with self._database.reading() as connection:
            rows = (await connection.execute(_listed(query, after).limit(limit + 1))).all()
            if len(rows) > limit:
                return [session_of(row) for row in rows[:limit]], _key(query, rows[limit - 1])
            if _chooses(query) and not query.order.by_energy:
                last = _ordered(query, [sessions.c.started_at, sessions.c.id], after).offset(EXAMINED - 1).limit(1)
                reached = (await connection.execute(last)).one_or_none()
                if reached is not None:
                    return [session_of(row) for row in rows], (reached.started_at, reached.id)
        return [session_of(row) for row in rows], None


def _key(query: SessionQuery, row: Any) -> tuple[Any, ...]:
    return (row.energy_wh if query.order.by_energy else row.started_at, row.id)


def _listed(query: SessionQuery, after: After) -> Select[Any]:
    """The rows of a page, in order."""
    if query.order.by_energy:
        newest = _ordered(query, _COLUMNS, None).limit(EXAMINED).subquery()
        table = newest.c
        listed = select(newest).where(*_choices(query, newest))
        if after is not None:
            here = tuple_(table.energy_wh, table.id)
            listed = listed.where(here < after if query.order.descends else here > after)
        if query.order.descends:
            return listed.order_by(table.energy_wh.desc(), table.id.desc())
        return listed.order_by(table.energy_wh, table.id)
    if not _chooses(query):
        return _ordered(query, _COLUMNS, after)
    examined = _ordered(query, _COLUMNS, after).limit(EXAMINED).subquery()
    chosen = select(examined).where(*_choices(query, examined))
    if query.order.descends:
        return chosen.order_by(examined.c.started_at.desc(), examined.c.id.desc())
    return chosen.order_by(examined.c.started_at, examined.c.id)


def _ordered(query: SessionQuery, columns: Any, after: After) -> Select[Any]:
    """What indexes find in order of time."""
    table, oldest_first = sessions.c, query.order is SessionOrder.OLDEST
    listed = select(*columns)
    listed = listed.order_by(table.started_at, table.id) if oldest_first else listed.order_by(table.started_at.desc(), table.id.desc())
    if query.charger_id is not None:
        listed = listed.where(table.charger_id == query.charger_id)
    if query.id_tag is not None:
        listed = listed.where(table.tag_key == fold_tag(query.id_tag))
    if query.state is not None:
        listed = listed.where(table.state == query.state.value)
    if query.started_after is not None:
        listed = listed.where(table.started_at >= query.started_after)
    if query.started_before is not None:
        listed = listed.where(table.started_at < query.started_before)
    if query.driver_id is not None:
        owner = tag_owners.c
        then = (owner.tag_key == table.tag_key, owner.since <= table.started_at, owner.until > table.started_at)
        listed = listed.where(exists().where(owner.driver_id == query.driver_id, *then))
    if query.flags or query.flagged:
        listed = listed.where(text("sessions.flags <> '{}'::text[]"))
    if after is not None:
        here = tuple_(table.started_at, table.id)
        listed = listed.where(here > after if oldest_first else here < after)
    return listed


def _chooses(query: SessionQuery) -> bool:
    return bool(query.flags or query.site_id is not None or query.energy_at_least_wh is not None)


def _choices(query: SessionQuery, rows: Subquery) -> Iterator[ColumnElement[bool]]:
    if query.site_id is not None:
        yield rows.c.charger_id.in_(select(chargers.c.id).where(chargers.c.site_id == query.site_id))
    if query.energy_at_least_wh is not None:
        yield rows.c.energy_wh >= query.energy_at_least_wh
    if query.flags:
        yield rows.c.flags.overlap(cast(list(query.flags), ARRAY(Text)))
