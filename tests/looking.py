"""What a test sees of a server: once it is as it should be, or why it refuses something."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from urllib.error import HTTPError

T = TypeVar("T")


async def until(look: Callable[[], Awaitable[T]], holds: Callable[[T], object], within_s: float = 30.0) -> T:
    """What ``look`` sees once it is as it should be."""
    seen: T | None = None
    try:
        async with asyncio.timeout(within_s):
            while True:
                seen = await look()
                if holds(seen):
                    return seen
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise AssertionError(f"it has not come about; last seen: {seen!r}") from None


async def refusal(asked: Awaitable[Any]) -> tuple[int, Any]:
    """The status and the problem with which the API refuses something."""
    try:
        told = await asked
    except HTTPError as refused:
        with refused:
            return refused.code, json.loads(refused.read())
    raise AssertionError(f"not refused: {told}")
