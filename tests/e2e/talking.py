"""A charger by hand: raw frames over a real WebSocket."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tests.running import RunningServer

BOOT = {"chargePointVendor": "V", "chargePointModel": "M"}


def dial(server: RunningServer, identity: str, *protocols: str, password: str | None = None) -> connect:
    """A connection as ``identity``; 1.6 unless said otherwise."""
    headers = {}
    if password is not None:
        headers["Authorization"] = "Basic " + base64.b64encode(f"{identity}:{password}".encode()).decode()
    names = [Subprotocol(name) for name in protocols or ("ocpp1.6",)]
    return connect(f"{server.ocpp_url}/ocpp/{identity}", subprotocols=names, additional_headers=headers, compression=None)


async def ask(socket: ClientConnection, action: str, payload: object, message_id: str = "m") -> list[Any]:
    """Send a CALL; its answer. What the server asks meanwhile, as it does of a charger that has settled, is refused."""
    await socket.send(json.dumps([2, message_id, action, payload]))
    while (frame := await answer(socket))[0] == 2:
        await _refuse(socket, frame)
    return frame


async def asked(socket: ClientConnection, action: str) -> list[Any]:
    """The server's next CALL of this action; what it asks before that is refused."""
    while (frame := await answer(socket))[2] != action:
        await _refuse(socket, frame)
    return frame


async def answer(socket: ClientConnection) -> list[Any]:
    """The next frame that comes."""
    async with asyncio.timeout(30):
        decoded: list[Any] = json.loads(await socket.recv())
    return decoded


async def closing(socket: ClientConnection) -> int:
    """The code with which the server closes."""
    async with asyncio.timeout(30):
        await socket.wait_closed()
    assert socket.close_code is not None
    return socket.close_code


async def boot(socket: ClientConnection) -> str:
    """Boot; the status of the answer."""
    status: str = (await ask(socket, "BootNotification", BOOT))[2]["status"]
    return status


async def _refuse(socket: ClientConnection, call: list[Any]) -> None:
    await socket.send(json.dumps([4, call[1], "NotSupported", "", {}]))
