"""The connection doctor: where chargers connect, who tried, how that ended and why."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import msgspec
from aiohttp import web

from voltaro.domain.attempt import Attempt, AttemptOutcome, AttemptReason, attempt_shown
from voltaro.domain.person import Scope
from voltaro.ports import BadCursor
from web.doors import Door, is_reached, machine_addresses, url_of
from web.export import LIST_MEDIA, Format, each, stream, wanted_format
from web.house import House
from web.problem import invalid
from web.qr import LONGEST, qr_svg
from web.route import Ask, Listing, PageQuery, Query, Routes

routes = Routes("connections")

Outcome = AttemptOutcome
Reason = AttemptReason


class AttemptView(msgspec.Struct, frozen=True, kw_only=True):
    """How an attempt to connect ended. Those alike (address, identity, reason) are one with a ``count``; ``id`` grows with each.

    ``identity`` is as the charger wrote it, ``charger_id`` the charger that it meant; ``similar`` are known chargers whose identity
    differs from an unknown one in case or punctuation alone. ``path`` is shown where there is something wrong with it.
    """

    id: int
    outcome: Outcome
    reason: Reason
    at: datetime
    first_at: datetime
    count: int
    address: str
    secure: bool
    identity: str | None
    charger_id: str | None
    path: str | None
    offered: list[str]
    protocol: str | None
    detail: str | None
    similar: list[str] = []


class AttemptQuery(PageQuery, frozen=True, kw_only=True):
    """``charger_id`` finds the identity as it was written, too."""

    charger_id: Annotated[str, msgspec.Meta(max_length=200)] | None = None
    outcome: Outcome | None = None
    reason: Reason | None = None
    address: Annotated[str, msgspec.Meta(max_length=64)] | None = None


class AddressView(msgspec.Struct, frozen=True, kw_only=True):
    """An address for chargers. ``url`` ends in ``/``; a charger's identity is added to it, by us or by the charger itself.

    ``kind``: ``network`` is an address of this machine, ``named`` the name by which you have reached this page, ``loopback`` reaches
    from this machine alone. ``reached`` says whether something listens there as seen from this machine; null where not asked for.
    """

    kind: str
    scheme: str
    host: str
    port: int
    url: str
    reached: bool | None = None


class AddressesView(msgspec.Struct, frozen=True, kw_only=True):
    """Where chargers connect. ``loopback_only``: no charger on the network can reach this server as it is started."""

    loopback_only: bool
    has_tls: bool
    asks_for_certificates: bool
    subprotocols: list[str]
    items: list[AddressView]


class AddressQuery(Query, frozen=True, kw_only=True):
    """``test`` has every address tried from this machine."""

    test: bool = False


class QrQuery(Query, frozen=True, kw_only=True):
    """What the code says."""

    text: Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST)]


@routes.get(
    "/connection-attempts",
    "List who tried to connect, newest first: the last few hundred since the server started.",
    scope=Scope.CHARGERS_READ,
    query=AttemptQuery,
    response=Listing[AttemptView],
    media=LIST_MEDIA,
)
async def list_attempts(ask: Ask[AttemptQuery, None]) -> Listing[AttemptView] | web.StreamResponse:
    query, wanted = ask.query, wanted_format(ask.request)
    found = [attempt for attempt in _attempts(ask.house) if _fits(attempt, query)]
    if wanted is not Format.JSON:
        views = await _views(ask.house, found)
        return await stream(ask.request, wanted, "connection-attempts", each(views), AttemptView.__struct_fields__)
    after = None if query.cursor is None else _number(query.cursor)
    rest = [attempt for attempt in found if after is None or attempt.number < after]
    page = rest[: query.limit]
    return Listing(await _views(ask.house, page), str(page[-1].number) if len(rest) > len(page) else None)


@routes.get(
    "/connection-addresses",
    "Where chargers connect: every address of this machine that is listened on.",
    scope=Scope.CHARGERS_READ,
    query=AddressQuery,
    response=AddressesView,
)
async def show_addresses(ask: Ask[AddressQuery, None]) -> AddressesView:
    settings = ask.house.settings
    machine = await asyncio.to_thread(machine_addresses)
    named = _host(ask.house.gate.peers.host(ask.request))
    found = list(dict.fromkeys(place for door in settings.doors for place in _places(door, machine, named)))
    reached: Sequence[bool | None] = [None] * len(found)
    if ask.query.test:
        reached = await asyncio.gather(*(is_reached(host, port) for _, _, host, port in found))
    return AddressesView(
        loopback_only=all(door.is_loopback for door in settings.doors),
        has_tls=settings.has_tls,
        asks_for_certificates=settings.has_client_ca,
        subprotocols=["ocpp1.6", "ocpp2.0.1", "ocpp2.1"],
        items=[
            AddressView(kind=kind, scheme=scheme, host=host, port=port, url=url_of(scheme, host, port), reached=answer)
            for (kind, scheme, host, port), answer in zip(found, reached, strict=True)
        ],
    )


@routes.get("/qr.svg", "A text as a QR code.", query=QrQuery, media=("image/svg+xml",))
async def show_qr(ask: Ask[QrQuery, None]) -> web.Response:
    try:
        drawn = await asyncio.to_thread(qr_svg, ask.query.text)
    except ValueError as error:
        raise invalid("/text", f"does not fit a QR code: {error}") from error
    return web.Response(body=drawn, content_type="image/svg+xml", headers={"Cache-Control": "private, max-age=3600"})


def _attempts(house: House) -> Sequence[Attempt]:
    return () if house.attempts is None else house.attempts.attempts()


def _fits(attempt: Attempt, query: AttemptQuery) -> bool:
    return (
        (query.charger_id is None or query.charger_id in (attempt.charger_id, attempt.identity))
        and (query.outcome is None or attempt.reason.outcome is query.outcome)
        and (query.reason is None or attempt.reason is query.reason)
        and (query.address is None or attempt.address == query.address)
    )


async def _views(house: House, attempts: Sequence[Attempt]) -> list[AttemptView]:
    unknown = {attempt.identity for attempt in attempts if attempt.reason in _UNKNOWN and attempt.identity is not None}
    similar = await house.store.similar_chargers(sorted(unknown)) if unknown else {}
    return [AttemptView(**attempt_shown(attempt), similar=list(similar.get(attempt.identity or "", ()))) for attempt in attempts]


def _places(door: Door, machine: Sequence[str], named: str | None) -> list[tuple[str, str, str, int]]:
    """Kind, scheme, host and port of each address that leads to a door."""
    scheme, host, port = door
    if door.is_loopback:
        return [("loopback", scheme, host, port)]
    if not door.is_for_all:
        return [("network", scheme, host, port)]
    family = 6 if ":" in host else 4
    own = [address for address in machine if (6 if ":" in address else 4) == family]
    names = [] if named is None or named in machine else [("named", scheme, named, port)]
    return [
        *names,
        *(("network", scheme, address, port) for address in own),
        ("loopback", scheme, "::1" if family == 6 else "127.0.0.1", port),
    ]


def _host(header: str) -> str | None:
    """The name in a Host header, where it is one: an address is found otherwise."""
    host = header.rpartition("@")[2]
    host = host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]
    return host if _NAME.fullmatch(host) and host != "localhost" and not host.replace(".", "").isdigit() else None


def _number(cursor: str) -> int:
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) < 19):
        raise BadCursor("this cursor is not from this list; begin again without one")
    return int(cursor)


_UNKNOWN = (AttemptReason.UNKNOWN_WAITS, AttemptReason.UNKNOWN_REFUSED, AttemptReason.AMBIGUOUS_IDENTITY)
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")
