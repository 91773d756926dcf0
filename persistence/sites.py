"""Sites: where chargers stand."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete, func, or_, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from persistence import cursor as cursors
from persistence.database import Part, among, note, notify
from persistence.outcome import NewEvent, event_rows
from persistence.tables import chargers, sites
from voltaro.domain.site import Site
from voltaro.ports import AlreadyExists, Change, Page, VersionConflict
from voltaro.ports.sites import Leaving, SiteInUse, UnknownSite

_COLUMNS = [sites.c[field.name] for field in fields(Site)]
_GIVEN = ("name", "address", "latitude", "longitude", "time_zone", "note")
_KEY = func.lower(sites.c.name)


class SitesStore(Part):
    """``ports.SiteStore``."""

    async def sites(self, *, limit: int, cursor: str | None = None, search: str | None = None) -> Page[Site]:
        """By name, without case. ``search`` finds a part of the id, name or address."""
        query = select(*_COLUMNS, _KEY.label("key")).order_by(_KEY, sites.c.id).limit(limit + 1)
        if cursor is not None:
            query = query.where(tuple_(_KEY, sites.c.id) > cursors.decode("sites", cursor, str, str))
        if search:
            query = query.where(or_(*(column.icontains(search, autoescape=True) for column in (sites.c.id, sites.c.name, sites.c.address))))
        async with self._database.reading() as connection:
            rows = (await connection.execute(query)).all()
        return cursors.page("sites", rows, limit, lambda row: (row.key, row.id), _site)

    async def site(self, site_id: str) -> Site | None:
        async with self._database.reading() as connection:
            row = (await connection.execute(select(*_COLUMNS).where(sites.c.id == site_id))).one_or_none()
        return None if row is None else _site(row)

    async def unknown_sites(self, site_ids: Collection[str]) -> Collection[str]:
        """Those that name no site."""
        if not site_ids:
            return ()
        async with self._database.reading() as connection:
            known = set(await connection.scalars(select(sites.c.id).where(among(sites.c.id, site_ids))))
        return set(site_ids) - known

    async def add_site(self, site: Site, by: str) -> Site:
        """Raises AlreadyExists."""
        values = {name: getattr(site, name) for name in _GIVEN}
        async with self._database.changing() as connection:
            query = insert(sites).values(id=site.id, **values).on_conflict_do_nothing().returning(*_COLUMNS)
            row = (await connection.execute(query)).one_or_none()
            if row is None:
                raise AlreadyExists(f"the site {site.id!r} is known already")
            await note(connection, by, "site.added", site.id, after=values)
            await _tell(connection, "site.added", site.id, values)
            return _site(row)

    async def change_site(self, site_id: str, change: Change, by: str) -> Site | None:
        """Set named members; None when it is not known. Raises VersionConflict; ValueError for what may not be set."""
        if not change.values.keys() <= set(_GIVEN):
            raise ValueError(f"of a site only {sorted(_GIVEN)} may be changed")
        async with self._database.changing() as connection:
            row = (await connection.execute(select(*_COLUMNS).where(sites.c.id == site_id).with_for_update())).one_or_none()
            if row is None:
                return None
            before = _site(row)
            if change.version is not None and change.version != before.version:
                raise VersionConflict(f"the site {site_id!r} has version {before.version} now")
            changed = update(sites).where(sites.c.id == site_id).values(**change.values, version=before.version + 1).returning(*_COLUMNS)
            after = _site((await connection.execute(changed)).one())
            was, told = ({name: getattr(site, name) for name in _GIVEN} for site in (before, after))
            await note(connection, by, "site.changed", site_id, before=was, after=told)
            await _tell(connection, "site.updated", site_id, told)
            return after

    async def remove_site(self, site_id: str, by: str, *, version: int | None = None, leaving: Leaving | None = None) -> bool:
        """See ``ports.SiteStore``."""
        async with self._database.changing() as connection:
            row = (await connection.execute(select(*_COLUMNS).where(sites.c.id == site_id).with_for_update())).one_or_none()
            if row is None:
                return False
            if version is not None and row.version != version:
                raise VersionConflict(f"the site {site_id!r} has version {row.version} now")
            here = list((await connection.scalars(select(chargers.c.id).where(chargers.c.site_id == site_id).with_for_update())).all())
            if here and leaving is None:
                raise SiteInUse(len(here))
            if here and leaving is not None:
                await check_site(connection, leaving.to)
                moved = update(chargers).where(chargers.c.site_id == site_id)
                await connection.execute(moved.values(site_id=leaving.to, version=chargers.c.version + 1))
                await note(connection, by, "chargers.moved", site_id, {"to": leaving.to, "ids": here})
                await notify(connection, "charger")
            await connection.execute(delete(sites).where(sites.c.id == site_id))
            await note(connection, by, "site.removed", site_id, before={name: getattr(row, name) for name in _GIVEN})
            await _tell(
                connection, "site.removed", site_id, {"chargers_to": None if leaving is None else leaving.to, "chargers": len(here)}
            )
            return True

    async def places(self) -> Mapping[str, Sequence[str]]:
        table = chargers.c
        query = select(table.site_id, func.array_agg(table.id)).where(table.site_id.is_not(None)).group_by(table.site_id)
        async with self._database.reading() as connection:
            return {row[0]: row[1] for row in (await connection.execute(query)).all()}


async def check_site(connection: AsyncConnection, site_id: str | None) -> None:
    """See that a site exists, and that it is not removed before this transaction ends. Raises UnknownSite."""
    if site_id is None:
        return
    query = select(sites.c.id).where(sites.c.id == site_id).with_for_update(read=True, key_share=True)
    if await connection.scalar(query) is None:
        raise UnknownSite(f"there is no site {site_id!r}")


async def _tell(connection: AsyncConnection, word: str, site_id: str, data: Mapping[str, Any]) -> None:
    """The durable event, last in the transaction."""
    rows = event_rows([NewEvent(0, word, datetime.now(UTC), None, None, {"site_id": site_id, **data})])
    await connection.exec_driver_sql("SELECT record_events(%s::json)", (rows.decode(),))


def _site(row: Any) -> Site:
    return Site(**{field.name: getattr(row, field.name) for field in fields(Site)})
