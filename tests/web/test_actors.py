"""The supervision tree: looked for by name and by trouble, and bounded where thousands of chargers hang on it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.web.fakes import FakeFleet
from tests.web.site import Site
from voltaro.ports import ActorNode


def chargers(count: int, crashed: Sequence[int] = (), quarantined: Sequence[int] = ()) -> tuple[ActorNode, ...]:
    return tuple(
        ActorNode(
            f"charger/CP{number}",
            "charger",
            "quarantined" if number in quarantined else "running",
            restarts=3 if number in (*crashed, *quarantined) else 0,
            mailbox=number % 2,
        )
        for number in range(1, count + 1)
    )


@pytest.fixture
def tree(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """A tree with 2,000 chargers, of which two have crashed, one of them too often."""
    fleet = ActorNode("supervisor/chargers", "supervisor", "running", 0, 0, children=chargers(2000, crashed=[7], quarantined=[1500]))
    root = ActorNode("supervisor", "supervisor", "running", 0, 0, children=(ActorNode("registry", "registry", "running", 0, 0), fleet))

    async def picture(_: FakeFleet) -> ActorNode:
        return root

    monkeypatch.setattr(FakeFleet, "tree", picture)


async def test_the_whole_tree_is_shown_where_nothing_is_asked_for(site: Site, tree: None) -> None:
    root = (await site.get("/actors")).json
    fleet = root["children"][1]
    assert (len(fleet["children"]), fleet["hidden"]) == (2000, 0)
    assert (root["below"]["actors"], root["below"]["quarantined"], root["below"]["restarts"]) == (2003, 1, 6)
    assert root["below"]["mailbox"] == 1000


async def test_a_bounded_tree_lists_who_is_in_trouble_first_and_counts_the_rest(site: Site, tree: None) -> None:
    root = (await site.get("/actors?most=3")).json
    fleet = root["children"][1]
    assert [child["name"] for child in fleet["children"]] == ["charger/CP1500", "charger/CP1", "charger/CP2"]
    assert (fleet["hidden"], fleet["below"]["actors"]) == (1997, 2001)


async def test_an_actor_is_found_by_name_with_those_above_it(site: Site, tree: None) -> None:
    root = (await site.get("/actors?search=cp150&most=100")).json
    assert [child["name"] for child in root["children"]] == ["supervisor/chargers"]
    found = {child["name"] for child in root["children"][0]["children"]}
    assert found == {"charger/CP150", *(f"charger/CP150{digit}" for digit in range(10))}
    assert root["below"]["fitting"] == 11


async def test_only_those_are_listed_that_have_crashed(site: Site, tree: None) -> None:
    root = (await site.get("/actors?troubled=true")).json
    assert [child["name"] for child in root["children"][0]["children"]] == ["charger/CP7", "charger/CP1500"]


async def test_an_unknown_parameter_is_refused(site: Site, tree: None) -> None:
    assert (await site.get("/actors?sort=name")).status == 400
    assert (await site.get("/actors?most=0")).status == 400
