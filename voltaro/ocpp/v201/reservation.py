"""OCPP 2.x block H: reservations that a charger answers, and those it ends by itself."""

from __future__ import annotations

from collections.abc import Coroutine, Mapping
from typing import Any

from ocpp.v201 import call_result
from ocpp.v201.enums import Action

from voltaro.domain.reservation import ReservationWish
from voltaro.ocpp.charging import fits, moment_of
from voltaro.ocpp.dialect import Handlers, after, on
from voltaro.ports import Station

Told = Mapping[str, Any]


class Reserving(Handlers):
    """What is learned of reservations."""

    @on(Action.reservation_status_update)
    async def on_reservation_status_update(
        self, station: Station, *, reservation_id: int, reservation_update_status: str, **_: Any
    ) -> call_result.ReservationStatusUpdate:
        if fits(reservation_id):
            await station.reservations.updated(reservation_id, reservation_update_status)
        return call_result.ReservationStatusUpdate()

    @after("ReserveNow")
    def after_reserve_now(self, station: Station, asked: Told, answered: Told | None) -> Coroutine[Any, Any, None] | None:
        expires_at = moment_of(asked["expiryDateTime"])
        if expires_at is None or not fits(asked["id"], asked.get("evseId")):
            return None
        group = asked.get("groupIdToken")
        parent = None if group is None else group["idToken"]
        wish = ReservationWish(station.charger_id, asked.get("evseId", 0), asked["idToken"]["idToken"], expires_at, parent)
        return station.reservations.answered(asked["id"], wish, None if answered is None else answered["status"])

    @after("CancelReservation")
    def after_cancel_reservation(self, station: Station, asked: Told, answered: Told | None) -> Coroutine[Any, Any, None] | None:
        if not fits(asked["reservationId"]):
            return None
        return station.reservations.cancelled(asked["reservationId"], None if answered is None else answered["status"])
