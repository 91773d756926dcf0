"""The gateway's surroundings for tests: a clock that stands still, a desk that notes everything, a raw client."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import ssl
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from tests.websocket import next_frame, upgrade
from voltaro.config import UnknownChargers
from voltaro.domain.anomaly import Anomaly
from voltaro.domain.charger import Registration
from voltaro.domain.fact import ExchangeLogged, Fact, FrameLogged
from voltaro.domain.profiles import Entry, Issued
from voltaro.gateway.credentials import hash_password
from voltaro.gateway.limits import Limits
from voltaro.gateway.server import Gateway
from voltaro.gateway.tls import Tls
from voltaro.ports import Call, Credential, Line, StoreUnavailable

KEY = b"k" * 32
SALT = b"s" * 16
PATIENCE_S = 5.0


class FakeClock:
    """Time that moves when it is told to."""

    def __init__(self) -> None:
        self._monotonic = 1000.0
        self._now = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._monotonic

    def show(self, now: datetime) -> None:
        """Be at this moment, as certificates made for a test want it."""
        self._now = now

    def advance(self, seconds: float) -> None:
        self._monotonic += seconds
        self._now += timedelta(seconds=seconds)


def credential(charger_id: str = "CP1", password: bytes | None = None, **changes: Any) -> Credential:
    """A provisioned charger; without a password it is open (security profile 0)."""
    return Credential(
        charger_id,
        changes.pop("registration", Registration.ACCEPTED),
        changes.pop("security_profile", 0 if password is None else 1),
        SALT,
        None if password is None else hash_password(KEY, SALT, password),
        **changes,
    )


def result(call: Call) -> bytes:
    """An empty CALLRESULT."""
    return b'[3,"%s",{}]' % call.message_id.encode()


class FakeCalls:
    """``ports.Calls``: keeps what happened, in order, and wakes whoever waits for it.

    ``answer`` gives the answer to a call, or raises, or gives a future; it is asked anew at every handing over.
    """

    def __init__(self, *known: Credential) -> None:
        self.known = {each.charger_id: each for each in known}
        self.answer: Callable[[Call], bytes | asyncio.Future[bytes]] = result
        self.store_away = False
        self.aside_refused = False
        self.rising: asyncio.Event | None = None
        self.rise_error: Exception | None = None
        self.up: list[Line] = []
        self.down: list[tuple[Line, int, str]] = []
        self.handed: list[Call] = []
        self.aside: list[tuple[Call, str]] = []
        self.crashes: list[Call] = []
        self.provisioned: list[tuple[str, str]] = []
        self.exchanges: list[ExchangeLogged | FrameLogged] = []
        self.noted: list[Fact] = []
        self.behind = False
        self.odd: Counter[str] = Counter()
        self.looked_up: list[str] = []
        self.entries: list[Entry] = []
        self.certificates: dict[str, Issued] = {}
        self.entry_refused = False
        self.looking_up: asyncio.Event | None = None
        self._changed = asyncio.Event()

    async def credentials(self, readings: Sequence[str]) -> Sequence[Credential]:
        self.looked_up += readings
        if self.looking_up is not None:
            await self.looking_up.wait()
        if self.store_away:
            raise StoreUnavailable
        return [known for known in self.known.values() if known.charger_id.lower() in [reading.lower() for reading in readings]]

    async def issued(self, fingerprint: str) -> Issued | None:
        return self.certificates.get(fingerprint)

    async def entered(self, entry: Entry) -> bool:
        self.entries.append(entry)
        return not self.entry_refused

    async def provision(self, identity: str, protocol: str) -> Credential:
        self.provisioned.append((identity, protocol))
        return credential(identity)

    async def line_up(self, line: Line) -> None:
        if self.rising is not None:
            await self.rising.wait()
        if self.rise_error is not None:
            raise self.rise_error
        self.up.append(line)
        self._changed.set()

    def line_down(self, line: Line, code: int, reason: str) -> None:
        self.down.append((line, code, reason))
        self._changed.set()

    def hand(self, line: Line, call: Call) -> asyncio.Future[bytes]:
        self.handed.append(call)
        self._changed.set()
        future: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        try:
            answer = self.answer(call)
        except Exception as error:  # noqa: BLE001 -- the test's own
            future.set_exception(error)
            return future
        if isinstance(answer, bytes):
            future.set_result(answer)
            return future
        return answer

    def crashed(self, line: Line, call: Call) -> bool:
        self.crashes.append(call)
        return self.crashes.count(call) < 2

    async def put_aside(self, line: Line, call: Call, reason: str) -> None:
        if self.aside_refused:
            raise StoreUnavailable
        self.aside.append((call, reason))
        self._changed.set()

    def noticed(self, line: Line, anomalies: Mapping[Anomaly, int], message_id: str | None) -> None:
        for anomaly, count in anomalies.items():
            self.odd[anomaly.code] += count
        self._changed.set()

    def is_behind(self) -> bool:
        return self.behind

    def note(self, fact: Fact) -> None:
        self.noted.append(fact)
        self._changed.set()

    def log_exchange(self, exchange: Fact) -> None:
        assert isinstance(exchange, (ExchangeLogged, FrameLogged))
        self.exchanges.append(exchange)
        self._changed.set()

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait until something that this desk notes has come true."""
        async with asyncio.timeout(PATIENCE_S):
            while not condition():
                self._changed.clear()
                await self._changed.wait()


