"""Dead letters handed over again: to the charger's actor, with or without a line."""

from __future__ import annotations

import asyncio
import json

import psycopg
import pytest

from actors.charger import ChargerActor
from tests.actors.house import House
from voltaro.domain.charger import Registration
from voltaro.domain.fact import FrameKept
from voltaro.domain.session import SessionState
from voltaro.ports import FrameQuery, KeptFrame, NewCharger, SessionQuery, StoreUnavailable

START = {"connectorId": 1, "idTag": "BAD", "meterStart": 100, "timestamp": "2026-06-01T11:00:00Z"}


@pytest.fixture
async def frame(house: House) -> KeptFrame:
    """A start that PostgreSQL did not take."""
    with psycopg.connect(house.store.url) as connection:
        connection.execute("ALTER TABLE sessions ADD CONSTRAINT bad CHECK (id_tag <> 'BAD')")
    line = await house.charger("CP1")
    assert (await line.say("StartTransaction", START))["idTagInfo"] == {"status": "Invalid"}
    return await only(house)


async def only(house: House) -> KeptFrame:
    (found,) = (await house.store.kept_frames(FrameQuery(), limit=10)).items
    return found


def repair(house: House) -> None:
    with psycopg.connect(house.store.url) as connection:
        connection.execute("ALTER TABLE sessions DROP CONSTRAINT bad")


async def test_a_frame_that_fails_still_says_why_and_waits(house: House, frame: KeptFrame) -> None:
    result = await house.fleet.redrive(frame)
    assert not result.done
    assert "PostgreSQL" in result.outcome
    assert (await only(house)).count == 1, "handing over is no new frame"


async def test_a_frame_is_taken_after_a_repair_with_its_own_time_and_once(house: House, frame: KeptFrame) -> None:
    repair(house)
    house.clock.advance(3600)
    answers = [await house.fleet.redrive(frame) for _ in range(2)]
    assert [answer.done for answer in answers] == [True, True]
    assert answers[0] == answers[1]
    (session,) = (await house.store.sessions(SessionQuery(), limit=10)).items
    assert (session.state, session.id_tag, session.received_at) == (SessionState.ACTIVE, "BAD", frame.received_at)
    assert f'"transactionId":{session.transaction_id}' in answers[0].outcome
    assert (await house.fleet.live(["CP1"]))["CP1"].sessions[1].id == session.id


async def test_a_frame_is_taken_for_a_charger_that_is_not_here(house: House, frame: KeptFrame) -> None:
    repair(house)
    await house.tree.stop()
    other = House(house.store._store)
    try:
        assert "charger/CP1" not in other.system.cells
        assert (await other.fleet.redrive(frame)).done
        assert (await other.fleet.live(["CP1"]))["CP1"].connection == "offline"
    finally:
        await other.tree.stop()


async def test_a_frame_that_crashes_its_actor_again_says_so_and_the_charger_goes_on(house: House) -> None:
    line = await house.charger("CP1")
    await house.fleet.inject("charger/CP1", "crash", 2, "before_write")
    await line.frame("StartTransaction", START)
    await house.fleet.inject("charger/CP1", "crash", 1, "before_write")
    result = await house.fleet.redrive(await only(house))
    assert not result.done
    assert "crashed its actor again" in result.outcome
    assert (await house.fleet.redrive(await only(house))).done


async def test_an_invalid_frame_is_invalid_still_and_not_counted(house: House) -> None:
    line = await house.charger("CP1")
    await line.say("StartTransaction", {**START, "meterStart": "many"})
    result = await house.fleet.redrive(await only(house))
    assert not result.done
    assert "/meterStart" in result.outcome or "meterStart" in result.outcome
    assert (await only(house)).count == 1
    await line.say("StartTransaction", {**START, "meterStart": "many"})
    assert (await only(house)).count == 2, "what the charger sends is kept as before"


