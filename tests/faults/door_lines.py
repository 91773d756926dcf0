"""Lines at the door: taken over, raced for, half-open, not read, and no files left for any more."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import socket
import tempfile
import time
from pathlib import Path
from random import Random

from persistence import migrations
from persistence.store import PostgresStore
from tests.faults.doorway import BOOT, PATIENCE_S, Doorway, Refused, Socket, at_most, beating, doorway, frame, upgrade, worst
from tests.faults.races import IDENTITIES, course
from tests.faults.rows import Row
from voltaro import embedded

OFFLINE_S = 45.0


async def takeover(random: Random, long: bool) -> list[Row]:
    """A newer line of the same charger: served at once; the older one gone, hung or not."""
    count = 500 if long else 60
    names = [f"CP{number}" for number in range(count)]
    async with doorway() as door:
        await door.add(names)
        served, polite, hung = [], [], []
        for number, name in enumerate(names):
            old = await door.connect(name, door.passwords[name])
            await old.call("BootNotification", BOOT)
            is_hung = number % 20 == 0
            began = time.perf_counter()
            ending = asyncio.create_task(old.end() if is_hung else _answers_close(old))
            async with await door.connect(name, door.passwords[name]) as new:
                await new.call("Heartbeat", {})
                served.append(time.perf_counter() - began)
                if is_hung:
                    hung.append(asyncio.create_task(_timed(began, ending, old)))
                else:
                    polite.append(await _timed(began, ending, old))
                    assert (await new.call("Heartbeat", {}))[0] == 3
                if len(hung) % 10 == 0 and hung and not is_hung:
                    await asyncio.gather(*hung)
        slow = await asyncio.gather(*hung)
    return [
        Row(f"takeover, {count} chargers: newer line served, p99", worst(served), 1, "s"),
        Row(f"takeover, {count} chargers: older line gone, p99", worst(polite), 1, "s"),
        Row(f"takeover, {len(slow)} hung chargers: older line cut, slowest", max(slow), 6, "s"),
    ]


async def _answers_close(socket: Socket) -> None:
    code = await socket.closing()
    assert code == 4001, code
    socket.send(frame(8, code.to_bytes(2)))
    await socket.end()


async def _timed(began: float, ending: asyncio.Task[None], socket: Socket) -> float:
    await ending
    took = time.perf_counter() - began
    socket.cut()
    return took


async def races(random: Random, long: bool) -> list[Row]:
    """2 to 20 sockets race for an identity, again and again."""
    count = 10_000 if long else 300
    folder = Path(tempfile.mkdtemp(prefix="voltaro-faults-"))
    folder.chmod(0o755)
    cluster = await asyncio.to_thread(embedded.start, folder, durable=False)
    try:
        await asyncio.to_thread(migrations.upgrade, cluster.url)
        store = PostgresStore(cluster.url)
        try:
            async with course(store) as track:
                for number in range(count):
                    await track.race(random, f"CP{number % IDENTITIES}")
            wrong = len(track.wrong)
        finally:
            await store.close()
    finally:
        await asyncio.to_thread(cluster.stop)
        shutil.rmtree(folder, ignore_errors=True)
    return [Row(f"{count:,} races for an identity: two owners, or disagreement about one", wrong, 0, "times")]


class BlackHole:
    """A link that swallows everything in both directions from one moment on, without a FIN or RST."""

    def __init__(self, door: Doorway) -> None:
        self._door = door
        self._open = asyncio.Event()
        self._open.set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: list[asyncio.StreamWriter] = []

    async def __aenter__(self) -> BlackHole:
        self._server = await asyncio.start_server(self._join, "127.0.0.1", 0)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *error: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for writer in self._writers:
            writer.transport.abort()
        self._server.close()

    def swallow(self) -> None:
        self._open.clear()

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        onward, back = await asyncio.open_connection(self._door.host, self._door.port)
        self._writers += [writer, back]
        for source, sink in ((reader, back), (onward, writer)):
            task = asyncio.create_task(self._pump(source, sink))
            self._tasks.add(task)

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await source.read(65536):
                await self._open.wait()
                sink.write(data)


async def half_open(random: Random, long: bool) -> list[Row]:
    """Chargers vanish without a word; some come back over another way before that is noticed."""
    count, lost = (500, 50) if long else (30, 10)
    names = [f"CP{number}" for number in range(count)]
    async with doorway() as door, BlackHole(door) as link:
        await door.add(names)
        kept: list[Socket] = []
        talking: list[asyncio.Task[None]] = []
        for name in reversed(names):  # those that vanish come last, so that they have just been heard
            through = len(kept) >= count - lost
            one = Socket(*await asyncio.open_connection("127.0.0.1", link.port)) if through else await door.socket()
            await one.shake(_request(door, name))
            await one.call("BootNotification", BOOT)
            kept.append(one)
            if not through:
                talking.append(asyncio.create_task(_answer_pings(one)))
        link.swallow()
        vanished = time.perf_counter()
        back, returns = names[: lost // 5], []
        for name in back:
            returns.append(await door.served_in(name, door.passwords[name]))
        offline: dict[str, float] = {}
        gone = set(names[lost // 5 : lost])
        while gone - set(offline) and time.perf_counter() - vanished < OFFLINE_S + 15:
            for name in gone - set(offline):
                if (await door.server.api("GET", f"/api/v1/chargers/{name}"))["connection"] == "offline":
                    offline[name] = time.perf_counter() - vanished
            await asyncio.sleep(0.2)
        lively = sum(not task.done() for task in talking)
        for task in talking:
            task.cancel()
        for one in kept:
            one.cut()
    slowest = max(offline.values()) if len(offline) == len(gone) else float("inf")
    return [
        Row(f"{lost} of {count} chargers vanish: offline, slowest", slowest, OFFLINE_S, "s"),
        Row(f"{lost} of {count} chargers vanish: one that comes back served, slowest", max(returns), 1, "s"),
        Row(f"{lost} of {count} chargers vanish: the others' lines open", lively, count - lost, "lines", at_least=True),
    ]


def _request(door: Doorway, name: str) -> bytes:
    return upgrade(name, door.passwords[name])


async def _answer_pings(socket: Socket) -> None:
    while (await socket.frame())[0] != 8:
        pass


async def not_reading(random: Random, long: bool) -> list[Row]:
    """A charger that asks and asks and never reads an answer; others are served meanwhile."""
    async with doorway() as door:
        await door.add(["DEAF", "GOOD"])
        async with await door.connect("GOOD", door.passwords["GOOD"]) as good, await _deaf_socket(door) as deaf:
            deaf.writer.transport.set_write_buffer_limits(high=1 << 20)
            await deaf.shake(_request(door, "DEAF"))
            deaf.writer.transport.pause_reading()  # type: ignore[attr-defined]
            for _ in range(3_000):  # so that the log of messages has its buffers
                await good.call("Heartbeat", {})
            asks = b"".join(frame(1, b'[2,"%d","Heartbeat",{}]' % number) for number in range(20_000))
            began = time.perf_counter()
            async with beating(good) as waits, door.memory_watched() as grown:
                flooding = asyncio.create_task(_flood(deaf, asks))
                while (await door.server.api("GET", "/api/v1/chargers/DEAF"))["connection"] != "offline":
                    await asyncio.sleep(0.1)
                    if time.perf_counter() - began > 60:
                        break
                took = time.perf_counter() - began
                flooding.cancel()
    return [
        Row("a charger that does not read: closed", took, 20, "s"),
        Row("a charger that does not read: memory", grown[0], 5, "MB"),
        Row("a charger that does not read: another charger's p99", worst(waits), 1, "s"),
    ]


async def _deaf_socket(door: Doorway) -> Socket:
    """A connection whose kernel takes next to nothing for a process that does not read."""
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    made.setblocking(False)
    await asyncio.get_running_loop().sock_connect(made, (door.host, door.port))
    return Socket(*await asyncio.open_connection(sock=made))


async def _flood(socket: Socket, data: bytes) -> None:
    with contextlib.suppress(ConnectionError):
        while True:
            socket.send(data)
            await socket.writer.drain()


async def no_files(random: Random, long: bool) -> list[Row]:
    """More connections than the server may have files: who is in is served, the loop does not spin, and it recovers."""
    limit, count = 256, 600
    async with doorway(files=limit) as door:
        await door.add(["CP1", "CP2"])
        async with await door.connect("CP1", door.passwords["CP1"]) as good:
            await good.call("BootNotification", BOOT)
            sockets = await at_most(50, [door.socket] * count)
            used = door.process.cpu_times()
            async with beating(good) as waits:
                with contextlib.suppress(Refused, OSError):
                    await door.connect("CP2", door.passwords["CP2"])
                await asyncio.sleep(3)
            after = door.process.cpu_times()
            busy = (after.user + after.system - used.user - used.system) / 3
            for one in sockets:
                one.cut()
            back = await door.served_in("CP2", door.passwords["CP2"])
            assert (await good.call("Heartbeat", {}))[0] == 3
    return [
        Row(f"{count} connections where {limit} files may be open: a connected charger's p99", worst(waits), 1, "s"),
        Row(f"{count} connections where {limit} files may be open: processor in use", busy, 0.5, "cores"),
        Row(f"{count} connections where {limit} files may be open: heartbeats of that charger answered", len(waits), 5, "", at_least=True),
        Row("afterwards: the next charger served", back, 2, "s"),
        Row("afterwards: chargers never served", float(back >= PATIENCE_S), 0, ""),
    ]


SCENARIOS = {
    "takeover": takeover,
    "races": races,
    "half-open": half_open,
    "not-reading": not_reading,
    "no-files": no_files,
}
