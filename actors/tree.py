"""The supervision tree, declared once, and what is told of it when an actor crashes, serves again or is put in quarantine.

::

    supervisor (rest_for_one)
      persistence
      auth
      registry
      supervisor/chargers (one_for_one, a budget per charger)
        charger/CP1 ...

A crash of a permanent actor renews those declared after it, because they were built on it; the chargers' supervisor
then adopts its living children, so no charger notices. What hangs is found by the watch and fails like what crashes. When
the root has failed too often, ``fatal`` is called: the process ends, and whoever runs it starts it anew.
"""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Callable, Sequence

import structlog

from actors.auth import AuthActor, AuthPolicy
from actors.faultbook import FaultBook
from actors.persistence import Pace, PersistenceActor, Work, WriteQueue
from actors.registry import RegistryActor
from actors.supervision import CHARGER, PERMANENT, ROOT, Child, ChildFailed, Strategy, Supervisor, judge
from actors.system import Cell, System
from actors.watch import Deadline, Hung, Watch
from voltaro import metrics
from voltaro.domain.fact import EventHappened
from voltaro.ports import ActorNode, Announcer, Authoriser, ChargerLive, Clock, Fault, Store

log = structlog.get_logger()

ROOT_NAME = "supervisor"
CHARGERS_NAME = "supervisor/chargers"
STOP_S = 10.0
DATABASE_S = 45.0
"""A read or a batch is over by then: a connection out of the pool (10 s), a statement (30 s), and some."""


