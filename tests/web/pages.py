"""A browser's end of a stream, for tests that need no socket."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec


class Page:
    """A browser's end of a stream: blocks as they came; it can stop reading."""

    def __init__(self) -> None:
        self.received = b""
        self.reads = asyncio.Event()
        self.reads.set()
        self._news = asyncio.Event()

    async def write(self, chunk: bytes) -> None:
        await self.reads.wait()
        self.received += chunk
        self._news.set()

    @property
    def blocks(self) -> list[dict[str, str]]:
        blocks = []
        for text in self.received.decode().split("\n\n"):
            lines = [line.partition(":") for line in text.splitlines()]
            blocks.append({name: value.strip() for name, _, value in lines if name})
        return blocks

    @property
    def ids(self) -> list[int]:
        return [int(block["id"]) for block in self.blocks if "id" in block and "event" in block]

    def data(self, type: str) -> list[Any]:
        return [msgspec.json.decode(block["data"]) for block in self.blocks if block.get("event") == type]

    async def until(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(60):
            while not true():
                self._news.clear()
                await self._news.wait()
