"""Chargers that keep the real rules of retrying and know what truly happened: the oracle.

Rule 1: transaction messages are sent in the order in which they happened, one CALL at a time; what cannot be sent is queued.
Rule 2: a message is sent again after a CALLERROR, a timeout or a new connection, with a new message id, or with the same one for
chargers that do so. A CALLERROR or a timeout is an attempt, of which there are few; being offline is none (1.6 section 3.7).
Rule 3: after the last attempt a message is thrown away, and the ledger says so.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import time
import uuid
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from tests.faults.ledger import Kind, Ledger, Message, Reading, Session
from tests.faults.websocket import ABNORMAL, LineLost, Refused, WebSocket

Address = Callable[[], tuple[str, int] | None]
"""Where the server is now; None: nowhere."""

SERVICE_RESTART = 1012
REGISTER = "Energy.Active.Import.Register"


@dataclass(frozen=True, slots=True)
class Rules:
    """How a charger retries and how fast it lives; seconds.

    ``forgetful`` is how likely it sends a message again that was acknowledged, as one does that loses power before it has noted so.
    """

    message_timeout_s: float = 30.0
    attempts: int = 5
    interval_s: float = 2.0
    backoff_s: float = 0.05
    backoff_most_s: float = 1.0
    heartbeat_s: float = 2.0
    pace_s: float = 0.08
    forgetful: float = 0.03
    same_id: bool = False
    boots_again: float = 0.5
    most_queued: int = 60
    """Nobody plugs in at a charger that has so much to tell."""


USUAL = Rules()


class Charger:
    """A charger with one EVSE. ``run`` until ``finish`` was called and all has been acknowledged."""

    def __init__(self, identity: str, protocol: str, address: Address, ledger: Ledger, random: Random, rules: Rules) -> None:
        self.identity = identity
        self.protocol = protocol
        self.id_tag = f"TAG-{identity}"
        self.ledger = ledger
        self.rules = rules
        self.queue: deque[Message] = deque()
        self.connected = False
        self.idle = asyncio.Event()
        """Nothing is queued, and nothing more will be."""
        self.in_flight: Message | None = None
        self._address = address
        self._random = random
        self._running: asyncio.Task[None] | None = None
        self._finishing = asyncio.Event()
        self._news = asyncio.Event()
        self._answer: asyncio.Future[list[Any]] | None = None
        self._outstanding = ""
        self._asked_at = 0.0
        self._ids = itertools.count(1)
        self._prefix = f"{random.getrandbits(32):08x}"
        self._booted = False
        self._session: Session | None = None
        self._now = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=20)
        self._register = random.randrange(10**6)

    async def run(self) -> None:
        self._running = asyncio.current_task()
        living = asyncio.create_task(self._live())
        talking = asyncio.create_task(self._talk())
        try:
            done, _ = await asyncio.wait((living, talking), return_when=asyncio.FIRST_EXCEPTION)
            for task in done:
                task.result()
        finally:
            for task in (living, talking):
                task.cancel()
            await asyncio.gather(living, talking, return_exceptions=True)

    async def halt(self) -> None:
        """Stop where it is: from now on it sends nothing and hears nothing."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.wait((self._running,))

    def finish(self) -> None:
        """End the session that runs and begin no other."""
        self._finishing.set()

    @property
    def waits_s(self) -> float:
        """How long it has waited for the answer to a transaction message; 0 when it waits for none."""
        return time.monotonic() - self._asked_at if self.in_flight is not None else 0.0

    # --- what happens at the charger, whether anyone hears of it or not ---

    async def _live(self) -> None:
        random = self._random
        while not self._finishing.is_set():
            if len(self.queue) > self.rules.most_queued:
                await self._pause()
                continue
            session = self._session = Session(
                self.identity, self.protocol, 1, self.id_tag, self._now, self._register,
                None if self.protocol == "ocpp1.6" else str(uuid.UUID(int=random.getrandbits(128))),
            )  # fmt: skip
            self.ledger.began(session)
            self._queue(session, Kind.START, 0)
            for number in range(1, random.randint(2, 5)):
                await self._pause()
                self._tick()
                session.readings.append(Reading(self._now, self._register))
                self._queue(session, Kind.READING, number)
            await self._pause()
            self._tick()
            session.ended_at, session.meter_stop = self._now, self._register
            self._queue(session, Kind.STOP, len(session.readings) + 1)
            await self._pause()
            self._tick()
        await self._finishing.wait()
        self._news.set()
        await asyncio.Event().wait()

    async def _pause(self) -> None:
        """Live on, faster when it is to end."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._random.expovariate(1 / self.rules.pace_s)):
                await self._finishing.wait()

    def _tick(self) -> None:
        self._now += timedelta(seconds=self._random.randint(1, 60))
        self._register += self._random.randint(0, 900)

    def _queue(self, session: Session, kind: Kind, number: int) -> None:
        self.queue.append(Message(session, kind, number, offline=not self.connected))
        self._news.set()

    # --- the line ---

    async def _talk(self) -> None:
        wait_s = self.rules.backoff_s
        while not self.idle.is_set():
            socket = await self._dial()
            if socket is None:
                await asyncio.sleep(wait_s * self._random.uniform(0.5, 1.5))
                wait_s = min(wait_s * 2, self.rules.backoff_most_s)
                continue
            code = ABNORMAL
            sending, reading = asyncio.create_task(self._send_queue(socket)), asyncio.create_task(self._read(socket))
            try:
                await asyncio.wait((sending, reading), return_when=asyncio.FIRST_COMPLETED)
                for task in (sending, reading):
                    if task.done():
                        task.result()
            except LineLost as lost:
                code = lost.code
            finally:
                wait_s = self.rules.backoff_s if self.connected else wait_s
                self.connected = False
                if self.in_flight is not None and code == SERVICE_RESTART:
                    self.ledger.cut_off.append(self.in_flight)
                for task in (sending, reading):
                    task.cancel()
                await asyncio.gather(sending, reading, return_exceptions=True)
                self.in_flight = None
                await socket.close(1000 if self.idle.is_set() else None)
                if not self.idle.is_set():
                    self.ledger.line_ended(self.identity, code)

    async def _dial(self) -> WebSocket | None:
        address = self._address()
        if address is None:
            return None
        try:
            async with asyncio.timeout(10):
                return await WebSocket.dial(*address, f"/ocpp/{self.identity}", self.protocol)
        except Refused as refused:
            self.ledger.counts[f"refused {refused.status}"] += 1
        except (OSError, LineLost, TimeoutError):
            self.ledger.counts["not reached"] += 1
        return None

    async def _read(self, socket: WebSocket) -> None:
        while True:
            frame = json.loads(await socket.receive())
            if frame[0] == 2:  # what the server asks is not what is tested here
                socket.send(json.dumps([4, frame[1], "NotSupported", "", {}]))
            elif frame[1] == self._outstanding and self._answer is not None and not self._answer.done():
                self._answer.set_result(frame)

    async def _ask(self, socket: WebSocket, action: str, payload: object, message_id: str | None = None) -> list[Any]:
        """Send a CALL; its answer. Raises TimeoutError."""
        self._outstanding = message_id or self._new_id()
        self._answer = asyncio.get_running_loop().create_future()
        began = self._asked_at = time.monotonic()
        socket.send(json.dumps([2, self._outstanding, action, payload]))
        async with asyncio.timeout(self.rules.message_timeout_s):
            answer = await self._answer
        self.ledger.latencies[action].append(time.monotonic() - began)
        return answer

    def _new_id(self) -> str:
        return f"{self._prefix}-{next(self._ids)}"

    # --- the queue ---

    async def _send_queue(self, socket: WebSocket) -> None:
        if not self._booted or self._random.random() < self.rules.boots_again:
            await self._boot(socket)
        self.connected = True
        while not self.idle.is_set():
            if self.queue:
                await self._send(socket, self.queue[0])
                continue
            if self._finishing.is_set() and (self._session is None or self._session.ended_at is not None):
                self.idle.set()
                return
            self._news.clear()
            try:
                async with asyncio.timeout(self.rules.heartbeat_s):
                    await self._news.wait()
            except TimeoutError:
                await self._ask(socket, "Heartbeat", {})

    async def _boot(self, socket: WebSocket) -> None:
        while True:
            try:
                answer = await self._ask(socket, "BootNotification", self._boot_payload())
            except TimeoutError as error:
                raise LineLost(ABNORMAL) from error
            if answer[0] == 3 and answer[2]["status"] == "Accepted":
                self._booted = True
                return
            if answer[0] == 4:
                self.ledger.refused(self.identity, "BootNotification", answer[2], answer[3])
            await asyncio.sleep(self.rules.interval_s)

    async def _send(self, socket: WebSocket, message: Message) -> None:
        if not (self.rules.same_id and message.message_id):
            message.message_id = self._new_id()
        action, payload = self._said(message)
        message.sends += 1
        self.in_flight = message
        self.ledger.sent(message)
        try:
            answer = await self._ask(socket, action, payload, message.message_id)
        except TimeoutError:
            self.ledger.unanswered(message)
            await self._failed(message)
            return
        finally:
            self.in_flight = None
        if answer[0] == 4:
            self.ledger.refused(self.identity, action, answer[2], answer[3])
            await self._failed(message)
            return
        starts_16 = message.kind is Kind.START and self.protocol == "ocpp1.6"
        self.ledger.acknowledged(message, str(answer[2]["transactionId"]) if starts_16 else None)
        if self._random.random() >= self.rules.forgetful:
            self.queue.popleft()

    async def _failed(self, message: Message) -> None:
        message.failures += 1
        if message.failures >= self.rules.attempts:
            self.ledger.given_up(message)
            self.queue.popleft()
        else:
            await asyncio.sleep(self.rules.interval_s * message.failures)

    # --- the words ---

    def _boot_payload(self) -> dict[str, object]:
        if self.protocol == "ocpp1.6":
            return {"chargePointVendor": "Oracle", "chargePointModel": "One"}
        return {"reason": "PowerUp", "chargingStation": {"vendorName": "Oracle", "model": "Two"}}

    def _said(self, message: Message) -> tuple[str, dict[str, object]]:
        return _said_in_16(message) if self.protocol == "ocpp1.6" else _said_in_2(message)


def _said_in_16(message: Message) -> tuple[str, dict[str, object]]:
    session = message.session
    transaction_id = int(session.transaction_id or -1)
    if message.kind is Kind.START:
        return "StartTransaction", {
            "connectorId": session.evse_id,
            "idTag": session.id_tag,
            "meterStart": session.meter_start,
            "timestamp": _text(session.started_at),
        }
    if message.kind is Kind.STOP:
        assert session.ended_at is not None
        return "StopTransaction", {
            "transactionId": transaction_id,
            "meterStop": session.meter_stop,
            "timestamp": _text(session.ended_at),
            "idTag": session.id_tag,
            "reason": "EVDisconnected",
        }
    reading = session.readings[message.number - 1]
    value = {"value": str(reading.wh), "measurand": REGISTER, "unit": "Wh"}
    return "MeterValues", {
        "connectorId": session.evse_id,
        "transactionId": transaction_id,
        "meterValue": [{"timestamp": _text(reading.at), "sampledValue": [value]}],
    }


def _said_in_2(message: Message) -> tuple[str, dict[str, object]]:
    session = message.session
    if message.kind is Kind.START:
        at, wh, event, trigger = session.started_at, session.meter_start, "Started", "Authorized"
    elif message.kind is Kind.STOP:
        assert session.ended_at is not None
        assert session.meter_stop is not None
        at, wh, event, trigger = session.ended_at, session.meter_stop, "Ended", "EVDeparted"
    else:
        reading = session.readings[message.number - 1]
        at, wh, event, trigger = reading.at, reading.wh, "Updated", "MeterValuePeriodic"
    info: dict[str, object] = {"transactionId": session.transaction_id, "chargingState": "Charging"}
    if message.kind is Kind.STOP:
        info = {"transactionId": session.transaction_id, "stoppedReason": "EVDisconnected"}
    payload: dict[str, object] = {
        "eventType": event,
        "timestamp": _text(at),
        "triggerReason": trigger,
        "seqNo": message.number,
        "transactionInfo": info,
        "evse": {"id": session.evse_id, "connectorId": 1},
        "meterValue": [{"timestamp": _text(at), "sampledValue": [{"value": wh, "measurand": REGISTER}]}],
    }
    if message.offline:
        payload["offline"] = True
    if message.kind is Kind.START:
        payload["idToken"] = {"idToken": session.id_tag, "type": "ISO14443"}
    return "TransactionEvent", payload


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


PROTOCOLS = ("ocpp1.6", "ocpp1.6", "ocpp2.0.1", "ocpp2.1")


def fleet(count: int, address: Address, ledger: Ledger, random: Random, rules: Rules = USUAL, prefix: str = "F") -> list[Charger]:
    """Chargers of all versions; every third sends a message again under the same id."""
    made = []
    for number in range(count):
        own = replace(rules, same_id=number % 3 == 2)
        made.append(Charger(f"{prefix}{number}", PROTOCOLS[number % 4], address, ledger, Random(random.getrandbits(64)), own))
    return made


async def drained(chargers: Sequence[Charger], limit_s: float) -> float:
    """End all sessions and wait until everything is acknowledged; the seconds it took, or those of the limit."""
    began = time.monotonic()
    for charger in chargers:
        charger.finish()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(limit_s):
            for charger in chargers:
                await charger.idle.wait()
    return time.monotonic() - began
