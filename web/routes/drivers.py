"""Drivers: the people whose tags charge. They do not sign in; those who operate are users."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated

import msgspec
from aiohttp import web
from msgspec import UNSET, UnsetType

from voltaro.domain.driver import Driver
from voltaro.domain.person import Scope
from voltaro.ports import Change, DriverQuery, SessionQuery, VersionConflict
from web.export import LIST_MEDIA, Format, all_pages, stream, wanted_format
from web.importing import RowError, read_rows
from web.problem import not_found
from web.route import Ask, Body, Listing, PageQuery, Query, Reply, Routes, etag, expected_version
from web.routes.sessions import SessionView, session_view
from web.routes.tags import TagView, tag_views

routes = Routes("drivers")

MOST_TAGS = 100
RECENT_SESSIONS = 20
_PAGE = 500

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern=r"\S")]
Mail = Annotated[str, msgspec.Meta(max_length=254, pattern=r"^[^@\s]+@[^@\s]+$")]
Phone = Annotated[str, msgspec.Meta(max_length=40, pattern=r"^\+?[0-9 ()/.-]{3,}$")]
ExternalId = Annotated[str, msgspec.Meta(min_length=1, max_length=200, description="What another system calls them; nobody else's.")]
Note = Annotated[str, msgspec.Meta(max_length=2000)]


class DriverView(msgspec.Struct, frozen=True, kw_only=True):
    """A driver. ``version`` is also the ETag. The tags of a ``disabled`` one are answered Blocked."""

    id: int
    name: str
    email: str | None
    phone: str | None
    external_id: str | None
    note: str | None
    disabled: bool
    created_at: datetime | None
    version: int


class DriverDetail(DriverView, frozen=True, kw_only=True):
    """A driver with their tags and newest sessions; null where the asker may not read those (scopes tags:read, sessions:read).

    The rest of the sessions: GET /api/v1/sessions?driver_id=."""

    tags: list[TagView] | None
    sessions: list[SessionView] | None


class DriverBody(Body, frozen=True, kw_only=True):
    """A driver to be made known."""

    name: Name
    email: Mail | None = None
    phone: Phone | None = None
    external_id: ExternalId | None = None
    note: Note | None = None
    disabled: bool = False


class DriverPatch(Body, frozen=True, kw_only=True):
    """What to change; members left out stay."""

    name: Name | UnsetType = UNSET
    email: Mail | UnsetType | None = UNSET
    phone: Phone | UnsetType | None = UNSET
    external_id: ExternalId | UnsetType | None = UNSET
    note: Note | UnsetType | None = UNSET
    disabled: bool | UnsetType = UNSET


class DriverListQuery(PageQuery, frozen=True, kw_only=True):
    """Filters of the driver list; ``search`` finds a part of name, e-mail, telephone, external id or note."""

    search: Annotated[str, msgspec.Meta(max_length=100)] | None = None
    disabled: bool | None = None


class DriverImportQuery(Query, frozen=True, kw_only=True):
    """``dry_run`` only says what the import would do."""

    dry_run: bool = False


class DriverImportView(msgspec.Struct, frozen=True):
    """What an import did, or would do. Nothing is imported when there are errors."""

    dry_run: bool
    added: int
    changed: int
    errors: list[RowError]


@routes.get(
    "/drivers",
    "List drivers, newest first.",
    scope=Scope.DRIVERS_READ,
    query=DriverListQuery,
    response=Listing[DriverView],
    media=LIST_MEDIA,
)
async def list_drivers(ask: Ask[DriverListQuery, None]) -> Listing[DriverView] | web.StreamResponse:
    asked, store, wanted = ask.query, ask.house.store, wanted_format(ask.request)
    query = DriverQuery(asked.search, asked.disabled)
    if wanted is Format.JSON:
        page = await store.drivers(query, limit=asked.limit, cursor=asked.cursor)
        return Listing([driver_view(driver) for driver in page.items], page.next)
    rows: AsyncIterator[DriverView] = all_pages(lambda cursor: store.drivers(query, limit=_PAGE, cursor=cursor), driver_view)
    return await stream(ask.request, wanted, "drivers", rows, DriverView.__struct_fields__)


@routes.post("/drivers", "Make a driver known.", scope=Scope.DRIVERS_WRITE, body=DriverBody, response=DriverView, status=201)
async def add_driver(ask: Ask[None, DriverBody]) -> Reply:
    driver = await ask.house.store.add_driver(_driver(ask.body), ask.by)
    return Reply(driver_view(driver), 201, {"ETag": etag(driver.version), "Location": f"/api/v1/drivers/{driver.id}"})


@routes.get("/drivers/{driver_id}", "Show a driver with their tags and newest sessions.", scope=Scope.DRIVERS_READ, response=DriverDetail)
async def show_driver(ask: Ask[None, None]) -> Reply:
    driver_id, store, who = ask.number("driver_id"), ask.house.store, ask.who
    driver = await store.driver(driver_id)
    if driver is None:
        raise not_found(f"driver {driver_id}")
    tags = await tag_views(ask, await store.tags_of_driver(driver_id, limit=MOST_TAGS)) if who.may(Scope.TAGS_READ) else None
    sessions = None
    if who.may(Scope.SESSIONS_READ):
        page = await store.sessions(SessionQuery(driver_id=driver_id), limit=RECENT_SESSIONS)
        sessions = [session_view(session) for session in page.items]
    shown = msgspec.structs.asdict(driver_view(driver))
    return Reply(DriverDetail(**shown, tags=tags, sessions=sessions), 200, {"ETag": etag(driver.version)})


@routes.patch("/drivers/{driver_id}", "Change a driver.", scope=Scope.DRIVERS_WRITE, body=DriverPatch, response=DriverView)
async def change_driver(ask: Ask[None, DriverPatch]) -> Reply:
    values = {name: getattr(ask.body, name) for name in ask.body.__struct_fields__ if getattr(ask.body, name) is not UNSET}
    driver_id, version, store = ask.number("driver_id"), expected_version(ask.request), ask.house.store
    driver = await store.change_driver(driver_id, Change(values, version), ask.by) if values else await store.driver(driver_id)
    if driver is None:
        raise not_found(f"driver {driver_id}")
    if not values:
        ask.changed_nothing()
        if version is not None and version != driver.version:
            raise VersionConflict
    return Reply(driver_view(driver), 200, {"ETag": etag(driver.version)})


@routes.delete("/drivers/{driver_id}", "Remove a driver; their tags stay and are nobody's, their sessions stay.", scope=Scope.DRIVERS_WRITE)
async def remove_driver(ask: Ask[None, None]) -> None:
    driver_id = ask.number("driver_id")
    if not await ask.house.store.remove_driver(driver_id, ask.by, expected_version(ask.request)):
        raise not_found(f"driver {driver_id}")


@routes.post(
    "/drivers/import",
    "Import drivers from CSV or NDJSON (the columns of the export; only name is required). One whose external_id is known is changed, "
    "any other is new. All lines or none. What the file has no column for, and NDJSON no member, stays as it is.",
    scope=Scope.DRIVERS_WRITE,
    query=DriverImportQuery,
    response=DriverImportView,
    body_media="text/csv",
)
async def import_drivers(ask: Ask[DriverImportQuery, None]) -> DriverImportView:
    rows = await read_rows(ask.request, DriverBody, columns=DriverView.__struct_fields__, key="external_id", strict=True)
    dry_run = ask.query.dry_run
    if dry_run:
        ask.changed_nothing()
    else:
        rows.must_be_right()
    found = [_driver(row.value) for row in rows.good]
    named = [row.named - ({"disabled"} - row.given) for row in rows.good]
    added, changed = await ask.house.store.import_drivers(found, ask.by, named=named, dry_run=dry_run)
    return DriverImportView(dry_run, added, changed, rows.errors)


def driver_view(driver: Driver) -> DriverView:
    """A driver as the API shows them."""
    return DriverView(**{name: getattr(driver, name) for name in DriverView.__struct_fields__})


def _driver(body: DriverBody) -> Driver:
    return Driver(0, **{name: getattr(body, name) for name in body.__struct_fields__})
