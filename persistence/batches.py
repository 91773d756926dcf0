"""Batches: recorded with a row for each charger, so that a restart in the middle leaves no doubt about what was sent.

How: a batch reserves, in the transaction that records it, the key of each command it may send (``idempotency_keys``). A command is
recorded in one transaction with its key, before it is sent. So after a restart the keys say which commands there are, and the others
were never sent.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from sqlalchemy import case, delete, func, insert, select, text, tuple_, update

from persistence import cursor as cursors
from persistence.database import Part, among, note, to_json
from persistence.tables import batch_items, batches, commands
from voltaro.domain.batch import Batch, BatchItem, BatchKind, BatchState, ItemState
from voltaro.ports import BatchResult, Page

_BATCH = [batches.c[field.name] for field in fields(Batch)]
_ITEM = batch_items.c

_ITEMS = text("""
INSERT INTO batch_items (batch_id, position, charger_id, state, error)
SELECT :batch, given.position, given.id,
    CASE WHEN chargers.id IS NULL THEN 'failed' ELSE 'waiting' END, CASE WHEN chargers.id IS NULL THEN 'unknown_charger' END
FROM unnest(CAST(:ids AS text[])) WITH ORDINALITY AS given (id, position) LEFT JOIN chargers ON chargers.id = given.id
RETURNING position, charger_id, state, error
""")

_KEYS = text("""
INSERT INTO idempotency_keys (actor, key, digest)
SELECT :actor, key, :digest FROM unnest(CAST(:keys AS text[])) AS key ON CONFLICT DO NOTHING
""")

_SETTLE = text("""
UPDATE batch_items AS known SET state = new.state, command_id = new.command_id, error = new.error, detail = new.detail
FROM json_to_recordset(CAST(:rows AS json)) AS new (position integer, state text, command_id text, error text, detail text)
WHERE known.batch_id = :batch AND known.position = new.position
""")

# A command whose key has none was never recorded, and so never sent.
_FOUND = text("""
UPDATE batch_items AS item SET state = 'sent', command_id = keys.command_id
FROM batches, idempotency_keys AS keys
WHERE batches.state = 'running' AND item.batch_id = batches.id AND item.state = 'working' AND keys.actor = batches.created_by
    AND keys.key = 'batch ' || batches.id || ' ' || item.position AND keys.command_id IS NOT NULL
""")
_LEFT = text("""
UPDATE batch_items AS item
SET state = CASE WHEN item.state = 'working' AND batches.kind IN ('change', 'remove') THEN 'unknown' ELSE 'not_sent' END,
    error = 'restarted'
