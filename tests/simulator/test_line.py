"""The charger's end of the WebSocket, against bytes a server may send."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve

from tests.simulator.central import ManualAlarm
from voltaro.simulator import SimulatedCharger


async def test_a_message_in_fragments_is_put_together(place: Callable[..., Any]) -> None:
    central, charger, _ = await place("ocpp1.6")
    text = json.dumps([2, "cs-9", "ClearCache", {}])
    future: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
    central._waiting["cs-9"] = ("ClearCache", future)
    await central.line.send([text[:5], text[5:12], text[12:]])
    assert await asyncio.wait_for(future, 30) == {"status": "Accepted"}
    assert charger.online


@pytest.mark.parametrize("compression", [False, True])
async def test_a_line_works_with_and_without_compression(place: Callable[..., Any], compression: bool) -> None:
    central, _, _ = await place("ocpp2.0.1", compression=compression)
    offered = central.line.protocol.extensions
    assert bool(offered) is compression
    assert await central.command("ClearCache", {}) == {"status": "Accepted"}


async def test_a_servers_ping_is_answered(place: Callable[..., Any]) -> None:
    central, _, _ = await place("ocpp1.6")
    async with asyncio.timeout(30):
        await (await central.line.ping())


async def test_a_servers_close_code_is_noted(place: Callable[..., Any]) -> None:
    central, charger, _ = await place("ocpp1.6")
    await central.line.close(1013, "later")
    await charger.wait_until(lambda: not charger.online)
    assert charger.tally.lines_lost == {"close code 1013": 1}


async def test_a_message_that_is_too_large_ends_the_line(place: Callable[..., Any]) -> None:
    central, charger, _ = await place("ocpp1.6")
    await central.line.send("x" * (1 << 20) + "x")
    await charger.wait_until(lambda: not charger.online)
    assert charger.tally.lines_lost.total() == 1


async def test_a_server_without_a_common_version_is_left() -> None:
    async def agree_to_nothing(line: ServerConnection) -> None:
        await line.wait_closed()

    async with serve(agree_to_nothing, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        charger = SimulatedCharger(f"ws://127.0.0.1:{port}", "SIM-1", clock=ManualAlarm())
        charger.start()
        await charger.wait_until(lambda: charger.tally.refusals == {"no common version": 1})
        await charger.close()


async def test_nobody_listening_is_a_refusal_and_not_an_error() -> None:
    async with serve(lambda line: line.wait_closed(), "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
    clock = ManualAlarm()
    charger = SimulatedCharger(f"ws://127.0.0.1:{port}", "SIM-1", clock=clock)
    charger.start()
    await charger.wait_until(lambda: charger.tally.refusals == {"ConnectionRefusedError": 1})
    clock.advance(10)
    await charger.wait_until(lambda: charger.tally.refusals["ConnectionRefusedError"] == 2)
    await charger.close()


async def test_waiting_for_what_never_comes_says_what_was_seen(place: Callable[..., Any]) -> None:
    _, charger, _ = await place("ocpp1.6")
    with pytest.raises(TimeoutError, match=r"SIM-1 ocpp1\.6 Accepted 1:Available 2:Available> never became Charging at EVSE 1"):
        await charger.wait_for("Charging", 1, bound_s=0.01)
