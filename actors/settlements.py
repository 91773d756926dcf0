"""Who waits for a command to settle. It outlives the incarnations of the actors that settle them."""

from __future__ import annotations

import asyncio

from voltaro.domain.command import Command

MOST_REMEMBERED = 256


class Settlements:
    """Futures of commands that somebody waits for, by command id."""

    def __init__(self) -> None:
        self._waiting: dict[str, list[asyncio.Future[Command]]] = {}
        self._settled: dict[str, Command] = {}

    async def wait(self, command: Command, timeout_s: float, *, effective: bool = False) -> Command:
        """The command once it has settled, or once its effect is there too; or as it stands after ``timeout_s`` seconds."""
        newest = self._settled.get(command.id, command)
        try:
            async with asyncio.timeout(timeout_s):
                while not (newest.is_over if effective else newest.state.settled):
                    newest = await self._next(newest.id)
        except TimeoutError:
            pass
        return newest

    def settle(self, command: Command) -> None:
        """Tell who waits. The last few are remembered: a charger may answer before anyone has begun to wait."""
        for future in self._waiting.pop(command.id, []):
            if not future.done():
                future.set_result(command)
        self._settled.pop(command.id, None)
        self._settled[command.id] = command
        if len(self._settled) > MOST_REMEMBERED:
            del self._settled[next(iter(self._settled))]

    async def _next(self, command_id: str) -> Command:
        """The next word on a command."""
        future: asyncio.Future[Command] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(command_id, []).append(future)
        try:
            return await future
        finally:
            waiting = self._waiting.get(command_id, [])
            if future in waiting:
                waiting.remove(future)
            if not waiting:
                self._waiting.pop(command_id, None)
