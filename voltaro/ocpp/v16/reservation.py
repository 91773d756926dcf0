"""OCPP 1.6 Reservation (sections 5.2 and 5.13): what a charger's answers say of reservations."""

from __future__ import annotations

from collections.abc import Coroutine, Mapping
from typing import Any

from voltaro.domain.reservation import ReservationWish
from voltaro.ocpp.charging import fits, moment_of
from voltaro.ocpp.dialect import Handlers, after
from voltaro.ports import Station

Told = Mapping[str, Any]


class Reserving(Handlers):
    """What is learned of reservations."""

    @after("ReserveNow")
    def after_reserve_now(self, station: Station, asked: Told, answered: Told | None) -> Coroutine[Any, Any, None] | None:
        expires_at = moment_of(asked["expiryDate"])
        if expires_at is None or not fits(asked["reservationId"], asked["connectorId"]):
            return None
        wish = ReservationWish(station.charger_id, asked["connectorId"], asked["idTag"], expires_at, asked.get("parentIdTag"))
        return station.reservations.answered(asked["reservationId"], wish, None if answered is None else answered["status"])

    @after("CancelReservation")
    def after_cancel_reservation(self, station: Station, asked: Told, answered: Told | None) -> Coroutine[Any, Any, None] | None:
        if not fits(asked["reservationId"]):
            return None
        return station.reservations.cancelled(asked["reservationId"], None if answered is None else answered["status"])
