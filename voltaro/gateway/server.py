"""The WebSocket server that chargers connect to."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl

import structlog
from websockets.frames import CloseCode
from websockets.http11 import Request

from voltaro.config import UnknownChargers
from voltaro.gateway import tally
from voltaro.gateway.handshake import unavailable
from voltaro.gateway.limits import Limits
from voltaro.gateway.reception import Reception
from voltaro.gateway.strangers import WaitingRoom
from voltaro.gateway.wire import Phase, Wire
from voltaro.ports import Calls, Clock

log = structlog.get_logger(__name__)

_RECEIVE_BYTES = 64 * 1024
_LATE_SWEEP_S = 2.0
_LOOK_AGAIN_S = 0.01


class Gateway:
    """Accepts chargers' connections and keeps every wire's deadlines with one sweep.

    ``password_key`` is the server's secret under which passwords are hashed. ``room`` holds the strangers.
    """

    def __init__(
        self,
        calls: Calls,
        clock: Clock,
        *,
        password_key: bytes,
        unknown_chargers: UnknownChargers = UnknownChargers.PENDING,
        frame_log: bool = True,
        limits: Limits | None = None,
    ) -> None:
        self.clock = clock
        self.limits = limits or Limits()
        self.view = memoryview(bytearray(_RECEIVE_BYTES))
        self.room = WaitingRoom(clock, self.limits.strangers)
        self._reception = Reception(
            calls, self.room, clock, self.limits, policy=unknown_chargers, password_key=password_key, frame_log=frame_log
        )
        self._wires: set[Wire] = set()
        self._servers: list[asyncio.Server] = []
        self._timer: asyncio.TimerHandle | None = None
        self._swept_at = 0.0
        self._swept_late = False
        self._empty = asyncio.Event()

    # --- start and stop ----------------------------------------------------------------------------------------------

    async def start(self, host: str, port: int, *, backlog: int = 4096, tls: ssl.SSLContext | None = None) -> None:
        """Listen; may be called again for a further listener, with TLS for instance. Raises OSError when the address is taken."""
        loop = asyncio.get_running_loop()
        secure = tls is not None
        server = await loop.create_server(
            lambda: self._welcome(secure=secure), host, port, backlog=backlog, ssl=tls, start_serving=False, reuse_address=True
        )
        for listening in server.sockets:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, self.limits.kernel_send_bytes)  # the accepted ones inherit it
        await server.start_serving()
        self._servers.append(server)
        if self._timer is None:
            self._swept_at = self.clock.monotonic()
            self._timer = loop.call_later(self.limits.sweep_s, self._tick)

    @property
    def addresses(self) -> list[tuple[str, int]]:
        """The addresses really bound, in the order of the listeners."""
        return [listening.getsockname()[:2] for server in self._servers for listening in server.sockets]

    @property
    def wires(self) -> int:
        """How many connections there are, in whatever phase."""
        return len(self._wires)

    def pause(self) -> None:
        """Answer 503 to whoever is new; the lines that are open stay."""
        self._reception.paused = True

    def resume(self) -> None:
        """Let new chargers in again."""
        self._reception.paused = False

    async def stop(self, patience_s: float = 5.0) -> None:
        """Stop accepting, answer the calls in hand, close every line (1012) at a bounded pace, wait for the chargers' answers, cut
        what is left."""
        self.pause()
        for server in self._servers:
            server.close()
        await self._answer_what_is_in_hand(patience_s)
        batch = max(1, self.limits.closes_per_second // 20)
        for number, wire in enumerate(tuple(self._wires), 1):
            if wire.phase is Phase.HEAD:
                wire.abort()
            elif wire.phase is Phase.JUDGING:
                wire.refuse(unavailable())
            else:
                wire.close(CloseCode.SERVICE_RESTART, "service restart")
            if number % batch == 0:
                await asyncio.sleep(0.05)
        await self._wait_until_empty(patience_s)
        for wire in tuple(self._wires):
            wire.abort()
        await self._wait_until_empty(1.0)
        await self._reception.finish(patience_s)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        tally.CALLS.flush()
        self._servers.clear()

    async def _answer_what_is_in_hand(self, patience_s: float) -> None:
        """Take no further calls, and wait for the answers to those that were taken: they may be down already."""
        for wire in self._wires:
            wire.retire()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience_s):
                while any(wire.is_busy() for wire in self._wires):  # noqa: ASYNC110 - an event would cost every message a look
                    await asyncio.sleep(_LOOK_AGAIN_S)

    async def _wait_until_empty(self, patience_s: float) -> None:
        if self._wires:
            self._empty.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(patience_s):
                    await self._empty.wait()

    # --- the wires' house --------------------------------------------------------------------------------------------

    def judge(self, wire: Wire, request: Request) -> None:
        self._reception.judge(wire, request)

    def forget(self, wire: Wire) -> None:
        self._wires.discard(wire)
        if not self._wires:
            self._empty.set()

    def _welcome(self, *, secure: bool) -> Wire:
        wire = Wire(self, secure=secure)
        self._wires.add(wire)
        return wire

    # --- deadlines ---------------------------------------------------------------------------------------------------

    def sweep(self) -> None:
        """Look at every wire's deadlines. Called by a timer; tests call it after they have advanced the clock.

        After the loop was stuck, what the chargers sent meanwhile has not been read yet: they are judged at the next sweep.
        """
        now = self.clock.monotonic()
        late = now - self._swept_at - self.limits.sweep_s
        self._swept_at = now
        self._swept_late = late > _LATE_SWEEP_S and not self._swept_late
        if self._swept_late:
            log.warning("gateway.sweep_late", late_s=round(late, 3))
            return
        for wire in tuple(self._wires):
            wire.sweep(now)
        tally.CALLS.flush()

    def _tick(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(self.limits.sweep_s, self._tick)
        self.sweep()
