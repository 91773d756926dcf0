"""A small scripted central system on a real socket. It checks every frame a charger sends against the official schemas."""

from __future__ import annotations

import asyncio
import base64
import json
import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from http import HTTPStatus
from typing import Any, NamedTuple

from jsonschema import Draft4Validator
from jsonschema.exceptions import ValidationError
from ocpp.messages import get_validator
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from voltaro.simulator import SimulatedCharger

BOUND_S = 10.0
EPOCH = datetime(2031, 5, 4, 3, 2, 1, tzinfo=UTC)


class Heard(NamedTuple):
    """A CALL as it arrived. ``line`` counts the connections from 1."""

    action: str
    payload: dict[str, Any]
    message_id: str
    line: int
    charger_id: str


class CallError(Exception):
    """A command was answered with a CALLERROR."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Silence:
    """An answer that never comes."""


Answer = dict[str, Any] | CallError | type[Silence]


class ManualAlarm:
    """A clock that moves only when it is told to."""

    def __init__(self) -> None:
        self._at = 1000.0
        self._timers: list[ManualTimer] = []

    def now(self) -> datetime:
        return EPOCH + timedelta(seconds=self._at - 1000.0)

    def monotonic(self) -> float:
        return self._at

    def call_at(self, when: float, callback: Callable[[], None]) -> ManualTimer:
        timer = ManualTimer(self, when, callback)
        self._timers.append(timer)
        return timer

    def cancel(self, timer: ManualTimer) -> None:
        if timer in self._timers:
            self._timers.remove(timer)

    def advance(self, seconds: float) -> None:
        """Move on, ringing what is due on the way, in order."""
        end = self._at + seconds
        for _ in range(100_000):
            timer = min(self._timers, key=lambda each: each.when, default=None)
            if timer is None or timer.when > end:
                break
            self._timers.remove(timer)
            self._at = max(self._at, timer.when)
            timer.callback()
        else:
            raise AssertionError("the charger rings without end")
        self._at = end

    def reach(self, wanted: Callable[[], bool], step: float = 1.0, most: float = 10_000.0) -> None:
        """Advance in steps until a fact holds that needs no network."""
        start = self._at
        while not wanted():
            assert self._at - start < most, "it never came about"
            self.advance(step)


class ManualTimer:
    def __init__(self, alarm: ManualAlarm, when: float, callback: Callable[[], None]) -> None:
        self._alarm, self.when, self.callback = alarm, when, callback

    def cancel(self) -> None:
        self._alarm.cancel(self)


async def pass_time(charger: SimulatedCharger, clock: ManualAlarm, seconds: float) -> None:
    """Let time pass in steps that leave no call without its answer for long."""
    while seconds > 0:
        clock.advance(min(seconds, 20.0))
        seconds -= 20.0
        await charger.settled()


def check(protocol: str, kind: int, action: str, payload: dict[str, Any]) -> None:
    """Hold a payload against the schema of its action; the independent oracle of these tests."""
    exact = json.loads(json.dumps(payload), parse_float=Decimal)  # as floats 11.6 is no multiple of 0.1
    validator(kind, action, protocol.removeprefix("ocpp")).validate(exact)


@cache
def validator(kind: int, action: str, version: str) -> Draft4Validator:
    """The validator of an action. The package's own cache would hand out one made for floats, where that was wanted first."""
    made = get_validator(kind, action, version, parse_float=Decimal)
    return Draft4Validator(json.loads(json.dumps(made.schema, default=float), parse_float=Decimal))


