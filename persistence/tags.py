"""Tags (idTag, idToken), compared without case."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import delete, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from persistence import cursor as cursors
from persistence.database import Part, among, note, notify, to_json
from persistence.order import sorted_after
from persistence.tables import tags
from voltaro.domain.driver import UnknownDriver
from voltaro.domain.tag import Tag, TagStatus, fold_tag
from voltaro.ports import AlreadyExists, Change, Page, TagOrder, VersionConflict

_FIELDS = tuple(field.name for field in fields(Tag))
_COLUMNS = [tags.c[name] for name in _FIELDS]
_CHANGEABLE = frozenset({"status", "type", "parent", "expires_at", "max_active_sessions", "user_id", "note"})
_NO_SUCH_DRIVER = "23503"
"""foreign_key_violation: the only reference of a tag is its driver."""
_GIVEN = ("id_tag", "status", "type", "parent", "expires_at", "max_active_sessions", "user_id", "note")

_IMPORTED_AT_ONCE = 2000
_MOST_SHOWN = 1000

# What somebody else has made since it was looked for is changed too.
_IMPORT = text("""
INSERT INTO tags AS known (key, id_tag, status, type, parent, expires_at, max_active_sessions, user_id, note)
SELECT key, id_tag, status, type, parent, expires_at, max_active_sessions, user_id, note
FROM json_to_recordset(CAST(:rows AS json)) AS new (key text, id_tag text, status text, type text, parent text,
    expires_at timestamptz, max_active_sessions integer, user_id bigint, note text)
ON CONFLICT (key) DO UPDATE SET id_tag = excluded.id_tag, status = excluded.status, type = excluded.type, parent = excluded.parent,
    expires_at = excluded.expires_at, max_active_sessions = excluded.max_active_sessions, user_id = excluded.user_id,
    note = excluded.note, version = known.version + 1
