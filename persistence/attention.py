"""What is stored of troubles: chargers that were not seen, sessions and frames that wait, certificates that end; and what is muted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import and_, delete, func, or_, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from persistence.database import Part, note
from persistence.tables import attention_mutes, chargers, kept_frames, security_events, sessions
from voltaro.domain.attention import Alarm, Expiring, Heap, Kind, Mute, OpenSession, Patience, Troubles
from voltaro.domain.certificate import HELD
from voltaro.domain.charger import Registration
from voltaro.domain.security import CRITICAL

NEWEST_ALARMS = 500
"""How many of the newest security events are looked through: they are found by their id, at their table's right end."""

_EXPIRING = text("""
SELECT charger_id, common_name, not_after
FROM (
    SELECT DISTINCT ON (charger_id) charger_id, certificates.common_name, not_after
    FROM certificates JOIN chargers ON chargers.id = charger_id
    WHERE state = ANY(:held) AND not_after IS NOT NULL
    ORDER BY charger_id, not_after DESC
) AS newest
WHERE not_after < :before
""")


class AttentionRows(Part):
    """``ports.AttentionStore``."""

    async def troubles(self, now: datetime, patience: Patience) -> Troubles:
        """Each by an index or from a table that is small, whatever the fleet's history."""
        async with self._database.reading() as connection:
            return Troubles(
                unseen=await _unseen(connection, now - patience.offline, now - patience.offline_in_session),
                open_sessions=await _open_sessions(connection),
                unresolved=await _heap(connection, sessions.c.received_at, sessions.c.state, "unresolved"),
                dead_letters=await _heap(connection, kept_frames.c.received_at, kept_frames.c.state, "waiting"),
                expiring=await _expiring(connection, now + patience.certificate),
                alarms=await _alarms(connection, now - patience.security),
            )

    async def mutes(self, now: datetime) -> Sequence[Mute]:
        query = select(attention_mutes).where(attention_mutes.c.until > now)
        async with self._database.reading() as connection:
            return [Mute(**{**row._mapping, "kind": Kind(row.kind)}) for row in (await connection.execute(query)).all()]

    async def mute(self, mute: Mute) -> None:
        """Those that are over are forgotten on the way."""
        values = asdict(mute)
        made = insert(attention_mutes).values(values)
        async with self._database.changing() as connection:
            await connection.execute(delete(attention_mutes).where(attention_mutes.c.until <= mute.muted_at))
            await connection.execute(made.on_conflict_do_update(index_elements=["item"], set_={**values}))
            shown = {"kind": mute.kind, "until": mute.until, "note": mute.note, "item": mute.item}
            await note(connection, mute.muted_by, "attention.muted", mute.charger_id or "", shown)

    async def unmute(self, item: str, by: str) -> bool:
        gone = delete(attention_mutes).where(attention_mutes.c.item == item).returning(attention_mutes.c.kind, attention_mutes.c.charger_id)
        async with self._database.changing() as connection:
            row = (await connection.execute(gone)).one_or_none()
            if row is None:
                return False
            await note(connection, by, "attention.unmuted", row.charger_id or "", {"kind": row.kind, "item": item})
            return True


async def _unseen(
    connection: AsyncConnection, before: datetime, in_session_before: datetime
) -> list[tuple[str, datetime | None, datetime]]:
    """Accepted chargers that were not seen since; those that never were, once they are known for a day."""
    table = chargers.c
    has_session = table.id.in_(select(sessions.c.charger_id).where(sessions.c.state == "active"))
    late = or_(
        table.last_seen < before,
        and_(table.last_seen < in_session_before, has_session),
        and_(table.last_seen.is_(None), table.created_at < text("now() - interval '1 day'")),
    )
    query = select(table.id, table.last_seen, table.created_at).where(table.registration == Registration.ACCEPTED.value, late)
    return [tuple(row) for row in (await connection.execute(query)).all()]


async def _open_sessions(connection: AsyncConnection) -> list[OpenSession]:
    table = sessions.c
    query = select(table.id, table.charger_id, table.evse_id, table.started_at).where(table.state == "active").order_by(table.id)
    return [OpenSession(*row) for row in (await connection.execute(query)).all()]


async def _heap(connection: AsyncConnection, at: Any, state: Any, waits: str) -> Heap:
    count, oldest = (await connection.execute(select(func.count(), func.min(at)).where(state == waits))).one()
    return Heap(count, oldest)


async def _expiring(connection: AsyncConnection, before: datetime) -> list[Expiring]:
    """By the newest of what a charger holds: the one before it may end."""
    rows = await connection.execute(_EXPIRING, {"held": [state.value for state in HELD], "before": before})
    return [Expiring(*row) for row in rows.all()]


async def _alarms(connection: AsyncConnection, after: datetime) -> list[Alarm]:
    table = security_events.c
    newest = select(table.charger_id, table.type, table.received_at).order_by(table.id.desc()).limit(NEWEST_ALARMS).subquery()
    query = (
        select(newest.c.charger_id, newest.c.type, func.count(), func.max(newest.c.received_at))
        .where(newest.c.received_at > after, newest.c.type.in_(sorted(CRITICAL)))
        .group_by(newest.c.charger_id, newest.c.type)
    )
    return [Alarm(*row) for row in (await connection.execute(query)).all()]
