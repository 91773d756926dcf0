"""Smart charging at a 1.6 charger: which profiles it takes, that it obeys them, and what it foresees."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.simulator.central import ManualAlarm, pass_time
from voltaro.simulator import Battery
from voltaro.simulator.clock import stamp

CAR = Battery(capacity_wh=80_000, max_power_w=11_000, soc=0.1)


def profile(number: int, purpose: str, *periods: tuple[int, float], level: int = 0, unit: str = "W", **more: Any) -> dict[str, Any]:
    schedule = {"chargingRateUnit": unit, "chargingSchedulePeriod": [{"startPeriod": at, "limit": limit} for at, limit in periods]}
    schedule |= {key: more.pop(key) for key in ("startSchedule", "duration") if key in more}
    made = {"chargingProfileId": number, "stackLevel": level, "chargingProfilePurpose": purpose, "chargingProfileKind": "Absolute"}
    return made | {"chargingSchedule": schedule} | more


async def give(central: Any, connector: int, told: dict[str, Any]) -> str:
    status: str = (await central.command("SetChargingProfile", {"connectorId": connector, "csChargingProfiles": told}))["status"]
    return status


def at(clock: ManualAlarm, seconds: float = 0) -> str:
    return stamp(clock.now() + timedelta(seconds=seconds))


async def charging(place: Callable[..., Any], *evses: int) -> Any:
    central, charger, clock = await place("ocpp1.6", meter_interval_s=0)
    for evse in evses or (1,):
        await charger.plug_in(evse, CAR)
        await charger.present_tag("TAG1", evse)
    await charger.settled()
    return central, charger, clock


@pytest.mark.parametrize(
    ("connector", "told"),
    [
        (1, profile(1, "ChargePointMaxProfile", (0, 5000))),
        (9, profile(1, "TxDefaultProfile", (0, 5000))),
        (0, profile(1, "TxProfile", (0, 5000))),
        (2, profile(1, "TxProfile", (0, 5000))),
        (1, profile(1, "TxProfile", (0, 5000), transactionId=4711)),
        (1, profile(1, "TxDefaultProfile", (0, 5000), transactionId=1)),
        (1, profile(1, "TxDefaultProfile", (60, 5000))),
        (1, profile(1, "TxDefaultProfile", (0, 5000), (60, 4000), (30, 3000))),
        (1, profile(1, "TxDefaultProfile", (0, 5000), level=9)),
        (1, profile(1, "TxDefaultProfile", *((second, 5000) for second in range(25)))),
        (1, profile(1, "TxDefaultProfile", (0, 5000), chargingProfileKind="Recurring")),
        (1, profile(1, "TxDefaultProfile", (0, 5000), chargingProfileKind="Relative", startSchedule="2031-05-04T00:00:00Z")),
        (1, profile(1, "TxDefaultProfile", (0, 5000), validFrom="2031-05-04T00:00:00Z", validTo="2031-05-03T00:00:00Z")),
    ],
)
async def test_a_profile_that_does_not_fit_is_rejected(place: Callable[..., Any], connector: int, told: dict[str, Any]) -> None:
    central, charger, _ = await charging(place)
    assert await give(central, connector, told) == "Rejected"
    assert (charger.machine.station_profiles, charger.evse(1).profiles, charger.evse(1).draw_w) == ([], [], 11_000)


async def test_the_power_follows_a_schedule_by_itself(place: Callable[..., Any]) -> None:
    central, charger, clock = await charging(place)
    told = profile(1, "TxProfile", (0, 6000), (600, 0), (1200, 9000), startSchedule=at(clock), transactionId=1)
    assert await give(central, 1, told) == "Accepted"
    assert (charger.evse(1).draw_w, charger.evse(1).status) == (6000, "Charging")
    await pass_time(charger, clock, 601)
    assert (charger.evse(1).draw_w, charger.evse(1).status) == (0, "SuspendedEVSE")
    assert charger.session(1).energy_wh == pytest.approx(1000, abs=3)
    await pass_time(charger, clock, 600)
    assert (charger.evse(1).draw_w, charger.evse(1).status) == (9000, "Charging")
    assert charger.session(1).energy_wh == pytest.approx(1000, abs=3)
    await charger.stop(1)
    assert charger.evse(1).profiles == [], "a session's profile ends with it"
    await charger.settled()


async def test_the_highest_level_counts_and_the_same_place_is_taken_over(place: Callable[..., Any]) -> None:
    central, charger, _ = await charging(place)
    for number, level, limit in ((1, 0, 9000), (2, 3, 7000), (3, 3, 4000), (1, 1, 8000)):
        assert await give(central, 1, profile(number, "TxDefaultProfile", (0, limit), level=level)) == "Accepted"
    assert sorted((each.id, each.stack_level) for each in charger.evse(1).profiles) == [(1, 1), (3, 3)]
    assert charger.evse(1).draw_w == 4000
    assert await give(central, 1, profile(9, "TxProfile", (0, 10_000))) == "Accepted"
    assert charger.evse(1).draw_w == 10_000, "a session's own profile goes before the default"
    assert await give(central, 0, profile(8, "ChargePointMaxProfile", (0, 3000))) == "Accepted"
    assert charger.evse(1).draw_w == 3000
    await charger.settled()


async def test_sessions_share_the_limit_of_the_charger(place: Callable[..., Any]) -> None:
    central, charger, _ = await charging(place, 1, 2)
    assert await give(central, 0, profile(8, "ChargePointMaxProfile", (0, 12_000))) == "Accepted"
    assert [charger.evse(evse).draw_w for evse in (1, 2)] == [6000, 6000]
    await charger.unplug(2)
    assert charger.evse(1).draw_w == 11_000
    await charger.settled()


async def test_defaults_outlive_a_reset_and_there_is_room_for_so_many(place: Callable[..., Any]) -> None:
    central, charger, clock = await place("ocpp1.6")
    words = [
        await give(central, 1 + number % 2, profile(number, "TxDefaultProfile", (0, 9000), level=number // 2 % 9)) for number in range(18)
    ]
    assert words == ["Accepted"] * 16 + ["Rejected"] * 2
    await central.command("Reset", {"type": "Soft"})
    await charger.wait_until(lambda: not charger.online)
    clock.advance(10)
    await charger.booted()
    assert len(charger.evse(1).profiles) == 8


@pytest.mark.parametrize(
    ("criteria", "left"),
    [
        ({"id": 2}, [1, 3]),
        ({"id": 2, "connectorId": 0}, [1, 3]),
        ({"connectorId": 1}, [1]),
        ({"connectorId": 0}, [2, 3]),
        ({"chargingProfilePurpose": "TxProfile"}, [1, 2]),
        ({"stackLevel": 1, "connectorId": 1}, [1, 3]),
        ({}, []),
        ({"id": 77}, None),
        ({"chargingProfilePurpose": "TxProfile", "stackLevel": 5}, None),
    ],
)
async def test_profiles_are_cleared_by_id_or_by_all_criteria_together(
    place: Callable[..., Any], criteria: dict[str, Any], left: list[int] | None
) -> None:
    central, charger, _ = await charging(place)
    await give(central, 0, profile(1, "ChargePointMaxProfile", (0, 9000)))
    await give(central, 1, profile(2, "TxDefaultProfile", (0, 8000), level=1))
    await give(central, 1, profile(3, "TxProfile", (0, 7000)))
    assert await central.command("ClearChargingProfile", criteria) == {"status": "Unknown" if left is None else "Accepted"}
    held = [each.id for each in (*charger.machine.station_profiles, *charger.evse(1).profiles)]
    assert held == ([1, 2, 3] if left is None else left)
    await charger.settled()


async def test_the_composite_schedule_is_what_will_be_obeyed(place: Callable[..., Any]) -> None:
    central, _, clock = await charging(place)
    await give(central, 1, profile(1, "TxDefaultProfile", (0, 8000), (1000, 2000), startSchedule=at(clock), duration=3000))
    await give(central, 0, profile(2, "ChargePointMaxProfile", (0, 5000), validFrom=at(clock, 500), validTo=at(clock, 2000)))
    answer = await central.command("GetCompositeSchedule", {"connectorId": 1, "duration": 5000, "chargingRateUnit": "W"})
    assert (answer["status"], answer["connectorId"], answer["scheduleStart"]) == ("Accepted", 1, at(clock))
    periods = [(each["startPeriod"], each["limit"]) for each in answer["chargingSchedule"]["chargingSchedulePeriod"]]
    assert periods == [(0, 8000), (500, 5000), (1000, 2000), (3000, 11_000)]
    amperes = await central.command("GetCompositeSchedule", {"connectorId": 1, "duration": 400, "chargingRateUnit": "A"})
    assert amperes["chargingSchedule"]["chargingSchedulePeriod"] == [{"startPeriod": 0, "limit": 11.6}]
    assert (await central.command("GetCompositeSchedule", {"connectorId": 9, "duration": 400})) == {"status": "Rejected"}


async def test_a_daily_profile_comes_back_every_day(place: Callable[..., Any]) -> None:
    central, _, clock = await place("ocpp1.6")
    told = profile(1, "TxDefaultProfile", (0, 4000), startSchedule=at(clock), duration=3600, chargingProfileKind="Recurring")
    assert await give(central, 1, told | {"recurrencyKind": "Daily"}) == "Accepted"
    answer = await central.command("GetCompositeSchedule", {"connectorId": 1, "duration": 2 * 86_400})
    periods = [(each["startPeriod"], each["limit"]) for each in answer["chargingSchedule"]["chargingSchedulePeriod"]]
    assert periods == [(0, 4000), (3600, 11_000), (86_400, 4000), (90_000, 11_000)]


async def test_a_profile_may_come_with_a_remote_start(place: Callable[..., Any]) -> None:
    central, charger, _ = await place("ocpp1.6")
    start = {"idTag": "APP1", "connectorId": 1}
    wrong = profile(1, "TxDefaultProfile", (0, 4000))
    assert await central.command("RemoteStartTransaction", start | {"chargingProfile": wrong}) == {"status": "Rejected"}
    right = profile(1, "TxProfile", (0, 4000), chargingProfileKind="Relative")
    assert await central.command("RemoteStartTransaction", start | {"chargingProfile": right}) == {"status": "Accepted"}
    await charger.plug_in(1, CAR)
    await charger.wait_for("Charging")
    assert charger.evse(1).draw_w == 4000
    await charger.settled()