class House:
    """A running gateway with its fakes."""

    def __init__(
        self,
        *known: Credential,
        policy: UnknownChargers = UnknownChargers.REJECT,
        limits: Limits | None = None,
        frame_log: bool = False,
        trusted_proxies: tuple[str, ...] = (),
        tls: Tls | None = None,
        cpo_name: str | None = None,
        now: datetime | None = None,
    ) -> None:
        self.calls = FakeCalls(*known)
        self.clock = FakeClock()
        if now is not None:
            self.clock.show(now)
        self.gateway = Gateway(
            self.calls,
            self.clock,
            password_key=KEY,
            unknown_chargers=policy,
            limits=limits,
            frame_log=frame_log,
            trusted_proxies=trusted_proxies,
            cpo_name=cpo_name,
        )
        self.tls = tls
        self.port = 0
        self.tls_port = 0

    async def __aenter__(self) -> House:
        await self.gateway.start("127.0.0.1", 0)
        self.port = self.gateway.addresses[0][1]
        if self.tls is not None:
            await self.gateway.start("127.0.0.1", 0, tls=self.tls)
            self.tls_port = self.gateway.addresses[1][1]
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.gateway.stop()
        assert self.gateway.wires == 0
        downs = Counter(line.number for line, _, _ in self.calls.down)
        assert downs == {line.number: 1 for line in self.calls.up}, "line_down follows each line_up exactly once"

    def connect(self, path: str = "/CP1", protocols: tuple[str, ...] | None = ("ocpp1.6",), **options: Any) -> connect:
        """A client's connection. No compression, no pings of its own unless the test says so."""
        settings: dict[str, Any] = {"compression": None, "ping_interval": None, "proxy": None, "subprotocols": protocols} | options
        return connect(f"ws://127.0.0.1:{self.port}{path}", **settings)

    def connect_tls(self, context: ssl.SSLContext, path: str = "/CP1", **options: Any) -> connect:
        """The same over TLS."""
        settings: dict[str, Any] = {"compression": None, "ping_interval": None, "proxy": None, "subprotocols": ("ocpp1.6",)} | options
        return connect(f"wss://127.0.0.1:{self.tls_port}{path}", ssl=context, **settings)

    async def raw(self, **options: Any) -> RawClient:
        return await RawClient.open(self.port, **options)

    async def line(self, number: int = 1) -> Line:
        """The line that came up as the ``number``-th."""
        await self.calls.until(lambda: len(self.calls.up) >= number)
        return self.calls.up[number - 1]

    def pass_time(self, seconds: float) -> None:
        """Advance the clock with a sweep every second, as the timer would."""
        whole, rest = divmod(seconds, 1.0)
        for step in [1.0] * int(whole) + ([rest] if rest else []):
            self.clock.advance(step)
            self.gateway.sweep()


class RawClient:
    """A TCP client that says whatever a test wants, right or wrong."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def open(cls, port: int, *, receive_buffer: int | None = None, limit: int = 2**16) -> RawClient:
        sock = socket.socket()
        if receive_buffer is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        sock.setblocking(False)
        try:
            await asyncio.get_running_loop().sock_connect(sock, ("127.0.0.1", port))
        except OSError:
            sock.close()
            raise
        reader, writer = await asyncio.open_connection(sock=sock, limit=limit)
        return cls(reader, writer)

    async def __aenter__(self) -> RawClient:
        return self

    async def __aexit__(self, *error: object) -> None:
        self.writer.close()
        with contextlib.suppress(OSError):  # the server cut the connection: the test knows
            await self.writer.wait_closed()

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    def ask(self, path: str = "/CP1", *headers: str, protocol: str | None = "ocpp1.6") -> None:
        """Send an upgrade request."""
        self.send(upgrade(path, *headers, protocol=protocol))

    async def head(self) -> bytes:
        """The server's answer up to the empty line."""
        async with asyncio.timeout(PATIENCE_S):
            return await self.reader.readuntil(b"\r\n\r\n")

    async def rest(self) -> bytes:
        """Everything until the server hangs up."""
        async with asyncio.timeout(PATIENCE_S):
            try:
                return await self.reader.read()
            except ConnectionResetError:
                return b""

    async def frame(self) -> tuple[int, bytes]:
        """The next frame of the server: opcode and payload."""
        async with asyncio.timeout(PATIENCE_S):
            first, payload = await next_frame(self.reader)
            return first & 15, payload

    async def closing(self) -> tuple[int, str]:
        """The code and reason of the server's close frame; other frames are skipped."""
        while True:
            opcode, payload = await self.frame()
            if opcode == 8:
                return int.from_bytes(payload[:2]), payload[2:].decode()


def call(message_id: str, action: str = "Heartbeat", payload: dict[str, Any] | None = None) -> str:
    """A CALL as a charger sends it."""
    return json.dumps([2, message_id, action, payload or {}])


async def receive(client: ClientConnection) -> Any:
    """The next message of the server, decoded."""
    async with asyncio.timeout(PATIENCE_S):
        return json.loads(await client.recv())


async def closed(client: ClientConnection) -> tuple[int | None, str | None]:
    """The code and reason with which the server closed."""
    async with asyncio.timeout(PATIENCE_S):
        await client.wait_closed()
    return client.close_code, client.close_reason
