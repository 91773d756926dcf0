"""Charging profiles that chargers hold, and how each is to be told of them: written as facts, read by the store."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Row, and_, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from persistence.database import Part, among, json_text, note
from persistence.outcome import Items, NewEvent, Outcome, json_rows
from persistence.tables import chargers, charging_profiles, charging_settings
from persistence.wire import Wire
from voltaro.domain.charging import ChargingProfile, HeldProfile, RateUnit
from voltaro.domain.charging_rules import ProfileLimits, Variant
from voltaro.domain.fact import ProfileHeld, ProfilesGone
from voltaro.ports import ChargingSettings

_PUT_ASIDE = """
DELETE FROM charging_profiles USING json_to_recordset($1::json) AS new (charger_id text, evse_id integer, purpose text,
    stack_level integer)
WHERE charging_profiles.charger_id = new.charger_id AND charging_profiles.evse_id = new.evse_id
    AND charging_profiles.purpose = new.purpose AND charging_profiles.stack_level = new.stack_level"""

_PUT = """
INSERT INTO charging_profiles (charger_id, profile_id, evse_id, purpose, stack_level, profile, set_at, set_by, waits_for)
SELECT charger_id, profile_id, evse_id, purpose, stack_level, profile::json, set_at, set_by, waits_for
FROM json_to_recordset($1::json) AS new (charger_id text, profile_id integer, evse_id integer, purpose text, stack_level integer,
    profile text, set_at timestamptz, set_by text, waits_for text)
ON CONFLICT (charger_id, profile_id) DO UPDATE SET evse_id = excluded.evse_id, purpose = excluded.purpose,
    stack_level = excluded.stack_level, profile = excluded.profile, set_at = excluded.set_at, set_by = excluded.set_by,
    waits_for = excluded.waits_for"""

_DELETE = """
DELETE FROM charging_profiles USING json_to_recordset($1::json) AS old (charger_id text, profile_id integer)
WHERE charging_profiles.charger_id = old.charger_id AND charging_profiles.profile_id = old.profile_id"""


class ProfileStore(Part):
    """The charging profiles of ``ports.Store``."""

    async def held_profiles(self, charger_id: str) -> Sequence[HeldProfile]:
        """By evse, purpose and stack level."""
        async with self._database.reading() as connection:
            return (await profiles_of(connection, [charger_id]))[charger_id]

    async def charging_settings(self, charger_id: str) -> ChargingSettings:
        async with self._database.reading() as connection:
            row = (await connection.execute(select(charging_settings).where(charging_settings.c.charger_id == charger_id))).one_or_none()
        return ChargingSettings() if row is None else _settings(row)

    async def change_charging_settings(self, charger_id: str, settings: ChargingSettings, by: str) -> None:
        limits = settings.limits
        values = {
            "try_variants": settings.try_variants,
            "variant": settings.variant,
            "max_stack_level": limits.max_stack_level,
            "max_periods": limits.max_periods,
            "rate_units": None if limits.units is None else ",".join(sorted(limits.units)),
            "reserve_evse_zero": settings.reserve_evse_zero,
        }
        query = (
            insert(charging_settings)
            .values(charger_id=charger_id, **values)
            .on_conflict_do_update(index_elements=["charger_id"], set_=values)
        )
        told = select(*(charging_settings.c[name] for name in values)).where(charging_settings.c.charger_id == charger_id)
        async with self._database.changing() as connection:
            row = (await connection.execute(told)).one_or_none()
            await connection.execute(query)
            before = {} if row is None else row._mapping
            await note(connection, by, "charger.charging_settings", charger_id, before=before, after=values)

    async def learn_variant(self, charger_id: str, variant: Variant) -> None:
        """A charger has accepted a profile said so."""
        query = insert(charging_settings).values(charger_id=charger_id, variant=variant)
        async with self._database.changing() as connection:
            await connection.execute(query.on_conflict_do_update(index_elements=["charger_id"], set_={"variant": variant}))

    async def variant_of_model(self, charger_id: str) -> Variant | None:
        """The way that has worked for most other chargers of the same vendor and model."""
        twin, learned = chargers.alias(), charging_settings.c
        same = and_(twin.c.vendor == chargers.c.vendor, twin.c.model == chargers.c.model, twin.c.id != charger_id)
        query = (
            select(learned.variant)
            .select_from(chargers.join(twin, same).join(charging_settings, learned.charger_id == twin.c.id))
            .where(chargers.c.id == charger_id, learned.variant.is_not(None))
            .group_by(learned.variant)
            .order_by(func.count().desc(), learned.variant)
            .limit(1)
        )
        async with self._database.reading() as connection:
            found = await connection.scalar(query)
        return None if found is None else Variant(found)


async def profiles_of(connection: AsyncConnection, charger_ids: Sequence[str]) -> Mapping[str, tuple[HeldProfile, ...]]:
    """What these chargers hold."""
    table = charging_profiles.c
    query = select(charging_profiles).where(among(table.charger_id, charger_ids))
    found: dict[str, tuple[HeldProfile, ...]] = defaultdict(tuple)
    ordered = query.order_by(table.charger_id, table.evse_id, table.purpose, table.stack_level, table.profile_id)
    for row in (await connection.execute(ordered)).all():
        profile = msgspec.convert(row.profile, ChargingProfile)
        found[row.charger_id] += (HeldProfile(row.evse_id, profile, row.set_at, row.set_by, row.waits_for),)
    return found


async def write_held(wire: Wire, items: Items[ProfileHeld], outcome: Outcome) -> None:
    for place, fact in items:
        held = fact.held
        where = {"charger_id": fact.charger_id, "evse_id": held.evse_id, "purpose": held.profile.purpose}
        where["stack_level"] = held.profile.stack_level
        await wire.run(_PUT_ASIDE, json_rows([where]))
        profile = json_text(msgspec.to_builtins(held.profile))
        told = {"profile_id": held.profile.id, "set_at": held.set_at, "set_by": held.set_by, "waits_for": held.waits_for}
        await wire.run(_PUT, json_rows([where | told | {"profile": profile}]))
        data = where | {"profile_id": held.profile.id, "set_by": held.set_by, "transaction_id": held.profile.transaction_id}
        outcome.events.append(NewEvent(place, "charging_profile.set", held.set_at, fact.charger_id, None, data))


async def write_gone(wire: Wire, items: Items[ProfilesGone], outcome: Outcome) -> None:
    for place, fact in items:
        await wire.run(_DELETE, json_rows({"charger_id": fact.charger_id, "profile_id": profile_id} for profile_id in fact.profile_ids))
        data = {"charger_id": fact.charger_id, "profile_ids": fact.profile_ids, "reason": fact.reason}
        outcome.events.append(NewEvent(place, "charging_profile.gone", fact.at, fact.charger_id, None, data))


def _settings(row: Row[Any]) -> ChargingSettings:
    units = None if row.rate_units is None else frozenset(RateUnit(unit) for unit in row.rate_units.split(","))
    limits = ProfileLimits(row.max_stack_level, row.max_periods, units)
    return ChargingSettings(row.try_variants, None if row.variant is None else Variant(row.variant), limits, row.reserve_evse_zero)
