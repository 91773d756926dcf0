"""The figures of the fleet over time: buckets of five minutes, and the ledger of what has been counted in them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Update, delete, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import Insert, insert

from persistence.database import Part, among
from persistence.outcome import json_rows
from persistence.tables import fleet_figures, fleet_ledger, sessions
from voltaro.domain.figures import Delivered, Ledger
from voltaro.ports.sites import BucketRow, FiguresPoint

MOST_NEW = 5000
"""New sessions looked at in one go: after an import of old ones they are gone through a few thousand a minute."""

_ADD = text("""
INSERT INTO fleet_figures AS known (site_id, at, samples, power_sum_w, power_max_w, energy_wh, online, charging, sessions)
SELECT site_id, at, samples, power_w, power_w, energy_wh, online, charging, sessions
FROM json_to_recordset(CAST(:rows AS json)) AS new (site_id text, at timestamptz, samples integer, power_w bigint, energy_wh bigint,
    online integer, charging integer, sessions integer)
ON CONFLICT (site_id, at) DO UPDATE SET samples = known.samples + excluded.samples, power_sum_w = known.power_sum_w + excluded.power_sum_w,
    power_max_w = greatest(known.power_max_w, excluded.power_max_w), energy_wh = known.energy_wh + excluded.energy_wh,
    online = greatest(known.online, excluded.online), charging = greatest(known.charging, excluded.charging),
    sessions = greatest(known.sessions, excluded.sessions)
""")

_READ = text("""
SELECT date_bin(:step, at, timestamptz '2000-01-01 00:00+00') AS at, (sum(power_sum_w) / nullif(sum(samples), 0))::bigint AS power_w,
    max(power_max_w) AS power_max_w, sum(energy_wh)::bigint AS energy_wh, max(online) AS online, max(charging) AS charging,
    max(sessions) AS sessions
FROM fleet_figures WHERE site_id = :site_id AND at >= :since
GROUP BY 1 ORDER BY 1
""")

_SINCE = text("""
SELECT asked.site_id, (SELECT sum(energy_wh)::bigint FROM fleet_figures WHERE site_id = asked.site_id AND at >= asked.since)
FROM json_to_recordset(CAST(:asked AS json)) AS asked (site_id text, since timestamptz)
""")


class FiguresRows(Part):
    """``ports.FiguresStore``."""

    async def ledger(self) -> Ledger:
        """See ``ports.FiguresStore``."""
        async with self._database.reading() as connection:
            row = (await connection.execute(select(fleet_ledger))).one_or_none()
            if row is not None:
                return Ledger(row.newest_session_id, {int(key): energy for key, energy in row.energies.items()}, row.version)
            newest = await connection.scalar(select(sessions.c.id).order_by(sessions.c.id.desc()).limit(1))
            running = select(sessions.c.id, sessions.c.energy_wh).where(sessions.c.state == "active")
            return Ledger(newest or 0, {row.id: row.energy_wh for row in (await connection.execute(running)).all()})

    async def delivered(self, session_ids: Collection[int], *, after: int) -> Sequence[Delivered]:
        """See ``ports.FiguresStore``."""
        table = sessions.c
        query = select(table.id, table.charger_id, table.energy_wh, table.state, table.ended_at, table.received_at)
        wanted = or_(table.id > after, among(table.id, session_ids)) if session_ids else table.id > after
        async with self._database.reading() as connection:
            rows = (await connection.execute(query.where(wanted).order_by(table.id).limit(MOST_NEW + len(session_ids)))).all()
        return [
            Delivered(
                row.id,
                row.charger_id,
                row.energy_wh,
                None if row.state == "active" else row.ended_at or row.received_at,
                row.state in ("active", "ended"),
            )
            for row in rows
        ]

    async def add_figures(self, rows: Sequence[BucketRow], ledger: Ledger) -> bool:
        """See ``ports.FiguresStore``."""
        values = {"version": ledger.version, "newest_session_id": ledger.newest, "energies": dict(ledger.energies)}
        turn: Insert | Update
        if ledger.version == 1:
            turn = insert(fleet_ledger).values(id=1, **values).on_conflict_do_nothing()
        else:
            turn = update(fleet_ledger).where(fleet_ledger.c.version == ledger.version - 1).values(values)
        async with self._database.changing() as connection:
            if not (await connection.execute(turn)).rowcount:
                return False
            await connection.execute(_ADD, {"rows": json_rows(rows).decode()})
            return True

    async def figures(self, site_id: str, since: datetime, step: timedelta) -> Sequence[FiguresPoint]:
        async with self._database.reading() as connection:
            rows = (await connection.execute(_READ, {"site_id": site_id, "since": since, "step": step})).all()
        return [FiguresPoint(**row._mapping) for row in rows]

    async def energy_since(self, since: Mapping[str, datetime]) -> Mapping[str, int]:
        asked = json_rows({"site_id": site_id, "since": moment} for site_id, moment in since.items())
        async with self._database.reading() as connection:
            rows = (await connection.execute(_SINCE, {"asked": asked.decode()})).all()
        return {row[0]: row[1] or 0 for row in rows}

    async def running(self) -> tuple[int, int]:
        query = select(func.count(), func.coalesce(func.sum(sessions.c.power_w), 0)).where(sessions.c.state == "active")
        async with self._database.reading() as connection:
            count, power_w = (await connection.execute(query)).one()
            return count, int(power_w)

    async def retire_figures(self, before: datetime) -> None:
        async with self._database.changing() as connection:
            await connection.execute(delete(fleet_figures).where(fleet_figures.c.at < before))
