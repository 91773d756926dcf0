"""Local authorization lists of chargers: how they stand, and what is in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from persistence.database import Part, among, json_text, note, notify
from persistence.outcome import Items, NewEvent, Outcome, json_rows
from persistence.tables import local_lists
from persistence.tags import tag_of
from persistence.wire import Wire
from voltaro.domain.fact import LocalListSent, LocalListTold
from voltaro.domain.local_list import MOST_ENTRIES, Entries, ListEntry, LocalList, digest_of
from voltaro.domain.tag import Verdict
from voltaro.ports.local_list import ListTags, LocalListFacts

_TOLD = """
INSERT INTO local_lists AS known (charger_id, version, checked_at, supported)
SELECT charger_id, version, at, version >= 0
FROM json_to_recordset($1::json) AS new (charger_id text, version bigint, at timestamptz)
ON CONFLICT (charger_id) DO UPDATE SET version = excluded.version, checked_at = excluded.checked_at, supported = excluded.supported,
    entries = CASE WHEN known.version = excluded.version THEN known.entries END,
    held = CASE WHEN known.version = excluded.version THEN known.held END,
    digest = CASE WHEN known.version = excluded.version THEN known.digest END"""

# ``standing`` is what the charger holds now, where that is known; with a version but without its entries, nobody knows what is in it.
_SENT = """
INSERT INTO local_lists AS known (charger_id, version, sent_version, entries, held, digest, supported, failure, checked_at, synced_at)
SELECT charger_id, standing, version, entries::json, held, digest, supported, failure, CASE WHEN standing IS NOT NULL THEN at END,
    CASE WHEN digest IS NOT NULL THEN at END
FROM json_to_recordset($1::json) AS new (charger_id text, standing bigint, version bigint, entries text, held integer, digest text,
    supported boolean, failure text, at timestamptz)
ON CONFLICT (charger_id) DO UPDATE SET version = coalesce(excluded.version, known.version),
    sent_version = greatest(known.sent_version, excluded.sent_version), supported = excluded.supported, failure = excluded.failure,
    entries = CASE WHEN excluded.version IS NULL THEN known.entries ELSE excluded.entries END,
    held = CASE WHEN excluded.version IS NULL THEN known.held ELSE excluded.held END,
    digest = CASE WHEN excluded.version IS NULL THEN known.digest ELSE excluded.digest END,
    checked_at = coalesce(excluded.checked_at, known.checked_at), synced_at = coalesce(excluded.synced_at, known.synced_at)"""

_TAGS = text("""
SELECT id_tag, status, type, parent, expires_at, max_active_sessions, user_id, note, created_at, version,
    driver_disabled FROM tags
WHERE status <> 'invalid' AND length(id_tag) <= :longest
ORDER BY status = 'accepted' AND (expires_at IS NULL OR expires_at > :now) DESC, created_at, key LIMIT :most""")
_TOO_LONG = text("SELECT count(*) FROM tags WHERE status <> 'invalid' AND length(id_tag) > :longest")

_COLUMNS = [local_lists.c[field.name] for field in fields(LocalList)]


class LocalListRows(Part):
    """``ports.local_list.LocalListStore``."""

    async def local_list(self, charger_id: str) -> LocalList:
        async with self._database.reading() as connection:
            row = (await connection.execute(select(*_COLUMNS).where(local_lists.c.charger_id == charger_id))).one_or_none()
        return LocalList() if row is None else LocalList(**row._mapping)

    async def held_entries(self, charger_id: str) -> Entries | None:
        async with self._database.reading() as connection:
            held = await connection.scalar(select(local_lists.c.entries).where(local_lists.c.charger_id == charger_id))
        return None if held is None else {key: _entry(members) for key, members in held.items()}

    async def set_list_sync(self, charger_id: str, sync: bool, by: str) -> None:
        query = insert(local_lists).values(charger_id=charger_id, sync=sync)
        async with self._database.changing() as connection:
            before = await connection.scalar(select(local_lists.c.sync).where(local_lists.c.charger_id == charger_id))
            await connection.execute(query.on_conflict_do_update(index_elements=["charger_id"], set_={"sync": sync}))
            await note(connection, by, "charger.local_list", charger_id, before={"sync": bool(before)}, after={"sync": sync})
            await notify(connection, "local_list", charger_id)

    async def synced_lists(self) -> Sequence[str]:
        async with self._database.reading() as connection:
            return list((await connection.scalars(select(local_lists.c.charger_id).where(local_lists.c.sync))).all())

    async def list_tags(self, longest: int, now: datetime) -> ListTags:
        async with self._database.reading() as connection:
            rows = (await connection.execute(_TAGS, {"longest": longest, "now": now, "most": MOST_ENTRIES})).all()
            too_long = await connection.scalar(_TOO_LONG, {"longest": longest})
        return ListTags([tag_of(row) for row in rows], int(too_long or 0))


async def local_list_facts(connection: AsyncConnection, charger_ids: Sequence[str]) -> Mapping[str, LocalListFacts]:
    """What actors need, by charger; those of which nothing is known are missing."""
    table = local_lists.c
    query = select(table.charger_id, table.version).where(among(table.charger_id, charger_ids))
    return {row.charger_id: LocalListFacts(row.version) for row in (await connection.execute(query)).all()}


async def write_local_list_told(wire: Wire, items: Items[LocalListTold], outcome: Outcome) -> None:
    newest: dict[str, dict[str, Any]] = {}
    for place, fact in items:
        newest[fact.charger_id] = {name: getattr(fact, name) for name in fact.__slots__}
        _tell(outcome, place, fact.charger_id, fact.at, {"version": fact.version})
    await wire.run(_TOLD, json_rows(newest[key] for key in sorted(newest)))


async def write_local_list_sent(wire: Wire, items: Items[LocalListSent], outcome: Outcome) -> None:
    """One after the other for each charger: a later answer does not say all that an earlier one did."""
    waves: list[dict[str, dict[str, Any]]] = []
    reached: dict[str, int] = {}
    for place, fact in items:
        wave = reached[fact.charger_id] = reached.get(fact.charger_id, -1) + 1
        if wave == len(waves):
            waves.append({})
        waves[wave][fact.charger_id] = _sent_row(fact)
        data = {"version": fact.version, "status": fact.status, "failure": fact.failure}
        _tell(outcome, place, fact.charger_id, fact.at, data)
    for rows in waves:
        await wire.run(_SENT, json_rows(rows[key] for key in sorted(rows)))


def _sent_row(fact: LocalListSent) -> dict[str, Any]:
    entries = fact.entries
    return {
        "charger_id": fact.charger_id,
        "standing": fact.standing,
        "version": fact.version,
        "entries": None if entries is None else json_text(entries),
        "held": None if entries is None else len(entries),
        "digest": None if entries is None else digest_of(entries),
        "supported": fact.status != "NotSupported",
        "failure": fact.failure,
        "at": fact.at,
    }


def _entry(members: Sequence[Any]) -> ListEntry:
    id_tag, status, parent, expires_at, kind = members
    return ListEntry(id_tag, Verdict(status), parent, None if expires_at is None else datetime.fromisoformat(expires_at), kind)


def _tell(outcome: Outcome, place: int, charger_id: str, at: datetime, data: Mapping[str, Any]) -> None:
    outcome.events.append(NewEvent(place, "charger.local_list", at, charger_id, None, {"charger_id": charger_id, **data}))
