"""Virtual chargers through the API: they come over a real socket, do what they are told, are marked, and go without a trace."""

from __future__ import annotations

import json
import urllib.error
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus

from tests.e2e.talking import ask, boot, dial
from tests.looking import until
from tests.running import RunningServer, running_server

SIMULATOR = "/api/v1/simulator"


@pytest.fixture
async def server(database_url: str, tmp_path: Path) -> AsyncIterator[RunningServer]:
    async with running_server(database_url, tmp_path, "--simulator", "--unknown-chargers", "accept", "--settle-s", "0.05") as running:
        yield running


async def add(server: RunningServer, **wish: Any) -> list[str]:
    """Virtual chargers that are online and accepted; their ids."""
    made = (await server.api("POST", f"{SIMULATOR}/chargers", wish))["items"]
    for one in made:
        await until(partial(seen, server, one["id"]), lambda shown: shown["registration"] == "Accepted" and not shown["queued"])
    return [one["id"] for one in made]


async def seen(server: RunningServer, charger_id: str) -> Any:
    """The charger as it sees itself."""
    return await server.api("GET", f"{SIMULATOR}/chargers/{charger_id}")


async def act(server: RunningServer, charger_id: str, action: str, **more: Any) -> Any:
    return await server.api("POST", f"{SIMULATOR}/chargers/{charger_id}/actions", {"action": action, **more})


async def state(server: RunningServer, charger_id: str, connector: int = 1) -> Any:
    """What the server says of a connector."""
    shown = await server.api("GET", f"/api/v1/chargers/{charger_id}")
    return next((evse["connectors"][0]["state"] for evse in shown["evses"] if evse["id"] == connector), None)


async def refused(asked: Any) -> Any:
    """The problem that a request is answered with."""
    with pytest.raises(urllib.error.HTTPError) as found:
        await asked
    return json.loads(found.value.read())


async def test_a_virtual_charger_of_each_version_connects_and_is_marked(server: RunningServer) -> None:
    ids = await add(server, count=4, protocol="mixed", prefix="SIM")
    assert ids == ["SIM-001", "SIM-002", "SIM-003", "SIM-004"]
    chargers = (await server.api("GET", "/api/v1/chargers"))["items"]
    assert {(one["id"], one["protocol"], one["simulated"], one["connection"]) for one in chargers} == {
        ("SIM-001", "ocpp1.6", True, "online"),
        ("SIM-002", "ocpp2.0.1", True, "online"),
        ("SIM-003", "ocpp1.6", True, "online"),
        ("SIM-004", "ocpp2.1", True, "online"),
    }
    assert await add(server) == ["SIM-005"]


@pytest.mark.parametrize("protocol", ["ocpp1.6", "ocpp2.0.1", "ocpp2.1"])
async def test_a_car_is_plugged_in_charges_by_card_and_leaves(server: RunningServer, protocol: str) -> None:
    (charger,) = await add(server, protocol=protocol)
    card = (await server.api("GET", SIMULATOR))["tags"][0]
    await act(server, charger, "plug", connector=2, soc_percent=20)
    assert (await act(server, charger, "tap", connector=2, id_tag=card))["result"] == f"{card}: Accepted"
    await until(lambda: state(server, charger, 2), lambda word: word == "charging")
    here = (await seen(server, charger))["connectors"][1]
    assert (here["status"], here["id_tag"], here["plugged"]) == ("Charging", card, True)
    (session,) = (await server.api("GET", "/api/v1/sessions"))["items"]
    assert (session["simulated"], session["state"], session["id_tag"]) == (True, "active", card)
    await act(server, charger, "unplug", connector=2)
    ended = await until(lambda: server.api("GET", f"/api/v1/sessions/{session['id']}"), lambda one: one["state"] == "ended")
    assert ended["simulated"]


