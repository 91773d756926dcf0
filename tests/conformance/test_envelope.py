"""Frames of OCPP-J over a real socket: what is no frame, odd ids, crossing calls, and the gate before everything."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from websockets.asyncio.client import ClientConnection

from tests.conformance.wire import anomalies, booted, complaints, exchange, known, ours, reply, say, say_answer
from tests.e2e.talking import closing, dial
from tests.gateway.fakes import House, credential
from tests.running import RunningServer, running_server
from voltaro.ports import Outcome, OutcomeKind

pytestmark = pytest.mark.asyncio(loop_scope="module")

START = {"connectorId": 1, "idTag": "TAG", "meterStart": 1000, "timestamp": "2026-06-01T10:00:00Z"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(module_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningServer]:
    async with running_server(module_database_url, tmp_path_factory.mktemp("data")) as running:
        yield running
        assert complaints(running) == []


async def alive(socket: ClientConnection) -> bool:
    """Whether the next answer is the one to a Heartbeat: nothing else was answered before."""
    return (await say(socket, "Heartbeat", {}, "alive"))[:2] == [3, "alive"]


@pytest.mark.conformance("Q-18", "VT-Q18")
@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (b'[2,"e","StatusNotification",{"connectorId":1,"errorCode":"NoError","status":"Available","info":"gr\xfc\xdfe"}]', "not_utf8"),
        (b'[2,"e","Heartbeat",{}]\0\0\0', "control_characters"),
        (b'\xef\xbb\xbf\x02[2,"e","Heart\x01beat",{}]', "control_characters"),
        (b'[2,"e","Heartbeat",{}]]}OK', "trailing_garbage"),
        (b'[2,"e","Heartbeat",{}][2,"f","Heartbeat",{}]', "trailing_garbage"),
        (b'[2,"e","MeterValues",{"connectorId":1,"transactionId":,"meterValue":[{"timestamp":"2026-06-01T10:00:00Z",'
         b'"sampledValue":[{"value":"1"}]}]}]', "missing_value"),
        (b'[2,"e","StatusNotification",{"connectorId":1,"errorCode":"NoError","status":"Available","info":}]', "missing_value"),
    ],
)  # fmt: skip
async def test_a_frame_that_is_nearly_json_is_read_and_in_strict_mode_is_not(server: RunningServer, frame: bytes, code: str) -> None:
    name = await known(server)
    async with dial(server, name) as socket:
        await booted(socket)
        await socket.send(frame, text=True)
        assert (await reply(socket))[:2] == [3, "e"]
        assert await alive(socket)
    (found,) = await anomalies(server, name, code)
    assert (found["quirk"], found["message_id"]) == ("Q-18", "e")
    action = "MeterValues" if b"Meter" in frame else "StatusNotification" if b"Status" in frame else "Heartbeat"
    logged = await exchange(server, name, action, "e")
    assert code in [repair["code"] for repair in logged["repaired"]["repairs"]]
    assert logged["request"] != logged["repaired"]
    strict = await known(server, mode="strict")
    async with dial(server, strict) as socket:
        await booted(socket)
        await socket.send(frame, text=True)
        if code == "not_utf8":
            assert await closing(socket) == 1007
        else:
            assert await alive(socket)


@pytest.mark.conformance("Q-18", "TR-50", "VT-T22")
@pytest.mark.parametrize(
    "frame", [b"[2,'e','Heartbeat',{}]", b'[2,"e","Heartbeat",{}', b'[2,"e","Authorize",{"idTag":}]', b'[2,"e","Authorize",{}]x', b"hello"]
)
async def test_what_no_small_repair_makes_a_message_is_passed_over_in_16_and_refused_in_2(server: RunningServer, frame: bytes) -> None:
    name = await known(server)
    async with dial(server, name) as socket:
        await booted(socket)
        await socket.send(frame, text=True)
        assert await alive(socket)
    async with dial(server, await known(server), "ocpp2.0.1") as socket:
        boot = {"reason": "PowerUp", "chargingStation": {"model": "M", "vendorName": "V"}}
        assert (await say(socket, "BootNotification", boot))[0] == 3
        await socket.send(b"[2,'hush','Heartbeat',{}]", text=True)
        refused = await reply(socket)
        assert refused[:3] == [4, "-1", "RpcFrameworkError"]
        assert "hush" not in json.dumps(refused)
        assert await alive(socket)


@pytest.mark.conformance("Q-19", "TR-46", "TR-47", "VT-Q19")
async def test_ids_are_text_of_any_length_numbers_stay_numbers_and_used_ones_cost_nothing(server: RunningServer) -> None:
    name = await known(server)
    async with dial(server, name) as socket:
        await booted(socket)
        for message_id in ("7", "12345678901234567890123"):
            await socket.send(f'[2,{message_id},"Heartbeat",{{}}]')
            assert str(await socket.recv()).startswith(f"[3,{message_id},")
        assert (await say(socket, "Heartbeat", {}, "x" * 200))[0] == 3
        first = await say(socket, "StartTransaction", START, "1")
        assert await say(socket, "StartTransaction", START, "1") == first, "sent again"
        other = await say(socket, "StartTransaction", START | {"connectorId": 2}, "1")
        assert other[2]["transactionId"] != first[2]["transactionId"], "another message under a used id"
        await socket.send('[3,"nobody-asked",{}]')
        assert await alive(socket)
        for code in ("numeric_message_id", "replay", "reused_message_id", "unknown_answer"):
            assert (await anomalies(server, name, code))[0]["quirk"] == "Q-19"
    strict = await known(server, mode="strict")
    async with dial(server, strict) as socket:
        await booted(socket)
        await socket.send('[2,7,"Heartbeat",{}]')
        assert (await reply(socket))[:3] == [4, 7, "ProtocolError"]
        assert (await say(socket, "Heartbeat", {}, "x" * 37))[2] == "ProtocolError"
        assert (await say(socket, "Heartbeat", {}, "x" * 36))[0] == 3


@pytest.mark.conformance("TR-40", "TR-48", "TR-52", "VT-T20")
@pytest.mark.parametrize(("protocol", "boot"), [
    ("ocpp1.6", {"chargePointVendor": "V", "chargePointModel": "M"}),
    ("ocpp2.0.1", {"reason": "PowerUp", "chargingStation": {"model": "M", "vendorName": "V"}}),
    ("ocpp2.1", {"reason": "PowerUp", "chargingStation": {"model": "M", "vendorName": "V"}}),
])  # fmt: skip
async def test_an_unknown_action_is_not_implemented_and_names_have_a_case(
    server: RunningServer, protocol: str, boot: dict[str, Any]
) -> None:
    async with dial(server, await known(server), protocol) as socket:
        assert (await say(socket, "BootNotification", boot))[0] == 3
        for action in ("Dance", "heartbeat", "HeartbeatRequest", "Heartbeat.req", ""):
            refused = await say(socket, action, {})
            assert (refused[0], refused[2], refused[4], len(refused)) == (4, "NotImplemented", {}, 5)
            assert 0 < len(refused[3]) <= 255
        assert await alive(socket)


@pytest.mark.conformance("TR-41", "TR-42", "VT-T21", "VT-T26", "VT-T27")
async def test_message_types_that_16_does_not_have_are_passed_over_and_never_sent(server: RunningServer) -> None:
    name = await known(server)
    async with dial(server, name) as socket:
        await booted(socket)
        for frame in ('[9,"m",{}]', '[5,"m","GenericError","",{}]', '[6,"m","NotifyPeriodicEventStream",{}]', '["2","m","Heartbeat",{}]'):
            await socket.send(frame)
            assert await alive(socket)
        made = await server.api("POST", f"/api/v1/chargers/{name}/commands", {"action": "ClearCache", "payload": {}})
        frame = await ours(socket, "ClearCache")
        await say_answer(socket, frame[1], {"status": "Perhaps"})
        assert await alive(socket), "a bad CALLRESULT is answered by nothing"
        done = await server.api("GET", f"/api/v1/commands/{made['id']}")
        assert done["response"] == {"status": "Perhaps"}
        assert done["error"]


@pytest.mark.conformance("TR-41", "TR-42", "VT-T21", "VT-T25", "VT-T26")
async def test_21_answers_no_send_and_no_call_result_error_and_tells_of_unknown_types(server: RunningServer) -> None:
    async with dial(server, await known(server), "ocpp2.1") as socket:
        boot = {"reason": "PowerUp", "chargingStation": {"model": "M", "vendorName": "V"}}
        assert (await say(socket, "BootNotification", boot))[0] == 3
        for frame in ('[6,"m","NotifyPeriodicEventStream",{}]', '[5,"m","GenericError","",{}]', '[6,"m","NoSuchThing",{}]'):
            await socket.send(frame)
            assert await alive(socket)
        await socket.send('[9,"m",{}]')
        assert (await reply(socket))[:3] == [4, "m", "MessageTypeNotSupported"]


@pytest.mark.conformance("TR-49", "VT-T23")
@pytest.mark.parametrize("mode", ["tolerant", "strict"])
async def test_a_null_payload_is_an_empty_one_and_answers_hold_nothing_empty(server: RunningServer, mode: str) -> None:
    async with dial(server, await known(server, mode=mode)) as socket:
        await booted(socket)
        assert "currentTime" in (await say(socket, "Heartbeat", None))[2]
        start = await say(socket, "StartTransaction", START)
        assert set(start[2]["idTagInfo"]) == {"status"}, "no null, no empty member"
        assert (await say(socket, "StatusNotification", {"connectorId": 0, "errorCode": "NoError", "status": "Available"}))[2] == {}


@pytest.mark.conformance("TR-44", "TR-45", "VT-T17")
async def test_calls_of_both_sides_may_cross(server: RunningServer) -> None:
    name = await known(server)
    async with dial(server, name) as socket:
        await booted(socket)
        made = await server.api("POST", f"/api/v1/chargers/{name}/commands", {"action": "ClearCache", "payload": {}})
        frame = await ours(socket, "ClearCache")
        assert (await say(socket, "StartTransaction", START))[0] == 3, "while ours waits"
        await say_answer(socket, frame[1], {"status": "Accepted"})
        assert await alive(socket)
        async with asyncio.timeout(30):
            while (done := await server.api("GET", f"/api/v1/commands/{made['id']}"))["state"] in ("queued", "sent"):
                await asyncio.sleep(0.02)
        assert (done["state"], done["response"]) == ("accepted", {"status": "Accepted"})


@pytest.mark.conformance("TR-45", "VT-T19")
async def test_an_answer_after_its_time_is_told_and_the_next_call_is_not_mistaken() -> None:
    async with House(credential()) as house, house.connect() as socket:
        line, outcomes = await house.line(), asyncio.Queue[Outcome]()
        first, second = (line.dialect.request("ClearCache", {}) for _ in range(2))
        line.call(first, outcomes.put_nowait)
        line.call(second, outcomes.put_nowait)
        assert json.loads(await socket.recv())[1] == first.message_id
        house.pass_time(31)
        async with asyncio.timeout(30):
            assert (await outcomes.get()).kind is OutcomeKind.TIMEOUT
            assert json.loads(await socket.recv())[1] == second.message_id
            await say_answer(socket, first.message_id, {"status": "Rejected"})
            late = await outcomes.get()
            assert (late.kind, late.late, late.payload) == (OutcomeKind.RESULT, True, {"status": "Rejected"})
            await say_answer(socket, second.message_id, {"status": "Accepted"})
            assert (await outcomes.get()).payload == {"status": "Accepted"}
        await house.calls.until(lambda: house.calls.odd["late_answer"])


@pytest.mark.conformance("TR-43", "VT-T18")
async def test_one_call_of_ours_is_outstanding_at_a_time(server: RunningServer) -> None:
    name = await known(server)
    async with dial(server, name) as socket:
        await booted(socket)
        for _ in range(3):
            await server.api("POST", f"/api/v1/chargers/{name}/commands", {"action": "ClearCache", "payload": {}})
        seen = set()
        for _ in range(3):
            frame = await ours(socket, "ClearCache")
            assert await alive(socket), "no other CALL of ours before this is answered"
            await say_answer(socket, frame[1], {"status": "Accepted"})
            seen.add(frame[1])
        assert len(seen) == 3
        assert all(len(message_id) <= 36 for message_id in seen)


@pytest.mark.conformance("VT-T24")
@pytest.mark.parametrize(
    ("rest", "error"),
    [
        (["FormationViolation"], "FormatViolation"),
        (["OccurenceConstraintViolation", "why"], "OccurrenceConstraintViolation: why"),
        (["GenericError", "why", {}], "GenericError: why"),
        (["MyOwnCode", "", {"a": 1}, 5], "MyOwnCode"),
        ([], "GenericError"),
    ],
)
async def test_the_errors_of_a_charger_are_read_in_any_length_and_spelling(server: RunningServer, rest: list[Any], error: str) -> None:
    name = await known(server)
    async with dial(server, name) as socket:
        await booted(socket)
        made = await server.api("POST", f"/api/v1/chargers/{name}/commands", {"action": "ClearCache", "payload": {}})
        frame = await ours(socket, "ClearCache")
        await socket.send(json.dumps([4, frame[1], *rest]))
        assert await alive(socket)
        async with asyncio.timeout(30):
            while (done := await server.api("GET", f"/api/v1/commands/{made['id']}"))["state"] in ("queued", "sent"):
                await asyncio.sleep(0.02)
        assert (done["state"], done["error"]) == ("failed", error)


@pytest.mark.conformance("TR-68", "VT-T28")
async def test_a_frame_of_900_kib_is_taken_and_one_over_the_limit_closes_the_line(server: RunningServer) -> None:
    name = await known(server)
    async with dial(server, name) as socket:
        await booted(socket)
        assert (await say(socket, "DataTransfer", {"vendorId": "V", "data": "x" * 900 * 1024}))[0] == 3
        assert (await say(socket, "Heartbeat", {"junk": [1.5] * 150_000}))[0] == 3, "and repaired"
        assert await alive(socket)
        await socket.send("x" * (2**20 + 1))
        assert await closing(socket) == 1009


@pytest.mark.conformance("TR-56", "TR-57", "TR-59", "VT-B03")
async def test_the_gate_stands_before_the_schema(server: RunningServer) -> None:
    name = await known(server)
    await server.api("PATCH", f"/api/v1/chargers/{name}", {"registration": "pending"})
    async with dial(server, name) as socket:
        answer = await say(socket, "BootNotification", {"chargePointVendor": "V", "chargePointModel": "M"})
        assert answer[2]["status"] == "Pending"
        assert answer[2]["interval"] > 0
        assert answer[2]["currentTime"].endswith("Z")
        for action, payload in (("Authorize", {"bad": 1}), ("MeterValues", []), ("Dance", {}), ("StatusNotification", {})):
            assert (await say(socket, action, payload))[2] == "SecurityError", action
    assert (await server.api("GET", f"/api/v1/dead-letters?charger_id={name}"))["items"] == []
