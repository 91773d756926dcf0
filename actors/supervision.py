"""Supervision as Erlang/OTP does it: strategies and budgets as values, counted per child, and the actor that applies them.

A supervisor owns no state that matters: the history of a child lies in its cell. So a supervisor that crashes is
restarted and adopts its living children; none of them notices.

Hears: ChildFailed, StartChild, ChildDone, Restart. Tells: nobody. Rebuilds after a crash: the restarts that were due.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import structlog

from actors.runtime import LoopActor, hears
from actors.system import Cell, CellState
from voltaro import faults
from voltaro.ports import StoreUnavailable

log = structlog.get_logger()


class Strategy(StrEnum):
    """Who is restarted when one child fails: it alone, or it and those declared after it."""

    ONE_FOR_ONE = "one_for_one"
    REST_FOR_ONE = "rest_for_one"


class Spent(StrEnum):
    """What happens when a child has used up its budget."""

    QUARANTINE = "quarantine"
    ESCALATE = "escalate"


@dataclass(frozen=True, slots=True)
class Policy:
    """How often a child may fail and how long each restart waits; times in seconds.

    The first restart is immediate, the second waits ``backoff_s``, each further twice as long up to ``backoff_most_s``,
    with 20 % jitter. A quarantine doubles each time up to ``quarantine_most_s``.
    """

    restarts: int = 5
    within_s: float = 60.0
    spent: Spent = Spent.QUARANTINE
    backoff_s: float = 0.2
    backoff_most_s: float = 30.0
    quarantine_s: float = 300.0
    quarantine_most_s: float = 3600.0


CHARGER = Policy()
PERMANENT = Policy(restarts=10, within_s=60.0, spent=Spent.ESCALATE, backoff_s=0.1, backoff_most_s=5.0)
ROOT = Policy(restarts=3, within_s=60.0, spent=Spent.ESCALATE)


@dataclass(frozen=True, slots=True)
class Decision:
    """Restart after ``delay_s``; or quarantine for so long; or hand the failure to the next level."""

    kind: str
    delay_s: float = 0.0
    failures: tuple[float, ...] = ()


def judge(
    policy: Policy, failures: tuple[float, ...], quarantines: int, now: float, jitter: float = 1.0, *, counts: bool = True
) -> Decision:
    """Decide over a failure at ``now`` of a child that failed at ``failures`` before (monotonic seconds).

    ``jitter`` is a factor around 1. A failure that does not count (the database is away: not the child's fault) waits
    like any other but never quarantines or escalates.
    """
    recent = (*(moment for moment in failures if now - moment <= policy.within_s), now)
    if counts and len(recent) > policy.restarts:
        if policy.spent is Spent.ESCALATE:
            return Decision("escalate", 0.0, recent)
        return Decision("quarantine", min(policy.quarantine_s * 2**quarantines, policy.quarantine_most_s) * jitter, ())
    if len(recent) == 1 and counts:
        return Decision("restart", 0.0, recent)
    steps = max(0, min(len(recent), 20) - 2)
    return Decision("restart", min(policy.backoff_s * 2**steps, policy.backoff_most_s) * jitter, recent)


@dataclass(frozen=True, slots=True)
class Child:
    """A child to be started: its name, what it is called in the tree, and how an incarnation is made."""

    name: str
    kind: str
    make: Callable[[], LoopActor]


@dataclass(frozen=True, slots=True)
class ChildFailed:
    """A child has crashed; its cell waits for a decision."""

    name: str
    error: BaseException


@dataclass(frozen=True, slots=True)
class StartChild:
    """Start a child unless it lives already. Answered with its cell's state."""

    child: Child


@dataclass(frozen=True, slots=True)
class ChildDone:
    """A child has nothing left to do: stop it in peace, unless it has been found something meanwhile."""

    name: str
    unless: Callable[[], bool] | None = None


@dataclass(frozen=True, slots=True)
class Restart:
    """The wait before a child's restart is over."""

    name: str


class Supervisor(LoopActor):
    """Restarts its children by a strategy and a policy. Owns nothing but the tree."""

    def __init__(self, strategy: Strategy, policy: Policy, children: Sequence[Child] = ()) -> None:
        super().__init__()
        self.strategy = strategy
        self.policy = policy
        self.children = children

    async def on_start(self) -> None:  # type: ignore[override]
        """Start declared children, in order; adopt those that live; take up restarts that a predecessor owed."""
        for child in self.children:
            if child.name not in self.system.cells:
                self.system.start(self.system.add(child.name, child.kind, self.name, child.make))
        for cell in self._brood():
            if cell.occupant is None and cell.state is not CellState.QUARANTINED:  # the end of a quarantine is told by name
                self._restart_after(cell, 0.0)

    @hears(StartChild)
    def on_start_child(self, message: StartChild) -> CellState:
        child = message.child
        cell = self.system.cells.get(child.name)
        if cell is None:
            cell = self.system.add(child.name, child.kind, self.name, child.make)
            self.system.start(cell)
        return cell.state

    @hears(ChildFailed)
    def on_child_failed(self, message: ChildFailed) -> Coroutine[Any, Any, None] | None:
        cell = self.system.cells.get(message.name)
        if cell is None or cell.occupant is not None:
            return None
        if faults.armed and (stall := faults.reach("restart", self.name)):
            return self._decide_later(stall, message)
        self._decide(cell, message)
        return None

    async def _decide_later(self, stall: asyncio.Future[None], message: ChildFailed) -> None:
        await stall
        cell = self.system.cells.get(message.name)
        if cell is not None and cell.occupant is None:
            self._decide(cell, message)

    def _decide(self, cell: Cell, message: ChildFailed) -> None:
        counts = not isinstance(message.error, StoreUnavailable)
        decision = judge(self.policy, cell.failures, cell.quarantines, self.system.clock.monotonic(), _jitter(), counts=counts)
        cell.failures = decision.failures
        if decision.kind == "escalate":
            log.error("supervisor.escalates", supervisor=self.name, child=cell.name, failures=len(decision.failures))
            raise message.error
        self._restart_after(cell, decision.delay_s)
        if decision.kind == "quarantine":
            cell.quarantines += 1
            self.system.quarantine(cell, decision.delay_s)
        if self.strategy is Strategy.REST_FOR_ONE:
            self._restart_those_after(cell)

    @hears(Restart)
    def on_restart(self, message: Restart) -> None:
        cell = self.system.cells.get(message.name)
        if cell is not None and cell.occupant is None:
            cell.restarts += 1
            cell.state = CellState.RESTARTING
            self.system.start(cell)

    @hears(ChildDone)
    def on_child_done(self, message: ChildDone) -> None:
        if message.unless is None or not message.unless():
            self.system.stop(message.name)

    def _restart_after(self, cell: Cell, delay_s: float) -> None:
        if delay_s <= 0:
            self.on_restart(Restart(cell.name))
        else:
            system, me, due = self.system, self.name, Restart(cell.name)
            system.later(delay_s, lambda: system.tell(me, due))

    def _restart_those_after(self, failed: Cell) -> None:
        names = [child.name for child in self.children]
        for name in names[names.index(failed.name) + 1 :]:
            cell = self.system.cells.get(name)
            if cell is not None and cell.occupant is not None:
                self.system.renew(cell)

    def _brood(self) -> list[Cell]:
        return [cell for cell in self.system.cells.values() if cell.parent == self.name]


def _jitter() -> float:
    return random.uniform(0.8, 1.2)  # noqa: S311 - it spreads load and guards nothing
