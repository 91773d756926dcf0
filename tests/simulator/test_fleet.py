"""Many chargers at once: they come smoothly, people use them, and the summary is what the central system saw."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import AsyncIterator

import pytest
from rich.console import Console

from tests.simulator.central import CentralSystem, ManualAlarm
from voltaro.simulator import BackOff, FleetPlan, SimulatedFleet, Summary, render, run_simulation
from voltaro.simulator.fleet import MIX
from voltaro.simulator.report import Progress

ALL = ("ocpp1.6", "ocpp2.0.1", "ocpp2.1")


@pytest.fixture(params=ALL)
async def central(request: pytest.FixtureRequest) -> AsyncIterator[CentralSystem]:
    async with CentralSystem(request.param) as served:
        yield served


def planned(central: CentralSystem, **more: object) -> FleetPlan:
    return FleetPlan(central.url, **{"protocol": central.protocol, "connect_per_s": math.inf, **more})  # type: ignore[arg-type]


async def run_for(fleet: SimulatedFleet, clock: ManualAlarm, seconds: float, step: float = 0.5) -> None:
    """Let time pass for a fleet, and let every answer arrive in between."""
    for _ in range(int(seconds / step)):
        clock.advance(step)
        await asyncio.gather(*(charger.quiet() for charger in fleet.chargers))


async def started(fleet: SimulatedFleet) -> None:
    fleet.start()
    await fleet.accepted(20)


async def test_chargers_come_at_a_bounded_rate(central: CentralSystem) -> None:
    clock = ManualAlarm()
    fleet = SimulatedFleet(planned(central, count=4, connect_per_s=2, driven=False), clock=clock)
    fleet.start()
    for number in range(4):
        await fleet.chargers[number].booted()
        assert fleet.tally.dials == number + 1
        clock.advance(0.5)
    assert fleet.summary().ramp_s == 1.5
    await fleet.close()


async def test_the_summary_is_what_the_central_system_saw(central: CentralSystem) -> None:
    clock = ManualAlarm()
    fleet = SimulatedFleet(planned(central, count=3, speed=200, meter_interval_s=5, busy=1.0, idle_s=600), clock=clock)
    await started(fleet)
    await run_for(fleet, clock, 120)
    await fleet.finish()
    summary = fleet.summary()
    await fleet.close()
    assert summary.healthy, summary
    assert summary.sessions_started == summary.sessions_begun == summary.sessions_ended == summary.sessions_closed >= 6
    assert summary.messages_sent == summary.messages_answered == len(central.heard)
    assert summary.energy_wh == energy_heard(central) > 0
    assert sum(each.session["energy_wh"] for each in summary.sessions) == summary.energy_wh
    if central.protocol == "ocpp1.6":
        assert len({each.session["transaction_id"] for each in summary.sessions}) == summary.sessions_started


def energy_heard(central: CentralSystem) -> int:
    """The energy of all sessions as the central system can work it out from what it heard."""
    if central.protocol == "ocpp1.6":
        stops = sum(each.payload["meterStop"] for each in central.of("StopTransaction"))
        return stops - sum(each.payload["meterStart"] for each in central.of("StartTransaction"))
    total = 0
    for kind, sign in (("Started", -1), ("Ended", 1)):
        for each in central.of("TransactionEvent", eventType=kind):
            total += sign * each.payload["meterValue"][0]["sampledValue"][0]["value"]
    return total


async def test_a_session_started_from_afar_gets_its_cable(central: CentralSystem) -> None:
    clock = ManualAlarm()
    fleet = SimulatedFleet(planned(central, count=1, busy=0.0, idle_s=1e9), clock=clock)
    await started(fleet)
    if central.protocol == "ocpp1.6":
        await central.command("RemoteStartTransaction", {"idTag": "APP", "connectorId": 2})
    else:
        token = {"idToken": "APP", "type": "Central"}
        await central.command("RequestStartTransaction", {"idToken": token, "remoteStartId": 1, "evseId": 2})
    await run_for(fleet, clock, 5)
    assert fleet.chargers[0].evse(2).status == "Charging"
    await fleet.close()


async def test_the_fleet_comes_back_when_its_lines_are_cut(central: CentralSystem) -> None:
    clock = ManualAlarm()
    fleet = SimulatedFleet(planned(central, count=3, driven=False), clock=clock, back_off=BackOff(1.0, 60.0, 1.0))
    await started(fleet)
    for charger in fleet.chargers:
        charger.sever()
        await charger.wait_until(lambda charger=charger: not charger.online)
    clock.reach(lambda: all(charger.machine.dial_at <= clock.monotonic() for charger in fleet.chargers))
    await asyncio.gather(*(charger.wait_until(lambda charger=charger: charger.online) for charger in fleet.chargers))
    assert fleet.summary().reconnects == 3
    await fleet.close()


async def test_the_same_seed_gives_the_same_fleet() -> None:
    def drawn(seed: int) -> list[object]:
        fleet = SimulatedFleet(FleetPlan("ws://127.0.0.1:9/ocpp", count=8, seed=seed), clock=ManualAlarm())
        return [(each.protocol, each.machine.traits.model, each.machine.serial, each.evse(1).register_wh) for each in fleet.chargers]

    assert drawn(5) == drawn(5)
    assert drawn(5) != drawn(6)


async def test_a_mixed_fleet_speaks_all_versions() -> None:
    fleet = SimulatedFleet(FleetPlan("ws://127.0.0.1:9/ocpp", count=8), clock=ManualAlarm())
    assert [each.protocol for each in fleet.chargers] == [*MIX, *MIX]
    assert [each.identity for each in fleet.chargers][:2] == ["SIM-001", "SIM-002"]


async def test_a_run_ends_with_its_event_and_leaves_no_line(central: CentralSystem) -> None:
    over = asyncio.Event()
    seen: list[Progress] = []

    def look(progress: Progress) -> None:
        seen.append(progress)
        if progress.accepted == 3:
            over.set()

    async with asyncio.timeout(30):
        summary = await run_simulation(planned(central, count=3, driven=False), until=over, on_progress=look)
    assert summary.accepted == 3
    assert seen[-1].online == 3
    assert "3 of 3 chargers, 0 charging" in str(seen[-1])
    assert central.lines == 3


async def test_a_summary_is_data_and_a_table(central: CentralSystem) -> None:
    clock = ManualAlarm()
    fleet = SimulatedFleet(planned(central, count=1, busy=1.0, speed=50), clock=clock)
    await started(fleet)
    await central.command("ClearCache", {})
    await run_for(fleet, clock, 10)
    await fleet.finish()
    summary = fleet.summary()
    await fleet.close()
    assert isinstance(summary, Summary)
    told = json.loads(json.dumps(summary.to_dict()))
    assert told["sessions_closed"] == 2
    assert told["commands"] == {"ClearCache": {"Accepted": 1}}
    assert set(told["latency_ms"]) == {"p50", "p95", "p99", "max"}
    console = Console(width=120, record=True)
    console.print(render(summary))
    assert "2 started (2 acknowledged), 2 ended (2 acknowledged)" in console.export_text()


def test_a_plan_that_makes_no_sense_is_refused() -> None:
    with pytest.raises(ValueError, match=r"Unknown protocol 'ocpp1\.5'"):
        FleetPlan("ws://x", protocol="ocpp1.5")
    with pytest.raises(ValueError, match="at least one charger"):
        FleetPlan("ws://x", count=0)
    with pytest.raises(ValueError, match="at least one tag"):
        FleetPlan("ws://x", tags=())


async def test_a_cancelled_run_leaves_no_line_and_dials_no_more(central: CentralSystem) -> None:
    fleet = SimulatedFleet(planned(central, count=3, driven=False))
    running = asyncio.get_running_loop().create_task(fleet.run())
    await asyncio.gather(*(charger.booted() for charger in fleet.chargers))
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert fleet.summary().online == 0
    assert fleet.tally.dials == 3
