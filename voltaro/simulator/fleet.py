"""Many virtual chargers in one process, with people at them, and a summary of what they saw."""

from __future__ import annotations

import asyncio
import resource
from collections.abc import Callable
from dataclasses import dataclass, replace

from voltaro.simulator.catalogue import draw_model
from voltaro.simulator.clock import Alarm, LoopAlarm, Timer
from voltaro.simulator.dice import Dice
from voltaro.simulator.driver import Driver, Habits
from voltaro.simulator.ledger import Ledger
from voltaro.simulator.report import Progress, Summary, summarise
from voltaro.simulator.simulated import PROTOCOLS, SimulatedCharger
from voltaro.simulator.station import Happening
from voltaro.simulator.talker import BackOff
from voltaro.simulator.tally import Tally
from voltaro.simulator.trust import Trust

MIX = ("ocpp1.6", "ocpp2.0.1", "ocpp1.6", "ocpp2.1")
"""What ``mixed`` deals out, in turn: half of the street still speaks 1.6."""
TAGS = ("04A1B2C3", "04D4E5F6", "0411AA22", "0433BB44", "0455CC66", "0477DD88", "0499EE11", "04BBFF33")
SPARE_FILES = 256


@dataclass(frozen=True, slots=True)
class FleetPlan:
    """What to simulate. The same plan and seed give the same chargers, cars and people."""

    url: str
    """The endpoint without the identity: ``ws://127.0.0.1:9000/ocpp``."""
    count: int = 10
    protocol: str = "mixed"
    """``ocpp1.6``, ``ocpp2.0.1``, ``ocpp2.1`` or ``mixed``."""
    prefix: str = "SIM"
    password: str | None = None
    """The same for all."""
    tags: tuple[str, ...] = TAGS
    """What people hold to the readers; the central system should know them."""
    evses: int = 2
    seed: int = 1
    speed: float = 1.0
    """Energy flows, and people hurry, so many times faster than the clock; meter intervals are the clock's."""
    meter_interval_s: float = 30.0
    connect_per_s: float = 50.0
    """At most so many dials a second, reconnects included."""
    driven: bool = True
    """Whether people come. Without them the chargers only boot and send heartbeats."""
    busy: float = 0.5
    idle_s: float = 2400.0
    prompt: bool = False
    """The first cars stand there already, and their drivers lose no time."""
    first: int = 1
    """The number of the first charger."""
    finish: bool = True
    """At the end, stop running sessions and wait up to ``finish_s`` for the acknowledgements."""
    finish_s: float = 10.0
    compression: bool = False
    trust: Trust | None = None
    """The files of TLS; the machine's own roots without."""
    detailed: bool = False
    """Keep every charger's full ledger: for tests, not for long runs."""

    def __post_init__(self) -> None:
        if self.protocol != "mixed" and self.protocol not in PROTOCOLS:
            raise ValueError(f"Unknown protocol {self.protocol!r}; choose mixed or one of {', '.join(PROTOCOLS)}.")
        if self.count < 1 or self.evses < 1 or self.speed <= 0 or self.connect_per_s <= 0:
            raise ValueError("A fleet needs at least one charger with one EVSE, and a speed and connect rate above 0.")
        if self.driven and not self.tags:
            raise ValueError("Give at least one tag for the people, or none to come (driven=False).")

    def identity(self, number: int) -> str:
        """Of the charger with this number, counted from 1."""
        return f"{self.prefix}-{number:0{max(3, len(str(self.count)))}d}"

    def protocol_of(self, number: int) -> str:
        return MIX[(number - 1) % len(MIX)] if self.protocol == "mixed" else self.protocol


