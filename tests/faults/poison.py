"""A volley of a hundred starts at once, one of them with a value that PostgreSQL never takes (F17)."""

from __future__ import annotations

import asyncio
import json
import time
from datetime import UTC, datetime
from random import Random
from typing import Any

import psycopg

from tests.faults.house import World
from tests.faults.rows import Row
from tests.faults.websocket import WebSocket

COUNT = 100
BEYOND_EIGHT_BYTES = 2**63


async def volley(here: World, random: Random, number: int) -> list[Row]:
    """One volley; how long the ninety-nine took, and what became of the one."""
    names = [f"P{number}-{place}" for place in range(COUNT)]
    sockets = await asyncio.gather(*(WebSocket.dial("127.0.0.1", here.door.port, f"/ocpp/{name}", "ocpp1.6") for name in names))
    try:
        boot = {"chargePointVendor": "Oracle", "chargePointModel": "One"}
        await asyncio.gather(*(_ask(socket, "BootNotification", boot) for socket in sockets))
        await asyncio.gather(*(_ask(socket, "StartTransaction", _start(f"warm {place}", 0)) for place, socket in enumerate(sockets)))
        restarts = await _restarts(here)
        bad = random.randrange(COUNT)
        began = time.monotonic()
        took: list[float] = []

        said = [_start(f"volley {place}", BEYOND_EIGHT_BYTES if place == bad else place) for place in range(COUNT)]

        async def one(place: int) -> list[Any]:
            answer = await _ask(sockets[place], "StartTransaction", said[place])
            if place != bad:
                took.append(time.monotonic() - began)
            return answer

        answers = await asyncio.gather(*(one(place) for place in range(COUNT)))
        again = await _ask(sockets[bad], "StartTransaction", said[bad])
        alive = await _ask(sockets[bad], "Heartbeat", {})
        good = [answer for place, answer in enumerate(answers) if place != bad]
        ids = {answer[2]["transactionId"] for answer in good if answer[0] == 3}
        stored, letters = await _stored(here, names, bad)
        return [
            Row("sound starts answered", len(ids), COUNT - 1, "", at_least=True),
            Row("sound starts committed", stored, COUNT - 1, "", at_least=True),
            Row("the last of them answered after", round(max(took), 3), 1, "s"),
            Row("dead letters beside one", abs(letters - 1), 0, ""),
            Row("the poison not answered with a valid result, sent twice", sum(a[0] != 3 for a in (answers[bad], again)), 0, ""),
            Row("its charger served afterwards", float(alive[0] == 3), 1, "", at_least=True),
            Row("actors restarted", await _restarts(here) - restarts, 0, ""),
        ]
    finally:
        for socket in sockets:
            await socket.close(1000)


def _start(tag: str, meter: int) -> dict[str, object]:
    return {"connectorId": 1, "idTag": tag, "meterStart": meter, "timestamp": datetime.now(UTC).isoformat()}


async def _ask(socket: WebSocket, action: str, payload: object) -> list[Any]:
    message_id = f"{time.monotonic_ns()}"
    socket.send(json.dumps([2, message_id, action, payload]))
    async with asyncio.timeout(30):
        while True:
            frame: list[Any] = json.loads(await socket.receive())
            if frame[1] == message_id:
                return frame


async def _stored(here: World, names: list[str], bad: int) -> tuple[int, int]:
    async with await psycopg.AsyncConnection.connect(here.cluster.url, autocommit=True) as connection:
        count = "SELECT count(*) FROM sessions WHERE charger_id = ANY(%s) AND id_tag LIKE 'volley %%'"
        sessions = await (await connection.execute(count, (names,))).fetchall()
        letters = await (await connection.execute("SELECT count(*) FROM kept_frames WHERE charger_id = %s", (names[bad],))).fetchall()
        return int(sessions[0][0]), int(letters[0][0])


async def _restarts(here: World) -> int:
    assert here.server is not None
    return _count(await here.server.api("GET", "/api/v1/actors"))


def _count(node: Any) -> int:
    if isinstance(node, list):
        return sum(map(_count, node))
    if not isinstance(node, dict):
        return 0
    return int(node.get("restarts", 0)) + sum(_count(value) for value in node.values() if isinstance(value, (list, dict)))
