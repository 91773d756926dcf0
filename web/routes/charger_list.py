"""The list of chargers: filtered by what is stored and by what is live, as pages, as CSV or as NDJSON."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

import msgspec
from aiohttp import web

from voltaro.domain.charger import Charger, Connection, Registration
from voltaro.domain.charger_state import ChargerState, LiveState, charger_state
from voltaro.domain.person import Scope
from voltaro.ports import ChargerFilter, ChargerOrder
from web.charger_views import ChargerBrief, ChargerView, brief_views, charger_views, of_stranger
from web.export import LIST_MEDIA, Format, all_pieces, stream, wanted_format
from web.house import House
from web.reading import words_of
from web.route import Ask, Cursor, Limit, Listing, Query, Routes

routes = Routes("chargers")

_PIECE = 50
_STREAMED_PIECE = 500
Word = Annotated[str, msgspec.Meta(max_length=200)]
Words = Annotated[str, msgspec.Meta(max_length=400, description="One or several, comma between.")]


class Detail(StrEnum):
    """``brief`` leaves out what is as it is with most chargers, and what is only looked at on a charger's own page."""

    FULL = "full"
    BRIEF = "brief"


class ChargerFilters(Query, frozen=True, kw_only=True):
    """Which chargers. ``state`` is the one that stands for the whole charger: the loudest of its connectors', or offline, quarantined,
    pending."""

    registration: Registration | None = None
    search: Word | None = None
    state: Words | None = None
    connection: Words | None = None
    protocol: Word | None = None
    vendor: Word | None = None
    model: Word | None = None
    firmware_version: Word | None = None
    site_id: Word | None = None
    security_profile: Annotated[int, msgspec.Meta(ge=0, le=3)] | None = None


class ChargerQuery(ChargerFilters, frozen=True, kw_only=True):
    """Filters of chargers, and a page of them. ``registration=pending`` also lists strangers who wait and have no row yet, before all
    others."""

    limit: Limit = 50
    cursor: Cursor | None = None
    view: Detail = Detail.FULL
    sort: ChargerOrder = ChargerOrder.BY_ID


class ChargerRow(msgspec.Struct, frozen=True, kw_only=True):
    """A charger as a line of CSV. The columns up to ``password`` can be imported again; passwords are never told."""

    id: str
    name: str | None
    site_id: str | None
    latitude: float | None
    longitude: float | None
    registration: Registration
    security_profile: int
    password: None
    connection: Connection
    state: ChargerState
    protocol: str | None
    vendor: str | None
    model: str | None
    serial_number: str | None
    firmware_version: str | None
    connectors: int
    last_seen: datetime | None
    connected_since: datetime | None
    created_at: datetime | None


@routes.get(
    "/chargers",
    "List chargers, by id unless another order is asked for.",
    scope=Scope.CHARGERS_READ,
    query=ChargerQuery,
    response=Listing[ChargerView],
    media=LIST_MEDIA,
)
async def list_chargers(ask: Ask[ChargerQuery, None]) -> Listing[Any] | web.StreamResponse:
    query, house, wanted = ask.query, ask.house, wanted_format(ask.request)
    brief = query.view is Detail.BRIEF
    chosen = await charger_filter(house, query)
    if wanted is Format.CSV:
        return await stream(ask.request, wanted, "chargers", _rows(house, chosen, query.sort), ChargerRow.__struct_fields__)
    if wanted is Format.NDJSON:
        views = _briefs(house, chosen, query.sort) if brief else _views(house, chosen, query.sort)
        return await stream(ask.request, wanted, "chargers", views, ())
    if brief:
        page = await house.store.find_chargers(chosen, limit=query.limit, cursor=query.cursor, order=query.sort)
        return Listing(await brief_views(house, page.items), page.next)
    items: list[ChargerView] = []
    cursor = query.cursor
    while True:
        # A large page is read in pieces: others get their turn between them.
        page = await house.store.find_chargers(chosen, limit=min(query.limit - len(items), _PIECE), cursor=cursor, order=query.sort)
        items += await charger_views(house, page.items)
        cursor = page.next
        if cursor is None or len(items) >= query.limit:
            break
    if query.registration is Registration.PENDING and query.cursor is None:
        stored = {charger.id for charger in items}
        strangers = [stranger for stranger in house.waiting_room.strangers() if stranger.charger_id not in stored]
        shown = (query.search or "").casefold()
        items[:0] = [of_stranger(stranger) for stranger in strangers if shown in stranger.charger_id.casefold()]
    return Listing(items, cursor)


