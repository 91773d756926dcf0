"""A virtual charger's machine on a real line: the pure charger, a WebSocket, and time, tied together without a task of its own."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable
from functools import partial

from voltaro.simulator.charger import Charger
from voltaro.simulator.clock import Alarm, Timer
from voltaro.simulator.errand import Errand, Fetched
from voltaro.simulator.line import Line, open_line
from voltaro.simulator.route import Route
from voltaro.simulator.station import Watcher
from voltaro.simulator.talker import HangUp
from voltaro.simulator.tally import Tally

GOODBYE_S = 5.0
"""How long a polite close may take before the wire is cut."""
BOUND_S = 30.0
"""How long the helpers that wait do so, in real seconds, unless told otherwise."""

_ANSWERS = (b"3", b"4")
"""How CALLRESULT and CALLERROR go on after their bracket."""

Gate = Callable[[], Awaitable[None]]


class WiredCharger:
    """Carries out what ``machine`` wants after whatever has happened to it: frames, a closed line, a timer, another dial, an errand."""

    watcher: Watcher | None = None
    answers_after_s: float = 0.0
    """How long it thinks before it answers a command."""
    _errands: set[asyncio.Task[None]] | None = None

    def __init__(self, machine: Charger, route: Route, clock: Alarm, tally: Tally, gate: Gate | None) -> None:
        self.machine = machine
        self.clock = clock
        self.tally = tally
        self._route = route
        self._gate = gate
        self._line: Line | None = None
        self._dialing: asyncio.Task[None] | None = None
        self._wanted = False
        self._ending = False
        self._timer: Timer | None = None
        self._timer_at = math.inf
        self._limit_timer: Timer | None = None
        self._waiting: list[tuple[Callable[[], bool], asyncio.Future[None]]] = []

    def do(self, act: Callable[[Charger], None]) -> None:
        """Let something happen at the charger, and carry out what follows from it, at once."""
        act(self.machine)
        self._carry_on()

    async def wait_until(self, fact: Callable[[], bool], what: str = "did what was waited for", bound_s: float = BOUND_S) -> None:
        """Wait until ``fact`` holds; it is looked at after everything that happens to this charger. Raises TimeoutError."""
        if fact():
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        entry = (fact, future)
        self._waiting.append(entry)
        try:
            async with asyncio.timeout(bound_s):
                await future
        except TimeoutError:
            raise TimeoutError(f"{self!r} never {what} within {bound_s:g} s.") from None
        finally:
            if entry in self._waiting:
                self._waiting.remove(entry)

    # --- What the line and the clock say

    def line_opened(self, line: Line) -> None:
        if line is not self._line:
            line.abort()
            return
        self._unlimit()
        self._note("line open")
        self.machine.line_opened()
        self._carry_on()

    def message_heard(self, line: Line, text: bytes) -> None:
        if line is self._line:
            if self.watcher is not None:
                self.watcher.heard(text)
            self.machine.frame_received(text)
            self._carry_on()

    def line_closed(self, line: Line, reason: str, retry_after_s: float | None) -> None:
        if line is not self._line:
            return
        self._line = None
        self._unlimit()
        self._note(f"line closed: {reason}" if line.opened else f"line refused: {reason}")
        if line.opened:
            self.machine.line_lost(reason)
        else:
            self.machine.dial_failed(reason, retry_after_s)
        self._carry_on()

    def _ring(self) -> None:
        self._timer, self._timer_at = None, math.inf
        if self.machine.due() <= self.clock.monotonic():
            self.machine.tick()
        self._carry_on()

    # --- Within

    def _carry_on(self) -> None:
        """Do what the machine wants after whatever has just happened to it."""
        machine, line = self.machine, self._line
        if line is not None and machine.outgoing:
            frames, machine.outgoing = machine.outgoing, []
            for frame in frames:
                if self.answers_after_s and frame[1:2] in _ANSWERS:
                    self.clock.call_at(self.clock.monotonic() + self.answers_after_s, partial(self._say, line, frame))
                else:
                    self._say(line, frame)
        if machine.pings:
            machine.pings = 0
            if line is not None:
                line.ping()
        if machine.errands:
            self._run_errands()
        if line is not None and machine.hang_up is not None and self._limit_timer is None:
            if machine.hang_up is HangUp.ABRUPTLY:
                line.abort("given up")
            else:
                line.close(1000, "restarting")
            self._limit(GOODBYE_S)
        if self._wanted and line is None and self._dialing is None and machine.dial_at <= self.clock.monotonic():
            self._dialing = asyncio.get_running_loop().create_task(self._dial())
        self._set_timer()
        if self._waiting:
            for fact, future in self._waiting:
                if not future.done() and fact():
                    future.set_result(None)

    def _say(self, line: Line, frame: bytes) -> None:
        if line is self._line:
            line.send(frame)
            if self.watcher is not None:
                self.watcher.said(frame)

    def _set_timer(self) -> None:
        if self._ending:
            return
        due = self.machine.due()
        if self._wanted and self._line is None and self._dialing is None:
            due = min(due, self.machine.dial_at)
        # A timer that rings too early only looks and is set anew; so a call's time-out need not be moved with every call.
        if due < self._timer_at:
            if self._timer is not None:
                self._timer.cancel()
            self._timer_at = due
            self._timer = self.clock.call_at(due, self._ring)

    async def _dial(self) -> None:
        line: Line | None = None
        try:
            if self._gate is not None:
                await self._gate()
            self.tally.dials += 1
            address = self._route.first if self._route.is_fixed else await self._route.address(self.machine)
            # Set before the connection is made: the first bytes may arrive before this task is resumed.
            line = self._line = Line(address, self.machine.password_for_line(), self)
            self._limit(self.machine.settings.message_timeout_s)
            await open_line(line, address)
        except OSError as error:
            self._note(f"no line: {error}")
            self.machine.dial_failed(type(error).__name__)
        except asyncio.CancelledError:
            # By ``_cut`` or ``go_offline``, or because the whole program ends: never dial again at once.
            self.machine.dial_at = max(self.machine.dial_at, self.clock.monotonic() + 1.0)
            self._dialed(line)
            raise
        self._dialed(line)

    def _run_errands(self) -> None:
        errands, self.machine.errands = self.machine.errands or [], None
        if self._errands is None:
            self._errands = set()
        for errand in errands:
            task = asyncio.get_running_loop().create_task(self._run_errand(errand))
            self._errands.add(task)
            task.add_done_callback(self._errands.discard)

    async def _run_errand(self, errand: Errand) -> None:
        self._note(f"{errand.method} {errand.url}")
        try:
            came = await errand.run(await self._route.for_files(self.machine))
        except OSError as error:
            came = Fetched(0, reason=str(error))
        self._note(f"{errand.method} {errand.url}: {came.status or came.reason}")
        self.do(lambda machine: errand.done(came))

    def _note(self, what: str) -> None:
        if self.watcher is not None:
            self.watcher.noted(what)

    def _dialed(self, line: Line | None) -> None:
        self._dialing = None
        if line is not None and not line.connected:
            self._line = None
            self._unlimit()
        self._carry_on()

    def _limit(self, seconds: float) -> None:
        """Cut the wire unless ``_unlimit`` comes in time: for handshakes and goodbyes."""
        self._unlimit()
        self._limit_timer = self.clock.call_at(self.clock.monotonic() + seconds, self._cut)

    def _unlimit(self) -> None:
        if self._limit_timer is not None:
            self._limit_timer.cancel()
            self._limit_timer = None

    def _cut(self) -> None:
        self._limit_timer = None
        if self._dialing is not None:
            self.machine.dial_failed("TimeoutError")
            self._dialing.cancel()
        elif self._line is not None:
            self._line.abort("no answer in time")
