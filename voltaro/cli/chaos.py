"""``voltaro demo --chaos``: a fault somewhere every few seconds, drawn from a seed, while everybody watches."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Iterator
from dataclasses import dataclass

import structlog

from voltaro import faults
from voltaro.ports import ActorNode, Fleet, UnknownTarget

log = structlog.get_logger()

_REST_S = {"supervisor": 90.0, "charger": 30.0}
"""How long an actor of a kind is left alone after a fault, so that no budget of restarts is spent."""
_REST_OF_OTHERS_S = 30.0
_KINDS = {"crash": 8, "base_exception": 4, "poison": 2, "slow": 3, "hang": 1}
"""How often each kind comes, beside the others."""
_TOO_SLOW = ("persistence", "hang")
"""Not drawn: nothing at all would be recorded for most of a minute."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A fault to be provoked."""

    target: str
    kind: str
    at: str | None


class Chaos:
    """Draws faults. The same seed and the same actors give the same faults."""

    def __init__(self, seed: int) -> None:
        self._dice = random.Random(seed)  # noqa: S311 - it guards nothing
        self._rests_until: dict[str, float] = {}

    def draw(self, root: ActorNode, now: float) -> Drawn | None:
        """A fault for one of these actors, chargers as often as all others together; None when all of them rest."""
        awake = [node for node in _flat(root) if node.state == "running" and self._rests_until.get(node.name, now) <= now]
        chargers = [node for node in awake if node.kind == "charger"]
        others = [node for node in awake if node.kind != "charger"]
        some = chargers if chargers and (not others or self._dice.random() < 0.5) else others
        if not some:
            return None
        node = self._dice.choice(some)
        kinds = {kind: weight for kind, weight in _KINDS.items() if (node.name, kind) != _TOO_SLOW}
        kind = self._dice.choices(list(kinds), list(kinds.values()))[0]
        at = self._dice.choice((None, *faults.POINTS_OF[node.kind]))
        self._rests_until[node.name] = now + _REST_S.get(node.kind, _REST_OF_OTHERS_S)
        return Drawn(node.name, kind, at)


async def rage(fleet: Fleet, seed: int, every_s: float) -> None:
    """Provoke faults until cancelled."""
    chaos = Chaos(seed)
    loop = asyncio.get_running_loop()
    while True:
        await asyncio.sleep(every_s)
        drawn = chaos.draw(await fleet.tree(), loop.time())
        if drawn is not None:
            with contextlib.suppress(UnknownTarget):  # gone meanwhile
                await fleet.inject(drawn.target, drawn.kind, 1, drawn.at)
                log.info("chaos.provoked", actor=drawn.target, kind=drawn.kind, at=drawn.at)


def _flat(node: ActorNode) -> Iterator[ActorNode]:
    yield node
    for child in node.children:
        yield from _flat(child)
