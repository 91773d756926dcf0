"""One EVSE as a thing of metal: the car on its cable, the meter, and what it would say of itself."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from voltaro.simulator.battery import Battery
from voltaro.simulator.ledger import SessionRecord
from voltaro.simulator.profile import Profile, combined_limit_w


@dataclass(frozen=True, slots=True)
class Authorised:
    """A tag that may start a session here as soon as there is a car."""

    tag: str
    until: float
    remote_start_id: int | None = None
    group: str | None = None
    token_type: str | None = None


@dataclass(slots=True, eq=False)
class Evse:
    """``register_wh`` only grows. Times are monotonic seconds. Status words are those of OCPP 1.6, the finer ones."""

    id: int
    power_w: float
    speed: float
    register_wh: float
    direct_current: bool = False
    battery: Battery | None = None
    session: SessionRecord | None = None
    authorised: Authorised | None = None
    finished: bool = False
    """A session has ended and its car is still here."""
    operative: bool = True
    closing: bool = False
    """Becomes inoperative when its session ends."""
    fault: str | None = None
    """The 1.6 error code, while something is broken."""
    reserved: bool = False
    """Kept for one driver."""
    cable_left: bool = False
    """The car is gone and the cable still locked in the charger."""
    profiles: list[Profile] = field(default_factory=list)
    limit_w: float = math.inf
    settled_at: float = 0.0
    meter_at: float = math.inf
    status: str = "Available"
    reported: str = ""
    """The status word last sent to the central system; empty when it knows none."""

    @property
    def plugged(self) -> bool:
        return self.battery is not None

    @property
    def energised(self) -> bool:
        """Whether a session with a tag is on. In 2.x a session may begin with the cable, before any tag."""
        return self.session is not None and self.session.tag is not None

    @property
    def free(self) -> bool:
        """Whether a tag may start charging here."""
        return not self.energised and self.operative and self.fault is None

    @property
    def draw_w(self) -> float:
        """The power that flows now."""
        if not self.energised or self.battery is None or self.fault is not None:
            return 0.0
        return self.battery.power_w(min(self.power_w, self.limit_w))

    @property
    def reading_wh(self) -> int:
        """What the meter shows: whole Wh, with the noise of floating point left out."""
        return int(self.register_wh + 1e-6)

    def settle(self, now: float) -> None:
        """Let the energy flow that flowed since the last settling."""
        elapsed, self.settled_at = now - self.settled_at, now
        if self.session is not None and self.energised and self.battery is not None and self.fault is None and elapsed > 0:
            self.battery, energy_wh = self.battery.charge(elapsed * self.speed, min(self.power_w, self.limit_w))
            self.register_wh += energy_wh
            self.session.meter_wh = self.reading_wh

    def session_since(self, now: float, unix: float) -> float:
        """When the running session began, in Unix seconds by today's clock; now when there is none."""
        return unix - (now - self.session.started_monotonic) if self.session is not None else unix

    def obey_profiles(self, now: float, unix: float, station: list[Profile], sharers: int = 1) -> None:
        """Work out the limit anew; call after settling under the old one. ``sharers`` draw on the station's limit together."""
        since = self.session_since(now, unix)
        self.limit_w = combined_limit_w(station, self.profiles, unix, since, sharers=sharers, direct_current=self.direct_current)

    def word(self) -> str:
        """The status as OCPP 1.6 has it."""
        if self.fault is not None:
            return "Faulted"
        if not self.operative:
            return "Unavailable"
        if self.energised:
            if self.limit_w <= 0:
                return "SuspendedEVSE"
            if self.battery is None or self.battery.full:
                return "SuspendedEV"
            return "Charging"
        if self.plugged or self.cable_left:
            return "Finishing" if self.finished and self.authorised is None else "Preparing"
        if self.authorised is not None:
            return "Preparing"
        return "Reserved" if self.reserved else "Available"
