"""How much power may flow at each EVSE of a station, and when that changes by itself."""

from __future__ import annotations

import math
from abc import abstractmethod

from voltaro.simulator.agenda import Appointment
from voltaro.simulator.evse import Evse
from voltaro.simulator.ledger import SessionRecord
from voltaro.simulator.profile import next_change
from voltaro.simulator.station import Station


class Limited(Station):
    """A station whose EVSEs obey charging profiles. Without profiles it costs nothing."""

    _limit_watch: Appointment | None = None

    def obey_profiles(self) -> None:
        """Charging profiles, or the sessions they are for, have changed: work out all limits anew."""
        for evse in self.evses:
            self._settle(evse)
            self._suspend_or_resume(evse)
        self.flush()

    def _sharers(self) -> int:
        """How many EVSEs the limit of the whole station is for."""
        return max(1, sum(evse.energised for evse in self.evses))

    def _share_with_others(self, evse: Evse) -> None:
        """A session here has begun or ended: where the station has a limit, the others get less or more of it."""
        for other in self.evses if self.station_profiles else ():
            if other is not evse and other.session is not None:
                self._settle(other)
                self._suspend_or_resume(other)

    def _obey_profiles(self, evse: Evse) -> None:
        if not self.station_profiles and not evse.profiles:
            evse.limit_w = math.inf
            return
        now, unix = self.clock.monotonic(), self.clock.now().timestamp()
        sharers = self._sharers() if self.station_profiles else 1
        evse.obey_profiles(now, unix, self.station_profiles, sharers)
        if evse.session is not None:
            change = next_change([*self.station_profiles, *evse.profiles], unix, evse.session_since(now, unix))
            self._watch(change - unix)

    def _watch(self, seconds: float) -> None:
        watch = self._limit_watch
        # A timer set by a float's breadth too early would only ring again, and again.
        at = self.clock.monotonic() + seconds + 0.001
        if seconds == math.inf or (watch is not None and watch.act is not None and watch.at <= at):
            return
        if watch is not None:
            watch.cancel()
        self._limit_watch = self.later(seconds + 0.001, self.obey_profiles)

    def _suspend_or_resume(self, evse: Evse) -> None:
        self._obey_profiles(evse)
        if evse.session is not None and evse.energised and evse.word() != evse.status:
            self._charging_state_changed(evse, evse.session)
        self._refresh(evse)

    @abstractmethod
    def _charging_state_changed(self, evse: Evse, session: SessionRecord) -> None:
        """Charging went on or came to a halt within a session; ``evse.status`` is still the old word."""
