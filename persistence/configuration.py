"""Configuration keys of chargers: what they told and what was written to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from persistence.database import Part
from persistence.outcome import Items, NewEvent, Outcome, json_rows
from persistence.tables import configuration_keys, configurations
from persistence.wire import Wire
from voltaro.domain.configuration import MOST_KEYS, Configuration, ConfigurationKey, fold_key, read_whole
from voltaro.domain.fact import ConfigurationAsked, ConfigurationRebooted, ConfigurationTold, ConfigurationWritten
from voltaro.ports.configuration import ConfigurationFacts

_ASKED = """
INSERT INTO configurations (charger_id, firmware_version, attempts, asked_at, failure)
SELECT charger_id, firmware_version, attempts, at, failure
FROM json_to_recordset($1::json) AS new (charger_id text, firmware_version text, attempts integer, at timestamptz, failure text)
ON CONFLICT (charger_id) DO UPDATE SET firmware_version = excluded.firmware_version, attempts = excluded.attempts,
    asked_at = excluded.asked_at, failure = excluded.failure"""

# A reading that somebody else asked for counts for the firmware that the charger has now.
_READ = """
INSERT INTO configurations AS known (charger_id, firmware_version, read_at)
SELECT new.charger_id, chargers.firmware_version, new.at
FROM json_to_recordset($1::json) AS new (charger_id text, at timestamptz) LEFT JOIN chargers ON chargers.id = new.charger_id
ON CONFLICT (charger_id) DO UPDATE SET firmware_version = excluded.firmware_version, read_at = excluded.read_at, failure = NULL"""

_KEYS = """
INSERT INTO configuration_keys AS known (charger_id, key, name, value, readonly, known, read_at)
SELECT charger_id, key, name, value, readonly, known, at
FROM json_to_recordset($1::json) AS new (charger_id text, key text, name text, value text, readonly boolean, known boolean, at timestamptz)
ON CONFLICT (charger_id, key) DO UPDATE SET name = CASE WHEN excluded.known THEN excluded.name ELSE known.name END,
    value = excluded.value, readonly = excluded.readonly, known = excluded.known, read_at = excluded.read_at
WHERE known.read_at IS NULL OR known.read_at <= excluded.read_at"""

_TOO_MANY = """
DELETE FROM configuration_keys AS gone
USING (SELECT charger_id, key, row_number() OVER (PARTITION BY charger_id ORDER BY greatest(read_at, written_at) DESC, key) AS place
    FROM configuration_keys
    WHERE charger_id IN (SELECT charger_id FROM json_to_recordset($1::json) AS new (charger_id text, at timestamptz))) AS known
WHERE known.place > $2::integer AND gone.charger_id = known.charger_id AND gone.key = known.key"""

_WRITTEN = """
INSERT INTO configuration_keys AS known (charger_id, key, name, written_value, written_status, written_at, reboot_required)
SELECT charger_id, key, name, value, status, at, status IS NOT DISTINCT FROM 'RebootRequired'
FROM json_to_recordset($1::json) AS new (charger_id text, key text, name text, value text, status text, at timestamptz)
ON CONFLICT (charger_id, key) DO UPDATE SET written_value = excluded.written_value, written_status = excluded.written_status,
    written_at = excluded.written_at, reboot_required = known.reboot_required OR excluded.reboot_required"""

_SOMETHING_WRITTEN = """
INSERT INTO configurations (charger_id) SELECT charger_id FROM json_to_recordset($1::json) AS new (charger_id text)
ON CONFLICT DO NOTHING"""

_REBOOTED = """
UPDATE configuration_keys SET reboot_required = false
FROM json_to_recordset($1::json) AS new (charger_id text, at timestamptz)
WHERE configuration_keys.charger_id = new.charger_id AND configuration_keys.reboot_required
    AND configuration_keys.written_at <= new.at"""

_FACTS = text("""
SELECT charger_id, firmware_version, attempts, read_at IS NOT NULL AND (asked_at IS NULL OR read_at >= asked_at) AS is_read,
    (SELECT value FROM configuration_keys AS most
        WHERE most.charger_id = configurations.charger_id AND most.key = 'getconfigurationmaxkeys') AS most_keys,
    ARRAY(SELECT name FROM configuration_keys AS waiting
        WHERE waiting.charger_id = configurations.charger_id AND waiting.reboot_required) AS waiting