class CentralSystem:
    """Serves one or more chargers of one version; answers as scripted, and notes everything."""

    def __init__(self, protocol: str, password: bytes | None = None, tls: ssl.SSLContext | None = None) -> None:
        self.protocol = protocol
        self._tls = tls
        self.password = password
        self.heard: list[Heard] = []
        self.flaws: list[str] = []
        self.script: dict[str, list[Answer]] = {}
        self.lines = 0
        self.authorizations: list[str | None] = []
        self.refuse_with: HTTPStatus | None = None
        self.blocked_tags: set[str] = set()
        self.groups: dict[str, str] = {}
        self._transaction = 0
        self._commands = 0
        self._waiting: dict[str, tuple[str, asyncio.Future[dict[str, Any]]]] = {}
        self._news = asyncio.Condition()
        self._server: Server | None = None
        self.line: ServerConnection | None = None
        self.stray: list[Any] = []

    async def __aenter__(self) -> CentralSystem:
        self._server = await serve(
            self._serve,
            "127.0.0.1",
            0,
            subprotocols=[self.protocol],
            process_request=self._admit,
            ping_interval=None,
            ssl=self._tls,
        )
        return self

    async def __aexit__(self, *exc: object) -> None:
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()
        assert not self.flaws, self.flaws

    @property
    def url(self) -> str:
        assert self._server is not None
        return f"{'ws' if self._tls is None else 'wss'}://127.0.0.1:{next(iter(self._server.sockets)).getsockname()[1]}/ocpp"

    # --- What tests do

    def answer(self, action: str, *answers: Answer) -> None:
        """The next answers to an action, in order; afterwards the usual one again."""
        self.script.setdefault(action, []).extend(answers)

    async def command(self, action: str, payload: dict[str, Any], *, checked: bool = True, bound_s: float = BOUND_S) -> dict[str, Any]:
        """Send a command and return its checked answer; raises CallError."""
        self._commands += 1
        message_id = f"cs-{self._commands}"
        future: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._waiting[message_id] = (action, future)
        assert self.line is not None
        if checked:
            check(self.protocol, 2, action, payload)
        await self.line.send(json.dumps([2, message_id, action, payload]))
        async with asyncio.timeout(bound_s):
            return await future

    async def wait(self, action: str, count: int = 1, **fields: Any) -> list[Heard]:
        """Wait until an action was heard so often, with these fields in its payload."""
        found: list[Heard] = []
        try:
            async with asyncio.timeout(BOUND_S), self._news:
                while len(found := self.of(action, **fields)) < count:
                    await self._news.wait()
        except TimeoutError:
            raise AssertionError(
                f"{action} {fields} was heard {len(found)} times, not {count}: {[each.action for each in self.heard]}"
            ) from None
        return found

    def of(self, action: str, **fields: Any) -> list[Heard]:
        return [
            each for each in self.heard if each.action == action and all(each.payload.get(key) == value for key, value in fields.items())
        ]

    def actions(self) -> list[str]:
        return [each.action for each in self.heard]

    # --- The server's side

    def _admit(self, connection: ServerConnection, request: Request) -> Response | None:
        self.authorizations.append(request.headers.get("Authorization"))
        if self.refuse_with is not None:
            return connection.respond(self.refuse_with, "")
        if self.password is not None:
            identity = request.path.rsplit("/", 1)[1].encode()
            wanted = "Basic " + base64.b64encode(identity + b":" + self.password).decode()
            if request.headers.get("Authorization") != wanted:
                return connection.respond(HTTPStatus.UNAUTHORIZED, "")
        return None

    async def _serve(self, line: ServerConnection) -> None:
        self.lines += 1
        number, self.line = self.lines, line
        try:
            async for text in line:
                await self._frame(line, number, text)
        except ConnectionClosed:
            pass
        finally:
            async with self._news:
                self._news.notify_all()

    async def _frame(self, line: ServerConnection, number: int, text: str | bytes) -> None:
        assert isinstance(text, str), "OCPP-J uses text frames"
        match json.loads(text):
            case [2, message_id, action, payload]:
                self._check(2, action, payload)
                charger_id = line.request.path.rsplit("/", 1)[1] if line.request else ""
                if any((each.message_id, each.charger_id) == (message_id, charger_id) and each.action != action for each in self.heard):
                    self.flaws.append(f"message id {message_id} was used twice")
                async with self._news:
                    self.heard.append(Heard(action, payload, message_id, number, charger_id))
                    self._news.notify_all()
                await self._answer(line, message_id, action, payload)
            case [3, message_id, payload]:
                action, future = self._waiting.pop(message_id)
                self._check(3, action, payload)
                future.set_result(payload)
            case [4, message_id, code, str(), dict()] if message_id in self._waiting:
                self._waiting.pop(message_id)[1].set_exception(CallError(code))
            case frame:
                async with self._news:
                    self.stray.append(frame)
                    self._news.notify_all()

    def _check(self, kind: int, action: str, payload: dict[str, Any]) -> None:
        try:
            check(self.protocol, kind, action, payload)
        except (ValidationError, OSError) as error:
            self.flaws.append(f"{action}: {error}")

    async def _answer(self, line: ServerConnection, message_id: str, action: str, payload: dict[str, Any]) -> None:
        scripted = self.script.get(action)
        answer: Answer = scripted.pop(0) if scripted else self._usual(action, payload)
        if answer is Silence:
            return
        if isinstance(answer, CallError):
            await line.send(json.dumps([4, message_id, answer.code, "", {}]))
        else:
            await line.send(json.dumps([3, message_id, answer]))

    def _usual(self, action: str, payload: dict[str, Any]) -> dict[str, Any]:
        match action:
            case "BootNotification":
                return {"status": "Accepted", "currentTime": "2031-05-04T03:02:01Z", "interval": 300}
            case "Heartbeat":
                return {"currentTime": "2031-05-04T03:02:01Z"}
            case "Authorize" if self.protocol == "ocpp1.6":
                return {"idTagInfo": self._info16(payload["idTag"])}
            case "Authorize":
                return {"idTokenInfo": self._info2(payload["idToken"]["idToken"])}
            case "StartTransaction":
                self._transaction += 1
                return {"transactionId": self._transaction, "idTagInfo": self._info16(payload["idTag"])}
            case "TransactionEvent" if "idToken" in payload:
                return {"idTokenInfo": self._info2(payload["idToken"]["idToken"])}
            case "DataTransfer":
                return {"status": "Accepted"}
            case _:
                return {}

    def _info16(self, tag: str) -> dict[str, Any]:
        info = {"status": "Blocked" if tag in self.blocked_tags else "Accepted"}
        return info | ({"parentIdTag": self.groups[tag]} if tag in self.groups else {})

    def _info2(self, tag: str) -> dict[str, Any]:
        info: dict[str, Any] = {"status": "Blocked" if tag in self.blocked_tags else "Accepted"}
        return info | ({"groupIdToken": {"idToken": self.groups[tag], "type": "Central"}} if tag in self.groups else {})
