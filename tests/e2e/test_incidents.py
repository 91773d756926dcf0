"""What has befallen other central systems, each tried on a real server: one test an incident, by its published name.

Held by a test elsewhere, named in ``ELSEWHERE``:

- CitrineOS #178, a message that is requeued for ever;
- CVE-2026-42786, CVE-2026-44545 and CVE-2026-48779, limits of messages, besides the one test here.

Of features that are still to come, and then held there:

- SaiFlow 2023, the other half: credentials of a file server handed out in GetDiagnostics and UpdateFirmware. There is no
  upload address of ours yet; the half about two lines of one charger is here.
- CWE-522, the other half: a public id of an evse beside the charger's identity (roaming, codes to scan). Nothing public names
  a charger yet, and that is tested here.
- Population studies: transport security by default. Here: no default password, loopback only, and nothing without credentials.
"""

from __future__ import annotations

import asyncio
import base64
import json
import re
import time
import urllib.error
from collections.abc import AsyncIterator
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp
import psutil
import pytest
import pytest_asyncio
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from tests.e2e.talking import ask, boot, closing, dial
from tests.running import RunningServer, running_server

pytestmark = pytest.mark.asyncio(loop_scope="module")

PASSWORD = "correct-horse-battery"
AT = "2026-06-01T10:00:00Z"
ELSEWHERE = {
    "tests/gateway/test_line.py": ("test_a_frame_that_crashes_its_actor_twice_is_put_aside_and_answered",),
    "tests/gateway/test_limits.py": (
        "test_a_message_has_at_most_256_fragments",
        "test_a_message_that_never_ends_is_cut_off",
        "test_a_compressed_bomb_closes_the_line",
    ),
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(module_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningServer]:
    """One server for all incidents: none of them harms the next."""
    async with running_server(module_database_url, tmp_path_factory.mktemp("data"), "--unknown-chargers", "reject") as running:
        yield running


async def known(server: RunningServer, identity: str) -> str:
    """A charger that has a password."""
    await server.api("POST", "/api/v1/chargers", {"id": identity, "password": PASSWORD})
    return identity


async def status_of(server: RunningServer, path: str, user: str | None = None, password: str | None = None) -> int:
    """How a handshake at a path is answered."""
    headers = {}
    if user is not None:
        headers["Authorization"] = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
    try:
        async with connect(server.ocpp_url + path, subprotocols=[Subprotocol("ocpp1.6")], additional_headers=headers):
            return 101
    except InvalidStatus as refused:
        return refused.response.status_code


async def start(socket: Any, connector_id: int = 1, meter_start: int = 1000, **more: Any) -> list[Any]:
    payload = {"connectorId": connector_id, "idTag": "TAG", "meterStart": meter_start, "timestamp": AT} | more
    return await ask(socket, "StartTransaction", payload, f"start-{time.monotonic_ns()}")


async def session(server: RunningServer, identity: str, transaction_id: object) -> dict[str, Any]:
    sessions = (await server.api("GET", f"/api/v1/sessions?charger_id={identity}"))["items"]
    (found,) = [each for each in sessions if each["transaction_id"] == str(transaction_id)]
    return dict(found)


async def test_cve_2026_20781_24731_27772_22552_26288_a_known_identity_is_no_credential(server: RunningServer) -> None:
    """CWE-306: the WebSocket accepted any known station id. Refused before 101; no actor, no thread, no row."""
    await known(server, "INC-306")
    threads = psutil.Process(server.process.pid).num_threads()
    for identity in ("INC-306", "INC-306-NOBODY"):
        assert await status_of(server, f"/ocpp/{identity}") == 401
        for password in ("", "wrong-password-1", PASSWORD + "\0", PASSWORD.upper()):
            assert await status_of(server, f"/ocpp/{identity}", identity, password) == 401
    assert psutil.Process(server.process.pid).num_threads() == threads
    assert "charger/INC-306" not in json.dumps(await server.api("GET", "/api/v1/actors"))
    chargers = (await server.api("GET", "/api/v1/chargers?limit=200"))["items"]
    assert [charger["connection"] for charger in chargers if charger["id"].startswith("INC-306")] == ["offline"]
    assert any("handshake.unauthorized" in line and "INC-306" in line for line in server.log)


async def test_cve_2026_25114_25945_24445_31904_guessing_does_not_lock_the_real_charger_out(server: RunningServer) -> None:
    """CWE-307: no limit on attempts, and telemetry suppressed by them. Whoever has the right password gets in at once."""
    await known(server, "INC-307")
    guessing = [asyncio.create_task(status_of(server, "/INC-307", "INC-307", f"guess-{number:05}")) for number in range(200)]
    began = time.monotonic()
    async with dial(server, "INC-307", password=PASSWORD) as socket:
        assert await boot(socket) == "Accepted"
        assert time.monotonic() - began < 2
        assert 101 not in await asyncio.gather(*guessing)
        assert (await ask(socket, "Heartbeat", {}))[0] == 3


async def test_cve_2026_24912_26290_20748_32663_saiflow_a_second_line_must_prove_itself_and_then_is_the_only_one(
    server: RunningServer,
) -> None:
    """CWE-613: the newest connection with the same id displaced the real charger and got its commands."""
    await known(server, "INC-613")
    async with dial(server, "INC-613", password=PASSWORD) as real:
        assert await boot(real) == "Accepted"
        for password in (None, "wrong-password-1"):
            assert await status_of(server, "/INC-613", None if password is None else "INC-613", password) == 401
        assert (await ask(real, "Heartbeat", {}))[0] == 3
        async with dial(server, "INC-613", password=PASSWORD) as returned:
            assert await closing(real) == 4001
            assert await boot(returned) == "Accepted"


async def test_cwe_522_no_identity_is_shown_to_those_without_credentials(server: RunningServer) -> None:
    await known(server, "INC-522-HUSH")
    async with dial(server, "INC-522-HUSH", password=PASSWORD) as socket, aiohttp.ClientSession() as anyone:
        assert await boot(socket) == "Accepted"
        document = await server.api("GET", "/api/v1/openapi.json")
        for path in ["/", "/chargers/INC", "/ui/app.js", "/login/none", "/api/v1/nowhere", *document["paths"]]:
            async with anyone.get(server.http_url + re.sub(r"\{[^}]+\}", "1", path)) as response:
                assert "HUSH" not in await response.text()
        async with anyone.get(server.ocpp_url.replace("ws:", "http:") + "/INC-522-HUSH") as response:
            assert "HUSH" not in await response.text()


async def test_cve_2026_28230_no_charger_ends_the_session_of_another(server: RunningServer) -> None:
    """SteVe (GHSA-6x38-4w7h-cwr8, #1296): StopTransaction was looked up by its number alone. Confirmed, and of no effect."""
    for identity in ("INC-A", "INC-B"):
        await known(server, identity)
    async with dial(server, "INC-A", password=PASSWORD) as victim, dial(server, "INC-B", password=PASSWORD) as other:
        assert await boot(victim) == await boot(other) == "Accepted"
        transaction_id = (await start(victim))[2]["transactionId"]
        values = [{"timestamp": AT, "sampledValue": [{"value": "999999"}]}]
        meter = {"connectorId": 1, "transactionId": transaction_id, "meterValue": values}
        assert (await ask(other, "MeterValues", meter))[0] == 3
        stop = {"transactionId": transaction_id, "meterStop": 999999, "timestamp": "2026-06-01T11:00:00Z"}
        assert (await ask(other, "StopTransaction", stop))[0] == 3
        theirs = await session(server, "INC-A", transaction_id)
        assert (theirs["state"], theirs["meter_stop_wh"]) == ("active", None)
        assert (await ask(victim, "StopTransaction", stop | {"meterStop": 4000}))[0] == 3
        theirs = await session(server, "INC-A", transaction_id)
        assert (theirs["state"], theirs["energy_wh"]) == ("ended", 3000)


async def test_cve_2023_49956_an_unknown_transaction_id_ends_no_session(server: RunningServer) -> None:
    """OCPP.Core #34: any number ended whichever session was active."""
    await known(server, "INC-34")
    async with dial(server, "INC-34", password=PASSWORD) as socket:
        assert await boot(socket) == "Accepted"
        transaction_id = (await start(socket))[2]["transactionId"]
        for number in {0, -1, 1, transaction_id + 1, 2**31 - 1} - {transaction_id}:
            stop = {"transactionId": number, "meterStop": 9000, "timestamp": AT}
            assert (await ask(socket, "StopTransaction", stop, f"stop {number}"))[0] == 3
        assert (await session(server, "INC-34", transaction_id))["state"] == "active"


async def test_ocpp_core_33_a_meter_that_runs_backwards_bills_nothing(server: RunningServer) -> None:
    await known(server, "INC-33")
    async with dial(server, "INC-33", password=PASSWORD) as socket:
        assert await boot(socket) == "Accepted"
        transaction_id = (await start(socket, meter_start=5000))[2]["transactionId"]
        stop = {"transactionId": transaction_id, "meterStop": 100, "timestamp": "2026-06-01T11:00:00Z"}
        assert (await ask(socket, "StopTransaction", stop))[0] == 3
    ended = await session(server, "INC-33", transaction_id)
    assert (ended["meter_start_wh"], ended["meter_stop_wh"]) == (5000, 100), "what the charger said is kept"
    assert ended["energy_wh"] == 0
    assert {"negative_energy", "meter_reset"} & set(ended["flags"])


async def test_cve_2023_49955_a_vendor_name_without_end_is_not_stored(server: RunningServer) -> None:
    await known(server, "INC-49955")
    async with dial(server, "INC-49955", password=PASSWORD) as socket:
        answer = await ask(socket, "BootNotification", {"chargePointVendor": "v" * 500_000, "chargePointModel": "M"})
        assert (answer[0], answer[2]["status"]) == (3, "Accepted")
        assert len(json.dumps(answer)) < 400
        assert not (await server.api("GET", "/api/v1/chargers/INC-49955"))["vendor"]
        assert await boot(socket) == "Accepted"


async def test_cve_2023_49957_one_tag_runs_as_many_sessions_as_it_may(server: RunningServer) -> None:
    await known(server, "INC-49957")
    await server.api("POST", "/api/v1/tags", {"id_tag": "ONCE", "status": "accepted", "max_active_sessions": 1})
    async with dial(server, "INC-49957", password=PASSWORD) as socket:
        assert await boot(socket) == "Accepted"
        verdicts = [(await start(socket, connector_id, idTag="ONCE"))[2]["idTagInfo"]["status"] for connector_id in (1, 2)]
    assert verdicts == ["Accepted", "ConcurrentTx"]


async def test_cve_2023_49958_a_member_that_stands_twice_counts_once_and_is_on_record(server: RunningServer) -> None:
    """The last counts, everywhere; what was sent can be read in the message log."""
    await known(server, "INC-49958")
    async with dial(server, "INC-49958", password=PASSWORD) as socket:
        assert await boot(socket) == "Accepted"
        twice = f'"connectorId":1,"idTag":"TAG","timestamp":"{AT}","meterStart":1,"meterStart":1000'
        await socket.send(f'[2,"twice","StartTransaction",{{{twice}}}]')
        async with asyncio.timeout(30):
            answered = json.loads(await socket.recv())
        assert answered[:2] == [3, "twice"]
        assert (await session(server, "INC-49958", answered[2]["transactionId"]))["meter_start_wh"] == 1000


@pytest.mark.parametrize(
    "timestamp",
    ["1000000", "222222017-01-01T00:00:00Z", "+222222017-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"],
)
async def test_cve_2023_52096_and_the_year_222222017_are_kept_and_every_list_still_loads(server: RunningServer, timestamp: str) -> None:
    """ocpp-jaxb: an SQL error and broken rows. SteVe, CitrineOS (oss-security, 7 July 2025): stored, and the pages died of it."""
    identity = await known(server, f"INC-{sum(timestamp.encode())}")
    async with dial(server, identity, password=PASSWORD) as socket:
        assert await boot(socket) == "Accepted"
        started = await start(socket, timestamp=timestamp)
        assert started[0] == 3
        values = [{"timestamp": timestamp, "sampledValue": [{"value": "1"}]}]
        assert (await ask(socket, "MeterValues", {"connectorId": 1, "meterValue": values}))[0] == 3
        stop = {"transactionId": started[2]["transactionId"], "meterStop": 2000, "timestamp": timestamp}
        assert (await ask(socket, "StopTransaction", stop))[0] == 3
        state = {"connectorId": 1, "errorCode": "NoError", "status": "Available", "timestamp": timestamp}
        assert (await ask(socket, "StatusNotification", state))[0] == 3
        assert (await ask(socket, "Heartbeat", {}))[0] == 3
    charger = f"/api/v1/chargers/{identity}"
    lists = ("/api/v1/sessions", f"/api/v1/sessions?charger_id={identity}", "/api/v1/chargers", charger, f"{charger}/messages")
    for path in (*lists, "/api/v1/dead-letters", "/api/v1/overview"):
        assert await server.api("GET", path)
    for each in (await server.api("GET", f"/api/v1/sessions?charger_id={identity}"))["items"]:
        await server.api("GET", f"/api/v1/sessions/{each['id']}/meter-values")
    await server.api("GET", "/api/v1/sessions", headers={"Accept": "text/csv"})


async def test_cve_2025_59399_making_an_error_never_fails_and_never_repeats_what_was_sent(server: RunningServer) -> None:
    """libocpp: an exception while the error message was built ended the process."""
    await known(server, "INC-59399")
    hush = "hush" * 20_000
    async with dial(server, "INC-59399", password=PASSWORD) as socket:
        assert await boot(socket) == "Accepted"
        for action, payload in (
            (hush, {}),
            ("Authorize", {hush: hush}),
            ("Authorize", {"idTag": hush}),
            ("Authorize", {"idTag": {"\u202e": [hush]}}),
            ("StatusNotification", {"connectorId": hush, "status": "\ud800hush", "errorCode": "\0hush"}),
        ):
            refused = await ask(socket, action, payload)
            assert "hush" not in json.dumps(refused)
            if action == "StatusNotification":
                assert refused[2:] == [{}], "it is put aside"
                continue
            assert (refused[0], refused[4]) == (4, {})
            assert len(refused[3]) <= 255
        assert (await ask(socket, "Heartbeat", {}))[0] == 3


async def test_steve_976d2088_b3f4d333_a_password_opens_its_own_identity_alone(server: RunningServer) -> None:
    """The name of Basic authentication was not compared with the identity of the address."""
    for identity in ("INC-Basic", "INC-Other"):
        await known(server, identity)
    assert await status_of(server, "/INC-Basic", "INC-Basic", PASSWORD) == 101
    assert await status_of(server, "/INC-Basic/", "INC-Basic", PASSWORD) == 101
    for path, user in (
        ("/INC-Basic", "INC-Other"),
        ("/INC-Basic", ""),
        ("/INC-Basic", "inc-basic"),
        ("/INC-Basic%20", "INC-Basic"),
        ("/INC-Other%2FINC-Basic", "INC-Basic"),
        ("/INC-Basic%00", "INC-Basic"),
        (f"/{quote('INC-Bаsic')}", "INC-Basic"),  # noqa: RUF001 -- a Cyrillic letter that looks like ours
        (f"/{quote('INC‐Basic')}", "INC‐Basic"),  # noqa: RUF001 -- and a hyphen
    ):
        assert await status_of(server, path, user, PASSWORD) in (401, 404), path


async def test_cve_2026_42786_44545_48779_a_message_of_endless_small_fragments_is_cut_off(server: RunningServer) -> None:
    await known(server, "INC-FRAGMENTS")
    process = psutil.Process(server.process.pid)
    async with dial(server, "INC-FRAGMENTS", password=PASSWORD) as socket:
        assert await boot(socket) == "Accepted"
        before = process.memory_info().rss

        async def crumbs() -> AsyncIterator[str]:
            while True:
                yield "x"

        with pytest.raises(ConnectionClosed):
            await socket.send(crumbs())
        await closing(socket)
        async with asyncio.timeout(30):  # the charger may not hear why: it never stopped to listen
            while not any("line.closed" in line and "INC-FRAGMENTS" in line for line in server.log):
                await asyncio.sleep(0.05)
    (closed,) = [line for line in server.log if "line.closed" in line and "INC-FRAGMENTS" in line]
    assert re.search(r"code=(1008|1009)\b", closed), closed
    assert process.memory_info().rss - before < 5 * 1024 * 1024


async def test_cve_2026_34824_no_thread_is_made_for_a_message_or_a_stranger(server: RunningServer) -> None:
    await known(server, "INC-34824")
    process = psutil.Process(server.process.pid)
    async with dial(server, "INC-34824", password=PASSWORD) as socket:
        assert await boot(socket) == "Accepted"
        threads = process.num_threads()
        most = threads
        for number in range(20):
            assert set(await asyncio.gather(*(status_of(server, f"/NOBODY-{number}-{each}") for each in range(10)))) == {401}
            for each in range(20):
                assert (await ask(socket, "Heartbeat", {}, f"{number} {each}"))[0] == 3
            most = max(most, process.num_threads())
    assert most == threads


async def test_cve_2026_22815_the_http_library_is_newer_than_its_unlimited_trailers() -> None:
    assert tuple(int(part) for part in version("aiohttp").split(".")[:3]) >= (3, 13, 4)


async def test_population_studies_nothing_is_open_by_default(database_url: str, tmp_path: Path) -> None:
    """A quarter of the systems found in the wild ran on their defaults."""
    async with running_server(database_url, tmp_path) as server, aiohttp.ClientSession() as anyone:
        assert server.http_url.startswith("http://127.0.0.1:")
        assert server.ocpp_url.startswith("ws://127.0.0.1:")
        people = (await server.api("GET", "/api/v1/users"))["items"]
        assert [person["has_password"] for person in people] == [False], "nobody has a password that others know"
        async with dial(server, "STRANGER") as socket:
            assert await boot(socket) == "Pending"
        document = await server.api("GET", "/api/v1/openapi.json")
        public = []
        for path, methods in document["paths"].items():
            for method in methods:
                url = server.http_url + re.sub(r"\{[^}]+\}", "1", path)
                async with anyone.request(method, url, json={}, allow_redirects=False) as response:
                    if response.status != 401:
                        public.append((method, path))
        assert sorted(path for _, path in public if path.startswith("/api/v1")) == [
            "/api/v1/login",
            "/api/v1/login/methods",
            "/api/v1/openapi.json",
            "/api/v1/reports",
        ]
        with pytest.raises(urllib.error.HTTPError) as off:
            await server.api("POST", "/api/v1/faults", {"target": "registry", "kind": "crash"})
        off.value.close()
        assert off.value.code == 404


async def test_what_is_held_elsewhere_is_there() -> None:
    root = Path(__file__).parents[2]
    for file, names in ELSEWHERE.items():
        text = (root / file).read_text()
        for name in names:
            assert f"def {name}(" in text
