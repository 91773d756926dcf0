"""Budgets, back-off, strategies and adoption."""

from __future__ import annotations

import pytest

from actors.runtime import LoopActor, hears
from actors.supervision import CHARGER, PERMANENT, Child, ChildDone, ChildFailed, Policy, Spent, StartChild, Strategy, Supervisor, judge
from actors.system import Cell, CellState, System
from tests.actors.clocks import HandClock
from voltaro.ports import ActorCrashed, ActorUnavailable, StoreUnavailable


class Fail:
    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error or ValueError("bad")


class Ping:
    """Answered with the incarnation."""


class Worker(LoopActor):
    @hears(Fail)
    def on_fail(self, message: Fail) -> None:
        raise message.error

    @hears(Ping)
    def on_ping(self, _: Ping) -> LoopActor:
        return self


POLICY = Policy(restarts=3, within_s=60, backoff_s=0.2, quarantine_s=300, quarantine_most_s=3600)


def test_the_first_restart_is_immediate_and_further_ones_wait_twice_as_long_each_time() -> None:
    failures: tuple[float, ...] = ()
    delays = []
    for now in range(4):
        decision = judge(Policy(restarts=10), failures, 0, float(now))
        failures = decision.failures
        delays.append(decision.delay_s)
    assert delays == [0.0, 0.2, 0.4, 0.8]


def test_a_spent_budget_is_a_quarantine_that_doubles_up_to_an_hour() -> None:
    spent = (0.0, 1.0, 2.0)
    assert judge(POLICY, spent, 0, 3.0).kind == "quarantine"
    assert [judge(POLICY, spent, times, 3.0).delay_s for times in (0, 1, 2, 3, 4)] == [300, 600, 1200, 2400, 3600]


def test_failures_older_than_the_window_are_forgotten() -> None:
    decision = judge(POLICY, (0.0, 1.0, 2.0), 0, 63.0)
    assert (decision.kind, decision.delay_s, decision.failures) == ("restart", 0.0, (63.0,))


def test_a_database_that_is_away_never_quarantines() -> None:
    decision = judge(POLICY, (0.0, 1.0, 2.0), 0, 3.0, counts=False)
    assert decision.kind == "restart"
    assert decision.delay_s > 0


def test_a_spent_budget_of_a_permanent_actor_escalates() -> None:
    assert PERMANENT.spent is Spent.ESCALATE
    assert judge(Policy(restarts=1, spent=Spent.ESCALATE), (0.0,), 0, 1.0).kind == "escalate"


@pytest.fixture
async def clock() -> HandClock:
    return HandClock()


@pytest.fixture
async def system(clock: HandClock) -> System:
    system = System(clock, clock.later)

    def failed(cell: Cell, error: BaseException) -> None:
        if cell.parent is not None:
            system.tell(cell.parent, ChildFailed(cell.name, error))
        else:
            system.start(cell)

    system.on_failed = failed
    return system


def plant(system: System, strategy: Strategy, *children: str) -> Cell:
    declared = [Child(name, "worker", Worker) for name in children]
    root = system.add("root", "supervisor", None, lambda: Supervisor(strategy, CHARGER, declared))
    system.start(root)
    return root


async def incarnation(system: System, name: str) -> LoopActor:
    occupant: LoopActor = await system.ask(name, Ping())
    return occupant


async def test_one_bad_child_never_hurts_its_neighbours(system: System, clock: HandClock) -> None:
    plant(system, Strategy.ONE_FOR_ONE, "a", "b")
    bystander = await incarnation(system, "b")
    for _ in range(CHARGER.restarts + 1):
        with pytest.raises(ActorCrashed):
            await system.ask("a", Fail())
        await system.ask("root", StartChild(Child("b", "worker", Worker)))  # the supervisor has heard of the failure by then
        clock.advance(20 if len(system.cells["a"].failures) < 3 else 5)
    assert system.cells["a"].state is CellState.QUARANTINED
    with pytest.raises(ActorUnavailable):
        await system.ask("a", Ping())
    assert await incarnation(system, "b") is bystander


