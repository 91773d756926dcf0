"""Reservations at a 1.6 charger: who gets one, who may use it, and how it ends."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.simulator.central import ManualAlarm, pass_time
from voltaro.simulator import Battery
from voltaro.simulator.clock import stamp

CAR = Battery(capacity_wh=60_000, max_power_w=11_000, soc=0.2)


async def reserve(
    central: Any, clock: ManualAlarm, number: int, connector: int, tag: str = "TAG1", seconds: float = 600, **more: Any
) -> str:
    payload = {
        "connectorId": connector,
        "expiryDate": stamp(clock.now() + timedelta(seconds=seconds)),
        "idTag": tag,
        "reservationId": number,
    }
    status: str = (await central.command("ReserveNow", payload | more))["status"]
    return status


async def test_a_reserved_connector_is_shown_and_used_by_its_tag_alone(place: Callable[..., Any]) -> None:
    central, charger, clock = await place("ocpp1.6")
    assert await reserve(central, clock, 7, 1) == "Accepted"
    await central.wait("StatusNotification", connectorId=1, status="Reserved")
    await charger.plug_in(1, CAR)
    await charger.present_tag("OTHER", 1)
    assert charger.session(1) is None
    await charger.present_tag("TAG1", 1)
    (start,) = await central.wait("StartTransaction")
    assert (start.payload["reservationId"], start.payload["idTag"]) == (7, "TAG1")
    await charger.settled()
    assert await central.command("CancelReservation", {"reservationId": 7}) == {"status": "Rejected"}


async def test_one_of_the_same_group_uses_it(place: Callable[..., Any]) -> None:
    central, charger, clock = await place("ocpp1.6")
    central.groups |= {"TAG2": "FAMILY", "TAG3": "STRANGERS"}
    assert await reserve(central, clock, 7, 1, parentIdTag="FAMILY") == "Accepted"
    await charger.plug_in(1, CAR)
    await charger.present_tag("TAG3", 1)
    assert charger.session(1) is None
    await charger.present_tag("TAG2", 1)
    (start,) = await central.wait("StartTransaction")
    assert (start.payload["reservationId"], start.payload["idTag"]) == (7, "TAG2")


async def test_it_is_over_when_its_time_is(place: Callable[..., Any]) -> None:
    central, charger, clock = await place("ocpp1.6")
    await reserve(central, clock, 7, 2, seconds=90)
    assert charger.evse(2).status == "Reserved"
    await pass_time(charger, clock, 89)
    assert charger.evse(2).status == "Reserved"
    await pass_time(charger, clock, 2)
    assert charger.evse(2).status == "Available"
    assert central.of("StatusNotification", connectorId=2)[-1].payload["status"] == "Available"


async def test_it_can_be_cancelled_and_replaced(place: Callable[..., Any]) -> None:
    central, charger, clock = await place("ocpp1.6")
    await reserve(central, clock, 7, 1)
    assert await reserve(central, clock, 8, 1) == "Occupied"
    assert await reserve(central, clock, 7, 1, tag="TAG2") == "Accepted", "the same id is the same reservation, made anew"
    assert charger.machine.reservations.held[7].tag == "TAG2"
    assert await central.command("CancelReservation", {"reservationId": 9}) == {"status": "Rejected"}
    assert await central.command("CancelReservation", {"reservationId": 7}) == {"status": "Accepted"}
    assert charger.evse(1).status == "Available"
    await charger.settled()


@pytest.mark.parametrize("word", ["Faulted", "Occupied", "Unavailable", "Rejected"])
async def test_what_cannot_be_reserved_says_why(place: Callable[..., Any], word: str) -> None:
    central, charger, clock = await place("ocpp1.6")
    match word:
        case "Faulted":
            await charger.break_down(1)
        case "Occupied":
            await charger.plug_in(1, CAR)
        case "Unavailable":
            await central.command("ChangeAvailability", {"connectorId": 1, "type": "Inoperative"})
    assert await reserve(central, clock, 7, 1, seconds=-1 if word == "Rejected" else 60) == word
    assert await reserve(central, clock, 8, 9) == "Rejected"
    assert not charger.machine.reservations.held
    await charger.settled()


async def test_a_fault_ends_a_reservation(place: Callable[..., Any]) -> None:
    central, charger, clock = await place("ocpp1.6")
    await reserve(central, clock, 7, 1)
    await charger.break_down(1)
    await charger.repair(1)
    assert charger.evse(1).status == "Available"
    await charger.settled()


async def test_one_for_the_whole_charger_keeps_one_connector_free(place: Callable[..., Any]) -> None:
    central, charger, clock = await place("ocpp1.6")
    assert await reserve(central, clock, 7, 0) == "Accepted"
    for evse, tag in ((1, "OTHER"), (2, "THIRD")):
        await charger.plug_in(evse, CAR)
        await charger.present_tag(tag, evse)
    assert [charger.session(evse) is not None for evse in (1, 2)] == [True, False]
    await charger.present_tag("TAG1", 2)
    (start,) = await central.wait("StartTransaction", connectorId=2)
    assert start.payload["reservationId"] == 7


async def test_a_remote_start_uses_a_reservation_or_is_rejected(place: Callable[..., Any]) -> None:
    central, charger, clock = await place("ocpp1.6")
    await reserve(central, clock, 7, 1)
    assert await central.command("RemoteStartTransaction", {"idTag": "OTHER", "connectorId": 1}) == {"status": "Rejected"}
    assert await central.command("RemoteStartTransaction", {"idTag": "TAG1", "connectorId": 1}) == {"status": "Accepted"}
    await charger.plug_in(1, CAR)
    (start,) = await central.wait("StartTransaction")
    assert start.payload["reservationId"] == 7
