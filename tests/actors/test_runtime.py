"""The traps of Pykka, closed: what ``actors/runtime.py`` promises."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pykka
import pytest

from actors.reply import BlockingCall, Reply
from actors.runtime import LoopActor, hears
from actors.system import Cell, CellState, System
from tests.actors.clocks import HandClock
from voltaro.ports import ActorCrashed, ActorUnavailable, After, NotConnected


class Say:
    def __init__(self, word: str) -> None:
        self.word = word


class Raise:
    def __init__(self, error: BaseException, *, after: asyncio.Future[None] | None = None) -> None:
        self.error = error
        self.after = after


class Hold:
    def __init__(self, until: asyncio.Future[str]) -> None:
        self.until = until


class Promise:
    """To be answered with ``answer`` once ``pending`` is settled."""

    def __init__(self, pending: Reply, answer: str) -> None:
        self.pending = pending
        self.answer = answer


class Hear:
    """Asks for what was heard."""


class Parrot(LoopActor):
    refusals = (NotConnected,)
    starts_badly = 0

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[str] = []

    async def on_start(self) -> None:  # type: ignore[override]
        if type(self).starts_badly:
            type(self).starts_badly -= 1
            raise ValueError("cannot start")

    @hears(Say)
    def on_say(self, message: Say) -> str:
        self.heard.append(message.word)
        return message.word

    @hears(Raise)
    async def on_raise(self, message: Raise) -> None:
        if message.after is not None:
            await message.after
        self.heard.append("half changed")
        raise message.error

    @hears(Hold)
    async def on_hold(self, message: Hold) -> str:
        return await message.until

    @hears(Promise)
    def on_promise(self, message: Promise) -> After:
        after = After(message.pending, lambda: self.heard.append(message.answer))
        after.answer, after.call = message.answer, message
        return after

    def rescue(self, error: BaseException, message: Any) -> Coroutine[Any, Any, str]:
        if isinstance(error, KeyError):
            return self.instead(message)
        raise error

    async def instead(self, message: Promise) -> str:
        await asyncio.sleep(0)
        return f"no {message.answer}"

    @hears(Hear)
    def on_hear(self, _: Hear) -> list[str]:
        return self.heard


class Keeper:
    """Restarts at once and remembers what failed: a supervisor for these tests."""

    def __init__(self, system: System) -> None:
        self.failures: list[BaseException] = []
        self.restart = True
        self._system = system
        system.on_failed = self.failed

    def failed(self, cell: Cell, error: BaseException) -> None:
        self.failures.append(error)
        if self.restart:
            self._system.loop.call_soon(self._system.start, cell)


@pytest.fixture
async def system() -> System:
    return System(HandClock())


@pytest.fixture
async def keeper(system: System) -> Keeper:
    return Keeper(system)


@pytest.fixture
async def parrot(system: System, keeper: Keeper) -> Cell:
    Parrot.starts_badly = 0
    cell = system.add("parrot", "parrot", None, Parrot)
    system.start(cell)
    return cell


@pytest.fixture(autouse=True)
def nobody_is_left() -> Iterator[None]:
    yield
    for ref in pykka.ActorRegistry.get_all():
        pykka.ActorRegistry.unregister(ref)


async def test_an_idle_actor_answers_an_ask_at_once(system: System, parrot: Cell) -> None:
    reply = system.ask("parrot", Say("hello"))
    assert reply.done()
    assert await reply == "hello"


async def test_messages_are_handled_one_at_a_time_and_in_order(system: System, parrot: Cell) -> None:
    door: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    held = system.ask("parrot", Hold(door))
    later = [system.ask("parrot", Say(word)) for word in "abc"]
    assert not any(reply.done() for reply in later)
    door.set_result("open")
    assert await held == "open"
    assert [await reply for reply in later] == ["a", "b", "c"]
    assert await system.ask("parrot", Hear()) == ["a", "b", "c"]


async def test_neighbours_run_while_an_async_handler_waits(system: System, parrot: Cell) -> None:
    other = system.add("other", "parrot", None, Parrot)
    system.start(other)
    door: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    held = system.ask("parrot", Hold(door))
    assert await system.ask("other", Say("hello")) == "hello"
    assert not held.done()
    door.set_result("open")
    assert await held == "open"


async def test_an_unexpected_exception_during_an_ask_crashes_the_actor(system: System, keeper: Keeper, parrot: Cell) -> None:
    first = parrot.occupant
    with pytest.raises(ActorCrashed, match="parrot crashed over this message: ValueError: bad"):
        await system.ask("parrot", Raise(ValueError("bad")))
    assert [str(failure) for failure in keeper.failures] == ["bad"]
    assert await system.ask("parrot", Hear()) == [], "half-changed state is gone with the incarnation"
    assert parrot.occupant is not first


async def test_an_exception_named_in_refusals_is_an_answer_and_no_crash(system: System, keeper: Keeper, parrot: Cell) -> None:
    with pytest.raises(NotConnected):
        await system.ask("parrot", Raise(NotConnected("not here")))
    assert keeper.failures == []
    assert await system.ask("parrot", Hear()) == ["half changed"]


async def test_an_on_start_that_raises_is_a_crash_the_supervisor_hears_of(system: System, keeper: Keeper) -> None:
    Parrot.starts_badly = 2
    cell = system.add("late", "parrot", None, Parrot)
    system.start(cell)
    assert await system.ask("late", Say("at last")) == "at last"
    assert [str(failure) for failure in keeper.failures] == ["cannot start", "cannot start"]


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt(), asyncio.CancelledError(), GeneratorExit(), MemoryError()])
async def test_a_base_exception_stops_only_the_actor_that_raised_it(
    system: System, keeper: Keeper, parrot: Cell, error: BaseException
) -> None:
    neighbour = system.add("neighbour", "parrot", None, Parrot)
    system.start(neighbour)
    await system.ask("neighbour", Say("before"))
    with pytest.raises(ActorCrashed):
        await system.ask("parrot", Raise(error))
    assert keeper.failures == [error]
    assert await system.ask("neighbour", Hear()) == ["before"], "the neighbour is the same incarnation"
    assert await system.ask("parrot", Say("again")) == "again"


async def test_what_was_told_behind_a_crash_is_handled_after_the_restart(system: System, keeper: Keeper, parrot: Cell) -> None:
    door: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    crashing = system.ask("parrot", Raise(ValueError("bad"), after=door))
    system.tell("parrot", Say("told behind"))
    asked = system.ask("parrot", Say("asked behind"))
    door.set_result(None)
    with pytest.raises(ActorCrashed):
        await crashing
    assert await asked == "asked behind"
    assert await system.ask("parrot", Hear()) == ["told behind", "asked behind"]


async def test_an_address_is_a_name_that_survives_the_incarnation(system: System, parrot: Cell) -> None:
    for _ in range(3):
        with pytest.raises(ActorCrashed):
            await system.ask("parrot", Raise(ValueError("bad")))
        assert await system.ask("parrot", Say("here")) == "here"


async def test_a_blocking_ask_on_the_loop_raises_instead_of_blocking(system: System, parrot: Cell) -> None:
    assert parrot.occupant is not None
    ref = parrot.occupant.actor_ref
    with pytest.raises(BlockingCall, match=r"await System\.ask"):
        ref.ask(Say("hello"))
    assert await ref.ask(Say("again"), block=False) == "again"


async def test_stopping_all_actors_the_blocking_way_raises_instead_of_blocking(system: System, parrot: Cell) -> None:
    with pytest.raises(BlockingCall):
        pykka.ActorRegistry.stop_all()


async def test_a_loop_actor_is_a_pykka_actor_in_pykkas_registry(system: System, parrot: Cell) -> None:
    assert isinstance(parrot.occupant, pykka.Actor)
    assert parrot.occupant.actor_ref in pykka.ActorRegistry.get_all()
    await system.stop("parrot")
    assert pykka.ActorRegistry.get_all() == []


async def test_a_stopped_actor_finishes_its_mailbox_and_refuses_what_comes_later(system: System, parrot: Cell) -> None:
    door: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    held = system.ask("parrot", Hold(door))
    before = system.ask("parrot", Say("before"))
    stopped = system.stop("parrot")
    behind = system.ask("parrot", Say("behind"))
    door.set_result("open")
    await stopped
    assert (await held, await before) == ("open", "before")
    with pytest.raises(ActorUnavailable):
        await behind
    with pytest.raises(ActorUnavailable):
        await system.ask("parrot", Say("later"))
    assert not system.tell("parrot", Say("later"))


async def test_a_quarantined_actor_refuses_and_serves_again_after_its_next_start(system: System, keeper: Keeper, parrot: Cell) -> None:
    keeper.restart = False
    with pytest.raises(ActorCrashed):
        await system.ask("parrot", Raise(ValueError("bad")))
    waiting = system.ask("parrot", Say("waiting"))
    system.quarantine(parrot, 60)
    with pytest.raises(ActorUnavailable, match="quarantined"):
        await waiting
    with pytest.raises(ActorUnavailable):
        await system.ask("parrot", Say("refused"))
    system.start(parrot)
    assert await system.ask("parrot", Say("again")) == "again"


async def test_a_message_nobody_hears_is_a_crash_and_says_so(system: System, keeper: Keeper, parrot: Cell) -> None:
    with pytest.raises(ActorCrashed, match="parrot does not hear int"):
        await system.ask("parrot", 42)
    assert len(keeper.failures) == 1


async def test_a_message_from_another_thread_is_handled_on_the_loop(system: System, parrot: Cell) -> None:
    await asyncio.to_thread(parrot.put, _envelope(Say("from afar")))
    async with asyncio.timeout(30):
        while await system.ask("parrot", Hear()) != ["from afar"]:
            await asyncio.sleep(0)


async def test_the_time_from_crash_to_serving_is_kept(system: System, keeper: Keeper, parrot: Cell) -> None:
    clock = system.clock
    assert isinstance(clock, HandClock)
    keeper.restart = False
    with pytest.raises(ActorCrashed):
        await system.ask("parrot", Raise(ValueError("bad")))
    assert parrot.state is CellState.RESTARTING
    clock.advance(1.5)
    system.start(parrot)
    assert parrot.state is CellState.RUNNING
    assert parrot.recovery_ms == 1500


async def test_a_crash_fails_the_answers_the_actor_still_owed(system: System, keeper: Keeper) -> None:
    class Debtor(LoopActor):
        @hears(Say)
        def on_say(self, message: Say) -> None:
            self.owed = self.defer(outlives=message.word == "outlives")

        @hears(Raise)
        def on_raise(self, message: Raise) -> None:
            raise message.error

    system.start(system.add("debtor", "debtor", None, Debtor))
    owed = system.ask("debtor", Say("owed"))
    outlives = system.ask("debtor", Say("outlives"))
    assert not owed.done()
    with pytest.raises(ActorCrashed):
        await system.ask("debtor", Raise(ValueError("bad")))
    with pytest.raises(ActorCrashed):
        await owed
    assert not outlives.done()


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt(), asyncio.CancelledError(), GeneratorExit()])
async def test_a_base_exception_in_a_spawned_task_ends_neither_the_loop_nor_a_neighbour(
    system: System, keeper: Keeper, parrot: Cell, error: BaseException
) -> None:
    class Boss(LoopActor):
        @hears(Say)
        async def on_say(self, message: Say) -> None:
            await self.spawn(self.work())

        async def work(self) -> None:
            raise error

    system.start(system.add("boss", "boss", None, Boss))
    await system.ask("parrot", Say("before"))
    with pytest.raises(ActorCrashed):
        await system.ask("boss", Say("work"))
    assert await system.ask("parrot", Hear()) == ["before"]
    assert len(keeper.failures) == 1


async def test_a_base_exception_of_a_listener_is_the_listeners_alone(system: System, parrot: Cell) -> None:
    told: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context["exception"]))
    door: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    reply = system.ask("parrot", Hold(door))

    def listener(_: object) -> None:
        raise SystemExit(3)

    reply.then(listener)
    door.set_result("open")
    assert await reply == "open"
    assert await system.ask("parrot", Hear()) == []
    assert [type(error) for error in told] == [SystemExit]


async def test_an_exception_that_cannot_be_shown_is_a_crash_like_any_other(system: System, keeper: Keeper, parrot: Cell) -> None:
    class Mute(Exception):
        def __str__(self) -> str:
            raise ValueError("no words")

    with pytest.raises(ActorCrashed):
        await system.ask("parrot", Raise(Mute()))
    assert parrot.last_failure == "Mute"
    assert await system.ask("parrot", Say("here")) == "here"


async def test_a_task_that_is_cancelled_before_it_began_leaves_nothing_behind(system: System, keeper: Keeper) -> None:
    class Hasty(LoopActor):
        @hears(Say)
        def on_say(self, _: Say) -> None:
            self.spawn(asyncio.sleep(3600))
            raise ValueError("bad")

    system.start(system.add("hasty", "hasty", None, Hasty))
    with pytest.raises(ActorCrashed):
        await system.ask("hasty", Say("go"))


def _envelope(message: object) -> object:
    from pykka._envelope import Envelope

    return Envelope(message)


Way = Callable[[System, str, object], Any]
WAYS: dict[str, Way] = {"asked": System.ask, "asked at once": System.ask_at_once}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
async def test_an_answer_that_is_known_is_given_when_what_it_waits_for_is_settled(system: System, parrot: Cell, way: Way) -> None:
    pending = Reply()
    asked = way(system, "parrot", Promise(pending, "hello"))
    behind = system.ask("parrot", Say("behind"))
    assert not asked.done()
    assert not behind.done(), "the turn is not over"
    pending.set(None)
    assert asked.result() == "hello"
    assert await behind == "behind"
    assert await system.ask("parrot", Hear()) == ["hello", "behind"]


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
async def test_a_failure_of_what_an_answer_waits_for_is_a_crash(system: System, keeper: Keeper, parrot: Cell, way: Way) -> None:
    pending = Reply()
    asked = way(system, "parrot", Promise(pending, "hello"))
    pending.fail(ValueError("broken"))
    with pytest.raises(ActorCrashed):
        await asked
    assert [str(error) for error in keeper.failures] == ["broken"]
    assert await system.ask("parrot", Say("again")) == "again"


async def test_a_turn_whose_wait_failed_may_be_rescued(system: System, keeper: Keeper, parrot: Cell) -> None:
    pending = Reply()
    asked = system.ask("parrot", Promise(pending, "hello"))
    pending.fail(KeyError("poison"))
    assert await asked == "no hello"
    assert keeper.failures == []


async def test_what_is_settled_after_a_crash_says_nothing_to_the_next_incarnation(system: System, keeper: Keeper, parrot: Cell) -> None:
    pending = Reply()
    asked = system.ask("parrot", Promise(pending, "hello"))
    assert parrot.occupant is not None
    parrot.occupant.crash(ValueError("meanwhile"))
    with pytest.raises(ActorCrashed):
        await asked
    pending.set(None)
    assert await system.ask("parrot", Hear()) == []
