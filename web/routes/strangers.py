"""Strangers: unknown identities that wait to be accepted by an operator (policy ``pending``)."""

from __future__ import annotations

from datetime import datetime

import msgspec

from voltaro.domain.person import Scope
from voltaro.ports import Stranger
from web.charger_views import ChargerView
from web.problem import not_found
from web.route import Ask, Body, Listing, Reply, Routes
from web.routes.chargers import ChargerPassword, Latitude, Longitude, Name, NewChargerBody, SecurityProfile, make_known

routes = Routes("chargers")


class BootView(msgspec.Struct, frozen=True):
    """What a stranger said of itself in BootNotification."""

    vendor: str
    model: str
    serial_number: str | None
    firmware_version: str | None


class StrangerView(msgspec.Struct, frozen=True):
    """An unknown identity whose line is open."""

    charger_id: str
    protocol: str
    remote: str
    since: datetime
    boot: BootView | None


class AcceptBody(Body, frozen=True, kw_only=True):
    """How to take a stranger in. It is open (profile 0), as it came, unless a password or another profile is given."""

    name: Name | None = None
    site_id: Name | None = None
    latitude: Latitude | None = None
    longitude: Longitude | None = None
    password: ChargerPassword | None = None
    security_profile: SecurityProfile | None = None


@routes.get("/strangers", "List the unknown chargers that wait.", scope=Scope.CHARGERS_READ, response=Listing[StrangerView])
async def list_strangers(ask: Ask[None, None]) -> Listing[StrangerView]:
    return Listing([_stranger_view(stranger) for stranger in ask.house.waiting_room.strangers()], None)


@routes.post(
    "/strangers/{charger_id}/accept",
    "Make a waiting charger known; its line is closed, so that it comes back and is served.",
    scope=Scope.CHARGERS_WRITE,
    body=AcceptBody,
    response=ChargerView,
    status=201,
)
async def accept_stranger(ask: Ask[None, AcceptBody]) -> Reply:
    body, charger_id = ask.body, ask.text("charger_id")
    if all(stranger.charger_id != charger_id for stranger in ask.house.waiting_room.strangers()):
        raise not_found(f"stranger {charger_id!r} waiting")
    profile = body.security_profile
    if profile is None:
        profile = 0 if body.password is None else 1
    new = NewChargerBody(
        id=charger_id,
        name=body.name,
        site_id=body.site_id,
        latitude=body.latitude,
        longitude=body.longitude,
        password=body.password,
        security_profile=profile,
    )
    reply = await make_known(ask.house, new, ask.by)
    ask.house.waiting_room.dismiss(charger_id)
    return reply


@routes.delete("/strangers/{charger_id}", "Hang up on a waiting charger; it may come back.", scope=Scope.CHARGERS_WRITE)
async def dismiss_stranger(ask: Ask[None, None]) -> None:
    charger_id = ask.text("charger_id")
    if not ask.house.waiting_room.dismiss(charger_id):
        raise not_found(f"stranger {charger_id!r} waiting")


def _stranger_view(stranger: Stranger) -> StrangerView:
    boot = stranger.boot
    view = None if boot is None else BootView(boot.vendor, boot.model, boot.serial_number, boot.firmware_version)
    return StrangerView(stranger.charger_id, stranger.protocol, stranger.remote, stranger.since, view)
