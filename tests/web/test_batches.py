"""One thing done to many chargers: a result for each, told, cancelled, and without doubt after a restart."""

from __future__ import annotations

import asyncio
import csv
import io
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.web import stored
from tests.web.site import Site
from voltaro.domain.batch import Batch, BatchItem, BatchKind, BatchState, ItemState
from voltaro.domain.charger import Registration
from voltaro.domain.command import Command, CommandState, Reset
from voltaro.domain.fact import CommandChanged
from voltaro.domain.person import Scope
from voltaro.ports import CommandsFull

SOFT = {"action": "Reset", "payload": {"type": "Soft"}}


@pytest.fixture
async def fleet(site: Site) -> Site:
    """Two chargers that are here, one that is not."""
    await stored.charger(site.store, "CP1", "CP2", "AWAY")
    site.fleet.connect("CP1")
    site.fleet.connect("CP2")
    return site


async def _ended(site: Site, path: str) -> dict[str, Any]:
    async with asyncio.timeout(30):
        while (batch := (await site.get(path)).json)["state"] == "running":
            await asyncio.sleep(0.01)
    return dict(batch)


async def _results(site: Site, batch_id: str, query: str = "") -> list[tuple[str, str, str | None]]:
    answer = await site.get(f"/command-batches/{batch_id}/results{query}")
    return [(item["charger_id"], item["state"], item["error"]) for item in answer.json["items"]]


async def test_a_command_to_many_chargers_has_a_result_for_each(fleet: Site) -> None:
    begun = await fleet.post("/commands:batch", {**SOFT, "charger_ids": ["CP2", "NOBODY", "AWAY", "CP1", "CP2"]})
    assert (begun.status, begun.headers["Location"]) == (202, f"/api/v1/command-batches/{begun.json['id']}")
    assert (begun.json["total"], begun.json["kind"], begun.json["payload"]) == (4, "command", {"type": "Soft"})
    batch = await _ended(fleet, f"/command-batches/{begun.json['id']}")
    assert batch["state"] == "done"
    assert [call[0] for call in fleet.fleet.calls] == ["CP2", "CP1"], "in order, and each once"
    assert await _results(fleet, batch["id"]) == [
        ("CP2", "unknown", None),
        ("NOBODY", "failed", "unknown_charger"),
        ("AWAY", "failed", "not_connected"),
        ("CP1", "unknown", None),
    ], "the fake fleet records no command"
    assert await _results(fleet, batch["id"], "?state=failed&limit=1") == [("NOBODY", "failed", "unknown_charger")]
    assert (await fleet.get(f"/command-batches/{batch['id']}/results?state=faled")).status == 400
    table = await fleet.get(f"/command-batches/{batch['id']}/results", headers={"Accept": "text/csv"})
    assert [row["charger_id"] for row in csv.DictReader(io.StringIO(table.text))] == ["CP2", "NOBODY", "AWAY", "CP1"]
    entries = [entry for entry in (await fleet.get("/audit")).json["items"] if entry["action"] == "batch.begun"]
    assert [(entry["target"], entry["detail"]["chargers"]) for entry in entries] == [(batch["id"], 4)]
    assert (await fleet.get("/command-batches")).json["items"][0]["id"] == batch["id"]


async def test_a_verb_goes_to_all_that_fit_a_filter(fleet: Site) -> None:
    begun = await fleet.post("/commands:batch", {"verb": "reset", "payload": {"immediately": True}, "filter": {"connection": "online"}})
    await _ended(fleet, begun.headers["Location"].removeprefix("/api/v1"))
    assert fleet.fleet.orders == [("CP1", Reset(True)), ("CP2", Reset(True))]


