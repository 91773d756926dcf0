"""A virtual charger on a real line: the pure charger, a WebSocket, and time, tied together without a task of its own."""

from __future__ import annotations

import asyncio
import math
import ssl
from collections.abc import Awaitable, Callable
from functools import partial

from voltaro.simulator.battery import Battery
from voltaro.simulator.catalogue import MODELS, Model
from voltaro.simulator.charger import Charger
from voltaro.simulator.clock import Alarm, LoopAlarm, Timer
from voltaro.simulator.errand import Errand, Fetched
from voltaro.simulator.evse import Evse
from voltaro.simulator.ledger import Ledger, SessionRecord
from voltaro.simulator.line import Address, Line, open_line
from voltaro.simulator.route import Route
from voltaro.simulator.station import Happening, Traits, Watcher
from voltaro.simulator.talker import BackOff, HangUp
from voltaro.simulator.tally import Tally
from voltaro.simulator.trust import Trust
from voltaro.simulator.v2 import Charger2, Charger21
from voltaro.simulator.v16 import Charger16

PROTOCOLS: dict[str, type[Charger]] = {"ocpp1.6": Charger16, "ocpp2.0.1": Charger2, "ocpp2.1": Charger21}

GOODBYE_S = 5.0
"""How long a polite close may take before the wire is cut."""
BOUND_S = 30.0
"""How long the helpers that wait do so, in real seconds, unless told otherwise."""

_ANSWERS = (b"3", b"4")
"""How CALLRESULT and CALLERROR go on after their bracket."""

Gate = Callable[[], Awaitable[None]]


