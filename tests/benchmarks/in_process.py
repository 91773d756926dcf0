"""What a message costs inside the server, without sockets and without a second process: where to look before looking closer.

One charger's frames go through the real wire, line, actor, dialect and back into bytes; the store is the real one, on a
PostgreSQL of its own. Times are the best of several rounds, on a core that is warm and alone: the servers measured by
``make bench`` cost more, since they also wait, wake and share the core's caches.

    python -m tests.benchmarks.in_process [--chargers N] [--action ACTION] [--profile]
"""

from __future__ import annotations

import argparse
import asyncio
import cProfile
import json
import pstats
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

from tests.benchmarks import event_loop
from tests.benchmarks.charger import BOOT, HEARTBEAT, METER_VALUES, START, STATUS, Timestamps
from tests.benchmarks.client import text_frame
from voltaro.app import serving
from voltaro.cli.serve import calm_collector
from voltaro.config import load
from voltaro.gateway.server import Gateway
from voltaro.gateway.wire import Wire

REQUEST = (
    "GET /{} HTTP/1.1\r\nHost: bench\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dm9sdGFybyBiZW5jaG1hcg==\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: ocpp1.6\r\n\r\n"
)


class Transport:
    """Takes what the wire writes; whoever waits for an answer is woken by it."""

    def __init__(self) -> None:
        self.written = 0
        self.last = b""
        self.wake: asyncio.Future[None] | None = None

    def write(self, data: bytes) -> None:
        self.written += 1
        self.last = data
        if self.wake is not None and not self.wake.done():
            self.wake.set_result(None)

    def get_extra_info(self, name: str) -> Any:
        return ("127.0.0.1", 1) if name == "peername" else None

    def set_write_buffer_limits(self, high: int | None = None) -> None: ...
    def pause_reading(self) -> None: ...
    def resume_reading(self) -> None: ...
    def can_write_eof(self) -> bool:
        return False

    def close(self) -> None: ...
    def abort(self) -> None: ...


class Charger:
    """One line, driven by hand."""

    def __init__(self, gateway: Gateway, name: str) -> None:
        self.name = name.encode()
        self.transport = Transport()
        self.wire = Wire(gateway, secure=False)
        self.wire.connection_made(self.transport)  # type: ignore[arg-type]
        self.ids = count(1)
        self.transaction = 0
        self.clock = Timestamps()
        self.wire.take(REQUEST.format(name).encode())

    def feed(self, frame: bytes) -> None:
        """As the loop does it: into the one buffer, then the news of it."""
        view = self.wire.get_buffer(-1)
        view[: len(frame)] = frame
        self.wire.buffer_updated(len(frame))

    async def answered(self, frame: bytes) -> bytes:
        before = self.transport.written
        self.feed(frame)
        while self.transport.written == before:
            self.transport.wake = asyncio.get_running_loop().create_future()
            await self.transport.wake
        self.transport.wake = None
        return self.transport.last

    async def call(self, template: bytes, *members: Any) -> Any:
        answer = await self.answered(self.frame(template, *members))
        return json.loads(answer[answer.index(b"[") :])[2]

    def frame(self, template: bytes, *members: Any) -> bytes:
        return text_frame(template % (b"%d" % next(self.ids), *members))

    async def begin(self) -> None:
        while not self.transport.written:
            await asyncio.sleep(0.001)
        assert (await self.call(BOOT))["status"] == "Accepted"
        self.transaction = (await self.call(START, self.name, 1000, self.clock.now()))["transactionId"]

    # --- what is measured ---

    def heartbeat(self, _: int) -> bytes:
        return self.frame(HEARTBEAT)

    def status(self, number: int) -> bytes:
        return self.frame(STATUS, b"Charging" if number & 1 else b"SuspendedEV", self.clock.now())

    def meter(self, number: int) -> bytes:
        return self.frame(METER_VALUES, self.transaction, self.clock.now(), 1000 + number, 11_000 + number % 97, number // 4000 % 100)

    def mix(self, number: int) -> bytes:
        """A fleet's mix: neighbours are at different steps of it."""
        turn = (number + self.transaction) & 3
        return self.heartbeat(number) if turn == 0 else self.status(number >> 2) if turn == 2 else self.meter(number)


ACTIONS: dict[str, Callable[[Charger, int], bytes]] = {
    "Heartbeat": Charger.heartbeat,
    "StatusNotification": Charger.status,
    "MeterValues": Charger.meter,
    "mix": Charger.mix,
}


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chargers", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--action", choices=ACTIONS, action="append")
    parser.add_argument("--profile", action="store_true", help="under cProfile, which slows Python code about twofold: read the order")
    parser.add_argument("--log", action="store_true", help="with the frame log")
    parser.add_argument("--recording", action=argparse.BooleanOptionalAction, default=True)
    chosen = parser.parse_args()
    environment = {
        "VOLTARO_FRAME_LOG": "1" if chosen.log else "0",
        "VOLTARO_BENCH_STORE": "batches" if chosen.recording else "nothing",
        "VOLTARO_UNKNOWN_CHARGERS": "accept",
        "VOLTARO_HTTP_PORT": "0",
        "VOLTARO_OCPP_PORT": "0",
    }
    with tempfile.TemporaryDirectory(prefix="voltaro-in-process-") as folder:
        settings = load({"data_dir": str(Path(folder))}, environment)
        async with serving(settings) as server:
            chargers = [Charger(server.gateway, f"B{number}") for number in range(chosen.chargers)]
            for charger in chargers:
                await charger.begin()
            calm_collector()
            for name in chosen.action or ACTIONS:
                await _measure(name, chargers, chosen.rounds, profiled=chosen.profile)


async def _measure(name: str, chargers: list[Charger], rounds: int, *, profiled: bool) -> None:
    costs: list[tuple[float, float]] = []
    numbers: Iterator[int] = count(1)
    profile = cProfile.Profile()
    for _ in range(rounds):
        number = next(numbers)
        frames = [ACTIONS[name](charger, number) for charger in chargers]
        before = [charger.transport.written for charger in chargers]
        began, cpu = time.perf_counter(), time.process_time()
        if profiled:
            profile.enable()
        for charger, frame in zip(chargers, frames, strict=True):
            charger.feed(frame)
        fed = time.perf_counter()
        for charger, written in zip(chargers, before, strict=True):
            while charger.transport.written == written:
                charger.transport.wake = asyncio.get_running_loop().create_future()
                await charger.transport.wake
            charger.transport.wake = None
        if name == "StatusNotification":  # nobody waits for it to be written
            await asyncio.sleep(0.3)
        if profiled:
            profile.disable()
        costs.append(((fed - began) / len(chargers), (time.process_time() - cpu) / len(chargers)))
    fed_us, all_us = (min(column) * 1e6 for column in zip(*costs, strict=True))
    print(f"{name}: {all_us:.1f} us of CPU a message, of which {fed_us:.1f} us until it is answered or waits", flush=True)
    if profiled:
        pstats.Stats(profile).sort_stats("tottime").print_stats(45)


if __name__ == "__main__":
    event_loop.run(main())
