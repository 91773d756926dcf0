"""Reservations of a virtual OCPP 1.6 charger: who may use a connector, and until when (section 5.13)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from voltaro.simulator.agenda import Appointment
from voltaro.simulator.evse import Evse
from voltaro.simulator.talker import Command, Reply
from voltaro.simulator.v16_list import moment

if TYPE_CHECKING:
    from voltaro.simulator.v16 import Charger16


@dataclass(frozen=True, slots=True)
class Reservation:
    """``connector_id`` 0: whichever connector is free then. ``expiry`` is the appointment that ends it."""

    id: int
    connector_id: int
    tag: str
    parent: str | None
    expiry: Appointment

    def is_for(self, tag: str, group: str | None) -> bool:
        return tag == self.tag or (group is not None and group == self.parent)


def reserve(station: Charger16, payload: dict[str, Any]) -> Reply:
    number, connector = int(payload["reservationId"]), int(payload["connectorId"])
    seconds = (moment(payload["expiryDate"]) - station.clock.now()).total_seconds()
    tag, parent = str(payload["idTag"]), payload.get("parentIdTag")
    if not 0 <= connector <= len(station.evses) or seconds <= 0:
        return Reply({"status": "Rejected"})
    if connector == 0 and station.configured("ReserveConnectorZeroSupported") != "true":
        return Reply({"status": "Rejected"})
    word = _obstacle(station, number, station.evses if connector == 0 else (station.evse(connector),))
    if word is not None:
        return Reply({"status": word})

    def keep() -> None:
        forget(station, number)
        expiry = station.later(seconds, lambda: forget(station, number))
        station.reservations = {**(station.reservations or {}), number: Reservation(number, connector, tag, parent, expiry)}
        _mark(station)

    return Reply({"status": "Accepted"}, keep)


def cancel(station: Charger16, payload: dict[str, Any]) -> Reply:
    number = int(payload["reservationId"])
    if number not in (station.reservations or {}):
        return Reply({"status": "Rejected"})
    return Reply({"status": "Accepted"}, lambda: forget(station, number))


def forget(station: Charger16, number: int) -> None:
    """A reservation ends: used, over, cancelled, or replaced."""
    held = (station.reservations or {}).pop(number, None)
    if held is not None:
        held.expiry.cancel()
        _mark(station)
        station.flush()


def forget_where_useless(station: Charger16) -> None:
    """A connector that is broken or out of service is kept for nobody."""
    for held in list((station.reservations or {}).values()):
        if held.connector_id and (station.evse(held.connector_id).fault or not station.evse(held.connector_id).operative):
            forget(station, held.id)


def open_to(station: Charger16, evse: Evse, tag: str, group: str | None) -> bool:
    """Whether a tag may use a connector beside the reservations of others. A group that is not known yet may be the right one."""
    held = list((station.reservations or {}).values())
    if any(each.is_for(tag, group) for each in held if each.connector_id in (0, evse.id)):
        return True
    if any(each.connector_id == evse.id for each in held):
        return False
    wanted = sum(each.connector_id == 0 for each in held)
    free = sum(other.free and not other.energised and other.authorised is None and not other.reserved for other in station.evses)
    return wanted == 0 or free > wanted


def for_parent(station: Charger16, evse: Evse) -> bool:
    """Whether somebody of a group has reserved here, so that a strange tag is worth asking about."""
    return any(each.parent is not None and each.connector_id in (0, evse.id) for each in (station.reservations or {}).values())


def used(station: Charger16, evse: Evse, tag: str, group: str | None) -> int | None:
    """The reservation that a session starting here uses up; one for this connector goes first."""
    fitting = [each for each in (station.reservations or {}).values() if each.connector_id in (0, evse.id) and each.is_for(tag, group)]
    if not fitting:
        return None
    number = max(fitting, key=lambda each: each.connector_id).id
    forget(station, number)
    return number


def _obstacle(station: Charger16, number: int, wanted: tuple[Evse, ...]) -> str | None:
    """Why none of the connectors can be reserved, in the words of ReserveNow; None where one can."""
    words = [_word(station, number, evse) for evse in wanted]
    if None in words:
        return None
    return next((word for word in ("Occupied", "Faulted", "Unavailable") if word in words), "Rejected")


def _word(station: Charger16, number: int, evse: Evse) -> str | None:
    if evse.fault is not None:
        return "Faulted"
    if not evse.operative or evse.closing:
        return "Unavailable"
    taken = any(each.connector_id == evse.id and each.id != number for each in (station.reservations or {}).values())
    return "Occupied" if taken or evse.plugged or evse.cable_left or evse.session is not None or evse.authorised is not None else None


def _mark(station: Charger16) -> None:
    """Show which connectors are reserved; one for connector 0 shows nowhere (it may be any)."""
    kept = {each.connector_id for each in (station.reservations or {}).values()}
    for evse in station.evses:
        evse.reserved = evse.id in kept
    station.refresh_all()


COMMANDS: dict[str, Command] = {"ReserveNow": reserve, "CancelReservation": cancel}