async def test_what_a_charger_cannot_be_told_is_its_own_result(fleet: Site) -> None:
    begun = await fleet.post("/commands:batch", {"action": "Reset", "payload": {"type": "Sideways"}, "charger_ids": ["CP1"]})
    await _ended(fleet, f"/command-batches/{begun.json['id']}")
    [result] = (await fleet.get(f"/command-batches/{begun.json['id']}/results")).json["items"]
    assert (result["error"], result["detail"]) == ("invalid_payload", "/type: is neither Hard nor Soft")
    fleet.fleet.failure = CommandsFull()
    begun = await fleet.post("/commands:batch", {**SOFT, "charger_ids": ["CP1"]})
    await _ended(fleet, f"/command-batches/{begun.json['id']}")
    assert await _results(fleet, begun.json["id"]) == [("CP1", "failed", "commands_full")]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"charger_ids": ["CP1"]}, "/action"),
        ({**SOFT, "verb": "reset", "charger_ids": ["CP1"]}, "/action"),
        ({**SOFT}, "/charger_ids"),
        ({**SOFT, "charger_ids": ["CP1"], "filter": {}}, "/charger_ids"),
        ({**SOFT, "charger_ids": []}, "/charger_ids"),
        ({**SOFT, "charger_ids": [f"CP{number}" for number in range(10_001)]}, "/charger_ids"),
        ({"verb": "explode", "charger_ids": ["CP1"]}, "/verb"),
        ({"verb": "availability", "payload": {"operative": "perhaps"}, "charger_ids": ["CP1"]}, "/payload/operative"),
        ({**SOFT, "filter": {"colour": "red"}}, "/filter/colour"),
    ],
)
async def test_a_batch_that_cannot_be_is_refused_with_the_member(site: Site, body: dict[str, Any], pointer: str) -> None:
    refused = await site.post("/commands:batch", body)
    assert (refused.status, refused.json["errors"][0]["pointer"]) == (422, pointer)
    assert (await site.get("/command-batches")).json["items"] == []


async def test_many_chargers_are_changed_and_removed(fleet: Site) -> None:
    change = {"site_id": "north", "registration": "pending"}
    refused = await fleet.post("/chargers:batch", {"action": "change", "change": change, "charger_ids": ["CP1"]})
    assert (refused.status, refused.json["errors"][0]["pointer"]) == (422, "/change/site_id")
    await stored.site(fleet.store, "north")
    begun = await fleet.post("/chargers:batch", {"action": "change", "change": change, "charger_ids": ["CP1", "AWAY", "NOBODY"]})
    await _ended(fleet, f"/command-batches/{begun.json['id']}")
    assert await _results(fleet, begun.json["id"]) == [
        ("CP1", "done", None),
        ("AWAY", "done", None),
        ("NOBODY", "failed", "unknown_charger"),
    ]
    known = await fleet.store.charger("CP1")
    assert known is not None
    assert (known.site_id, known.registration) == ("north", Registration.PENDING)
    assert sorted(fleet.fleet.disconnected) == ["AWAY", "CP1"]
    begun = await fleet.post("/chargers:batch", {"action": "remove", "filter": {"site_id": "north"}})
    await _ended(fleet, f"/command-batches/{begun.json['id']}")
    assert [item["id"] for item in (await fleet.get("/chargers")).json["items"]] == ["CP2"]
    assert (await fleet.post("/chargers:batch", {"action": "change", "change": {}, "charger_ids": ["CP2"]})).status == 422


async def test_a_batch_that_is_cancelled_begins_nothing_more(fleet: Site) -> None:
    names = [f"N{number:03}" for number in range(150)]
    await stored.charger(fleet.store, *names)
    for name in names:
        fleet.fleet.connect(name)
    held = asyncio.Event()

    async def settled(command: Command, timeout_s: float, *, effective: bool = False) -> Command:
        await held.wait()
        return command

    fleet.fleet.settled = settled  # type: ignore[method-assign]
    begun = await fleet.post("/commands:batch", {**SOFT, "charger_ids": names})
    path = f"/command-batches/{begun.json['id']}"
    assert (await fleet.post(f"{path}/cancel")).status == 202
    held.set()
    batch = await _ended(fleet, path)
    assert batch["state"] == "cancelled"
    assert batch["counts"]["not_sent"] >= 50, "the second wave was not begun"
    assert len(fleet.fleet.calls) == 150 - batch["counts"]["not_sent"]
    assert (await fleet.post(f"{path}/cancel")).status == 409


