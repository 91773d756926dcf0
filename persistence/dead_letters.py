"""Frames that were put aside: written once for each content, listed, and settled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from persistence import cursor as cursors
from persistence.database import Part, note
from persistence.outcome import Items, NewEvent, Outcome, event_rows, json_rows
from persistence.tables import kept_frames
from persistence.wire import Wire
from voltaro.domain.dead_letter import FrameState, fingerprint
from voltaro.domain.fact import FrameKept
from voltaro.domain.resolution import NotNow
from voltaro.ports import FrameQuery, KeptFrame, Page, Redriven

# A batch that is written again, because its COMMIT was in doubt, counts nothing twice. What comes again after it was handed
# over waits again: it was not as well as it seemed.
_FRAMES = """
INSERT INTO kept_frames AS known (charger_id, kind, action, message_id, protocol, raw, reason, stack, received_at, digest, count)
SELECT charger_id, kind, action, message_id, protocol, decode(raw, 'hex'), reason, stack, received_at, digest, count
FROM json_to_recordset($1::json) AS new (charger_id text, kind text, action text, message_id text, protocol text, raw text, reason text,
    stack text, received_at timestamptz, digest text, count integer)
ON CONFLICT (charger_id, digest) DO UPDATE SET kind = excluded.kind, message_id = excluded.message_id, protocol = excluded.protocol,
    raw = excluded.raw, reason = excluded.reason, stack = coalesce(excluded.stack, known.stack),
    last_received_at = excluded.received_at, count = known.count + excluded.count,
    state = CASE known.state WHEN 'discarded' THEN 'discarded' ELSE 'waiting' END
WHERE (known.message_id, coalesce(known.last_received_at, known.received_at))
    IS DISTINCT FROM (excluded.message_id, excluded.received_at)
RETURNING id, charger_id, digest, xmax = 0"""

_FRAME = [kept_frames.c["digest" if field.name == "fingerprint" else field.name].label(field.name) for field in fields(KeptFrame)]


async def write_frames(wire: Wire, items: Items[FrameKept], outcome: Outcome) -> None:
    """Frames, those of one content as one row."""
    newest: dict[tuple[str, str], tuple[int, FrameKept]] = {}
    seen: dict[tuple[str, str], set[tuple[object, ...]]] = {}
    for place, fact in items:
        key = (fact.charger_id, fingerprint(fact.charger_id, fact.action, fact.raw))
        newest[key] = (place, fact)
        seen.setdefault(key, set()).add((fact.message_id, fact.received_at))
    rows = (_frame_row(newest[key][1], key[1], len(seen[key])) for key in sorted(newest))
    for frame_id, charger_id, digest, is_new in await wire.rows(_FRAMES, json_rows(rows)):
        if is_new:
            place, fact = newest[charger_id, digest]
            data = {"id": frame_id, "charger_id": charger_id, "kind": fact.kind, "action": fact.action, "reason": _storable(fact.reason)}
            outcome.events.append(NewEvent(place, "dead_letter.kept", fact.received_at, charger_id, None, data))


def _frame_row(fact: FrameKept, digest: str, count: int) -> dict[str, Any]:
    row: dict[str, Any] = {name: getattr(fact, name) for name in FrameKept.__slots__}
    texts = {name: _storable(row[name]) for name in ("message_id", "action", "reason", "stack")}
    return row | texts | {"raw": fact.raw.hex(), "digest": digest, "count": count}


def _storable(text: str | None) -> str | None:
    """What is put aside must not be poison itself."""
    return None if text is None else text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()


class DeadLetterStore(Part):
    """Frames put aside, of ``ports.Store``."""

    async def kept_frames(self, query: FrameQuery, *, limit: int, cursor: str | None = None) -> Page[KeptFrame]:
        """Newest first."""
        table = kept_frames.c
        listed = select(*_FRAME).order_by(table.id.desc()).limit(limit + 1)
        for column, wanted in ((table.charger_id, query.charger_id), (table.kind, query.kind), (table.state, query.state)):
            if wanted is not None:
                listed = listed.where(column == str(wanted))
        if cursor is not None:
            listed = listed.where(table.id < cursors.decode("frames", cursor, int)[0])
        async with self._database.reading() as connection:
            rows = (await connection.execute(listed)).all()
        return cursors.page("frames", rows, limit, lambda row: (row.id,), _frame)

    async def kept_frame(self, frame_id: int) -> KeptFrame | None:
        async with self._database.reading() as connection:
            row = (await connection.execute(select(*_FRAME).where(kept_frames.c.id == frame_id))).one_or_none()
        return None if row is None else _frame(row)

    async def settle_frame(self, frame_id: int, result: Redriven, by: str) -> KeptFrame | None:
        """Record what came of handing it over again: done, or it waits on. Raises NotNow when it does not wait any more."""
        state = FrameState.REDRIVEN if result.done else FrameState.WAITING
        return await self._settle(frame_id, "dead_letter.redriven", state, result.outcome, by, attempts=1)

    async def discard_frame(self, frame_id: int, reason: str, by: str) -> KeptFrame | None:
        """It will never be handed over. Raises NotNow when it does not wait any more, unless it was discarded so."""
        return await self._settle(frame_id, "dead_letter.discarded", FrameState.DISCARDED, reason, by)

    async def _settle(self, frame_id: int, word: str, state: FrameState, outcome: str, by: str, attempts: int = 0) -> KeptFrame | None:
        table = kept_frames.c
        async with self._database.changing() as connection:
            row = (await connection.execute(select(*_FRAME).where(table.id == frame_id).with_for_update())).one_or_none()
            if row is None:
                return None
            before = _frame(row)
            if before.state is state is FrameState.DISCARDED and before.outcome == outcome:
                return before
            if before.state is not FrameState.WAITING:
                raise NotNow(f"dead letter {frame_id} is {before.state} already")
            change = update(kept_frames).where(table.id == frame_id)
            values = {"state": str(state), "outcome": _storable(outcome), "resolved_by": by, "resolved_at": func.now()}
            row = (await connection.execute(change.values(**values, attempts=table.attempts + attempts).returning(*_FRAME))).one()
            after = _frame(row)
            await note(connection, by, word, str(frame_id), before=_brief(before), after=_brief(after))
            await _tell(connection, word, after)
            return after


async def _tell(connection: AsyncConnection, word: str, frame: KeptFrame) -> None:
    """The durable event, last in the transaction."""
    at = frame.resolved_at or frame.received_at
    data = {"id": frame.id, "charger_id": frame.charger_id, "action": frame.action, **_brief(frame)}
    rows = event_rows([NewEvent(0, word, at, frame.charger_id, None, data)])
    await connection.exec_driver_sql("SELECT record_events(%s::json)", (rows.decode(),))


def _brief(frame: KeptFrame) -> Mapping[str, Any]:
    return {"state": frame.state, "attempts": frame.attempts, "outcome": frame.outcome}


def _frame(row: Any) -> KeptFrame:
    values = dict(row._mapping)
    values["raw"], values["state"] = bytes(values["raw"]), FrameState(values["state"])
    return KeptFrame(**values)
