"""Sessions of 1.6 chargers as they are: repeats, offline queues, lost stops, transactions that nobody knows."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
import pytest_asyncio

from tests.conformance.charger import (
    asked,
    booted,
    charger,
    connectors,
    frame,
    meter,
    plugged,
    reading,
    say,
    sessions,
    start,
    status,
    stop,
    tag,
)
from tests.looking import until
from tests.running import RunningServer, running_server

AT = "2026-06-01T10:00:00Z"
LATER = "2026-06-01T10:10:00Z"
END = "2026-06-01T11:00:00Z"
PAST = "2020-01-01T00:00:00Z"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(module_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningServer]:
    where = tmp_path_factory.mktemp("sessions")
    flags = ("--unknown-chargers", "accept", "--settle-s", "0.3", "--lost-s", "1")
    async with running_server(module_database_url, where, *flags) as running:
        for id_tag in ("TAG1", "TAG2"):
            await tag(running, id_tag)
        await tag(running, "GONE", expires_at=PAST)
        await tag(running, "BAD", status="blocked")
        await tag(running, "ONCE", max_active_sessions=1)
        yield running


pytestmark = pytest.mark.asyncio(loop_scope="module")


async def one(server: RunningServer, identity: str) -> dict[str, Any]:
    [session] = await sessions(server, identity)
    return session


async def verdict(cp: Any, id_tag: str) -> str:
    word: str = (await say(cp, "Authorize", {"idTag": id_tag}))["idTagInfo"]["status"]
    return word


# --- the cases of the core profile ---


@pytest.mark.conformance("TC_003", "TC_004_1", "TR-65")
@pytest.mark.parametrize("plug_first", [True, False])
async def test_a_regular_session(server: RunningServer, identity: str, plug_first: bool) -> None:
    async with plugged(server, identity) as cp:
        await booted(cp)
        if plug_first:
            await status(cp, 1, "Preparing")
        assert await verdict(cp, "tag1") == "Accepted"
        if not plug_first:
            await status(cp, 1, "Preparing")
        answered = await say(cp, "StartTransaction", {"connectorId": 1, "idTag": "TAG1", "meterStart": 1000, "timestamp": AT})
        assert (answered["idTagInfo"]["status"], answered["transactionId"] > 0) == ("Accepted", True)
        await status(cp, 1, "Charging")
        assert (await one(server, identity))["state"] == "active"
        now = datetime.fromisoformat((await say(cp, "Heartbeat", {}))["currentTime"])
        assert abs(datetime.now(UTC) - now) < timedelta(seconds=30)


@pytest.mark.conformance("TC_004_2", "16-05")
async def test_a_tag_without_a_plug_makes_no_transaction(server: RunningServer, identity: str) -> None:
    async with plugged(server, identity) as cp:
        await booted(cp)
        assert await verdict(cp, "TAG1") == "Accepted"
        await status(cp, 1, "Preparing")
        await status(cp, 1, "Available")
        assert await sessions(server, identity) == []


@pytest.mark.conformance("TC_005_1", "X-24")
async def test_a_session_ends_when_the_cable_is_pulled_at_the_car(server: RunningServer, identity: str) -> None:
    async with plugged(server, identity) as cp:
        await booted(cp)
        transaction_id = await start(cp, AT)
        await status(cp, 1, "SuspendedEV")
        assert await stop(cp, transaction_id, END, 3000, reason="EVDisconnected") == {}
        await status(cp, 1, "Finishing")
        await status(cp, 1, "Available")
        session = await one(server, identity)
        assert (session["state"], session["stop_reason"], session["energy_wh"], session["flags"]) == ("ended", "EVDisconnected", 2000, [])


@pytest.mark.conformance("TC_007", "16-04")
async def test_a_start_of_a_cached_tag_needs_no_authorize(server: RunningServer, identity: str) -> None:
    async with plugged(server, identity) as cp:
        await booted(cp)
        await status(cp, 1, "Preparing")
        answered = await say(cp, "StartTransaction", {"connectorId": 1, "idTag": "TAG1", "meterStart": 0, "timestamp": AT})
        assert answered["idTagInfo"] == {"status": "Accepted"}


@pytest.mark.conformance("TC_023_1", "TC_023_2", "TC_023_3", "X-13")
@pytest.mark.parametrize(("id_tag", "word"), [("NOBODY", "Invalid"), ("GONE", "Expired"), ("BAD", "Blocked")])
async def test_a_tag_that_may_not_charge_is_told_why(server: RunningServer, identity: str, id_tag: str, word: str) -> None:
    async with plugged(server, identity) as cp:
        await booted(cp)
        assert await verdict(cp, id_tag) == word


@pytest.mark.conformance("TC_024")
async def test_a_lock_that_fails_is_seen(server: RunningServer, identity: str) -> None:
    async with plugged(server, identity) as cp:
        await booted(cp)
        assert await verdict(cp, "TAG1") == "Accepted"
        await status(cp, 1, "Preparing")
        await status(cp, 1, "Faulted", error="ConnectorLockFailure")
        shown = await until(lambda: connectors(server, identity), lambda seen: 1 in seen and seen[1]["state"] == "faulted")
        assert shown[1]["error_code"] == "ConnectorLockFailure"


@pytest.mark.conformance("TC_064")
async def test_data_of_a_vendor_that_is_unknown_is_answered_so(server: RunningServer, identity: str) -> None:
    async with plugged(server, identity) as cp:
        await booted(cp)
        assert (await say(cp, "DataTransfer", {"vendorId": "com.example", "data": "x"}))["status"] == "UnknownVendorId"


@pytest.mark.conformance("TC_032_1", "16-03")
async def test_a_power_cut_ends_the_session_with_the_stop_that_follows_the_boot(server: RunningServer, identity: str) -> None:
    async with plugged(server, identity) as cp:
        await booted(cp)
        transaction_id = await start(cp, AT)
        await status(cp, 1, "Charging")
    async with plugged(server, identity) as cp:
        assert (await booted(cp))["status"] == "Accepted"
        for number in (0, 1):
            await status(cp, number, "Available")
        assert (await one(server, identity))["state"] == "active", "its stop is awaited"
        assert await stop(cp, transaction_id, LATER, 1800, reason="PowerLoss") == {}
        session = await one(server, identity)
        assert (session["state"], session["stop_reason"], session["energy_wh"], session["flags"]) == ("ended", "PowerLoss", 800, [])


@pytest.mark.conformance("TC_037_1", "X-11", "VT-X18")
async def test_a_start_from_the_time_offline_is_taken_with_its_own_time(server: RunningServer, identity: str) -> None:
    days_ago = (datetime.now(UTC) - timedelta(days=3)).strftime("%Y-%m-%dT%H:%M:%SZ")
    async with plugged(server, identity) as cp:
        await booted(cp)
        answered = await say(cp, "StartTransaction", {"connectorId": 1, "idTag": "TAG1", "meterStart": 0, "timestamp": days_ago})
        assert (answered["idTagInfo"]["status"], answered["transactionId"] > 0) == ("Accepted", True)
        assert (await one(server, identity))["started_at"] == days_ago
        await server.api("POST", f"/api/v1/chargers/{identity}/commands", {"action": "ClearCache", "payload": {}})
        while (question := await asked(cp, {"status": "Accepted"}))[0] == "TriggerMessage":
            pass
        assert question[0] == "ClearCache", "no charging profile is sent for it"


@pytest.mark.conformance("TC_037_3", "16-02", "VT-X10", "X-03", "X-23")
async def test_a_session_of_an_invalid_tag_has_an_id_and_keeps_its_energy(server: RunningServer, identity: str) -> None:
    async with plugged(server, identity) as cp:
        await booted(cp)
        answered = await say(cp, "StartTransaction", {"connectorId": 1, "idTag": "NOBODY", "meterStart": 100, "timestamp": AT})
        assert answered["idTagInfo"]["status"] == "Invalid"
        await status(cp, 1, "Charging")
        await meter(cp, answered["transactionId"], reading(LATER, "150"))
        assert await stop(cp, answered["transactionId"], END, 200, reason="DeAuthorized") == {}
        await status(cp, 1, "Finishing")
        session = await one(server, identity)
        assert (session["id_tag"], session["energy_wh"], session["stop_reason"]) == ("NOBODY", 100, "DeAuthorized")
        assert "not_authorized" in session["flags"]


@pytest.mark.conformance("TC_039", "X-10")
async def test_a_whole_session_from_the_time_offline_has_the_chargers_times(server: RunningServer, identity: str) -> None:
    async with plugged(server, identity) as cp:
        await booted(cp)
        transaction_id = await start(cp, AT)
        await meter(cp, transaction_id, reading(LATER, "1500"))
        await stop(cp, transaction_id, END, 2500)
        session = await one(server, identity)
        assert (session["started_at"], session["ended_at"], session["energy_wh"], session["complete"]) == (AT, END, 1500, True)


# --- repeats ---


@pytest.mark.conformance("VT-X01", "VT-X02", "X-04", "TR-60", "TR-61", "Q-40", "Q-41")
@pytest.mark.parametrize("id_tag", ["TAG1", "ONCE"])
@pytest.mark.parametrize("message_id", ["first", "second"])
async def test_a_start_that_comes_again_is_the_same_session(server: RunningServer, identity: str, id_tag: str, message_id: str) -> None:
    payload = {"connectorId": 1, "idTag": id_tag, "meterStart": 5, "timestamp": AT}
    async with plugged(server, identity) as cp:
        await booted(cp)
        first = await say(cp, "StartTransaction", payload, "first")
        assert await say(cp, "StartTransaction", payload, message_id) == first
        assert first["idTagInfo"]["status"] == "Accepted"
        session = await one(server, identity)
        await stop(cp, int(session["transaction_id"]), END, 10)


@pytest.mark.conformance("VT-X03", "Q-40")
async def test_a_start_whose_answer_was_lost_with_the_line_is_the_same_session(server: RunningServer, identity: str) -> None:
    async with plugged(server, identity) as cp:
        await booted(cp)
        payload = {"connectorId": 1, "idTag": "TAG1", "meterStart": 5, "timestamp": AT}
        await cp.socket.send(json.dumps([2, "s", "StartTransaction", payload]))
        await until(lambda: sessions(server, identity), lambda seen: len(seen) == 1)
        cp.socket.transport.abort()
    async with plugged(server, identity) as cp:
        transaction_id = await start(cp, AT, meter=5)
    assert (await one(server, identity))["transaction_id"] == str(transaction_id)


@pytest.mark.conformance("VT-X04", "X-05", "Q-44")
async def test_a_stop_that_comes_again_has_one_effect(server: RunningServer, identity: str) -> None:
    async with plugged(server, identity) as cp:
        await booted(cp)
        transaction_id = await start(cp, AT)
        answers = [await stop(cp, transaction_id, END, 4000, idTag="TAG1") for _ in range(3)]
        assert answers == [{"idTagInfo": {"status": "Accepted"}}] * 3
        session = await one(server, identity)
        assert (session["energy_wh"], session["flags"]) == (3000, [])


@pytest.mark.conformance("VT-X05", "X-05")
async def test_a_second_stop_with_other_figures_is_kept_and_flagged(server: RunningServer, identity: str, module_database_url: str) -> None:
    async with plugged(server, identity) as cp:
        await booted(cp)
        transaction_id = await start(cp, AT)
        await stop(cp, transaction_id, END, 4000)
        await stop(cp, transaction_id, END, 9000)
    session = await one(server, identity)
    assert (session["energy_wh"], session["flags"]) == (3000, ["stop_conflict"])
    with psycopg.connect(module_database_url) as connection:
        found = connection.execute("SELECT meter_stop_wh FROM session_stops WHERE session_id = %s ORDER BY 1", (session["id"],)).fetchall()
    assert found == [(4000,), (9000,)]


@pytest.mark.conformance("VT-X09", "X-03", "Q-49")
async def test_ids_are_positive_and_nobodys_twice(server: RunningServer, identity: str) -> None:
    async def many(number: int) -> list[int]:
        async with plugged(server, f"{identity}-{number}") as cp:
            await booted(cp)
            return [await start(cp, AT, connector=1 + count % 2, meter=count) for count in range(500)]

    found = [transaction_id for ids in await asyncio.gather(*map(many, range(20))) for transaction_id in ids]
    assert len(found) == len(set(found)) == 10_000
    assert 0 < min(found) <= max(found) <= 2**31 - 1


# --- transactions that nobody knows ---


@pytest.mark.conformance("VT-X06", "X-06", "Q-42", "Q-43")
@pytest.mark.parametrize("unknown", [0, -1, 1_999_999_998])
async def test_a_stop_of_nobodys_transaction_is_kept_and_touches_no_other(server: RunningServer, identity: str, unknown: int) -> None:
    async with plugged(server, identity) as cp:
        await booted(cp)
        await start(cp, AT)
        assert await stop(cp, unknown, END, 9000) == {}
        assert (await stop(cp, unknown, END, 9001, idTag="TAG1"))["idTagInfo"]["status"] == "Accepted"
    running, *orphans = await sessions(server, identity)
    assert (running["state"], running["energy_wh"]) == ("active", 0)
    assert [(orphan["state"], orphan["meter_stop_wh"]) for orphan in orphans] == [("unresolved", 9000), ("unresolved", 9001)]


@pytest.mark.conformance("VT-X07", "X-07", "16-08")
async def test_readings_and_stop_of_minus_one_make_a_session_of_their_own(server: RunningServer, identity: str) -> None:
    async with plugged(server, identity) as cp:
        await booted(cp)
        await meter(cp, -1, reading(AT, "1000"))
        await meter(cp, -1, reading(LATER, "1400"))
        assert await stop(cp, -1, END, 2000) == {}
    session = await one(server, identity)
    assert (session["state"], session["energy_wh"], session["evse_id"]) == ("unresolved", 1000, 1)


@pytest.mark.conformance("VT-X08", "X-07")
async def test_a_late_start_takes_in_what_came_as_minus_one(server: RunningServer, identity: str) -> None:
    async with plugged(server, identity) as cp:
        await booted(cp)
        await meter(cp, -1, reading(LATER, "1400"))
        await stop(cp, -1, END, 2000)
        await start(cp, AT, meter=1000)
    whole = [session for session in await sessions(server, identity) if session["state"] == "ended"]
    assert [(session["energy_wh"], session["started_at"], session["ended_at"]) for session in whole] == [(1000, AT, END)]


@pytest.mark.conformance("Q-42", "16-08", "Q-66")
@pytest.mark.parametrize(("nameless", "connector"), [(0, 1), (-1, 1), (0, 0), (-1, 0)])
async def test_readings_of_0_or_minus_one_are_of_the_one_session_that_runs_there(
    server: RunningServer, identity: str, nameless: int, connector: int
) -> None:
    async with plugged(server, identity) as cp:
        await booted(cp)
        await status(cp, 1, "Charging")
        await start(cp, AT)
        await meter(cp, nameless, reading("2026-06-01T09:00:00Z", "10"), connector=connector)  # before it began: not its own
        await meter(cp, nameless, reading(LATER, "1500"), connector=connector)
        found = await until(lambda: sessions(server, identity), lambda seen: seen[0]["energy_wh"] == 500)
        values = (await server.api("GET", f"/api/v1/sessions/{found[0]['id']}/meter-values"))["items"]
        assert [(value["value"], value["evse_id"]) for value in values] == [("1500", 1)]


@pytest.mark.conformance("Q-66")
async def test_readings_of_connector_0_go_with_their_transaction_and_without_one_to_the_main_meter(
    server: RunningServer, identity: str
) -> None:
    async with plugged(server, identity) as cp:
        await booted(cp)
        transaction_id = await start(cp, AT)
        await meter(cp, transaction_id, reading(LATER, "1500"), connector=0)
        await meter(cp, None, reading(LATER, "99"), connector=0)
        session = (await until(lambda: sessions(server, identity), lambda seen: seen[0]["energy_wh"] == 500))[0]
        values = (await server.api("GET", f"/api/v1/sessions/{session['id']}/meter-values"))["items"]
        assert [(value["value"], value["evse_id"]) for value in values] == [("1500", 1)]


@pytest.mark.conformance("Q-43")
async def test_a_transaction_is_known_by_its_id_whatever_connector_is_named(server: RunningServer, identity: str) -> None:
    async with plugged(server, identity) as cp:
        await booted(cp)
        first, _ = await start(cp, AT), await start(cp, AT, connector=2, meter=50)
        await meter(cp, first, reading(LATER, "1700"), connector=2)
        await until(lambda: sessions(server, identity), lambda seen: [session["energy_wh"] for session in seen] == [700, 0])


@pytest.mark.conformance("Q-53", "X-14", "VT-X22", "Q-75")
async def test_another_tag_may_stop_and_asking_to_stop_is_no_second_session(server: RunningServer, identity: str) -> None:
    async with plugged(server, identity) as cp:
        await booted(cp)
        transaction_id = await start(cp, AT, tag="ONCE")
        assert await verdict(cp, "ONCE") == "Accepted", "it is asked for to stop"
        assert (await stop(cp, transaction_id, END, 2000, idTag="TAG2"))["idTagInfo"]["status"] == "Accepted"
    session = await one(server, identity)
    assert (session["state"], session["id_tag"], session["flags"]) == ("ended", "ONCE", [])


@pytest.mark.conformance("VT-X22", "X-14")
async def test_tags_of_a_group_are_told_their_parent(server: RunningServer, identity: str) -> None:
    for id_tag in ("A", "B"):
        await tag(server, f"{id_tag}{identity}"[:20], parent="FLEET")
    async with plugged(server, identity) as cp:
        await booted(cp)
        transaction_id = await start(cp, AT, tag=f"A{identity}"[:20])
        answered = await stop(cp, transaction_id, END, 2000, idTag=f"B{identity}"[:20])
        assert answered["idTagInfo"] == {"status": "Accepted", "parentIdTag": "FLEET"}


@pytest.mark.conformance("VT-X11", "X-12")
async def test_a_tag_that_may_charge_once_is_refused_twice_and_has_an_id_all_the_same(server: RunningServer, identity: str) -> None:
    async with plugged(server, identity) as cp:
        await booted(cp)
        first = await start(cp, AT, tag="ONCE")
        answered = await say(cp, "StartTransaction", {"connectorId": 2, "idTag": "ONCE", "meterStart": 0, "timestamp": LATER})
        assert answered["idTagInfo"]["status"] == "ConcurrentTx"
        assert answered["transactionId"] > 0
        for transaction_id in (first, answered["transactionId"]):
            await stop(cp, transaction_id, END, 2000)


# --- stops that never came ---


@pytest.mark.conformance("Q-45")
async def test_a_start_on_a_busy_connector_closes_what_ran_as_an_estimate_until_its_stop_comes(
    server: RunningServer, identity: str
) -> None:
    async with plugged(server, identity) as cp:
        await booted(cp)
        old = await start(cp, AT)
        await meter(cp, old, reading(LATER, "1500"))
        await start(cp, END, meter=5000)
        lost, running = await sessions(server, identity)
        assert (lost["state"], lost["stop_reason"], lost["ended_at"], lost["energy_wh"]) == ("ended", "Lost", LATER, 500)
        assert {"ended_by_next_start", "estimated"} == set(lost["flags"])
        assert running["state"] == "active"
        await stop(cp, old, "2026-06-01T10:30:00Z", 2500)
        corrected, _ = await sessions(server, identity)
        assert (corrected["energy_wh"], corrected["stop_reason"], corrected["flags"]) == (1500, "Local", [])


@pytest.mark.conformance("Q-45", "VT-X12", "X-12", "TC_032_1")
async def test_after_a_boot_a_session_on_a_free_connector_is_closed_as_an_estimate_until_its_stop_comes(
    server: RunningServer, identity: str
) -> None:
    async with plugged(server, identity) as cp:
        await booted(cp)
        old = await start(cp, AT)
        await meter(cp, old, reading(LATER, "1500"))
        await booted(cp)
        for number in (0, 1):
            await status(cp, number, "Available")
        [lost] = await until(lambda: sessions(server, identity), lambda seen: seen[0]["state"] == "ended")
        assert (lost["stop_reason"], lost["ended_at"], lost["energy_wh"]) == ("Lost", LATER, 500)
        assert {"ended_by_boot", "estimated"} == set(lost["flags"])
        await meter(cp, old, reading("2026-06-01T10:20:00Z", "1600"))
        assert (await one(server, identity))["energy_wh"] == 600, "a reading that comes after all counts"
        await stop(cp, old, END, 1700, reason="PowerLoss")
        corrected = await one(server, identity)
        assert (corrected["energy_wh"], corrected["stop_reason"], corrected["flags"]) == (700, "PowerLoss", [])


@pytest.mark.conformance("Q-26", "Q-45")
async def test_a_session_that_goes_on_after_a_boot_is_not_closed(server: RunningServer, identity: str) -> None:
    async with plugged(server, identity) as cp:
        await booted(cp)
        transaction_id = await start(cp, AT)
        gone = await start(cp, AT, connector=2)
        await booted(cp)
        await status(cp, 1, "Charging")
        await status(cp, 2, "Available")
        await until(lambda: sessions(server, identity), lambda seen: seen[1]["state"] == "ended")
        going = (await sessions(server, identity))[0]
        assert (going["state"], going["transaction_id"]) == ("active", str(transaction_id))
        await stop(cp, gone, END, 1700)


@pytest.mark.conformance("VT-X12", "X-12", "Q-41")
async def test_what_a_boot_has_ended_stands_in_nobodys_way(server: RunningServer, identity: str) -> None:
    id_tag = f"T{identity}"[:20]
    await tag(server, id_tag, max_active_sessions=1)
    async with plugged(server, identity) as cp:
        await booted(cp)
        await start(cp, AT, tag=id_tag)
        await booted(cp)
        for number in (0, 1, 2):
            await status(cp, number, "Available")
        answered = await say(cp, "StartTransaction", {"connectorId": 2, "idTag": id_tag, "meterStart": 0, "timestamp": LATER})
        assert answered["idTagInfo"]["status"] == "Accepted"
        lost, running = await sessions(server, identity)
        assert (lost["state"], lost["stop_reason"], running["state"]) == ("ended", "Lost", "active")


@pytest.mark.conformance("VT-X19", "X-10", "Q-46")
async def test_readings_after_the_stop_belong_to_it_and_reopen_nothing(server: RunningServer, identity: str) -> None:
    async with plugged(server, identity) as cp:
        await booted(cp)
        transaction_id = await start(cp, AT, meter=0)
        await meter(cp, transaction_id, reading(AT, {"value": "6000", "measurand": "Power.Active.Import", "unit": "W"}))
        await stop(cp, transaction_id, END, 0)
        assert (await one(server, identity))["energy_wh"] == 0
        late = reading("2026-06-01T10:30:00Z", {"value": "6000", "measurand": "Power.Active.Import", "unit": "W"})
        await meter(cp, transaction_id, late)
        session = await one(server, identity)
        assert (session["state"], session["energy_wh"], session["flags"]) == ("ended", 3000, ["energy_estimated"])
        following = await start(cp, END, meter=0)
        await meter(cp, transaction_id, reading("2026-06-01T10:40:00Z", "7"))
        values = (await server.api("GET", f"/api/v1/sessions/{session['id']}/meter-values"))["items"]
        assert len(values) == 3
        assert (await sessions(server, identity))[1]["transaction_id"] == str(following)


@pytest.mark.conformance("X-15", "Q-25")
async def test_statuses_of_every_kind_are_taken_and_an_older_one_is_history(server: RunningServer, identity: str) -> None:
    async with plugged(server, identity) as cp:
        await booted(cp)
        await status(cp, 0, "Charging")
        await status(cp, 17, "Charging", at=LATER)
        for _ in range(3):
            await status(cp, 17, "SuspendedEV", at=END)
        await status(cp, 17, "Available", at=AT)
        seen = await until(lambda: connectors(server, identity), lambda seen: 17 in seen and seen[17]["status"] == "SuspendedEV")
        assert set(seen) == {17}
        assert (await charger(server, identity))["station"]["status"] == "Charging"


@pytest.mark.conformance("X-02", "X-20", "VT-M06")
async def test_whatever_comes_of_it_a_message_with_money_is_answered(server: RunningServer, identity: str) -> None:
    async with plugged(server, identity) as cp:
        await booted(cp)
        transaction_id = await start(cp, AT)
        for _ in range(2):
            await meter(cp, transaction_id, reading(LATER, "1500", {"value": "abc", "measurand": "Voltage"}))
        for payload in ({"connectorId": 1}, {"connectorId": 1, "meterValue": [{"timestamp": "never", "sampledValue": []}]}):
            assert (await frame(cp, "MeterValues", payload))[0] == 3
        session = await one(server, identity)
        values = (await server.api("GET", f"/api/v1/sessions/{session['id']}/meter-values"))["items"]
        assert sorted(value["value"] for value in values) == ["1500", "abc"]
