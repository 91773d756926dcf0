"""The servers under test and the load generators, each in a process of its own, started, asked and ended here."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import secrets
import select
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil

from tests.benchmarks import accounting

START_DEADLINE_S = 60.0
STOP_DEADLINE_S = 30.0
ADDRESS = re.compile(r"\b(http|ocpp)=(\S+)")
VOLTARO = f"{shlex.quote(sys.executable)} -m voltaro serve"


class BenchmarkFailed(Exception):
    """A server or a generator did not do its part; the message holds its last words."""


@dataclass(frozen=True, slots=True)
class Variant:
    """One thing that is measured. ``flags`` and ``environment`` are added to Voltaro's."""

    name: str
    label: str
    module: str | None = None
    echo: bool = False
    flags: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)


_STANDARD_LOOP = {"VOLTARO_BENCH_LOOP": "asyncio"}

ECHO = Variant("echo", "bare websockets.serve echo", module="tests.benchmarks.echo_server", echo=True, environment=_STANDARD_LOOP)
ECHO_UVLOOP = Variant("echo-uvloop", "websockets.serve echo on uvloop", module="tests.benchmarks.echo_server", echo=True)
PLAIN = Variant("plain", "plain ocpp package, stores nothing", module="tests.benchmarks.plain_ocpp_server", environment=_STANDARD_LOOP)
LOGGED = Variant("voltaro", "Voltaro, frame log on", environment={"VOLTARO_FRAME_LOG": "1"})
UNLOGGED = Variant("voltaro-no-log", "Voltaro, frame log off", environment={"VOLTARO_FRAME_LOG": "0"})
UNRECORDED = Variant(
    "voltaro-no-recording",
    "Voltaro, recording and frame log off",
    environment={"VOLTARO_FRAME_LOG": "0", "VOLTARO_BENCH_STORE": "nothing"},
)
SINGLY = Variant(
    "voltaro-singly", "Voltaro, a commit for each fact", environment={"VOLTARO_FRAME_LOG": "0", "VOLTARO_BENCH_STORE": "singly"}
)


def last_words(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-20:])


class Server:
    """A server under test that is ready. ``postmaster`` is its embedded PostgreSQL's first process, when it has one."""

    def __init__(self, variant: Variant, process: subprocess.Popen[str], log: Path, data_dir: Path, token: str) -> None:
        self.variant = variant
        self.token = token
        self.data_dir = data_dir
        self._process = process
        self._log = log
        addresses = dict(ADDRESS.findall(self._ready_line()))
        self.ocpp: str = addresses["ocpp"]
        self.http: str | None = addresses.get("http")
        self.pid = process.pid
        self.postmaster = accounting.postmaster_of(data_dir, process.pid) if variant.module is None else None

    def _ready_line(self) -> str:
        assert self._process.stdout is not None
        deadline = time.monotonic() + START_DEADLINE_S
        while time.monotonic() < deadline and self._process.poll() is None:
            if select.select([self._process.stdout], [], [], 0.2)[0]:
                line = self._process.stdout.readline()
                if "ocpp=" in line:
                    return line
        raise BenchmarkFailed(f"{self.variant.label} was not ready within {START_DEADLINE_S:.0f} s:\n{last_words(self._log)}")

    def add_tags(self, tags: Sequence[str]) -> None:
        """Make the tags known through the API."""
        assert self.http is not None
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "text/csv"}
        rows = "\n".join(["id_tag,status", *(f"{tag},accepted" for tag in tags)])
        with contextlib.closing(http.client.HTTPConnection(urlsplit(self.http).netloc, timeout=START_DEADLINE_S)) as api:
            api.request("POST", "/api/v1/tags/import", rows, headers)
            answer = api.getresponse()
            said = answer.read()
        if answer.status != 200:
            raise BenchmarkFailed(f"{self.variant.label} would not take the chargers' tags: {answer.status} {said[:300]!r}")

    def must_live(self) -> None:
        if self._process.poll() is not None:
            raise BenchmarkFailed(f"{self.variant.label} has ended with {self._process.returncode}; its log:\n{self.last_words()}")

    def last_words(self) -> str:
        return last_words(self._log)


