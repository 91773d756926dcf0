"""The anomalies of chargers: counted by charger, code and field, and looked at by charger or by make."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select, tuple_

from persistence import cursor as cursors
from persistence.database import Part
from persistence.outcome import Items, Outcome, json_rows
from persistence.tables import anomalies, chargers
from persistence.wire import Wire
from voltaro.domain.fact import AnomalySeen
from voltaro.ports import Page
from voltaro.ports.anomalies import AnomalyRow, HygieneQuery, HygieneRow

_ANOMALIES = """
INSERT INTO anomalies AS known (charger_id, code, field, count, first_seen, last_seen, message_id, example)
SELECT charger_id, code, field, count, first_seen, last_seen, message_id, example
FROM json_to_recordset($1::json) AS new (charger_id text, code text, field text, count bigint, first_seen timestamptz,
    last_seen timestamptz, message_id text, example text)
ON CONFLICT (charger_id, code, field) DO UPDATE SET count = known.count + excluded.count,
    first_seen = least(known.first_seen, excluded.first_seen), last_seen = greatest(known.last_seen, excluded.last_seen),
    message_id = coalesce(excluded.message_id, known.message_id), example = coalesce(excluded.example, known.example)"""

LONGEST_MESSAGE_ID = 255
LONGEST_NAME = 50
"""OCPP's own limit; a name that is longer is told apart by no more."""


async def write_anomalies(wire: Wire, items: Items[AnomalySeen], outcome: Outcome) -> None:
    """Those of one charger, code and field as one row."""
    rows: dict[tuple[str, str, str], dict[str, Any]] = {}
    for _, fact in items:
        code, field, example = fact.anomaly
        before = rows.get((fact.charger_id, code, field), {})
        rows[fact.charger_id, code, field] = {
            "charger_id": fact.charger_id,
            "code": code,
            "field": field,
            "count": before.get("count", 0) + fact.count,
            "first_seen": before.get("first_seen", fact.first_seen),
            "last_seen": fact.last_seen,
            "message_id": before.get("message_id") if fact.message_id is None else fact.message_id[:LONGEST_MESSAGE_ID],
            "example": before.get("example") if example is None else example,
        }
    await wire.run(_ANOMALIES, json_rows(rows[key] for key in sorted(rows)))


class AnomaliesStore(Part):
    """``ports.AnomalyStore``."""

    async def anomalies(self, charger_id: str, *, limit: int, cursor: str | None = None) -> Page[AnomalyRow]:
        """By code and field, so that a page holds still while they are counted."""
        table = anomalies.c
        query = select(anomalies).where(table.charger_id == charger_id).order_by(table.code, table.field).limit(limit + 1)
        if cursor is not None:
            query = query.where(tuple_(table.code, table.field) > cursors.decode("anomalies", cursor, str, str))
        async with self._database.reading() as connection:
            rows = (await connection.execute(query)).all()
        return cursors.page("anomalies", rows, limit, lambda row: (row.code, row.field), lambda row: AnomalyRow(**row._mapping))

    async def hygiene(self, query: HygieneQuery, *, limit: int, cursor: str | None = None) -> Page[HygieneRow]:
        """By vendor, model, firmware, code and field."""
        table = anomalies.c
        make = [func.left(func.coalesce(chargers.c[name], ""), LONGEST_NAME) for name in ("vendor", "model", "firmware_version")]
        keys = (*make, table.code, table.field)
        counted = (
            select(
                *(key.label(name) for key, name in zip(make, ("vendor", "model", "firmware_version"), strict=True)),
                table.code,
                table.field,
                func.count().label("chargers"),
                func.sum(table.count).label("count"),
                func.min(table.first_seen).label("first_seen"),
                func.max(table.last_seen).label("last_seen"),
            )
            .join(chargers, chargers.c.id == table.charger_id)
            .group_by(*keys)
            .order_by(*keys)
            .limit(limit + 1)
        )
        for key, wanted in zip((*make, table.code), (query.vendor, query.model, query.firmware_version, query.code), strict=True):
            if wanted is not None:
                counted = counted.where(key == wanted)
        if cursor is not None:
            counted = counted.where(tuple_(*keys) > cursors.decode("hygiene", cursor, str, str, str, str, str))
        async with self._database.reading() as connection:
            rows = (await connection.execute(counted)).all()
        return cursors.page("hygiene", rows, limit, lambda row: tuple(row)[:5], _hygiene)


def _hygiene(row: Any) -> HygieneRow:
    values = dict(row._mapping)
    for name in ("vendor", "model", "firmware_version"):
        values[name] = values[name] or None
    return HygieneRow(**{**values, "count": int(values["count"])})
