"""A charger by hand over a real WebSocket, that leaves our own CALLs aside."""

from __future__ import annotations

import asyncio
import itertools
import json
from typing import Any

from websockets.asyncio.client import ClientConnection

from tests.e2e.talking import BOOT
from tests.looking import until
from tests.running import RunningServer

_numbers = itertools.count(1)


def identity() -> str:
    """One that no other test has."""
    return f"RP{next(_numbers)}"


async def known(server: RunningServer, **quirks: Any) -> str:
    """A charger that an operator has made known, with these quirks switched on."""
    name = identity()
    await server.api("POST", "/api/v1/chargers", {"id": name, "security_profile": 0})
    if quirks:
        await server.api("PATCH", f"/api/v1/chargers/{name}", {"quirks": quirks})
    return name


async def reply(socket: ClientConnection) -> list[Any]:
    """The next frame that answers us; what the server asks meanwhile is not supported here."""
    async with asyncio.timeout(30):
        while True:
            frame: list[Any] = json.loads(await socket.recv())
            if frame[0] != 2:
                return frame
            await socket.send(json.dumps([4, frame[1], "NotSupported", "", {}]))


async def say(socket: ClientConnection, action: str, payload: Any, message_id: str | None = None) -> list[Any]:
    """Send a CALL; its answer, which has its id."""
    message_id = message_id or f"q{next(_numbers)}"
    await socket.send(json.dumps([2, message_id, action, payload]))
    answer = await reply(socket)
    assert answer[1] == message_id, answer
    return answer


async def booted(socket: ClientConnection) -> None:
    assert (await say(socket, "BootNotification", BOOT))[2]["status"] == "Accepted"


async def anomalies(server: RunningServer, charger_id: str, code: str) -> list[dict[str, Any]]:
    """What was counted of one code, as soon as it is there."""

    async def counted() -> list[dict[str, Any]]:
        items = (await server.api("GET", f"/api/v1/chargers/{charger_id}/anomalies"))["items"]
        return [item for item in items if item["code"] == code]

    return await until(counted, bool)


async def exchange(server: RunningServer, charger_id: str, action: str, message_id: str) -> dict[str, Any]:
    """A call in the message log, as soon as it is there."""

    async def logged() -> list[dict[str, Any]]:
        items = (await server.api("GET", f"/api/v1/chargers/{charger_id}/messages?action={action}"))["items"]
        return [item for item in items if item["message_id"] == message_id]

    return (await until(logged, bool))[0]


def complaints(server: RunningServer) -> list[str]:
    """What the server has logged of its own faults."""
    return [line for line in server.log if "Traceback" in line or "wire.broken" in line or "actor.crashed" in line or "Error:" in line]


async def ours(socket: ClientConnection, action: str) -> list[Any]:
    """The server's next CALL of an action; others are not supported here."""
    async with asyncio.timeout(30):
        while True:
            frame: list[Any] = json.loads(await socket.recv())
            if frame[0] == 2 and frame[2] == action:
                return frame
            if frame[0] == 2:
                await socket.send(json.dumps([4, frame[1], "NotSupported", "", {}]))


async def say_answer(socket: ClientConnection, message_id: str, payload: Any) -> None:
    """Answer a CALL of the server."""
    await socket.send(json.dumps([3, message_id, payload]))
