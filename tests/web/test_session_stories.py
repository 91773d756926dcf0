"""A session told from its beginning to its end, and the frames that name it."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.persistence.facts import event, start, stop
from tests.web import stored
from tests.web.site import Site
from voltaro.domain.command import Command, CommandState
from voltaro.domain.fact import CommandChanged, ExchangeLogged
from voltaro.domain.person import Scope
from voltaro.domain.session import EventKind, Session
from voltaro.ports import Recorded, Store

BEGAN = stored.LONG_AGO
HOUR = timedelta(hours=1)


async def command(store: Store, id: str, action: str, payload: dict[str, Any], at: datetime, **changes: Any) -> None:
    values: dict[str, Any] = {"requested_by": "ada", "state": CommandState.ACCEPTED, "created_at": at, **changes}
    await store.write([CommandChanged(Command(id, "CP1", action, payload, **values))])


async def logged(store: Store, action: str, request: Any, answer: Any, at: datetime) -> None:
    frames = (json.dumps([2, "m", action, request]), json.dumps([3, "m", answer]))
    await store.write([ExchangeLogged("CP1", "in", "m", action, *frames, "result", at, at)])


async def over(store: Store, **changes: Any) -> Session:
    running = await stored.session(store)
    at = BEGAN + HOUR
    [recorded] = await store.write([stop(running, at, 6000, **changes)])
    assert isinstance(recorded, Recorded)
    return recorded.session


async def test_a_story_names_who_asked_for_the_start_and_for_the_end(site: Site) -> None:
    await stored.charger(site.store, "CP1")
    session = await over(site.store, reason="Remote")
    number = session.transaction_id
    await command(site.store, "c1", "RemoteStartTransaction", {"idTag": "TAG1"}, BEGAN - timedelta(seconds=5), session_id=session.id)
    await command(site.store, "c2", "RemoteStopTransaction", {"transactionId": int(number)}, BEGAN + HOUR, requested_by="grace")
    refused = BEGAN + HOUR + timedelta(seconds=1)
    await command(site.store, "c3", "RemoteStopTransaction", {"transactionId": int(number)}, refused, state=CommandState.REJECTED)
    await command(site.store, "c4", "RemoteStopTransaction", {"transactionId": 12345678}, BEGAN + HOUR)
    story = (await site.get(f"/sessions/{session.id}/story")).json
    assert (story["started_by"]["id"], story["started_by"]["requested_by"]) == ("c1", "ada")
    assert (story["stopped_by"]["id"], story["stopped_by"]["requested_by"]) == ("c2", "grace")
    told = [(one["kind"], (one["command"] or {}).get("id")) for one in story["events"]]
    assert told == [("command", "c1"), ("started", None), ("ended", None), ("command", "c2"), ("command", "c3")]


async def test_a_story_tells_the_tag_that_ended_it_and_a_second_end_that_does_not_count(site: Site) -> None:
    await stored.charger(site.store, "CP1")
    session = await over(site.store, reason="Local", id_tag="OTHER")
    await site.store.write([stop(session, BEGAN + 2 * HOUR, 7000, reason="EVDisconnected")])
    story = (await site.get(f"/sessions/{session.id}/story")).json
    assert (story["stop_tag"], story["stopped_by"]) == ("OTHER", None)
    ends = [(one["stopped_reason"], one["meter_wh"], one["counts"]) for one in story["events"] if one["kind"] == "ended"]
    assert ends == [("Local", 6000, True), ("EVDisconnected", 7000, False)]


async def test_a_reset_at_the_time_of_the_end_may_have_ended_it_and_one_long_before_has_not(site: Site) -> None:
    await stored.charger(site.store, "CP1")
    session = await over(site.store, reason="HardReset")
    await command(site.store, "early", "Reset", {"type": "Hard"}, BEGAN + timedelta(minutes=5))
    assert (await site.get(f"/sessions/{session.id}/story")).json["stopped_by"] is None
    await command(site.store, "late", "Reset", {"type": "Hard"}, BEGAN + HOUR - timedelta(seconds=20))
    assert (await site.get(f"/sessions/{session.id}/story")).json["stopped_by"]["id"] == "late"


async def test_a_story_of_2x_leaves_periodic_meter_values_out(site: Site) -> None:
    await site.store.write(
        [
            event(0, EventKind.STARTED, trigger_reason="CablePluggedIn"),
            event(1, EventKind.UPDATED, trigger_reason="Authorized", id_tag="TAG1"),
            *(event(number, EventKind.UPDATED) for number in range(2, 6)),
            event(6, EventKind.ENDED, trigger_reason="EVCommunicationLost", stopped_reason="EVDisconnected"),
        ]
    )
    (session,) = (await site.get("/sessions")).json["items"]
    story = (await site.get(f"/sessions/{session['id']}/story")).json
    assert [one["reason"] for one in story["events"]] == ["CablePluggedIn", "Authorized", "EVCommunicationLost"]
    assert story["stop_trigger"] == "EVCommunicationLost"


async def test_the_frames_of_a_session_are_those_that_name_its_transaction(site: Site) -> None:
    await stored.charger(site.store, "CP1")
    now = datetime.now(UTC) - HOUR
    [recorded] = await site.store.write([start(at=now)])
    assert isinstance(recorded, Recorded)
    session, number = recorded.session, int(recorded.session.transaction_id)
    await logged(site.store, "StartTransaction", {"idTag": "TAG1"}, {"transactionId": number}, now)
    await logged(site.store, "MeterValues", {"transactionId": number * 10, "meterValue": []}, {}, now + timedelta(minutes=1))
    await logged(site.store, "MeterValues", {"transactionId": number, "meterValue": []}, {}, now + timedelta(minutes=2))
    await logged(site.store, "Heartbeat", {}, {}, now + timedelta(minutes=3))
    await logged(site.store, "StopTransaction", {"transactionId": number}, {}, now + timedelta(minutes=4))
    listed = (await site.get(f"/sessions/{session.id}/messages?limit=2")).json
    assert [row["action"] for row in listed["items"]] == ["StartTransaction", "MeterValues"]
    rest = (await site.get(f"/sessions/{session.id}/messages?limit=2&cursor={listed['next']}")).json
    assert ([row["action"] for row in rest["items"]], rest["next"]) == (["StopTransaction"], None)
    exported = await site.get(f"/sessions/{session.id}/messages", headers={"Accept": "text/csv"})
    assert [row["action"] for row in csv.DictReader(io.StringIO(exported.text))] == ["StartTransaction", "MeterValues", "StopTransaction"]


async def test_a_transaction_id_is_never_taken_for_a_pattern(site: Site) -> None:
    wild = 'a.*"\\[x]'
    await site.store.write([event(0, EventKind.STARTED, transaction_id=wild)])
    (session,) = (await site.get("/sessions")).json["items"]
    at = datetime.fromisoformat(session["received_at"])
    for told in (wild, 'ab"\\[x]', "a.*"):
        frames = (json.dumps([2, "m", "TransactionEvent", {"transactionInfo": {"transactionId": told}}]), "[3]")
        await site.store.write([ExchangeLogged("CP2", "in", told, "TransactionEvent", *frames, "result", at, at)])
    listed = (await site.get(f"/sessions/{session['id']}/messages")).json
    assert [row["message_id"] for row in listed["items"]] == [wild]


async def test_frames_need_their_own_scope(site: Site) -> None:
    session = await over(site.store)
    token = await site.add_token(Scope.SESSIONS_READ)
    assert (await site.get(f"/sessions/{session.id}/story", token=token)).status == 200
    assert (await site.get(f"/sessions/{session.id}/messages", token=token)).status == 403
    assert (await site.get("/sessions/0/story")).status == 404


async def test_totals_take_the_filters_of_the_list_and_no_others(site: Site) -> None:
    session = await over(site.store)
    totals = (await site.get("/sessions/totals?charger_id=CP1&state=ended")).json
    assert totals == {"count": 1, "running": 0, "energy_wh": 5000, "duration_s": 3600, "complete": True}
    assert (await site.get("/sessions/totals?limit=5")).status == 400
    assert (await site.get("/sessions?sort=cost")).status == 400
    refused = await site.get("/sessions?flags=meter_reset,a%20b")
    assert (refused.status, refused.json["errors"][0]["pointer"]) == (400, "?flags")
    assert (await site.get("/sessions/totals?flags=meter_rest")).status == 400, "a flag there is not, not a list that is empty"
    assert (await site.get("/sessions?flags=meter_reset,registers_mixed")).json["items"] == []
    listed = (await site.get("/sessions?sort=-energy_wh&energy_at_least_wh=5000&flagged=false")).json["items"]
    assert [one["id"] for one in listed] == [session.id]
