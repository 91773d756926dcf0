"""Who waits for a command to settle. It outlives the incarnations of the actors that settle them."""

from __future__ import annotations

import asyncio

from voltaro.domain.command import Command


class Settlements:
    """Futures of commands that somebody waits for, by command id."""

    def __init__(self) -> None:
        self._waiting: dict[str, list[asyncio.Future[Command]]] = {}
        self._settled: dict[str, Command] = {}

    async def wait(self, command: Command, timeout_s: float) -> Command:
        """The command once it has settled, or as it was given after ``timeout_s`` seconds."""
        settled = self._settled.get(command.id)
        if settled is not None or command.state.settled:
            return settled or command
        future: asyncio.Future[Command] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(command.id, []).append(future)
        try:
            async with asyncio.timeout(timeout_s):
                return await future
        except TimeoutError:
            return command
        finally:
            waiting = self._waiting.get(command.id, [])
            if future in waiting:
                waiting.remove(future)
            if not waiting:
                self._waiting.pop(command.id, None)

    def settle(self, command: Command) -> None:
        """Tell who waits. The last few are remembered: a charger may answer before anyone has begun to wait."""
        for future in self._waiting.pop(command.id, []):
            if not future.done():
                future.set_result(command)
        self._settled[command.id] = command
        if len(self._settled) > 256:
            del self._settled[next(iter(self._settled))]
