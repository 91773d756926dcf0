"""The answers that loop actors owe: asyncio futures in Pykka's words."""

from __future__ import annotations

from typing import Any

import pykka

from voltaro.ports import ActorUnavailable, Pending


class BlockingCall(RuntimeError):
    """A call that would block the event loop. Use ``System.ask`` and await it."""


class Reply(Pending[Any]):
    """The answer to an ``ask``: an asyncio future in Pykka's words. Whoever sets it lets its listener run at once."""

    def set(self, value: object = None) -> None:
        if not self.done():
            self.set_result(value)
            if self._listener is not None:
                self.tell()

    def fail(self, error: BaseException) -> None:
        if not self.done():
            self.set_exception(error)
            self.exception()  # an asker that has gone away is no news
            self.tell()


class LoopFuture(pykka.Future[Any]):
    """What ``ActorRef.ask`` of a loop actor gives: await it; ``get`` on the loop raises instead of blocking."""

    def __init__(self) -> None:
        super().__init__()
        self.reply = Reply()

    def get(self, *, timeout: float | None = None) -> Any:
        """The value when it is there already. Raises BlockingCall otherwise, whatever the timeout."""
        if self._get_hook is not None:
            return super().get(timeout=timeout)
        if not self.reply.done():
            raise BlockingCall("waiting for a loop actor would block the loop it runs on: await System.ask instead")
        return self.reply.result()

    def set(self, value: Any = None) -> None:
        self.reply.set(value)

    def fail(self, error: BaseException) -> None:
        self.reply.fail(error)

    def set_exception(self, exc_info: Any = None) -> None:
        self.reply.fail(exc_info[1] if exc_info else ActorUnavailable("the actor has stopped"))

    def __await__(self) -> Any:
        return self.reply.__await__()


def describe(error: BaseException) -> str:
    """An exception in a line, also one that cannot be shown."""
    try:
        return f"{type(error).__name__}: {error}"
    except BaseException:  # noqa: BLE001 - its own __str__ is broken
        return type(error).__name__
