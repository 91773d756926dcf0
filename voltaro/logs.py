"""How log lines look: one line an event on standard error, a stable key first.

Rule: whoever reads the log never holds up the server. Lines are written by a thread of their own; when a reader is so slow that
more than ``MOST_LINES`` wait, further ones are dropped and counted.
"""

from __future__ import annotations

import atexit
import logging
import sys
import threading
from collections import deque
from typing import TextIO, cast

import structlog

from voltaro.config import LogFormat

MOST_LINES = 20_000
PATIENCE_S = 2.0
"""How long the end of the process waits for a reader of its last lines."""


RECENT = 300
"""How many of the newest lines are remembered, to be shown to who looks after the server."""
_SHOWN = frozenset(
    {"event", "level", "timestamp", "charger", "charger_id", "actor", "kind", "at", "code", "count", "fact", "away_s", "silent_s", "ms"}
    | {"status", "route", "method", "request_id", "task", "line", "protocol", "result", "problem", "pid", "took_ms", "made", "joined"}
)
"""What may be shown of a remembered line: names and figures. A reason or a stack may quote what a charger said, a tag too."""
_recent: deque[dict[str, object]] = deque(maxlen=RECENT)


def recent() -> list[dict[str, object]]:
    """The newest lines, newest first, without what may hold a tag or a secret; of an exception only its kind."""
    return list(reversed(_recent))


class Pump:
    """A text stream that never blocks: ``write`` only notes the text, a thread writes it to ``stream``."""

    def __init__(self, stream: TextIO, most: int = MOST_LINES) -> None:
        self._stream = stream
        self._most = most
        self._texts: deque[str] = deque()
        self._dropped = 0
        self._due = threading.Event()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="log", daemon=True)
        self._thread.start()

    def write(self, text: str) -> int:
        """Note a text; from any thread."""
        if len(self._texts) >= self._most:
            self._dropped += 1
        else:
            self._texts.append(text)
            self._due.set()
        return len(text)

    def flush(self) -> None:
        """Nothing to do: the thread flushes what it writes."""

    def close(self, patience_s: float = PATIENCE_S) -> None:
        """Have everything written, unless its reader takes longer than ``patience_s``."""
        self._closing = True
        self._due.set()
        self._thread.join(patience_s)

    def _run(self) -> None:
        while not self._closing or self._texts:
            self._due.wait()
            self._due.clear()
            texts = [self._texts.popleft() for _ in range(len(self._texts))]
            dropped, self._dropped = self._dropped, 0
            if dropped:
                texts.append(f"{dropped} log lines were dropped here: they were read too slowly\n")
            try:
                self._stream.write("".join(texts))
                self._stream.flush()
            except (OSError, ValueError):  # nobody reads the log any more
                self._texts.clear()


def configure(format: LogFormat, level: str) -> None:
    """Set structlog and the standard library's logging to the same lines. Libraries are heard from ``warning`` on."""
    least = logging.getLevelNamesMapping()[level.upper()]
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _remember,
        structlog.processors.format_exc_info,
    ]
    pump = Pump(sys.stderr)
    atexit.register(pump.close)
    last: structlog.typing.Processor
    if format is LogFormat.JSON:
        last = structlog.processors.JSONRenderer()
    else:
        last = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), pad_event_to=28)
    structlog.configure(
        processors=[*shared, last],
        wrapper_class=structlog.make_filtering_bound_logger(least),
        logger_factory=structlog.WriteLoggerFactory(cast(TextIO, pump)),
        cache_logger_on_first_use=True,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared, processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last]
    )
    handler = logging.StreamHandler(pump)
    handler.setFormatter(formatter)
    logging.basicConfig(handlers=[handler], level=max(least, logging.WARNING), force=True)


def _remember(_: object, __: str, line: structlog.typing.EventDict) -> structlog.typing.EventDict:
    shown: dict[str, object] = {key: str(value)[:200] for key, value in line.items() if key in _SHOWN}
    raised = line.get("exc_info")
    error = raised[1] if isinstance(raised, tuple) else raised if isinstance(raised, BaseException) else sys.exception()
    if raised and error is not None:
        shown["error"] = type(error).__name__
    _recent.append(shown)
    return line
