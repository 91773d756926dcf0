"""The supervision tree, declared once, and what is told of it when an actor crashes, serves again or is put in quarantine.

::

    supervisor (rest_for_one)
      persistence
      auth
      registry
      supervisor/chargers (one_for_one, a budget per charger)
        charger/CP1 ...

A crash of a permanent actor renews those declared after it, because they were built on it; the chargers' supervisor
then adopts its living children, so no charger notices. When the root has failed too often, ``fatal`` is called: the
process ends, and whoever runs it starts it anew.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable

import structlog

from actors.auth import AuthActor, AuthPolicy
from actors.faultbook import FaultBook
from actors.persistence import Pace, PersistenceActor, Work, WriteQueue
from actors.registry import RegistryActor
from actors.runtime import Cell, System
from actors.supervision import CHARGER, PERMANENT, ROOT, Child, ChildFailed, Strategy, Supervisor, judge
from voltaro import metrics
from voltaro.domain.fact import EventHappened
from voltaro.ports import ActorNode, Announcer, Authoriser, ChargerLive, Clock, Store

log = structlog.get_logger()

ROOT_NAME = "supervisor"
CHARGERS_NAME = "supervisor/chargers"


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
        self.faults = FaultBook(system, enabled=faults_enabled)
        self.queue = WriteQueue(system.loop, lambda: system.tell("persistence", Work()))
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

    async def stop(self) -> None:
        """Stop everyone in the reverse order of their start; persistence last, with everything written."""
        for cell in [cell for cell in self.system.cells.values() if cell.parent == CHARGERS_NAME]:
            await self.system.stop(cell.name)
        for child in reversed(self._children):
            await self.system.stop(child.name)
        await self.system.stop(ROOT_NAME)

    def picture(self) -> ActorNode:
        """The tree as it stands, for operators."""
        children: dict[str | None, list[Cell]] = {}
        for cell in self.system.cells.values():
            children.setdefault(cell.parent, []).append(cell)
        return _node(self.system.cells[ROOT_NAME], children)

    # --- what the system tells ---

    def _failed(self, cell: Cell, error: BaseException) -> None:
        cell.last_stack = stack = "".join(traceback.format_exception(error, limit=-12))
        log.error("actor.crashed", actor=cell.name, error=cell.last_failure, stack=stack)
        metrics.ACTOR_CRASHES.labels(cell.kind).inc()
        self._tell_everyone("actor.crashed", cell, {"error": cell.last_failure, "mailbox": len(cell.mailbox)})
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

    def _tell_everyone(self, type: str, cell: Cell, data: dict[str, object]) -> None:
        charger_id = cell.name.partition("/")[2] if cell.kind == "charger" else None
        fact = EventHappened(type, self.system.clock.now(), charger_id, {"actor": cell.name, "kind": cell.kind, **data})
        self.queue.jot(fact)


def node_of(cell: Cell, children: tuple[ActorNode, ...] = ()) -> ActorNode:
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
    )


def _node(cell: Cell, children: dict[str | None, list[Cell]]) -> ActorNode:
    return node_of(cell, tuple(_node(child, children) for child in children.get(cell.name, ())))
