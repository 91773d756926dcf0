"""The message log: written in batches, searched, and kept below a size.

A search examines a bounded number of rows: the newest ``EXAMINED`` that the charger, the time, the cursor and "trouble only" leave,
which indexes find in order. The other filters choose among these, so that a filter that fits nothing costs no more than one that fits
everything; the cursor then stands where the search ended.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, func, or_, select, text, tuple_

from persistence import cursor as cursors
from persistence.database import Part, among
from persistence.outcome import Items, Outcome, json_rows
from persistence.tables import messages
from persistence.wire import Wire
from voltaro.domain.fact import ExchangeLogged, FrameLogged
from voltaro.ports import MessageQuery, MessageRow, Page
from voltaro.ports.journal import MessageKind

EXAMINED = 20_000
"""Rows that a page looks at, at most."""

EMPTY_BYTES = 256 * 1024
"""A day that is larger has messages: the indexes of an empty one take some pages."""

_MESSAGE = [messages.c[field.name] for field in fields(MessageRow)]

# The commonest row of all: it has nothing but what every exchange has.
_EXCHANGES = """
INSERT INTO messages (charger_id, direction, message_id, action, request, answer, outcome, at, answered_at)
SELECT charger_id, direction, message_id, action, request, answer, outcome, at, answered_at
FROM json_to_recordset($1::json) AS new (charger_id text, direction text, message_id text, action text, request text, answer text,
    outcome text, at timestamptz, answered_at timestamptz)"""

_FRAMES = """
INSERT INTO messages (charger_id, direction, message_id, action, request, answer, outcome, at, answered_at, kind, error_code, error,
    repaired)
