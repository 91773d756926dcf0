"""Closing many lines at a pace, each after its call in hand: a fleet that is cut off in one moment comes back in one."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable
from typing import NamedTuple

from websockets.frames import CloseCode

from voltaro.gateway.wire import Wire

_EVERY_S = 0.05


class _Farewell(NamedTuple):
    wire: Wire
    code: int
    reason: str
    must: bool


class PacedClosing:
    """Closes wires when their turn comes; the first ones at once."""

    def __init__(self, per_second: int) -> None:
        self._each_time = max(1, round(per_second * _EVERY_S))
        self._left = self._each_time
        self._waiting: deque[_Farewell] = deque()
        self._timer: asyncio.TimerHandle | None = None

    def add(self, wire: Wire, code: int, reason: str, *, must: bool) -> None:
        """Close a wire when its turn has come. ``must``: also after ``spare``, because it cannot go on."""
        if self._timer is None:
            self._left = self._each_time
            self._timer = asyncio.get_running_loop().call_later(_EVERY_S, self._tick)
        self._waiting.append(_Farewell(wire, code, reason, must))
        self._close()

    def spare(self) -> None:
        """Let who waits and can go on stay."""
        self._waiting = deque(farewell for farewell in self._waiting if farewell.must)

    def clear(self) -> None:
        """Forget who waits."""
        self._waiting.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _tick(self) -> None:
        self._timer = None
        if self._waiting:
            self._timer = asyncio.get_running_loop().call_later(_EVERY_S, self._tick)
            self._left = self._each_time
            self._close()

    def _close(self) -> None:
        while self._waiting and self._left:
            farewell = self._waiting.popleft()
            if farewell.wire.is_open():
                self._left -= 1
                farewell.wire.close(farewell.code, farewell.reason)


async def dismiss(wires: Iterable[Wire], per_second: int, in_hand_s: float) -> None:
    """Close open wires (1012) at a pace. Each is served until its turn; then it may finish its call in hand, for ``in_hand_s``."""
    each_time = max(1, round(per_second * _EVERY_S))
    now = asyncio.get_running_loop().time
    busy: list[tuple[Wire, float]] = []

    def close(wire: Wire) -> None:
        wire.close(CloseCode.SERVICE_RESTART, "service restart")

    def close_finished() -> None:
        for wire, since in tuple(busy):
            if wire.rest() or now() - since >= in_hand_s:
                busy.remove((wire, since))
                close(wire)

    for number, wire in enumerate(wires, 1):
        if wire.rest():
            close(wire)
        else:
            busy.append((wire, now()))
        if number % each_time == 0:
            await asyncio.sleep(_EVERY_S)
            close_finished()
    while busy:
        await asyncio.sleep(_EVERY_S)
        close_finished()
