"""A server process with its database, and hand-made sockets at the chargers' door."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import shutil
import tempfile
import time
import urllib.error
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

import psutil

from persistence.store import PostgresStore
from tests import websocket
from tests.running import RunningServer, running_server
from voltaro import embedded
from voltaro.app import charger_password
from voltaro.ports import NewCharger

MIB = 1024 * 1024
PATIENCE_S = 60.0
BOOT = {"chargePointVendor": "V", "chargePointModel": "M"}


def upgrade(identity: str, password: bytes | None = None, *headers: str) -> bytes:
    """An upgrade request."""
    return websocket.upgrade(f"/ocpp/{identity}", *headers, *([] if password is None else [websocket.basic(identity, password)]))


def frame(opcode: int, payload: bytes, *, fin: bool = True, packed: bool = False) -> bytes:
    """A client's frame, whose mask costs nothing."""
    return websocket.masked(opcode, payload, fin=fin, packed=packed, mask=websocket.ZERO_MASK)


class Refused(Exception):
    """The upgrade was answered with something else than 101: ``status`` and the whole ``answer``."""

    def __init__(self, answer: bytes) -> None:
        super().__init__(answer.partition(b"\r\n")[0].decode("latin-1"))
        self.answer = answer
        self.status = int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/") else 0


class Socket:
    """One open connection to the door; left with ``async with`` it is cut."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self._ids = 0

    async def __aenter__(self) -> Socket:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.cut()

    def cut(self) -> None:
        self.writer.transport.abort()

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    async def shake(self, request: bytes) -> None:
        """Send an upgrade request. Raises Refused."""
        self.send(request)
        async with asyncio.timeout(PATIENCE_S):
            try:
                head = await self.reader.readuntil(b"\r\n\r\n")
            except asyncio.IncompleteReadError as cut:
                raise Refused(cut.partial) from cut
            if not head.startswith(b"HTTP/1.1 101 "):
                raise Refused(head + await self.reader.read())

    async def frame(self) -> tuple[int, bytes]:
        """The server's next frame; pings are answered and skipped. Raises IncompleteReadError at the end."""
        while True:
            first, payload = await websocket.next_frame(self.reader)
            if first & 15 != 9:
                return first & 15, payload
            self.send(frame(10, payload))

    async def call(self, action: str, payload: object) -> list[Any]:
        """Send a CALL and wait for its answer."""
        self._ids += 1
        message_id = f"{id(self)}-{self._ids}"
        self.send(frame(1, json.dumps([2, message_id, action, payload]).encode()))
        async with asyncio.timeout(PATIENCE_S):
            while True:
                opcode, text = await self.frame()
                if opcode == 8:
                    raise ConnectionResetError(f"closed with {int.from_bytes(text[:2])}")
                answer: list[Any] = json.loads(text)
                if answer[1] == message_id:
                    return answer

    async def closing(self) -> int:
        """The code of the server's close frame; 1006 where the connection ends without one."""
        async with asyncio.timeout(PATIENCE_S):
            try:
                while (got := await self.frame())[0] != 8:
                    pass
            except (asyncio.IncompleteReadError, ConnectionError):
                return 1006
        return int.from_bytes(got[1][:2])

    async def end(self) -> None:
        """Wait until the server has ended the connection, without a word of ours."""
        async with asyncio.timeout(PATIENCE_S):
            with contextlib.suppress(ConnectionError):
                while await self.reader.read(65536):
                    pass


