"""What has happened, as it is read: commands, the message log and events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, tuple_

from persistence import cursor as cursors
from persistence.database import Part
from persistence.tables import commands, events, messages
from voltaro.domain.command import Command, CommandState
from voltaro.domain.event import Event
from voltaro.ports import MessageQuery, MessageRow, Page

_COMMAND = [commands.c[field.name] for field in fields(Command)]
_MESSAGE = [messages.c[field.name] for field in fields(MessageRow)]


class HistoryStore(Part):
    """Commands, messages and events of ``ports.Store``."""

    async def command(self, command_id: str) -> Command | None:
        async with self._database.reading() as connection:
            row = (await connection.execute(select(*_COMMAND).where(commands.c.id == command_id))).one_or_none()
        return None if row is None else _command(row)

    async def commands(self, charger_id: str, *, limit: int, cursor: str | None = None) -> Page[Command]:
        """Newest first."""
        table = commands.c
        query = select(*_COMMAND).where(table.charger_id == charger_id).order_by(table.created_at.desc(), table.id.desc()).limit(limit + 1)
        if cursor is not None:
            query = query.where(tuple_(table.created_at, table.id) < cursors.decode("commands", cursor, datetime, str))
        async with self._database.reading() as connection:
            rows = (await connection.execute(query)).all()
        return cursors.page("commands", rows, limit, lambda row: (row.created_at, row.id), _command)

    async def messages(self, query: MessageQuery, *, limit: int, cursor: str | None = None) -> Page[MessageRow]:
        """Newest first."""
        table = messages.c
        listed = select(*_MESSAGE).where(table.charger_id == query.charger_id).order_by(table.at.desc(), table.id.desc()).limit(limit + 1)
        for column, wanted in ((table.action, query.action), (table.direction, query.direction), (table.outcome, query.outcome)):
            if wanted is not None:
                listed = listed.where(column == wanted)
        if query.since is not None:
            listed = listed.where(table.at >= query.since)
        if query.until is not None:
            listed = listed.where(table.at < query.until)
        if cursor is not None:
            listed = listed.where(tuple_(table.at, table.id) < cursors.decode("messages", cursor, datetime, int))
        async with self._database.reading() as connection:
            rows = (await connection.execute(listed)).all()
        return cursors.page("messages", rows, limit, lambda row: (row.at, row.id), lambda row: MessageRow(*row))

    async def events_after(self, event_id: int, *, limit: int) -> Sequence[Event]:
        """Oldest first. A smaller id never appears after a larger one has been read."""
        query = select(events).where(events.c.id > event_id).order_by(events.c.id).limit(limit)
        async with self._database.reading() as connection:
            return [Event(**row._mapping) for row in (await connection.execute(query)).all()]

    async def first_event_id(self) -> int:
        """The oldest that is kept, 0 when none."""
        async with self._database.reading() as connection:
            return int(await connection.scalar(select(func.min(events.c.id))) or 0)

    async def last_event_id(self) -> int:
        """0 when none."""
        async with self._database.reading() as connection:
            return int(await connection.scalar(select(func.max(events.c.id))) or 0)


def _command(row: Any) -> Command:
    values = dict(row._mapping)
    values["state"] = CommandState(values["state"])
    return Command(**values)
