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
import threading
from collections import deque
from collections.abc import Callable, Coroutine, Iterable, Iterator
from datetime import datetime
from enum import StrEnum
from functools import partial
from types import CoroutineType
from typing import Any, ClassVar, TypeVar

import pykka
from pykka._envelope import Envelope
from pykka.messages import _ActorStop

from voltaro import faults
from voltaro.ports import ActorCrashed, ActorUnavailable, After, Clock, Pending

T = TypeVar("T")
Handler = Callable[[Any, Any], Any]
Failed = Callable[["Cell", BaseException], None]

DRAINED_AT_ONCE = 64
"""Messages a cell may handle before its neighbours get their turn."""


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


class CellState(StrEnum):
    """Where an actor is in its life. STOPPED cells are forgotten."""

    STARTING = "starting"
    RUNNING = "running"
    RESTARTING = "restarting"
    QUARANTINED = "quarantined"
    STOPPED = "stopped"


class Cell:
    """The place of an actor: its name, mailbox and history. Incarnations come and go in it.

    It is Pykka's ``ActorInbox`` of whichever incarnation lives in it.
    """

    __slots__ = (
        "busy",
        "crashed_at",
        "failures",
        "kind",
        "last_failure",
        "last_failure_at",
        "last_stack",
        "mailbox",
        "make",
        "name",
        "occupant",
        "parent",
        "quarantines",
        "recovery_ms",
        "restarts",
        "state",
        "system",
    )

    def __init__(self, system: System, name: str, kind: str, parent: str | None, make: Callable[[], LoopActor]) -> None:
        self.system = system
        self.name = name
        self.kind = kind
        self.parent = parent
        self.make = make
        self.mailbox: deque[Envelope[Any]] = deque()
        self.occupant: LoopActor | None = None
        self.state = CellState.STARTING
        self.busy = False
        self.restarts = 0
        self.failures: tuple[float, ...] = ()
        self.quarantines = 0
        self.last_failure: str | None = None
        self.last_failure_at: datetime | None = None
        self.last_stack: str | None = None
        self.crashed_at: float | None = None
        self.recovery_ms: float | None = None

    def __repr__(self) -> str:
        return f"<Cell {self.name} {self.state} mailbox={len(self.mailbox)} restarts={self.restarts}>"

    def put(self, envelope: Envelope[Any], /) -> None:
        """Take a message (Pykka's ``ActorInbox``); from any thread."""
        if threading.get_ident() != self.system.thread:
            self.system.loop.call_soon_threadsafe(self.put, envelope)
            return
        self.mailbox.append(envelope)
        if not self.busy and self.state is CellState.RUNNING:
            self.system.ready(self)

    def get(self) -> Envelope[Any]:
        return self.mailbox.popleft()

    def empty(self) -> bool:
        return not self.mailbox

    def refuse_all(self, error: Exception) -> None:
        """Answer every waiting message with ``error``."""
        while self.mailbox:
            _fail(self.mailbox.popleft(), error)