async def test_after_a_restart_there_is_no_doubt_about_what_was_sent(site: Site) -> None:
    store, now = site.store, datetime.now(UTC)
    await stored.charger(store, "SENT", "BEGUN", "WAITS")
    batch = Batch("b1", BatchKind.COMMAND, "Reset", {}, "ada", now)
    items = await store.add_batch(batch, ["SENT", "BEGUN", "WAITS"])
    await store.begin_items("b1", [1, 2])
    command = Command("c1", "SENT", "Reset", {}, CommandState.SENT, now, requested_by="ada")
    await store.write([CommandChanged(command, ("ada", batch.key_of(1)))])
    assert [item.state for item in items] == [ItemState.WAITING] * 3
    changes = Batch("b2", BatchKind.CHANGE, "change", {}, "ada", now)
    await store.add_batch(changes, ["SENT", "BEGUN", "WAITS"])
    await store.begin_items("b2", [1, 2])
    await store.settle_items("b2", [BatchItem(1, "SENT", ItemState.DONE)])
    assert await store.interrupt_batches(now) == 2
    assert await _results(site, "b1") == [("SENT", "sent", None), ("BEGUN", "not_sent", "restarted"), ("WAITS", "not_sent", "restarted")]
    assert await _results(site, "b2") == [("SENT", "done", None), ("BEGUN", "unknown", "restarted"), ("WAITS", "not_sent", "restarted")]
    found = await store.batch("b1")
    assert found is not None
    assert found.state is BatchState.INTERRUPTED
    assert await store.interrupt_batches(now) == 0
    await store.forget_batches(datetime.now(UTC))
    assert await store.batch("b1") is None


async def test_progress_is_told_on_the_live_stream(fleet: Site) -> None:
    told: list[Any] = []
    fleet.stream.is_watched = lambda: True  # type: ignore[method-assign]
    fleet.stream.flash = told.append  # type: ignore[method-assign, assignment]
    begun = await fleet.post("/commands:batch", {**SOFT, "charger_ids": ["CP1", "AWAY"]})
    await _ended(fleet, f"/command-batches/{begun.json['id']}")
    async with asyncio.timeout(30):
        while not told or told[-1].data["state"] != "done":
            await asyncio.sleep(0.01)
    assert told[-1].type == "batch.updated"
    assert told[-1].data["counts"] == {"failed": 1, "unknown": 1}


async def test_a_viewer_begins_nothing_and_sees_all(fleet: Site) -> None:
    token = await fleet.add_token(Scope.CHARGERS_READ)
    assert (await fleet.post("/commands:batch", {**SOFT, "charger_ids": ["CP1"]}, token=token)).status == 403
    assert (await fleet.post("/chargers:batch", {"action": "remove", "filter": {}}, token=token)).status == 403
    assert (await fleet.get("/command-batches", token=token)).status == 200
    assert (await fleet.get("/command-batches/b0", token=token)).status == 404


async def test_a_secret_in_a_payload_is_sent_and_not_kept(fleet: Site) -> None:
    begun = await fleet.post("/commands:batch", {"action": "Reset", "payload": {"type": "Hard", "key": "hush"}, "charger_ids": ["CP1"]})
    assert (begun.json["payload"], begun.json["repeatable"]) == ({"type": "Hard", "key": "***"}, False)
    await _ended(fleet, f"/command-batches/{begun.json['id']}")
    assert fleet.fleet.calls[0][2]["key"] == "hush"
    assert "hush" not in (await fleet.get("/audit")).text
