"""Every kind of fault at every named point of every kind of actor: nothing lost, nothing doubled, no line closed, serving again."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator

import pytest

from actors.system import CellState
from persistence.store import PostgresStore
from tests.actors.house import House, PaperLine
from voltaro import faults
from voltaro.domain.charger import Connection
from voltaro.domain.session import SessionState
from voltaro.domain.tag import Tag
from voltaro.ports import Fault, FaultsOff, FrameQuery, Notice, SessionQuery, UnknownTarget

TARGETS = {
    "charger": "charger",
    "persistence": "persistence",
    "auth": "auth",
    "registry": "registry",
    "supervisor": "supervisor",
    "supervisor/chargers": "supervisor",
}
EVERYWHERE = [(target, point) for target, kind in TARGETS.items() for point in faults.POINTS_OF[kind]]
_numbers = itertools.count(1)


@pytest.fixture
async def house(module_database_url: str) -> AsyncIterator[House]:
    opened = PostgresStore(module_database_url)
    house = House(opened)
    yield house
    left = dict(faults.armed)
    for point, target in left:
        faults.disarm(point, target)
    await house.tree.stop()
    await opened.close()
    assert left == {}


@pytest.fixture
def charger_id() -> str:
    return f"CP{next(_numbers)}"


def start(tag: str) -> dict[str, object]:
    return {"connectorId": 1, "idTag": tag, "meterStart": 100, "timestamp": "2026-06-01T11:00:00Z"}


def meter(transaction_id: int, register_wh: int) -> dict[str, object]:
    value = {"value": str(register_wh), "measurand": "Energy.Active.Import.Register", "unit": "Wh"}
    samples = [{"timestamp": "2026-06-01T11:30:00Z", "sampledValue": [value]}]
    return {"connectorId": 1, "transactionId": transaction_id, "meterValue": samples}


async def charge(line: PaperLine, tag: str) -> int:
    """A whole session of 1000 Wh; its transaction id."""
    started = await line.say("StartTransaction", start(tag))
    transaction_id: int = started["transactionId"]
    assert started["idTagInfo"]["status"] == "Accepted"
    await line.say("MeterValues", meter(transaction_id, 700))
    await line.say("StopTransaction", {"transactionId": transaction_id, "meterStop": 1100, "timestamp": "2026-06-01T12:00:00Z"})
    return transaction_id


def found(house: House, fault: Fault) -> Fault:
    known = house.tree.faults.get(fault.id)
    assert known is not None
    return known


@pytest.mark.parametrize("kind", ["crash", "base_exception", "hang", "slow"])
@pytest.mark.parametrize(("target", "point"), EVERYWHERE, ids=[f"{target}-{point}" for target, point in EVERYWHERE])
async def test_a_fault_anywhere_loses_doubles_and_closes_nothing(house: House, charger_id: str, target: str, point: str, kind: str) -> None:
    neighbour_id, third_id, tag = f"{charger_id}-N", f"{charger_id}-T", f"TAG-{charger_id}"
    await house.store.add_tag(Tag(tag), by="test")
    line, neighbour = await house.charger(charger_id), await house.charger(neighbour_id)
    name = f"charger/{charger_id}" if target == "charger" else target
    fault = await house.fleet.inject(name, kind, 1, point)

    async def life() -> list[int]:
        """Everything that passes a point: sessions, a change of the charger's row, a new charger, an actor that crashes."""
        house.fleet.notice(Notice("charger", charger_id))
        if point == "restart":
            other = "registry" if target == "supervisor" else f"charger/{neighbour_id}"
            await house.fleet.inject(other, "crash", 2, None)
        sessions = await asyncio.gather(charge(line, tag), charge(neighbour, tag), house.charger(third_id))
        await house.fleet.live([charger_id])
        return [session for session in sessions if isinstance(session, int)]

    living = asyncio.ensure_future(life())
    await house.in_time(lambda: living.done() and found(house, fault).recovered_at is not None, 90)
    ids = await living
    assert found(house, fault).crashes == (0 if kind == "slow" else 1)
    for each, transaction_id in zip((charger_id, neighbour_id), ids, strict=True):
        (session,) = (await house.store.sessions(SessionQuery(charger_id=each), limit=10)).items
        assert (session.transaction_id, session.state, session.energy_wh) == (str(transaction_id), SessionState.ENDED, 1000)
    assert (line.closed, neighbour.closed) == (None, None)
    await house.until(lambda: all(cell.state is CellState.RUNNING for cell in house.system.cells.values()))
    live = await house.fleet.live([charger_id, neighbour_id, third_id])
    assert {charger.connection for charger in live.values()} == {Connection.ONLINE}
    assert len(live) == 3
    assert house.fatal == []


