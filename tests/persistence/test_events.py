"""Events: ids that only grow as readers see them, and what facts tell."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from persistence.store import PostgresStore
from tests.persistence.facts import NOON, after, event_types, recorded, start
from voltaro.domain.charger import Boot, ConnectorReport, ConnectorState, Registration
from voltaro.domain.command import Command, CommandState
from voltaro.domain.fact import (
    ChargerBooted,
    ChargerConnected,
    ChargerDisconnected,
    ChargerSeen,
    CommandChanged,
    ConnectorReported,
    EventHappened,
    ExchangeLogged,
    Fact,
    SecurityEventReported,
)
from voltaro.ports import NewCharger, Poison

COMMAND = Command("c1", "CP1", "Reset", {"type": "Soft"}, CommandState.QUEUED, NOON, "operator")


async def test_a_reader_behind_many_writers_misses_no_event(store: PostgresStore, database_url: str) -> None:
    writers = [PostgresStore(database_url) for _ in range(4)]
    seen: list[int] = []

    async def read() -> None:
        last = 0
        while len(seen) < 4 * 60 * 5:
            for happened in await store.events_after(last, limit=500):
                seen.append(happened.id)
                last = happened.id

    async def write(number: int) -> None:
        for batch in range(60):
            await writers[number].write([EventHappened("test", NOON, f"CP{number}", {"batch": batch}) for _ in range(5)])

    try:
        async with asyncio.timeout(60), asyncio.TaskGroup() as group:
            group.create_task(read())
            for number in range(4):
                group.create_task(write(number))
    finally:
        for writer in writers:
            await writer.close()
    assert seen == sorted(set(seen))
    assert len(seen) == 1200
    assert (await store.first_event_id(), await store.last_event_id()) == (seen[0], seen[-1])


async def test_an_empty_store_has_no_events(store: PostgresStore) -> None:
    assert (await store.first_event_id(), await store.last_event_id(), await store.events_after(0, limit=5)) == (0, 0, [])


async def test_events_stand_in_the_order_of_their_facts(store: PostgresStore) -> None:
    facts: list[Fact] = [
        EventHappened("charger.anomaly", NOON, "CP1", {"code": "odd"}),
        ChargerConnected("CP1", "ocpp1.6", "127.0.0.1", NOON),
        start(),
        ChargerDisconnected("CP1", 1006, "lost", after(1)),
    ]
    await store.write(facts)
    assert await event_types(store) == ["charger.anomaly", "charger.connected", "session.started", "charger.disconnected"]


async def test_an_event_alone_may_hold_what_json_may_hold(store: PostgresStore) -> None:
    data = {"text": "a\0b", "deep": [{"é": None}], "big": 2**70}
    await store.write([EventHappened("test", NOON, None, data | {"nan": float("nan")})])
    (happened,) = await store.events_after(0, limit=5)
    assert happened.data == data | {"nan": None}, "JSON has no word for what is no number"


@pytest.mark.parametrize(
    "bad",
    [EventHappened("a\0b", NOON, None, {}), EventHappened("test", NOON, "\ud800", {})],
)
async def test_an_event_that_cannot_be_stored_is_poison_alone(store: PostgresStore, bad: EventHappened) -> None:
    results = await store.write([EventHappened("one", NOON, None, {}), bad, start(), EventHappened("two", NOON, None, {})])
    assert isinstance(results[1], Poison)
    assert results[0] is None
    assert await event_types(store) == ["one", "session.started", "two"]


class Word(str):
    """Text to Python, nothing that the encoder knows."""

    __slots__ = ()


async def test_a_fact_that_nobody_can_encode_is_poison_alone(store: PostgresStore) -> None:
    bad = ExchangeLogged("CP1", "in", Word("1"), "Heartbeat", "[]", None, "result", NOON, None)
    results = await store.write([EventHappened("one", NOON, None, {}), bad, start(), EventHappened("two", NOON, None, {})])
    assert [isinstance(result, Poison) for result in results] == [False, True, False, False]
    assert await event_types(store) == ["one", "session.started", "two"]


async def test_a_boot_is_shown_on_the_charger_and_remembered_as_accepted(store: PostgresStore) -> None:
    await store.add_charger(NewCharger("CP1"), by="test")
    assert not (await store.charger_facts(["CP1"]))["CP1"].has_accepted_boot
    await store.write([ChargerBooted("CP1", Boot("ACME", "One", "S1", "1.2"), Registration.ACCEPTED, "ocpp1.6", NOON)])
    facts = (await store.charger_facts(["CP1"]))["CP1"]
    assert facts.has_accepted_boot
    assert (facts.charger.vendor, facts.charger.model, facts.charger.serial_number) == ("ACME", "One", "S1")
    assert (facts.charger.protocol, facts.charger.last_seen, facts.charger.version) == ("ocpp1.6", NOON, 1)
    (booted,) = await store.events_after(0, limit=5)
    assert booted.data["firmware_version"] == "1.2"


async def test_a_pending_boot_is_not_an_accepted_one(store: PostgresStore) -> None:
    await store.add_charger(NewCharger("CP1", Registration.PENDING), by="test")
    await store.write([ChargerBooted("CP1", Boot("ACME", "One"), Registration.PENDING, "ocpp1.6", NOON)])
    assert not (await store.charger_facts(["CP1"]))["CP1"].has_accepted_boot


async def test_last_seen_only_moves_forward(store: PostgresStore) -> None:
    await store.add_charger(NewCharger("CP1"), by="test")
    await store.write([ChargerSeen("CP1", after(60)), ChargerSeen("CP1", after(30))])
    await store.write([ChargerSeen("CP1", after(10)), ChargerSeen("CP404", NOON)])
    charger = await store.charger("CP1")
    assert charger is not None
    assert charger.last_seen == after(60)


def status(at_s: float, word: str, state: ConnectorState, connector_id: int = 1) -> ConnectorReported:
    return ConnectorReported("CP1", ConnectorReport(1, connector_id, word, after(at_s), "NoError"), state, after(at_s))


async def test_a_connector_stands_as_last_reported_and_old_news_is_history(store: PostgresStore) -> None:
    await store.add_charger(NewCharger("CP1"), by="test")
    await store.write([status(10, "Available", ConnectorState.AVAILABLE), status(20, "Charging", ConnectorState.CHARGING)])
    late = status(15, "Preparing", ConnectorState.CHARGING)._replace(received_at=after(30))
    await store.write([late, status(5, "Faulted", ConnectorState.FAULTED, connector_id=2)])
    charger = await store.charger("CP1")
    assert charger is not None
    first, second = charger.connectors
    assert (first.status, first.state, first.updated_at) == ("Charging", ConnectorState.CHARGING, after(20))
    assert (second.connector_id, second.state) == (2, ConnectorState.FAULTED)
    told = await store.events_after(0, limit=10)
    assert [("late" in happened.data, happened.data["status"]) for happened in told] == [
        (True, "Available"),
        (False, "Charging"),
        (True, "Preparing"),
        (False, "Faulted"),
    ]


async def test_a_charger_whose_clock_is_in_1970_still_shows_its_connectors(store: PostgresStore) -> None:
    await store.add_charger(NewCharger("CP1"), by="test")
    await store.write([status(10, "Available", ConnectorState.AVAILABLE)])
    report = ConnectorReport(1, 1, "Faulted", NOON.replace(year=1970), "GroundFailure")
    await store.write([ConnectorReported("CP1", report, ConnectorState.FAULTED, after(60))])
    charger = await store.charger("CP1")
    assert charger is not None
    assert (charger.connectors[0].status, charger.connectors[0].updated_at) == ("Faulted", after(60))


async def test_a_command_is_one_row_and_its_changes_are_events(store: PostgresStore) -> None:
    answered = replace(
        COMMAND, state=CommandState.ACCEPTED, response={"status": "Accepted", "odd": "\0"}, sent_at=after(1), answered_at=after(2)
    )
    await store.write([CommandChanged(COMMAND), CommandChanged(replace(COMMAND, state=CommandState.SENT))])
    await store.write([CommandChanged(answered)])
    assert await store.command("c1") == answered
    assert (await store.commands("CP1", limit=5)).items == [answered]
    told = await store.events_after(0, limit=10)
    assert [happened.data["state"] for happened in told] == ["queued", "sent", "accepted"]
    assert told[-1].data["response"] == answered.response


async def test_a_security_event_sent_again_is_told_once(store: PostgresStore) -> None:
    fact = SecurityEventReported("CP1", "TamperDetectionActivated", NOON, NOON, "lid")
    await store.write([fact, fact])
    await store.write([replace(fact, received_at=after(60))])
    await store.write([replace(fact, tech_info="other")])
    assert await event_types(store) == ["charger.security_event"] * 2


async def test_poison_in_a_session_fact_costs_nobody_else(store: PostgresStore) -> None:
    results = await store.write(
        [start(f"CP{n}", id_tag="A\0" if n == 42 else "A", meter_start_wh=10**30 if n == 77 else 0) for n in range(100)]
    )
    poisoned = [place for place, result in enumerate(results) if isinstance(result, Poison)]
    assert poisoned == [42, 77]
    assert len(await event_types(store)) == 98
    assert (await recorded(store, start("CP42", id_tag="A"))).new
