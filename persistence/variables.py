"""Variables of 2.x chargers: what was reported, what was told when asked for, what was written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import select

from persistence.database import Part, to_json
from persistence.outcome import Items, NewEvent, Outcome, json_rows
from persistence.tables import chargers, variable_values, variables
from persistence.wire import Wire
from voltaro.domain.fact import VariablesTold, VariablesWritten
from voltaro.domain.session import content_key
from voltaro.domain.variable import Variable, VariableName, reported

_TOLD = """
INSERT INTO variable_values AS known (charger_id, key, attribute, name, value, read_at)
SELECT charger_id, key, attribute, name, value, at
FROM json_to_recordset($1::json) AS new (charger_id text, key text, attribute text, name json, value text, at timestamptz)
ON CONFLICT (charger_id, key, attribute) DO UPDATE SET value = excluded.value, read_at = excluded.read_at
WHERE known.read_at IS NULL OR known.read_at <= excluded.read_at"""

_WRITTEN = """
INSERT INTO variable_values AS known (charger_id, key, attribute, name, written_value, written_status, written_reason, written_at)
SELECT charger_id, key, attribute, name, value, status, reason, at
FROM json_to_recordset($1::json) AS new
    (charger_id text, key text, attribute text, name json, value text, status text, reason text, at timestamptz)
ON CONFLICT (charger_id, key, attribute) DO UPDATE SET written_value = excluded.written_value, written_status = excluded.written_status,
    written_reason = excluded.written_reason, written_at = excluded.written_at"""

_Place = tuple[tuple[str | int | None, ...], str]


class VariableRows(Part):
    """``ports.variables.VariableStore``."""

    async def device_variables(self, charger_id: str) -> Sequence[Variable]:
        """By component and name; see the port."""
        report = select(variables.c.data, variables.c.received_at).where(variables.c.charger_id == charger_id)
        single = select(variable_values).where(variable_values.c.charger_id == charger_id)
        boot = select(chargers.c.boot_accepted_at).where(chargers.c.id == charger_id)
        async with self._database.reading() as connection:
            rebooted_at = (await connection.execute(boot)).scalar_one_or_none()
            told = (await connection.execute(report)).all()
            values = (await connection.execute(single)).all()
        found = _merged(told, values, rebooted_at)
        return sorted(found, key=lambda one: tuple((part is not None, part) for part in (*one.name.folded(), one.attribute)))


def _merged(told: Iterable[Any], values: Iterable[Any], rebooted_at: datetime | None) -> Iterable[Variable]:
    found: dict[_Place, Variable] = {}
    for row in told:
        for variable in reported(row.data if isinstance(row.data, Mapping) else {}, row.received_at):
            found[variable.name.folded(), variable.attribute] = replace(variable, rebooted_at=rebooted_at)
    for row in values:
        name = VariableName(*row.name)
        place = (name.folded(), row.attribute)
        known = found.get(place) or Variable(name, row.attribute, rebooted_at=rebooted_at)
        if row.read_at is not None and (known.read_at is None or row.read_at >= known.read_at):
            known = replace(known, value=row.value, read_at=row.read_at)
        written = {part: getattr(row, part) for part in ("written_value", "written_status", "written_reason", "written_at")}
        found[place] = replace(known, **written)
    return found.values()


async def write_told(wire: Wire, items: Items[VariablesTold], outcome: Outcome) -> None:
    rows: dict[tuple[str, str, str], dict[str, Any]] = {}
    for place, fact in items:
        for item in fact.items:
            row = _row(fact.charger_id, item.name, item.attribute, fact.at) | {"value": item.value}
            rows[fact.charger_id, row["key"], item.attribute] = row
        _tell(outcome, place, fact.charger_id, fact.at, {"read": len(fact.items), "unknown": 0, "whole": False})
    await wire.run(_TOLD, json_rows(rows[key] for key in sorted(rows)))


async def write_written(wire: Wire, items: Items[VariablesWritten], outcome: Outcome) -> None:
    rows: dict[tuple[str, str, str], dict[str, Any]] = {}
    for place, fact in items:
        for item in fact.items:
            row = _row(fact.charger_id, item.name, item.attribute, fact.at)
            row |= {"value": item.value, "status": item.status, "reason": item.reason}
            rows[fact.charger_id, row["key"], item.attribute] = row
            key = f"{item.name.component}.{item.name.name}"
            _tell(outcome, place, fact.charger_id, fact.at, {"key": key, "status": item.status})
    await wire.run(_WRITTEN, json_rows(rows[key] for key in sorted(rows)))


def _row(charger_id: str, name: VariableName, attribute: str, at: datetime) -> dict[str, Any]:
    return {"charger_id": charger_id, "key": content_key(to_json(name.folded())), "attribute": attribute, "name": list(name), "at": at}


def _tell(outcome: Outcome, place: int, charger_id: str, at: datetime, data: Mapping[str, Any]) -> None:
    outcome.events.append(NewEvent(place, "charger.configuration", at, charger_id, None, {"charger_id": charger_id, **data}))
