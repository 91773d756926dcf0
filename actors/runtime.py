"""Pykka actors drained by the event loop, addressed by name, whose mailbox outlives a crash.

A ``pykka.ThreadingActor`` costs a thread. A ``LoopActor`` is a ``pykka.Actor`` whose messages are handled on the event
loop, one at a time: an ``async`` handler holds back the actor's next message, not its neighbours.

What Pykka 4.5 does by itself, and what is done here instead:

Rule 1: any unexpected exception crashes the actor, also while it serves an ``ask``; the asker gets ActorCrashed.
    Exceptions named in ``refusals`` are answers: they go to the asker and the actor lives on.
Rule 2: an ``on_start`` that raises is a crash like any other: the supervisor hears of it.
Rule 3: a BaseException stops the one actor that raised it, never the others.
Rule 4: the mailbox is the cell's, not the incarnation's: what was told behind a crash is handled after the restart.
Rule 5: nothing here blocks the loop: a blocking ``ask`` or ``stop`` of a loop actor raises BlockingCall.
Rule 6: an address is a name (``charger/CP1``); no ref of an incarnation is kept.
Rule 7: what an actor is at can be seen (``at_work``), so that ``actors/watch.py`` finds one that hangs.

A handler that only waits before it gives an answer returns an ``After``. A handler may await futures: an ``ask``, a
``spawn``. It is stepped by the actor and is not an ``asyncio.Task``, so what needs a task (``asyncio.timeout``,
database drivers, HTTP clients) goes through ``spawn``.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Iterable, Iterator
from functools import partial
from types import CoroutineType
from typing import Any, ClassVar, TypeVar

import pykka
from pykka.messages import _ActorStop

from actors.reply import LoopFuture, Reply, describe
from actors.system import CellState, starting
from voltaro import faults
from voltaro.ports import ActorCrashed, ActorUnavailable, After, Pending

T = TypeVar("T")
Handler = Callable[[Any, Any], Any]

_WAITING = (CoroutineType, After)
"""What a handler returns whose turn goes on later."""


class Contained(Exception):
    """What a spawned task raised would have ended the whole process."""


class Nudge:
    """A message that asks nothing: its receiver passes its ``receive`` point."""


class LoopActor(pykka.Actor):
    """An actor on the event loop. Mark its handlers with ``@hears``; name its expected exceptions in ``refusals``."""

    refusals: ClassVar[tuple[type[Exception], ...]] = ()
    """Exceptions that are an answer to the asker and no crash; a handler raises them before it changes anything."""

    _routes: ClassVar[dict[type, Handler]] = {Nudge: lambda actor, message: actor.on_nudge(message)}

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        routes = dict(cls._routes)
        for attribute in vars(cls).values():
            for message in getattr(attribute, "_hears", ()):
                routes[message] = attribute
        cls._routes = routes

    def __init__(self) -> None:
        super().__init__()
        if not starting:
            raise RuntimeError("a loop actor lives in a cell: use System.add and System.start")
        self.cell = starting[-1]
        self.system = self.cell.system
        self.name = self.cell.name
        self.actor_inbox = self.actor_ref.actor_inbox = self.cell
        self._coroutine: Coroutine[Any, Any, Any] | None = None
        self._after: After | None = None
        self._reply: Any = None
        self._deferred: set[Reply] = set()
        self._spawned: set[asyncio.Task[Any]] = set()
        self._ends = False

    async def on_start(self) -> None:  # type: ignore[override]
        """Rebuild what a crash lost. The actor handles messages once this is through; raising is a crash."""

    async def on_stop(self) -> None:  # type: ignore[override]
        """Finish in peace. Not called after a crash."""

    def defer(self, *, outlives: bool = False) -> Reply:
        """Answer the message in hand later: the handler returns at once, whoever holds the reply sets it.

        When the actor crashes first, the asker gets ActorCrashed; unless the reply ``outlives`` the incarnation, because it
        lies in something that the next one takes over.
        """
        taken, self._reply = self._reply, None
        reply = taken.reply if isinstance(taken, LoopFuture) else taken or Reply(loop=self.system.loop)
        if not outlives:
            self._deferred.add(reply)
            reply.add_done_callback(self._deferred.discard)
        return reply

    def spawn(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Run what needs a task beside the actor. It is cancelled when the actor ends; awaiting it gives its result."""
        task = self.system.loop.create_task(_contained(work))
        self._spawned.add(task)
        task.add_done_callback(partial(self._spawn_done, work))
        return task

    def _spawn_done(self, work: Coroutine[Any, Any, Any], task: asyncio.Task[Any]) -> None:
        self._spawned.discard(task)
        work.close()  # cancelled before it began, it would complain that nobody awaited it

    def crash(self, error: BaseException) -> None:
        """End this incarnation over ``error``; the supervisor hears. For failures outside a handler."""
        if self.cell.occupant is self:
            self._end(error)

    def rescue(self, error: BaseException, message: Any) -> Coroutine[Any, Any, Any]:
        """Go on with the turn of a message whose After has failed; raising ``error`` again is a failure of the turn."""
        raise error

    @property
    def is_at_work(self) -> bool:
        """Whether it does something beside its messages."""
        return bool(self._spawned)

    def at_work(self) -> Iterator[tuple[object, bool]]:
        """What it is at now, each the same object for as long as it takes, and whether that is its own work rather than a
        message. An actor that is stopping is let finish."""
        if self._ends:
            return
        if self._after is not None:
            yield self._after, False
        if self._coroutine is not None:
            yield self._coroutine, self.cell.state is not CellState.RUNNING
        for work in self._own_work():
            yield work, True

    def _own_work(self) -> Iterable[object]:
        return self._spawned

    def on_nudge(self, _: Nudge) -> None:
        """Hear a Nudge: nothing to do."""

    # --- how messages are handled ---

    def _handle(self, message: Any, reply: Any) -> None:
        self.cell.busy = True
        self._reply = reply
        try:
            if faults.armed and (stall := faults.reach("receive", self.name, message)):
                result: Any = self._handle_later(stall, message)
            else:
                handler = self._routes.get(type(message))
                result = self._handle_receive(message) if handler is None else handler(self, message)
        except BaseException as error:  # noqa: BLE001 - Rules 1 and 3
            self._raised(error)
            return
        if type(result) in _WAITING:
            self._wait_for(result)
        else:
            self._finish(result)

    def _serve(self, message: Any) -> Any:
        """``_handle`` without a reply unless one is needed."""
        cell = self.cell
        cell.busy = True
        try:
            if faults.armed and (stall := faults.reach("receive", self.name, message)):
                result: Any = self._handle_later(stall, message)
            else:
                result = self._routes[type(message)](self, message)
        except BaseException as error:  # noqa: BLE001 - Rules 1 and 3
            self._reply = reply = Reply(loop=self.system.loop)
            self._raised(error)
            return reply
        if type(result) not in _WAITING:
            cell.busy = False
            return result
        self._reply = reply = Reply(loop=self.system.loop)
        self._wait_for(result)
        return reply

    def _wait_for(self, result: Any) -> None:
        """The turn goes on when what its handler waits for is there."""
        if type(result) is After:
            self._after = result
            result.pending.then(self._settled)
        else:
            self._coroutine = result
            self._advance()

    def _settled(self, pending: Pending[Any]) -> None:
        after, self._after = self._after, None
        if after is None:  # crashed or stopped while it waited
            return
        try:
            try:
                pending.result()
                if after.then is not None:
                    after.then()
            except BaseException as error:  # noqa: BLE001 - Rules 1 and 3
                self._coroutine = self.rescue(error, after.call)
        except BaseException as error:  # noqa: BLE001 - Rules 1 and 3
            self._raised(error)
            return
        if self._coroutine is None:
            self._finish(after.answer)
        else:
            self._advance()

    async def _handle_later(self, stall: asyncio.Future[None], message: Any) -> Any:
        """A fault keeps this message waiting."""
        await stall
        handler = self._routes.get(type(message))
        result = self._handle_receive(message) if handler is None else handler(self, message)
        if type(result) is After:
            try:
                return await result
            except Exception as error:  # noqa: BLE001 - whose failure it is, is decided there
                return await self.rescue(error, result.call)
        return await result if type(result) is CoroutineType else result

    def _advance(self, _: object = None) -> None:
        coroutine = self._coroutine
        if coroutine is None:  # crashed or stopped while it waited
            return
        try:
            awaited = coroutine.send(None)
        except StopIteration as done:
            self._coroutine = None
            self._finish(done.value)
        except BaseException as error:  # noqa: BLE001 - Rules 1 and 3
            self._coroutine = None
            self._raised(error)
        else:
            if awaited is None:
                self.system.loop.call_soon(self._advance)
            else:
                awaited._asyncio_future_blocking = False
                if type(awaited) is Reply:
                    awaited.then(self._advance)
                else:
                    awaited.add_done_callback(self._advance)

    def _finish(self, result: Any) -> None:
        cell = self.cell
        cell.busy = False
        reply, self._reply = self._reply, None
        if cell.state is CellState.STARTING or cell.state is CellState.RESTARTING:
            self.system._running(cell)
        elif cell.mailbox and cell.state is CellState.RUNNING:
            self.system.ready(cell)
        if reply is not None:  # last: its listener may have a message for this very actor
            reply.set(result)

    def _raised(self, error: BaseException) -> None:
        if isinstance(error, self.refusals) and self.cell.state is CellState.RUNNING:
            self.cell.busy = False
            reply, self._reply = self._reply, None
            if self.cell.mailbox:
                self.system.ready(self.cell)
            if reply is not None:
                reply.fail(error)
            return
        self._end(error)

    def _end(self, error: BaseException) -> None:
        reply = self._depart()
        self.system._failed(self.cell, error)
        self._let_down(reply, error)

    def _abandon(self) -> None:
        reply = self._depart()
        self.cell.occupant = None
        self.cell.busy = False
        self._let_down(reply, ActorUnavailable("it was replaced after a neighbour it depends on had crashed"))

    def _depart(self) -> Any:
        self._after = None
        coroutine, self._coroutine = self._coroutine, None
        if coroutine is not None:
            try:
                coroutine.close()
            except BaseException as error:  # noqa: BLE001 - it crashes on its way out too, or runs now, or does not want to go
                self.system.loop.call_exception_handler({"message": f"the handler of {self.name} did not end well", "exception": error})
        reply, self._reply = self._reply, None
        self._leave()
        return reply

    def _let_down(self, reply: Any, error: BaseException) -> None:
        crashed = ActorCrashed(f"{self.name} crashed over this message: {describe(error)}")
        crashed.__cause__ = error
        if reply is not None:
            reply.fail(crashed)
        for deferred in tuple(self._deferred):
            deferred.fail(crashed)

    def _leave(self) -> None:
        pykka.ActorRegistry.unregister(self.actor_ref)
        self.actor_stopped.set()
        for task in tuple(self._spawned):
            task.cancel()

    # --- what Pykka asks of an actor type ---

    @staticmethod
    def _create_actor_inbox() -> Any:
        return deque()  # replaced by the cell at once

    @staticmethod
    def _create_future() -> LoopFuture:
        return LoopFuture()

    def _start_actor_loop(self) -> None:
        self.cell.busy = True
        self._coroutine = _started(self)
        self._advance()

    def _stop(self) -> None:
        self._coroutine = None
        self._leave()
        self.cell.occupant = None
        self.cell.busy = False
        self.system.forget(self.cell)

    def _handle_receive(self, message: Any) -> Any:
        if isinstance(message, _ActorStop):
            return _stopped(self)
        return super()._handle_receive(message)

    def on_receive(self, message: Any) -> Any:
        """Called for a message no handler hears: the sender's mistake, and ours, so it is a crash."""
        raise TypeError(f"{self.name} does not hear {type(message).__name__}")


def hears(*messages: type) -> Callable[[Handler], Handler]:
    """Mark a method as the handler of these message types."""

    def mark(handler: Handler) -> Handler:
        handler._hears = messages  # type: ignore[attr-defined]
        return handler

    return mark


async def _contained(work: Coroutine[Any, Any, T]) -> T:
    """Rule 3 for what is spawned: asyncio lets these two out of a task, and they would end the loop."""
    try:
        return await work
    except (SystemExit, KeyboardInterrupt) as error:
        raise Contained(describe(error)) from error


async def _started(actor: LoopActor) -> None:
    if faults.armed:
        await faults.meet("start", actor.name)
    await actor.on_start()


async def _stopped(actor: LoopActor) -> None:
    actor._ends = True
    await actor.on_stop()
    reply, actor._reply = actor._reply, None
    actor._stop()
    if reply is not None:
        reply.set(None)
