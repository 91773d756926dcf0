"""Reservations: an evse kept for a tag and its group until a moment."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, UnsetType

from voltaro.domain.command import CancelReservation, Command, Reserve
from voltaro.domain.person import Scope
from voltaro.domain.reservation import Reservation, ReservationState, ReservationWish
from voltaro.domain.resolution import NotNow
from voltaro.domain.tag import Tag, authorize
from voltaro.ports import ActorUnavailable, CommandsFull, InvalidPayload, NotConnected, ReservationQuery, UnknownAction
from web.charging import LATEST, Instant, Number, told_to
from web.problem import invalid, not_found
from web.route import Ask, Body, Listing, PageQuery, Reply, Routes
from web.routes.chargers import known_charger
from web.routes.commands import CommandView, IdTag, command_view, wait_wished

routes = Routes("reservations")


class ReservationView(msgspec.Struct, frozen=True, kw_only=True):
    """A reservation. ``number`` is OCPP's reservationId, ``answer`` the charger's final word; evse 0 is any of the charger."""

    id: int
    charger_id: str
    number: int
    evse_id: int
    id_tag: str
    parent: str | None
    expires_at: datetime
    state: ReservationState
    requested_at: datetime
    requested_by: str | None
    answer: str | None
    answered_at: datetime | None
    ended_at: datetime | None
    reason: str | None
    transaction_id: str | None


class ReservationListQuery(PageQuery, frozen=True, kw_only=True):
    """Filters of the reservations."""

    charger_id: Annotated[str, msgspec.Meta(max_length=100)] | None = None
    state: ReservationState | None = None


class ReservationBody(Body, frozen=True, kw_only=True):
    """Keep an evse for a tag. ``parent`` left out is the tag's own; null keeps the rest of its group out.

    Evse 0 keeps any of the charger; one of OCPP 1.6 is only asked for it when it is known to do that, or with ``insist``.
    """

    evse_id: Number
    id_tag: IdTag
    expires_at: Instant
    parent: Annotated[str, msgspec.Meta(min_length=1, max_length=255)] | UnsetType | None = UNSET
    insist: bool = False


@routes.get(
    "/reservations",
    "List reservations, newest first.",
    scope=Scope.CHARGERS_READ,
    query=ReservationListQuery,
    response=Listing[ReservationView],
)
async def list_reservations(ask: Ask[ReservationListQuery, None]) -> Listing[ReservationView]:
    asked = ask.query
    query = ReservationQuery(asked.charger_id, asked.state)
    page = await ask.house.store.reservations(query, limit=asked.limit, cursor=asked.cursor)
    return Listing([reservation_view(reservation) for reservation in page.items], page.next)


@routes.get("/reservations/{reservation_id}", "Show a reservation.", scope=Scope.CHARGERS_READ, response=ReservationView)
async def show_reservation(ask: Ask[None, None]) -> ReservationView:
    return reservation_view(await _known(ask))


@routes.post(
    "/chargers/{charger_id}/reservations",
    "Ask the charger for a reservation. 202 with Location; with Prefer: wait=N, 200 with the charger's answer when it comes in time.",
    scope=Scope.COMMANDS_WRITE,
    body=ReservationBody,
    response=ReservationView,
    status=202,
    also={200: ReservationView},
)
async def reserve(ask: Ask[None, ReservationBody]) -> Reply:
    charger, house, body = await known_charger(ask), ask.house, ask.body
    now = house.clock.now()
    if not now < body.expires_at <= LATEST:
        raise invalid("/expires_at", "lies ahead")
    tag = await house.store.tag(body.id_tag)
    if tag is not None and not authorize(tag, now).accepted:
        raise invalid("/id_tag", f"may not charge: it is {authorize(tag, now).verdict}")
    dialect = await house.fleet.dialect(charger.id)
    if body.evse_id == 0 and dialect.protocol == "ocpp1.6" and not body.insist:
        known = (await told_to(house, charger.id)).reserve_evse_zero
        if not known:
            why = "is not known to take" if known is None else "does not take"
            raise invalid("/evse_id", f"this charger {why} reservations of evse 0 (ReserveConnectorZeroSupported): name one, or insist")
    parent = _parent(body, tag)
    wish = ReservationWish(charger.id, body.evse_id, body.id_tag, body.expires_at, parent)
    dialect.compose(_order(wish, 1, tag))  # what cannot be said is refused before it is numbered
    reservation = await house.store.ask_reservation(wish, ask.by, now)
    try:
        command = await house.fleet.order(charger.id, _order(wish, reservation.number, tag), ask.by)
    except (NotConnected, CommandsFull, ActorUnavailable, InvalidPayload, UnknownAction) as error:
        await house.store.withdraw_reservation(reservation, f"it was not sent: {error}"[:200], house.clock.now())
        raise
    headers = {"Location": f"/api/v1/reservations/{reservation.id}"}
    await _answered(ask, command, headers)
    shown = await house.store.reservation(reservation.id) or reservation
    return Reply(reservation_view(shown), 202 if shown.state is ReservationState.REQUESTED else 200, headers)


@routes.delete(
    "/reservations/{reservation_id}",
    "Ask the charger to give up a reservation. Answers as commands do; one that it does not know is gone.",
    scope=Scope.COMMANDS_WRITE,
    response=CommandView,
    status=202,
)
async def cancel_reservation(ask: Ask[None, None]) -> Reply:
    reservation = await _known(ask)
    if not reservation.is_open:
        raise NotNow(f"reservation {reservation.id} is {reservation.state} already")
    command = await ask.house.fleet.order(reservation.charger_id, CancelReservation(reservation.number), ask.by)
    headers = {"Location": f"/api/v1/commands/{command.id}"}
    command = await _answered(ask, command, headers)
    return Reply(command_view(command), 200 if command.state.settled else 202, headers)


def reservation_view(reservation: Reservation) -> ReservationView:
    """A reservation as the API shows it."""
    return ReservationView(**{name: getattr(reservation, name) for name in Reservation.__slots__})


async def _known(ask: Ask[Any, Any]) -> Reservation:
    reservation_id = ask.number("reservation_id")
    reservation = await ask.house.store.reservation(reservation_id)
    if reservation is None:
        raise not_found(f"reservation {reservation_id}")
    return reservation


async def _answered(ask: Ask[Any, Any], command: Command, headers: dict[str, str]) -> Command:
    """The command as it stands after the wait that was wished for."""
    wait_s = wait_wished(ask.request)
    if wait_s is None:
        return command
    headers["Preference-Applied"] = f"wait={wait_s}"
    return await ask.house.fleet.settled(command, wait_s)


def _order(wish: ReservationWish, number: int, tag: Tag | None) -> Reserve:
    return Reserve(number, wish.evse_id, wish.id_tag, wish.expires_at, wish.parent, None if tag is None else tag.type)


def _parent(body: ReservationBody, tag: Tag | None) -> str | None:
    if body.parent is not UNSET:
        return body.parent
    return None if tag is None else tag.parent
