"""The WebSocket server that chargers connect to."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from typing import Any

import structlog
from websockets.http11 import Request

from voltaro import metrics
from voltaro.config import UnknownChargers
from voltaro.domain.attempt import Attempt, AttemptReason
from voltaro.gateway import tally
from voltaro.gateway.attempts import Attempts, Caller
from voltaro.gateway.closing import PacedClosing, dismiss
from voltaro.gateway.connection import address_of
from voltaro.gateway.entrance import Phase
from voltaro.gateway.handshake import crowded, unavailable
from voltaro.gateway.limits import Limits
from voltaro.gateway.listener import Listener, bound, connecting
from voltaro.gateway.pressure import Pressure
from voltaro.gateway.reception import Reception
from voltaro.gateway.refusals import Refusals
from voltaro.gateway.strangers import WaitingRoom
from voltaro.gateway.tls import Tls
from voltaro.gateway.turnstile import Turnstile
from voltaro.gateway.wire import Wire
from voltaro.ports import Calls, Clock

log = structlog.get_logger(__name__)

_RECEIVE_BYTES = 64 * 1024
_LATE_SWEEP_S = 2.0
_CROWDED_AGAIN_S = 30


class Gateway:
    """Accepts chargers' connections and keeps every wire's deadlines with one sweep.

    ``password_key`` is the server's secret under which passwords are hashed. ``room`` holds the strangers, ``attempts`` who tried to
    connect; ``tell_attempt`` hears of each.
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
        trusted_proxies: Sequence[str] = (),
        pressure: Pressure | None = None,
        cpo_name: str | None = None,
        tell_attempt: Callable[[Attempt], None] | None = None,
    ) -> None:
        self.clock = clock
        self.limits = limits or Limits()
        self.view = memoryview(bytearray(_RECEIVE_BYTES))
        self.room = WaitingRoom(clock, self.limits.strangers)
        self.attempts = Attempts(clock, tell_attempt)
        self._refusals = Refusals(calls, clock, self.attempts)
        self._reception = Reception(
            calls,
            self.room,
            clock,
            self.limits,
            policy=unknown_chargers,
            password_key=password_key,
            frame_log=frame_log,
            refusals=self._refusals,
            trusted_proxies=trusted_proxies,
            cpo_name=cpo_name,
        )
        self._tls_pace: Turnstile[tuple[Wire, Tls, socket.socket]] = Turnstile(
            clock,
            self._begin_tls,
            burst=self.limits.tls_burst,
            per_second=self.limits.tls_per_second,
            wait_s=self.limits.tls_wait_s,
        )
        self._pressure = pressure or Pressure()
        self._pressure.look(0)
        self._closing = PacedClosing(self.limits.away_closes_per_second)
        self._pauses: set[str] = set()

        self._wires: set[Wire] = set()
        self._listeners: list[Listener] = []
        self._connecting: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._swept_at = 0.0
        self._swept_late = False
        self._empty = asyncio.Event()

    # --- start and stop ----------------------------------------------------------------------------------------------

    async def start(self, host: str, port: int, *, backlog: int = 4096, tls: Tls | None = None) -> None:
        """Listen; may be called again for a further listener, with TLS for instance. Raises OSError when the address is taken."""
        limits = self.limits
        for listening in await bound(host, port, send_buffer=limits.kernel_send_bytes, silence_s=limits.silence_s):
            listener = Listener(listening, partial(self._welcome, tls))
            listener.start(backlog)
            self._listeners.append(listener)
        if self._timer is None:
            self._swept_at = self.clock.monotonic()
            self._timer = asyncio.get_running_loop().call_later(limits.sweep_s, self._tick)

    @property
    def addresses(self) -> list[tuple[str, int]]:
        """The addresses really bound, in the order of the listeners."""
        return [listener.address for listener in self._listeners]

    @property
    def wires(self) -> int:
        """How many connections there are, in whatever phase."""
        return len(self._wires)

    def pause(self, why: str = "asked") -> None:
        """Answer 503 to whoever is new, until every reason to is over; the lines that are open stay."""
        self._pauses.add(why)
        self._reception.pause()

    def resume(self, why: str = "asked") -> None:
        """That reason is over: let new chargers in again where it was the last."""
        self._pauses.discard(why)
        self._reception.paused = bool(self._pauses)

    def close_lines(self, code: int, reason: str) -> None:
        """Close every line at a pace."""
        for wire in self._open_wires():
            self._closing.add(wire, code, reason, must=False)

    def keep_lines(self) -> None:
        """Close no more of those that ``close_lines`` has not come to yet."""
        self._closing.spare()

    async def drain(self) -> None:
        """Refuse whoever is new (503) and close every line (1012) at a pace, each after its call in hand.

        The listeners stay open, so that a charger which comes back too soon is told when to come again.
        """
        self.pause("drain")
        self._closing.clear()
        for wire in tuple(self._wires):
            if wire.phase is Phase.JUDGING:
                wire.refuse(unavailable())
        for wire, _, accepted in self._tls_pace.clear():
            accepted.close()
            self.forget(wire)
        await dismiss(self._open_wires(), self.limits.closes_per_second, self.limits.in_hand_s)

    async def stop(self, patience_s: float = 5.0) -> None:
        """Drain, stop accepting, wait for the chargers' answers, cut what is left."""
        await self.drain()
        for listener in self._listeners:
            listener.close()
        if self._connecting:
            await asyncio.wait(self._connecting, timeout=patience_s)
        for wire in tuple(self._wires):
            if wire.phase is Phase.HEAD:
                wire.abort()
        await self._wait_until_empty(patience_s)
        for wire in tuple(self._wires):
            wire.abort()
        await self._wait_until_empty(1.0)
        await self._reception.finish(patience_s)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        tally.CALLS.flush()
        self._listeners.clear()

    async def _wait_until_empty(self, patience_s: float) -> None:
        if self._wires:
            self._empty.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(patience_s):
                    await self._empty.wait()

    # --- the wires' house --------------------------------------------------------------------------------------------

    def judge(self, wire: Wire, request: Request) -> None:
        if self._pressure.refuses(len(self._wires)):
            wire.refuse(crowded(_CROWDED_AGAIN_S, "no_room"))
        else:
            self._reception.judge(wire, request)

    def refused(self, wire: Wire, reason: AttemptReason, detail: str) -> None:
        self.attempts.note(reason, wire.caller or Caller(wire.host, wire.secure), detail)

    def close_soon(self, wire: Wire, code: int, reason: str) -> None:
        self._closing.add(wire, code, reason, must=True)

    def forget(self, wire: Wire) -> None:
        self._wires.discard(wire)
        self._reception.ended(wire)
        if not self._wires:
            self._empty.set()

    def _welcome(self, tls: Tls | None, accepted: socket.socket) -> None:
        """A connection is accepted. Without room even to refuse it, it is cut."""
        if self._pressure.cuts(len(self._wires) + 1):
            accepted.close()
            return
        wire = Wire(self, secure=tls is not None)
        self._wires.add(wire)
        if tls is None:
            self._connecting_task(self._connect(wire, None, accepted))
            return
        try:
            wire.remote = address_of(accepted.getpeername())
        except OSError:  # it is gone already
            accepted.close()
            self.forget(wire)
            return
        if not self._tls_pace.come((wire, tls, accepted)):
            metrics.HANDSHAKES.labels("storm").inc()
            accepted.close()
            self.forget(wire)

    def _begin_tls(self, arrival: tuple[Wire, Tls, socket.socket]) -> None:
        wire, tls, accepted = arrival
        wire.task = self._connecting_task(self._connect(wire, tls.context, accepted))

    def _connecting_task(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._connecting.add(task)
        task.add_done_callback(self._connecting.discard)
        return task

    async def _connect(self, wire: Wire, tls: ssl.SSLContext | None, accepted: socket.socket) -> None:
        try:
            await connecting(lambda: wire, accepted, tls, self.limits.handshake_s)
        except (OSError, TimeoutError) as error:  # it is gone already, or its TLS will not do
            if tls is not None:
                self._refusals.at_tls(wire.remote, error)
            accepted.close()
            self.forget(wire)
        except asyncio.CancelledError:  # it took too long
            accepted.close()
            self.forget(wire)
            raise

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
        self._pressure.look(len(self._wires))
        for wire in tuple(self._wires):
            wire.sweep(now)
        self._cut_slow_heads(now)
        tally.CALLS.flush()

    def _cut_slow_heads(self, now: float) -> None:
        """Too many in the middle of their request, of one address or in all: the oldest give way."""
        limits = self.limits
        slow = [wire for wire in self._wires if wire.phase is Phase.HEAD and now - wire.waits_for_head_since >= limits.slow_head_s]
        if len(slow) <= limits.slow_heads_per_address:
            return
        slow.sort(key=lambda wire: wire.waits_for_head_since, reverse=True)
        seen: Counter[str] = Counter()
        for number, wire in enumerate(slow, 1):
            seen[wire.host] += 1
            if number > limits.slow_heads or seen[wire.host] > limits.slow_heads_per_address:
                wire.give_way()

    def _open_wires(self) -> list[Wire]:
        return [wire for wire in self._wires if wire.phase is Phase.OPEN]

    def _tick(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(self.limits.sweep_s, self._tick)
        self.sweep()
