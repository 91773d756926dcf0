"""Drivers and their tags. Which tag was whose when is kept by triggers (``tables.drivers.tag_owners``)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import delete, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from persistence import cursor as cursors
from persistence.database import Part, among, note, notify, to_json
from persistence.tables import drivers, tags
from persistence.tags import tag_of
from voltaro.domain.driver import Driver
from voltaro.domain.tag import Tag, fold_tag
from voltaro.ports import AlreadyExists, Change, DriverQuery, Page, VersionConflict

_COLUMNS = [drivers.c[field.name] for field in fields(Driver)]
_GIVEN = ("name", "email", "phone", "external_id", "note", "disabled")
_TAG = [tags.c[field.name] for field in fields(Tag)]

_ROWS = """json_to_recordset(CAST(:rows AS json)) AS new (id bigint, name text, email text, phone text, external_id text, note text,
    disabled boolean)"""
_CHANGE = f"""
UPDATE drivers AS known SET name = new.name, email = new.email, phone = new.phone, note = new.note, disabled = new.disabled,
    version = known.version + 1
FROM {_ROWS} WHERE known.id = new.id"""  # noqa: S608 - our own words, here and below
_ADD = f"""
INSERT INTO drivers (name, email, phone, external_id, note, disabled)
SELECT name, email, phone, external_id, note, disabled FROM {_ROWS} RETURNING id"""  # noqa: S608
_MOST_SHOWN = 1000

# Whose driver there is not. A tag that has named that one before is left alone: it may have come from an older release.
DRIVERLESS = text("""
SELECT new.key FROM json_to_recordset(CAST(:rows AS json)) AS new (key text, user_id bigint)
    LEFT JOIN drivers ON drivers.id = new.user_id LEFT JOIN tags AS known ON known.key = new.key
