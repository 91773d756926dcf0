"""Every message of a 1.6 charger in every bad shape, over a real socket, tolerated and strict."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.conformance.shapes import DATA, INBOUND, PROTOCOL, shapes, valid
from tests.conformance.wire import booted, complaints, known, reply, say
from tests.e2e.talking import dial
from tests.ocpp.wild import result_errors
from tests.running import RunningServer, running_server

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.conformance("TR-51", "TR-53", "VT-Q01")]

CODES = {
    "NotSupported", "InternalError", "ProtocolError", "SecurityError", "FormationViolation", "PropertyConstraintViolation",
    "OccurenceConstraintViolation", "TypeConstraintViolation", "GenericError",
}  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(module_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningServer]:
    async with running_server(module_database_url, tmp_path_factory.mktemp("data")) as running:
        yield running


@pytest.mark.parametrize("action", INBOUND)
async def test_every_bad_shape_has_one_right_answer_and_what_counts_is_never_refused(server: RunningServer, action: str) -> None:
    name = await known(server)
    async with dial(server, name) as socket:
        await booted(socket)
        is_served = (await say(socket, action, valid(action)))[0] == 3
        for number, shape in enumerate(shapes(action)):
            answer = await say(socket, action, shape.payload, f"s{number}")
            if answer[0] == 3:
                assert result_errors(PROTOCOL, action, answer[2]) == [], shape
                continue
            assert (answer[0], answer[2] in CODES, answer[4]) == (4, True, {}), (shape, answer)
            counts = action in DATA and isinstance(shape.payload, dict) and is_served
            assert not counts or shape.what == "nested too deeply", (shape, answer)
        await socket.send(json.dumps([2, "short", action]))
        assert (await reply(socket))[1] == "short"
        assert (await say(socket, "Heartbeat", {}, "after"))[0] == 3, "exactly one answer to each"
    assert complaints(server) == []


@pytest.mark.parametrize("action", INBOUND)
async def test_in_strict_mode_every_bad_shape_is_refused_with_its_code(server: RunningServer, action: str) -> None:
    name = await known(server, mode="strict")
    async with dial(server, name) as socket:
        await booted(socket)
        is_served = (await say(socket, action, valid(action)))[0] == 3
        for number, shape in enumerate(shapes(action)):
            answer = await say(socket, action, shape.payload, f"s{number}")
            if shape.code is None and is_served:
                assert answer[0] == 3, (shape, answer)
                assert result_errors(PROTOCOL, action, answer[2]) == [], shape
            elif is_served:
                assert answer[0] == 4, (shape, answer)
                assert answer[2] == shape.code, (shape, answer)
            else:
                assert (answer[0], answer[2] in CODES) == (4, True), (shape, answer)
        assert (await say(socket, "Heartbeat", {}, "after"))[0] == 3
    assert complaints(server) == []


@pytest.mark.parametrize("action", sorted(DATA & {"StartTransaction", "StopTransaction", "MeterValues", "SecurityEventNotification"}))
async def test_a_session_message_in_no_shape_at_all_is_kept_and_answered(server: RunningServer, action: str) -> None:
    name = await known(server)
    async with dial(server, name) as socket:
        await booted(socket)
        for number, payload in enumerate(([], "x", 5, [[[]]])):
            answer = await say(socket, action, payload, f"n{number}")
            assert (answer[0], result_errors(PROTOCOL, action, answer[2])) == (3, []), payload
    kept = (await server.api("GET", f"/api/v1/dead-letters?charger_id={name}"))["items"]
    assert {frame["action"] for frame in kept} == {action}
