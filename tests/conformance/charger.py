"""A 1.6 charger by hand, and what an operator sees of it: conformance tests drive real sockets with it."""

from __future__ import annotations

import contextlib
import itertools
import json
from collections import deque
from collections.abc import AsyncIterator
from typing import Any

from websockets.asyncio.client import ClientConnection

from tests.e2e.talking import BOOT, answer, dial
from tests.running import RunningServer

_numbers = itertools.count(1)


class Voice:
    """One line of a charger. What we ask of it meanwhile waits in ``asks``; it lets us read nothing of what is in ``closed``."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.asks: deque[list[Any]] = deque()
        self.closed = frozenset({"GetConfiguration", "GetLocalListVersion"})


@contextlib.asynccontextmanager
async def plugged(server: RunningServer, identity: str, *protocols: str) -> AsyncIterator[Voice]:
    """A line of ``identity``; 1.6 unless said otherwise."""
    async with dial(server, identity, *protocols) as socket:
        yield Voice(socket)


async def frame(voice: Voice, action: str, payload: object, message_id: str | None = None) -> list[Any]:
    """Send a CALL; the whole answer to it."""
    message_id = message_id or f"m{next(_numbers)}"
    await voice.socket.send(json.dumps([2, message_id, action, payload]))
    while True:
        told = await answer(voice.socket)
        if told[0] != 2:
            assert told[1] == message_id, told
            return told
        voice.asks.append(told)


async def say(voice: Voice, action: str, payload: dict[str, Any], message_id: str | None = None) -> dict[str, Any]:
    """Send a CALL; the payload of its CALLRESULT."""
    told = await frame(voice, action, payload, message_id)
    assert told[0] == 3, told
    result: dict[str, Any] = told[2]
    return result


async def asked(voice: Voice, response: dict[str, Any] | None = None) -> tuple[str, dict[str, Any]]:
    """The next CALL of ours, answered with ``response`` where one is given."""
    while True:
        told = voice.asks.popleft() if voice.asks else await answer(voice.socket)
        assert told[0] == 2, told
        if told[2] not in voice.closed:
            break
        await voice.socket.send(json.dumps([4, told[1], "NotSupported", "", {}]))
    if response is not None:
        await voice.socket.send(json.dumps([3, told[1], response]))
    return told[2], told[3]


async def status(voice: Voice, connector: int, word: str, at: str | None = None, error: str = "NoError") -> None:
    payload = {"connectorId": connector, "errorCode": error, "status": word}
    assert await say(voice, "StatusNotification", payload if at is None else payload | {"timestamp": at}) == {}


async def booted(voice: Voice) -> dict[str, Any]:
    """Boot; the answer."""
    return await say(voice, "BootNotification", BOOT)


async def start(voice: Voice, at: str, connector: int = 1, tag: str = "TAG1", meter: int = 1000) -> int:
    """Start; the transaction id."""
    payload = {"connectorId": connector, "idTag": tag, "meterStart": meter, "timestamp": at}
    return int((await say(voice, "StartTransaction", payload))["transactionId"])


async def stop(voice: Voice, transaction_id: int, at: str, meter: int, **more: Any) -> dict[str, Any]:
    return await say(voice, "StopTransaction", {"transactionId": transaction_id, "meterStop": meter, "timestamp": at, **more})


def reading(at: str, *values: dict[str, Any] | str) -> dict[str, Any]:
    """One ``meterValue``; a text alone is an energy register."""
    return {"timestamp": at, "sampledValue": [{"value": value} if isinstance(value, str) else value for value in values]}


async def meter(voice: Voice, transaction_id: int | None, *readings: dict[str, Any], connector: int = 1) -> None:
    payload: dict[str, Any] = {"connectorId": connector, "meterValue": list(readings)}
    assert await say(voice, "MeterValues", payload if transaction_id is None else payload | {"transactionId": transaction_id}) == {}


async def charger(server: RunningServer, identity: str) -> dict[str, Any]:
    found: dict[str, Any] = await server.api("GET", f"/api/v1/chargers/{identity}")
    return found


async def connectors(server: RunningServer, identity: str) -> dict[int, dict[str, Any]]:
    """The first connector of every evse."""
    return {evse["id"]: evse["connectors"][0] for evse in (await charger(server, identity))["evses"] if evse["connectors"]}


async def sessions(server: RunningServer, identity: str) -> list[dict[str, Any]]:
    """The sessions of a charger in the order in which they were made."""
    found = (await server.api("GET", f"/api/v1/sessions?charger_id={identity}&limit=200"))["items"]
    return sorted(found, key=lambda session: int(session["id"]))


async def tag(server: RunningServer, id_tag: str, **more: Any) -> str:
    """Make a tag known."""
    await server.api("POST", "/api/v1/tags", {"id_tag": id_tag, **more})
    return id_tag