class System:
    """All cells of a process, by name. Everything happens on one event loop."""

    def __init__(self, clock: Clock, later: Callable[[float, Callable[[], object]], Any] | None = None) -> None:
        self.loop = asyncio.get_running_loop()
        self.thread = threading.get_ident()
        self.clock = clock
        self.later = later or self.loop.call_later
        self.cells: dict[str, Cell] = {}
        self.on_failed: Failed = _nobody_hears
        self.on_running: Callable[[Cell], None] = _nobody_cares
        self.on_quarantined: Callable[[Cell, float], None] = _nobody_is_told
        self._ready: deque[Cell] = deque()
        self._scheduled = False
        self._reminders: dict[float, deque[tuple[float, str, object]]] = {}

    def add(self, name: str, kind: str, parent: str | None, make: Callable[[], LoopActor]) -> Cell:
        """Make a cell; ``start`` lets its first incarnation live. Raises ValueError when the name is taken."""
        if name in self.cells:
            raise ValueError(f"an actor named {name} lives already")
        cell = self.cells[name] = Cell(self, name, kind, parent, make)
        return cell

    def start(self, cell: Cell) -> None:
        """Begin a new incarnation; the cell is RUNNING, and handles its mailbox, once ``on_start`` is through."""
        if cell.occupant is not None:
            return
        if cell.state is not CellState.STARTING:
            cell.state = CellState.RESTARTING
        _starting.append(cell)
        try:
            actor = cell.make()
        except BaseException as error:  # noqa: BLE001 - whatever the constructor raises is that actor's crash
            self._failed(cell, error)
            return
        finally:
            _starting.pop()
        cell.occupant = actor
        pykka.ActorRegistry.register(actor.actor_ref)
        actor._start_actor_loop()

    def ask(self, name: str, message: object) -> Reply:
        """Send a message and get its answer. An idle actor handles it at once, so the reply may be done on return.

        The reply raises ActorUnavailable when there is no such actor or it is quarantined, ActorCrashed when it crashes
        over this message, and whatever of its ``refusals`` it answers with.
        """
        reply = Reply(loop=self.loop)
        cell = self.cells.get(name)
        if cell is None or cell.state is CellState.QUARANTINED:
            reply.fail(ActorUnavailable(f"{name} takes no messages now"))
            return reply
        actor = cell.occupant
        if actor is not None and cell.state is CellState.RUNNING and not cell.busy and not cell.mailbox:
            actor._handle(message, reply)
            if cell.mailbox and not cell.busy:
                self.ready(cell)
        else:
            cell.put(Envelope(message, reply))  # type: ignore[arg-type]
        return reply

    def ask_at_once(self, name: str, message: object) -> Any:
        """Like ``ask``, but the bare answer where an idle actor's handler gives it without waiting; such a handler does not
        defer. What fails always comes as a reply."""
        cell = self.cells.get(name)
        actor = None if cell is None else cell.occupant
        if cell is None or actor is None or cell.busy or cell.mailbox or cell.state is not CellState.RUNNING:
            return self.ask(name, message)
        result = actor._serve(message)
        if cell.mailbox and not cell.busy:
            self.ready(cell)
        return result

    def tell(self, name: str, message: object) -> bool:
        """Send a message without an answer; False when there is no such actor."""
        cell = self.cells.get(name)
        if cell is None:
            return False
        cell.put(Envelope(message))
        return True

    def remind(self, delay_s: float, name: str, message: object) -> None:
        """Tell an actor something in ``delay_s`` seconds, or up to a sixteenth of that sooner.

        Reminders of one delay are due in the order they were asked for, so they share one timer: thousands of chargers ask
        for one every second.
        """
        reminders = self._reminders.get(delay_s)
        if reminders is None:
            reminders = self._reminders[delay_s] = deque()
        if not reminders:
            self.later(delay_s, partial(self._remind, delay_s))
        reminders.append((self.clock.monotonic() + delay_s, name, message))

    def _remind(self, delay_s: float) -> None:
        reminders = self._reminders[delay_s]
        due = self.clock.monotonic() + delay_s / 16
        while reminders and reminders[0][0] <= due:
            _, name, message = reminders.popleft()
            self.tell(name, message)
        if reminders:
            self.later(reminders[0][0] - due + delay_s / 16, partial(self._remind, delay_s))

    def stop(self, name: str) -> Reply:
        """Ask an actor to stop once it has handled what lies in its mailbox; the reply comes when it has."""
        reply = Reply(loop=self.loop)
        cell = self.cells.get(name)
        if cell is None:
            reply.set(None)
        elif cell.occupant is None:
            self.forget(cell)
            reply.set(None)
        else:
            cell.put(Envelope(_ActorStop(), reply))  # type: ignore[arg-type]
        return reply

    def forget(self, cell: Cell) -> None:
        """Remove a cell; who still waits for an answer gets ActorUnavailable."""
        cell.state = CellState.STOPPED
        if self.cells.get(cell.name) is cell:
            del self.cells[cell.name]
        cell.refuse_all(ActorUnavailable(f"{cell.name} has stopped"))

    def quarantine(self, cell: Cell, delay_s: float) -> None:
        """Take no messages for a cell until its next start; who waits gets ActorUnavailable."""
        cell.state = CellState.QUARANTINED
        cell.refuse_all(ActorUnavailable(f"{cell.name} is quarantined for {delay_s:.0f} s after repeated crashes"))
        self.on_quarantined(cell, delay_s)

    def give_up(self, cell: Cell) -> None:
        """End an actor that would not stop, with whatever it is at."""
        if cell.occupant is not None:
            cell.occupant._abandon()
        self.forget(cell)

    def renew(self, cell: Cell) -> None:
        """Replace a living incarnation by a fresh one, without counting it as a failure of its own."""
        if cell.occupant is not None:
            cell.occupant._abandon()
            cell.state = CellState.RESTARTING
            cell.restarts += 1
            self.start(cell)

    def ready(self, cell: Cell) -> None:
        """Let a cell handle its mailbox soon."""
        self._ready.append(cell)
        if not self._scheduled:
            self._scheduled = True
            self.loop.call_soon(self._run)

    def _run(self) -> None:
        self._scheduled = False
        for _ in range(len(self._ready)):
            cell = self._ready.popleft()
            for _ in range(DRAINED_AT_ONCE):
                actor = cell.occupant
                if actor is None or cell.busy or cell.state is not CellState.RUNNING or not cell.mailbox:
                    break
                envelope = cell.mailbox.popleft()
                actor._handle(envelope.message, envelope.reply_to)
            else:
                self.ready(cell)

    def _running(self, cell: Cell) -> None:
        cell.state = CellState.RUNNING
        if cell.crashed_at is not None:
            cell.recovery_ms = (self.clock.monotonic() - cell.crashed_at) * 1000
            cell.crashed_at = None
        self.on_running(cell)
        if cell.mailbox:
            self.ready(cell)

    def _failed(self, cell: Cell, error: BaseException) -> None:
        """An incarnation is dead. The mailbox stays."""
        now = self.clock.monotonic()
        cell.occupant = None
        cell.busy = False
        cell.state = CellState.RESTARTING
        cell.crashed_at = now if cell.crashed_at is None else cell.crashed_at
        cell.last_failure = describe(error)
        cell.last_failure_at = self.clock.now()
        try:
            self.on_failed(cell, error)
        except BaseException as trouble:  # noqa: BLE001 - a log that cannot be written must not stop who waits for an answer
            self.loop.call_exception_handler({"message": f"telling of the crash of {cell.name} failed", "exception": trouble})


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
        if not _starting:
            raise RuntimeError("a loop actor lives in a cell: use System.add and System.start")
        self.cell = _starting[-1]
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
        kind = type(result)
        if kind is CoroutineType:
            self._coroutine = result
            self._advance()
        elif kind is After:
            self._after = result
            result.pending.then(self._settled)
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
        kind = type(result)
        if kind is not CoroutineType and kind is not After:
            cell.busy = False
            return result
        self._reply = reply = Reply(loop=self.system.loop)
        if kind is After:
            self._after = result
            result.pending.then(self._settled)
        else:
            self._coroutine = result
            self._advance()
        return reply

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
            return await self._wait_out(result)
        return await result if type(result) is CoroutineType else result

    async def _wait_out(self, after: After) -> Any:
        """What ``_settled`` does, for a turn that is a coroutine already."""
        try:
            await after.pending
            if after.then is not None:
                after.then()
        except Exception as error:  # noqa: BLE001 - whose failure it is, is decided there
            return await self.rescue(error, after.call)
        return after.answer

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


def describe(error: BaseException) -> str:
    """An exception in a line, also one that cannot be shown."""
    try:
        return f"{type(error).__name__}: {error}"
    except BaseException:  # noqa: BLE001 - its own __str__ is broken
        return type(error).__name__


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


def _fail(envelope: Envelope[Any], error: Exception) -> None:
    reply: Any = envelope.reply_to
    if reply is not None:
        reply.fail(error)


def _nobody_hears(cell: Cell, error: BaseException) -> None:
    raise RuntimeError(f"{cell.name} crashed and no supervisor is there") from error


def _nobody_cares(cell: Cell) -> None:
    return None


def _nobody_is_told(cell: Cell, delay_s: float) -> None:
    return None


_starting: list[Cell] = []