class SimulatedCharger:
    """One virtual charger, to be told what people do at it, and to be waited on.

    Must be made inside a running event loop. What it does is decided by ``machine``, the pure charger; every method
    here hands something to it, then carries out what it wants: frames, a closed line, a timer, another dial, an errand.
    """

    watcher: Watcher | None = None
    answers_after_s: float = 0.0
    """How long it thinks before it answers a command."""
    _errands: set[asyncio.Task[None]] | None = None

    def __init__(
        self,
        url: str,
        identity: str,
        protocol: str = "ocpp1.6",
        password: str | bytes | None = None,
        *,
        evses: int = 2,
        seed: int = 1,
        speed: float = 1.0,
        meter_interval_s: float = 60.0,
        model: Model = MODELS[0],
        reboot_s: float = 2.0,
        boot_on_reconnect: bool = False,
        same_id_on_retry: bool = False,
        back_off: BackOff | None = None,
        compression: bool = False,
        tls: ssl.SSLContext | None = None,
        trust: Trust | None = None,
        secure_url: str | None = None,
        step_s: float = 2.0,
        clock: Alarm | None = None,
        tally: Tally | None = None,
        ledger: Ledger | None = None,
        gate: Gate | None = None,
    ) -> None:
        """``url`` is the endpoint without the identity. ``tally`` and ``gate`` may be shared by a fleet.

        ``secure_url`` is where a 1.6 charger goes once its security profile is 2 or 3; ``trust`` names the files of TLS.
        """
        if protocol not in PROTOCOLS:
            raise ValueError(f"Unknown protocol {protocol!r}; choose one of {', '.join(PROTOCOLS)}.")
        self.clock: Alarm = clock or LoopAlarm()
        self.tally = tally if tally is not None else Tally()
        self.ledger = ledger if ledger is not None else Ledger()
        self.machine = PROTOCOLS[protocol](
            Traits(
                identity,
                model,
                evses,
                seed,
                speed,
                meter_interval_s,
                password.encode() if isinstance(password, str) else password,
                reboot_s,
                boot_on_reconnect,
                same_id_on_retry,
                back_off or BackOff(),
                step_s,
            ),
            self.clock,
            self.tally,
            self.ledger,
        )
        self.machine.listener = self._heard
        self.listeners: list[Callable[[SimulatedCharger, Happening, int], None]] = []
        first = Address.of(url, identity, protocol, compression=compression, tls=tls)
        secure = None if secure_url is None else Address.of(secure_url, identity, protocol, compression=compression, tls=tls)
        self._route = Route(first, secure, trust)
        if isinstance(self.machine, Charger16):
            files = trust is not None and trust.cert is not None
            self.machine.set_up_line(tls=first.uri.secure, password=password is not None, files=files, elsewhere=secure is not None)
        self._gate = gate
        self._line: Line | None = None
        self._dialing: asyncio.Task[None] | None = None
        self._wanted = False
        self._ending = False
        self._timer: Timer | None = None
        self._timer_at = math.inf
        self._limit_timer: Timer | None = None
        self._waiting: list[tuple[Callable[[], bool], asyncio.Future[None]]] = []

    def __repr__(self) -> str:
        state = self.machine.registration.value if self.machine.online else "offline"
        evses = " ".join(f"{evse.id}:{evse.status}" for evse in self.machine.evses)
        return f"<SimulatedCharger {self.identity} {self.protocol} {state} {evses}>"

    @property
    def identity(self) -> str:
        return self.machine.traits.identity

    @property
    def protocol(self) -> str:
        return self.machine.protocol

    @property
    def online(self) -> bool:
        """Whether the line is up."""
        return self.machine.online

    @property
    def accepted(self) -> bool:
        """Whether the line is up and the central system has accepted the boot."""
        return self.machine.talking

    @property
    def sessions(self) -> list[SessionRecord]:
        """All sessions, oldest first, running ones included."""
        return self.ledger.sessions

    def evse(self, evse: int = 1) -> Evse:
        """The EVSE as a thing: car, register, status."""
        return self.machine.evse(evse)

    def session(self, evse: int = 1) -> SessionRecord | None:
        """The running session of an EVSE."""
        return self.machine.evse(evse).session

    # --- The line

    async def connect(self, bound_s: float = BOUND_S) -> None:
        """Dial, again and again with back-off, until the line is up."""
        self.start()
        await self.wait_until(lambda: self.machine.online, "got a line", bound_s)

    def start(self) -> None:
        """Begin to dial and come back at once. Keeps the charger connected until ``go_offline`` or ``close``."""
        self._wanted = True
        self.machine.dial_at = min(self.machine.dial_at, self.clock.monotonic())
        self._carry_on()

    async def booted(self, bound_s: float = BOUND_S) -> None:
        """Wait until the central system has accepted the charger and heard its statuses."""
        await self.wait_until(lambda: self.machine.talking and not len(self.machine.outbox), "was accepted", bound_s)

    async def go_offline(self, bound_s: float = BOUND_S) -> None:
        """Close the line and stay away until ``go_online``. People go on charging meanwhile."""
        self._wanted = False
        if self._dialing is not None:
            self._dialing.cancel()
        elif self._line is not None:
            self._limit(GOODBYE_S)
            self._line.close(1000, "going offline")
        await self.wait_until(lambda: self._line is None and self._dialing is None, "closed its line", bound_s)

    async def go_online(self, bound_s: float = BOUND_S) -> None:
        await self.connect(bound_s)

    def sever(self) -> None:
        """Cut the wire without a word; the charger dials again after its back-off."""
        if self._line is not None:
            self._line.abort("severed")

    def power_cut(self) -> None:
        """The mains fail and come back: line gone at once, sessions end with PowerLoss, then a boot."""
        self.do(lambda machine: machine.power_cut())

    async def close(self, bound_s: float = BOUND_S) -> None:
        """Close the line for good and forget all timers."""
        self._ending = True
        await self.go_offline(bound_s)
        self._unlimit()
        for task in self._errands or ():
            task.cancel()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    # --- People

    def do(self, act: Callable[[Charger], None]) -> None:
        """Let something happen at the charger, and carry out what follows from it, at once."""
        act(self.machine)
        self._carry_on()

    async def plug_in(self, evse: int = 1, battery: Battery | None = None) -> None:
        """Connect a car; without ``battery`` one is drawn from the seed."""
        self.do(lambda machine: machine.plug_in(evse, battery))

    async def unplug(self, evse: int = 1) -> None:
        """Take the cable off; ends a running session with EVDisconnected."""
        self.do(lambda machine: machine.unplug(evse))

    async def present_tag(self, tag: str, evse: int = 1, *, token_type: str | None = None, bound_s: float = BOUND_S) -> str:
        """Hold a tag to the reader and wait for the verdict on it: ``Accepted``, ``Invalid`` ... as the version has it."""
        verdict: list[str] = []
        self.tag(tag, evse, verdict.append, token_type=token_type)
        await self.wait_until(lambda: bool(verdict), f"had a verdict on {tag!r}", bound_s)
        return verdict[0]

    def tag(self, tag: str, evse: int = 1, done: Callable[[str], None] | None = None, *, token_type: str | None = None) -> None:
        """Hold a tag to the reader and go on at once."""
        self.do(lambda machine: machine.present_tag(evse, tag, done, token_type=token_type))

    async def stop(self, evse: int = 1, reason: str = "Local") -> None:
        """End the running session for one of 1.6's reasons; 2.x says it in its own words. Wait on ``settled``."""
        self.do(lambda machine: machine.stop(evse, reason))

    async def break_down(self, evse: int = 1, error_code: str = "InternalError") -> None:
        self.do(lambda machine: machine.break_down(evse, error_code))

    async def repair(self, evse: int = 1) -> None:
        self.do(lambda machine: machine.repair(evse))

    # --- Waiting

    async def wait_for(self, status: str, evse: int = 1, bound_s: float = BOUND_S) -> None:
        """Wait for a status of an EVSE, in OCPP 1.6's words whatever the version: ``Charging``, ``Finishing`` ..."""
        await self.wait_until(lambda: self.machine.evse(evse).status == status, f"became {status} at EVSE {evse}", bound_s)

    async def settled(self, bound_s: float = BOUND_S) -> None:
        """Wait until nothing is queued: everything was acknowledged or given up."""
        await self.wait_until(lambda: not len(self.machine.outbox), "emptied its queue", bound_s)

    async def quiet(self, bound_s: float = BOUND_S) -> None:
        """Wait until no call waits for its answer; messages that wait for a retry or for a line may still be queued."""
        await self.wait_until(lambda: self.machine.outbox.in_hand is None, "had its answer", bound_s)

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

    def _heard(self, happening: Happening, evse_id: int) -> None:
        for listener in self.listeners:
            listener(self, happening, evse_id)
