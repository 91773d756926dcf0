"""Notes on chargers: rows with a version, each change with its audit entry."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, select, tuple_, update

from persistence import cursor as cursors
from persistence.database import Part, note
from persistence.tables import charger_notes
from voltaro.ports import Page, VersionConflict
from voltaro.ports.timeline import Note

_NOTE = [charger_notes.c[field.name] for field in fields(Note)]


class NotesStore(Part):
    """``ports.timeline.NoteStore``."""

    async def notes(self, charger_id: str, *, limit: int, cursor: str | None = None) -> Page[Note]:
        """Newest first."""
        table = charger_notes.c
        query = select(*_NOTE).where(table.charger_id == charger_id).order_by(table.at.desc(), table.id.desc()).limit(limit + 1)
        if cursor is not None:
            query = query.where(tuple_(table.at, table.id) < cursors.decode("notes", cursor, datetime, int))
        async with self._database.reading() as connection:
            rows = (await connection.execute(query)).all()
        return cursors.page("notes", rows, limit, lambda row: (row.at, row.id), read_note)

    async def note_on_charger(self, charger_id: str, note_id: int) -> Note | None:
        async with self._database.reading() as connection:
            row = (await connection.execute(select(*_NOTE).where(*_this(charger_id, note_id)))).one_or_none()
        return None if row is None else read_note(row)

    async def add_note(self, charger_id: str, text: str, by: str) -> Note:
        values = {"charger_id": charger_id, "text": text, "author": by}
        async with self._database.changing() as connection:
            row = (await connection.execute(insert(charger_notes).values(values).returning(*_NOTE))).one()
            await note(connection, by, "note.added", charger_id, {"note_id": row.id}, after={"text": text})
            return read_note(row)

    async def change_note(self, charger_id: str, note_id: int, text: str, version: int | None, by: str) -> Note | None:
        """None when there is no such note. Raises VersionConflict."""
        this = _this(charger_id, note_id)
        async with self._database.changing() as connection:
            before = (await connection.execute(select(*_NOTE).where(*this).with_for_update())).one_or_none()
            if before is None:
                return None
            if version is not None and version != before.version:
                raise VersionConflict(f"the note {note_id} has version {before.version} now")
            values = {"text": text, "edited_at": func.now(), "version": before.version + 1}
            row = (await connection.execute(update(charger_notes).where(*this).values(values).returning(*_NOTE))).one()
            await note(connection, by, "note.changed", charger_id, {"note_id": note_id}, before={"text": before.text}, after={"text": text})
            return read_note(row)

    async def remove_note(self, charger_id: str, note_id: int, by: str, version: int | None = None) -> bool:
        """False when there is no such note. Raises VersionConflict."""
        query = delete(charger_notes).where(*_this(charger_id, note_id)).returning(charger_notes.c.text, charger_notes.c.version)
        async with self._database.changing() as connection:
            row = (await connection.execute(query)).one_or_none()
            if row is None:
                return False
            if version is not None and version != row.version:
                raise VersionConflict(f"the note {note_id} has version {row.version} now")
            await note(connection, by, "note.removed", charger_id, {"note_id": note_id}, before={"text": row.text})
            return True


def read_note(row: Any) -> Note:
    """A row of ``charger_notes``."""
    return Note(**row._mapping)


def _this(charger_id: str, note_id: int) -> tuple[Any, ...]:
    return charger_notes.c.id == note_id, charger_notes.c.charger_id == charger_id