@pytest.mark.parametrize("raw", [b"nonsense", b'[3,"m",{}]', b"[2]"])
async def test_what_is_no_call_is_told_so(house: House, raw: bytes) -> None:
    await house.charger("CP1")
    await house.store.write([FrameKept("CP1", "crash", "A", "m", raw, "r", house.now(), "ocpp1.6")])
    result = await house.fleet.redrive(await only(house))
    assert (result.done, "no CALL" in result.outcome) == (False, True)


async def test_a_charger_that_is_not_accepted_is_refused_as_on_its_line(house: House) -> None:
    await house.store.add_charger(NewCharger("CP1", Registration.REJECTED, security_profile=0), by="test")
    raw = b'[2,"m","StartTransaction",{"connectorId":1,"idTag":"T","meterStart":100,"timestamp":"2026-06-01T11:00:00Z"}]'
    await house.store.write([FrameKept("CP1", "crash", "StartTransaction", "m", raw, "r", house.now(), "ocpp1.6")])
    result = await house.fleet.redrive(await only(house))
    assert (result.done, "SecurityError" in result.outcome) == (False, True)


async def test_a_database_that_is_away_is_no_outcome(house: House, frame: KeptFrame) -> None:
    house.store.away = True
    asked = house.fleet.redrive(frame)

    async def pass_the_grace() -> None:
        await house.until(lambda: house.tree.queue.away_since is not None)
        house.clock.advance(60)

    with pytest.raises(StoreUnavailable):
        await asyncio.gather(asked, pass_the_grace())


STOP = {"meterStop": 2100, "timestamp": "2026-06-01T11:30:00Z"}


async def test_a_start_that_is_taken_after_a_repair_takes_in_the_stop_that_followed_it(house: House, frame: KeptFrame) -> None:
    line = await house.line("CP1")
    answered = await line.say("StartTransaction", START)
    await line.say("StopTransaction", {**STOP, "transactionId": answered["transactionId"]})
    repair(house)
    house.clock.advance(3600)
    assert (await house.fleet.redrive(frame)).done
    sessions = {session.state: session for session in (await house.store.sessions(SessionQuery(), limit=10)).items}
    whole, left = sessions[SessionState.ENDED], sessions[SessionState.ASSIGNED]
    assert (whole.energy_wh, whole.id_tag, left.assigned_to) == (2000, "BAD", whole.id)
    assert len(sessions) == 2


async def test_a_start_that_is_taken_late_leaves_the_session_that_runs_there_now(house: House, frame: KeptFrame) -> None:
    line = await house.line("CP1")
    younger = await line.say("StartTransaction", {**START, "idTag": "TAG", "timestamp": "2026-06-01T11:45:00Z"})
    repair(house)
    house.clock.advance(3600)
    assert (await house.fleet.redrive(frame)).done
    reading = {"timestamp": "2026-06-01T11:50:00Z", "sampledValue": [{"value": "600"}]}
    await line.say("MeterValues", {"connectorId": 1, "transactionId": younger["transactionId"], "meterValue": [reading]})
    async with asyncio.timeout(30):
        while (flash := await house.listener.flashes.get()).data["energy_wh"] != 500:
            pass
    assert flash.data["transaction_id"] == str(younger["transactionId"])


async def test_readings_that_are_handed_over_again_count_in_the_running_session(house: House) -> None:
    line = await house.charger("CP1")
    started = await line.say("StartTransaction", START)
    reading = {"timestamp": "2026-06-01T11:30:00Z", "sampledValue": [{"value": "4100"}]}
    payload = {"connectorId": 1, "transactionId": started["transactionId"], "meterValue": [reading]}
    raw = json.dumps([2, "m", "MeterValues", payload]).encode()
    await house.store.write([FrameKept("CP1", "crash", "MeterValues", "m", raw, "twice", house.now(), "ocpp1.6")])
    assert (await house.fleet.redrive(await only(house))).done
    actor = house.system.cells["charger/CP1"].occupant
    assert isinstance(actor, ChargerActor)
    running = actor._standing.running(str(started["transactionId"]))
    assert running is not None
    assert running.session.energy_wh == 4000
