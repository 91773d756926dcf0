"""The system under test: a PostgreSQL of its own, a server process, and chaos proxies before both."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import signal
import sys
import tempfile
import time
import urllib.error
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from random import Random
from urllib.parse import parse_qs, urlsplit

import psutil

from tests.faults.chargers import USUAL, Charger, Rules, fleet
from tests.faults.ledger import Ledger
from tests.faults.proxy import Ambush, CommitWatch, MessageWatch, Proxy
from tests.faults.rows import Row
from tests.running import RunningServer, running_server
from voltaro import embedded


class World:
    """A cluster, the link to it (``link``), the chargers' link to the server (``door``), and a fleet with its ledger."""

    def __init__(self, folder: Path, cluster: embedded.EmbeddedPostgres, ledger: Ledger) -> None:
        self.folder = folder
        self.cluster = cluster
        self.ledger = ledger
        self.commits = Ambush()
        self.answers = Ambush()
        socket = parse_qs(urlsplit(cluster.url).query)["host"][0]
        self.link = Proxy(f"{socket}/.s.PGSQL.{embedded.PORT}", lambda: CommitWatch(self.commits))
        self.door = Proxy(None, lambda: MessageWatch(self.answers))
        self.chargers: list[Charger] = []
        self.server: RunningServer | None = None
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def database_url(self) -> str:
        """The database through the proxy."""
        return f"postgresql://{embedded.DATABASE}@127.0.0.1:{self.link.port}/{embedded.DATABASE}?sslmode=disable&gssencmode=disable"

    @asynccontextmanager
    async def serving(self, *flags: str) -> AsyncIterator[RunningServer]:
        """A server process on this database; chargers reach it through the door."""
        async with running_server(self.database_url, self.folder / "data", "--unknown-chargers", "accept", *flags) as server:
            self.server = server
            split = urlsplit(server.ocpp_url)
            assert split.hostname is not None
            assert split.port is not None
            self.door.target = (split.hostname, split.port)
            try:
                yield server
            finally:
                self.door.target = None
                self.door.reset_all()
                self.server = None

    async def populate(self, count: int, random: Random, rules: Rules = USUAL) -> None:
        """Chargers with their tags, living from now on; call it while a server runs."""
        self.chargers = fleet(count, lambda: ("127.0.0.1", self.door.port), self.ledger, random, rules)
        assert self.server is not None
        for charger in self.chargers:
            await self.server.api("POST", "/api/v1/tags", {"id_tag": charger.id_tag, "status": "accepted"})
        self._tasks = [asyncio.create_task(charger.run()) for charger in self.chargers]

    async def connected(self, share: float = 1.0, limit_s: float = 60.0) -> None:
        """Wait until so many of the chargers are served."""
        await until(lambda: sum(charger.connected for charger in self.chargers) >= share * len(self.chargers), limit_s)

    async def depart(self) -> None:
        """End the chargers, whatever they have left; one that failed raises here."""
        for task in self._tasks:
            if not task.done():
                task.cancel()
        for result in await asyncio.gather(*self._tasks, return_exceptions=True):
            if isinstance(result, Exception):
                raise result
        self._tasks = []

    # --- PostgreSQL ---

    async def stop_database(self) -> None:
        """End PostgreSQL as a crash does (``pg_ctl -m immediate``); one that has ended by itself is left alone."""
        with contextlib.suppress(psutil.NoSuchProcess, FileNotFoundError):
            process = psutil.Process(self.postmaster)
            process.send_signal(signal.SIGQUIT)
            await until(lambda: not process.is_running() or process.status() == psutil.STATUS_ZOMBIE, 60)

    async def start_database(self) -> None:
        """Start it again, with the recovery that it needs."""
        older = self.cluster
        self.cluster = await asyncio.to_thread(embedded.start, self.folder)
        await asyncio.to_thread(older.stop)  # the newer one holds it

    @property
    def postmaster(self) -> int:
        return int((self.cluster.data / "postmaster.pid").read_text().split("\n", 1)[0])


@asynccontextmanager
async def world(name: str, *, durable: bool = True, folder: Path | None = None) -> AsyncIterator[World]:
    """A fresh one; the ledger's file is kept for a run that finds something."""
    async with AsyncExitStack() as stack:
        if folder is None:
            folder = Path(tempfile.mkdtemp(prefix="voltaro-faults-"))
            stack.callback(shutil.rmtree, folder, ignore_errors=True)
        folder.chmod(0o755)
        kept = Path(".benchmarks") / "ledgers"
        kept.mkdir(parents=True, exist_ok=True)
        ledger = stack.enter_context(Ledger(kept / f"{name}.jsonl"))
        made = World(folder, await asyncio.to_thread(embedded.start, folder, durable=durable), ledger)
        stack.callback(lambda: made.cluster.stop())
        await stack.enter_async_context(made.link)
        await stack.enter_async_context(made.door)
        stack.push_async_callback(made.depart)
        yield made


async def until(holds: object, limit_s: float, every_s: float = 0.02) -> float:
    """Wait until a condition holds; the seconds it took. Raises TimeoutError at the limit."""
    assert callable(holds)
    began = time.monotonic()
    async with asyncio.timeout(limit_s):
        while not holds():
            await asyncio.sleep(every_s)
    return time.monotonic() - began


async def becomes_ready(server: RunningServer, ready: bool, limit_s: float) -> float:
    """The seconds until ``/readyz`` says so, or infinity."""
    began = time.monotonic()
    while time.monotonic() - began < limit_s:
        if await is_ready(server) is ready:
            return time.monotonic() - began
        await asyncio.sleep(0.1)
    return float("inf")


async def is_ready(server: RunningServer) -> bool:
    return await status(server, "/readyz") == 200


async def status(server: RunningServer, path: str) -> int:
    """The HTTP status of a path; 0 when nobody answers."""
    try:
        return (await server.answer("GET", path))[0]
    except urllib.error.HTTPError as error:
        with contextlib.closing(error):
            return error.code
    except (OSError, TimeoutError):
        return 0


def unhandled(logs: Sequence[str]) -> Row:
    """Tracebacks in the server's log: what nobody had thought of."""
    places = [number for number, line in enumerate(logs) if "Traceback (most recent call last)" in line]
    for number in places[:2]:
        print("\n".join(logs[number - 1 : number + 30]), file=sys.stderr)
    return Row("tracebacks in the server's log", len(places), 0, "")


def percentile(figures: Sequence[float], share: float) -> float:
    """0 when there are none."""
    ordered = sorted(figures)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0
