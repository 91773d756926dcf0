"""Sites: where chargers stand, with how many are there and what they do now."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
from aiohttp import web
from msgspec import UNSET, UnsetType

from voltaro.domain.person import Scope
from voltaro.domain.site import Site, check_zone
from voltaro.ports import Change, VersionConflict
from voltaro.ports.sites import Leaving
from web.export import LIST_MEDIA, Format, all_pages, stream, wanted_format
from web.problem import Offender, Problem, invalid, not_found
from web.route import Ask, Body, Listing, PageQuery, Query, Reply, Routes, etag, expected_version
from web.site_figures import FIGURES, SiteFigures

routes = Routes("sites")

_PAGE = 500
SiteId = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:@+-]{0,99}$", description="Letters, digits and ._:@+-")]
SiteName = Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern=r"\S")]
Address = Annotated[str, msgspec.Meta(max_length=500)]
SiteNote = Annotated[str, msgspec.Meta(max_length=2000)]
Zone = Annotated[str, msgspec.Meta(max_length=80, description="An IANA time zone, e.g. Europe/Berlin.")]
SiteLatitude = Annotated[float, msgspec.Meta(ge=-90, le=90)]
SiteLongitude = Annotated[float, msgspec.Meta(ge=-180, le=180)]


class SiteView(msgspec.Struct, frozen=True, kw_only=True):
    """A site with its figures, which are at most a few seconds old. ``version`` is also the ETag. ``energy_today_wh`` is what was
    delivered here since midnight of the site's own time zone."""

    id: str
    name: str
    address: str | None
    latitude: float | None
    longitude: float | None
    time_zone: str
    note: str | None
    chargers: int
    online: int
    charging: int
    faulted: int
    power_w: int
    energy_today_wh: int
    created_at: datetime
    version: int


class SiteBody(Body, frozen=True, kw_only=True):
    """A site to be made. Without an id one is made. Latitude and longitude are given both or not at all."""

    id: SiteId | None = None
    name: SiteName
    address: Address | None = None
    latitude: SiteLatitude | None = None
    longitude: SiteLongitude | None = None
    time_zone: Zone = "UTC"
    note: SiteNote | None = None


class SitePatch(Body, frozen=True, kw_only=True):
    """What to change; members left out stay."""

    name: SiteName | UnsetType = UNSET
    address: Address | UnsetType | None = UNSET
    latitude: SiteLatitude | UnsetType | None = UNSET
    longitude: SiteLongitude | UnsetType | None = UNSET
    time_zone: Zone | UnsetType = UNSET
    note: SiteNote | UnsetType | None = UNSET


class SiteListQuery(PageQuery, frozen=True, kw_only=True):
    """``search`` finds a part of the id, name or address, without case."""

    search: Annotated[str, msgspec.Meta(max_length=100)] | None = None


class SiteRemovalQuery(Query, frozen=True, kw_only=True):
    """Where the chargers of a removed site go: ``move_to`` another, or with ``detach`` to none. Without either only an empty one goes."""

    move_to: Annotated[str, msgspec.Meta(max_length=200)] | None = None
    detach: bool = False


@routes.get("/sites", "List sites, by name.", scope=Scope.CHARGERS_READ, query=SiteListQuery, response=Listing[SiteView], media=LIST_MEDIA)
async def list_sites(ask: Ask[SiteListQuery, None]) -> Listing[SiteView] | web.StreamResponse:
    query, store, wanted = ask.query, ask.house.store, wanted_format(ask.request)
    figures = ask.request.app[FIGURES]
    if wanted is Format.JSON:
        page = await store.sites(limit=query.limit, cursor=query.cursor, search=query.search)
        of_site = await figures.of(page.items)
        return Listing([site_view(site, of_site[site.id]) for site in page.items], page.next)

    async def rows() -> AsyncIterator[SiteView]:
        sites = all_pages(lambda cursor: store.sites(limit=_PAGE, cursor=cursor, search=query.search), lambda site: site)
        async for site in sites:
            yield site_view(site, (await figures.of([site]))[site.id])

    return await stream(ask.request, wanted, "sites", rows(), SiteView.__struct_fields__)


