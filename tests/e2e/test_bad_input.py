"""Bad input at a real server's doors: a clear answer, nothing lost, nobody else disturbed."""

from __future__ import annotations

import asyncio
import itertools
import json
import shutil
import tempfile
import urllib.error
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import pytest_asyncio
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.e2e.talking import answer, ask, boot, closing, dial
from tests.running import RunningServer, running_server
from voltaro import embedded

pytestmark = pytest.mark.asyncio(loop_scope="module")
_numbers = itertools.count(1)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(module_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningServer]:
    """One server for all: bad input harms nobody, so the next test must find it well."""
    async with running_server(module_database_url, tmp_path_factory.mktemp("data"), "--unknown-chargers", "accept") as running:
        yield running


@pytest.fixture
def identity() -> str:
    """A charger of its own for each test."""
    return f"CP{next(_numbers)}"


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ('[2,"m","Dance",{}]', "NotImplemented"),
        ('[2,"m","Authorize",{}]', "OccurenceConstraintViolation"),
        ('[2,"m","Authorize",{"idTag":[7]}]', "TypeConstraintViolation"),
        (json.dumps([2, "m", "Authorize", {"idTag": "x" * 5000}]), "PropertyConstraintViolation"),
        ('[2,"m","Authorize",[]]', None),
        ('[2,"m","Authorize"]', None),
    ],
)
async def test_a_frame_that_cannot_be_is_answered_with_the_versions_error_and_the_line_lives(
    server: RunningServer, identity: str, frame: str, code: str | None
) -> None:
    async with dial(server, identity) as socket:
        assert await boot(socket) == "Accepted"
        await socket.send(frame)
        refused = await answer(socket)
        assert refused[:2] == [4, "m"]
        assert code is None or refused[2] == code
        assert (await ask(socket, "Heartbeat", {}))[0] == 3


@pytest.mark.parametrize("message_id", ["5", "-1", "2.50", "1e3", "9223372036854775808", "9" * 300])
async def test_a_message_id_that_is_a_number_is_given_back_and_recorded_as_text(
    server: RunningServer, identity: str, message_id: str
) -> None:
    async with dial(server, identity) as socket:
        assert await boot(socket) == "Accepted"
        for action, payload in (("Heartbeat", "{}"), ("StartTransaction", "{}")):
            await socket.send(f'[2,{message_id},"{action}",{payload}]')
            async with asyncio.timeout(30):
                answered = await socket.recv()
            assert isinstance(answered, str)
            if len(message_id) < 255:
                assert answered.startswith(f"[3,{message_id},")
            else:
                assert json.loads(answered)[0] == 3
        assert (await ask(socket, "Heartbeat", {}))[0] == 3
        async with asyncio.timeout(30):
            while not (await server.api("GET", f"/api/v1/chargers/{identity}/messages?action=Heartbeat"))["items"]:
                await asyncio.sleep(0.05)
    (kept,) = (await server.api("GET", f"/api/v1/dead-letters?charger_id={identity}"))["items"]
    assert kept["action"] == "StartTransaction"


@pytest.mark.parametrize(
    "frame", ["{", "", "null", "[]", "[[[[", '{"a":1}', "[2]", '[9,"m",{}]', "NaN", "\ufeff", '[3,"unknown",{}]', "[4]"]
)
async def test_what_is_no_frame_costs_the_charger_nothing(server: RunningServer, identity: str, frame: str) -> None:
    async with dial(server, identity) as socket:
        assert await boot(socket) == "Accepted"
        await socket.send(frame)
        assert (await ask(socket, "Heartbeat", {}, "after"))[:2] == [3, "after"]


async def test_a_message_over_the_limit_bad_utf8_and_binary_close_that_line_alone(server: RunningServer) -> None:
    async with dial(server, "GOOD") as good:
        assert await boot(good) == "Accepted"
        async with dial(server, "BIG") as socket:
            await socket.send("x" * (2**20 + 1))
            assert await closing(socket) == 1009
        async with dial(server, "ENDLESS") as socket:

            async def for_ever() -> AsyncIterator[str]:
                while True:
                    yield "x" * 65536

            with pytest.raises(ConnectionClosed) as closed:
                await socket.send(for_ever())
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1009
        async with dial(server, "BINARY") as socket:
            await socket.send(b"\x00")
            assert await closing(socket) == 1003
        async with dial(server, "LATIN") as socket:
            await socket.send(b"[2,\xe4", text=True)
            assert await closing(socket) == 1007
        assert (await ask(good, "Heartbeat", {}))[0] == 3


