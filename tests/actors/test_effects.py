"""Commands until their effect: patience by a clock moved by hand, late answers, crashes of the charger's actor."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from persistence.store import PostgresStore
from tests.actors.clocks import NOON
from tests.actors.house import House, PaperLine
from voltaro.domain.command import Command, CommandState, Effect, Reset, StartCharging, StopCharging
from voltaro.domain.fact import CommandChanged
from voltaro.domain.tag import Tag
from voltaro.ports import NewCharger, Outcome, OutcomeKind

BOOT = {"chargePointVendor": "V", "chargePointModel": "M"}
ACCEPTED = Outcome(OutcomeKind.RESULT, {"status": "Accepted"})


@pytest.fixture
async def house(house: House, store: PostgresStore) -> House:
    await store.add_tag(Tag("TAG"), by="test")
    return house


async def stored(house: House, command: Command) -> Any:
    await house.heard()
    await house.written()
    return await house.store.command(command.id)


async def until(house: House, command: Command, effect: Effect) -> Command:
    """The command as it is stored, once its effect is this one."""
    async with asyncio.timeout(30):
        while (known := await house.store.command(command.id)).effect is not effect:
            await asyncio.sleep(0.001)
    return known  # type: ignore[no-any-return]


async def start(house: House, line: PaperLine, *, tag: str = "TAG", evse_id: int = 1, at: int | None = None) -> int:
    """A start of the charger, dated so many seconds after noon, or now."""
    moment = house.now() if at is None else NOON + timedelta(seconds=at)
    payload = {"connectorId": evse_id, "idTag": tag, "meterStart": 0, "timestamp": moment.isoformat()}
    return int((await line.say("StartTransaction", payload))["transactionId"])


async def accepted_start(house: House, line: PaperLine) -> Command:
    command = await house.fleet.order("CP1", StartCharging("TAG", evse_id=1), by="ada")
    await line.asked({"status": "Accepted"})
    return await house.fleet.settled(command, 10)


async def test_a_start_that_nothing_follows_says_so_and_one_that_comes_later_is_another(house: House) -> None:
    line = await house.charger("CP1")
    command = await accepted_start(house, line)
    assert (command.effect, command.effect_until) == (Effect.AWAITED, NOON + timedelta(seconds=180))
    house.clock.advance(180)
    missed = await until(house, command, Effect.NOT_SEEN)
    assert (missed.state, missed.effect) == (CommandState.ACCEPTED, Effect.NOT_SEEN)
    assert missed.reason == "accepted, but no session has started within 180 s"
    house.clock.advance(3600)
    await start(house, line)
    assert (await stored(house, command)).session_id is None


async def test_a_start_that_was_made_in_time_and_sent_later_is_the_one(house: House) -> None:
    line = await house.charger("CP1")
    command = await accepted_start(house, line)
    house.clock.advance(600)
    await start(house, line, at=100)
    seen = await until(house, command, Effect.SEEN)
    assert (seen.state, seen.effect, seen.reason, seen.session_id is not None) == (CommandState.EFFECTIVE, Effect.SEEN, None, True)


async def test_a_start_that_the_charger_kept_from_before_is_not_the_one(house: House) -> None:
    line = await house.charger("CP1")
    command = await accepted_start(house, line)
    await start(house, line, at=-3600)
    assert (await stored(house, command)).effect is Effect.AWAITED
    await start(house, line, tag="OTHER")
    await start(house, line, evse_id=2)
    assert (await stored(house, command)).effect is Effect.AWAITED
    await start(house, line, at=1)
    await until(house, command, Effect.SEEN)


async def test_a_charger_whose_clock_is_hours_behind_is_believed_once_it_has_caught_up(house: House) -> None:
    line = await house.charger("CP1")
    house.clock.advance(61)
    command = await accepted_start(house, line)
    await start(house, line, at=-7200)
    await until(house, command, Effect.SEEN)


async def test_of_two_starts_each_has_its_own_session(house: House) -> None:
    line = await house.charger("CP1")
    first = await accepted_start(house, line)
    house.clock.advance(1)
    second = await accepted_start(house, line)
    await start(house, line)
    await until(house, first, Effect.SEEN)
    assert (await stored(house, second)).effect is Effect.AWAITED


async def test_a_command_that_was_never_answered_and_done_all_the_same_is_effective_also_when_the_answer_comes_late(house: House) -> None:
    line = await house.charger("CP1")
    command = await house.fleet.order("CP1", StartCharging("TAG", evse_id=1), by="ada")
    _, done = await line.sent.get()
    done(Outcome(OutcomeKind.TIMEOUT))
    assert (await house.fleet.settled(command, 10)).state is CommandState.TIMED_OUT
    await start(house, line)
    seen = await until(house, command, Effect.SEEN)
    assert (seen.state, seen.effect, seen.response) == (CommandState.EFFECTIVE, Effect.SEEN, None)
    done(ACCEPTED._replace(late=True))
    async with asyncio.timeout(30):
        while (late := await stored(house, command)).response is None:
            await asyncio.sleep(0.001)
    assert (late.state, late.effect, late.response) == (CommandState.EFFECTIVE, Effect.SEEN, {"status": "Accepted"})


async def test_a_start_before_the_answer_is_the_effect_unless_the_answer_is_no(house: House) -> None:
    line = await house.charger("CP1")
    await line.say("BootNotification", BOOT)
    for answer, state, effect in (
        (ACCEPTED, CommandState.EFFECTIVE, Effect.SEEN),
        (Outcome(OutcomeKind.RESULT, {"status": "Rejected"}), CommandState.REJECTED, Effect.NONE),
    ):
        command = await house.fleet.order("CP1", StartCharging("TAG", evse_id=1), by="ada")
        _, done = await line.sent.get()
        await start(house, line)
        assert (await until(house, command, Effect.SEEN)).state is CommandState.SENT
        done(answer)
        ended = await house.fleet.settled(command, 10)
        assert await house.store.command(command.id) == ended
        assert (ended.state, ended.effect) == (state, effect)
        house.clock.advance(1)


async def test_a_command_that_timed_out_and_showed_nothing_says_so(house: House) -> None:
    line = await house.charger("CP1")
    command = await house.fleet.order("CP1", StopCharging("7"), by="ada")
    _, done = await line.sent.get()
    done(Outcome(OutcomeKind.TIMEOUT))
    await house.fleet.settled(command, 10)
    house.clock.advance(180)
    missed = await until(house, command, Effect.NOT_SEEN)
    assert (missed.state, missed.effect) == (CommandState.TIMED_OUT, Effect.NOT_SEEN)
    assert missed.reason == "there was no answer, but the session has not ended within 180 s"


async def test_what_is_awaited_outlives_a_crash_of_the_chargers_actor_and_so_does_its_patience(house: House) -> None:
    line = await house.charger("CP1")
    started = await accepted_start(house, line)
    reset = await house.fleet.order("CP1", Reset(), by="ada")
    await line.asked({"status": "Accepted"})
    await house.fleet.settled(reset, 10)
    await house.fleet.inject("charger/CP1", "crash", 1, None)
    await start(house, line)
    assert house.system.cells["charger/CP1"].restarts == 1
    await until(house, started, Effect.SEEN)
    house.clock.advance(900)
    missed = await until(house, reset, Effect.NOT_SEEN)
    assert (missed.effect, missed.reason) == (Effect.NOT_SEEN, "accepted, but the charger has not booted within 900 s")


async def test_what_was_sent_before_a_restart_and_has_no_answer_is_unknown(house: House) -> None:
    await house.store.add_charger(NewCharger("CP1", security_profile=0), by="test")
    left = Command("c1", "CP1", "Reset", {"type": "Hard"}, CommandState.SENT, NOON, "ada", sent_at=NOON)
    waited = Command("c2", "CP1", "ClearCache", {}, CommandState.QUEUED, NOON, "ada")
    await house.store.write([CommandChanged(left), CommandChanged(waited)])
    line = await house.line("CP1")
    ended = await until(house, left, Effect.AWAITED)
    assert (ended.state, ended.effect) == (CommandState.UNKNOWN, Effect.AWAITED)
    assert (await house.fleet.settled(waited, 10)).state is CommandState.UNKNOWN
    assert line.sent.empty()
    await line.say("BootNotification", BOOT)
    assert (await until(house, left, Effect.SEEN)).state is CommandState.EFFECTIVE


async def test_commands_of_a_charger_that_never_came_back_are_ended(house: House) -> None:
    await house.store.write(
        [
            CommandChanged(Command("c1", "GONE", "Reset", {}, CommandState.SENT, NOON)),
            CommandChanged(
                Command(
                    "c2",
                    "GONE",
                    "Reset",
                    {},
                    CommandState.ACCEPTED,
                    NOON,
                    effect=Effect.AWAITED,
                    effect_until=NOON + timedelta(seconds=60),
                )
            ),
            CommandChanged(Command("c3", "GONE", "Reset", {}, CommandState.SENT, NOON + timedelta(hours=3))),
        ]
    )
    stale = await house.store.stale_commands(NOON + timedelta(hours=2))
    assert sorted((command.id, command.state, command.effect) for command in stale) == [
        ("c1", CommandState.UNKNOWN, Effect.NONE),
        ("c2", CommandState.ACCEPTED, Effect.NOT_SEEN),
    ]


async def test_who_waits_for_the_effect_is_told_when_it_is_stored(house: House) -> None:
    line = await house.charger("CP1")
    command = await accepted_start(house, line)
    assert (await house.fleet.settled(command, 0.01, effective=True)).effect is Effect.AWAITED
    await start(house, line)
    seen = await house.fleet.settled(command, 10, effective=True)
    assert seen.effect is Effect.SEEN
    assert await house.store.command(command.id) == seen


async def test_commands_that_are_over_are_forgotten(house: House) -> None:
    line = await house.charger("CP1")
    for _ in range(120):
        command = await house.fleet.command("CP1", "ClearCache", {}, by="ada")
        await line.asked({"status": "Accepted"})
        await house.fleet.settled(command, 10)
    for number in range(40):
        missed = await house.fleet.order("CP1", StartCharging("TAG", evse_id=number + 1), by="ada")
        await line.asked({"status": "Accepted"})
        await house.fleet.settled(missed, 10)
    house.clock.advance(200)
    await house.heard()
    actor = house.system.cells["charger/CP1"].occupant
    assert len(actor._commands._open) == 32  # type: ignore[union-attr]


async def test_a_setting_that_needs_a_restart_is_awaited_until_it_is_read_back_or_another_takes_its_place(house: House) -> None:
    line = await house.charger("CP1")
    changes = []
    for value in ("30", "60"):
        payload = {"key": "MeterValueSampleInterval", "value": value}
        changes.append(await house.fleet.command("CP1", "ChangeConfiguration", payload, by="ada"))
        while (await line.asked({"status": "RebootRequired"}))[0] != "ChangeConfiguration":
            pass
        await house.fleet.settled(changes[-1], 10)
    replaced = await until(house, changes[0], Effect.NOT_SEEN)
    assert replaced.reason == "a later command asked for something else"
    waits = await until(house, changes[1], Effect.AWAITED)
    assert (waits.state, waits.effect_until) == (CommandState.ACCEPTED, None)
    assert waits.reason == "the charger has stored it, and needs a restart to use it"
    await house.fleet.command("CP1", "GetConfiguration", {"key": ["MeterValueSampleInterval"]}, by="ada")
    told = {"configurationKey": [{"key": "MeterValueSampleInterval", "readonly": False, "value": "60"}]}
    while (await line.asked(told))[0] != "GetConfiguration":
        pass
    assert (await until(house, changes[1], Effect.SEEN)).state is CommandState.EFFECTIVE
