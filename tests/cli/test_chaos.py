"""The faults of ``voltaro demo --chaos``: drawn from a seed, of every kind, and never so many that an actor's budget is spent."""

from __future__ import annotations

from collections import Counter

from voltaro import faults
from voltaro.cli.chaos import Chaos, Drawn
from voltaro.ports import ActorNode

CHARGERS = tuple(ActorNode(f"charger/CP{number}", "charger", "running", 0, 0) for number in range(6))
TREE = ActorNode(
    "supervisor",
    "supervisor",
    "running",
    0,
    0,
    children=(
        *(ActorNode(name, name, "running", 0, 0) for name in ("persistence", "auth", "registry")),
        ActorNode("supervisor/chargers", "supervisor", "running", 0, 0, children=CHARGERS),
    ),
)


def hour(seed: int) -> list[tuple[float, Drawn]]:
    chaos = Chaos(seed)
    drawn = [(float(now), chaos.draw(TREE, float(now))) for now in range(0, 3600, 4)]
    return [(now, fault) for now, fault in drawn if fault is not None]


def test_the_same_seed_draws_the_same_faults() -> None:
    assert hour(7) == hour(7)
    assert hour(7) != hour(8)


def test_every_kind_comes_to_every_kind_of_actor_at_points_it_passes() -> None:
    seen = {(fault.target.partition("/")[0], fault.kind) for seed in range(3) for _, fault in hour(seed)}
    kinds = set(faults.KINDS)
    for target in ("charger", "auth", "registry", "supervisor"):
        assert {kind for name, kind in seen if name == target} == kinds
    assert {kind for name, kind in seen if name == "persistence"} == kinds - {"hang"}
    of_kind = {node.name: node.kind for node in (TREE, *TREE.children, *CHARGERS)}
    for _, fault in hour(1):
        assert fault.at is None or fault.at in faults.POINTS_OF[of_kind[fault.target]]


def test_no_budget_is_spent() -> None:
    for _, most in (Counter((fault.target, int(now // 60)) for now, fault in hour(1))).items():
        assert most <= 2


def test_an_actor_that_is_away_is_left_alone() -> None:
    away = ActorNode("supervisor", "supervisor", "restarting", 0, 0)
    assert Chaos(1).draw(away, 0.0) is None
