"""The people at one EVSE: cars come, charge for a while, and leave. Durations shrink with the speed-up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum

from voltaro.simulator.catalogue import draw_battery
from voltaro.simulator.clock import Timer
from voltaro.simulator.dice import Dice
from voltaro.simulator.simulated import SimulatedCharger
from voltaro.simulator.station import Happening


@dataclass(frozen=True, slots=True)
class Habits:
    """How often people come and how long they stay. Seconds are those of the cars; divide by the speed for the clock's."""

    tags: Sequence[str]
    busy: float = 0.5
    """Share of EVSEs that get a car as soon as their charger is accepted."""
    idle_s: float = 2400.0
    """Mean time between one car leaving and the next arriving."""
    longest_s: float = 4 * 3600.0
    arrive_s: tuple[float, float] = (0.2, 3.0)
    """When the first cars come, by the clock, after their charger is accepted."""
    present_s: tuple[float, float] = (0.5, 2.0)
    """How long after its cable a car's driver holds the tag to the reader, by the clock."""


class Phase(Enum):
    """What goes on at the EVSE."""

    EMPTY = "empty"
    ARRIVED = "arrived"
    CHARGING = "charging"
    LEAVING = "leaving"


class Driver:
    """One EVSE's people, one at a time. Reacts to what happens at the charger; sets one timer at most."""

    __slots__ = ("_charger", "_dice", "_evse_id", "_habits", "_target", "_timer", "phase")

    def __init__(self, charger: SimulatedCharger, evse_id: int, habits: Habits, dice: Dice) -> None:
        self._charger = charger
        self._evse_id = evse_id
        self._habits = habits
        self._dice = dice
        self._target = 0.8
        self._timer: Timer | None = None
        self.phase = Phase.EMPTY

    def begin(self) -> None:
        """The charger is accepted for the first time."""
        if self._dice.chance(self._habits.busy):
            self._after(self._dice.between(*self._habits.arrive_s), self._arrive)
        else:
            self._next_car()

    def stop(self) -> None:
        """No more people."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def heard(self, happening: Happening) -> None:
        """Something happened at this EVSE."""
        match happening:
            case Happening.AWAITS_CABLE if self.phase is Phase.EMPTY:
                self._after(self._dice.between(1.0, 3.0), self._bring_cable)  # somebody started it from an app
            case Happening.SESSION_STARTED if self.phase in (Phase.ARRIVED, Phase.EMPTY):
                self.phase = Phase.CHARGING
                self._after(self._stay_s(), self._leave)
            case Happening.TAG_REFUSED if self.phase is Phase.ARRIVED:
                self.phase = Phase.LEAVING
                self._after(self._dice.between(1.0, 3.0), self._unplug)
            case Happening.SESSION_ENDED if self.phase is Phase.CHARGING:
                self.phase = Phase.LEAVING
                self._after(self._dice.between(2.0, 6.0), self._unplug)

    def _arrive(self) -> None:
        evse = self._charger.evse(self._evse_id)
        if not self._charger.accepted or not evse.free or evse.plugged or evse.authorised is not None:
            self._after(self._dice.between(5.0, 15.0), self._arrive)
            return
        self._bring_cable()
        self._after(self._dice.between(*self._habits.present_s), self._present)

    def _bring_cable(self) -> None:
        self.phase = Phase.ARRIVED
        self._target = self._dice.between(0.6, 1.0)
        evse = self._charger.evse(self._evse_id)
        battery = draw_battery(self._dice, direct_current=evse.direct_current)
        if not evse.plugged:
            self._after(self._charger.machine.settings.connection_timeout_s, self._unplug)  # in case nothing comes of it
            self._charger.do(lambda machine: machine.plug_in(self._evse_id, battery))

    def _present(self) -> None:
        self._after(self._charger.machine.settings.connection_timeout_s, self._unplug)
        if not self._charger.evse(self._evse_id).energised:
            self._charger.tag(self._dice.choice(self._habits.tags), self._evse_id)

    def _stay_s(self) -> float:
        evse = self._charger.evse(self._evse_id)
        needed = evse.battery.seconds_until(self._target, evse.power_w) if evse.battery is not None else 0.0
        return max(10.0, min(needed, self._habits.longest_s) / evse.speed)

    def _leave(self) -> None:
        self.phase = Phase.LEAVING
        self._after(self._dice.between(1.0, 4.0), self._unplug)
        self._charger.do(lambda machine: machine.stop(self._evse_id, "Local"))

    def _unplug(self) -> None:
        self.phase = Phase.EMPTY
        self._next_car()
        self._charger.do(lambda machine: machine.unplug(self._evse_id))

    def _next_car(self) -> None:
        speed = self._charger.machine.traits.speed
        self._after(2.0 + self._dice.waiting_time(self._habits.idle_s / speed), self._arrive)

    def _after(self, seconds: float, then: Callable[[], None]) -> None:
        self.stop()
        self._timer = self._charger.clock.call_at(self._charger.clock.monotonic() + seconds, then)
