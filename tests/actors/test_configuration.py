"""When a charger's actor asks for configuration keys by itself, and when it leaves the charger alone."""

from __future__ import annotations

from typing import Any

import pytest

from tests.actors.house import House, PaperLine
from voltaro.domain.command import ChangeConfiguration, CommandState
from voltaro.domain.configuration import STANDARD_KEYS, KeyState
from voltaro.ports import Outcome, OutcomeKind

BOOT = {"chargePointVendor": "V", "chargePointModel": "M", "firmwareVersion": "1.0"}
KEYS = {"configurationKey": [{"key": "HeartbeatInterval", "readonly": False, "value": "300"}]}
REFUSED = Outcome(OutcomeKind.ERROR, None, "NotSupported", "")
SETTLE_S = 6.0


async def settle(house: House) -> None:
    """Let a charger have had its say."""
    house.clock.advance(SETTLE_S)
    await house.heard()


async def boot(line: PaperLine, firmware: str = "1.0") -> None:
    """Boot, and tell the status by oneself, so that nobody asks for it."""
    await line.say("BootNotification", {**BOOT, "firmwareVersion": firmware})
    await stand(line)


async def stand(line: PaperLine) -> None:
    await line.say("StatusNotification", {"connectorId": 0, "errorCode": "NoError", "status": "Available"})


async def booted(house: House) -> PaperLine:
    line = await house.charger("CP1")
    await boot(line)
    await settle(house)
    return line


async def next_key(line: PaperLine, outcome: Outcome) -> list[str]:
    """The keys that are asked for next; how that ends."""
    request, done = await line.sent.get()
    assert request.action == "GetConfiguration"
    done(outcome)
    keys: list[str] = request.payload.get("key", [])
    return keys


async def known(house: House) -> Any:
    await house.heard()
    await house.written()
    return await house.store.configuration("CP1")


async def test_a_charger_is_read_once_it_has_settled_and_not_again_for_the_same_firmware(house: House) -> None:
    line = await booted(house)
    assert await line.asked(KEYS) == ("GetConfiguration", {})
    assert (await known(house)).firmware_version == "1.0"
    await boot(line)
    await settle(house)
    again = await house.line("CP1")
    await stand(again)
    await settle(house)
    assert (line.sent.qsize(), again.sent.qsize()) == (0, 0)
    await boot(again, "2.0")
    await settle(house)
    assert await again.asked(KEYS) == ("GetConfiguration", {})
    assert (await known(house)).firmware_version == "2.0"


async def test_a_restart_of_the_server_does_not_read_again(house: House) -> None:
    line = await booted(house)
    await line.asked(KEYS)
    await known(house)
    await house.fleet.inject("charger/CP1", "crash", 1, None)
    await line.say("Heartbeat", {})
    again = await house.line("CP1")
    await stand(again)
    await settle(house)
    assert again.sent.qsize() == 0


@pytest.mark.conformance("Q-71")
@pytest.mark.parametrize("outcome", [Outcome(OutcomeKind.TIMEOUT), REFUSED])
async def test_a_question_for_all_keys_that_fails_is_followed_by_single_ones(house: House, outcome: Outcome) -> None:
    line = await booted(house)
    assert await next_key(line, outcome) == []
    for name in STANDARD_KEYS:
        assert await next_key(line, Outcome(OutcomeKind.RESULT, {"unknownKey": [name]})) == [name]
    configuration = await known(house)
    assert configuration.read_at is not None
    assert not any(key.known for key in configuration.keys)


async def test_a_late_answer_with_all_keys_ends_the_single_questions(house: House) -> None:
    line = await booted(house)
    _, done = await line.sent.get()
    done(Outcome(OutcomeKind.TIMEOUT))
    request, one = await line.sent.get()
    done(Outcome(OutcomeKind.RESULT, KEYS, late=True))
    one(Outcome(OutcomeKind.RESULT, {"unknownKey": request.payload["key"]}))
    assert (await known(house)).read_at is not None
    assert line.sent.qsize() == 0


async def test_a_charger_that_answers_nothing_is_left_alone_and_that_is_told(house: House) -> None:
    line = await booted(house)
    for _ in range(3):
        await next_key(line, REFUSED)
    configuration = await known(house)
    assert configuration.failure == "it does not answer when it is asked for its configuration"
    again = await house.line("CP1")
    await stand(again)
    await settle(house)
    assert (line.sent.qsize(), again.sent.qsize()) == (0, 0)


@pytest.mark.conformance("Q-21", "Q-62")
async def test_a_charger_that_boots_in_a_loop_is_not_asked_before_it_is_calm(house: House) -> None:
    line = await house.charger("CP1")
    for _ in range(6):
        await boot(line)
    await settle(house)
    assert line.sent.qsize() == 0
    house.clock.advance(600)
    await boot(line)
    await settle(house)
    assert await line.asked(KEYS) == ("GetConfiguration", {})


@pytest.mark.conformance("Q-62")
async def test_a_write_without_an_answer_is_read_back_and_never_repeated(house: House) -> None:
    line = await booted(house)
    await line.asked(KEYS)
    command = await house.fleet.order("CP1", ChangeConfiguration("HeartbeatInterval", "60"), by="ada")
    request, done = await line.sent.get()
    done(Outcome(OutcomeKind.TIMEOUT))
    assert request.action == "ChangeConfiguration"
    assert await line.asked(KEYS) == ("GetConfiguration", {"key": ["HeartbeatInterval"]})
    assert (await house.fleet.settled(command, 10)).state is CommandState.TIMED_OUT
    configuration = await known(house)
    assert configuration.find("heartbeatinterval").state is KeyState.UNKNOWN
    assert line.sent.qsize() == 0


async def test_2_x_is_asked_for_no_keys(house: House) -> None:
    line = await house.charger("CP1", "ocpp2.0.1")
    await line.say("BootNotification", {"reason": "PowerUp", "chargingStation": {"vendorName": "V", "model": "M"}})
    await settle(house)
    assert line.sent.qsize() == 0
