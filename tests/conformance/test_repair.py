"""Quirks of real chargers, each as it is met: tolerated it is repaired, stored and counted; in strict mode it is refused."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from tests.conformance.wire import anomalies, booted, complaints, exchange, known, ours, reply, say, say_answer
from tests.e2e.talking import dial
from tests.running import RunningServer, running_server

pytestmark = pytest.mark.asyncio(loop_scope="module")

TIME = "2026-06-01T10:00:00Z"
STATUS = {"connectorId": 1, "errorCode": "NoError", "status": "Available"}
START = {"connectorId": 1, "idTag": "TAG", "meterStart": 1000, "timestamp": TIME}
STOP = {"meterStop": 2000, "timestamp": "2026-06-01T11:00:00Z"}
MISSING, TYPE, PROPERTY, UNKNOWN = (
    "OccurenceConstraintViolation",
    "TypeConstraintViolation",
    "PropertyConstraintViolation",
    "FormationViolation",
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(module_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningServer]:
    async with running_server(module_database_url, tmp_path_factory.mktemp("data")) as running:
        for tag in ("TAG", "04AABB", "x" * 30):
            await running.api("POST", "/api/v1/tags", {"id_tag": tag})
        yield running
        assert complaints(running) == []


def meter(value: Any, transaction_id: Any = None, at: str = TIME, **members: Any) -> dict[str, Any]:
    told = {"connectorId": 1, "meterValue": [{"timestamp": at, "sampledValue": [{"value": value} | members]}]}
    return told if transaction_id is None else told | {"transactionId": transaction_id}


async def session(server: RunningServer, name: str) -> dict[str, Any]:
    found: dict[str, Any] = (await server.api("GET", f"/api/v1/sessions?charger_id={name}"))["items"][0]
    return found


async def samples(server: RunningServer, name: str) -> list[dict[str, Any]]:
    number = (await session(server, name))["id"]
    found: list[dict[str, Any]] = (await server.api("GET", f"/api/v1/sessions/{number}/meter-values"))["items"]
    return found


@pytest.mark.parametrize(
    ("action", "payload", "code", "field", "refusal"),
    [
        pytest.param("StatusNotification", STATUS | {"connectorId": "1"}, "text_as_number", "/connectorId", TYPE, id="Q-13 text",
            marks=pytest.mark.conformance("Q-13", "VT-Q13")),
        pytest.param("MeterValues", meter(604.213), "number_as_text", "/meterValue/*/sampledValue/*/value", TYPE, id="Q-13 number",
            marks=pytest.mark.conformance("Q-13", "VT-Q13")),
        pytest.param("StatusNotification", STATUS | {"info": True}, "boolean_as_text", "/info", TYPE, id="Q-13 boolean",
            marks=pytest.mark.conformance("Q-13", "VT-Q13")),
        pytest.param("DataTransfer", {"vendorId": "V", "data": {"a": [1.50]}}, "object_as_text", "/data", TYPE, id="Q-13 object",
            marks=pytest.mark.conformance("Q-13", "VT-Q13")),
        pytest.param("StatusNotification", STATUS | {"info": None}, "null_member", "/info", TYPE, id="Q-14 null",
            marks=pytest.mark.conformance("Q-14", "VT-Q14")),
        pytest.param("MeterValues", {"connectorId": 1, "meterValue": []}, "empty_list", "/meterValue", MISSING, id="Q-14 list",
            marks=pytest.mark.conformance("Q-14", "VT-Q14")),
        pytest.param("MeterValues", {"connectorId": 1, "meterValue": [{"timestamp": TIME, "sampledValue": []}]}, "empty_list",
            "/meterValue/*/sampledValue", MISSING, id="Q-14 samples", marks=pytest.mark.conformance("Q-14", "VT-Q14")),
        pytest.param("MeterValues", meter("1", unit=""), "empty_member", "/meterValue/*/sampledValue/*/unit", PROPERTY, id="Q-14 word",
            marks=pytest.mark.conformance("Q-14", "VT-Q14")),
        pytest.param("StatusNotification", STATUS | {"vendorExtra": 1}, "unknown_member", "/vendorExtra", UNKNOWN, id="Q-15",
            marks=pytest.mark.conformance("Q-15", "VT-Q15")),
        pytest.param("BootNotification", {"chargePointVendor": "V" * 300, "chargePointModel": "M"}, "long_text", "/chargePointVendor",
            PROPERTY, id="Q-16", marks=pytest.mark.conformance("Q-16", "VT-Q16")),
        pytest.param("StatusNotification", STATUS | {"status": "available"}, "alias", "/status", PROPERTY, id="Q-17 case",
            marks=pytest.mark.conformance("Q-17", "VT-Q17")),
        pytest.param("StatusNotification", STATUS | {"errorCode": "Error"}, "alias", "/errorCode", PROPERTY, id="Q-17 alias",
            marks=pytest.mark.conformance("Q-17", "VT-Q17")),
        pytest.param("StatusNotification", STATUS | {"status": "Dreaming"}, "unknown_word", "/status", PROPERTY, id="Q-17 unknown",
            marks=pytest.mark.conformance("Q-17", "VT-Q17")),
        pytest.param("StatusNotification", STATUS | {"timestamp": "2026-06-01T10:00:00"}, "timestamp_without_zone", "/timestamp", PROPERTY,
            id="Q-31", marks=pytest.mark.conformance("Q-31", "VT-Q31")),
        pytest.param("StatusNotification", STATUS | {"timestamp": "2026-06-01 10:00+02"}, "timestamp_format", "/timestamp", PROPERTY,
            id="Q-32", marks=pytest.mark.conformance("Q-32", "VT-Q32")),
        pytest.param("MeterValues", meter("1", at=""), "timestamp_missing", "/meterValue/*/timestamp", PROPERTY, id="Q-34 empty",
            marks=pytest.mark.conformance("Q-34", "VT-Q34")),
    ],
)  # fmt: skip
async def test_what_is_repaired_is_answered_and_counted_and_shown_beside_the_raw_frame(
    server: RunningServer, action: str, payload: dict[str, Any], code: str, field: str, refusal: str
) -> None:
    name = await known(server)
    async with dial(server, name) as socket:
        await booted(socket)
        assert (await say(socket, action, payload, "odd"))[0] == 3
    (found,) = await anomalies(server, name, code)
    assert (found["field"], found["count"], found["message_id"]) == (field, 1, "odd")
    assert found["quirk"].startswith("Q-")
    logged = await exchange(server, name, action, "odd")
    assert logged["request"][3] == payload
    assert {"code": code, "field": field} in logged["repaired"]["repairs"]
    is_kept = code in ("long_text", "unknown_word", "empty_list", "timestamp_without_zone", "timestamp_missing")
    assert (logged["repaired"]["payload"] == payload) == is_kept
    assert (await server.api("GET", f"/api/v1/dead-letters?charger_id={name}"))["items"] == []

    strict = await known(server, mode="strict")
    async with dial(server, strict) as socket:
        await booted(socket)
        refused = await say(socket, action, payload)
        assert (refused[0], refused[2]) == (4, refusal)
    assert await anomalies_of(server, strict) <= {"invalid_session_message"}


async def anomalies_of(server: RunningServer, name: str) -> set[str]:
    return {item["code"] for item in (await server.api("GET", f"/api/v1/chargers/{name}/anomalies"))["items"]}


@pytest.mark.conformance("Q-13", "Q-17", "Q-60", "16-14", "VT-Q60")
async def test_numbers_are_kept_digit_by_digit_and_words_by_their_meaning(server: RunningServer) -> None:
    name = await known(server)
    async with dial(server, name) as socket:
        await booted(socket)
        start = await say(socket, "StartTransaction", START | {"connectorId": "1", "meterStart": "1000"})
        number = start[2]["transactionId"]
        assert start[2]["idTagInfo"]["status"] == "Accepted"
        told = [
            {"value": 1200.0001000},
            {"value": "21", "measurand": "temperature", "unit": "Celcius"},
            {"value": "21.5", "measurand": "Temperature", "unit": "Celsius", "location": "Body"},
            {"value": "50", "measurand": "frequency", "unit": "Hz"},
            {"value": "7", "measurand": "Request.Energy", "unit": "furlong"},
        ]
        payload = {"connectorId": 1, "transactionId": str(number), "meterValue": [{"timestamp": TIME, "sampledValue": told}]}
        raw = str(payload).replace("'", '"').replace("1200.0001", "1200.0001000")
        await socket.send(f'[2,"digits","MeterValues",{raw}]')
        assert (await reply(socket)) == [3, "digits", {}]
        assert (await say(socket, "StopTransaction", STOP | {"transactionId": number}))[0] == 3
    stored = {(item["measurand"], item["unit"]): item for item in await samples(server, name)}
    assert stored["Energy.Active.Import.Register", "Wh"]["value"] == "1200.0001000"
    register = stored["Energy.Active.Import.Register", "Wh"]
    assert (register["context"], register["location"], register["phase"]) == ("Sample.Periodic", "Outlet", None)
    assert {("Temperature", "Celcius"), ("Temperature", "Celsius"), ("Frequency", "Hertz"), ("Request.Energy", "furlong")} <= set(stored)
    assert (await session(server, name))["energy_wh"] == 1000


@pytest.mark.conformance("Q-17")
async def test_a_status_that_nobody_knows_is_the_state_unknown(server: RunningServer) -> None:
    name = await known(server)
    async with dial(server, name) as socket:
        await booted(socket)
        assert (await say(socket, "StatusNotification", STATUS | {"status": "Dreaming"}))[0] == 3
        await anomalies(server, name, "unknown_word")
        shown = await until_connector(server, name)
        assert (shown["status"], shown["state"]) == ("Dreaming", "unknown")


async def until_connector(server: RunningServer, name: str) -> dict[str, Any]:
    while True:
        evses = (await server.api("GET", f"/api/v1/chargers/{name}"))["evses"]
        if evses and evses[0]["connectors"]:
            connector: dict[str, Any] = evses[0]["connectors"][0]
            return connector


@pytest.mark.conformance("Q-16", "Q-48", "VT-Q16", "VT-Q48")
async def test_a_tag_is_looked_up_without_case_and_spaces_and_never_cut(server: RunningServer) -> None:
    name = await known(server)
    async with dial(server, name) as socket:
        await booted(socket)
        for tag, verdict in ((" 04aaBB ", "Accepted"), ("x" * 30, "Accepted"), ("x" * 20, "Invalid"), ("", "Invalid"), ("  ", "Invalid")):
            assert (await say(socket, "Authorize", {"idTag": tag}))[2]["idTagInfo"]["status"] == verdict, tag
        start = await say(socket, "StartTransaction", START | {"idTag": "X" * 30})
        assert start[2]["idTagInfo"]["status"] == "Accepted"
    assert (await session(server, name))["id_tag"] == "X" * 30
    for code in ("tag_spaces", "empty_tag", "long_text"):
        await anomalies(server, name, code)
    free = await known(server, anonymous_charging=True)
    async with dial(server, free) as socket:
        await booted(socket)
        assert (await say(socket, "Authorize", {"idTag": ""}))[2]["idTagInfo"]["status"] == "Accepted"
        assert (await say(socket, "Authorize", {"idTag": "nobody"}))[2]["idTagInfo"]["status"] == "Invalid"
    strict = await known(server, mode="strict")
    async with dial(server, strict) as socket:
        await booted(socket)
        assert (await say(socket, "Authorize", {"idTag": "x" * 30}))[2] == PROPERTY


@pytest.mark.conformance("Q-30", "VT-Q30")
@pytest.mark.parametrize("said", ["1970-01-01T00:01:00Z", "2000-01-01T00:01:00", "2016-01-01T00:01:00Z"])
async def test_a_clock_that_was_never_set_gives_way_to_the_time_of_arrival(server: RunningServer, said: str) -> None:
    name = await known(server)
    async with dial(server, name) as socket:
        await booted(socket)
        begun = datetime.now(UTC) - timedelta(seconds=5)
        first = await say(socket, "StartTransaction", START | {"timestamp": said})
        again = await say(socket, "StartTransaction", START | {"timestamp": said})
        assert first[2] == again[2], "the same start, whenever it comes"
        assert (await say(socket, "StopTransaction", STOP | {"timestamp": said, "transactionId": first[2]["transactionId"]}))[0] == 3
        assert (await say(socket, "StopTransaction", STOP | {"timestamp": said, "transactionId": first[2]["transactionId"]}))[0] == 3
    stored = await session(server, name)
    assert begun <= datetime.fromisoformat(stored["started_at"]) <= datetime.fromisoformat(stored["ended_at"])
    assert stored["flags"] == ["clock_suspect"]
    assert (await anomalies(server, name, "clock_unset"))[0]["example"] == said


@pytest.mark.conformance("Q-31", "VT-Q31")
async def test_a_time_without_zone_is_of_the_chargers_zone_where_that_is_nearer(server: RunningServer) -> None:
    name = await known(server, time_zone="Asia/Tokyo")
    now = datetime.now(UTC).replace(microsecond=0)
    async with dial(server, name) as socket:
        await booted(socket)
        local = (now + timedelta(hours=9)).replace(tzinfo=None).isoformat()
        assert (await say(socket, "StartTransaction", START | {"timestamp": local}))[0] == 3
    stored = await session(server, name)
    assert datetime.fromisoformat(stored["started_at"]) == now
    assert "clock_suspect" in stored["flags"]


@pytest.mark.conformance("Q-32", "VT-Q32")
@pytest.mark.parametrize(
    "said",
    ["2026-06-01T12:00:00+0200", "2026-06-01 10:00:00Z", "2026-06-01T10:00:00,000Z", "2026-06-01T10:00:00.000000000Z", "2026-06-01T10:00Z"],
)
async def test_a_time_is_read_however_it_is_written(server: RunningServer, said: str) -> None:
    name = await known(server)
    async with dial(server, name) as socket:
        await booted(socket)
        assert (await say(socket, "StartTransaction", START | {"timestamp": said}))[2]["idTagInfo"]["status"] == "Accepted"
    stored = await session(server, name)
    assert (datetime.fromisoformat(stored["started_at"]), stored["flags"]) == (datetime(2026, 6, 1, 10, tzinfo=UTC), [])


@pytest.mark.conformance("Q-34", "VT-Q34")
async def test_what_lies_in_the_future_or_ends_before_it_began_has_no_negative_duration(server: RunningServer) -> None:
    name = await known(server)
    async with dial(server, name) as socket:
        await booted(socket)
        start = await say(socket, "StartTransaction", START | {"timestamp": "2199-01-01T00:00:00Z"})
        stop = STOP | {"transactionId": start[2]["transactionId"], "timestamp": "2020-01-01T00:00:00Z"}
        assert (await say(socket, "StopTransaction", stop))[0] == 3
    stored = await session(server, name)
    assert datetime.fromisoformat(stored["started_at"]) <= datetime.now(UTC)
    assert stored["ended_at"] == stored["started_at"]
    await anomalies(server, name, "timestamp_in_future")
    await anomalies(server, name, "stop_before_start")


@pytest.mark.conformance("Q-64", "VT-Q64")
async def test_a_number_in_another_form_is_counted_and_what_is_none_is_kept_as_text(server: RunningServer) -> None:
    name = await known(server)
    async with dial(server, name) as socket:
        await booted(socket)
        number = (await say(socket, "StartTransaction", START))[2]["transactionId"]
        for minute, value in enumerate((" 1100 ", '"1200"', "1300,4", "0x578", "NaN", "")):
            at = f"2026-06-01T10:0{minute + 1}:00Z"
            assert (await say(socket, "MeterValues", meter(value, number, at)))[0] == 3
        for code in ("odd_number", "no_number"):
            await anomalies(server, name, code)
        assert (await say(socket, "StopTransaction", STOP | {"transactionId": number}))[0] == 3
    assert [item["value"] for item in await samples(server, name)] == [" 1100 ", '"1200"', "1300,4", "0x578", "NaN", ""]
    assert ((await session(server, name))["energy_wh"], (await session(server, name))["flags"]) == (1000, [])


@pytest.mark.conformance("Q-61", "VT-Q61")
async def test_a_switched_scale_corrects_what_is_stored_and_leaves_the_raw_frame(server: RunningServer) -> None:
    name = await known(server, energy_scale="1000", power_scale="0.001")
    async with dial(server, name) as socket:
        await booted(socket)
        number = (await say(socket, "StartTransaction", START | {"meterStart": 10}))[2]["transactionId"]
        assert (await say(socket, "MeterValues", meter("10.5", number), "scaled"))[0] == 3
        assert (await say(socket, "MeterValues", meter("7000", number, measurand="Power.Active.Import", unit="kW")))[0] == 3
        assert (await say(socket, "StopTransaction", STOP | {"transactionId": number, "meterStop": 12}))[0] == 3
    stored = await session(server, name)
    assert (stored["meter_start_wh"], stored["meter_stop_wh"], stored["energy_wh"]) == (10_000, 12_000, 2000)
    assert [item["value"] for item in await samples(server, name)] == ["10500.0", "7.000"]
    raw = await exchange(server, name, "MeterValues", "scaled")
    assert raw["request"][3]["meterValue"][0]["sampledValue"][0]["value"] == "10.5"


@pytest.mark.conformance("Q-02", "VT-Q02")
async def test_a_message_of_another_version_is_read_only_where_that_is_switched_on(server: RunningServer) -> None:
    boot = {"reason": "PowerUp", "chargingStation": {"model": "M2", "vendorName": "V2"}}
    status = {"timestamp": TIME, "connectorStatus": "Occupied", "evseId": 1, "connectorId": 1}
    name = await known(server, other_version=True)
    async with dial(server, name) as socket:
        assert (await say(socket, "BootNotification", boot))[2]["status"] == "Accepted"
        assert (await say(socket, "StatusNotification", status))[0] == 3
        assert (await say(socket, "NotifyEvent", {"generatedAt": TIME, "seqNo": 0, "eventData": []}))[0] == 4
    shown = await server.api("GET", f"/api/v1/chargers/{name}")
    assert (shown["vendor"], shown["evses"][0]["connectors"][0]["status"]) == ("V2", "Occupied")
    assert (await anomalies(server, name, "other_version"))[0]["quirk"] == "Q-02"
    two = await known(server, other_version=True)
    async with dial(server, two, "ocpp2.0.1") as socket:
        assert (await say(socket, "BootNotification", {"chargePointVendor": "V16", "chargePointModel": "M"}))[2]["status"] == "Accepted"
        assert (await say(socket, "StartTransaction", START))[2]["idTagInfo"]["status"] == "Accepted"
    plain = await known(server)
    async with dial(server, plain, "ocpp2.0.1") as socket:
        assert (await say(socket, "BootNotification", boot))[2]["status"] == "Accepted"
        assert (await say(socket, "StartTransaction", START))[2] == "NotImplemented"


async def test_a_charger_that_errs_in_every_message_is_counted_and_not_written_for_each(server: RunningServer) -> None:
    name = await known(server)
    async with dial(server, name) as socket:
        await booted(socket)
        for number in range(150):
            assert (await say(socket, "Heartbeat", {"uptime": number}))[0] == 3
        (first,) = await anomalies(server, name, "unknown_member")
        assert first["count"] == 1
    while (await anomalies(server, name, "unknown_member"))[0]["count"] != 150:
        pass
    rows = (await server.api("GET", "/api/v1/anomalies?code=unknown_member&vendor=V"))["items"]
    assert [(row["model"], row["field"], row["count"]) for row in rows if row["field"] == "/uptime"] == [("M", "/uptime", 150)]


async def test_a_boot_that_says_too_little_is_answered_and_counted(server: RunningServer) -> None:
    name = await known(server)
    async with dial(server, name) as socket:
        answer = await say(socket, "BootNotification", {"chargePointVendor": None, "iccid": {}, "firmwareVersion": "null"})
        assert (answer[0], answer[2]["status"]) == (3, "Accepted")
    for code in ("member_missing", "null_member", "unreadable_member"):
        await anomalies(server, name, code)
    assert (await server.api("GET", f"/api/v1/chargers/{name}"))["firmware_version"] is None


async def test_the_answer_of_a_charger_is_repaired_like_its_calls(server: RunningServer) -> None:
    name = await known(server)
    async with dial(server, name) as socket:
        await booted(socket)
        said = {"action": "GetConfiguration", "payload": {"key": ["Long"]}}
        made = await server.api("POST", f"/api/v1/chargers/{name}/commands", said)
        frame = await ours(socket, "GetConfiguration")
        answer = {"configurationKey": [{"key": "Long", "readonly": "false", "value": "v" * 900}], "more": None}
        await say_answer(socket, frame[1], answer)
        while (done := await server.api("GET", f"/api/v1/commands/{made['id']}"))["state"] in ("queued", "sent"):
            pass
    assert (done["state"], done["error"], done["response"]) == ("accepted", None, answer)
    for code, field in (("long_text", "/configurationKey/*/value"), ("boolean_as_text", "/configurationKey/*/readonly")):
        assert [found["field"] for found in await anomalies(server, name, code)] == [f"GetConfiguration.conf{field}"]