async def charger_filter(house: House, query: ChargerFilters) -> ChargerFilter:
    """The filters as the store takes them: what is live is looked up, and becomes the ids that it is true of.

    Raises Problem 400 for a state or a connection that there is not.
    """
    states = frozenset(words_of("state", query.state, ChargerState))
    connections = frozenset(words_of("connection", query.connection, Connection))
    among: frozenset[str] | None = None
    without: Collection[str] = ()
    if states or connections:
        live = await house.fleet.states()
        pending = frozenset(await house.store.chargers_registered(Registration.PENDING)) if states else frozenset()
        fits = frozenset(name for name, state in live.items() if _fits(name, state, states, connections, pending))
        if _fits("", None, states, connections, pending):
            without = live.keys() - fits
        else:
            among = fits
    return ChargerFilter(
        search=query.search,
        registration=query.registration,
        protocol=query.protocol,
        vendor=query.vendor,
        model=query.model,
        firmware_version=query.firmware_version,
        site_id=query.site_id,
        security_profile=query.security_profile,
        among=among,
        without=without,
    )


def _fits(
    name: str, live: LiveState | None, states: frozenset[ChargerState], connections: frozenset[Connection], pending: frozenset[str]
) -> bool:
    """Whether a charger fits by what is live of it; ``live`` None is one that nobody has heard of."""
    registration = Registration.PENDING if name in pending else Registration.ACCEPTED
    connection = Connection.OFFLINE if live is None else live.connection
    return (not states or charger_state(live, registration) in states) and (not connections or connection in connections)


def _pieces(house: House, chosen: ChargerFilter, order: ChargerOrder) -> AsyncIterator[Sequence[Charger]]:
    return all_pieces(lambda cursor: house.store.find_chargers(chosen, limit=_STREAMED_PIECE, cursor=cursor, order=order))


async def _views(house: House, chosen: ChargerFilter, order: ChargerOrder) -> AsyncIterator[ChargerView]:
    async for piece in _pieces(house, chosen, order):
        for start in range(0, len(piece), _PIECE):
            for view in await charger_views(house, piece[start : start + _PIECE]):
                yield view


async def _briefs(house: House, chosen: ChargerFilter, order: ChargerOrder) -> AsyncIterator[ChargerBrief]:
    async for piece in _pieces(house, chosen, order):
        for view in await brief_views(house, piece):
            yield view


async def _rows(house: House, chosen: ChargerFilter, order: ChargerOrder) -> AsyncIterator[ChargerRow]:
    async for piece in _pieces(house, chosen, order):
        live: Mapping[str, LiveState] = await house.fleet.states()
        for charger, view in zip(piece, await brief_views(house, piece), strict=True):
            yield _row(charger, view, charger_state(live.get(charger.id), charger.registration))


def _row(charger: Charger, view: ChargerBrief, state: ChargerState) -> ChargerRow:
    return ChargerRow(
        id=charger.id,
        name=charger.name,
        site_id=charger.site_id,
        latitude=charger.latitude,
        longitude=charger.longitude,
        registration=charger.registration,
        security_profile=charger.security_profile,
        password=None,
        connection=view.connection,
        state=state,
        protocol=view.protocol,
        vendor=charger.vendor,
        model=charger.model,
        serial_number=charger.serial_number,
        firmware_version=charger.firmware_version,
        connectors=sum(len(evse.connectors) for evse in view.evses),
        last_seen=view.last_seen,
        connected_since=view.connected_since,
        created_at=charger.created_at,
    )