def _end(process: subprocess.Popen[str]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_DEADLINE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _end_postgres(postmaster: int | None) -> None:
    """A cluster that outlived its server is told to shut down at once."""
    if postmaster is None:
        return
    with contextlib.suppress(psutil.Error):
        process = psutil.Process(postmaster)
        if process.name().startswith("postgres"):
            process.send_signal(signal.SIGINT)
            process.wait(STOP_DEADLINE_S)


@contextlib.contextmanager
def running(variant: Variant, voltaro: str = VOLTARO, environment: Mapping[str, str] | None = None) -> Iterator[Server]:
    """Start a variant with a data folder of its own, wait until it is ready, end it and its PostgreSQL afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="voltaro-bench-"))
    # As root the embedded cluster runs as a user of its own, who must be able to come in.
    folder.chmod(0o755)
    data_dir, log = folder / "data", folder / "log"
    token = secrets.token_urlsafe(32)
    env = {name: value for name, value in os.environ.items() if not name.startswith("VOLTARO_")}
    if variant.module is not None:
        command: Sequence[str] = [sys.executable, "-m", variant.module]
    else:
        ports = ["--host", "127.0.0.1", "--http-port", "0", "--ocpp-port", "0"]
        command = [*shlex.split(voltaro), "--data-dir", str(data_dir), *ports, "--unknown-chargers", "accept", *variant.flags]
        env["VOLTARO_ADMIN_TOKEN"] = token
    env |= dict(variant.environment) | dict(environment or {})
    server: Server | None = None
    with (
        log.open("w") as errors,
        subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, text=True) as process,
    ):
        try:
            server = Server(variant, process, log, data_dir, token)
            yield server
        finally:
            _end(process)
            _end_postgres(server.postmaster if server is not None else None)
            shutil.rmtree(folder, ignore_errors=True)


class Generator:
    """A load generator's process. ``do`` gives one order and waits for its answer."""

    def __init__(self, process: subprocess.Popen[str], server: Server) -> None:
        self._process = process
        self.server = server

    def do(self, order: str, **arguments: Any) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        line = ""
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(json.dumps({"do": order, **arguments}) + "\n")
            self._process.stdin.flush()
            while not select.select([self._process.stdout], [], [], 0.5)[0]:
                self.server.must_live()
            line = self._process.stdout.readline()
        if not line:
            raise BenchmarkFailed(
                f"The generator for {self.server.variant.label} ended at {order!r}; the server's log:\n{self.server.last_words()}"
            )
        answer: dict[str, Any] = json.loads(line)
        return answer

    def connect(self, chargers: int, at_once: int = 50, deadline_s: float = 120.0, **arguments: Any) -> dict[str, Any]:
        """All of them or BenchmarkFailed."""
        answer = self.do("connect", chargers=chargers, at_once=at_once, deadline_s=deadline_s, **arguments)
        if answer["connected"] < chargers:
            raise BenchmarkFailed(
                f"{self.server.variant.label}: {answer['connected']} of {chargers} chargers booted within {deadline_s:.0f} s, "
                f"turned away: {answer['turned_away']}; the server's log:\n{self.server.last_words()}"
            )
        return answer

    def measure(self, order: str, **arguments: Any) -> dict[str, Any]:
        """A window of load. Raises BenchmarkFailed when an answer was wrong or a line was lost: such figures mean nothing."""
        window = self.do(order, pid=self.server.pid, postmaster=self.server.postmaster, **arguments)
        if window["errors"] or window["lost"] or not window["messages"]:
            raise BenchmarkFailed(
                f"{self.server.variant.label}: {window['messages']} answers, {window['errors']} wrong, {window['lost']} lines lost: "
                f"{window['complaints']}; the server's log:\n{self.server.last_words()}"
            )
        return window


@contextlib.contextmanager
def generating(server: Server, prefix: str = "BENCH") -> Iterator[Generator]:
    """A load generator against ``server``, ended afterwards."""
    echo = ["--echo"] if server.variant.echo else []
    command = [sys.executable, "-m", "tests.benchmarks.load", "--url", server.ocpp, "--prefix", prefix, *echo]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Generator(process, server)
        finally:
            _end(process)
