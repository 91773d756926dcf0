"""A car's battery: what it draws at a state of charge, and the energy that flows in a given time, exactly.

Below the knee the car draws its full power. Above it the power falls along a straight line to ``floor`` of it
at 100 %. Whatever limit the charger sets cuts the curve from above. Both parts have closed solutions, so the
energy of ten short steps is the energy of one long one, and the meter never depends on how often it is read.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

FULL = 1.0 - 1e-9
"""At or above this state of charge a battery takes nothing more."""


@dataclass(frozen=True, slots=True)
class Battery:
    """``capacity_wh`` is seen from the meter: losses of the car's charger included. ``soc`` runs from 0 to 1."""

    capacity_wh: float
    max_power_w: float
    soc: float
    knee: float = 0.8
    floor: float = 0.1
    """Share of full power left at 100 %; above 0, so that every battery gets full in finite time."""

    @property
    def full(self) -> bool:
        return self.soc >= FULL

    def power_w(self, limit_w: float = math.inf) -> float:
        """What the car draws now under a limit of the charger."""
        if self.full or limit_w <= 0:
            return 0.0
        return min(limit_w, self._curve(self.soc))

    def charge(self, seconds: float, limit_w: float = math.inf) -> tuple[Battery, float]:
        """The battery after ``seconds`` under a constant limit, and the energy in Wh that flowed meanwhile."""
        soc, energy_wh, left = self.soc, 0.0, seconds / 3600.0
        if left <= 0 or limit_w <= 0 or self.full:
            return self, 0.0
        bend = self._bend(limit_w)
        if soc < bend:
            power = min(limit_w, self.max_power_w)
            hours = min(left, (bend - soc) * self.capacity_wh / power)
            energy_wh = power * hours
            soc += energy_wh / self.capacity_wh
            left -= hours
        if left > 0 and soc < FULL:
            power, slope = self._curve(soc), self._slope()
            rest_wh = (1.0 - soc) * self.capacity_wh
            tapered_wh = min(rest_wh, -math.expm1(-slope * left) * power / slope)
            energy_wh += tapered_wh
            soc = 1.0 if tapered_wh >= rest_wh else soc + tapered_wh / self.capacity_wh
        return replace(self, soc=min(soc, 1.0)), energy_wh

    def seconds_until(self, soc: float, limit_w: float = math.inf) -> float:
        """How long it takes to reach ``soc`` under a constant limit; infinite when nothing may flow."""
        target = min(soc, 1.0)
        if target <= self.soc:
            return 0.0
        if limit_w <= 0:
            return math.inf
        bend, hours, start = self._bend(limit_w), 0.0, self.soc
        if start < bend:
            reached = min(target, bend)
            hours = (reached - start) * self.capacity_wh / min(limit_w, self.max_power_w)
            start = reached
        if start < target:
            slope = self._slope()
            power_start, power_end = self._curve(start), self._curve(target)
            hours += math.log(power_start / power_end) / slope
        return hours * 3600.0

    def _curve(self, soc: float) -> float:
        if soc <= self.knee:
            return self.max_power_w
        return self.max_power_w * (1.0 - (soc - self.knee) / (1.0 - self.knee) * (1.0 - self.floor))

    def _slope(self) -> float:
        """By how much the power falls per Wh taken above the knee: 1/h."""
        return self.max_power_w * (1.0 - self.floor) / (1.0 - self.knee) / self.capacity_wh

    def _bend(self, limit_w: float) -> float:
        """The state of charge from which the curve, not the limit, holds the power down."""
        share = limit_w / self.max_power_w
        if share >= 1.0:
            return self.knee
        if share <= self.floor:
            return 1.0
        return self.knee + (1.0 - share) / (1.0 - self.floor) * (1.0 - self.knee)
