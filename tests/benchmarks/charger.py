"""A charger of the load generator: it boots, starts a session and then sends its next message as soon as the last is answered."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.benchmarks.client import Client

BOOT = b'[2,"%b","BootNotification",{"chargePointVendor":"Bench","chargePointModel":"Closed loop","firmwareVersion":"1.0"}]'
HEARTBEAT = b'[2,"%b","Heartbeat",{}]'
STATUS = b'[2,"%b","StatusNotification",{"connectorId":1,"errorCode":"NoError","status":"%b","timestamp":"%b"}]'
METER_VALUES = (
    b'[2,"%b","MeterValues",{"connectorId":1,"transactionId":%d,"meterValue":[{"timestamp":"%b","sampledValue":['
    b'{"value":"%d","context":"Sample.Periodic","measurand":"Energy.Active.Import.Register","unit":"Wh"},'
    b'{"value":"%d","context":"Sample.Periodic","measurand":"Power.Active.Import","unit":"W"},'
    b'{"value":"%d","context":"Sample.Periodic","measurand":"SoC","unit":"Percent"}]}]}]'
)
START = b'[2,"%b","StartTransaction",{"connectorId":1,"idTag":"%b","meterStart":%d,"timestamp":"%b"}]'
STOP = b'[2,"%b","StopTransaction",{"transactionId":%d,"idTag":"%b","meterStop":%d,"timestamp":"%b","reason":"Local"}]'
UNSUPPORTED = b'[4,%b,"NotSupported","The load generator takes no commands",{}]'


class Timestamps:
    """Fresh UTC timestamps with milliseconds, the calendar part worked out once a second."""

    def __init__(self) -> None:
        self._second = 0
        self._calendar = b""

    def now(self) -> bytes:
        now = time.time()
        second = int(now)
        if second != self._second:
            self._second = second
            self._calendar = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second)).encode()
        return b"%b.%03dZ" % (self._calendar, int((now - second) * 1000))


@dataclass(slots=True)
class Tally:
    """What the whole fleet has seen. ``complaints`` keeps the first few wrong answers word for word."""

    answers: int = 0
    errors: int = 0
    lost: int = 0
    asked_by_server: int = 0
    complaints: list[str] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)

    def complain(self, what: str) -> None:
        self.errors += 1
        if len(self.complaints) < 5:
            self.complaints.append(what[:300])


class Charger(Client):
    """One charger on one line. ``echo`` means that the server only sends back what it gets."""

    def __init__(self, name: str, number: int, host: str, tally: Tally, clock: Timestamps, echo: bool) -> None:
        super().__init__(f"/{name}", host)
        self.name = name
        self._tag = name.encode()
        self._number = number
        self._tally = tally
        self._clock = clock
        self._echo = echo
        # Ids differ from line to line, so that no answer is taken for a replay of the line before.
        self._id_prefix = b"%x-" % (time.time_ns() & 0xFFFFFF)
        self._sent = 0
        self._awaited = b""
        self._then: Callable[[bytes], None] = self._nothing
        self._waiter: asyncio.Future[bytes] | None = None
        self._sent_at = 0.0
        self._looping = False
        self._stopped = False
        self._parked: asyncio.Future[None] | None = None
        self._meter_wh = 1_000 * number
        self._step = number
        self.transaction_id = 1
        self.over = False

    # --- one after another ---

    async def call(self, template: bytes, *members: Any) -> Any:
        """Send a CALL and wait for its answer's payload. Raises ConnectionResetError when the line goes away first."""
        self._waiter = asyncio.get_running_loop().create_future()
        self._then = self._wake
        self._send(template, *members)
        answer = json.loads(await self._waiter)
        return answer[2] if answer[0] == 3 else answer[3]

    async def boot(self) -> bool:
        answer = await self.call(BOOT)
        return self._echo or answer.get("status") == "Accepted"

    async def report_available(self) -> None:
        await self.call(STATUS, b"Available", self._clock.now())

    async def start_session(self) -> None:
        answer = await self.call(START, self._tag, self._meter_wh, self._clock.now())
        if not self._echo:
            self.transaction_id = answer["transactionId"]

    # --- in a closed loop ---

    def mix(self) -> None:
        """Begin to send the fleet's mix, until ``stop``."""
        self._begin(self._next_of_mix)

    def transact(self) -> None:
        """Begin to send StartTransaction and StopTransaction in turn, until ``stop``."""
        self._begin(self._next_of_transactions)
        self._step = 0

    def report(self) -> bool:
        """Send one reading of the running session; False when the last one is not answered yet."""
        if self._looping or self.over:
            return False
        self._looping = True
        self._then = self._reported
        self._step += 1
        self._meter_wh += 10
        self._send(METER_VALUES, self.transaction_id, self._clock.now(), self._meter_wh, 11_000 + self._step % 97, self._step % 100)
        return True

    def _reported(self, _answer: bytes) -> None:
        self._park()

    def stop(self) -> asyncio.Future[None]:
        """Send nothing more; the future is done when the last answer is in (or the line gone)."""
        self._stopped = True
        self._parked = asyncio.get_running_loop().create_future()
        if self.over or not self._looping:
            self._parked.set_result(None)
        return self._parked

    def _begin(self, then: Callable[[bytes], None]) -> None:
        self._stopped = False
        self._looping = True
        self._then = then
        then(b"")

    def _park(self) -> None:
        self._looping = False
        self._then = self._nothing
        if self._parked is not None and not self._parked.done():
            self._parked.set_result(None)

    def _next_of_mix(self, _answer: bytes) -> None:
        if self._stopped:
            self._park()
            return
        step = self._step
        self._step = step + 1
        turn = step & 3
        if turn == 0:
            self._send(HEARTBEAT)
        elif turn == 2:
            # A charger reports a status because it has changed, so it does change.
            self._send(STATUS, b"Charging" if step & 4 else b"SuspendedEV", self._clock.now())
        else:
            self._meter_wh += step % 16 == 1
            self._send(METER_VALUES, self.transaction_id, self._clock.now(), self._meter_wh, 11_000 + step % 97, step // 4_000 % 100)

    def _next_of_transactions(self, answer: bytes) -> None:
        now = time.perf_counter()
        if answer:
            self._tally.latencies.append(now - self._sent_at)
            if self._step & 1 and not self._echo:
                self.transaction_id = json.loads(answer)[2]["transactionId"]
        if self._stopped:
            self._park()
            return
        self._sent_at = now
        self._step += 1
        if self._step & 1:
            self._send(START, self._tag, self._meter_wh, self._clock.now())
        else:
            self._meter_wh += 100
            self._send(STOP, self.transaction_id, self._tag, self._meter_wh, self._clock.now())

    # --- the wire ---

    def _send(self, template: bytes, *members: Any) -> None:
        self._sent += 1
        message_id = b"%b%d" % (self._id_prefix, self._sent)
        self._awaited = b'[%d,"%b",' % (2 if self._echo else 3, message_id)
        self.send_text(template % (message_id, *members))

    def text_received(self, payload: bytes) -> None:
        if payload.startswith(self._awaited):
            self._tally.answers += 1
            self._then(payload)
        else:
            self._unexpected(payload)

    def _unexpected(self, payload: bytes) -> None:
        frame = json.loads(payload)
        if frame[0] == 2:
            self._tally.asked_by_server += 1
            self.send_text(UNSUPPORTED % json.dumps(frame[1]).encode())
            return
        self._tally.complain(f"{self.name}: {payload.decode(errors='replace')} where {self._awaited.decode()} was awaited")
        if frame[1] == json.loads(self._awaited + b"0]")[1]:
            # A CALLERROR, or spaces that we do not write: the loop goes on, the complaint tells.
            self._then(payload if frame[0] == 3 else b"")

    def closed(self) -> None:
        self.over = True
        self._tally.lost += 1
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(ConnectionResetError(f"{self.name}: the line closed while an answer was awaited"))
        self._park()

    def _wake(self, answer: bytes) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(answer) if answer else self._waiter.set_exception(ConnectionResetError(f"{self.name} got an error"))

    def _nothing(self, _answer: bytes) -> None:
        """An answer when nothing is awaited: it has been counted."""