async def test_what_can_go_wrong_is_done_and_undone(server: RunningServer) -> None:
    (charger,) = await add(server, meter_interval_s=1)
    await act(server, charger, "fault", error_code="GroundFailure")
    await until(lambda: state(server, charger), lambda word: word == "faulted")
    await act(server, charger, "clear")
    await until(lambda: state(server, charger), lambda word: word == "available")
    await act(server, charger, "offline")
    await until(lambda: server.api("GET", f"/api/v1/chargers/{charger}"), lambda one: one["connection"] == "offline")
    assert not (await seen(server, charger))["wanted"]
    await act(server, charger, "online")
    await until(lambda: server.api("GET", f"/api/v1/chargers/{charger}"), lambda one: one["connection"] == "online")
    await act(server, charger, "clock", seconds=-7200)
    assert (await act(server, charger, "start"))["charger"]["clock_offset_s"] == -7200
    shown = await until(lambda: server.api("GET", f"/api/v1/chargers/{charger}"), lambda one: one["clock"] is not None)
    assert shown["clock"]["offset_s"] > 7000
    await act(server, charger, "power_cut")
    await until(lambda: seen(server, charger), lambda one: not one["online"])
    await until(lambda: seen(server, charger), lambda one: one["online"] and one["registration"] == "Accepted")


async def test_it_refuses_commands_and_thinks_long_when_it_is_told_to(server: RunningServer) -> None:
    (charger,) = await add(server)
    command = {"action": "ClearCache", "payload": {}}
    await act(server, charger, "refuse", on=True)
    told = await server.answer("POST", f"/api/v1/chargers/{charger}/commands", command, {"Prefer": "wait=10"})
    assert told[1]["state"] == "failed"
    await act(server, charger, "refuse", on=False)
    await act(server, charger, "slow", seconds=300)
    told = await server.answer("POST", f"/api/v1/chargers/{charger}/commands", command, {"Prefer": "wait=1"})
    assert told[1]["state"] in ("queued", "sent"), "it may still think about what the server has asked by itself"
    shown = await seen(server, charger)
    assert (shown["refuses"], shown["answers_after_s"]) == (False, 300)


async def test_a_flood_is_answered_and_bounded(server: RunningServer) -> None:
    (charger,) = await add(server)
    assert (await refused(act(server, charger, "flood", messages=1001)))["status"] == 422
    await act(server, charger, "flood", messages=150)

    async def heartbeats() -> int:
        return sum('"currentTime"' in frame["text"] for frame in (await seen(server, charger))["frames"])

    assert await until(heartbeats, lambda count: count >= 90) >= 90
    assert (await seen(server, charger))["online"]


async def test_the_frames_are_seen_from_the_chargers_side_without_their_secrets(server: RunningServer) -> None:
    (charger,) = await add(server)
    secret = "aabbccddeeff00112233445566778899"
    change = {"action": "ChangeConfiguration", "payload": {"key": "AuthorizationKey", "value": secret}}
    await server.answer("POST", f"/api/v1/chargers/{charger}/commands", change, {"Prefer": "wait=10"})
    frames = (await seen(server, charger))["frames"]
    assert any(frame["direction"] == "sent" and "BootNotification" in frame["text"] for frame in frames)
    assert any(frame["direction"] == "received" and "AuthorizationKey" in frame["text"] for frame in frames)
    assert secret not in json.dumps(frames)


async def test_scenarios_happen_to_all(server: RunningServer) -> None:
    await add(server, count=3, protocol="mixed")
    assert await server.api("POST", f"{SIMULATOR}/scenarios", {"scenario": "cars_arrive"}) == {"affected": 6}
    await until(lambda: server.api("GET", "/api/v1/sessions?state=active"), lambda page: len(page["items"]) == 6)
    assert await server.api("POST", f"{SIMULATOR}/scenarios", {"scenario": "power_cut"}) == {"affected": 3}
    await until(lambda: server.api("GET", "/api/v1/sessions?state=active"), lambda page: not page["items"])


async def test_what_cannot_be_done_says_why(server: RunningServer) -> None:
    (charger,) = await add(server, connectors=1)
    assert "has no connector 2" in (await refused(act(server, charger, "plug", connector=2)))["detail"]
    assert (await refused(act(server, "SIM-999", "plug")))["status"] == 404
    assert (await refused(server.api("POST", f"{SIMULATOR}/chargers", {"count": 501})))["status"] == 422
    assert (await refused(server.api("POST", f"{SIMULATOR}/chargers", {"count": 500})))["title"] == "Conflict"
    assert (await refused(server.api("POST", f"{SIMULATOR}/chargers", {"prefix": "../x"})))["status"] == 422
    await act(server, charger, "offline")
    assert "offline" in (await refused(act(server, charger, "flood")))["detail"]
    await server.api("POST", "/api/v1/chargers", {"id": "REAL-001"})
    assert "REAL-001" in (await refused(server.api("POST", f"{SIMULATOR}/chargers", {"prefix": "REAL"})))["detail"]


