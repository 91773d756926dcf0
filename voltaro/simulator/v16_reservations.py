"""Reservations of a virtual OCPP 1.6 charger: who may use a connector, and until when (section 5.13)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from voltaro.simulator.agenda import Appointment
from voltaro.simulator.clock import moment
from voltaro.simulator.evse import Evse
from voltaro.simulator.talker import Reply
from voltaro.simulator.v16_station import Station16


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


class Reservations:
    """What one charger is kept for."""

    def __init__(self, station: Station16) -> None:
        self._station = station
        self.held: dict[int, Reservation] = {}
        """By the number that the central system gave."""

    # --- Commands

    def reserve(self, payload: dict[str, Any]) -> Reply:
        station = self._station
        number, connector = int(payload["reservationId"]), int(payload["connectorId"])
        seconds = (moment(payload["expiryDate"]) - station.clock.now()).total_seconds()
        tag, parent = str(payload["idTag"]), payload.get("parentIdTag")
        if not 0 <= connector <= len(station.evses) or seconds <= 0:
            return Reply({"status": "Rejected"})
        if connector == 0 and station.configured("ReserveConnectorZeroSupported") != "true":
            return Reply({"status": "Rejected"})
        word = self._obstacle(number, station.evses if connector == 0 else (station.evse(connector),))
        if word is not None:
            return Reply({"status": word})

        def keep() -> None:
            self._forget(number)
            expiry = station.later(seconds, lambda: self._forget(number))
            self.held[number] = Reservation(number, connector, tag, parent, expiry)
            self._mark()

        return Reply({"status": "Accepted"}, keep)

    def cancel(self, payload: dict[str, Any]) -> Reply:
        number = int(payload["reservationId"])
        if number not in self.held:
            return Reply({"status": "Rejected"})
        return Reply({"status": "Accepted"}, lambda: self._forget(number))

    # --- Who may charge

    def open_to(self, evse: Evse, tag: str, group: str | None) -> bool:
        """Whether a tag may use a connector beside the reservations of others. A group that is not known yet may be the right one."""
        held = list(self.held.values())
        if any(each.is_for(tag, group) for each in held if each.connector_id in (0, evse.id)):
            return True
        if any(each.connector_id == evse.id for each in held):
            return False
        wanted = sum(each.connector_id == 0 for each in held)
        free = sum(other.free and not other.energised and other.authorised is None and not other.reserved for other in self._station.evses)
        return wanted == 0 or free > wanted

    def for_parent(self, evse: Evse) -> bool:
        """Whether somebody of a group has reserved here, so that a strange tag is worth asking about."""
        return any(each.parent is not None and each.connector_id in (0, evse.id) for each in self.held.values())

    def used(self, evse: Evse, tag: str, group: str | None) -> int | None:
        """The reservation that a session starting here uses up; one for this connector goes first."""
        fitting = [each for each in self.held.values() if each.connector_id in (0, evse.id) and each.is_for(tag, group)]
        if not fitting:
            return None
        number = max(fitting, key=lambda each: each.connector_id).id
        self._forget(number)
        return number

    def forget_useless(self) -> None:
        """A connector that is broken or out of service is kept for nobody."""
        for each in list(self.held.values()):
            if each.connector_id and (self._station.evse(each.connector_id).fault or not self._station.evse(each.connector_id).operative):
                self._forget(each.id)

    # --- Within

    def _forget(self, number: int) -> None:
        """A reservation ends: used, over, cancelled, or replaced."""
        ended = self.held.pop(number, None)
        if ended is not None:
            ended.expiry.cancel()
            self._mark()
            self._station.flush()

    def _obstacle(self, number: int, wanted: tuple[Evse, ...]) -> str | None:
        """Why none of the connectors can be reserved, in the words of ReserveNow; None where one can."""
        words = [self._word(number, evse) for evse in wanted]
        if None in words:
            return None
        return next((word for word in ("Occupied", "Faulted", "Unavailable") if word in words), "Rejected")

    def _word(self, number: int, evse: Evse) -> str | None:
        if evse.fault is not None:
            return "Faulted"
        if not evse.operative or evse.closing:
            return "Unavailable"
        taken = any(each.connector_id == evse.id and each.id != number for each in self.held.values())
        return "Occupied" if taken or evse.plugged or evse.cable_left or evse.session is not None or evse.authorised is not None else None

    def _mark(self) -> None:
        """Show which connectors are reserved; one for connector 0 shows nowhere (it may be any)."""
        kept = {each.connector_id for each in self.held.values()}
        for evse in self._station.evses:
            evse.reserved = evse.id in kept
        self._station.refresh_all()
