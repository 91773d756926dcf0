"""Questions to the store that are made one: who gives up does not take the others' answer away."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

import pytest

from actors.gathering import Gathering


async def test_who_gives_up_takes_nobody_elses_answer_away() -> None:
    gate = asyncio.Event()

    async def fetch(keys: Sequence[str]) -> Mapping[str, int]:
        await gate.wait()
        return {key: len(key) for key in keys}

    async def ask(key: str) -> int | None:
        return await gathering.ask(key)

    gathering: Gathering[str, int] = Gathering(fetch)
    first, hasty, patient, other = [asyncio.create_task(ask(key)) for key in ("a", "bb", "bb", "ccc")]
    await asyncio.sleep(0)
    hasty.cancel()
    with pytest.raises(asyncio.CancelledError):
        await hasty
    gate.set()
    async with asyncio.timeout(30):
        assert [await first, await patient, await other] == [1, 2, 3]
