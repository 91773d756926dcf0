"""The supervision tree as it is now."""

from __future__ import annotations

from datetime import datetime

import msgspec

from voltaro.domain.person import Scope
from voltaro.ports import ActorNode
from web.route import Ask, Routes

routes = Routes("actors")


class ActorFaultView(msgspec.Struct, frozen=True, kw_only=True):
    """A fault that was provoked in an actor and is not over."""

    id: str
    kind: str
    at: str | None
    crashes: int


class ActorView(msgspec.Struct, frozen=True, kw_only=True):
    """An actor with its children. ``state``: running, restarting, quarantined or stopped."""

    name: str
    kind: str
    state: str
    restarts: int
    mailbox: int
    last_failure: str | None
    last_failure_at: datetime | None
    recovery_ms: float | None
    faults: list[ActorFaultView]
    children: list[ActorView]


@routes.get(
    "/actors",
    "The supervision tree: state, mailbox depth, restarts and last failure of every actor.",
    scope=Scope.CHARGERS_READ,
    response=ActorView,
)
async def show_actors(ask: Ask[None, None]) -> ActorView:
    return _actor_view(await ask.house.fleet.tree())


def _actor_view(node: ActorNode) -> ActorView:
    return ActorView(
        name=node.name,
        kind=node.kind,
        state=node.state,
        restarts=node.restarts,
        mailbox=node.mailbox,
        last_failure=node.last_failure,
        last_failure_at=node.last_failure_at,
        recovery_ms=node.recovery_ms,
        faults=[ActorFaultView(id=fault.id, kind=fault.kind, at=fault.at, crashes=fault.crashes) for fault in node.faults],
        children=[_actor_view(child) for child in node.children],
    )