@routes.post("/sites", "Make a site.", scope=Scope.CHARGERS_WRITE, body=SiteBody, response=SiteView, status=201)
async def add_site(ask: Ask[None, SiteBody]) -> Reply:
    body = ask.body
    _check_place(body.latitude, body.longitude)
    site = Site(
        id=body.id or f"site-{secrets.token_hex(4)}",
        name=body.name.strip(),
        created_at=datetime.now(UTC),
        address=body.address,
        latitude=body.latitude,
        longitude=body.longitude,
        time_zone=_zone(body.time_zone),
        note=body.note,
    )
    return await _one(ask, await ask.house.store.add_site(site, ask.by), 201)


@routes.get("/sites/{site_id}", "Show a site.", scope=Scope.CHARGERS_READ, response=SiteView)
async def show_site(ask: Ask[None, None]) -> Reply:
    return await _one(ask, await _known(ask))


@routes.patch("/sites/{site_id}", "Change a site.", scope=Scope.CHARGERS_WRITE, body=SitePatch, response=SiteView)
async def change_site(ask: Ask[None, SitePatch]) -> Reply:
    patch, version = ask.body, expected_version(ask.request)
    values: dict[str, Any] = {name: getattr(patch, name) for name in patch.__struct_fields__ if getattr(patch, name) is not UNSET}
    if "name" in values:
        values["name"] = values["name"].strip()
    if "time_zone" in values:
        _zone(values["time_zone"])
    known = await _known(ask)
    if version is not None and version != known.version:
        raise VersionConflict
    _check_place(values.get("latitude", known.latitude), values.get("longitude", known.longitude))
    if not values:
        ask.changed_nothing()
    site = await ask.house.store.change_site(known.id, Change(values, version), ask.by) if values else known
    if site is None:
        raise not_found(f"site {known.id!r}")
    return await _one(ask, site)


@routes.delete(
    "/sites/{site_id}",
    "Remove a site. While chargers stand there: 409 that says how many, unless it is said where they go.",
    scope=Scope.CHARGERS_WRITE,
    query=SiteRemovalQuery,
)
async def remove_site(ask: Ask[SiteRemovalQuery, None]) -> None:
    site_id, query, version = ask.text("site_id"), ask.query, expected_version(ask.request)
    if query.move_to is not None and query.detach:
        raise _bad_query("detach", "move_to and detach exclude each other")
    if query.move_to == site_id:
        raise _bad_query("move_to", "is the site that is to be removed")
    if query.move_to is not None and await ask.house.store.site(query.move_to) is None:
        raise _bad_query("move_to", f"there is no site {query.move_to!r}")
    leaving = Leaving(query.move_to) if query.detach or query.move_to is not None else None
    if not await ask.house.store.remove_site(site_id, ask.by, version=version, leaving=leaving):
        raise not_found(f"site {site_id!r}")
    ask.request.app[FIGURES].forget()


def site_view(site: Site, figures: SiteFigures) -> SiteView:
    """A site as the API shows it."""
    return SiteView(
        id=site.id,
        name=site.name,
        address=site.address,
        latitude=site.latitude,
        longitude=site.longitude,
        time_zone=site.time_zone,
        note=site.note,
        chargers=figures.chargers,
        online=figures.online,
        charging=figures.charging,
        faulted=figures.faulted,
        power_w=figures.power_w,
        energy_today_wh=figures.energy_today_wh,
        created_at=site.created_at,
        version=site.version,
    )


async def _known(ask: Ask[Any, Any]) -> Site:
    site_id = ask.text("site_id")
    site = await ask.house.store.site(site_id)
    if site is None:
        raise not_found(f"site {site_id!r}")
    return site


async def _one(ask: Ask[Any, Any], site: Site, status: int = 200) -> Reply:
    of_site = await ask.request.app[FIGURES].of([site])
    headers = {"ETag": etag(site.version)}
    if status == 201:
        headers["Location"] = f"/api/v1/sites/{site.id}"
    return Reply(site_view(site, of_site[site.id]), status, headers)


def _zone(name: str) -> str:
    try:
        return check_zone(name)
    except ValueError as wrong:
        raise invalid("/time_zone", str(wrong)) from wrong


def _check_place(latitude: float | None, longitude: float | None) -> None:
    if (latitude is None) is not (longitude is None):
        lacking = "latitude" if latitude is None else "longitude"
        raise invalid(f"/{lacking}", "latitude and longitude are given both, or neither")


def _bad_query(name: str, detail: str) -> Problem:
    return Problem(400, "bad_query", f"The query parameter {name!r}: {detail}.", errors=[Offender(f"?{name}", detail)])
