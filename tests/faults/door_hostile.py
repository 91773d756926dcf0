"""Hostile input at the door: bombs, slow handshakes, guesses, and what authentication costs."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import time
import zlib
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from random import Random
from statistics import median

from websockets.datastructures import Headers

from tests.faults.doorway import MIB, Doorway, Refused, Socket, at_most, beating, doorway, frame, upgrade, worst
from tests.faults.rows import Row
from voltaro.domain.charger import Registration
from voltaro.domain.profiles import PLAIN
from voltaro.gateway.admission import admission
from voltaro.gateway.credentials import hash_password, make_password
from voltaro.gateway.guesses import Guesses
from voltaro.gateway.handshake import read_request, shape_of
from voltaro.ports import Credential

DEFLATE = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits=12"
CHOSEN = "a chosen password"


async def bombs(random: Random, long: bool) -> list[Row]:
    """Messages that are too large, too many pieces or too deep; another charger is served meanwhile."""
    rows = []
    async with doorway() as door:
        await door.add(["CP1", "GOOD"])
        async with await door.connect("GOOD", door.passwords["GOOD"]) as good:
            for name, bomb in _bombs(long).items():
                async with beating(good) as waits, door.memory_watched() as grown:
                    took, code = await _throw(door, bomb)
                    await asyncio.sleep(0.2)
                rows.append(Row(f"{name}: memory", grown[0], 5, "MB"))
                rows.append(Row(f"{name}: ended (code {code})", took, 35, "s"))
                rows.append(Row(f"{name}: another charger's slowest answer", worst(waits, 1.0), 2, "s"))
            rows += await _json_bombs(door, good)
    return rows


def _bombs(long: bool) -> dict[str, Callable[[Socket], AsyncIterator[None]]]:
    packer = zlib.compressobj(9, wbits=-12)
    packed = b"".join(packer.compress(bytes(MIB)) for _ in range(256)) + packer.flush(zlib.Z_SYNC_FLUSH)[:-4]

    async def large(socket: Socket) -> AsyncIterator[None]:
        whole = frame(1, bytes(8 * MIB))
        for start in range(0, len(whole), 65536):
            socket.send(whole[start : start + 65536])
            yield

    async def deflated(socket: Socket) -> AsyncIterator[None]:
        socket.send(frame(1, packed, packed=True))
        yield

    async def fragments(socket: Socket) -> AsyncIterator[None]:
        socket.send(frame(1, b"", fin=False))
        for _ in range(2000 if long else 200):
            socket.send(frame(0, b"", fin=False) * 1000)
            yield

    async def dripping(socket: Socket) -> AsyncIterator[None]:
        socket.send(frame(1, b"[", fin=False))
        while True:
            socket.send(frame(9, b""))
            yield
            await asyncio.sleep(1)

    found: dict[str, Callable[[Socket], AsyncIterator[None]]] = {
        "message of 8 MiB": large,
        "256 MiB deflated": deflated,
        f"{2_000_000 if long else 200_000} empty fragments": fragments,
    }
    return found | ({"message that never ends": dripping} if long else {})


async def _throw(door: Doorway, bomb: Callable[[Socket], AsyncIterator[None]]) -> tuple[float, int]:
    """Seconds until the server has ended the line, and its close code."""
    async with await door.connect("CP1", door.passwords["CP1"], DEFLATE) as socket:
        began = time.perf_counter()
        closing = asyncio.create_task(socket.closing())
        with contextlib.suppress(ConnectionError):
            async for _ in bomb(socket):
                await asyncio.wait_for(socket.writer.drain(), 30)
                if closing.done():
                    break
        return time.perf_counter() - began if closing.done() else await _since(began, closing), await closing


async def _since(began: float, end: asyncio.Task[int]) -> float:
    await end
    return time.perf_counter() - began


async def _json_bombs(door: Doorway, good: Socket) -> list[Row]:
    depth = 100_000
    corpus = {
        "100,000 arrays deep": b"[" * depth + b"]" * depth,
        "100,000 objects deep in a payload": b'[2,"x","Heartbeat",' + b'{"a":' * depth + b"1" + b"}" * depth + b"]",
        "100,000 members": b'[2,"x","Heartbeat",{' + b",".join(b'"%d":0' % n for n in range(depth)) + b"}]",
        "a number of 100,000 digits": b'[2,"x","Heartbeat",{"a":' + b"9" * depth + b"}]",
        "1e999": b'[2,"x","Heartbeat",{"a":1e999}]',
        "NaN": b'[2,"x","Heartbeat",{"a":NaN}]',
        "the same member 50,000 times": b'[2,"x","Heartbeat",{' + b",".join([b'"a":0'] * (depth // 2)) + b"}]",
        "a lone surrogate": b'[2,"\\ud800","Heartbeat",{}]',
        "NUL in the id": b'[2,"\\u0000","Heartbeat",{}]',
        "a megabyte of escapes": b'[2,"x","DataTransfer",{"vendorId":"' + b"\\u00e9" * 150_000 + b'"}]',
    }
    slowest = 0.0
    crashes = "voltaro_actor_crashes_total"
    before = sum(value for name, value in (await door.metrics()).items() if name.startswith(crashes))
    async with await door.connect("CP1", door.passwords["CP1"]) as socket:
        for text in corpus.values():
            socket.send(frame(1, text))
            began = time.perf_counter()
            await socket.call("Heartbeat", {})  # answered behind it, on the same line: it lives
            slowest = max(slowest, time.perf_counter() - began)
    after = sum(value for name, value in (await door.metrics()).items() if name.startswith(crashes))
    await good.call("Heartbeat", {})
    return [
        Row(f"JSON bombs ({len(corpus)} kinds): slowest next answer on the same line", slowest, 1, "s"),
        Row("JSON bombs: crashed actors", after - before, 0, "crashes"),
    ]


async def slow_handshakes(random: Random, long: bool) -> list[Row]:
    """Sockets that send their request byte by byte; a real charger comes meanwhile."""
    count = 2000 if long else 400
    request = upgrade("CP1")
    async with doorway() as door:
        await door.add(["CP1"])
        await door.served_in("CP1", door.passwords["CP1"])
        async with door.memory_watched() as grown:
            sockets = await at_most(100, [door.socket] * count)
            waits = []
            for number in range(6):
                for socket in sockets:
                    socket.send(request[number : number + 1])
                waits.append(await door.served_in("CP1", door.passwords["CP1"]))
                await asyncio.sleep(0.5)
            began = time.perf_counter()
            await asyncio.gather(*(socket.end() for socket in sockets))
            ended = time.perf_counter() - began
        for socket in sockets:
            socket.cut()
    return [
        Row(f"{count} slow handshakes: memory", grown[0], 50, "MB"),
        Row(f"{count} slow handshakes: a real charger served", max(waits), 2, "s"),
        Row(f"{count} slow handshakes: all cut off", ended + 4, 15, "s"),
    ]


async def guesses(random: Random, long: bool) -> list[Row]:
    """A thousand guesses a second at each of three chargers in turn; the real one comes from the same place or another."""
    seconds, rate = (60, 1000) if long else (5, 1000)
    rows = []
    async with doorway() as door:
        await door.add(["MADE"])
        await door.add(["KNOWN", "ELSEWHERE"], CHOSEN)
        await door.served_in("KNOWN", door.passwords["KNOWN"])
        cases = (
            ("MADE", "made password, never seen before, same address", "127.0.0.1"),
            ("KNOWN", "chosen password, seen before, same address", "127.0.0.1"),
            ("ELSEWHERE", "chosen password, never seen before, other address", "127.0.0.2"),
        )
        for identity, what, address in cases:
            before = await door.handshakes("unauthorized"), await door.handshakes("unheard")
            guessing = asyncio.create_task(_guess(door, random, identity, seconds, rate))
            waits = []
            while not guessing.done():
                waits.append(await door.served_in(identity, door.passwords[identity], address=address))
                await asyncio.wait([guessing], timeout=seconds / 10)
            made = guessing.result()
            looked = await door.handshakes("unauthorized") - before[0]
            unheard = await door.handshakes("unheard") - before[1]
            rows.append(Row(f"{what}: {made / seconds:,.0f} guesses a second, looked at", looked, 10, f"in {seconds} s"))
            rows.append(Row(f"{what}: answered unheard", unheard, (made - 10) * 0.99, "guesses", at_least=True))
            rows.append(Row(f"{what}: the real charger served", max(waits), 2, "s"))
        rows += await _alike(door, 300 if long else 60)
    return rows


async def _guess(door: Doorway, random: Random, identity: str, seconds: float, rate: int) -> int:
    """Guess at a steady rate; how many guesses were answered."""
    told = (door.host, door.port, identity, seconds, rate, random.getrandbits(32))
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "tests.faults.guesser", *map(str, told), stdout=PIPE)
    try:
        return int((await process.communicate())[0])
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _alike(door: Doorway, samples: int) -> list[Row]:
    """Unknown identity and wrong password: the same bytes after the same time. Each sample has its own identity and address."""
    known = [f"K{number}" for number in range(samples)]
    await door.add(known, CHOSEN)
    took: dict[str, list[float]] = {"K": [], "U": []}
    answers = set()
    for number in range(samples):
        for kind in ("K", "U"):
            identity = f"{kind}{number}"
            async with await door.socket(f"127.0.{1 + number // 250}.{1 + number % 250}") as socket:
                began = time.perf_counter()
                with contextlib.suppress(Refused):
                    try:
                        await socket.shake(upgrade(identity, b"wrong password"))
                    except Refused as refused:
                        took[kind].append(time.perf_counter() - began)
                        answers.add(b"\r\n".join(line for line in refused.answer.split(b"\r\n") if not line.startswith(b"Date:")))
                        raise
    apart = abs(median(took["K"]) - median(took["U"])) * 1000
    return [
        Row(f"unknown identity and wrong password, {samples} each: different answers", len(answers) - 1, 0, "answers"),
        Row(f"unknown identity and wrong password, {samples} each: medians apart", apart, 1, "ms"),
    ]


async def authentication_cost(random: Random, long: bool) -> list[Row]:
    """CPU of everything that a device's password costs: reading the header, the guess limits, the comparison."""
    key, salt, password = b"k" * 32, b"s" * 16, make_password().encode()
    known = Credential("CP1", Registration.ACCEPTED, 1, salt, hash_password(key, salt, password))
    lines = [line.partition(": ") for line in upgrade("CP1", password).decode().split("\r\n")[1:] if line]
    headers = Headers([(name, value) for name, _, value in lines])

    class RealClock:
        monotonic = staticmethod(time.monotonic)

        def now(self) -> datetime:
            return datetime.now(UTC)

    limits = Guesses(RealClock())

    def authenticate() -> bool:
        asked, shape = read_request("/ocpp/CP1", headers), shape_of(headers)
        assert asked.password is not None
        right = (
            limits.may_look(asked.keys, "127.0.0.1", shape, asked.password)
            and admission(known, asked.password, PLAIN, key=key, now=datetime.now(UTC)).granted
        )
        limits.right("cp1", "127.0.0.1", shape, asked.password)
        return right

    best = float("inf")
    for _ in range(5):
        times, began = 20_000 if long else 4_000, time.process_time()
        assert all(authenticate() for _ in range(times))
        best = min(best, (time.process_time() - began) / times)
    return [Row("device authentication: CPU", best * 1e6, 50, "us")]


SCENARIOS = {
    "bombs": bombs,
    "slow-handshakes": slow_handshakes,
    "guesses": guesses,
    "authentication-cost": authentication_cost,
}
