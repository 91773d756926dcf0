"""The keys under which requests were made, with what came of each: kept for a day."""

from __future__ import annotations

import json
from datetime import timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.sql.elements import ColumnElement

from persistence.database import Part
from persistence.tables import idempotency_keys
from voltaro.ports import KeptAnswer, KeyTaken

KEPT = timedelta(hours=24)
"""How long an ``Idempotency-Key`` stands for what came of its request."""

ABANDONED = timedelta(minutes=2)
"""A request that has neither been answered, nor recorded its command, nor given its key back after so long was cut off. One that sends
a command has then done nothing, since a command is recorded, and its key with it, before it is sent. Of any other nobody can tell."""

_TABLE = idempotency_keys.c
_OPEN = _TABLE.command_id.is_(None) & _TABLE.status.is_(None)


class IdempotencyRows(Part):
    """The keys of ``ports.Store``."""

    async def reserve_key(self, actor: str, key: str, digest: bytes, *, retake: bool) -> KeyTaken:
        """See ``ports.IdempotencyStore``."""
        free: ColumnElement[bool] = _TABLE.reserved_at < func.now() - KEPT
        abandoned = _OPEN & (_TABLE.reserved_at < func.now() - ABANDONED)
        if retake:
            free |= abandoned & (_TABLE.digest == digest)
        fresh = {"digest": digest, "command_id": None, "status": None, "headers": None, "body": None}
        taken = (
            insert(idempotency_keys)
            .values(actor=actor, key=key, **fresh)
            .on_conflict_do_update(index_elements=[_TABLE.actor, _TABLE.key], set_={**fresh, "reserved_at": func.now()}, where=free)
            .returning(_TABLE.key)
        )
        async with self._database.changing() as connection:
            if (await connection.execute(taken)).one_or_none() is not None:
                return KeyTaken(True, True, None)
            query = select(_TABLE.digest, _TABLE.command_id, _TABLE.status, _TABLE.headers, _TABLE.body, abandoned.label("abandoned"))
            row = (await connection.execute(query.where(_TABLE.actor == actor, _TABLE.key == key))).one_or_none()
        if row is None:
            return KeyTaken(False, True, None)
        body = None if row.body is None else bytes(row.body)
        answer = None if row.status is None else KeptAnswer(row.status, json.loads(row.headers), body)
        return KeyTaken(False, bytes(row.digest) == digest, row.command_id, answer, row.abandoned)

    async def settle_key(self, actor: str, key: str, answer: KeptAnswer) -> None:
        """See ``ports.IdempotencyStore``."""
        kept = {"status": answer.status, "headers": json.dumps(dict(answer.headers)), "body": answer.body}
        async with self._database.changing() as connection:
            await connection.execute(update(idempotency_keys).where(_TABLE.actor == actor, _TABLE.key == key).values(**kept))

    async def release_key(self, actor: str, key: str) -> None:
        """See ``ports.IdempotencyStore``."""
        async with self._database.changing() as connection:
            await connection.execute(delete(idempotency_keys).where(_TABLE.actor == actor, _TABLE.key == key, _OPEN))

    async def forget_keys(self) -> None:
        """See ``ports.IdempotencyStore``."""
        async with self._database.changing() as connection:
            await connection.execute(delete(idempotency_keys).where(_TABLE.reserved_at < func.now() - KEPT))