FROM batches WHERE batches.state = 'running' AND item.batch_id = batches.id AND item.state IN ('waiting', 'working')
""")

_STATE = case(
    (_ITEM.state == ItemState.SENT, func.coalesce(commands.c.state, "unknown")),
    (_ITEM.state == ItemState.WORKING, "waiting"),
    else_=_ITEM.state,
)


class BatchRows(Part):
    """``ports.BatchStore``."""

    async def add_batch(self, batch: Batch, charger_ids: Sequence[str]) -> Sequence[BatchItem]:
        """See ``ports.BatchStore``."""
        values = asdict(batch) | {"total": len(charger_ids), "kind": str(batch.kind), "state": str(batch.state)}
        async with self._database.changing() as connection:
            await connection.execute(insert(batches).values(**values))
            rows = (await connection.execute(_ITEMS, {"batch": batch.id, "ids": list(charger_ids)})).all()
            if batch.kind.sends:
                keys = [batch.key_of(row.position) for row in rows]
                digest = hashlib.sha256(batch.id.encode()).digest()
                await connection.execute(_KEYS, {"actor": batch.created_by, "digest": digest, "keys": keys})
            shown = {"kind": batch.kind, "action": batch.action, "payload": batch.payload, "chargers": len(charger_ids)}
            await note(connection, batch.created_by, "batch.begun", batch.id, shown)
        items = (BatchItem(row.position, row.charger_id, ItemState(row.state), error=row.error) for row in rows)
        return sorted(items, key=lambda item: item.position)

    async def batch(self, batch_id: str) -> Batch | None:
        """See ``ports.BatchStore``."""
        async with self._database.reading() as connection:
            row = (await connection.execute(select(*_BATCH).where(batches.c.id == batch_id))).one_or_none()
        return None if row is None else _batch(row)

    async def batches(self, *, limit: int, cursor: str | None = None) -> Page[Batch]:
        """See ``ports.BatchStore``."""
        query = select(*_BATCH).order_by(batches.c.created_at.desc(), batches.c.id.desc()).limit(limit + 1)
        if cursor is not None:
            query = query.where(tuple_(batches.c.created_at, batches.c.id) < cursors.decode("batches", cursor, datetime, str))
        async with self._database.reading() as connection:
            rows = (await connection.execute(query)).all()
        return cursors.page("batches", rows, limit, lambda row: (row.created_at, row.id), _batch)

    async def batch_counts(self, batch_ids: Sequence[str]) -> Mapping[str, Mapping[str, int]]:
        """See ``ports.BatchStore``."""
        joined = batch_items.outerjoin(commands, commands.c.id == _ITEM.command_id)
        query = select(_ITEM.batch_id, _STATE.label("state"), func.count().label("number")).select_from(joined)
        counts: dict[str, dict[str, int]] = defaultdict(dict)
        async with self._database.reading() as connection:
            for row in (await connection.execute(query.where(among(_ITEM.batch_id, batch_ids)).group_by(_ITEM.batch_id, text("2")))).all():
                counts[row.batch_id][row.state] = row.number
        return counts

    async def batch_results(self, batch_id: str, *, limit: int, cursor: str | None = None, states: Sequence[str] = ()) -> Page[BatchResult]:
        """See ``ports.BatchStore``."""
        joined = batch_items.outerjoin(commands, commands.c.id == _ITEM.command_id)
        columns = (_ITEM.position, _ITEM.charger_id, _STATE.label("state"), _ITEM.command_id, _ITEM.error, _ITEM.detail)
        query = select(*columns, commands.c.error.label("command_error"), commands.c.response).select_from(joined)
        query = query.where(_ITEM.batch_id == batch_id).order_by(_ITEM.position).limit(limit + 1)
        if cursor is not None:
            query = query.where(_ITEM.position > cursors.decode("batch_results", cursor, int)[0])
        if states:
            query = query.where(_STATE.in_(states))
        async with self._database.reading() as connection:
            rows = (await connection.execute(query)).all()
        return cursors.page("batch_results", rows, limit, lambda row: (row.position,), _result)

    async def begin_items(self, batch_id: str, positions: Sequence[int]) -> None:
        """See ``ports.BatchStore``."""
        query = update(batch_items).where(_ITEM.batch_id == batch_id, _ITEM.position.in_(positions), _ITEM.state == ItemState.WAITING)
        async with self._database.changing() as connection:
            await connection.execute(query.values(state=str(ItemState.WORKING)))

    async def settle_items(self, batch_id: str, items: Sequence[BatchItem]) -> None:
        """See ``ports.BatchStore``."""
        async with self._database.changing() as connection:
            await connection.execute(_SETTLE, {"batch": batch_id, "rows": to_json([asdict(item) for item in items])})

    async def end_batch(self, batch_id: str, state: BatchState, now: datetime) -> None:
        """See ``ports.BatchStore``."""
        left = update(batch_items).where(_ITEM.batch_id == batch_id, _ITEM.state == ItemState.WAITING)
        async with self._database.changing() as connection:
            await connection.execute(left.values(state=str(ItemState.NOT_SENT), error=str(state)))
            await connection.execute(update(batches).where(batches.c.id == batch_id).values(state=str(state), ended_at=now))

    async def interrupt_batches(self, now: datetime) -> int:
        """See ``ports.BatchStore``."""
        async with self._database.changing() as connection:
            await connection.execute(_FOUND)
            await connection.execute(_LEFT)
            running = update(batches).where(batches.c.state == BatchState.RUNNING)
            return (await connection.execute(running.values(state=str(BatchState.INTERRUPTED), ended_at=now))).rowcount

    async def forget_batches(self, before: datetime) -> None:
        """See ``ports.BatchStore``."""
        old = select(batches.c.id).where(batches.c.created_at < before)
        async with self._database.changing() as connection:
            await connection.execute(delete(batch_items).where(_ITEM.batch_id.in_(old)))
            await connection.execute(delete(batches).where(batches.c.created_at < before))


def _batch(row: Any) -> Batch:
    return Batch(**dict(row._mapping) | {"kind": BatchKind(row.kind), "state": BatchState(row.state)})


def _result(row: Any) -> BatchResult:
    detail = row.detail if row.command_error is None else row.command_error
    return BatchResult(row.position, row.charger_id, row.state, row.command_id, row.error, detail, row.response)
