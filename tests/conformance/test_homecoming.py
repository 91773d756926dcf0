"""A charger comes back: what it does not say of itself is asked for, what was known is shown as such, what was set is kept."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.conformance.charger import asked, booted, charger, connectors, meter, plugged, reading, say, sessions, start, status, tag
from tests.looking import until
from tests.running import RunningServer, running_server

AT = "2026-06-01T10:00:00Z"


@pytest.fixture
async def server(database_url: str, tmp_path: Path) -> AsyncIterator[RunningServer]:
    async with running_server(database_url, tmp_path, "--unknown-chargers", "accept", "--settle-s", "0.5") as running:
        yield running


async def stand(server: RunningServer, identity: str) -> None:
    """A charger with two connectors that has booted, reported itself and gone."""
    async with plugged(server, identity) as cp:
        assert (await booted(cp))["status"] == "Accepted"
        for number in (0, 1, 2):
            await status(cp, number, "Available")
        await until(lambda: connectors(server, identity), lambda seen: set(seen) == {1, 2})
    await until(lambda: charger(server, identity), lambda seen: seen["connection"] == "offline")


def told(database_url: str, charger_id: str, kind: str) -> list[dict[str, Any]]:
    with psycopg.connect(database_url) as connection:
        rows = connection.execute("SELECT data FROM events WHERE charger_id = %s AND type = %s ORDER BY id", (charger_id, kind)).fetchall()
    return [row[0] for row in rows]


@pytest.mark.conformance("TC_001", "16-01", "Q-22", "Q-26")
async def test_after_a_boot_the_connectors_that_say_nothing_are_asked_one_by_one(server: RunningServer) -> None:
    await stand(server, "CP1")
    async with plugged(server, "CP1") as cp:
        answered = await booted(cp)
        assert (answered["status"], answered["interval"] > 0) == ("Accepted", True)
        await status(cp, 2, "Available")
        assert "currentTime" in await say(cp, "Heartbeat", {})
        question = {"requestedMessage": "StatusNotification"}
        assert await asked(cp, {"status": "Accepted"}) == ("TriggerMessage", question | {"connectorId": 1})
        assert (await connectors(server, "CP1"))[1]["stale"] is True
        await status(cp, 1, "Faulted", error="GroundFailure")
        assert await asked(cp, {"status": "Accepted"}) == ("TriggerMessage", question)  # connector 0
        seen = await until(lambda: connectors(server, "CP1"), lambda seen: not seen[1]["stale"])
        assert (seen[1]["status"], seen[2]["stale"]) == ("Faulted", False)
        await say(cp, "Heartbeat", {})


@pytest.mark.conformance("TR-67", "TR-58", "VT-B01")
async def test_what_is_known_from_before_the_line_is_shown_as_last_known(server: RunningServer) -> None:
    await stand(server, "CP1")
    away = await connectors(server, "CP1")
    assert [(seen["status"], seen["stale"]) for seen in away.values()] == [("Available", True)] * 2
    async with plugged(server, "CP1") as cp:  # it does not boot, and is served
        await meter(cp, None, reading(AT, "1000"))
        assert all(seen["stale"] for seen in (await connectors(server, "CP1")).values())
        await status(cp, 1, "Available")
        seen = await until(lambda: connectors(server, "CP1"), lambda seen: not seen[1]["stale"])
        assert seen[2]["stale"] is True


@pytest.mark.conformance("16-01", "Q-24")
async def test_a_charger_that_does_not_let_itself_be_asked_is_left_alone(server: RunningServer) -> None:
    await stand(server, "CP1")
    async with plugged(server, "CP1") as cp:
        await booted(cp)
        assert (await asked(cp, {"status": "NotImplemented"}))[0] == "TriggerMessage"
        await say(cp, "Heartbeat", {})
        await server.api("POST", "/api/v1/chargers/CP1/commands", {"action": "ClearCache", "payload": {}})
        assert (await asked(cp, {"status": "Accepted"}))[0] == "ClearCache", "the next thing that is asked is the operator's"


@pytest.mark.conformance("Q-20", "TR-58")
async def test_one_that_does_not_boot_is_served_and_asked_to_boot_once(server: RunningServer) -> None:
    await tag(server, "TAG1")
    async with plugged(server, "CP1") as cp:
        await status(cp, 1, "Preparing")
        transaction_id = await start(cp, AT)
        await meter(cp, transaction_id, reading("2026-06-01T10:10:00Z", "1500"))
        assert await asked(cp, {"status": "Accepted"}) == ("TriggerMessage", {"requestedMessage": "BootNotification"})
        assert (await booted(cp))["status"] == "Accepted"
        await status(cp, 1, "Charging")
        assert [told[2] for told in cp.asks if told[2] not in cp.closed] == []
    await until(lambda: sessions(server, "CP1"), lambda seen: [(one["state"], one["energy_wh"]) for one in seen] == [("active", 500)])


@pytest.mark.conformance("Q-21", "VT-B05", "TR-69")
async def test_a_charger_that_boots_again_and_again_is_answered_with_a_longer_interval_and_left_in_peace(
    server: RunningServer, database_url: str
) -> None:
    await stand(server, "CP1")
    async with plugged(server, "CP1") as cp:
        intervals = [(await booted(cp))["interval"] for _ in range(50)]
        assert intervals[0] < intervals[-1]
        assert (await until(lambda: charger(server, "CP1"), lambda seen: seen["restless"]))["connection"] == "online"
        await server.api("POST", "/api/v1/chargers/CP1/commands", {"action": "ClearCache", "payload": {}})
        assert (await asked(cp, {"status": "Accepted"}))[0] == "ClearCache", "an operator may ask, we do not"
    await until(lambda: codes(database_url), lambda seen: "boots_again_and_again" in seen)


async def codes(database_url: str) -> list[str]:
    return [data["code"] for data in told(database_url, "CP1", "charger.anomaly")]


async def test_what_an_operator_has_put_out_of_service_is_asked_for_again_once_after_a_boot(
    server: RunningServer, database_url: str
) -> None:
    await stand(server, "CP1")
    wished = {"connectorId": 1, "type": "Inoperative"}
    async with plugged(server, "CP1") as cp:
        for number in (0, 1, 2):
            await status(cp, number, "Available")
        await server.api("POST", "/api/v1/chargers/CP1/availability", {"operative": False, "evse_id": 1})
        assert await asked(cp, {"status": "Accepted"}) == ("ChangeAvailability", wished)
        await status(cp, 1, "Unavailable")
        kept = await until(lambda: charger(server, "CP1"), lambda seen: seen["availability"] != [])
        assert [(wish["evse_id"], wish["connector_id"], wish["operative"]) for wish in kept["availability"]] == [(1, 1, False)]
    async with plugged(server, "CP1") as cp:  # it connects, without a boot: a key may have been turned
        for number in (0, 1, 2):
            await status(cp, number, "Available")
        await booted(cp)
        for number in (0, 1, 2):
            await status(cp, number, "Available")
        assert await asked(cp, {"status": "Accepted"}) == ("ChangeAvailability", wished)
        await status(cp, 1, "Unavailable")
        await status(cp, 1, "Available")
        await server.api("POST", "/api/v1/chargers/CP1/commands", {"action": "ClearCache", "payload": {}})
        assert (await asked(cp, {"status": "Accepted"}))[0] == "ClearCache", "it is asked for once"
    assert told(database_url, "CP1", "charger.availability_restored") == [{"evse_id": 1, "connector_id": 1, "operative": False}]
    await server.stop()


async def test_availability_outlives_a_restart_of_ours_and_what_is_said_of_the_whole_is_said_of_its_parts(
    database_url: str, tmp_path: Path
) -> None:
    flags = ("--unknown-chargers", "accept", "--settle-s", "0.5")
    async with running_server(database_url, tmp_path, *flags) as server:
        await stand(server, "CP1")
        async with plugged(server, "CP1") as cp:
            for number in (0, 1, 2):
                await status(cp, number, "Available")
            for evse in (1, None):
                await server.api("POST", "/api/v1/chargers/CP1/availability", {"operative": False, "evse_id": evse})
                assert (await asked(cp, {"status": "Scheduled"}))[0] == "ChangeAvailability"
            await until(lambda: charger(server, "CP1"), lambda seen: [wish["evse_id"] for wish in seen["availability"]] == [0])
    async with running_server(database_url, tmp_path, *flags) as server, plugged(server, "CP1") as cp:
        assert [wish["evse_id"] for wish in (await charger(server, "CP1"))["availability"]] == [0]
        await booted(cp)
        for number in (1, 2, 0):
            await status(cp, number, "Available")
        assert await asked(cp, {"status": "Accepted"}) == ("ChangeAvailability", {"connectorId": 0, "type": "Inoperative"})
