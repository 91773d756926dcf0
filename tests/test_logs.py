"""The log never holds up who writes it."""

from __future__ import annotations

import contextlib
import os

from voltaro.logs import Pump


def test_a_reader_that_does_not_read_holds_nobody_up_and_what_was_dropped_is_counted() -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading) as reader, os.fdopen(writing, "w") as stream:
        pump = Pump(stream, most=100)
        line = "x" * 1023 + "\n"
        written = 0
        while not pump._dropped:  # a pipe holds 64 KiB, so this ends only where writing does not wait for the reader
            pump.write(line)
            written += 1
        for _ in range(9):
            pump.write(line)
        lines = iter(reader.readline, "")
        heard = []
        for text in lines:
            heard.append(text)
            if "dropped" in text:
                break
        pump.close()
        stream.close()
        heard += lines
    told = [text for text in heard if "dropped" in text]
    assert sum(int(text.split()[0]) for text in told) + heard.count(line) == written + 9


def test_the_last_lines_are_written_before_the_end() -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading) as reader, os.fdopen(writing, "w") as stream:
        pump = Pump(stream)
        for number in range(1000):
            pump.write(f"{number}\n")
        pump.close()
        stream.close()
        assert reader.read() == "".join(f"{number}\n" for number in range(1000))


def test_a_log_that_nobody_reads_any_more_is_no_trouble() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    stream = os.fdopen(writing, "w")
    pump = Pump(stream)
    pump.write("lost\n")
    pump.close()
    assert not pump._thread.is_alive()
    with contextlib.suppress(BrokenPipeError):
        stream.close()
