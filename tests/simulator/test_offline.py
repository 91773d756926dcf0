"""Without a line: charging goes on, what must be told waits, and is told in order once the line is back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import pytest

from tests.simulator.central import CallError, Silence
from voltaro.simulator import Battery
from voltaro.simulator.line import Address
from voltaro.simulator.route import Route

ALL = ("ocpp1.6", "ocpp2.0.1", "ocpp2.1")
CAR = Battery(capacity_wh=60_000, max_power_w=11_000, soc=0.2)


async def test_a_16_session_held_offline_is_replayed_in_order(place: Callable[..., Any]) -> None:
    central, charger, clock = await place("ocpp1.6", meter_interval_s=60)
    await charger.go_offline()
    await charger.plug_in(1, CAR)
    assert await charger.present_tag("TAG1", 1) == "Accepted"
    clock.advance(130)
    await charger.stop(1)
    await charger.unplug(1)
    central.heard.clear()
    await charger.go_online()
    await charger.settled()
    money = [each for each in central.heard if each.action != "StatusNotification"]
    assert [each.action for each in money] == ["StartTransaction", "MeterValues", "MeterValues", "StopTransaction"]
    assert [each.payload.get("transactionId") for each in money] == [None, 1, 1, 1]
    stamps = [each.payload.get("timestamp") or each.payload["meterValue"][0]["timestamp"] for each in money]
    assert stamps == ["2031-05-04T03:02:01.000Z", "2031-05-04T03:03:01.000Z", "2031-05-04T03:04:01.000Z", "2031-05-04T03:04:11.000Z"]
    assert money[-1].payload["meterStop"] - money[0].payload["meterStart"] == 397
    assert charger.sessions[0].closed


@pytest.mark.parametrize("protocol", ["ocpp2.0.1", "ocpp2.1"])
async def test_a_2x_session_held_offline_is_replayed_in_order_and_says_so(place: Callable[..., Any], protocol: str) -> None:
    central, charger, clock = await place(protocol, meter_interval_s=60)
    await charger.go_offline()
    await charger.plug_in(1, CAR)
    await charger.present_tag("TAG1", 1)
    clock.advance(130)
    await charger.stop(1)
    await charger.go_online()
    await charger.settled()
    events = [each.payload for each in central.of("TransactionEvent")]
    assert [each["eventType"] for each in events] == ["Started", "Updated", "Updated", "Ended"]
    assert [each["seqNo"] for each in events] == [0, 1, 2, 3]
    assert all(each["offline"] is True for each in events)


@pytest.mark.parametrize("protocol", ALL)
async def test_a_charger_that_comes_back_does_not_boot_again(place: Callable[..., Any], protocol: str) -> None:
    central, charger, _ = await place(protocol)
    await charger.go_offline()
    await charger.plug_in(2, CAR)
    central.heard.clear()
    await charger.go_online()
    await charger.settled()
    assert central.actions() == ["StatusNotification"], "only what changed meanwhile"


@pytest.mark.parametrize("protocol", ALL)
async def test_a_message_whose_line_was_cut_is_sent_again_without_counting_as_a_failure(place: Callable[..., Any], protocol: str) -> None:
    central, charger, clock = await place(protocol)
    start = "StartTransaction" if protocol == "ocpp1.6" else "TransactionEvent"
    central.answer(start, *[Silence] * 4)
    await charger.plug_in(1, CAR)
    await charger.present_tag("TAG1", 1)
    for time in range(1, 5):
        await central.wait(start, time)
        charger.sever()
        await charger.wait_until(lambda: not charger.online)
        clock.reach(lambda: charger.machine.dial_at <= clock.monotonic())
        await charger.wait_until(lambda: charger.online)
    heard = await central.wait(start, 5)
    await charger.settled()
    assert all(each.payload == heard[0].payload for each in heard[:5])
    assert len({each.message_id for each in heard[:5]}) == 5
    assert charger.sessions[0].begun
    assert charger.ledger.discarded == []


@pytest.mark.parametrize("protocol", ALL)
async def test_a_message_that_fails_is_tried_after_growing_waits_and_then_given_up(place: Callable[..., Any], protocol: str) -> None:
    central, charger, clock = await place(protocol)
    start = "StartTransaction" if protocol == "ocpp1.6" else "TransactionEvent"
    charger.machine.settings.attempts, charger.machine.settings.retry_interval_s = 3, 10
    central.answer(start, *[CallError("InternalError")] * 3)
    await charger.plug_in(1, CAR)
    began = clock.monotonic()
    await charger.present_tag("TAG1", 1)
    times = []
    for attempt in range(1, 4):
        clock.reach(lambda attempt=attempt: charger.tally.sent[start] >= attempt)
        times.append(clock.monotonic() - began)
        await charger.quiet()
    assert times == [0, 10, 30]  # the second wait is twice the first
    assert [(each.action, each.attempts, each.reason) for each in charger.ledger.discarded] == [(start, 3, "InternalError")]
    assert len(charger.machine.outbox) == 0


async def test_a_16_session_whose_start_was_given_up_goes_on_as_transaction_minus_one(place: Callable[..., Any]) -> None:
    central, charger, _ = await place("ocpp1.6")
    charger.machine.settings.attempts = 1
    central.answer("StartTransaction", CallError("InternalError"))
    await charger.plug_in(1, CAR)
    await charger.present_tag("TAG1", 1)
    await charger.settled()
    await charger.stop(1)
    (stop,) = await central.wait("StopTransaction")
    assert stop.payload["transactionId"] == -1


async def test_other_messages_pass_one_that_waits_for_its_retry(place: Callable[..., Any]) -> None:
    central, charger, clock = await place("ocpp1.6")
    central.answer("StartTransaction", CallError("InternalError"))
    await charger.plug_in(1, CAR)
    await charger.present_tag("TAG1", 1)
    await charger.quiet()
    assert charger.tally.errors["InternalError"] == 1
    await charger.plug_in(2, CAR)
    await central.wait("StatusNotification", connectorId=2, status="Preparing")
    await charger.stop(1)
    await charger.quiet()
    assert not central.of("StopTransaction"), "messages about sessions keep their order"
    clock.advance(61)
    await central.wait("StopTransaction")
    money = [each.action for each in central.heard if each.action.endswith("Transaction")]
    assert money == ["StartTransaction", "StartTransaction", "StopTransaction"]


async def test_no_answer_in_time_counts_as_a_failure(place: Callable[..., Any]) -> None:
    central, charger, clock = await place("ocpp1.6")
    central.answer("StartTransaction", Silence)
    await charger.plug_in(1, CAR)
    await charger.present_tag("TAG1", 1)
    await central.wait("StartTransaction")
    clock.advance(30)
    assert charger.tally.errors["timeout"] == 1
    await charger.quiet()
    clock.advance(59)
    assert charger.tally.sent["StartTransaction"] == 1
    clock.advance(1)
    assert charger.tally.sent["StartTransaction"] == 2


async def test_an_unanswered_heartbeat_makes_the_charger_dial_again(place: Callable[..., Any]) -> None:
    central, charger, clock = await place("ocpp1.6")
    central.answer("Heartbeat", Silence)
    clock.advance(300)
    await central.wait("Heartbeat")
    clock.advance(30)
    await charger.wait_until(lambda: not charger.online)
    clock.advance(1)
    await charger.wait_until(lambda: charger.online)
    assert charger.tally.reconnects == 1
    assert charger.tally.lines_lost == {"given up": 1}


async def test_the_waits_between_dials_double_up_to_the_ceiling(place: Callable[..., Any]) -> None:
    central, charger, clock = await place("ocpp1.6")
    central.refuse_with = HTTPStatus.NOT_FOUND
    charger.sever()
    await charger.wait_until(lambda: not charger.online)
    waits = []
    for refusal in range(1, 10):
        before = clock.monotonic()
        clock.reach(lambda: charger.machine.dial_at <= clock.monotonic())
        waits.append(clock.monotonic() - before)
        await charger.wait_until(lambda refusal=refusal: charger.tally.refusals["status 404"] == refusal)
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]


async def test_a_servers_retry_after_is_obeyed(place: Callable[..., Any]) -> None:
    _, charger, clock = await place("ocpp1.6")
    charger.machine.dial_failed("status 503", 120.0)
    assert 120 <= charger.machine.dial_at - clock.monotonic() <= 122


@pytest.mark.parametrize("protocol", ALL)
async def test_a_central_system_that_forgot_the_charger_gets_a_boot(place: Callable[..., Any], protocol: str) -> None:
    central, charger, _ = await place(protocol)
    start = "StartTransaction" if protocol == "ocpp1.6" else "TransactionEvent"
    central.answer(start, CallError("SecurityError"))
    await charger.plug_in(1, CAR)
    await charger.present_tag("TAG1", 1)
    await charger.wait_until(lambda: bool(charger.sessions) and charger.sessions[0].begun)
    assert len(central.of("BootNotification")) == 2
    assert charger.ledger.discarded == []


@pytest.mark.parametrize("protocol", ALL)
async def test_a_power_cut_ends_the_sessions_and_tells_after_the_boot(place: Callable[..., Any], protocol: str) -> None:
    central, charger, clock = await place(protocol)
    await charger.plug_in(1, CAR)
    await charger.present_tag("TAG1", 1)
    await charger.settled()
    central.heard.clear()
    charger.power_cut()
    await charger.wait_until(lambda: not charger.online)
    clock.advance(3)
    await charger.booted()
    assert central.actions()[0] == "BootNotification"
    end = central.of("StopTransaction") or central.of("TransactionEvent")
    assert (end[0].payload.get("reason") or end[0].payload["transactionInfo"]["stoppedReason"]) == "PowerLoss"


async def test_a_charger_gives_up_a_handshake_that_never_ends(place: Callable[..., Any]) -> None:
    async def mute(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    _, charger, clock = await place("ocpp1.6", connect=False)
    async with await asyncio.start_server(mute, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        charger._route = Route(Address.of(f"ws://127.0.0.1:{port}", "SIM-1", "ocpp1.6"))
        charger.start()
        await charger.wait_until(lambda: charger._line is not None and charger._line.connected)
        clock.advance(31)
        await charger.wait_until(lambda: charger.tally.refusals == {"no answer in time": 1})
        await charger.close()
