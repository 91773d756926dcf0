"""Strangers under policy ``pending``: they may boot and wait, nothing else, and not too many of them."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

import pytest

from tests.gateway.fakes import House, call, closed, credential, receive
from tests.websocket import upgrade
from voltaro.config import UnknownChargers
from voltaro.gateway.limits import Limits

BOOT_16 = {"chargePointVendor": "V", "chargePointModel": "M", "chargePointSerialNumber": "7"}
BOOT_2 = {"reason": "PowerUp", "chargingStation": {"vendorName": "V", "model": "M"}}


def _house(**options: Limits) -> House:
    return House(credential(), policy=UnknownChargers.PENDING, **options)


@pytest.mark.parametrize(("protocol", "boot"), [("ocpp1.6", BOOT_16), ("ocpp2.0.1", BOOT_2), ("ocpp2.1", BOOT_2)])
async def test_a_strangers_boot_is_answered_pending_and_shown(protocol: str, boot: dict[str, object]) -> None:
    async with _house() as house, house.connect("/NEW", (protocol,)) as client:
        await client.send(call("1", "BootNotification", boot))
        answer = await receive(client)
        assert (answer[0], answer[2]["status"]) == (3, "Pending")
        [stranger] = house.gateway.room.strangers()
        assert (stranger.charger_id, stranger.protocol, stranger.since) == ("NEW", protocol, house.clock.now())
        assert stranger.boot is not None
        assert stranger.boot.vendor == "V"
        assert house.calls.up == []


@pytest.mark.parametrize("action", ["Heartbeat", "StartTransaction", "MeterValues", "NoSuchAction", "StatusNotification"])
async def test_anything_else_of_a_stranger_is_refused(action: str) -> None:
    async with _house() as house, house.connect("/NEW") as client:
        await client.send(call("1", action, {"whatever": 1}))
        assert (await receive(client))[:3] == [4, "1", "SecurityError"]
        assert house.calls.handed == []


async def test_a_known_charger_is_no_stranger() -> None:
    async with _house() as house, house.connect():
        await house.line()
        assert house.gateway.room.strangers() == []


async def test_there_is_room_for_so_many_strangers_and_no_more() -> None:
    async with _house(limits=Limits(strangers=3)) as house, AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(house.connect(f"/NEW{number}")) for number in range(3)]
        await _waiting(house, 3)
        async with await house.raw() as late:
            late.send(upgrade("/NEW9"))
            assert (await late.rest()).startswith(b"HTTP/1.1 503 ")
        await clients[0].close()
        await _waiting(house, 2)
        async with house.connect("/NEW9"):
            await _waiting(house, 3)


async def test_a_hundred_strangers_may_wait() -> None:
    assert Limits().strangers == 100


async def test_a_stranger_that_comes_again_replaces_itself() -> None:
    async with _house(limits=Limits(strangers=1)) as house, house.connect("/NEW") as older:
        await _waiting(house, 1)
        async with house.connect("/NEW") as newer:
            assert (await closed(older))[0] == 4001
            await newer.send(call("1"))
            assert (await receive(newer))[2] == "SecurityError"
            assert len(house.gateway.room.strangers()) == 1


async def test_a_dismissed_stranger_is_hung_up_on_and_judged_anew() -> None:
    async with _house() as house, house.connect("/NEW") as client:
        await _waiting(house, 1)
        assert house.gateway.room.dismiss("NEW")
        assert not house.gateway.room.dismiss("NEW")
        assert (await closed(client))[0] == 1000
        house.calls.known["NEW"] = credential("NEW")
        async with house.connect("/NEW"):
            assert (await house.line()).charger_id == "NEW"


async def test_a_strangers_messages_are_small() -> None:
    async with _house() as house, house.connect("/NEW") as client:
        await client.send("x" * 70_000)
        assert (await closed(client))[0] == 1009


async def test_strangers_leave_no_messages_in_the_log() -> None:
    async with House(policy=UnknownChargers.PENDING, frame_log=True) as house, house.connect("/NEW") as client:
        await client.send(call("1"))
        await receive(client)
        assert house.calls.exchanges == []


async def _waiting(house: House, count: int) -> None:
    async with asyncio.timeout(30):
        while len(house.gateway.room.strangers()) != count:
            await asyncio.sleep(0)
