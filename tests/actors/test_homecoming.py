"""When a charger that has come back is asked, by a clock that is moved by hand."""

from __future__ import annotations

from typing import Any

import pytest

from actors.settling import A_SECOND, Settling
from tests.actors.house import House, PaperLine

BOOT = {"chargePointVendor": "V", "chargePointModel": "M"}
QUESTION = ("TriggerMessage", {"requestedMessage": "StatusNotification", "connectorId": 1})


async def report(line: PaperLine, connector: int = 1) -> None:
    await line.say("StatusNotification", {"connectorId": connector, "errorCode": "NoError", "status": "Available"})


async def back(house: House) -> PaperLine:
    """A charger whose connector is known, on a new line."""
    line = await house.charger("CP1")
    await line.say("BootNotification", BOOT)
    await report(line)
    return await house.line("CP1")


async def asked(line: PaperLine) -> tuple[str, dict[str, Any]]:
    """The next message that is asked for."""
    while (question := await line.asked({"status": "Accepted"}))[0] != "TriggerMessage":
        pass
    return question


async def silent(line: PaperLine) -> bool:
    """Whether no message has been asked for so far."""
    await line.say("Heartbeat", {})
    waiting = [line.sent.get_nowait() for _ in range(line.sent.qsize())]
    return all(request.action != "TriggerMessage" for request, _ in waiting)


async def test_it_is_asked_once_it_has_settled_and_a_boot_begins_the_wait_anew(house: House) -> None:
    line = await back(house)
    house.clock.advance(4)
    assert await silent(line)
    await line.say("BootNotification", BOOT)
    house.clock.advance(4)
    assert await silent(line)
    house.clock.advance(1)
    assert await asked(line) == QUESTION
    house.clock.advance(600)
    assert await silent(line), "each is asked once"


async def test_one_that_tells_of_no_connector_at_all_is_asked_for_all_of_them_in_the_end(house: House) -> None:
    line = await house.charger("CP1")
    await line.say("BootNotification", BOOT)
    house.clock.advance(6)
    assert await silent(line)
    house.clock.advance(61)
    assert await asked(line) == ("TriggerMessage", {"requestedMessage": "StatusNotification"})
    await report(line)
    house.clock.advance(61)
    assert await silent(line)


async def test_what_was_to_be_asked_over_a_line_is_not_asked_over_the_next(house: House) -> None:
    first = await back(house)
    house.clock.advance(4)
    second = await house.line("CP1")
    house.clock.advance(4)
    assert first.sent.empty()
    assert await silent(second)
    house.clock.advance(1)
    assert await asked(second) == QUESTION


async def test_a_charger_that_boots_again_and_again_is_asked_when_it_is_calm(house: House) -> None:
    line = await back(house)
    answers: list[dict[str, Any]] = [await line.say("BootNotification", BOOT) for _ in range(6)]
    assert (answers[0]["interval"], answers[-1]["interval"]) == (300, 600)
    house.clock.advance(500)
    assert await silent(line)
    house.clock.advance(101)
    assert await asked(line) == QUESTION
    assert (await line.say("BootNotification", BOOT))["interval"] == 300


async def test_a_crash_forgets_nothing_that_is_still_to_be_asked(house: House) -> None:
    line = await back(house)
    house.clock.advance(4)
    await house.written()
    await house.fleet.inject("charger/CP1", "crash", 1, None)
    await line.say("Heartbeat", {})
    house.clock.advance(5)
    assert await asked(line) == QUESTION


def test_one_waits_for_nobody_and_thousands_for_their_turn() -> None:
    settling = Settling()
    assert settling.wait_s(100.0) == 0
    assert settling.wait_s(200.0) == 0
    waits = [settling.wait_s(300.0) for _ in range(10 * A_SECOND)]
    assert waits[0] == 0
    assert waits == sorted(waits)
    assert waits[-1] == pytest.approx(10.0, abs=0.1)