async def test_a_crash_in_rehydration_is_tried_again_with_back_off_and_shown(house: House, charger_id: str) -> None:
    line = await house.charger(charger_id)
    name = f"charger/{charger_id}"
    fault = await house.fleet.inject(name, "crash", 3, "start")
    waiting = asyncio.ensure_future(line.say("Heartbeat", {}))
    await house.until(lambda: found(house, fault).crashes == 3)
    actor = (await house.fleet.live([charger_id]))[charger_id].actor
    assert (actor.state, actor.last_failure) == ("restarting", "ProvokedCrash: provoked at start, 3 of 3")
    assert not waiting.done(), "it waits in the mailbox"
    assert "currentTime" in await waiting
    assert house.system.cells[name].recovery_ms is not None
    await house.written()
    events = [event.type for event in await house.store.events_after(0, limit=1000) if event.charger_id == charger_id]
    assert events.count("actor.crashed") == 3
    assert (events.count("fault.injected"), events.count("fault.recovered"), events.count("actor.restarted")) == (1, 1, 1)


async def test_a_quarantined_chargers_session_messages_are_kept_and_answered_validly(house: House, charger_id: str) -> None:
    line = await house.charger(charger_id)
    cell = house.system.cells[f"charger/{charger_id}"]
    cell.failures = (house.clock.monotonic(),) * 5
    await house.fleet.inject(cell.name, "crash", 1, None)
    await house.until(lambda: cell.state is CellState.QUARANTINED)
    assert (await line.say("StartTransaction", start("TAG")))["transactionId"] > 0
    assert await line.say("MeterValues", meter(1, 700)) == {}
    assert await line.say("StopTransaction", {"transactionId": 1, "meterStop": 1, "timestamp": "2026-06-01T12:00:00Z"}) == {}
    kept = [frame for frame in (await house.store.kept_frames(FrameQuery(), limit=50)).items if frame.charger_id == charger_id]
    assert sorted(frame.action for frame in kept) == ["MeterValues", "StartTransaction", "StopTransaction"]
    assert line.closed is None
    house.clock.advance(400)
    await house.until(lambda: cell.state is CellState.RUNNING)
    assert (await line.say("StartTransaction", start("TAG")))["transactionId"] > 0, "nothing is held against what was never handled"
    (session,) = (await house.store.sessions(SessionQuery(charger_id=charger_id), limit=10)).items
    assert session.state is SessionState.ACTIVE


async def test_chargers_that_wait_for_a_database_that_is_away_are_not_hung(house: House, charger_id: str) -> None:
    line = await house.charger(charger_id)
    await house.written()
    gate = house.store.gate = asyncio.Event()
    waiting = asyncio.ensure_future(line.say("StartTransaction", start("TAG")))
    for _ in range(40):
        house.clock.advance(1.0)
        await asyncio.sleep(0.002)
    assert not waiting.done()
    gate.set()
    assert (await waiting)["transactionId"] > 0
    assert not any(cell.restarts for cell in house.system.cells.values())


async def test_faults_wait_their_turn_at_a_point(house: House, charger_id: str) -> None:
    line = await house.charger(charger_id)
    name = f"charger/{charger_id}"
    first = await house.fleet.inject(name, "crash", 1, "before_write")
    second = await house.fleet.inject(name, "slow", 1, "before_write")
    assert [fault.id for fault in (await house.fleet.live([charger_id]))[charger_id].actor.faults] == [first.id, second.id]
    waiting = asyncio.ensure_future(line.say("StartTransaction", start("TAG")))
    await house.in_time(waiting.done, 10)
    assert (found(house, first).crashes, found(house, second).crashes) == (1, 0)
    assert found(house, second).recovery_ms == 1000.0
    assert (await house.fleet.live([charger_id]))[charger_id].actor.faults == ()
    assert [fault.id for fault in await house.fleet.faults()] == [second.id, first.id]


async def test_what_cannot_be_provoked_is_refused(house: House, charger_id: str) -> None:
    with pytest.raises(UnknownTarget, match="no actor named"):
        await house.fleet.inject("charger/NOBODY", "crash", 1, None)
    with pytest.raises(UnknownTarget, match="no fault of kind"):
        await house.fleet.inject("registry", "melt", 1, None)
    with pytest.raises(UnknownTarget, match="registry passes no point named 'before_write': use one of receive, start"):
        await house.fleet.inject("registry", "crash", 1, "before_write")
    house.tree.faults._enabled = False
    with pytest.raises(FaultsOff):
        await house.fleet.inject("registry", "crash", 1, None)
    with pytest.raises(FaultsOff):
        await house.fleet.faults()


async def test_an_actor_that_hangs_or_fails_to_stop_does_not_keep_the_process_from_ending(house: House, charger_id: str) -> None:
    line = await house.charger(charger_id)
    await house.fleet.inject(f"charger/{charger_id}", "hang", 1, "receive")
    waiting = asyncio.ensure_future(line.say("Heartbeat", {}))
    await house.until(lambda: faults.armed == {})
    await house.tree.stop(patience_s=0.05)
    assert house.system.cells == {}
    with pytest.raises(AssertionError, match="InternalError"):
        await waiting


async def test_a_log_that_cannot_be_written_keeps_nobody_from_being_restarted(
    house: House, charger_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError("no space left on device")

    line = await house.charger(charger_id)
    monkeypatch.setattr("actors.tree.log.error", full, raising=False)
    await house.fleet.inject(f"charger/{charger_id}", "crash", 1, "before_write")
    assert (await line.say("StartTransaction", start("TAG")))["transactionId"] > 0
    assert house.system.cells[f"charger/{charger_id}"].restarts == 1
