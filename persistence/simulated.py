"""What is simulated: made known with its mark, counted, and removed with everything that hangs on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from persistence.database import Part, among, note, notify
from persistence.tables import chargers, events, messages, metadata, meter_values, sessions, tags, uploads
from voltaro.domain.charger import Registration
from voltaro.domain.tag import Tag, fold_tag
from voltaro.ports import IdentityTaken, Simulated, VirtualIdentity

_A_TURN = 10
"""Chargers whose history is removed in one transaction: a demonstration that ran for days has millions of rows."""

_STAYING = (uploads,)
"""An upload's row goes after its file, by the daily upkeep."""
_NAMED = {"sessions": sessions, "meter_values": meter_values, "messages": messages, "events": events}
_OF_CHARGERS = tuple(table for table in metadata.sorted_tables if "charger_id" in table.c and table not in (sessions, *_STAYING))
_OF_SESSIONS = tuple(table for table in metadata.sorted_tables if "session_id" in table.c and "charger_id" not in table.c)
"""Whatever hangs on a charger or on a session, tables to come included."""


class SimulatedStore(Part):
    """``ports.SimulatedRecords``."""

    async def add_simulated(self, chargers_: Sequence[VirtualIdentity], tags_: Sequence[Tag], by: str) -> None:
        """See ``ports.SimulatedRecords``. Raises IdentityTaken."""
        rows = [
            {
                "id": one.id,
                "registration": Registration.ACCEPTED,
                "protocol": one.protocol,
                "salt": one.salt,
                "password_hash": one.password_hash,
                "simulated": True,
            }
            for one in chargers_
        ]
        async with self._database.changing() as connection:
            ids = [row["id"] for row in rows]
            real = await connection.scalars(select(chargers.c.id).where(among(chargers.c.id, ids), ~chargers.c.simulated))
            taken = list(real.all())
            if taken:
                raise IdentityTaken(f"a real charger is called {taken[0]!r}; give another prefix")
            made = insert(chargers).values(rows)
            renewed = {name: made.excluded[name] for name in ("registration", "protocol", "salt", "password_hash")}
            await connection.execute(made.on_conflict_do_update(index_elements=["id"], set_=renewed, where=chargers.c.simulated))
            cards = [
                {"key": fold_tag(tag.id_tag), "id_tag": tag.id_tag, "status": tag.status, "note": tag.note, "simulated": True}
                for tag in tags_
            ]
            if cards:
                await connection.execute(insert(tags).values(cards).on_conflict_do_nothing())
            await note(connection, by, "simulator.added", "", {"chargers": ids})
            await notify(connection, "charger")
            await notify(connection, "tag")

    async def simulated_chargers(self) -> Sequence[str]:
        async with self._database.reading() as connection:
            return list((await connection.scalars(select(chargers.c.id).where(chargers.c.simulated).order_by(chargers.c.id))).all())

    async def count_simulated(self) -> Simulated:
        async with self._database.reading() as connection:
            ids = await _doomed(connection)
            known = await _count(connection, chargers, chargers.c.simulated)
            cards = await _count(connection, tags, tags.c.simulated)
            counts = dict.fromkeys(_NAMED, 0)
            other = 0
            counts["sessions"] = await _count(connection, sessions, _sessions_of(ids))
            for table, fits in _parts(ids):
                found = await _count(connection, table, fits)
                if table.name in counts:
                    counts[table.name] += found
                else:
                    other += found
        return Simulated(known, cards, other=other, **counts)

    async def remove_simulated(self, charger_ids: Sequence[str] | None, by: str) -> Simulated:
        """See ``ports.SimulatedRecords``. Their history goes some chargers at a time, they themselves last: what is cut short is done
        again by doing it again."""
        async with self._database.reading() as connection:
            ids = await _doomed(connection, charger_ids)
        gone = await self._forget(ids)
        async with self._database.changing() as connection:
            known = (await connection.execute(delete(chargers).where(among(chargers.c.id, ids), chargers.c.simulated))).rowcount
            cards = 0
            if charger_ids is None:
                cards = (await connection.execute(delete(tags).where(tags.c.simulated))).rowcount
            detail = {"chargers": known, "tags": cards, "sessions": gone.sessions}
            await note(connection, by, "simulator.removed", "" if charger_ids is None else ",".join(charger_ids)[:200], detail)
            await notify(connection, "charger")
            await notify(connection, "tag")
        return replace(gone, chargers=known, tags=cards)

    async def forget_history(self, charger_ids: Sequence[str]) -> Simulated:
        """See ``ports.SimulatedRecords``."""
        async with self._database.reading() as connection:
            known = set((await connection.scalars(select(chargers.c.id).where(among(chargers.c.id, charger_ids)))).all())
        return await self._forget([charger_id for charger_id in charger_ids if charger_id not in known])

    async def _forget(self, ids: Sequence[str]) -> Simulated:
        """Remove what hangs on these chargers."""
        counts = dict.fromkeys(_NAMED, 0)
        other = 0
        for first in range(0, len(ids), _A_TURN):
            some = ids[first : first + _A_TURN]
            async with self._database.changing() as connection:
                for table, fits in _parts(some):
                    gone = (await connection.execute(delete(table).where(fits))).rowcount
                    if table.name in counts:
                        counts[table.name] += gone
                    else:
                        other += gone
                counts["sessions"] += (await connection.execute(delete(sessions).where(_sessions_of(some)))).rowcount
        return Simulated(other=other, **counts)


async def _doomed(connection: AsyncConnection, charger_ids: Sequence[str] | None = None) -> list[str]:
    """The chargers in question: those marked, and those that were removed by themselves and have left marked sessions.
    A real charger is never among them."""
    marked = select(chargers.c.id.label("id")).where(chargers.c.simulated)
    left = select(sessions.c.charger_id.label("id")).where(sessions.c.simulated)
    everything = marked.union(left).subquery()
    real = select(chargers.c.id).where(~chargers.c.simulated, chargers.c.id == everything.c.id).exists()
    query = select(everything.c.id).where(~real).order_by(everything.c.id)
    if charger_ids is not None:
        query = query.where(among(everything.c.id, charger_ids))
    return list((await connection.scalars(query)).all())


def _sessions_of(ids: Sequence[str]) -> ColumnElement[bool]:
    return and_(among(sessions.c.charger_id, ids), sessions.c.simulated)


def _parts(ids: Sequence[str]) -> list[tuple[Table, ColumnElement[bool]]]:
    """What hangs on these chargers and on their sessions, which are still there."""
    of_sessions = select(sessions.c.id).where(_sessions_of(ids))
    parts: list[tuple[Table, ColumnElement[bool]]] = [(table, table.c.session_id.in_(of_sessions)) for table in _OF_SESSIONS]
    for table in _OF_CHARGERS:
        if table is meter_values:
            # Its indexes are by session, and by charger where there is none.
            parts.append((table, table.c.session_id.in_(of_sessions)))
            parts.append((table, and_(table.c.session_id.is_(None), among(table.c.charger_id, ids))))
        else:
            parts.append((table, among(table.c.charger_id, ids)))
    return parts


async def _count(connection: AsyncConnection, table: Table, fits: Any) -> int:
    return int(await connection.scalar(select(func.count()).select_from(table).where(fits)) or 0)
