"""What chargers have agreed to have in or out of service: written when they agree, read when their actors start."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from persistence.database import among
from persistence.outcome import Items, Outcome, json_rows
from persistence.tables import service_wishes
from persistence.wire import Wire
from voltaro.domain.charger import ServiceWish
from voltaro.domain.fact import AvailabilitySet

# What is said of the whole is said of its parts.
_FORGET = """
DELETE FROM service_wishes USING json_to_recordset($1::json) AS new (charger_id text, evse_id integer, connector_id integer)
WHERE service_wishes.charger_id = new.charger_id AND new.evse_id IN (0, service_wishes.evse_id)
    AND new.connector_id IN (0, service_wishes.connector_id)"""
_KEEP = """
INSERT INTO service_wishes (charger_id, evse_id, connector_id, operative, at)
SELECT charger_id, evse_id, connector_id, operative, at
FROM json_to_recordset($1::json) AS new (charger_id text, evse_id integer, connector_id integer, operative boolean, at timestamptz)"""


async def write_availability(wire: Wire, items: Items[AvailabilitySet], outcome: Outcome) -> None:
    """One after the other: an operator says this seldom."""
    for _, fact in items:
        row = json_rows([{"charger_id": fact.charger_id, **fact.wish._asdict()}])
        await wire.run(_FORGET, row)
        await wire.run(_KEEP, row)


async def wishes_of(connection: AsyncConnection, charger_ids: Sequence[str]) -> Mapping[str, tuple[ServiceWish, ...]]:
    """The wishes by charger, oldest first; chargers without any are missing."""
    table = service_wishes.c
    query = select(table.charger_id, table.evse_id, table.connector_id, table.operative, table.at)
    found: dict[str, tuple[ServiceWish, ...]] = {}
    for charger_id, *wish in (await connection.execute(query.where(among(table.charger_id, charger_ids)).order_by(table.at))).all():
        found[charger_id] = (*found.get(charger_id, ()), ServiceWish(*wish))
    return found
