"""Chargers by the thousand: which of them are meant by filters, and whose identity is nearly another's."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Select, Text, func, not_, or_, select

from persistence import cursor as cursors
from persistence.chargers import CHARGER_COLUMNS, charger_of, connectors_of
from persistence.database import Part, among
from persistence.tables import chargers, sessions
from voltaro.domain.charger import Charger, Registration
from voltaro.ports import ChargerFilter, Page

_SEARCHED = (chargers.c.id, chargers.c.name, chargers.c.vendor, chargers.c.model, chargers.c.serial_number, chargers.c.firmware_version)
_EQUAL = ("registration", "protocol", "vendor", "model", "firmware_version", "site_id", "security_profile")


class FleetRows(Part):
    """``ports.FleetStore``."""

    async def find_chargers(self, chosen: ChargerFilter, *, limit: int, cursor: str | None = None) -> Page[Charger]:
        """See ``ports.FleetStore``."""
        query = _fitting(select(*CHARGER_COLUMNS), chosen).order_by(chargers.c.id).limit(limit + 1)
        if cursor is not None:
            query = query.where(chargers.c.id > cursors.decode("chargers", cursor, str)[0])
        async with self._database.reading() as connection:
            rows = (await connection.execute(query)).all()
            known = await connectors_of(connection, [row.id for row in rows[:limit]])
        return cursors.page("chargers", rows, limit, lambda row: (row.id,), lambda row: charger_of(row, known[row.id]))

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

    async def similar_chargers(self, identities: Sequence[str]) -> Mapping[str, Sequence[str]]:
        """See ``ports.FleetStore``."""
        bare = {identity: _bare(identity) for identity in identities}
        stripped = func.regexp_replace(func.lower(chargers.c.id), "[^a-z0-9]", "", "g", type_=Text)
        query = select(chargers.c.id, stripped.label("bare")).where(among(stripped, [text for text in bare.values() if text])).limit(100)
        found: dict[str, list[str]] = defaultdict(list)
        async with self._database.reading() as connection:
            for charger_id, text in (await connection.execute(query.order_by(chargers.c.id))).all():
                found[text].append(charger_id)
        return {identity: found[text] for identity, text in bare.items() if text in found}


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
