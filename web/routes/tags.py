"""Tags (idTag, idToken): who may charge; with import and export as CSV and NDJSON."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any
from urllib.parse import quote

import msgspec
from aiohttp import web
from msgspec import UNSET, UnsetType

from voltaro.domain.person import Scope
from voltaro.domain.tag import Tag, TagStatus, fold_tag
from voltaro.ports import Change, TagOrder, VersionConflict
from web.export import LIST_MEDIA, Format, all_pieces, stream, wanted_format
from web.importing import RowError, read_rows
from web.problem import not_found
from web.route import Ask, Body, Listing, PageQuery, Query, Reply, Routes, etag, expected_version

routes = Routes("tags")

_PAGE = 500

IdTag = Annotated[str, msgspec.Meta(min_length=1, max_length=255, pattern=r"\S")]
Kind = Annotated[str, msgspec.Meta(max_length=20, description="The idToken type of OCPP 2.x, e.g. ISO14443.")]
Note = Annotated[str, msgspec.Meta(max_length=1000)]
Most = Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]
UserId = Annotated[
    int, msgspec.Meta(ge=1, le=2**31 - 1, description="The id of the driver whose tag it is (GET /drivers); one there is not is 422.")
]
Instant = Annotated[datetime, msgspec.Meta(tz=True)]


class TagView(msgspec.Struct, frozen=True, kw_only=True):
    """A tag. ``user_id`` is the driver whose it is, who may be disabled: then it does not charge. ``driver_name`` is null, too, where the
    asker may not read drivers (scope drivers:read). ``version`` is also the ETag."""

    id_tag: str
    type: str | None
    status: TagStatus
    parent: str | None
    expires_at: datetime | None
    max_active_sessions: int | None
    user_id: int | None
    note: str | None
    created_at: datetime | None
    version: int
    simulated: bool
    driver_disabled: bool
    driver_name: str | None


class TagBody(Body, frozen=True, kw_only=True):
    """A tag to be made."""

    id_tag: IdTag
    type: Kind | None = None
    status: TagStatus = TagStatus.ACCEPTED
    parent: IdTag | None = None
    expires_at: Instant | None = None
    max_active_sessions: Most | None = None
    user_id: UserId | None = None
    note: Note | None = None


class TagPatch(Body, frozen=True, kw_only=True):
    """What to change; members left out stay."""

    type: Kind | UnsetType | None = UNSET
    status: TagStatus | UnsetType = UNSET
    parent: IdTag | UnsetType | None = UNSET
    expires_at: Instant | UnsetType | None = UNSET
    max_active_sessions: Most | UnsetType | None = UNSET
    user_id: UserId | UnsetType | None = UNSET
    note: Note | UnsetType | None = UNSET


class TagListQuery(PageQuery, frozen=True, kw_only=True):
    """Filters of the tag list."""

    status: TagStatus | None = None
    search: Annotated[str, msgspec.Meta(max_length=100)] | None = None
    sort: TagOrder = TagOrder.NEWEST
    user_id: UserId | None = None


class ImportQuery(Query, frozen=True, kw_only=True):
    """``dry_run`` only says what the import would do."""

    dry_run: bool = False


class ImportView(msgspec.Struct, frozen=True):
    """What an import did, or would do. Nothing is imported when there are errors."""

    dry_run: bool
    added: int
    changed: int
    errors: list[RowError]


@routes.get("/tags", "List tags.", scope=Scope.TAGS_READ, query=TagListQuery, response=Listing[TagView], media=LIST_MEDIA)
async def list_tags(ask: Ask[TagListQuery, None]) -> Listing[TagView] | web.StreamResponse:
    query, wanted = ask.query, wanted_format(ask.request)
    chosen = partial(ask.house.store.tags, status=query.status, search=query.search, user_id=query.user_id, order=query.sort)
    if wanted is Format.JSON:
        page = await chosen(limit=query.limit, cursor=query.cursor)
        return Listing(await tag_views(ask, page.items), page.next)
    pieces = all_pieces(lambda cursor: chosen(limit=_PAGE, cursor=cursor))
    return await stream(ask.request, wanted, "tags", _views(ask, pieces), TagView.__struct_fields__)


@routes.post("/tags", "Make a tag.", scope=Scope.TAGS_WRITE, body=TagBody, response=TagView, status=201)
async def add_tag(ask: Ask[None, TagBody]) -> Reply:
    tag = await ask.house.store.add_tag(_tag(ask.body), ask.by)
    return await _one(ask, tag, 201)


@routes.get("/tags/{id_tag}", "Show a tag.", scope=Scope.TAGS_READ, response=TagView)
async def show_tag(ask: Ask[None, None]) -> Reply:
    tag = await ask.house.store.tag(ask.text("id_tag"))
    if tag is None:
        raise not_found("such tag")
    return await _one(ask, tag)


@routes.patch("/tags/{id_tag}", "Change a tag.", scope=Scope.TAGS_WRITE, body=TagPatch, response=TagView)
async def change_tag(ask: Ask[None, TagPatch]) -> Reply:
    values = {name: getattr(ask.body, name) for name in ask.body.__struct_fields__ if getattr(ask.body, name) is not UNSET}
    if isinstance(values.get("expires_at"), datetime):
        values["expires_at"] = values["expires_at"].astimezone(UTC)
    id_tag, version = ask.text("id_tag"), expected_version(ask.request)
    store = ask.house.store
    tag = await store.change_tag(id_tag, Change(values, version), ask.by) if values else await store.tag(id_tag)
    if tag is None:
        raise not_found("such tag")
    if not values:
        ask.changed_nothing()
        if version is not None and version != tag.version:
            raise VersionConflict
    return await _one(ask, tag)


@routes.delete("/tags/{id_tag}", "Remove a tag.", scope=Scope.TAGS_WRITE)
async def remove_tag(ask: Ask[None, None]) -> None:
    if not await ask.house.store.remove_tag(ask.text("id_tag"), ask.by, expected_version(ask.request)):
        raise not_found("such tag")


@routes.post(
    "/tags/import",
    "Import tags from CSV or NDJSON (the columns of the export; only id_tag is required). All lines or none. Of a tag that is known, what "
    "the file has no column for, and NDJSON no member, stays as it is.",
    scope=Scope.TAGS_WRITE,
    query=ImportQuery,
    response=ImportView,
    body_media="text/csv",
)
async def import_tags(ask: Ask[ImportQuery, None]) -> ImportView:
    rows = await read_rows(ask.request, TagBody, columns=TagView.__struct_fields__, key="id_tag", fold=fold_tag)
    tags = [_tag(row.value) for row in rows.good]
    lines = {row.value.id_tag: row.line for row in rows.good}
    for id_tag in await ask.house.store.driverless(tags):
        rows.refuse(lines[id_tag], "user_id", "is the id of no driver")
    # A tag always has a status, so an empty cell for it says nothing.
    named = [row.named - ({"status"} - row.given) for row in rows.good]
    dry_run = ask.query.dry_run
    if dry_run:
        ask.changed_nothing()
    else:
        rows.must_be_right()
    added, changed = await ask.house.store.import_tags(tags, ask.by, named=named, dry_run=dry_run)
    return ImportView(dry_run, added, changed, rows.errors)


async def tag_views(ask: Ask[Any, Any], tags: Sequence[Tag]) -> list[TagView]:
    """Tags as the API shows them to who asks."""
    owners = {tag.user_id for tag in tags if tag.user_id is not None}
    names = await ask.house.store.driver_names(owners) if ask.who.may(Scope.DRIVERS_READ) else {}
    return [_view(tag, None if tag.user_id is None else names.get(tag.user_id)) for tag in tags]


async def _views(ask: Ask[Any, Any], pieces: AsyncIterator[Sequence[Tag]]) -> AsyncIterator[TagView]:
    async for tags in pieces:
        for view in await tag_views(ask, tags):
            yield view


def _view(tag: Tag, driver_name: str | None) -> TagView:
    return TagView(
        id_tag=tag.id_tag,
        type=tag.type,
        status=tag.status,
        parent=tag.parent,
        expires_at=tag.expires_at,
        max_active_sessions=tag.max_active_sessions,
        user_id=tag.user_id,
        note=tag.note,
        created_at=tag.created_at,
        version=tag.version,
        simulated=tag.simulated,
        driver_disabled=tag.driver_disabled,
        driver_name=driver_name,
    )


def _tag(body: TagBody) -> Tag:
    return Tag(
        id_tag=body.id_tag,
        status=body.status,
        type=body.type,
        parent=body.parent,
        expires_at=None if body.expires_at is None else body.expires_at.astimezone(UTC),
        max_active_sessions=body.max_active_sessions,
        user_id=body.user_id,
        note=body.note,
    )


async def _one(ask: Ask[Any, Any], tag: Tag, status: int = 200) -> Reply:
    [view] = await tag_views(ask, [tag])
    headers = {"ETag": etag(tag.version)}
    if status == 201:
        headers["Location"] = f"/api/v1/tags/{quote(tag.id_tag, safe='')}"
    return Reply(view, status, headers)
