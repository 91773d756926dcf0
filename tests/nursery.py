"""Where servers of tests come from: a process that has loaded all of Voltaro once, and forks one for each that is asked for.

Loading takes a second of a processor's time, and hundreds of tests want a server of their own. What is forked is a process like any
other: its own memory, signals, files, output and exit code. A keeper between the two waits for it, because who asks is not its parent.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import resource
import signal
import socket
import sys
from asyncio import StreamReader
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import BinaryIO

from voltaro.cli import main, uncollected

LONGEST_ORDER = 1 << 17


@dataclass(eq=False)
class Child:
    """A running process: what ``asyncio.subprocess.Process`` offers, of one that somebody else has started."""

    pid: int
    stdout: StreamReader
    stderr: StreamReader
    returncode: int | None = None
    _kept: list[asyncio.BaseTransport] = field(default_factory=list, repr=False)
    _end: asyncio.Task[int] | None = field(default=None, repr=False)

    async def wait(self) -> int:
        """Its exit code, once it has ended; below zero the signal that ended it."""
        assert self._end is not None
        return await asyncio.shield(self._end)

    def send_signal(self, number: int) -> None:
        if self.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def close(self) -> None:
        """Let go of its output."""
        for transport in self._kept:
            transport.close()

    async def _ended(self, status: StreamReader) -> int:
        self.returncode = int(await status.readline())
        return self.returncode


async def fork(arguments: Sequence[str], environment: Mapping[str, str], files: int | None) -> Child:
    """Run ``voltaro`` with these arguments and this environment. ``files``: how many it may have open, where that is to be said."""
    kept: list[asyncio.BaseTransport] = []
    inner: list[int] = []
    outer: list[StreamReader] = []
    for _ in range(3):
        reading, writing = os.pipe()
        inner.append(writing)
        outer.append(await _reader(os.fdopen(reading, "rb", 0), kept))
    stdout, stderr, status = outer
    order = json.dumps({"arguments": list(arguments), "environment": dict(environment), "files": files}).encode()
    try:
        socket.send_fds(_nursery(), [order], inner)
    finally:
        for number in inner:
            os.close(number)
    child = Child(int(await status.readline()), stdout, stderr, _kept=kept)
    child._end = asyncio.create_task(child._ended(status))
    return child


async def _reader(pipe: BinaryIO, kept: list[asyncio.BaseTransport]) -> StreamReader:
    reader = StreamReader(limit=1 << 20)
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), pipe)
    kept.append(transport)
    return reader


@cache
def _nursery() -> socket.socket:
    """The line to the nursery of this process, which ends when the line does."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    for end in (ours, theirs):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, LONGEST_ORDER)
    theirs.set_inheritable(True)
    os.posix_spawn(
        sys.executable,
        (sys.executable, "-m", "tests.nursery", str(theirs.fileno())),
        {**os.environ, "PYTHONUNBUFFERED": "1"},
        file_actions=[(os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0), (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)],
        setsid=True,
    )
    theirs.close()
    return ours


# --- Within the nursery ----------------------------------------------------------------------------------------------


def serve(line: socket.socket) -> None:
    """Fork until nobody asks any more."""
    with uncollected():
        import voltaro.cli.serve  # noqa: F401 - all there is, for each child to have

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        order, numbers, _, _ = socket.recv_fds(line, LONGEST_ORDER, 3)
        if not order:
            return
        if os.fork() == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            line.close()
            _keep(order, *numbers)
        for number in numbers:
            os.close(number)


def _keep(order: bytes, stdout: int, stderr: int, status: int) -> None:
    """Be the parent of a server: tell its process id, and with what code it ended."""
    pid = os.fork()
    if pid == 0:
        os.close(status)
        _be(json.loads(order), stdout, stderr)
    os.write(status, b"%d\n" % pid)
    for number in (stdout, stderr):
        os.close(number)
    _, ended = os.waitpid(pid, 0)
    with contextlib.suppress(BrokenPipeError):
        os.write(status, b"%d\n" % os.waitstatus_to_exitcode(ended))
    os._exit(0)


def _be(order: dict[str, object], stdout: int, stderr: int) -> None:
    """Be the server."""
    for number, place in ((stdout, 1), (stderr, 2)):
        os.dup2(number, place)
        os.close(number)
    environment, files, arguments = order["environment"], order["files"], order["arguments"]
    assert isinstance(environment, dict)
    assert isinstance(arguments, list)
    os.environ.clear()
    os.environ.update(environment)
    if isinstance(files, int):
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
    main(arguments, prog_name="voltaro")  # ends the process, with what has been registered for its end


if __name__ == "__main__":
    with socket.socket(fileno=int(sys.argv[1])) as line:
        serve(line)