async def test_a_quarantined_child_serves_again_when_its_time_is_over(system: System, clock: HandClock) -> None:
    plant(system, Strategy.ONE_FOR_ONE, "a")
    system.cells["a"].failures = (0.0,) * CHARGER.restarts
    with pytest.raises(ActorCrashed):
        await system.ask("a", Fail())
    await settle(system)
    assert system.cells["a"].state is CellState.QUARANTINED
    clock.advance(CHARGER.quarantine_s * 1.2)
    await settle(system)
    assert isinstance(await incarnation(system, "a"), Worker)


async def test_rest_for_one_renews_those_declared_after_the_one_that_failed(system: System) -> None:
    plant(system, Strategy.REST_FOR_ONE, "a", "b", "c")
    before = {name: await incarnation(system, name) for name in "abc"}
    with pytest.raises(ActorCrashed):
        await system.ask("b", Fail())
    await settle(system)
    after = {name: await incarnation(system, name) for name in "abc"}
    assert [name for name in "abc" if after[name] is not before[name]] == ["b", "c"]


async def test_a_supervisor_that_crashes_adopts_its_living_children(system: System) -> None:
    root = plant(system, Strategy.ONE_FOR_ONE, "a", "b")
    before = [await incarnation(system, name) for name in "ab"]
    with pytest.raises(ActorCrashed):
        await system.ask("root", 42)
    assert root.restarts == 0
    assert [await incarnation(system, name) for name in "ab"] == before


async def test_a_supervisor_that_crashes_takes_up_the_restarts_it_owed(system: System) -> None:
    plant(system, Strategy.ONE_FOR_ONE, "a")
    system.cells["a"].failures = (0.0, 0.0)
    with pytest.raises(ActorCrashed):
        await system.ask("a", Fail())
    await settle(system)
    assert system.cells["a"].state is CellState.RESTARTING, "it waits for its back-off"
    with pytest.raises(ActorCrashed):
        await system.ask("root", 42)
    assert isinstance(await incarnation(system, "a"), Worker)


async def test_a_supervisor_that_crashes_cuts_no_quarantine_short(system: System, clock: HandClock) -> None:
    plant(system, Strategy.ONE_FOR_ONE, "a")
    system.cells["a"].failures = (0.0,) * CHARGER.restarts
    with pytest.raises(ActorCrashed):
        await system.ask("a", Fail())
    await settle(system)
    with pytest.raises(ActorCrashed):
        await system.ask("root", 42)
    await settle(system)
    assert system.cells["a"].state is CellState.QUARANTINED
    clock.advance(CHARGER.quarantine_s * 1.2)
    await settle(system)
    assert isinstance(await incarnation(system, "a"), Worker)


async def test_a_child_that_is_done_stops_in_peace_and_is_forgotten(system: System) -> None:
    plant(system, Strategy.ONE_FOR_ONE, "a")
    system.tell("root", ChildDone("a"))
    await settle(system)
    assert "a" not in system.cells


async def test_a_child_whose_database_is_away_is_tried_until_it_is_back(system: System, clock: HandClock) -> None:
    away = [True]

    class Patient(Worker):
        async def on_start(self) -> None:  # type: ignore[override]
            if away[0]:
                raise StoreUnavailable("away")

    plant(system, Strategy.ONE_FOR_ONE)
    await system.ask("root", StartChild(Child("patient", "worker", Patient)))
    for _ in range(20):
        await settle(system)
        clock.advance(40)
    assert system.cells["patient"].state is CellState.RESTARTING
    away[0] = False
    await settle(system)
    clock.advance(40)
    assert isinstance(await incarnation(system, "patient"), Patient)


async def settle(system: System) -> None:
    """Let the supervisor hear what it was told."""
    for _ in range(2):
        await system.ask("root", StartChild(Child("bystander", "worker", Worker)))
    system.tell("root", ChildDone("bystander"))
    await system.ask("root", ChildDone("nobody"))
