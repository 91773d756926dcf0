"""Every process of a benchmark runs on the same event loop, the one that Voltaro takes: uvloop where it exists."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

try:
    import uvloop
except ImportError:
    uvloop = None  # type: ignore[assignment]

NAME = "asyncio" if uvloop is None else "uvloop"


def run(main: Coroutine[Any, Any, None]) -> None:
    """``asyncio.run`` on that loop, until the end of ``main`` or a signal."""
    (asyncio.run if uvloop is None else uvloop.run)(main)
