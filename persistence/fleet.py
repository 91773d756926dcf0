"""Chargers by the thousand: which of them are meant by a list of filters, and whose identity is nearly another's."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence

from sqlalchemy import Text, func, select

from persistence.database import Part, among
from persistence.tables import chargers


class FleetRows(Part):
    """``ports.FleetStore``."""

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


def _bare(identity: str) -> str:
    return re.sub("[^a-z0-9]", "", identity.lower())