SELECT charger_id, direction, message_id, action, request, answer, outcome, at, answered_at, kind, error_code, error, repaired
FROM json_to_recordset($1::json) AS new (charger_id text, direction text, message_id text, action text, request text, answer text,
    outcome text, at timestamptz, answered_at timestamptz, kind text, error_code text, error text, repaired text)"""

_SIZES = text("""
SELECT child.relname, pg_total_relation_size(child.oid),
    (regexp_match(pg_get_expr(child.relpartbound, child.oid), $re$TO \\('([^']+)'\\)$re$))[1]::timestamptz AS ends
FROM pg_inherits JOIN pg_class child ON child.oid = inhrelid
WHERE inhparent = 'messages'::regclass
ORDER BY ends DESC NULLS FIRST""")


async def write_exchanges(wire: Wire, items: Items[ExchangeLogged], outcome: Outcome) -> None:
    """Calls that ended well."""
    await wire.run(_EXCHANGES, json_rows(dict(zip(ExchangeLogged._fields, fact, strict=True)) for _, fact in items))


async def write_frames_logged(wire: Wire, items: Items[FrameLogged], outcome: Outcome) -> None:
    """Everything else."""
    await wire.run(_FRAMES, json_rows(fact._asdict() for _, fact in items))


class MessageStore(Part):
    """The message log of ``ports.Store``."""

    async def messages(self, query: MessageQuery, *, limit: int, cursor: str | None = None) -> Page[MessageRow]:
        """Newest first; see ``ports.JournalStore``."""
        after = None if cursor is None else cursors.decode("messages", cursor, datetime, int)
        async with self._database.reading() as connection:
            rows = (await connection.execute(page_of(query, limit + 1, after))).all()
            page = cursors.page("messages", rows, limit, lambda row: (row.at, row.id), lambda row: MessageRow(*row))
            if page.next is None and _chooses(query):
                last = (await connection.execute(_last_examined(query, after))).one_or_none()
                if last is not None:
                    return Page(page.items, cursors.encode("messages", last.at, last.id))
        return page

    async def message(self, row_id: int) -> MessageRow | None:
        async with self._database.reading() as connection:
            row = (await connection.execute(select(*_MESSAGE).where(messages.c.id == row_id).limit(1))).one_or_none()
        return None if row is None else MessageRow(*row)

    async def messages_around(self, row: MessageRow, each: int) -> tuple[Sequence[MessageRow], Sequence[MessageRow]]:
        """Before and after, nearest first; see ``ports.JournalStore``."""
        table = messages.c
        here = select(*_MESSAGE).where(table.charger_id == row.charger_id).limit(each)
        place = tuple_(table.at, table.id)
        before = here.where(place < (row.at, row.id), table.at <= row.at).order_by(table.at.desc(), table.id.desc())
        after = here.where(place > (row.at, row.id), table.at >= row.at).order_by(table.at, table.id)
        async with self._database.reading() as connection:
            return (
                [MessageRow(*found) for found in (await connection.execute(before)).all()],
                [MessageRow(*found) for found in (await connection.execute(after)).all()],
            )

    async def message_kinds(self, charger_id: str) -> Sequence[MessageKind]:
        """By action and direction; see ``ports.JournalStore``."""
        table = messages.c
        newest = select(table.action, table.direction, table.outcome, table.at).where(table.charger_id == charger_id)
        rows = newest.order_by(table.at.desc(), table.id.desc()).limit(EXAMINED).subquery().c
        trouble = func.count().filter(rows.outcome.not_in(("result", "sent")))
        kinds = select(rows.action, rows.direction, func.count(), trouble, func.max(rows.at)).group_by(rows.action, rows.direction)
        async with self._database.reading() as connection:
            found = (await connection.execute(kinds.order_by(rows.action, rows.direction))).all()
        return [MessageKind(*row) for row in found]

    async def oldest_within(self, most_bytes: int) -> datetime | None:
        """The moment before which messages go, so that the log has at most so many bytes; None when it has. Days go whole, and
        the newest two stay."""
        async with self._database.reading() as connection:
            days = (await connection.execute(_SIZES)).all()
        total, kept = 0, 0
        for _, size, ends in days:
            total += size
            kept += size > EMPTY_BYTES
            if ends is not None and total > most_bytes and kept > 2:
                return ends  # type: ignore[no-any-return]
        return None


def page_of(query: MessageQuery, limit: int, after: tuple[Any, ...] | None) -> Select[Any]:
    """The rows of a page, newest first."""
    if not _chooses(query):
        return _ordered(query, _MESSAGE, after).limit(limit)
    examined = _ordered(query, _MESSAGE, after).limit(EXAMINED).subquery()
    chosen = select(*examined.c).where(*_choices(query, examined))
    return chosen.order_by(examined.c.at.desc(), examined.c.id.desc()).limit(limit)


def _last_examined(query: MessageQuery, after: tuple[Any, ...] | None) -> Select[Any]:
    return _ordered(query, [messages.c.at, messages.c.id], after).offset(EXAMINED - 1).limit(1)


def _ordered(query: MessageQuery, columns: Any, after: tuple[Any, ...] | None) -> Select[Any]:
    """What indexes find in order."""
    table = messages.c
    listed = select(*columns).order_by(table.at.desc(), table.id.desc())
    if query.charger_id is not None:
        listed = listed.where(table.charger_id == query.charger_id)
    if query.trouble or query.outcome not in (None, "result", "sent"):
        listed = listed.where(text("messages.outcome NOT IN ('result', 'sent')"))
    if query.since is not None:
        listed = listed.where(table.at >= query.since)
    if query.until is not None:
        listed = listed.where(table.at < query.until)
    if after is not None:
        listed = listed.where(tuple_(table.at, table.id) < after, table.at <= after[0])
    return listed


def _chooses(query: MessageQuery) -> bool:
    return any((query.actions, query.direction, query.outcome, query.kind, query.error_code, query.message_id, query.text))


def _choices(query: MessageQuery, rows: Subquery) -> Iterator[ColumnElement[bool]]:
    for name in ("direction", "outcome", "kind", "error_code", "message_id"):
        wanted = getattr(query, name)
        if wanted is not None:
            yield rows.c[name] == wanted
    if query.actions:
        yield among(rows.c.action, query.actions)
    if query.text:
        yield or_(rows.c.request.icontains(query.text, autoescape=True), rows.c.answer.icontains(query.text, autoescape=True))
