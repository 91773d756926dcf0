"""JSON bombs and huge bodies at the API's door: every operation that takes a body, and the commands that carry free JSON on."""

from __future__ import annotations

import asyncio
import io
import json
import re
import time
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from random import Random
from typing import Any, NamedTuple

import aiohttp
import psutil

from tests.e2e.talking import answer, ask, dial
from tests.faults.rows import Row
from tests.faults.served import served
from tests.running import ADMIN_TOKEN, RunningServer

MB = 1024 * 1024
SLOWEST_S = 2.0
ACCUSING = ("Traceback", "crashed", "http.failed", "[error")
BOOT = {"reason": "PowerUp", "chargingStation": {"vendorName": "V", "model": "M"}}


class Bomb(NamedTuple):
    """A body; ``chunks`` makes one that never ends by itself."""

    name: str
    body: bytes = b""
    headers: dict[str, str] = {}
    chunks: Callable[[], AsyncIterator[bytes]] | None = None


async def hostile_bodies(random: Random, long: bool) -> list[Row]:
    """Each bomb at each operation; the short form sends each bomb to some of them."""
    async with served() as (server, _), aiohttp.ClientSession(headers={"Authorization": f"Bearer {ADMIN_TOKEN}"}) as client:
        operations = await _operations(server)
        process = psutil.Process(server.process.pid)
        await _try(client, server, *operations[0], Bomb("a first one, not counted", b"{}"))
        sent, failed, slowest, grown = 0, [], 0.0, 0.0
        for bomb in _bombs():
            before = process.memory_info().rss
            for method, path in operations if long else random.sample(operations, 2):
                began = time.monotonic()
                status = await _try(client, server, method, path, bomb)
                if bomb.chunks is None:  # an endless one is read for a while, so that its sender sees the answer
                    slowest = max(slowest, time.monotonic() - began)
                sent += 1
                if status >= 500 or status == 0:
                    failed.append(f"{bomb.name} at {method} {path}: {status}")
            grown = max(grown, (process.memory_info().rss - before) / MB)
        carried, lost = await _free_json(server, client)
        accused = [line for line in server.log if any(word in line for word in ACCUSING)]
        for line in [*failed, *lost, *accused][:40]:
            print(line)
    return [
        Row(f"{sent} hostile bodies at {len(operations)} operations: answered with 5xx or not at all", len(failed), 0, "bodies"),
        Row("the slowest answer to a hostile body", slowest, SLOWEST_S, "s"),
        Row("memory that one kind of body left behind, at most", grown, 5, "MB"),
        Row(f"{carried} commands with nested JSON: not refused and not carried to the charger as they were", len(lost), 0, "commands"),
        Row("lines of the log that tell of a failure", len(accused), 0, "lines"),
    ]


SCENARIOS: dict[str, Callable[[Random, bool], Awaitable[list[Row]]]] = {"hostile bodies at the API": hostile_bodies}


async def _operations(server: RunningServer) -> list[tuple[str, str]]:
    """Every operation that takes a body, its parameters filled in."""
    document = await server.api("GET", "/api/v1/openapi.json")
    return [
        (method.upper(), re.sub(r"\{[^}]+\}", "1", path))
        for path, methods in sorted(document["paths"].items())
        for method, operation in sorted(methods.items())
        if "requestBody" in operation
    ]


async def _try(client: aiohttp.ClientSession, server: RunningServer, method: str, path: str, bomb: Bomb) -> int:
    """The status of the answer; 0 when there was none. A body that is refused half way may break the connection."""
    data: Any = bomb.chunks() if bomb.chunks is not None else io.BytesIO(bomb.body)
    headers = {"Content-Type": "application/json", **bomb.headers}
    try:
        async with asyncio.timeout(30), client.request(method, server.http_url + path, data=data, headers=headers) as response:
            await response.read()
            return response.status
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError):
        return 413 if bomb.chunks is not None else 0
    except TimeoutError:
        return 0