@dataclass
class Doorway:
    """A running server seen from its door."""

    server: RunningServer
    cluster: embedded.EmbeddedPostgres
    folder: Path
    passwords: dict[str, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.process = psutil.Process(self.server.process.pid)
        where = urlsplit(self.server.ocpp_url)
        self.host, self.port = where.hostname or "127.0.0.1", where.port or 0

    async def socket(self, address: str = "127.0.0.1") -> Socket:
        """A connection from an address of this machine."""
        return Socket(*await asyncio.open_connection(self.host, self.port, local_addr=(address, 0)))

    async def connect(self, identity: str, password: bytes | None = None, *headers: str, address: str = "127.0.0.1") -> Socket:
        """An open line. Raises Refused."""
        socket = await self.socket(address)
        try:
            await socket.shake(upgrade(identity, password, *headers))
        except BaseException:
            socket.cut()
            raise
        return socket

    async def served_in(self, identity: str, password: bytes | None = None, *headers: str, address: str = "127.0.0.1") -> float:
        """Seconds from knocking until a Heartbeat is answered, however often the door has to be knocked at; then the line is cut."""
        began = time.perf_counter()
        while time.perf_counter() - began < PATIENCE_S:
            with contextlib.suppress(Refused, OSError, asyncio.IncompleteReadError):
                async with await self.connect(identity, password, *headers, address=address) as socket:
                    await socket.call("Heartbeat", {})
                    return time.perf_counter() - began
            await asyncio.sleep(0.2)
        return PATIENCE_S

    async def add(self, names: Sequence[str], password: str | None = None) -> None:
        """Make chargers known, with a made password each or the one given."""
        store = PostgresStore(self.cluster.url)
        try:
            key = await store.secret("charger-passwords")
            for start in range(0, len(names), 500):
                new = []
                for name in names[start : start + 500]:
                    made, salt, kept = charger_password(key, password)
                    self.passwords[name] = made.encode()
                    new.append(NewCharger(name, salt=salt, password_hash=kept))
                await store.provision_chargers(new, by="faults")
        finally:
            await store.close()

    async def metrics(self) -> dict[str, float]:
        """Every figure of ``/metrics`` by its name with labels."""
        text = str((await self.server.answer("GET", "/metrics"))[1])
        return {name: float(value) for name, value in re.findall(r"^(voltaro_\S+) (\S+)$", text, re.MULTILINE)}

    async def handshakes(self, result: str) -> float:
        return (await self.metrics()).get(f'voltaro_handshakes_total{{result="{result}"}}', 0.0)

    async def status(self, path: str) -> int:
        """The status of a GET; 0 where nobody answers."""
        try:
            return (await self.server.answer("GET", path))[0]
        except urllib.error.HTTPError as error:
            with error:
                return error.code
        except OSError:
            return 0

    async def stop_database(self) -> None:
        await asyncio.to_thread(self.cluster.stop)

    async def start_database(self) -> None:
        self.cluster = await asyncio.to_thread(embedded.start, self.folder, durable=False)

    def memory_mib(self) -> float:
        return float(self.process.memory_info().rss) / MIB

    @asynccontextmanager
    async def memory_watched(self) -> AsyncIterator[list[float]]:
        """The list gets what the server's memory has grown by at most, in MiB, when the block is left."""
        before = peak = self.memory_mib()
        grown: list[float] = []

        async def watch() -> None:
            nonlocal peak
            while True:
                peak = max(peak, self.memory_mib())
                await asyncio.sleep(0.02)

        watching = asyncio.create_task(watch())
        try:
            yield grown
        finally:
            watching.cancel()
            grown.append(max(peak, self.memory_mib()) - before)


@asynccontextmanager
async def doorway(*flags: str, durable: bool = False, files: int | None = None) -> AsyncIterator[Doorway]:
    """A server with an empty database; unknown chargers are refused. ``files``: it may have no more open."""
    folder = Path(tempfile.mkdtemp(prefix="voltaro-faults-"))
    folder.chmod(0o755)  # the cluster's user must get there
    try:
        cluster = await asyncio.to_thread(embedded.start, folder, durable=durable)
        try:
            async with running_server(cluster.url, folder / "data", "--unknown-chargers", "reject", *flags, files=files) as server:
                door = Doorway(server, cluster, folder)
                try:
                    yield door
                finally:
                    cluster = door.cluster
        finally:
            await asyncio.to_thread(cluster.stop)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@asynccontextmanager
async def beating(socket: Socket, every_s: float = 0.1) -> AsyncIterator[list[float]]:
    """A charger that goes on with Heartbeats meanwhile; the list gets how long each answer took."""
    waits: list[float] = []

    async def beat() -> None:
        while True:
            began = time.perf_counter()
            await socket.call("Heartbeat", {})
            waits.append(time.perf_counter() - began)
            await asyncio.sleep(every_s)

    task = asyncio.create_task(beat())
    try:
        yield waits
    finally:
        if task.done():
            task.result()  # the charger was hung up on: that is a fault
        task.cancel()


def worst(waits: Sequence[float], share: float = 0.99) -> float:
    """The 99th percentile, or another."""
    ordered = sorted(waits)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else float("inf")


async def at_most(many: int, work: Sequence[Callable[[], Coroutine[Any, Any, Any]]]) -> list[Any]:
    """Run all of it, so many at a time."""
    gate = asyncio.Semaphore(many)

    async def one(each: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
        async with gate:
            return await each()

    return await asyncio.gather(*(one(each) for each in work))
