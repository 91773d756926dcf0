"""Commands: written as they change, read, and ended where nobody is left to end them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from persistence import cursor as cursors
from persistence.database import Part, among, json_text
from persistence.outcome import Items, NewEvent, Outcome, json_rows
from persistence.tables import commands
from persistence.wire import Wire
from voltaro.domain.command import Command, CommandState, Effect
from voltaro.domain.fact import CommandChanged
from voltaro.ports import Page

_COMMAND = [commands.c[field.name] for field in fields(Command)]
_IS_OPEN = or_(commands.c.effect == "awaited", commands.c.state.in_(("queued", "sent")))

_COMMANDS = """
INSERT INTO commands (id, charger_id, action, payload, state, created_at, requested_by, response, error, sent_at, answered_at,
    effect, reason, effect_until, effect_at, session_id)
SELECT id, charger_id, action, payload::json, state, created_at, requested_by, response::json, error, sent_at, answered_at,
    effect, reason, effect_until, effect_at, session_id
FROM json_to_recordset($1::json) AS new (id text, charger_id text, action text, payload text, state text, created_at timestamptz,
    requested_by text, response text, error text, sent_at timestamptz, answered_at timestamptz,
    effect text, reason text, effect_until timestamptz, effect_at timestamptz, session_id bigint)
ON CONFLICT (id) DO UPDATE SET state = excluded.state, payload = excluded.payload, response = excluded.response,
    error = excluded.error, sent_at = excluded.sent_at, answered_at = excluded.answered_at, effect = excluded.effect,
    reason = excluded.reason, effect_until = excluded.effect_until, effect_at = excluded.effect_at, session_id = excluded.session_id"""

_RESERVED = """
UPDATE idempotency_keys AS known SET command_id = new.command_id
FROM json_to_recordset($1::json) AS new (actor text, key text, command_id text)
WHERE known.actor = new.actor AND known.key = new.key"""


async def write_commands(wire: Wire, items: Items[CommandChanged], outcome: Outcome) -> None:
    """Commands, the newest word on each as its row."""
    rows: dict[str, dict[str, Any]] = {}
    reserved = []
    for place, fact in items:
        command = fact.command
        shown = {name: getattr(command, name) for name in command.__slots__}
        response = None if command.response is None else json_text(command.response)
        rows[command.id] = shown | {"payload": json_text(command.payload), "response": response}
        at = command.effect_at or command.answered_at or command.sent_at or command.created_at
        outcome.events.append(NewEvent(place, "command.updated", at, command.charger_id, None, shown))
        if fact.reserved is not None:
            actor, key = fact.reserved
            reserved.append({"actor": actor, "key": key, "command_id": command.id})
    await wire.run(_COMMANDS, json_rows(rows[command_id] for command_id in sorted(rows)))
    if reserved:
        await wire.run(_RESERVED, json_rows(reserved))


async def open_commands(connection: AsyncConnection, charger_ids: Sequence[str]) -> Mapping[str, tuple[Command, ...]]:
    """The commands of these chargers that have no end yet, oldest first."""
    query = select(*_COMMAND).where(among(commands.c.charger_id, charger_ids), _IS_OPEN).order_by(commands.c.created_at, commands.c.id)
    found: dict[str, tuple[Command, ...]] = {}
    for row in (await connection.execute(query)).all():
        found[row.charger_id] = (*found.get(row.charger_id, ()), _command(row))
    return found


class CommandStore(Part):
    """The commands of ``ports.Store``."""

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

    async def command_of_session(self, session_id: int) -> str | None:
        """The id of the command that asked for a session."""
        query = select(commands.c.id).where(commands.c.session_id == session_id).order_by(commands.c.created_at.desc()).limit(1)
        async with self._database.reading() as connection:
            found: str | None = await connection.scalar(query)
        return found

    async def stale_commands(self, before: datetime) -> Sequence[Command]:
        """Commands as they end where nobody was left to end them: their charger has not come back. ``before``: what was to be seen,
        or asked, until then."""
        left = commands.c.created_at < before
        query = select(*_COMMAND).where(
            or_(commands.c.state.in_(("queued", "sent")) & left, (commands.c.effect == "awaited") & (commands.c.effect_until < before))
        )
        async with self._database.reading() as connection:
            return [_given_up(_command(row)) for row in (await connection.execute(query.limit(1000))).all()]


def _given_up(command: Command) -> Command:
    if not command.state.settled:
        command = replace(command, state=CommandState.UNKNOWN, error="the charger's answer was lost; it is not sent again")
    if command.effect is Effect.AWAITED:
        command = replace(command, effect=Effect.NOT_SEEN, reason="the charger has not been seen to do it")
    return command


def _command(row: Any) -> Command:
    values = dict(row._mapping)
    return Command(**values | {"state": CommandState(values["state"]), "effect": Effect(values["effect"])})
