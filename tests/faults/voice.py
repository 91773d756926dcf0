"""A charger that charges without end, in raw 1.6 frames, and keeps a ledger of what it was acknowledged."""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

ANSWER_S = 120.0
STEP_WH = 250
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


class Voice:
    """One frame at a time, the next as soon as the last is answered and a pause is over. It never repeats a frame by itself."""

    def __init__(self, ocpp_url: str, charger_id: str, pause_s: float) -> None:
        self.charger_id = charger_id
        self.ledger: dict[str, int] = {}
        """Energy in Wh by transaction id of the sessions whose stop was acknowledged."""
        self.closes = 0
        self.refused = 0
        self.ending = False
        self._pause_s = pause_s
        self._url = f"{ocpp_url}/ocpp/{charger_id}"
        self._socket: ClientConnection | None = None
        self._numbers = itertools.count(1)
        self._spent: list[tuple[float, float]] = []

    async def connect(self) -> None:
        self._socket = await connect(self._url, subprotocols=[Subprotocol("ocpp1.6")], compression=None)
        await self.say("BootNotification", {"chargePointVendor": "V", "chargePointModel": "M"})

    async def close(self) -> None:
        if self._socket is not None:
            await self._socket.close()

    async def charge_on(self) -> None:
        """One session after another, until ``ending``; a socket that is closed ends it."""
        try:
            while not self.ending:
                await self.charge()
        except ConnectionClosed:
            self.closes += 1

    async def charge(self) -> None:
        """A whole session, with a tag and times of its own."""
        number = next(self._numbers)
        at = LONG_AGO + timedelta(minutes=10 * number)
        tag = f"{self.charger_id}-{number}"
        await self.say("Authorize", {"idTag": tag})
        start = {"connectorId": 1, "idTag": tag, "meterStart": 0, "timestamp": _text(at)}
        transaction_id = (await self.say("StartTransaction", start))["transactionId"]
        for step in (1, 2, 3):
            value = {"value": str(step * STEP_WH), "measurand": "Energy.Active.Import.Register", "unit": "Wh"}
            sample = {"timestamp": _text(at + timedelta(minutes=step)), "sampledValue": [value]}
            await self.say("MeterValues", {"connectorId": 1, "transactionId": transaction_id, "meterValue": [sample]})
        stop = {"transactionId": transaction_id, "meterStop": 4 * STEP_WH, "timestamp": _text(at + timedelta(minutes=5))}
        await self.say("StopTransaction", stop)
        self.ledger[str(transaction_id)] = 4 * STEP_WH

    async def say(self, action: str, payload: dict[str, Any], message_id: str | None = None) -> dict[str, Any]:
        """Send a CALL and wait for its answer. A CALLERROR is counted and gives nothing."""
        assert self._socket is not None
        message_id = message_id or f"{next(self._numbers)}"
        began = time.monotonic()
        await self._socket.send(json.dumps([2, message_id, action, payload]))
        async with asyncio.timeout(ANSWER_S):
            while True:
                frame = json.loads(await self._socket.recv())
                if frame[0] == 2:  # a command: this charger does nothing
                    await self._socket.send(json.dumps([4, frame[1], "NotSupported", "", {}]))
                elif frame[1] == message_id:
                    break
        ended = time.monotonic()
        self._spent.append((ended, ended - began))
        await asyncio.sleep(self._pause_s)
        if frame[0] == 4:
            self.refused += 1
            return {}
        answer: dict[str, Any] = frame[2]
        return answer

    def spent_since(self, since: float) -> list[float]:
        """Seconds that each answer took that came after ``since`` (monotonic seconds)."""
        return [spent for ended, spent in self._spent if ended >= since]


def _text(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
