"""The places of actors, by name: a cell keeps mailbox and history while incarnations come and go in it."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Iterator
from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import Any, Protocol

import pykka
from pykka._envelope import Envelope
from pykka.messages import _ActorStop

from actors.reply import Reply, describe
from voltaro.ports import ActorCrashed, ActorUnavailable, Clock

Failed = Callable[["Cell", BaseException], None]

DRAINED_AT_ONCE = 64
"""Messages a cell may handle before its neighbours get their turn."""


class Incarnation(Protocol):
    """An actor while it lives in a cell (``actors/runtime.py``)."""

    @property
    def actor_ref(self) -> pykka.ActorRef[Any]: ...
    @property
    def is_at_work(self) -> bool: ...
    def at_work(self) -> Iterator[tuple[object, bool]]: ...
    def crash(self, error: BaseException) -> None: ...
    def _start_actor_loop(self) -> None: ...
    def _handle(self, message: Any, reply: Any) -> None: ...
    def _serve(self, message: Any) -> Any: ...
    def _abandon(self) -> None: ...


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

    def __init__(self, system: System, name: str, kind: str, parent: str | None, make: Callable[[], Incarnation]) -> None:
        self.system = system
        self.name = name
        self.kind = kind
        self.parent = parent
        self.make = make
        self.mailbox: deque[Envelope[Any]] = deque()
        self.occupant: Incarnation | None = None
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

    def add(self, name: str, kind: str, parent: str | None, make: Callable[[], Incarnation]) -> Cell:
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
        starting.append(cell)
        try:
            actor = cell.make()
        except BaseException as error:  # noqa: BLE001 - whatever the constructor raises is that actor's crash
            self._failed(cell, error)
            return
        finally:
            starting.pop()
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

    async def ask_twice(self, name: str, message: object) -> Any:
        """``ask`` something that changes nothing; once more when the actor crashes meanwhile, perhaps over another's question."""
        try:
            return await self.ask(name, message)
        except ActorCrashed:
            return await self.ask(name, message)

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


starting: list[Cell] = []
"""The cell whose incarnation is being made: it finds its place there."""
