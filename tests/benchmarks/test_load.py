"""The load generator sends what it says and counts what is answered; a figure from a broken run is refused."""

from __future__ import annotations

import io
import json
import os
import signal

import pytest
from rich.console import Console
from websockets.frames import Frame, Opcode

from tests.benchmarks import accounting
from tests.benchmarks.client import ACCEPTED, Client, text_frame
from tests.benchmarks.results import Results, Target, paired_ratio, show
from tests.benchmarks.servers import ECHO, PLAIN, BenchmarkFailed, Variant, generating, running


class Listener(Client):
    """A client that keeps what it hears, its line being a list of what it wrote."""

    def __init__(self) -> None:
        super().__init__("/CP1", "localhost")
        self.heard: list[bytes] = []
        self.wrote: list[bytes] = []
        self.ended = False
        self.connection_made(self)  # type: ignore[arg-type]
        self.data_received(ACCEPTED + b"Switching Protocols\r\n\r\n")

    def write(self, data: bytes) -> None:
        self.wrote.append(data)

    def close(self) -> None:
        self.ended = True

    def text_received(self, payload: bytes) -> None:
        self.heard.append(payload)

    def closed(self) -> None:
        self.ended = True


def from_server(opcode: Opcode, payload: bytes) -> bytes:
    return Frame(opcode, payload).serialize(mask=False)


@pytest.mark.parametrize("length", [0, 1, 125, 126, 65_535, 65_536])
async def test_frames_of_every_length_are_heard_whole_however_they_are_cut(length: int) -> None:
    payload = b"x" * length
    stream = from_server(Opcode.TEXT, payload) + from_server(Opcode.TEXT, b"next")
    for cut in (1, 2, 3, 5, 11, len(stream) - 1, len(stream)):
        listener = Listener()
        listener.data_received(stream[:cut])
        if stream[cut:]:
            listener.data_received(stream[cut:])
        assert listener.heard == [payload, b"next"]


async def test_a_ping_is_answered_and_a_close_ends_the_line() -> None:
    listener = Listener()
    listener.data_received(from_server(Opcode.PING, b"are you there") + from_server(Opcode.CLOSE, b"\x03\xe8"))
    assert listener.wrote[1][:2] == bytes((0x8A, 0x80 | 13))
    assert listener.wrote[1].endswith(b"are you there")
    assert listener.ended


def test_a_frame_of_ours_says_its_length() -> None:
    assert text_frame(b"[]") == b"\x81\x82\0\0\0\0[]"
    assert text_frame(b"x" * 300)[:4] == b"\x81\xfe\x01\x2c"


def test_an_echo_answers_every_message() -> None:
    with running(ECHO) as server, generating(server) as generator:
        generator.connect(10)
        generator.do("begin")
        window = generator.measure("mix", warm_s=0.05, seconds=0.3)
        assert window["messages"] > 0
        assert window["cpu_us"] > 0
        assert generator.do("close")["closed"] == 10


def test_a_server_that_validates_finds_every_message_valid() -> None:
    with running(PLAIN) as server, generating(server) as generator:
        generator.connect(10)
        generator.do("begin")
        assert generator.measure("mix", warm_s=0.05, seconds=0.3)["messages"] > 0
        assert generator.measure("transact", chargers=5, warm_s=0.05, seconds=0.3)["answer"]["p99_ms"] > 0


def test_chargers_that_are_not_accepted_fail_the_run() -> None:
    an_echo_taken_for_a_central_system = Variant("echo", "echo", module=ECHO.module)
    with (
        running(an_echo_taken_for_a_central_system) as server,
        generating(server) as generator,
        pytest.raises(BenchmarkFailed, match="0 of 2 chargers booted"),
    ):
        generator.connect(2, deadline_s=1.0)


def test_a_server_that_does_not_start_is_quoted() -> None:
    with pytest.raises(BenchmarkFailed, match="No module named"), running(Variant("none", "nothing", module="tests.benchmarks.nothing")):
        pytest.fail("it cannot be running")


def test_a_server_that_dies_ends_the_run() -> None:
    with running(ECHO) as server, generating(server) as generator:
        os.kill(server.pid, signal.SIGKILL)
        with pytest.raises(BenchmarkFailed, match="has ended with -9"):
            generator.connect(2, deadline_s=60.0)


def test_cpu_of_a_server_grows_with_what_it_does() -> None:
    with running(ECHO) as server, generating(server) as generator:
        before = accounting.cpu(server.pid)
        generator.connect(50)
        generator.measure("mix", warm_s=0.0, seconds=0.3)
        assert accounting.cpu(server.pid).since(before).server > 0
        assert accounting.memory(server.pid).rss > 0


def test_a_ratio_pairs_the_figures_of_a_round() -> None:
    assert paired_ratio([20.0, 60.0, 24.0], [10.0, 30.0, 10.0]) == 2.0


def test_a_target_is_met_missed_or_not_measured() -> None:
    assert Target("cost", 1.6, 1.7, "times").met is True
    assert Target("cost", 1.8, 1.7, "times").met is False
    assert Target("rate", 9.0, 10.0, "times", at_least=True).met is False
    assert Target("cost", None, 1.7, "times").met is None


def test_the_table_and_the_json_hold_every_target() -> None:
    results = Results({}, {}, targets=[Target("CPU", 1.6, 1.7, "times"), Target("storm", None, 30.0, "s")])
    console = Console(record=True, width=120, file=io.StringIO())
    show(results, console)
    text = console.export_text()
    assert "met" in text
    assert "not measured" in text
    assert [target["met"] for target in json.loads(json.dumps(results.as_json()))["targets"]] == [True, None]
