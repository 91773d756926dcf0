"""The event loop of a benchmark's process: the one that Voltaro takes, uvloop where it exists; with ``VOLTARO_BENCH_LOOP=asyncio``
the standard library's, on which the bare echo and the plain package run, as their documentation has them run."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Coroutine
from typing import Any

try:
    import uvloop
except ImportError:
    uvloop = None  # type: ignore[assignment]

NAME = "asyncio" if uvloop is None else "uvloop"


def run(main: Coroutine[Any, Any, None]) -> None:
    """``asyncio.run`` on that loop, until the end of ``main`` or a signal."""
    standard = uvloop is None or os.environ.get("VOLTARO_BENCH_LOOP") == "asyncio"
    (asyncio.run if standard else uvloop.run)(main)
