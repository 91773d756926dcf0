"""A virtual charger without its socket: a station with cars, tags and sessions. The versions add their words."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Callable, Mapping
from typing import Any

from voltaro.ports import Clock
from voltaro.simulator.battery import Battery
from voltaro.simulator.catalogue import draw_battery
from voltaro.simulator.evse import Authorised, Evse
from voltaro.simulator.ledger import Ledger, SessionRecord
from voltaro.simulator.limits import Limited
from voltaro.simulator.outbox import End
from voltaro.simulator.station import Happening, Traits
from voltaro.simulator.talker import HangUp, Registration
from voltaro.simulator.tally import Tally


class Charger(Limited):
    """The core all versions share."""

    def __init__(self, traits: Traits, clock: Clock, tally: Tally, ledger: Ledger) -> None:
        super().__init__(traits, clock, tally, ledger)
        self.known_tags: dict[str, str | None] = {}
        """The authorisation cache: accepted tags and their groups."""

    # --- What people do

    def plug_in(self, evse_id: int, battery: Battery | None = None) -> None:
        """A car is connected; without ``battery`` a car is drawn."""
        evse = self.evse(evse_id)
        if evse.plugged:
            raise ValueError(f"{self.traits.identity}: there is a car at EVSE {evse_id} already; unplug it first.")
        self._settle(evse)
        evse.cable_left = False
        evse.battery = battery or draw_battery(self.dice, direct_current=self.traits.model.direct_current)
        evse.finished = False
        self._plugged_in(evse)
        if evse.authorised is not None:
            self._start(evse)
        self._refresh(evse)
        self.flush()

    def unplug(self, evse_id: int) -> None:
        """The cable is taken off the car. A running session ends, if the charger is set so."""
        evse = self.evse(evse_id)
        self._settle(evse)
        if evse.session is not None and self._ends_when_unplugged(evse):
            self.end_session(evse, "EVDisconnected")
            evse.cable_left = self._keeps_cable(evse)
        evse.battery, evse.finished = None, evse.cable_left
        self._refresh(evse)
        self.flush()

    def present_tag(self, evse_id: int, tag: str, done: Callable[[str], None] | None = None, *, token_type: str | None = None) -> None:
        """A tag is held to the reader: starts, or stops what it started. ``done`` hears the verdict on the tag."""
        evse, heard = self.evse(evse_id), done or (lambda verdict: None)
        session = evse.session
        if evse.cable_left:
            self.release_cable(evse)
            heard("Accepted")
        elif session is not None and evse.energised:
            if session.tag == tag:
                self.end_session(evse, "Local")
                heard("Accepted")
            else:
                self.authorize(tag, lambda verdict, group: self._second_tag(evse, verdict, group, heard), token_type)
        elif not evse.free:
            heard("Unavailable")
        else:
            self.authorize(tag, lambda verdict, group: self._first_tag(evse, tag, verdict, group, heard, token_type), token_type)
        self.flush()

    def stop(self, evse_id: int, reason: str = "Local") -> None:
        """End the session, for one of the reasons OCPP 1.6 knows."""
        self.end_session(self.evse(evse_id), reason)
        self.flush()

    def break_down(self, evse_id: int, error_code: str = "InternalError") -> None:
        """A part fails; energy stops flowing until ``repair``."""
        evse = self.evse(evse_id)
        self._settle(evse)
        evse.fault = error_code
        self._refresh(evse)
        self.flush()

    def repair(self, evse_id: int) -> None:
        evse = self.evse(evse_id)
        self._settle(evse)
        evse.fault = None
        self._refresh(evse)
        self.flush()

    def power_cut(self) -> None:
        """The mains fail: the line is gone at once, sessions end, their messages wait in the charger's memory."""
        self.reboot("PowerLoss", "PowerUp", hard=True)
        if self.online:
            self.outgoing.clear()
            self.hang_up = HangUp.ABRUPTLY

    # --- What is asked of a charger, in neutral words

    def find_session(self, transaction_id: str) -> Evse | None:
        """Where the session with this id runs."""
        return next((evse for evse in self.evses if evse.session is not None and evse.session.transaction_id == transaction_id), None)

    def choose_evse(self, evse_id: int | None, tag: str = "") -> Evse | None:
        """The EVSE asked for, or the best one: with a car before without. None when it may not start."""
        if self.registration is not Registration.ACCEPTED or self._reboot is not None:
            return None
        if evse_id is not None:
            found = self.evses[evse_id - 1] if 1 <= evse_id <= len(self.evses) else None
            return found if found is not None and self._may_start(found, tag) else None
        free = [evse for evse in self.evses if self._may_start(evse, tag)]
        return max(free, key=lambda evse: (evse.plugged and not evse.finished, evse.plugged, -evse.id), default=None)

    def remote_start(self, evse: Evse, tag: str, remote_start_id: int | None = None, token_type: str | None = None) -> None:
        """As if the tag had been held to the reader; with Authorize first when the charger is set so."""
        if self.settings.authorize_remote:
            self.authorize(
                tag,
                lambda verdict, group: self._first_tag(evse, tag, verdict, group, lambda word: None, token_type, remote_start_id),
                token_type,
            )
        else:
            self._first_tag(evse, tag, "Accepted", None, lambda word: None, token_type, remote_start_id)
        self.flush()

    # --- Sessions

    def authorize(self, tag: str, then: Callable[[str, str | None], None], token_type: str | None = None) -> None:
        """Ask whether a tag may charge: the central system, or offline our own memory. ``then`` hears verdict and group."""

        def done(end: End, answer: Mapping[str, Any]) -> None:
            if end is not End.ANSWERED:
                then(*self._own_verdict(tag))
                return
            verdict, group = self._verdict(answer)
            self.remember_tag(tag, verdict, group)
            self._remember_expiry(tag, answer)
            then(verdict, group)

        known = self._known_before_asking(tag)
        if known is not None:
            then(*known)
        elif self.talking:
            self.call("Authorize", self._authorize_payload(tag, token_type), done)
        else:
            then(*self._own_verdict(tag))

    def release_cable(self, evse: Evse) -> None:
        """A cable that its car has left is unlocked and taken away."""
        evse.cable_left, evse.finished = False, False
        self._refresh(evse)

    def remember_tag(self, tag: str, verdict: str, group: str | None) -> None:
        if verdict == "Accepted":
            self.known_tags[tag] = group
        else:
            self.known_tags.pop(tag, None)

    def open_session(self, evse: Evse, tag: str | None) -> SessionRecord:
        """A session begins in our books; saying so is the version's part."""
        self._settle(evse)
        register = evse.reading_wh
        session = SessionRecord(evse.id, tag, self.clock.now(), register, meter_wh=register, started_monotonic=self.clock.monotonic())
        evse.session = session
        self.ledger.open_session(session)
        self.tally.sessions_started += 1
        self.set_meter_timer(evse)
        return session

    def end_session(self, evse: Evse, reason: str) -> None:
        """End the session of an EVSE, if there is one."""
        session = evse.session
        if session is None:
            return
        self._settle(evse)
        session.meter_wh = session.meter_stop_wh = evse.reading_wh
        session.ended_at, session.reason = self.clock.now(), reason
        evse.session, evse.finished, evse.meter_at = None, evse.plugged, math.inf
        evse.profiles = [profile for profile in evse.profiles if profile.purpose != "TxProfile"]
        self.tally.sessions_ended += 1
        self.tally.energy_wh += session.energy_wh
        self._session_ended(evse, session)
        if evse.closing:
            evse.closing, evse.operative = False, False
        self._refresh(evse)
        self._tell(Happening.SESSION_ENDED, evse)
        self._share_with_others(evse)
        if self.reboot_when_idle and not any(each.energised for each in self.evses):
            self.reboot("Reboot", "ScheduledReset", hard=False)

    def session_begun(self, session: SessionRecord) -> None:
        """The central system has acknowledged the start."""
        if not session.begun:
            session.begun = True
            self.tally.sessions_begun += 1

    def session_judged(self, session: SessionRecord, verdict: str, group: str | None) -> None:
        """A verdict on the tag of a running session: a refusal ends it, if the charger is set so."""
        session.verdict, session.group = verdict, group or session.group
        if session.tag is not None:
            self.remember_tag(session.tag, verdict, group)
        if verdict != "Accepted" and not session.ended and self.settings.stop_on_invalid_tag:
            self.end_session(self.evse(session.evse_id), "DeAuthorized")

    def session_closed(self, session: SessionRecord) -> None:
        """The central system has acknowledged the end."""
        if not session.closed:
            session.closed = True
            self.tally.sessions_closed += 1

    def read_meter(self, evse: Evse, context: str = "Sample.Periodic") -> None:
        """Take a reading of the running session and queue it."""
        self._settle(evse)
        self._suspend_or_resume(evse)
        if evse.session is not None:
            self._session_metered(evse, evse.session, context)

    def set_meter_timer(self, evse: Evse) -> None:
        interval = self.settings.meter_interval_s
        evse.meter_at = self.clock.monotonic() + interval if interval > 0 and evse.session is not None else math.inf

    def setting_changed(self, setting: str | None) -> None:
        super().setting_changed(setting)
        if setting == "meter_interval_s":
            for evse in self.evses:
                self.set_meter_timer(evse)

    def due(self) -> float:
        due = super().due()
        for evse in self.evses:
            due = min(due, evse.meter_at)
            if evse.authorised is not None:
                due = min(due, evse.authorised.until)
        return due

    # --- Within

    def _tick(self, now: float) -> None:
        super()._tick(now)
        for evse in self.evses:
            if evse.meter_at <= now:
                self.read_meter(evse)
                evse.meter_at += max(self.settings.meter_interval_s, 0.1)
                if evse.meter_at <= now:  # the process was held up: readings that were due meanwhile are not made up
                    self.set_meter_timer(evse)
            if evse.authorised is not None and evse.authorised.until <= now:
                evse.authorised = None
                evse.profiles = [profile for profile in evse.profiles if profile.purpose != "TxProfile"]
                self._refresh(evse)

    def _first_tag(
        self,
        evse: Evse,
        tag: str,
        verdict: str,
        group: str | None,
        heard: Callable[[str], None],
        token_type: str | None,
        remote_start_id: int | None = None,
    ) -> None:
        if verdict == "Accepted" and evse.free and not self._open_to(evse, tag, group):
            self._tell(Happening.TAG_REFUSED, evse)
        elif verdict == "Accepted" and evse.free:
            until = self.clock.monotonic() + self.settings.connection_timeout_s
            evse.authorised = Authorised(tag, until, remote_start_id, group, token_type)
            if evse.plugged:
                self._start(evse)
            else:
                self._tell(Happening.AWAITS_CABLE, evse)
            self._refresh(evse)
        elif verdict != "Accepted":
            self._tell(Happening.TAG_REFUSED, evse)
        heard(verdict)

    def _second_tag(self, evse: Evse, verdict: str, group: str | None, heard: Callable[[str], None]) -> None:
        session = evse.session
        if verdict == "Accepted" and session is not None and group is not None and group == session.group:
            self.end_session(evse, "Local")
        heard(verdict)

    def _start(self, evse: Evse) -> None:
        authorised, evse.authorised = evse.authorised, None
        assert authorised is not None
        self._settle(evse)
        session = evse.session
        fresh = session is None
        if session is None:
            session = self.open_session(evse, authorised.tag)
        session.tag, session.group, session.token_type = authorised.tag, authorised.group, authorised.token_type
        session.remote_start_id = authorised.remote_start_id
        self._obey_profiles(evse)
        self._share_with_others(evse)
        self._session_started(evse, session, authorised, fresh=fresh)
        self._tell(Happening.SESSION_STARTED, evse)

    def _may_start(self, evse: Evse, tag: str) -> bool:
        return evse.free and evse.authorised is None and self._open_to(evse, tag, None)

    def _own_verdict(self, tag: str) -> tuple[str, str | None]:
        if self.settings.authorize_offline and (tag in self.known_tags or self.settings.offline_unknown_tags):
            return "Accepted", self.known_tags.get(tag)
        return "Invalid", None

    # --- What the versions say

    @abstractmethod
    def _authorize_payload(self, tag: str, token_type: str | None) -> dict[str, Any]: ...

    @abstractmethod
    def _verdict(self, answer: Mapping[str, Any]) -> tuple[str, str | None]:
        """Status word and group of an Authorize answer."""

    @abstractmethod
    def _session_started(self, evse: Evse, session: SessionRecord, authorised: Authorised, *, fresh: bool) -> None:
        """Energy flows. Not ``fresh``: the session was opened before, by the cable."""

    @abstractmethod
    def _session_metered(self, evse: Evse, session: SessionRecord, context: str) -> None: ...

    @abstractmethod
    def _session_ended(self, evse: Evse, session: SessionRecord) -> None: ...

    def _plugged_in(self, evse: Evse) -> None:
        """A cable is in; 2.x may begin a session here."""

    def _charging_state_changed(self, evse: Evse, session: SessionRecord) -> None:
        """2.x tells; 1.6 has its status for that."""

    def _remember_expiry(self, tag: str, answer: Mapping[str, Any]) -> None:
        """Note until when the answer lets a tag be known; 2.x's cache is not held so closely."""

    def _known_before_asking(self, tag: str) -> tuple[str, str | None] | None:
        """Verdict and group of a tag that need not be asked about; None where the central system is asked."""
        return None

    def _open_to(self, evse: Evse, tag: str, group: str | None) -> bool:
        """Whether this tag may use the EVSE; not where it is kept for another."""
        return True

    def _ends_when_unplugged(self, evse: Evse) -> bool:
        return True

    def _keeps_cable(self, evse: Evse) -> bool:
        """Whether the charger holds on to the cable that its car was pulled off."""
        return False
