"""The supervision tree as it is now."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated

import msgspec

from voltaro.domain.person import Scope
from voltaro.ports import ActorNode
from web.route import Ask, Query, Routes

routes = Routes("actors")

_IN_TROUBLE = ("quarantined", "restarting")
_DIGITS = re.compile(r"(\d+)")


class ActorFaultView(msgspec.Struct, frozen=True, kw_only=True):
    """A fault that was provoked in an actor and is not over."""

    id: str
    kind: str
    at: str | None
    crashes: int


class BelowView(msgspec.Struct, frozen=True, kw_only=True):
    """An actor and all below it, counted; ``fitting`` are those that the query asks for."""

    actors: int = 0
    running: int = 0
    restarting: int = 0
    quarantined: int = 0
    stopped: int = 0
    restarts: int = 0
    mailbox: int = 0
    fitting: int = 0


class ActorView(msgspec.Struct, frozen=True, kw_only=True):
    """An actor with its children. ``state``: running, restarting, quarantined or stopped.

    ``hidden``: how many more children fit the query than are listed.
    """

    name: str
    kind: str
    state: str
    restarts: int
    mailbox: int
    last_failure: str | None
    last_failure_at: datetime | None
    recovery_ms: float | None
    faults: list[ActorFaultView]
    below: BelowView
    hidden: int
    children: list[ActorView]


class ActorQuery(Query, frozen=True, kw_only=True):
    """``search`` is a part of a name, without case; ``troubled`` leaves out whoever never crashed. An actor is listed with those above it.

    ``most`` is how many children of one actor are listed, those in trouble first; all without it.
    """

    search: Annotated[str, msgspec.Meta(max_length=100)] | None = None
    troubled: bool = False
    most: Annotated[int, msgspec.Meta(ge=1, le=10_000)] | None = None


@routes.get(
    "/actors",
    "The supervision tree: state, mailbox depth, restarts and last failure of every actor.",
    scope=Scope.CHARGERS_READ,
    query=ActorQuery,
    response=ActorView,
)
async def show_actors(ask: Ask[ActorQuery, None]) -> ActorView:
    return _actor_view(await ask.house.fleet.tree(), ask.query)


def _actor_view(node: ActorNode, query: ActorQuery) -> ActorView:
    children = [child for child in node.children if _is_listed(child, query)]
    if query.most is not None and len(children) > query.most:
        children.sort(key=_worst_first)
    listed = children[: query.most]
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
        below=_below(node, query),
        hidden=len(children) - len(listed),
        children=[_actor_view(child, query) for child in listed],
    )


def _fits(node: ActorNode, query: ActorQuery) -> bool:
    if query.search and query.search.casefold() not in node.name.casefold():
        return False
    return not query.troubled or node.restarts > 0 or node.state in _IN_TROUBLE


def _is_listed(node: ActorNode, query: ActorQuery) -> bool:
    return _fits(node, query) or any(_is_listed(child, query) for child in node.children)


def _worst_first(node: ActorNode) -> tuple[int, list[tuple[int, str]]]:
    rank = _IN_TROUBLE.index(node.state) if node.state in _IN_TROUBLE else len(_IN_TROUBLE)
    parts = _DIGITS.split(node.name)
    return rank, [(int(part), "") if part.isascii() and part.isdigit() else (0, part) for part in parts]


def _below(node: ActorNode, query: ActorQuery) -> BelowView:
    counts = dict.fromkeys(BelowView.__struct_fields__, 0)
    waiting = [node]
    while waiting:
        one = waiting.pop()
        waiting.extend(one.children)
        counts["actors"] += 1
        if one.state in counts:
            counts[one.state] += 1
        counts["restarts"] += one.restarts
        counts["mailbox"] += one.mailbox
        counts["fitting"] += _fits(one, query)
    return BelowView(**counts)
