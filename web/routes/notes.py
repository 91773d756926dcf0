"""Notes on chargers: what one person should tell the next. Who wrote one changes it; an admin may take any away."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec

from voltaro.domain.person import Scope
from voltaro.ports.timeline import Note
from web.problem import Problem, not_found
from web.route import Ask, Body, Listing, PageQuery, Reply, Routes, etag, expected_version
from web.routes.chargers import charger_address, known_charger

routes = Routes("chargers")

NoteText = Annotated[str, msgspec.Meta(min_length=1, max_length=4000, pattern=r"\S", description="Plain text; lines are kept.")]


class NoteView(msgspec.Struct, frozen=True, kw_only=True):
    """A note on a charger. ``edited_at`` is null until it is changed."""

    id: int
    text: str
    author: str
    at: datetime
    edited_at: datetime | None
    version: int


class NoteBody(Body, frozen=True, kw_only=True):
    """What to note down."""

    text: NoteText


@routes.get(
    "/chargers/{charger_id}/notes",
    "List the notes on a charger, newest first.",
    scope=Scope.CHARGERS_READ,
    query=PageQuery,
    response=Listing[NoteView],
)
async def list_notes(ask: Ask[PageQuery, None]) -> Listing[NoteView]:
    charger = await known_charger(ask)
    page = await ask.house.store.notes(charger.id, limit=ask.query.limit, cursor=ask.query.cursor)
    return Listing([note_view(note) for note in page.items], page.next)


@routes.post(
    "/chargers/{charger_id}/notes",
    "Note something down on a charger.",
    scope=Scope.CHARGERS_WRITE,
    body=NoteBody,
    response=NoteView,
    status=201,
)
async def add_note(ask: Ask[None, NoteBody]) -> Reply:
    charger = await known_charger(ask)
    note = await ask.house.store.add_note(charger.id, ask.body.text, ask.by)
    return _shown(note, 201, {"Location": f"{charger_address(charger.id)}/notes/{note.id}"})


@routes.get("/chargers/{charger_id}/notes/{note_id}", "Show a note.", scope=Scope.CHARGERS_READ, response=NoteView)
async def show_note(ask: Ask[None, None]) -> Reply:
    return _shown(await _known(ask))


@routes.patch(
    "/chargers/{charger_id}/notes/{note_id}",
    "Change a note of one's own.",
    scope=Scope.CHARGERS_WRITE,
    body=NoteBody,
    response=NoteView,
)
async def change_note(ask: Ask[None, NoteBody]) -> Reply:
    note, version = await _known(ask), expected_version(ask.request)
    if note.author != ask.by:
        raise Problem(403, "forbidden", f"Only {note.author}, who wrote it, changes this note.")
    changed = await ask.house.store.change_note(note.charger_id, note.id, ask.body.text, version, ask.by)
    if changed is None:
        raise not_found(f"note {note.id}")
    return _shown(changed)


@routes.delete("/chargers/{charger_id}/notes/{note_id}", "Take away a note: one's own, or as an admin any.", scope=Scope.CHARGERS_WRITE)
async def remove_note(ask: Ask[None, None]) -> None:
    note = await _known(ask)
    if note.author != ask.by and not ask.who.may(Scope.ADMIN):
        raise Problem(403, "forbidden", f"Only {note.author}, who wrote it, or an admin takes this note away.")
    if not await ask.house.store.remove_note(note.charger_id, note.id, ask.by, expected_version(ask.request)):
        raise not_found(f"note {note.id}")


def note_view(note: Note) -> NoteView:
    """A note as the API shows it."""
    return NoteView(id=note.id, text=note.text, author=note.author, at=note.at, edited_at=note.edited_at, version=note.version)


async def _known(ask: Ask[Any, Any]) -> Note:
    note_id = ask.number("note_id")
    charger = await known_charger(ask)
    note = await ask.house.store.note_on_charger(charger.id, note_id)
    if note is None:
        raise not_found(f"note {note_id}")
    return note


def _shown(note: Note, status: int = 200, headers: dict[str, str] | None = None) -> Reply:
    return Reply(note_view(note), status, {"ETag": etag(note.version), **(headers or {})})
