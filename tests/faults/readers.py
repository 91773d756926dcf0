"""Readers of the live stream that stall, beside healthy ones, while chargers make events (F15)."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from urllib.parse import urlsplit

import psutil
import psycopg
from websockets.asyncio.client import ClientConnection

from tests.e2e.talking import ask, boot, dial
from tests.faults.rows import Row
from tests.faults.served import served
from tests.running import RunningServer

CHARGERS = 5
EVENTS_PER_SECOND = 700
READERS_PER_TOKEN = 10
WARMING = 500
MB = 1024 * 1024
_COUNTED = re.compile(r"^voltaro_stream_readers (\S+)$", re.MULTILINE)


@dataclass
class Healthy:
    """A reader that reads all, hangs up by itself now and then, and resumes where it was."""

    host: str
    port: int
    token: str
    random: Random
    ids: list[int] = field(default_factory=list)
    waits_s: list[float] = field(default_factory=list)
    last_id: int | None = None
    resyncs: int = 0
    resumed: int = -1

    async def read(self, last: asyncio.Future[int]) -> None:
        """Until it has the event whose id ``last`` comes to hold."""
        while not self._has(last):
            reader, writer = await asyncio.open_connection(self.host, self.port)
            resume = "" if self.last_id is None else f"Last-Event-ID: {self.last_id}\r\n"
            writer.write(request("/api/v1/events?topics=chargers", self.token, resume))
            await reader.readuntil(b"\r\n\r\n")
            self.resumed += 1
            events = self.random.randint(200, 2000)
            try:
                while events > 0 and not self._has(last):
                    events -= self._take(await reader.readuntil(b"\n\n"))
            except asyncio.IncompleteReadError:
                pass  # hung up on: it comes back
            finally:
                writer.close()

    def _has(self, last: asyncio.Future[int]) -> bool:
        return last.done() and self.ids[-1:] >= [last.result()]

    def _take(self, block: bytes) -> int:
        """Take one block of the stream; 1 for a status, 0 for anything else."""
        fields = dict(line.split(": ", 1) for line in block.decode().splitlines() if line and not line.startswith(":"))
        if "id" in fields:
            self.last_id = int(fields["id"])
        self.resyncs += fields.get("event") == "resync"
        if fields.get("event") != "connector.status":
            return 0
        self.ids.append(int(fields["id"]))
        told = json.loads(fields["data"])["info"]
        if told is not None:
            self.waits_s.append(time.monotonic() - float(told))
        return 1


async def stalled_readers(random: Random, long: bool) -> list[Row]:
    """Stalled readers that never read (some of them half closed), healthy ones that come and go, and events of chargers."""
    stalled, healthy, events = (50, 10, 10_000) if long else (10, 3, 2_500)
    async with served() as (server, database_url), AsyncExitStack() as stack:
        host, port = urlsplit(server.http_url).hostname or "", urlsplit(server.http_url).port or 0
        tokens = iter(await _tokens(server, stalled + healthy))
        chargers = [await stack.enter_async_context(dial(server, f"CP{number}")) for number in range(CHARGERS)]
        for charger in chargers:
            await boot(charger)
        await _make_events(chargers, WARMING)
        await _recorded(database_url, WARMING)
        last: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        readers = [Healthy(host, port, next(tokens), Random(random.random())) for _ in range(healthy)]
        async with asyncio.timeout(180 if long else 60), asyncio.TaskGroup() as group:
            for reader in readers:
                group.create_task(reader.read(last))
            await _until(lambda: _all(reader.last_id is not None for reader in readers))
            before = _resident(server)
            for number in range(stalled):
                stack.enter_context(_never_reading(host, port, next(tokens), half_closed=number % 5 == 4, small=number % 2 == 0))
            await _until(lambda: _is(_readers(server), healthy + stalled - stalled // 5))  # half closed ones are seen to have gone
            most = group.create_task(_watch_memory(server, last))
            began = time.monotonic()
            closed = group.create_task(_closed_after(server, healthy, began))
            await _make_events(chargers, events)
            made_s = time.monotonic() - began
            ids = (await _recorded(database_url, WARMING + events))[WARMING:]
            closed_s = await closed
            last.set_result(ids[-1])
        waits = sorted(wait for reader in readers for wait in reader.waits_s)
        wrong = sum(len(set(ids) ^ set(reader.ids)) + len(reader.ids) - len(set(reader.ids)) for reader in readers)
        crashed = sum("Traceback" in line or "[error" in line for line in server.log)
        told = f"{stalled} stalled and {healthy} healthy readers, {len(ids)} events in {made_s:.0f} s"
        return [
            Row(f"{told}: memory of the server", (most.result() - before) / MB, 20, "MB more"),
            Row("all stalled readers closed after", closed_s, 30, "s"),
            Row("healthy readers, from a charger's message to the browser, p99", waits[int(len(waits) * 0.99)], 1, "s"),
            Row("healthy readers came back and resumed", sum(reader.resumed for reader in readers), healthy, "times", at_least=True),
            Row("events that a healthy reader missed or heard twice", wrong, 0, "events"),
            Row("healthy readers told to read everything anew", sum(reader.resyncs for reader in readers), 0, "times"),
            Row("errors in the server's log", crashed, 0, "lines"),
        ]


SCENARIOS: dict[str, Callable[[Random, bool], Awaitable[list[Row]]]] = {"stalled readers of the live stream": stalled_readers}


async def _tokens(server: RunningServer, readers: int) -> list[str]:
    """A token for each reader; a few share one."""
    made: list[str] = []
    while len(made) < readers:
        token = await server.api("POST", "/api/v1/tokens", {"name": f"readers {len(made)}", "scopes": ["chargers:read"]})
        made += [token["token"]] * READERS_PER_TOKEN
    return made


async def _make_events(chargers: list[ClientConnection], count: int) -> None:
    """Statuses, each an event that tells when its message was sent, at a steady rate."""

    async def report(charger: ClientConnection, numbers: range) -> None:
        for number in numbers:
            due = began + number / EVENTS_PER_SECOND
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            status = {
                "connectorId": 1,
                "errorCode": "NoError",
                "status": ("Available", "Preparing")[number // len(chargers) % 2],
                "timestamp": datetime.now(UTC).isoformat(),
                "info": f"{time.monotonic():.6f}",
            }
            answered = await ask(charger, "StatusNotification", status, str(number))
            assert answered[0] == 3, answered

    began = time.monotonic()
    async with asyncio.TaskGroup() as group:
        for place, charger in enumerate(chargers):
            group.create_task(report(charger, range(place, count, len(chargers))))


@contextmanager
def _never_reading(host: str, port: int, token: str, *, half_closed: bool, small: bool) -> Iterator[None]:
    with socket.socket() as line:
        if small:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        line.connect((host, port))
        line.sendall(request("/api/v1/events", token))
        if half_closed:
            line.shutdown(socket.SHUT_WR)
        yield


async def _watch_memory(server: RunningServer, last: asyncio.Future[int]) -> int:
    """The most that the server was seen to hold."""
    most = 0
    while not last.done():
        most = max(most, _resident(server))
        await asyncio.sleep(0.1)
    return most


def _resident(server: RunningServer) -> int:
    return int(psutil.Process(server.process.pid).memory_info().rss)


async def _readers(server: RunningServer) -> int:
    found = _COUNTED.search(await server.api("GET", "/metrics"))
    assert found is not None
    return int(float(found[1]))


async def _closed_after(server: RunningServer, healthy: int, began: float) -> float:
    await _until(lambda: _at_most(_readers(server), healthy))
    return time.monotonic() - began


async def _recorded(database_url: str, count: int) -> list[int]:
    """The ids of all statuses, once so many are recorded: their charger is answered before."""
    while len(ids := await asyncio.to_thread(_event_ids, database_url)) < count:
        await asyncio.sleep(0.1)
    return ids


def _event_ids(database_url: str) -> list[int]:
    with psycopg.connect(database_url) as connection:
        return [row[0] for row in connection.execute("SELECT id FROM events WHERE type = 'connector.status' ORDER BY id")]


def request(path: str, token: str, more: str = "") -> bytes:
    """HTTP/1.0: the stream comes without chunks around its blocks."""
    return f"GET {path} HTTP/1.0\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n{more}\r\n".encode()


async def _until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Ask until it holds; the scenario's own deadline ends it."""
    while not await holds():
        await asyncio.sleep(0.1)


async def _all(conditions: Iterator[bool]) -> bool:
    return all(conditions)


async def _is(figure: Awaitable[int], wanted: int) -> bool:
    return await figure == wanted


async def _at_most(figure: Awaitable[int], wanted: int) -> bool:
    return await figure <= wanted