async def test_unknown_and_wrong_are_refused_alike(database_url: str, tmp_path: Path) -> None:
    async with running_server(database_url, tmp_path, "--unknown-chargers", "reject") as server:
        made = await server.api("POST", "/api/v1/chargers", {"id": "CP1"})
        told = []
        for identity, password in (("CP1", "wrong-password-1"), ("CP1", None), ("NOBODY", "wrong-password-1"), ("NOBODY", None)):
            with pytest.raises(InvalidStatus) as refused:
                async with dial(server, identity, password=password):
                    pass
            response = refused.value.response
            headers = [(name, value) for name, value in response.headers.raw_items() if name != "Date"]
            told.append((response.status_code, headers, response.body))
        assert told[0][0] == 401
        assert all(each == told[0] for each in told)
        async with dial(server, "CP1", password=made["password"]) as socket:
            assert await boot(socket) == "Accepted"


async def test_a_wrong_sub_protocol_is_let_in_without_one_and_closed(server: RunningServer, identity: str) -> None:
    async with dial(server, identity, "ocpp9.9") as socket:
        assert socket.subprotocol is None
        assert await closing(socket) == 1002
    async with dial(server, identity, "ocpp0.1", "ocpp1.6") as socket:
        assert socket.subprotocol == "ocpp1.6"


@pytest.mark.parametrize(
    "wrong",
    [
        {"timestamp": ["2026-06-01T10:00:00Z"]},
        {"timestamp": "x" * 500},
        {"meterStart": "many"},
        {"meterStart": 10**30},
        {"idTag": {}},
        {"idTag": "x" * 5000},
    ],
    ids=["no text", "no time", "no number", "beyond 64 bits", "no tag", "5000 characters"],
)
async def test_a_session_message_that_is_wrong_is_kept_raw_and_answered(
    server: RunningServer, identity: str, wrong: dict[str, Any]
) -> None:
    start = {"connectorId": 1, "idTag": "TAG", "meterStart": 1000, "timestamp": "2026-06-01T10:00:00Z"} | wrong
    async with dial(server, identity) as socket:
        assert await boot(socket) == "Accepted"
        answered = await ask(socket, "StartTransaction", start)
        assert answered[0] == 3
        assert answered[2]["transactionId"] > 0
        assert (await ask(socket, "Heartbeat", {}))[0] == 3
    kept = (await server.api("GET", f"/api/v1/dead-letters?charger_id={identity}"))["items"]
    assert [(frame["kind"], frame["action"]) for frame in kept] == [("invalid", "StartTransaction")]


async def test_a_session_from_1970_is_of_the_time_it_came_and_flagged(server: RunningServer, identity: str) -> None:
    async with dial(server, identity) as socket:
        assert await boot(socket) == "Accepted"
        start = {"connectorId": 1, "idTag": "TAG", "meterStart": 0, "timestamp": "1970-01-01T00:00:00Z"}
        assert (await ask(socket, "StartTransaction", start))[0] == 3
    (session,) = (await server.api("GET", f"/api/v1/sessions?charger_id={identity}"))["items"]
    assert session["started_at"] == session["received_at"]
    assert "clock_suspect" in session["flags"]


@pytest.mark.parametrize(
    "path", ["/api/v1/sessions?cursor=nonsense", "/api/v1/chargers?cursor=e30", "/api/v1/tags?limit=0", "/api/v1/tags?mine=1"]
)
async def test_a_question_that_cannot_be_is_a_problem_that_says_why(server: RunningServer, path: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        await server.api("GET", path)
    with refused.value as error:
        assert error.code == 400
        assert error.headers["Content-Type"].startswith("application/problem+json")
        problem = json.loads(error.read())
    assert problem["detail"]


@pytest.mark.conformance("VT-X20", "X-01")
async def test_a_database_that_goes_away_and_comes_back_costs_no_message(tmp_path: Path) -> None:
    folder = Path(tempfile.mkdtemp(prefix="voltaro-test-"))
    folder.chmod(0o755)  # the cluster's user must get there
    cluster = await asyncio.to_thread(embedded.start, folder)
    try:
        async with running_server(cluster.url, tmp_path) as server:
            await server.api("POST", "/api/v1/chargers", {"id": "CP1", "security_profile": 0})
            async with dial(server, "CP1") as socket:
                assert await boot(socket) == "Accepted"
                await asyncio.to_thread(cluster.stop)
                assert (await ask(socket, "Heartbeat", {}))[0] == 3, "alive without its database"
                assert await server.api("GET", "/livez")
                with pytest.raises(urllib.error.HTTPError) as unready:
                    await server.api("GET", "/readyz")
                unready.value.close()
                assert unready.value.code == 503
                start = {"connectorId": 1, "idTag": "TAG", "meterStart": 0, "timestamp": "2026-06-01T10:00:00Z"}
                await socket.send(json.dumps([2, "start", "StartTransaction", start]))
                cluster = await asyncio.to_thread(embedded.start, folder)
                answered = await answer(socket)
                assert answered[:2] == [3, "start"]
            with psycopg.connect(cluster.url) as connection:
                (stored,) = connection.execute("SELECT transaction_id FROM sessions").fetchall()
            assert stored == (str(answered[2]["transactionId"]),)
    finally:
        await asyncio.to_thread(cluster.stop)
        shutil.rmtree(folder)