async def test_nobody_else_passes_for_a_virtual_charger(server: RunningServer) -> None:
    (charger,) = await add(server)
    with pytest.raises(InvalidStatus) as refusal:
        async with dial(server, charger):
            pass
    assert refusal.value.response.status_code == 401


async def test_a_virtual_charger_goes_with_all_that_is_known_of_it(server: RunningServer) -> None:
    first, second = await add(server, count=2)
    await server.api("POST", f"{SIMULATOR}/scenarios", {"scenario": "cars_arrive"})
    await until(lambda: server.api("GET", "/api/v1/sessions?state=active"), lambda page: len(page["items"]) == 4)
    removed = await server.api("DELETE", f"{SIMULATOR}/chargers/{first}")
    assert (removed["chargers"], removed["sessions"]) == (1, 2)
    assert [one["id"] for one in (await server.api("GET", "/api/v1/chargers"))["items"]] == [second]
    assert {one["charger_id"] for one in (await server.api("GET", "/api/v1/sessions"))["items"]} == {second}


async def test_the_demonstration_is_dropped_and_real_chargers_stay(server: RunningServer) -> None:
    async with dial(server, "CP1") as socket:
        assert await boot(socket) == "Accepted"
        start = {"connectorId": 1, "idTag": "MINE", "meterStart": 0, "timestamp": "2026-06-01T10:00:00Z"}
        await server.api("POST", "/api/v1/tags", {"id_tag": "MINE"})
        assert (await ask(socket, "StartTransaction", start))[0] == 3
        await add(server, count=3, protocol="mixed")
        await server.api("POST", f"{SIMULATOR}/scenarios", {"scenario": "cars_arrive"})
        await until(lambda: server.api("GET", "/api/v1/sessions?state=active"), lambda page: len(page["items"]) == 7)
        counted = await server.api("DELETE", "/api/v1/demo-data?dry_run=true")
        assert (counted["chargers"], counted["sessions"], counted["tags"]) == (3, 6, 40)
        removed = await server.api("DELETE", "/api/v1/demo-data")
        assert (removed["chargers"], removed["sessions"], removed["tags"]) == (3, 6, 40)
        assert set((await server.api("GET", "/api/v1/demo-data")).values()) == {0}
        assert (await server.api("GET", f"{SIMULATOR}/chargers"))["items"] == []
        (charger,) = (await server.api("GET", "/api/v1/chargers"))["items"]
        assert (charger["id"], charger["connection"], charger["simulated"]) == ("CP1", "online", False)
        (session,) = (await server.api("GET", "/api/v1/sessions"))["items"]
        assert (session["charger_id"], session["state"], session["simulated"]) == ("CP1", "active", False)
        assert [tag["id_tag"] for tag in (await server.api("GET", "/api/v1/tags"))["items"]] == ["MINE"]
        assert (await ask(socket, "Heartbeat", {}))[0] == 3
        await until(lambda: server.api("GET", "/api/v1/demo-data"), lambda left: set(left.values()) == {0})


async def test_without_the_setting_there_is_no_simulator(database_url: str, tmp_path: Path) -> None:
    async with running_server(database_url, tmp_path) as server:
        assert "--simulator" in (await refused(server.api("GET", f"{SIMULATOR}/chargers")))["detail"]
        assert set((await server.api("DELETE", "/api/v1/demo-data")).values()) == {0}


async def test_a_viewer_looks_and_does_nothing(server: RunningServer) -> None:
    (charger,) = await add(server)
    scopes = ["chargers:read", "sessions:read", "tags:read", "messages:read"]
    token = (await server.api("POST", "/api/v1/tokens", {"name": "viewer", "scopes": scopes}))["token"]
    viewer = {"Authorization": f"Bearer {token}"}
    assert (await server.api("GET", f"{SIMULATOR}/chargers", headers=viewer))["items"][0]["id"] == charger
    for method, path, body in (
        ("POST", f"{SIMULATOR}/chargers", {}),
        ("POST", f"{SIMULATOR}/chargers/{charger}/actions", {"action": "plug"}),
        ("POST", f"{SIMULATOR}/scenarios", {"scenario": "power_cut"}),
        ("DELETE", f"{SIMULATOR}/chargers/{charger}", None),
        ("DELETE", "/api/v1/demo-data", None),
        ("GET", "/api/v1/system/bundle", None),
    ):
        assert (await refused(server.api(method, path, body, viewer)))["status"] == 403, path
