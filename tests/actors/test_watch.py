"""What counts as hanging, and what is only waiting for somebody else."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from actors.runtime import LoopActor, hears
from actors.system import Cell, CellState, System
from actors.watch import Deadline, Hung, Watch
from tests.actors.clocks import HandClock
from voltaro.ports import ActorCrashed


class Wait:
    """Answered when ``until`` is there."""

    def __init__(self, until: asyncio.Future[str]) -> None:
        self.until = until


class Spawn(Wait):
    """Waited for beside the messages."""


class Clerk(LoopActor):
    starts: asyncio.Future[str] | None = None

    async def on_start(self) -> None:  # type: ignore[override]
        if type(self).starts is not None:
            await type(self).starts

    @hears(Wait)
    async def on_wait(self, message: Wait) -> str:
        return await message.until

    @hears(Spawn)
    def on_spawn(self, message: Spawn) -> None:
        async def wait() -> None:
            await message.until

        self.spawn(wait())


class Stubborn(Clerk):
    @hears(Wait)
    async def on_wait(self, message: Wait) -> str:
        try:
            return await message.until
        except GeneratorExit:
            return await message.until  # it does not want to go


class Office:
    """Two clerks and a root under watch. A failure restarts."""

    def __init__(self) -> None:
        self.clock = HandClock()
        self.system = System(self.clock, self.clock.later)
        self.failures: list[tuple[str, BaseException]] = []
        self.busy_elsewhere = False
        self.system.on_failed = self._failed
        deadlines = {
            "root": Deadline(3.0, 3.0),
            "clerk": Deadline(3.0, 6.0, waits_for=("archive",)),
            "archive": Deadline(8.0, 8.0),
        }
        for name, kind in (("root", "root"), ("archive", "archive"), ("clerk", "clerk"), ("other", "clerk")):
            self.system.start(self.system.add(name, kind, None, Clerk))
        self.watch = Watch(self.system, "root", deadlines, {"archive": lambda: self.busy_elsewhere})
        self.watch.start()

    def _failed(self, cell: Cell, error: BaseException) -> None:
        self.failures.append((cell.name, error))
        self.system.loop.call_soon(self.system.start, cell)

    async def passes(self, seconds: int) -> None:
        for _ in range(seconds):
            self.clock.advance(1.0)
            for _ in range(3):
                await asyncio.sleep(0)

    def never(self) -> asyncio.Future[str]:
        return asyncio.get_running_loop().create_future()

    @property
    def hung(self) -> list[str]:
        return [name for name, error in self.failures if isinstance(error, Hung)]


@pytest.fixture
async def office() -> Office:
    Clerk.starts = None
    return Office()


async def test_a_handler_over_its_deadline_is_replaced_and_its_asker_told(office: Office) -> None:
    waiting = office.system.ask("clerk", Wait(office.never()))
    behind = office.system.ask("clerk", Wait(_done("behind")))
    await office.passes(5)
    assert office.hung == ["clerk"]
    with pytest.raises(ActorCrashed, match=r"at one thing for more than 3 s, in Clerk\.on_wait at line"):
        await waiting
    assert await behind == "behind", "what was told behind it is handled by the next incarnation"
    assert office.system.cells["other"].restarts == 0


async def test_a_handler_within_its_deadline_is_let_be(office: Office) -> None:
    until = office.never()
    waiting = office.system.ask("clerk", Wait(until))
    await office.passes(3)
    until.set_result("at last")
    assert await waiting == "at last"
    await office.passes(10)
    assert office.failures == []


async def test_many_short_messages_are_no_hang(office: Office) -> None:
    for _ in range(10):
        until = office.never()
        waiting = office.system.ask("clerk", Wait(until))
        await office.passes(2)
        until.set_result("")
        await waiting
    assert office.failures == []


async def test_an_actor_that_hangs_while_it_starts_is_replaced(office: Office) -> None:
    Clerk.starts = office.never()
    office.system.renew(office.system.cells["clerk"])
    Clerk.starts = None
    await office.passes(8)
    assert office.hung == ["clerk"]
    assert office.system.cells["clerk"].state is CellState.RUNNING


async def test_a_spawned_task_that_hangs_is_its_actors_hang(office: Office) -> None:
    await office.system.ask("clerk", Spawn(office.never()))
    await office.passes(6)
    assert office.hung == []
    await office.passes(2)
    assert office.hung == ["clerk"]


async def test_time_in_which_the_loop_was_blocked_does_not_count(office: Office) -> None:
    until = office.never()
    waiting = office.system.ask("clerk", Wait(until))
    await office.passes(1)
    office.clock.block(60)
    await office.passes(1)
    assert office.failures == []
    until.set_result("at last")
    assert await waiting == "at last"


async def test_who_waits_for_one_that_hangs_is_not_hung_itself(office: Office) -> None:
    held = office.system.ask("archive", Wait(office.never()))
    waiting = office.system.ask("clerk", Wait(held))
    await office.passes(9)
    assert office.hung == ["archive"]
    with pytest.raises(ActorCrashed):
        await waiting


async def test_who_waits_for_one_that_says_it_is_held_up_is_not_hung(office: Office) -> None:
    office.busy_elsewhere = True
    office.system.ask("clerk", Wait(office.never()))
    await office.passes(60)
    assert office.failures == []
    office.busy_elsewhere = False
    await office.passes(5)
    assert office.hung == ["clerk"]


async def test_one_that_will_not_end_is_replaced_all_the_same(office: Office) -> None:
    cell = office.system.add("stubborn", "clerk", None, Stubborn)
    office.system.start(cell)
    until = office.never()
    waiting = office.system.ask("stubborn", Wait(until))
    await office.passes(5)
    with pytest.raises(ActorCrashed):
        await waiting
    assert cell.state is CellState.RUNNING
    until.set_result("too late")


async def test_an_actor_that_is_stopping_is_let_finish(office: Office) -> None:
    class Slow(Clerk):
        async def on_stop(self) -> None:  # type: ignore[override]
            await until

    until = office.never()
    office.system.start(office.system.add("slow", "clerk", None, Slow))
    stopped = office.system.stop("slow")
    await office.passes(30)
    assert office.failures == []
    until.set_result("")
    await stopped


async def test_the_pulse_is_young_while_loop_and_root_work_and_ages_when_they_do_not(office: Office) -> None:
    await office.passes(3)
    assert (office.watch.pulse().loop_s, office.watch.pulse().supervisor_s) == (0.0, 0.0)
    office.system.ask("root", Wait(office.never()))
    await office.passes(3)
    assert office.watch.pulse().supervisor_s == 3.0
    await office.passes(3)
    assert office.hung == ["root"]
    assert office.watch.pulse().supervisor_s <= 1.0
    office.clock.block(11)
    assert office.watch.pulse().loop_s >= 11.0


def _done(value: str) -> Any:
    future = asyncio.get_running_loop().create_future()
    future.set_result(value)
    return future
