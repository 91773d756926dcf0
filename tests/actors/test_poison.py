"""A frame that crashes its charger's actor: twice at most, whatever id it comes with, and answered from then on."""

from __future__ import annotations

import pytest

from actors.poison import MOST_A_CHARGER, MOST_CHARGERS, PoisonFrames
from persistence.store import PostgresStore
from tests.actors.house import House
from voltaro.domain.fingerprint import fingerprint, fingerprint_of
from voltaro.ports import FrameQuery, StoreUnavailable

START = {"connectorId": 1, "idTag": "TAG", "meterStart": 100, "timestamp": "2026-06-01T11:00:00Z"}


@pytest.fixture
async def house(store: PostgresStore) -> House:
    return House(store)


def crashes(house: House) -> int:
    return len(house.system.cells["charger/CP1"].failures)


@pytest.mark.parametrize("point", ["receive", "before_write", "after_write", None])
async def test_a_poison_frame_crashes_its_actor_twice_and_is_answered_and_kept(house: House, point: str | None) -> None:
    line, neighbour = await house.charger("CP1"), await house.charger("CP2")
    fault = await house.fleet.inject("charger/CP1", "poison", 1, point)
    answer = await line.say("StartTransaction", START)
    assert answer["idTagInfo"]["status"] == "Invalid"
    assert answer["transactionId"] > 0
    assert crashes(house) == 2
    assert "currentTime" in await line.say("Heartbeat", {})
    (kept,) = (await house.store.kept_frames(FrameQuery(), limit=10)).items
    assert (kept.charger_id, kept.action) == ("CP1", "StartTransaction")
    assert fingerprint_of(kept.raw) == fingerprint("StartTransaction", START)
    assert (await house.fleet.fault(fault.id)).recovered_at is not None
    await neighbour.say("StartTransaction", START)
    assert house.system.cells["charger/CP2"].restarts == 0
    await house.tree.stop()


async def test_the_same_frame_with_another_id_is_answered_without_its_actor_until_it_is_forgiven(house: House) -> None:
    line = await house.charger("CP1")
    await house.fleet.inject("charger/CP1", "poison", 1, None)
    first = await line.say("StartTransaction", START)
    await house.fleet.inject("charger/CP1", "crash", 1, "receive")
    assert await line.say("StartTransaction", dict(reversed(START.items())), "another") == first
    again = await house.line("CP1")
    assert await again.say("StartTransaction", START) == first
    assert crashes(house) == 3, "the crash was armed for other messages: the line that came up met it"
    assert await house.fleet.forgive("CP1", fingerprint("StartTransaction", START))
    assert (await again.say("StartTransaction", START))["transactionId"] != first["transactionId"]
    assert crashes(house) == 3
    assert not await house.fleet.forgive("CP1", fingerprint("StartTransaction", START))
    await house.tree.stop()


async def test_a_frame_that_was_handled_at_the_second_try_is_held_against_nobody(house: House) -> None:
    line = await house.charger("CP1")
    for _ in range(3):
        await house.fleet.inject("charger/CP1", "crash", 1, "receive")
        await house.written()  # a batch in hand would hang by the hand clock
        house.clock.advance(61)
        assert "currentTime" in await line.say("Heartbeat", {})
    await house.fleet.inject("charger/CP1", "crash", 1, "before_write")
    await house.written()
    house.clock.advance(61)
    assert (await line.say("StartTransaction", START))["transactionId"] > 0
    assert house.fleet._suspects == {}
    await house.tree.stop()


async def test_a_crash_on_one_line_and_a_crash_on_the_next_are_two(house: House) -> None:
    line = await house.charger("CP1")
    await house.fleet.inject("charger/CP1", "poison", 1, None)
    call = line.made("StartTransaction", START)
    assert house.fleet.crashed(line, call), "one try, and the line broke before the second"
    again = await house.line("CP1")
    assert (await again.say("StartTransaction", START))["idTagInfo"]["status"] == "Invalid"
    assert crashes(house) == 1
    await house.fleet.inject("charger/CP1", "crash", 1, None)
    await house.tree.stop()


async def test_a_poison_frame_that_could_not_be_kept_is_not_answered_until_it_is(house: House) -> None:
    line = await house.charger("CP1")
    await house.fleet.inject("charger/CP1", "poison", 1, None)
    await house.written()
    house.store.away = True
    house.wiring.queue.away_since = house.clock.monotonic() - 20
    with pytest.raises(StoreUnavailable):
        await line.say("StartTransaction", START)
    with pytest.raises(StoreUnavailable):
        await line.say("StartTransaction", START)
    house.store.away = False
    assert (await line.say("StartTransaction", START))["idTagInfo"]["status"] == "Invalid"
    assert len((await house.store.kept_frames(FrameQuery(), limit=10)).items) == 1
    assert crashes(house) == 2
    await house.tree.stop()


def test_what_is_held_against_chargers_is_bounded() -> None:
    frames = PoisonFrames()
    for number in range(2 * MOST_A_CHARGER):
        frames.crashed("CP1", f"{number}")
    assert len(frames.by_charger["CP1"]) == MOST_A_CHARGER
    for number in range(2 * MOST_CHARGERS):
        frames.crashed(f"CP{number}", "a")
    assert len(frames.by_charger) == MOST_CHARGERS


def test_a_fingerprint_is_of_the_content_and_of_anything() -> None:
    assert fingerprint("Start", {"a": 1, "b": 2}) == fingerprint("Start", {"b": 2, "a": 1})
    assert fingerprint("Start", {"a": 1}) != fingerprint("Stop", {"a": 1})
    assert fingerprint("Start", {"a": 1}) != fingerprint("Start", {"a": 2})
    deep: object = None
    for _ in range(100_000):
        deep = [deep]
    assert len(fingerprint("Start", deep)) == 32
    assert fingerprint_of(b'[3,"a",{}]') is None
    assert fingerprint_of(b"nonsense") is None
