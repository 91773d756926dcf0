"""The watch: one sweep a second finds actors that hang, hands them to their supervisors as failures, and feels the root's pulse.

It is no actor, so it hangs with none. A message costs nothing: the sweep looks at what an actor is at, and whether that is
still what it was at before. Time counts only while the loop runs (a loop that was blocked has kept everybody waiting), and
while those an actor waits for do their work: a charger that waits for the database is not hung, persistence holds it up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import CoroutineType

from actors.reply import Reply
from actors.runtime import Nudge
from actors.system import Cell, CellState, Incarnation, System
from voltaro.ports import Pulse

EVERY_S = 1.0


@dataclass(frozen=True, slots=True)
class Deadline:
    """How long an actor may be at one thing, in seconds; it is found up to two sweeps later.

    ``message_s``: at one message; ``own_s``: at what it does by itself, such as rebuilding its state or a task it spawned.
    While one of those it ``waits_for`` is held up, its time stands.
    """

    message_s: float
    own_s: float
    waits_for: tuple[str, ...] = ()


Spells = dict[int, tuple[object, float]]
"""What an actor is at and for how long, by its identity; kept here, so that no other is given the same."""


class Hung(Exception):
    """An actor was at one thing for longer than its deadline. It is replaced."""


class Watch:
    """Sweeps over all cells of a system."""

    def __init__(self, system: System, root: str, deadlines: Mapping[str, Deadline], held_up: Mapping[str, Callable[[], bool]]) -> None:
        """``deadlines`` by kind of actor; ``held_up`` tells of some actors, by name, whether they keep others waiting."""
        self._system = system
        self._root = root
        self._deadlines = deadlines
        self._held_up = held_up
        self._leaned_on = tuple(dict.fromkeys(name for deadline in deadlines.values() for name in deadline.waits_for))
        self._spells: dict[str, Spells] = {}
        self._swept_at = self._heard_at = system.clock.monotonic()
        self._asked: Reply | None = None
        self._stopped = False

    def start(self) -> None:
        self._swept_at = self._heard_at = self._system.clock.monotonic()
        self._system.later(EVERY_S, self._run)

    def stop(self) -> None:
        self._stopped = True

    def pulse(self) -> Pulse:
        """How long ago the loop and the root supervisor were last seen at work."""
        now = self._system.clock.monotonic()
        return Pulse(now - self._swept_at, now - self._heard_at)

    def _run(self) -> None:
        if not self._stopped:
            self._system.later(EVERY_S, self._run)
            self.sweep()

    def sweep(self) -> None:
        """Look at every actor once."""
        now = self._system.clock.monotonic()
        step = min(now - self._swept_at, EVERY_S)
        self._swept_at = now
        before, self._spells = self._spells, {}
        waits = {name for name in self._leaned_on if self._keeps_others_waiting(name, before)}
        for cell in tuple(self._system.cells.values()):
            actor = cell.occupant
            if actor is not None and (cell.busy or actor.is_at_work):
                deadline = self._deadlines[cell.kind]
                counted_s = 0.0 if waits.intersection(deadline.waits_for) else step
                hung = self._look(cell, actor, deadline, before.get(cell.name, {}), counted_s)
                if hung is not None:
                    actor.crash(hung)
        self._feel_the_pulse()

    def _look(self, cell: Cell, actor: Incarnation, deadline: Deadline, before: Spells, counted_s: float) -> Hung | None:
        spells = self._spells[cell.name] = {}
        for work, own in actor.at_work():
            known = before.get(id(work))
            spent = 0.0 if known is None else known[1] + counted_s
            spells[id(work)] = work, spent
            allowed_s = deadline.own_s if own else deadline.message_s
            if spent >= allowed_s:
                del self._spells[cell.name]
                return Hung(f"it was at one thing for more than {allowed_s:.0f} s, {where(work)}")
        return None

    def _keeps_others_waiting(self, name: str, before: Mapping[str, Spells]) -> bool:
        cell = self._system.cells.get(name)
        if cell is None or cell.occupant is None or cell.state is not CellState.RUNNING:
            return True
        known = before.get(name, {})
        if any(id(work) in known for work, _ in cell.occupant.at_work()):
            return True
        tells = self._held_up.get(name)
        return tells is not None and tells()

    def _feel_the_pulse(self) -> None:
        if self._asked is None or self._asked.done():
            self._asked = self._system.ask(self._root, Nudge())
            self._asked.add_done_callback(self._felt)
        if self._asked.done():
            self._felt(self._asked)

    def _felt(self, asked: object) -> None:
        if isinstance(asked, Reply) and not asked.cancelled() and asked.exception() is None:
            self._heard_at = self._system.clock.monotonic()


def where(work: object) -> str:
    """The place in the code at which a coroutine or a task waits."""
    innermost = ""
    for frame in _frames(work):
        innermost = frame
    return innermost or "waiting"


def _frames(work: object) -> Iterator[str]:
    coroutine = work.get_coro() if hasattr(work, "get_coro") else work
    while isinstance(coroutine, CoroutineType):
        frame = coroutine.cr_frame
        if frame is not None:
            yield f"in {coroutine.__qualname__} at line {frame.f_lineno}"
        coroutine = coroutine.cr_await
