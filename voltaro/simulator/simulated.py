"""A virtual charger on a real line, as people use it: what is done at it, and what can be waited for."""

from __future__ import annotations

import ssl
from collections.abc import Callable

from voltaro.simulator.battery import Battery
from voltaro.simulator.catalogue import MODELS, Model
from voltaro.simulator.charger import Charger
from voltaro.simulator.clock import Alarm, LoopAlarm
from voltaro.simulator.evse import Evse
from voltaro.simulator.ledger import Ledger, SessionRecord
from voltaro.simulator.line import Address
from voltaro.simulator.route import Route
from voltaro.simulator.station import Happening, Traits
from voltaro.simulator.talker import BackOff
from voltaro.simulator.tally import Tally
from voltaro.simulator.trust import Trust
from voltaro.simulator.v2 import Charger2, Charger21
from voltaro.simulator.v16 import Charger16
from voltaro.simulator.wired import BOUND_S, GOODBYE_S, Gate, WiredCharger

PROTOCOLS: dict[str, type[Charger]] = {"ocpp1.6": Charger16, "ocpp2.0.1": Charger2, "ocpp2.1": Charger21}


class SimulatedCharger(WiredCharger):
    """One virtual charger, to be told what people do at it, and to be waited on.

    Must be made inside a running event loop. What it does is decided by ``machine``, the pure charger; every method here hands
    something to it.
    """

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
        clock = clock or LoopAlarm()
        tally = tally if tally is not None else Tally()
        self.ledger = ledger if ledger is not None else Ledger()
        machine = PROTOCOLS[protocol](
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
            clock,
            tally,
            self.ledger,
        )
        self.listeners: list[Callable[[SimulatedCharger, Happening, int], None]] = []
        first = Address.of(url, identity, protocol, compression=compression, tls=tls)
        secure = None if secure_url is None else Address.of(secure_url, identity, protocol, compression=compression, tls=tls)
        super().__init__(machine, Route(first, secure, trust), clock, tally, gate)
        machine.listener = self._heard
        if isinstance(machine, Charger16):
            files = trust is not None and trust.cert is not None
            machine.set_up_line(tls=first.uri.secure, password=password is not None, files=files, elsewhere=secure is not None)

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

    def _heard(self, happening: Happening, evse_id: int) -> None:
        for listener in self.listeners:
            listener(self, happening, evse_id)
