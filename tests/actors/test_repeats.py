"""What a charger says again, or that PostgreSQL will never take: it is answered, and it has one effect."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import psycopg

from actors.running import Running
from actors.wiring import ChargerPolicy
from tests.actors.clocks import NOON
from tests.actors.house import House
from voltaro.domain.meter import Figures
from voltaro.domain.resolution import CloseSession
from voltaro.domain.session import Session, SessionFlag, SessionState
from voltaro.ports import FrameQuery, SessionQuery

START = {"connectorId": 1, "idTag": "TAG", "meterStart": 100, "timestamp": "2026-06-01T11:00:00Z"}


def meter(transaction_id: int, minute: int, register: int) -> dict[str, Any]:
    reading = {"timestamp": f"2026-06-01T11:{minute:02}:00Z", "sampledValue": [{"value": str(register)}]}
    return {"connectorId": 1, "transactionId": transaction_id, "meterValue": [reading]}


async def test_a_reading_that_comes_again_later_does_not_move_the_running_energy(house: House) -> None:
    line = await house.charger("CP1")
    transaction_id = (await line.say("StartTransaction", START))["transactionId"]
    for minute, register in ((1, 600), (2, 900), (1, 600), (2, 900), (3, 1000)):
        await line.say("MeterValues", meter(transaction_id, minute, register))
    async with asyncio.timeout(30):
        while (await house.listener.flashes.get()).data["energy_wh"] != 900:
            pass
    await house.written()
    (session,) = (await house.store.sessions(SessionQuery(), limit=10)).items
    assert (session.energy_wh, session.flags) == (900, (SessionFlag.NOT_AUTHORIZED,))


def test_a_meter_reset_between_two_looks_is_not_lost() -> None:
    session = Session(1, "CP1", 1, 1, "7", "ocpp1.6", SessionState.ACTIVE, NOON, NOON, meter_start_wh=100, base_wh=100, register_wh=100)
    running = Running(session)
    for minute, register, looks in ((1, 600, True), (2, 20, False), (3, 700, False)):
        running.meter(Figures(register), NOON + timedelta(minutes=minute))
        if looks:
            assert running.session.energy_wh == 500
    assert (running.session.energy_wh, running.session.flags) == (500 + 680, (SessionFlag.METER_RESET,))


async def test_a_start_that_comes_again_does_not_set_the_running_energy_back(house: House) -> None:
    line = await house.charger("CP1")
    actor = house.system.cells["charger/CP1"].occupant
    actor.policy = ChargerPolicy(show_s=3600.0)  # nothing of it is stored yet
    transaction_id = (await line.say("StartTransaction", START))["transactionId"]
    await line.say("MeterValues", meter(transaction_id, 1, 600))
    await line.say("StartTransaction", START)
    assert actor._standing.running(str(transaction_id)).session.energy_wh == 500


async def test_a_register_that_begins_anew_with_the_clock_is_a_meter_reset(house: House) -> None:
    line = await house.charger("CP1")
    transaction_id = (await line.say("StartTransaction", START))["transactionId"]
    await line.say("MeterValues", meter(transaction_id, 2, 900))
    anew = meter(transaction_id, 0, 20)
    anew["meterValue"][0]["timestamp"] = "2000-01-01T00:00:00Z"
    house.clock.advance(60)
    await line.say("MeterValues", anew)
    await line.say("StopTransaction", {"transactionId": transaction_id, "meterStop": 70, "timestamp": "2026-06-01T12:02:00Z"})
    (session,) = (await house.store.sessions(SessionQuery(), limit=10)).items
    assert (session.energy_wh, session.state) == (850, SessionState.ENDED)


async def test_a_start_that_postgresql_never_takes_is_answered_with_a_valid_result_and_kept_once(house: House) -> None:
    with psycopg.connect(house.store.url) as connection:
        connection.execute("ALTER TABLE sessions ADD CONSTRAINT bad CHECK (id_tag <> 'BAD')")
    line = await house.charger("CP1")
    answers = [await line.say("StartTransaction", {**START, "idTag": "BAD"}) for _ in range(3)]
    assert all(answer == answers[0] for answer in answers)
    assert answers[0]["transactionId"] > 0
    assert answers[0]["idTagInfo"] == {"status": "Invalid"}
    kept = (await house.store.kept_frames(FrameQuery(), limit=10)).items
    assert {(frame.kind, frame.action) for frame in kept} == {("poison", "StartTransaction")}
    assert (await line.say("StartTransaction", START))["transactionId"] > 0, "the charger goes on"
    assert house.system.cells["charger/CP1"].restarts == 0


async def test_a_session_that_an_operator_closes_runs_no_more_and_ends_by_its_own_stop(house: House) -> None:
    line = await house.charger("CP1")
    transaction_id = (await line.say("StartTransaction", START))["transactionId"]
    await line.say("MeterValues", meter(transaction_id, 1, 600))
    (session,) = (await house.store.sessions(SessionQuery(), limit=10)).items
    for changed in await house.store.resolve(CloseSession(session.id, house.now()), "ada"):
        await house.fleet.resolved(changed)
    await house.heard()
    assert (await house.fleet.live(["CP1"]))["CP1"].sessions == {}
    await line.say("MeterValues", meter(transaction_id, 2, 900))
    await house.written()
    closed = await house.store.session(session.id)
    assert (closed.state, closed.energy_wh) == (SessionState.ENDED, 500)
    await line.say("StopTransaction", {"transactionId": transaction_id, "meterStop": 1100, "timestamp": "2026-06-01T12:30:00Z"})
    own = await house.store.session(session.id)
    assert (own.energy_wh, SessionFlag.ESTIMATED in own.flags) == (1000, False)