class SimulatedFleet:
    """N chargers that dial at a bounded rate. Must be made inside a running event loop."""

    def __init__(self, plan: FleetPlan, *, clock: Alarm | None = None, back_off: BackOff | None = None) -> None:
        self.plan = plan
        self.clock = clock or LoopAlarm()
        self.tally = Tally()
        self._began = self.clock.monotonic()
        self._next_dial = self._began
        self._unboot: set[str] = set()
        self._ramp_s: float | None = None
        self._drivers: dict[str, tuple[Driver, ...]] = {}
        self.chargers = [self._make(number, back_off) for number in range(plan.first, plan.first + plan.count)]
        self._unboot = {charger.identity for charger in self.chargers}

    def charger(self, identity: str) -> SimulatedCharger:
        """The charger with this identity; raises KeyError."""
        found = next((charger for charger in self.chargers if charger.identity == identity), None)
        if found is None:
            raise KeyError(identity)
        return found

    def is_driven(self, identity: str) -> bool:
        """Whether people come to this charger by themselves."""
        return bool(self._drivers.get(identity))

    async def dismiss(self, identity: str) -> None:
        """Take one charger down for good. Raises KeyError."""
        charger = self.charger(identity)
        self.chargers.remove(charger)
        self._unboot.discard(identity)
        for driver in self._drivers.pop(identity, ()):
            driver.stop()
        await charger.close()

    def start(self) -> None:
        """Let all chargers dial, one after the other at the plan's rate."""
        _allow_files(len(self.chargers) + SPARE_FILES)
        self._began = self._next_dial = self.clock.monotonic()
        for charger in self.chargers:
            charger.start()

    async def run(
        self,
        until: asyncio.Event | None = None,
        duration_s: float | None = None,
        *,
        on_progress: Callable[[Progress], None] | None = None,
        progress_every_s: float = 0.5,
    ) -> Summary:
        """Start, run until the event is set or the duration is over, finish, and report.

        Without either it runs until it is cancelled; a cancelled run closes its lines, and its ``summary`` still stands.
        """
        over = until or asyncio.Event()
        ending = self.clock.call_at(self.clock.monotonic() + duration_s, over.set) if duration_s is not None else None
        ticking = _Ticking(self.clock, progress_every_s, lambda: on_progress(self.progress())) if on_progress is not None else None
        try:
            self.start()
            await over.wait()
            await self.finish()
            return self.summary()
        finally:
            for timer in (ending, ticking):
                if timer is not None:
                    timer.cancel()
            await self.close()

    async def accepted(self, bound_s: float = 60.0) -> None:
        """Wait until every charger is accepted and its statuses are heard."""
        async with asyncio.timeout(bound_s):
            for charger in self.chargers:
                await charger.booted(bound_s)

    async def finish(self) -> None:
        """Send the people home; by plan, stop what runs and wait for the acknowledgements."""
        for drivers in self._drivers.values():
            for driver in drivers:
                driver.stop()
        if not self.plan.finish:
            return
        for charger in self.chargers:
            for evse in charger.machine.evses:
                if evse.session is not None:
                    await charger.stop(evse.id, "Local")
        waits = (charger.settled(self.plan.finish_s) for charger in self.chargers if charger.accepted)
        await asyncio.gather(*waits, return_exceptions=True)  # what is still queued then stands in the summary

    async def close(self) -> None:
        """Close all lines."""
        for drivers in self._drivers.values():
            for driver in drivers:
                driver.stop()
        await asyncio.gather(*(charger.close() for charger in self.chargers), return_exceptions=True)

    def progress(self) -> Progress:
        tally = self.tally
        return Progress(
            elapsed_s=self.clock.monotonic() - self._began,
            chargers=len(self.chargers),
            online=sum(charger.online for charger in self.chargers),
            accepted=sum(charger.accepted for charger in self.chargers),
            charging=sum(evse.energised for charger in self.chargers for evse in charger.machine.evses),
            sessions_started=tally.sessions_started,
            sessions_ended=tally.sessions_ended,
            energy_wh=tally.energy_wh,
            sent=tally.sent.total(),
            answered=tally.answered.total(),
            errors=tally.errors.total(),
        )

    def summary(self) -> Summary:
        """What was seen so far."""
        duration_s = self.clock.monotonic() - self._began
        return summarise(self.chargers, self.tally, seed=self.plan.seed, duration_s=duration_s, ramp_s=self._ramp_s)

    # --- Within

    def _make(self, number: int, back_off: BackOff | None) -> SimulatedCharger:
        plan, identity = self.plan, self.plan.identity(number)
        dice = Dice(plan.seed, f"model of {identity}")
        charger = SimulatedCharger(
            plan.url,
            identity,
            plan.protocol_of(number),
            plan.password,
            evses=plan.evses,
            seed=plan.seed,
            speed=plan.speed,
            meter_interval_s=plan.meter_interval_s,
            model=draw_model(dice),
            back_off=back_off,
            compression=plan.compression,
            trust=plan.trust,
            clock=self.clock,
            tally=self.tally,
            ledger=Ledger(detailed=plan.detailed, limit=1_000_000 if plan.detailed else 200),
            gate=self._gate,
        )
        if plan.driven:
            habits = Habits(plan.tags, plan.busy, plan.idle_s)
            if plan.prompt:
                habits = replace(habits, arrive_s=(0.0, 1.0), present_s=(0.1, 0.5))
            self._drivers[identity] = tuple(
                Driver(charger, evse.id, habits, Dice(plan.seed, f"people at {identity} {evse.id}")) for evse in charger.machine.evses
            )
        charger.listeners.append(self._heard)
        return charger

    def _heard(self, charger: SimulatedCharger, happening: Happening, evse_id: int) -> None:
        drivers = self._drivers.get(charger.identity, ())
        if happening is not Happening.BOOTED:
            if drivers:
                drivers[evse_id - 1].heard(happening)
        elif charger.identity in self._unboot:
            self._unboot.discard(charger.identity)
            if not self._unboot:
                self._ramp_s = self.clock.monotonic() - self._began
            for driver in drivers:
                driver.begin()

    async def _gate(self) -> None:
        """Wait for a place in the queue of dials."""
        now = self.clock.monotonic()
        turn = max(now, self._next_dial)
        self._next_dial = turn + 1.0 / self.plan.connect_per_s
        if turn > now:
            passed = asyncio.Event()
            timer = self.clock.call_at(turn, passed.set)
            try:
                await passed.wait()
            finally:
                timer.cancel()


class _Ticking:
    """Calls back again and again until it is cancelled."""

    def __init__(self, clock: Alarm, every_s: float, callback: Callable[[], None]) -> None:
        self._clock, self._every_s, self._callback = clock, every_s, callback
        self._timer: Timer = clock.call_at(clock.monotonic() + every_s, self._ring)

    def _ring(self) -> None:
        self._timer = self._clock.call_at(self._clock.monotonic() + self._every_s, self._ring)
        self._callback()

    def cancel(self) -> None:
        self._timer.cancel()


async def run_simulation(
    plan: FleetPlan,
    *,
    until: asyncio.Event | None = None,
    duration_s: float | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> Summary:
    """Run a fleet by plan from first dial to last goodbye."""
    return await SimulatedFleet(plan).run(until, duration_s, on_progress=on_progress)


def _allow_files(wanted: int) -> None:
    """One file descriptor a line: raise the soft limit as far as the hard one allows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard))