""")


class TagStore(Part):
    """The tags of ``ports.Store``."""

    async def tags(
        self,
        *,
        limit: int,
        cursor: str | None = None,
        status: str | None = None,
        search: str | None = None,
        user_id: int | None = None,
        order: TagOrder = TagOrder.NEWEST,
    ) -> Page[Tag]:
        """``search`` finds a part of the tag, its parent or its note, without case."""
        by_tag = order in (TagOrder.BY_TAG, TagOrder.BY_TAG_DOWN)
        keys = [*(() if by_tag else ((tags.c.created_at, datetime),)), (tags.c.key, str)]
        query = sorted_after(select(*_COLUMNS, tags.c.key).limit(limit + 1), f"tags {order}", keys, cursor, descends=order.descends)
        if status is not None:
            query = query.where(tags.c.status == status)
        if user_id is not None:
            query = query.where(tags.c.user_id == user_id)
        if search:
            query = query.where(or_(*(column.icontains(search, autoescape=True) for column in (tags.c.id_tag, tags.c.parent, tags.c.note))))
        async with self._database.reading() as connection:
            rows = (await connection.execute(query)).all()
        return cursors.page(f"tags {order}", rows, limit, lambda row: tuple(getattr(row, column.name) for column, _ in keys), tag_of)

    async def tag(self, id_tag: str) -> Tag | None:
        return (await self.tags_named([fold_tag(id_tag)])).get(fold_tag(id_tag))

    async def tags_named(self, id_tags: Sequence[str]) -> Mapping[str, Tag]:
        """By folded id (``domain.tag.fold_tag``); unknown ones are missing."""
        query = select(*_COLUMNS, tags.c.key).where(among(tags.c.key, [fold_tag(id_tag) for id_tag in id_tags]))
        async with self._database.reading() as connection:
            return {row.key: tag_of(row) for row in (await connection.execute(query)).all()}

    async def add_tag(self, tag: Tag, by: str) -> Tag:
        """Raises AlreadyExists, UnknownDriver."""
        query = insert(tags).values(**_values(tag), key=fold_tag(tag.id_tag)).on_conflict_do_nothing().returning(*_COLUMNS)
        async with self._database.changing() as connection:
            with _driver_known(tag.id_tag):
                row = (await connection.execute(query)).one_or_none()
            if row is None:
                raise AlreadyExists(f"the tag {tag.id_tag!r} is known already")
            await note(connection, by, "tag.added", tag.id_tag, after=_values(tag))
            await notify(connection, "tag", fold_tag(tag.id_tag))
            return tag_of(row)

    async def change_tag(self, id_tag: str, change: Change, by: str) -> Tag | None:
        """Set named members; None when it is not known. Raises VersionConflict, UnknownDriver; ValueError for what may not be
        set."""
        if not change.values.keys() <= _CHANGEABLE:
            raise ValueError(f"of a tag only {sorted(_CHANGEABLE)} may be changed")
        key = fold_tag(id_tag)
        async with self._database.changing() as connection:
            found = (await connection.execute(select(*_COLUMNS).where(tags.c.key == key).with_for_update())).one_or_none()
            if found is None:
                return None
            if change.version is not None and change.version != found.version:
                raise VersionConflict(f"the tag {id_tag!r} has version {found.version} now")
            changed = update(tags).where(tags.c.key == key).values(**change.values, version=found.version + 1).returning(*_COLUMNS)
            with _driver_known(found.id_tag):
                row = (await connection.execute(changed)).one()
            await note(connection, by, "tag.changed", row.id_tag, before=_values(tag_of(found)), after=_values(tag_of(row)))
            await notify(connection, "tag", key)
            return tag_of(row)

    async def remove_tag(self, id_tag: str, by: str, version: int | None = None) -> bool:
        """Raises VersionConflict."""
        key = fold_tag(id_tag)
        async with self._database.changing() as connection:
            row = (await connection.execute(delete(tags).where(tags.c.key == key).returning(*_COLUMNS))).one_or_none()
            if row is None:
                return False
            if version is not None and version != row.version:
                raise VersionConflict(f"the tag {id_tag!r} has version {row.version} now")
            await note(connection, by, "tag.removed", row.id_tag, before=_values(tag_of(row)))
            await notify(connection, "tag", key)
            return True

    async def import_tags(
        self, tags: Sequence[Tag], by: str, *, named: Sequence[Collection[str]] | None = None, dry_run: bool = False
    ) -> tuple[int, int]:
        """See ``ports.Store``."""
        given = {fold_tag(tag.id_tag): (tag, _GIVEN if named is None else named[at]) for at, tag in enumerate(tags)}
        keys = sorted(given)
        ids: list[str] = []
        added = 0
        async with self._database.changing() as connection:
            for start in range(0, len(keys), _IMPORTED_AT_ONCE):
                piece = {key: given[key] for key in keys[start : start + _IMPORTED_AT_ONCE]}
                rows, new = await _differing(connection, piece, lock=not dry_run)
                if rows and not dry_run:
                    with _driver_known(*(row["id_tag"] for row in rows if row["user_id"] is not None)):
                        await connection.execute(_IMPORT, {"rows": to_json(rows)})
                ids += [row["key"] for row in rows]
                added += new
            if not dry_run:
                changes = set(ids)
                shown = [tag.id_tag for key, (tag, _) in given.items() if key in changes][:_MOST_SHOWN]
                count = {"rows": len(tags), "added": added, "changed": len(ids) - added}
                await note(connection, by, "tags.imported", "", {**count, "ids": shown})
                await notify(connection, "tag")
        return added, len(ids) - added


async def _differing(
    connection: AsyncConnection, given: Mapping[str, tuple[Tag, Collection[str]]], *, lock: bool
) -> tuple[list[dict[str, Any]], int]:
    """The rows, by folded tag, that an import has to write, and how many of them are new."""
    query = select(*_COLUMNS, tags.c.key).where(among(tags.c.key, given)).order_by(tags.c.key)
    known = {row.key: row for row in (await connection.execute(query.with_for_update() if lock else query)).all()}
    rows = []
    for key, (tag, named) in given.items():
        values = _values(tag)
        if key in known:
            before = _values(tag_of(known[key]))
            values = {name: value if name in named or name == "id_tag" else before[name] for name, value in values.items()}
            if values == before:
                continue
        rows.append({"key": key, **values})
    return rows, sum(row["key"] not in known for row in rows)


@contextmanager
def _driver_known(*id_tags: str) -> Iterator[None]:
    """Raise UnknownDriver when PostgreSQL finds no driver of that number."""
    try:
        yield
    except IntegrityError as error:
        if getattr(error.orig, "sqlstate", None) == _NO_SUCH_DRIVER:
            raise UnknownDriver(id_tags) from error
        raise


def _values(tag: Tag) -> dict[str, Any]:
    return {name: getattr(tag, name) for name in _GIVEN}


def tag_of(row: Any) -> Tag:
    """A tag of a row that has all its columns."""
    values = {name: getattr(row, name) for name in _FIELDS}
    values["status"] = TagStatus(values["status"])
    return Tag(**values)