FROM configurations WHERE charger_id = ANY(:charger_ids)""")


class ConfigurationRows(Part):
    """``ports.configuration.ConfigurationStore``."""

    async def configuration(self, charger_id: str) -> Configuration:
        """Keys by name; an empty configuration where nothing is known."""
        names = [field.name for field in fields(ConfigurationKey)]
        table = configuration_keys.c
        keys = select(*(table[name] for name in names)).where(table.charger_id == charger_id).order_by(table.key)
        names_of_whole = [field.name for field in fields(Configuration) if field.name != "keys"]
        whole = select(*(configurations.c[name] for name in names_of_whole)).where(configurations.c.charger_id == charger_id)
        async with self._database.reading() as connection:
            row = (await connection.execute(whole)).one_or_none()  # first: its keys are there when it says that they were read
            found = tuple(ConfigurationKey(**key._mapping) for key in (await connection.execute(keys)).all())
        return Configuration(found) if row is None else Configuration(found, **row._mapping)


async def configuration_facts(connection: AsyncConnection, charger_ids: Sequence[str]) -> Mapping[str, ConfigurationFacts]:
    """What actors need, by charger; those of which nothing is known are missing."""
    rows = (await connection.execute(_FACTS, {"charger_ids": list(charger_ids)})).all()
    return {
        row.charger_id: ConfigurationFacts(
            row.firmware_version,
            row.attempts,
            row.is_read,
            None if row.most_keys is None else read_whole(row.most_keys),
            tuple(row.waiting),
        )
        for row in rows
    }


async def write_configuration_asked(wire: Wire, items: Items[ConfigurationAsked], outcome: Outcome) -> None:
    newest = {fact.charger_id: fact for _, fact in items}
    await wire.run(_ASKED, json_rows({name: getattr(newest[key], name) for name in newest[key].__slots__} for key in sorted(newest)))
    for place, fact in items:
        if fact.failure is not None:
            _tell(outcome, place, fact.charger_id, fact.at, {"failure": fact.failure})


async def write_configuration_told(wire: Wire, items: Items[ConfigurationTold], outcome: Outcome) -> None:
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    whole: dict[str, dict[str, Any]] = {}
    for place, fact in items:
        unknown: dict[str, Any] = {"value": None, "readonly": None, "known": False}
        told = [(key.name, {"value": key.value, "readonly": key.readonly, "known": True}) for key in fact.keys]
        for name, members in (*((name, unknown) for name in fact.unknown), *told):
            key = (fact.charger_id, fold_key(name))
            rows[key] = {"charger_id": fact.charger_id, "key": key[1], "name": name, "at": fact.at, **members}
        if fact.whole:
            whole[fact.charger_id] = {"charger_id": fact.charger_id, "at": fact.at}
        _tell(outcome, place, fact.charger_id, fact.at, {"read": len(fact.keys), "unknown": len(fact.unknown), "whole": fact.whole})
    if rows:
        await wire.run(_KEYS, json_rows(rows[key] for key in sorted(rows)))
    if whole:
        rows_of_whole = json_rows(whole[key] for key in sorted(whole))
        await wire.run(_READ, rows_of_whole)
        await wire.run(_TOO_MANY, rows_of_whole, b"%d" % MOST_KEYS)


async def write_configuration_written(wire: Wire, items: Items[ConfigurationWritten], outcome: Outcome) -> None:
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for place, fact in items:
        key = (fact.charger_id, fold_key(fact.key))
        rows[key] = {
            "charger_id": fact.charger_id,
            "key": key[1],
            "name": fact.key,
            "value": fact.value,
            "status": fact.status,
            "at": fact.at,
        }
        _tell(outcome, place, fact.charger_id, fact.at, {"key": fact.key, "status": fact.status})
    await wire.run(_WRITTEN, json_rows(rows[key] for key in sorted(rows)))
    await wire.run(_SOMETHING_WRITTEN, json_rows({"charger_id": charger_id} for charger_id in sorted({key[0] for key in rows})))


async def write_configuration_rebooted(wire: Wire, items: Items[ConfigurationRebooted], outcome: Outcome) -> None:
    newest = {fact.charger_id: fact for _, fact in items}
    await wire.run(_REBOOTED, json_rows({"charger_id": key, "at": newest[key].at} for key in sorted(newest)))
    for place, fact in items:
        _tell(outcome, place, fact.charger_id, fact.at, {"rebooted": True})


def _tell(outcome: Outcome, place: int, charger_id: str, at: Any, data: Mapping[str, Any]) -> None:
    outcome.events.append(NewEvent(place, "charger.configuration", at, charger_id, None, {"charger_id": charger_id, **data}))
