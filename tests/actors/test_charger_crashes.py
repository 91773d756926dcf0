"""A charger's actor on a real store: how it comes back from a crash, and what it does while the database is away."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from actors.system import CellState
from tests.actors.house import House, PaperLine
from tests.actors.sayings import BOOT, START, meter, only_session
from voltaro.domain.charger import Connection
from voltaro.domain.session import SessionState
from voltaro.domain.tag import Tag
from voltaro.ports import (
    SessionQuery,
    StoreUnavailable,
)

# --- crashes ---


@pytest.mark.parametrize("point", ["receive", "before_write", "after_write", "start"])
async def test_a_crash_at_any_point_loses_nothing_and_doubles_nothing(house: House, point: str) -> None:
    await house.store.add_tag(Tag("TAG"), by="test")
    line = await house.charger("CP1")
    await line.say("BootNotification", BOOT)
    if point == "start":
        await house.fleet.inject("charger/CP1", "crash", 1, "start")
        await house.fleet.inject("charger/CP1", "crash", 1, None)
    else:
        await house.fleet.inject("charger/CP1", "crash", 1, point)
    started = await line.say("StartTransaction", START)
    await line.say("MeterValues", meter(started["transactionId"], 700))
    await line.say("StopTransaction", {"transactionId": started["transactionId"], "meterStop": 1100, "timestamp": "2026-06-01T12:00:00Z"})
    session = await only_session(house)
    assert (session.energy_wh, session.transaction_id) == (1000, str(started["transactionId"]))
    assert house.system.cells["charger/CP1"].restarts >= 1
    assert line.closed is None


async def test_a_running_session_is_rebuilt_after_a_crash(house: House) -> None:
    line = await house.charger("CP1")
    started = await line.say("StartTransaction", START)
    house.clock.advance(1)
    await line.say("MeterValues", meter(started["transactionId"], 700))
    fault = await house.fleet.inject("charger/CP1", "crash", 1, None)
    await line.say("Heartbeat", {})
    found = await house.fleet.fault(fault.id)
    assert found is not None
    assert (found.crashes, found.recovered_at) == (1, house.now())
    live = (await house.fleet.live(["CP1"]))["CP1"]
    assert (live.connection, live.sessions[1].energy_wh) == (Connection.ONLINE, 600)
    assert live.actor.restarts == 1


@pytest.mark.parametrize("target", ["persistence", "auth", "registry", "supervisor/chargers", "supervisor"])
async def test_a_crash_of_a_permanent_actor_is_not_noticed_by_chargers(house: House, target: str) -> None:
    line = await house.charger("CP1")
    started = await line.say("StartTransaction", START)
    fault = await house.fleet.inject(target, "crash", 1, None)
    await line.say("StopTransaction", {"transactionId": started["transactionId"], "meterStop": 1100, "timestamp": "2026-06-01T12:00:00Z"})
    await house.until(lambda: (found := house.tree.faults.get(fault.id)) is not None and found.recovered_at is not None)
    live = (await house.fleet.live(["CP1"]))["CP1"]
    assert live.connection is Connection.ONLINE
    assert (await only_session(house)).state is SessionState.ENDED
    assert house.fatal == []


@pytest.mark.parametrize("point", ["before_write", "after_write"])
async def test_a_crash_of_persistence_with_a_batch_in_hand_loses_and_doubles_nothing(house: House, point: str) -> None:
    lines = [await house.charger(f"CP{number}") for number in range(5)]
    await house.fleet.inject("persistence", "crash", 1, point)
    answers = await asyncio.gather(*(line.say("StartTransaction", START) for line in lines))
    assert len({answer["transactionId"] for answer in answers}) == 5
    assert len((await house.store.sessions(SessionQuery(), limit=50)).items) == 5


async def test_crashes_are_told_as_events(house: House) -> None:
    line = await house.charger("CP1")
    await house.fleet.inject("charger/CP1", "crash", 1, None)
    await line.say("Heartbeat", {})
    await house.written()
    events = [found for found in await house.store.events_after(0, limit=100) if found.type.startswith("actor.")]
    assert [(found.type, found.charger_id) for found in events] == [("actor.crashed", "CP1"), ("actor.restarted", "CP1")]
    assert events[0].data["actor"] == "charger/CP1"


async def test_a_charger_that_crashes_too_often_is_quarantined_and_its_neighbour_is_not(house: House) -> None:
    await house.charger("CP1")
    neighbour = await house.charger("CP2")
    fault = await house.fleet.inject("charger/CP1", "crash", 6, None)
    for crashes in (1, 2, 3):
        await house.until(lambda crashes=crashes: house.tree.faults.get(fault.id).crashes >= crashes)
        await neighbour.say("Heartbeat", {})

    def is_quarantined() -> bool:
        if any(1 < wait < 2.5 for wait in house.clock.waits()):  # a back-off of more than a second; the watch sweeps every second
            house.clock.advance(2.5)
        return house.system.cells["charger/CP1"].state is CellState.QUARANTINED

    await house.until(is_quarantined)
    await neighbour.say("Heartbeat", {})
    live = await house.fleet.live(["CP1", "CP2"])
    assert live["CP1"].actor.state == "quarantined"
    assert live["CP2"].actor.restarts == 0


# --- the database away ---


async def waiting_start(house: House) -> tuple[PaperLine, asyncio.Future[Any]]:
    """A charger, and the answer to its start, which waits: the database is known to be away."""
    line = await house.charger("CP1")
    await house.written()
    house.store.away = True
    waiting = asyncio.ensure_future(line.say("StartTransaction", START))
    await house.until(lambda: house.tree.queue.away_since is not None)
    return line, waiting


async def test_a_message_waits_for_a_database_that_comes_back_in_time(house: House) -> None:
    _, waiting = await waiting_start(house)
    assert not waiting.done()
    house.store.away = False
    assert (await waiting)["transactionId"] > 0


async def test_a_database_that_stays_away_is_told_and_the_actor_lives(house: House) -> None:
    line, waiting = await waiting_start(house)
    house.clock.advance(11)
    with pytest.raises(StoreUnavailable):
        await waiting
    assert "currentTime" in await line.say("Heartbeat", {}), "heartbeats are still answered"
    house.store.away = False
    assert (await line.say("StartTransaction", START))["transactionId"] > 0
    assert house.system.cells["charger/CP1"].restarts == 0


async def test_a_tag_a_hung_database_says_nothing_of_is_given_up_in_time(house: House) -> None:
    line = await house.charger("CP1")
    house.store.silent = True
    waiting = asyncio.ensure_future(line.say("StartTransaction", START))
    await house.until(lambda: house.store.asked == 1)
    house.clock.advance(11)
    with pytest.raises(StoreUnavailable):
        await asyncio.wait_for(waiting, 30)


async def test_chargers_are_refused_while_nothing_can_be_written_and_admitted_to_see_whether_it_can(house: House) -> None:
    line, waiting = await waiting_start(house)
    assert await house.fleet.credentials(["CP1"]), "within the grace they are served"
    house.clock.advance(11)
    with pytest.raises(StoreUnavailable):
        await waiting
    with pytest.raises(StoreUnavailable):
        await house.fleet.credentials(["CP1"])
    house.clock.advance(60)
    assert await house.fleet.credentials(["CP1"]), "nobody has tried to write for a while"
    house.store.away = False
    await line.say("StartTransaction", START)
    assert await house.fleet.credentials(["CP1"])