async def _free_json(server: RunningServer, client: aiohttp.ClientSession) -> tuple[int, list[str]]:
    """DataTransfer carries any JSON: what is accepted reaches the charger as it was, is stored, and is shown."""
    lost = []
    payloads = list(_carried())
    async with dial(server, "CP1", "ocpp2.0.1") as socket:
        await ask(socket, "BootNotification", BOOT)
        for data in payloads:
            body = b'{"action": "DataTransfer", "payload": {"vendorId": "v", "data": %b}}' % data
            headers = {"Content-Type": "application/json"}
            async with client.post(f"{server.http_url}/api/v1/chargers/CP1/commands", data=io.BytesIO(body), headers=headers) as response:
                status = response.status
                told = await response.read()
            if status == 202:
                sent = await answer(socket)
                await socket.send(json.dumps([3, sent[1], {"status": "Rejected"}]))
                if sent[3]["data"] != json.loads(data):
                    lost.append(f"changed on the way: {data[:100]!r} {sent[3]!r:.100}")
                if b"***" not in told and json.loads(told)["payload"] != sent[3]:
                    lost.append(f"shown otherwise than sent: {data[:100]!r} {told[:300]!r}")
            elif status >= 500 or status == 409:
                lost.append(f"{status}: {data[:100]!r}")
        for path in ("commands", "messages"):
            async with client.get(f"{server.http_url}/api/v1/chargers/CP1/{path}?limit=200") as response:
                if response.status != 200:
                    lost.append(f"{path} do not load: {response.status}")
        if (await ask(socket, "Heartbeat", {}))[0] != 3:
            lost.append("the charger is not served any more")
    return len(payloads), lost


def _carried() -> Iterator[bytes]:
    for depth in (10, 55, 60, 61, 62, 63, 64, 65, 66, 100, 300, 900, 1_500, 100_000):
        yield b"[" * depth + b"]" * depth
        yield b'{"password":' * depth + b"1" + b"}" * depth
    yield b'"' + b"x" * 900_000 + b'"'
    yield b'{"key": "AuthorizationKey", "value": "hush"}'
    yield b"1e400"
    yield b"9" * 4_301
    yield b"-0.0"
    yield '["\u202e", "\\u2028"]'.encode()


async def _endless() -> AsyncIterator[bytes]:
    for _ in range(256):
        yield b"[" * 65_536


async def _endless_gzip() -> AsyncIterator[bytes]:
    packer = zlib.compressobj(wbits=31)
    for _ in range(4_096):
        if chunk := packer.compress(b"[" * 65_536):
            yield chunk


def _bombs() -> tuple[Bomb, ...]:
    return (
        Bomb("deep arrays", b"[" * 500_000),
        Bomb("deep closed arrays", b"[" * 200_000 + b"]" * 200_000),
        Bomb("deep objects", b'{"a":' * 150_000 + b"1" + b"}" * 150_000),
        Bomb("many empty arrays", b"[" + b"[]," * 300_000 + b"[]]"),
        Bomb("a million digits", b'{"id": %b}' % (b"9" * 1_000_000)),
        Bomb("a number beyond all bounds", b'{"id": 1e999, "limit": -1e999}'),
        Bomb("no numbers", b'{"id": NaN, "limit": Infinity}'),
        Bomb("a long text", b'{"id": "%b"}' % (b"x" * 1_000_000)),
        Bomb("many members", json.dumps({f"m{number}": 1 for number in range(70_000)}).encode()),
        Bomb("one member many times", b"{" + b'"id": "a", ' * 80_000 + b'"id": "b"}'),
        Bomb("half characters", b'{"id": "\\ud800", "name": "\\udfff", "password": "\\ud800"}'),
        Bomb("NUL", b'{"id": "a\\u0000b", "name": "\\u0000", "id_tag": "\\u0000"}'),
        Bomb("not UTF-8", b'{"id": "\xff\xfe"}'),
        Bomb("UTF-16", '{"id": "a"}'.encode("utf-16")),
        Bomb("a byte order mark", b"\xef\xbb\xbf{}"),
        Bomb("nothing", b""),
        Bomb("no object", b"[1, 2]"),
        Bomb("null", b"null"),
        Bomb("two megabytes", b" " * 2_000_000),
        Bomb("as a form", b"id=1", {"Content-Type": "application/x-www-form-urlencoded"}),
        Bomb("a gzip bomb", _packed(31), {"Content-Encoding": "gzip"}),
        Bomb("a deflate bomb", _packed(15), {"Content-Encoding": "deflate"}),
        Bomb("broken gzip", b"\x1f\x8b\x08nonsense", {"Content-Encoding": "gzip"}),
        Bomb("no encoding that is", b"{}", {"Content-Encoding": "x-what"}),
        Bomb("an endless body", chunks=_endless),
        Bomb("an endless gzip body", headers={"Content-Encoding": "gzip"}, chunks=_endless_gzip),
    )


def _packed(wbits: int) -> bytes:
    """A quarter of a megabyte that unpacks to 256."""
    packer = zlib.compressobj(wbits=wbits)
    return b"".join(packer.compress(b"[" * MB) for _ in range(256)) + packer.flush()
