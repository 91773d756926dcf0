"""What a 1.6 charger knows of tags by itself: the local authorization list and the cache."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.simulator.central import pass_time
from voltaro.simulator import Battery

CAR = Battery(capacity_wh=60_000, max_power_w=11_000, soc=0.2)
ACCEPTED = {"status": "Accepted"}


def entry(tag: str, status: str = "Accepted", **more: str) -> dict[str, Any]:
    return {"idTag": tag, "idTagInfo": {"status": status, **more}}


async def send(central: Any, version: int, *entries: dict[str, Any], kind: str = "Full") -> str:
    payload: dict[str, Any] = {"listVersion": version, "updateType": kind}
    if entries:
        payload["localAuthorizationList"] = list(entries)
    status: str = (await central.command("SendLocalList", payload))["status"]
    return status


async def version(central: Any) -> int:
    number: int = (await central.command("GetLocalListVersion", {}))["listVersion"]
    return number


async def configure(central: Any, **keys: str) -> None:
    for key, value in keys.items():
        assert (await central.command("ChangeConfiguration", {"key": key, "value": value}))["status"] == "Accepted"


async def test_a_list_is_replaced_changed_and_emptied(place: Callable[..., Any]) -> None:
    central, charger, _ = await place("ocpp1.6")
    assert await version(central) == 0
    assert await send(central, 3, entry("A"), entry("B")) == "Accepted"
    assert await send(central, 4, entry("C", "Blocked"), {"idTag": "A"}, kind="Differential") == "Accepted"
    assert (await version(central), sorted(charger.machine.local_list.entries)) == (4, ["B", "C"])
    assert await send(central, 9) == "Accepted"
    assert await version(central) == 0


async def test_a_list_that_does_not_fit_is_refused_and_changes_nothing(place: Callable[..., Any]) -> None:
    central, charger, _ = await place("ocpp1.6")
    assert await send(central, 5, entry("A")) == "Accepted"
    assert await send(central, 5, entry("B"), kind="Differential") == "VersionMismatch"
    assert await send(central, 6, entry("B"), entry("B")) == "Failed"
    assert await send(central, 6, {"idTag": "B"}) == "Failed"
    assert await send(central, 6, *(entry(f"T{number}") for number in range(101))) == "Failed"
    assert await send(central, 0, entry("B")) == "Failed"
    assert (await version(central), list(charger.machine.local_list.entries)) == (5, ["A"])


async def test_a_charger_without_a_list_says_so(place: Callable[..., Any]) -> None:
    central, _, _ = await place("ocpp1.6")
    await configure(central, LocalAuthListEnabled="false")
    assert await version(central) == -1
    assert await send(central, 1, entry("A")) == "NotSupported"


@pytest.mark.parametrize("known_by", ["list", "cache"])
async def test_a_known_tag_charges_without_being_asked_about_where_the_key_says_so(place: Callable[..., Any], known_by: str) -> None:
    central, charger, _ = await place("ocpp1.6")
    if known_by == "list":
        await send(central, 1, entry("TAG1"))
    else:
        assert await charger.present_tag("TAG1", 2) == "Accepted"
    asked = len(central.of("Authorize"))
    await configure(central, LocalPreAuthorize="true")
    await charger.plug_in(1, CAR)
    assert await charger.present_tag("TAG1", 1) == "Accepted"
    await central.wait("StartTransaction", idTag="TAG1")
    assert len(central.of("Authorize")) == asked
    await charger.settled()


async def test_a_tag_that_the_list_refuses_is_asked_about(place: Callable[..., Any]) -> None:
    central, charger, _ = await place("ocpp1.6")
    await send(central, 1, entry("TAG1", "Blocked"))
    await configure(central, LocalPreAuthorize="true")
    assert await charger.present_tag("TAG1", 1) == "Accepted"
    assert len(central.of("Authorize")) == 1


async def test_offline_the_list_decides_before_the_cache(place: Callable[..., Any]) -> None:
    central, charger, _ = await place("ocpp1.6")
    await configure(central, AllowOfflineTxForUnknownId="false")
    assert await charger.present_tag("OLD", 2) == "Accepted"
    await send(central, 1, entry("GOOD"), entry("OLD", "Blocked"), entry("GONE", expiryDate="2031-05-01T00:00:00Z"))
    await charger.go_offline()
    assert [await charger.present_tag(tag, 1) for tag in ("STRANGE", "OLD", "GONE", "GOOD")] == [
        "Invalid",
        "Blocked",
        "Expired",
        "Accepted",
    ]


async def test_a_conflict_with_the_list_is_told(place: Callable[..., Any]) -> None:
    central, charger, _ = await place("ocpp1.6")
    await send(central, 1, entry("TAG1"))
    await configure(central, LocalPreAuthorize="true")
    central.blocked_tags.add("TAG1")
    await charger.plug_in(1, CAR)
    await charger.present_tag("TAG1", 1)
    await central.wait("StatusNotification", connectorId=0, errorCode="LocalListConflict")
    (stop,) = await central.wait("StopTransaction")
    assert stop.payload["reason"] == "DeAuthorized"


async def test_the_cache_can_be_cleared_and_switched_off(place: Callable[..., Any]) -> None:
    central, charger, _ = await place("ocpp1.6")
    await charger.present_tag("TAG1", 1)
    assert "TAG1" in charger.machine.known_tags
    assert await central.command("ClearCache", {}) == ACCEPTED
    assert charger.machine.known_tags == {}
    await configure(central, AuthorizationCacheEnabled="false")
    await charger.present_tag("TAG1", 2)
    assert charger.machine.known_tags == {}
    assert await central.command("ClearCache", {}) == {"status": "Rejected"}


async def test_an_entry_of_the_cache_whose_date_is_over_is_none(place: Callable[..., Any]) -> None:
    central, charger, clock = await place("ocpp1.6")
    await configure(central, LocalPreAuthorize="true", AllowOfflineTxForUnknownId="false")
    info = {"status": "Accepted", "expiryDate": "2031-05-04T03:12:01Z"}
    central.answer("Authorize", {"idTagInfo": info})
    assert await charger.present_tag("TAG1", 1) == "Accepted"
    await pass_time(charger, clock, 540)
    assert await charger.present_tag("TAG1", 2) == "Accepted"
    assert len(central.of("Authorize")) == 1
    await pass_time(charger, clock, 70)
    await charger.present_tag("TAG1", 1)
    assert len(central.of("Authorize")) == 2
    await charger.go_offline()
    assert await charger.present_tag("TAG1", 2) == "Accepted", "the second answer named no date"
