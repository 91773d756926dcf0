"""Chargers by the thousand: which of them are meant by filters, and whose identity is nearly another's."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, func, not_, or_, select, text

from persistence import cursor as cursors
from persistence.chargers import CHARGER_COLUMNS, charger_of, connectors_of
from persistence.database import Part, among, note, notify, to_json
from persistence.order import sorted_after
from persistence.security import forget_rotation, forget_upgrade
from persistence.tables import chargers, sessions
from voltaro.domain.charger import Charger, Registration
from voltaro.ports import ChargerFilter, ChargerOrder, ChargerUpsert, KnownCharger, Page

_SEARCHED = (chargers.c.id, chargers.c.name, chargers.c.vendor, chargers.c.model, chargers.c.serial_number, chargers.c.firmware_version)


def _start(of: ColumnElement[Any]) -> ColumnElement[Any]:
    """As much of a text as a cursor has room for."""
    return func.left(of, 100, type_=Text)


_SORTED: dict[str, tuple[ColumnElement[Any], type]] = {
    "name": (_start(func.lower(func.coalesce(chargers.c.name, chargers.c.id))), str),
    "model": (_start(func.coalesce(chargers.c.model, "")), str),
    "firmware_version": (_start(func.coalesce(chargers.c.firmware_version, "")), str),
    "created_at": (chargers.c.created_at, datetime),
}
"""By what a list is sorted before the id, with the type of its values; never null."""
_EQUAL = ("registration", "protocol", "vendor", "model", "firmware_version", "site_id", "security_profile")


_IMPORTED = ("name", "site_id", "latitude", "longitude", "registration", "security_profile")
_MOST_TOLD = 200
_MOST_SHOWN = 1000
_SET = ", ".join(f"{name} = CASE WHEN new.set_{name} THEN new.{name} ELSE known.{name} END" for name in _IMPORTED)
_NEW = f"""
    FROM json_to_recordset(CAST(:rows AS json)) AS new (id text, name text, site_id text, latitude double precision,
    longitude double precision, registration text, security_profile smallint, set_credential boolean, salt text, digest text,
    {", ".join(f"set_{name} boolean" for name in _IMPORTED)})"""
_UPSERT = text(f"""
WITH changed AS (
    UPDATE chargers AS known SET {_SET}, version = known.version + 1,
        salt = CASE WHEN new.set_credential THEN decode(new.salt, 'hex') ELSE known.salt END,
        password_hash = CASE WHEN new.set_credential THEN decode(new.digest, 'hex') ELSE known.password_hash END
    {_NEW} WHERE known.id = new.id RETURNING known.id
)
INSERT INTO chargers (id, name, site_id, latitude, longitude, registration, security_profile, salt, password_hash)
SELECT id, name, site_id, latitude, longitude, coalesce(registration, 'accepted'), coalesce(security_profile, 1),
    decode(salt, 'hex'), decode(digest, 'hex')
{_NEW} WHERE new.id NOT IN (SELECT id FROM changed) ON CONFLICT (id) DO NOTHING
""")  # noqa: S608 - names of our own columns


class FleetRows(Part):
    """``ports.FleetStore``."""

    async def find_chargers(
        self, chosen: ChargerFilter, *, limit: int, cursor: str | None = None, order: ChargerOrder = ChargerOrder.BY_ID
    ) -> Page[Charger]:
        """See ``ports.FleetStore``."""
        kind = "chargers" if order is ChargerOrder.BY_ID else f"chargers {order}"
        first = _SORTED.get(order.member)
        keys = [*(() if first is None else (first,)), (chargers.c.id, str)]
        columns = [*CHARGER_COLUMNS, *(column.label(f"key{place}") for place, (column, _) in enumerate(keys))]
        query = sorted_after(_fitting(select(*columns).limit(limit + 1), chosen), kind, keys, cursor, descends=order.descends)
        async with self._database.reading() as connection:
            rows = (await connection.execute(query)).all()
            known = await connectors_of(connection, [row.id for row in rows[:limit]])
        return cursors.page(kind, rows, limit, lambda row: row[len(CHARGER_COLUMNS) :], lambda row: charger_of(row, known[row.id]))

    async def charger_ids(self, chosen: ChargerFilter, *, limit: int) -> Sequence[str]:
        """See ``ports.FleetStore``."""
        async with self._database.reading() as connection:
            return (await connection.scalars(_fitting(select(chargers.c.id), chosen).order_by(chargers.c.id).limit(limit))).all()

    async def chargers_registered(self, registration: Registration) -> Sequence[str]:
        """See ``ports.FleetStore``."""
        async with self._database.reading() as connection:
            return (await connection.scalars(select(chargers.c.id).where(chargers.c.registration == registration))).all()

    async def running_sessions(self, charger_ids: Sequence[str]) -> Mapping[str, Mapping[int, int]]:
        """See ``ports.FleetStore``."""
        table = sessions.c
        query = select(table.charger_id, table.evse_id, table.id).where(among(table.charger_id, charger_ids), table.state == "active")
        found: dict[str, dict[int, int]] = defaultdict(dict)
        async with self._database.reading() as connection:
            for charger_id, evse_id, session_id in (await connection.execute(query.order_by(table.id))).all():
                if evse_id is not None:
                    found[charger_id][evse_id] = session_id
        return found

    async def known_chargers(self, charger_ids: Sequence[str]) -> Mapping[str, KnownCharger]:
        """See ``ports.FleetStore``."""
        table = chargers.c
        columns = [table[name] for name in _IMPORTED]
        query = select(table.id, table.password_hash.is_not(None).label("has_password"), *columns).where(among(table.id, charger_ids))
        async with self._database.reading() as connection:
            rows = (await connection.execute(query)).all()
        return {row.id: KnownCharger({name: getattr(row, name) for name in _IMPORTED}, row.has_password) for row in rows}

    async def upsert_chargers(self, upserts: Sequence[ChargerUpsert], by: str) -> None:
        """See ``ports.FleetStore``."""
        rows = [_row(upsert) for upsert in upserts]
        ids = [upsert.id for upsert in upserts]
        with_credential = [upsert.id for upsert in upserts if upsert.credential is not None]
        async with self._database.changing() as connection:
            known = set((await connection.scalars(select(chargers.c.id).where(among(chargers.c.id, ids)))).all())
            await connection.execute(_UPSERT, {"rows": to_json(rows)})
            for charger_id in known.intersection(with_credential):
                await forget_rotation(connection, charger_id)
            for upsert in upserts:
                if upsert.id in known and "security_profile" in upsert.values:
                    await forget_upgrade(connection, upsert.id)
            shown = {"added": len(ids) - len(known), "changed": len(known), "ids": ids[:_MOST_SHOWN]}
            await note(connection, by, "chargers.imported", "", shown)
            # Of many, all may look.
            for charger_id in sorted(ids) if len(ids) <= _MOST_TOLD else ("",):
                await notify(connection, "charger", charger_id)

    async def similar_chargers(self, identities: Sequence[str]) -> Mapping[str, Sequence[str]]:
        """See ``ports.FleetStore``."""
        bare = {identity: _bare(identity) for identity in identities}
        stripped = func.regexp_replace(func.lower(chargers.c.id), "[^a-z0-9]", "", "g", type_=Text)
        query = select(chargers.c.id, stripped.label("bare")).where(among(stripped, [stem for stem in bare.values() if stem])).limit(100)
        found: dict[str, list[str]] = defaultdict(list)
        async with self._database.reading() as connection:
            for charger_id, stem in (await connection.execute(query.order_by(chargers.c.id))).all():
                found[stem].append(charger_id)
        return {identity: found[stem] for identity, stem in bare.items() if stem in found}


def _row(upsert: ChargerUpsert) -> dict[str, Any]:
    """A row for ``_UPSERT``: beside each member whether it is to be set."""
    salt, digest = upsert.credential or (b"", None)
    shown = {"id": upsert.id, "set_credential": upsert.credential is not None, "salt": salt.hex(), "digest": digest and digest.hex()}
    return shown | dict(upsert.values) | {f"set_{name}": name in upsert.values for name in _IMPORTED}


def _fitting(query: Select[Any], chosen: ChargerFilter) -> Select[Any]:
    for name in _EQUAL:
        wanted = getattr(chosen, name)
        if wanted is not None:
            query = query.where(chargers.c[name] == wanted)
    if chosen.search:
        query = query.where(or_(*(column.icontains(chosen.search, autoescape=True) for column in _SEARCHED)))
    if chosen.among is not None:
        query = query.where(among(chargers.c.id, chosen.among))
    if chosen.without:
        query = query.where(not_(among(chargers.c.id, chosen.without)))
    return query


def _bare(identity: str) -> str:
    return re.sub("[^a-z0-9]", "", identity.lower())