class Tree:
    """All actors of a process, from the root."""

    def __init__(
        self,
        system: System,
        *,
        store: Store,
        clock: Clock,
        announcer: Announcer,
        faults_enabled: bool,
        fatal: Callable[[BaseException], None],
        auth_policy: AuthPolicy,
        authoriser: Authoriser | None,
        pace: Pace,
    ) -> None:
        self.system = system
        self.faults = FaultBook(system, self._tell_of_fault, enabled=faults_enabled)
        self.queue = WriteQueue(system.loop, lambda: system.tell("persistence", Work()))
        self.watch = Watch(system, ROOT_NAME, _deadlines(auth_policy), {"persistence": lambda: self.queue.is_held_up})
        board: dict[str, ChargerLive] = {}
        self._fatal = fatal
        system.on_failed = self._failed
        system.on_running = self._runs
        system.on_quarantined = self._quarantined
        self._children = (
            Child("persistence", "persistence", lambda: PersistenceActor(store, self.queue, clock, announcer, pace)),
            Child("auth", "auth", lambda: AuthActor(store, clock, auth_policy, authoriser)),
            Child("registry", "registry", lambda: RegistryActor(board)),
            Child(CHARGERS_NAME, "supervisor", lambda: Supervisor(Strategy.ONE_FOR_ONE, CHARGER)),
        )

    def start(self) -> None:
        """Start the root, and it the rest."""
        root = self.system.add(ROOT_NAME, "supervisor", None, lambda: Supervisor(Strategy.REST_FOR_ONE, PERMANENT, self._children))
        self.system.start(root)
        self.watch.start()

    async def stop(self, patience_s: float = STOP_S) -> None:
        """Stop everyone in the reverse order of their start; persistence last, with everything written.

        Who has not stopped after ``patience_s`` is given up; persistence is given as long as a batch may take besides.
        """
        await self._stop([cell.name for cell in self.system.cells.values() if cell.parent == CHARGERS_NAME], patience_s)
        for child in reversed(self._children):
            await self._stop([child.name], patience_s + (DATABASE_S if child.kind == "persistence" else 0.0))
        await self._stop([ROOT_NAME], patience_s)
        self.watch.stop()

    async def _stop(self, names: Sequence[str], patience_s: float) -> None:
        if names:
            await asyncio.wait([self.system.stop(name) for name in names], timeout=patience_s)
        for cell in [self.system.cells[name] for name in names if name in self.system.cells]:
            log.error("actor.given_up", actor=cell.name)
            self.system.give_up(cell)

    def picture(self) -> ActorNode:
        """The tree as it stands, for operators."""
        children: dict[str | None, list[Cell]] = {}
        for cell in self.system.cells.values():
            children.setdefault(cell.parent, []).append(cell)
        return self._node(self.system.cells[ROOT_NAME], children)

    def node_of(self, cell: Cell, children: tuple[ActorNode, ...] = ()) -> ActorNode:
        """A cell as operators see it."""
        return ActorNode(
            name=cell.name,
            kind=cell.kind,
            state="restarting" if cell.state == "starting" else str(cell.state),
            restarts=cell.restarts,
            mailbox=len(cell.mailbox),
            last_failure=cell.last_failure,
            last_failure_at=cell.last_failure_at,
            recovery_ms=cell.recovery_ms,
            children=children,
            faults=self.faults.open_at(cell.name),
        )

    def _node(self, cell: Cell, children: dict[str | None, list[Cell]]) -> ActorNode:
        return self.node_of(cell, tuple(self._node(child, children) for child in children.get(cell.name, ())))

    # --- what the system tells ---

    def _failed(self, cell: Cell, error: BaseException) -> None:
        self._supervise(cell, error)
        cell.last_stack = stack = "".join(traceback.format_exception(error, limit=-12))
        log.error("actor.crashed", actor=cell.name, error=cell.last_failure, stack=stack)
        metrics.ACTOR_CRASHES.labels(cell.kind).inc()
        if isinstance(error, Hung):
            metrics.ACTOR_HANGS.labels(cell.kind).inc()
        self._tell_everyone("actor.crashed", cell, {"error": cell.last_failure, "mailbox": len(cell.mailbox)})

    def _supervise(self, cell: Cell, error: BaseException) -> None:
        """First of all: whatever goes wrong in telling of a crash, the actor is restarted."""
        if cell.parent is not None:
            self.system.tell(cell.parent, ChildFailed(cell.name, error))
            return
        decision = judge(ROOT, cell.failures, 0, self.system.clock.monotonic())
        cell.failures = decision.failures
        if decision.kind == "escalate":
            self._fatal(error)
            return
        cell.restarts += 1
        self.system.later(decision.delay_s, lambda: self.system.start(cell))

    def _runs(self, cell: Cell) -> None:
        metrics.ACTORS.set(len(self.system.cells))
        if cell.recovery_ms is not None and cell.restarts and cell.failures:
            metrics.ACTOR_RECOVERY_SECONDS.observe(cell.recovery_ms / 1000)
            self._tell_everyone("actor.restarted", cell, {"restarts": cell.restarts, "recovery_ms": round(cell.recovery_ms, 3)})
        self.faults.serves_again(cell)

    def _quarantined(self, cell: Cell, delay_s: float) -> None:
        log.error("actor.quarantined", actor=cell.name, seconds=round(delay_s))
        self._tell_everyone("actor.quarantined", cell, {"seconds": round(delay_s)})

    def _tell_of_fault(self, type: str, fault: Fault) -> None:
        cell = self.system.cells.get(fault.target)
        if cell is not None:
            told: dict[str, object] = {"fault": fault.id, "fault_kind": fault.kind, "at": fault.at, "recovery_ms": fault.recovery_ms}
            self._tell_everyone(type, cell, told)

    def _tell_everyone(self, type: str, cell: Cell, data: dict[str, object]) -> None:
        charger_id = cell.name.partition("/")[2] if cell.kind == "charger" else None
        fact = EventHappened(type, self.system.clock.now(), charger_id, {"actor": cell.name, "kind": cell.kind, **data})
        self.queue.jot(fact)


def _deadlines(auth: AuthPolicy) -> dict[str, Deadline]:
    """How long each kind of actor may be at one thing. What asks the database by itself is given ``DATABASE_S`` and more."""
    return {
        "supervisor": Deadline(message_s=5.0, own_s=5.0),
        "persistence": Deadline(message_s=5.0, own_s=DATABASE_S),
        "auth": Deadline(message_s=5.0, own_s=auth.patience_s + auth.outside_s + DATABASE_S),
        "registry": Deadline(message_s=5.0, own_s=5.0),
        "charger": Deadline(message_s=15.0, own_s=DATABASE_S, waits_for=("persistence", "auth")),
    }