WHERE new.user_id IS NOT NULL AND drivers.id IS NULL AND known.user_id IS DISTINCT FROM new.user_id""")


_ALL = DriverQuery()


class DriverStore(Part):
    """The drivers of ``ports.Store``."""

    async def drivers(self, query: DriverQuery = _ALL, *, limit: int, cursor: str | None = None) -> Page[Driver]:
        """Newest first."""
        driver = drivers.c
        wanted = select(*_COLUMNS).order_by(driver.id.desc()).limit(limit + 1)
        if query.search:
            found = (driver.name, driver.email, driver.phone, driver.external_id, driver.note)
            wanted = wanted.where(or_(*(column.icontains(query.search, autoescape=True) for column in found)))
        if query.disabled is not None:
            wanted = wanted.where(driver.disabled == query.disabled)
        if cursor is not None:
            wanted = wanted.where(driver.id < cursors.decode("drivers", cursor, int)[0])
        async with self._database.reading() as connection:
            rows = (await connection.execute(wanted)).all()
        return cursors.page("drivers", rows, limit, lambda row: (row.id,), _driver)

    async def driver(self, driver_id: int) -> Driver | None:
        async with self._database.reading() as connection:
            row = (await connection.execute(select(*_COLUMNS).where(drivers.c.id == driver_id))).one_or_none()
        return None if row is None else _driver(row)

    async def add_driver(self, driver: Driver, by: str) -> Driver:
        """Raises AlreadyExists for an external id that is another's."""
        query = insert(drivers).values(**_values(driver)).on_conflict_do_nothing().returning(*_COLUMNS)
        async with self._database.changing() as connection:
            row = (await connection.execute(query)).one_or_none()
            if row is None:
                raise AlreadyExists(f"a driver with the external id {driver.external_id!r} is known already")
            await note(connection, by, "driver.added", str(row.id), after=_values(driver))
            await notify(connection, "driver", str(row.id))
            return _driver(row)

    async def change_driver(self, driver_id: int, change: Change, by: str) -> Driver | None:
        """Set named members; None when there is none. Raises VersionConflict, AlreadyExists; ValueError for what may not be set."""
        if not change.values.keys() <= set(_GIVEN):
            raise ValueError(f"of a driver only {sorted(_GIVEN)} may be changed")
        async with self._database.changing() as connection:
            before = await _locked(connection, driver_id, change.version)
            if before is None:
                return None
            external_id = change.values.get("external_id")
            if external_id is not None:
                twin = select(drivers.c.id).where(drivers.c.external_id == external_id, drivers.c.id != driver_id)
                if await connection.scalar(twin) is not None:
                    raise AlreadyExists(f"a driver with the external id {external_id!r} is known already")
            changed = update(drivers).where(drivers.c.id == driver_id).values(**change.values, version=before.version + 1)
            after = _driver((await connection.execute(changed.returning(*_COLUMNS))).one())
            await note(connection, by, "driver.changed", str(driver_id), before=_values(before), after=_values(after))
            await notify(connection, "driver", str(driver_id))
            if before.disabled != after.disabled:
                await notify(connection, "tag")
            return after

    async def remove_driver(self, driver_id: int, by: str, version: int | None = None) -> bool:
        """Their tags stay and are nobody's. Raises VersionConflict."""
        async with self._database.changing() as connection:
            before = await _locked(connection, driver_id, version)
            if before is None:
                return False
            freed = update(tags).where(tags.c.user_id == driver_id).values(user_id=None, version=tags.c.version + 1)
            id_tags = list((await connection.scalars(freed.returning(tags.c.id_tag))).all())
            await connection.execute(delete(drivers).where(drivers.c.id == driver_id))
            await note(connection, by, "driver.removed", str(driver_id), {"tags": id_tags}, before=_values(before))
            await notify(connection, "driver", str(driver_id))
            if id_tags:
                await notify(connection, "tag")
            return True

    async def import_drivers(
        self, new: Sequence[Driver], by: str, *, named: Sequence[Collection[str]] | None = None, dry_run: bool = False
    ) -> tuple[int, int]:
        """See ``ports.DriverRecords``."""
        given = [driver.external_id for driver in new if driver.external_id is not None]
        wanted = select(*_COLUMNS).where(among(drivers.c.external_id, given)).order_by(drivers.c.id)
        async with self._database.changing() as connection:
            rows = (await connection.execute(wanted if dry_run else wanted.with_for_update())).all()
            known = {row.external_id: _driver(row) for row in rows}
            added, changed = [], []
            for place, driver in enumerate(new):
                before = None if driver.external_id is None else known.get(driver.external_id)
                if before is None:
                    added.append({"id": None, **_values(driver)})
                    continue
                counts = _GIVEN if named is None else named[place]
                values = {name: getattr(driver if name in counts else before, name) for name in _GIVEN}
                if values != _values(before):
                    changed.append({"id": before.id, **values})
            if not dry_run:
                await connection.execute(text(_CHANGE), {"rows": to_json(changed)})
                ids = [*(row["id"] for row in changed), *(await connection.scalars(text(_ADD), {"rows": to_json(added)})).all()]
                shown = {"rows": len(new), "added": len(added), "changed": len(changed), "ids": ids[:_MOST_SHOWN]}
                await note(connection, by, "drivers.imported", "", shown)
                await notify(connection, "driver")
                await notify(connection, "tag")
        return len(added), len(changed)

    async def driver_names(self, driver_ids: Collection[int]) -> Mapping[int, str]:
        """By id; those there are not are missing."""
        if not driver_ids:
            return {}
        query = select(drivers.c.id, drivers.c.name).where(among(drivers.c.id, driver_ids))
        async with self._database.reading() as connection:
            return {row.id: row.name for row in (await connection.execute(query)).all()}

    async def tags_of_driver(self, driver_id: int, *, limit: int) -> Sequence[Tag]:
        """By name."""
        query = select(*_TAG).where(tags.c.user_id == driver_id).order_by(tags.c.key).limit(limit)
        async with self._database.reading() as connection:
            return [tag_of(row) for row in (await connection.execute(query)).all()]

    async def driverless(self, given: Sequence[Tag]) -> Sequence[str]:
        """The tags, as given, that name a driver there is not."""
        rows = [{"key": fold_tag(tag.id_tag), "user_id": tag.user_id} for tag in given if tag.user_id is not None]
        if not rows:
            return []
        async with self._database.reading() as connection:
            keys = set((await connection.scalars(DRIVERLESS, {"rows": to_json(rows)})).all())
        return [tag.id_tag for tag in given if fold_tag(tag.id_tag) in keys]


async def _locked(connection: AsyncConnection, driver_id: int, version: int | None) -> Driver | None:
    row = (await connection.execute(select(*_COLUMNS).where(drivers.c.id == driver_id).with_for_update())).one_or_none()
    if row is not None and version is not None and row.version != version:
        raise VersionConflict(f"driver {driver_id} has version {row.version} now")
    return None if row is None else _driver(row)


def _values(driver: Driver) -> Mapping[str, Any]:
    return {name: getattr(driver, name) for name in _GIVEN}


def _driver(row: Any) -> Driver:
    return Driver(**row._mapping)
