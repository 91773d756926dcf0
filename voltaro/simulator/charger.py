"""One virtual charger without its socket: EVSEs, cars, tags, sessions, boot and heartbeat. The versions add their words.

Rule 1: nothing here knows a version. What is said, and when 2.x says more, is the business of the hooks at the foot.
Rule 2: every input ends in ``flush``, so that what became due is in ``outgoing`` when the input returns.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from voltaro.ports import Clock
from voltaro.simulator.battery import Battery
from voltaro.simulator.catalogue import MODELS, Model, draw_battery
from voltaro.simulator.clock import stamp
from voltaro.simulator.dice import Dice
from voltaro.simulator.evse import Authorised, Evse
from voltaro.simulator.ledger import Ledger, SessionRecord
from voltaro.simulator.outbox import End, Outgoing
from voltaro.simulator.profile import Profile
from voltaro.simulator.settings import Settings
from voltaro.simulator.talker import BackOff, HangUp, Registration, Talker
from voltaro.simulator.tally import Tally

BOOT_RETRY_S = 30.0
"""Before the next BootNotification when the central system named no interval or gave no answer."""
SOFT_RESET_S = 15.0
"""How long a soft reset waits for what is queued to be acknowledged."""


class Happening(Enum):
    """What people standing at the charger may want to react to."""

    BOOTED = "booted"
    AWAITS_CABLE = "awaits_cable"
    TAG_REFUSED = "tag_refused"
    SESSION_STARTED = "session_started"
    SESSION_ENDED = "session_ended"


@dataclass(frozen=True, slots=True)
class Traits:
    """What a charger is. ``speed`` makes energy flow so many times faster than the clock."""

    identity: str
    model: Model = MODELS[0]
    evses: int = 2
    seed: int = 1
    speed: float = 1.0
    meter_interval_s: float = 60.0
    password: bytes | None = None
    reboot_s: float = 2.0
    boot_on_reconnect: bool = False
    """Some chargers introduce themselves on every line; well-behaved ones only after a start."""
    same_id_on_retry: bool = False
    back_off: BackOff = field(default_factory=BackOff)


@dataclass(frozen=True, slots=True)
class _Reboot:
    """A reset under way. ``until`` is when a soft one stops waiting for its queue."""

    boot_reason: str
    until: float


class Charger(Talker):
    """The core all versions share."""

    def __init__(self, traits: Traits, clock: Clock, tally: Tally, ledger: Ledger) -> None:
        dice = Dice(traits.seed, traits.identity)
        settings = Settings(traits.meter_interval_s, traits.password, transaction_starts=traits.model.transaction_starts)
        super().__init__(clock, tally, ledger, settings, dice, traits.back_off, same_id_on_retry=traits.same_id_on_retry)
        self.traits = traits
        now = clock.monotonic()
        self.evses = tuple(
            Evse(
                id=number,
                power_w=float(traits.model.power_w),
                speed=traits.speed,
                register_wh=float(dice.whole(10_000, 9_000_000)),
                direct_current=traits.model.direct_current,
                settled_at=now,
            )
            for number in range(1, traits.evses + 1)
        )
        self.serial = f"{traits.model.vendor[:2].upper()}{dice.whole(10**9, 10**10 - 1)}"
        self.texts: dict[Any, str] = {}
        """Configured texts that are not settings."""
        self.station_profiles: list[Profile] = []
        self.operative = True
        self.known_tags: dict[str, str | None] = {}
        """The authorisation cache: accepted tags and their groups."""
        self.boot_reason = "PowerUp"
        self.boot_at = math.inf
        self.heartbeat_at = math.inf
        self.reboot_when_idle = False
        self.listener: Callable[[Happening, int], None] | None = None
        self._reboot: _Reboot | None = None

    # --- What people do

    def plug_in(self, evse_id: int, battery: Battery | None = None) -> None:
        """A car is connected; without ``battery`` a car is drawn."""
        evse = self.evse(evse_id)
        if evse.plugged:
            raise ValueError(f"{self.traits.identity}: there is a car at EVSE {evse_id} already; unplug it first.")
        self._settle(evse)
        evse.battery = battery or draw_battery(self.dice, direct_current=self.traits.model.direct_current)
        evse.finished = False
        self._plugged_in(evse)
        if evse.authorised is not None:
            self._start(evse)
        self._refresh(evse)
        self.flush()

    def unplug(self, evse_id: int) -> None:
        """The cable is taken off. A running session ends."""
        evse = self.evse(evse_id)
        if evse.session is not None:
            self.end_session(evse, "EVDisconnected")
        evse.battery, evse.finished = None, False
        self._refresh(evse)
        self.flush()

    def present_tag(self, evse_id: int, tag: str, done: Callable[[str], None] | None = None, *, token_type: str | None = None) -> None:
        """A tag is held to the reader: starts, or stops what it started. ``done`` hears the verdict on the tag."""
        evse, heard = self.evse(evse_id), done or (lambda verdict: None)
        session = evse.session
        if session is not None and evse.energised:
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

    def evse(self, evse_id: int) -> Evse:
        if not 1 <= evse_id <= len(self.evses):
            raise ValueError(f"{self.traits.identity} has no EVSE {evse_id}; it has 1 to {len(self.evses)}.")
        return self.evses[evse_id - 1]

    def find_session(self, transaction_id: str) -> Evse | None:
        """Where the session with this id runs."""
        return next((evse for evse in self.evses if evse.session is not None and evse.session.transaction_id == transaction_id), None)

    def choose_evse(self, evse_id: int | None) -> Evse | None:
        """The EVSE asked for, or the best one: with a car before without. None when it may not start."""
        if self.registration is not Registration.ACCEPTED or self._reboot is not None:
            return None
        if evse_id is not None:
            found = self.evses[evse_id - 1] if 1 <= evse_id <= len(self.evses) else None
            return found if found is not None and found.free and found.authorised is None else None
        free = [evse for evse in self.evses if evse.free and evse.authorised is None]
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

    def change_availability(self, evses: tuple[Evse, ...], *, operative: bool) -> str:
        """``Accepted``, or ``Scheduled`` where a session runs first. The status follows with the next ``refresh_all``."""
        answer = "Accepted"
        for evse in evses:
            if operative or not evse.energised:
                evse.operative, evse.closing = operative, False
                if not operative:
                    evse.authorised = None
            else:
                evse.closing, answer = True, "Scheduled"
        return answer

    def reboot(self, session_reason: str, boot_reason: str, *, hard: bool, end_sessions: bool = True) -> None:
        """Start anew. Softly: once all is acknowledged; hard: at once, and what is queued goes out after the boot."""
        self.reboot_when_idle = False
        if hard and self.online:
            self.hang_up = HangUp.POLITELY  # from here on nothing more is sent on this line but answers
        for evse in self.evses:
            evse.authorised = None
            if end_sessions and evse.session is not None:
                self.end_session(evse, session_reason)
        now = self.clock.monotonic()
        self._reboot = _Reboot(boot_reason, now if hard else now + SOFT_RESET_S)
        if not self.online:
            self._switched_off()
        self.flush()

    def refresh_all(self) -> None:
        """Bring every status up to date and report those that changed."""
        for evse in self.evses:
            self._refresh(evse)
        self._report_station()
        self.flush()

    def obey_profiles(self) -> None:
        """Charging profiles have changed: work out the limits anew."""
        for evse in self.evses:
            self._settle(evse)
            self._suspend_or_resume(evse)
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
            then(verdict, group)

        if self.talking:
            self.call("Authorize", self._authorize_payload(tag, token_type), done)
        else:
            then(*self._own_verdict(tag))

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

    def setting_changed(self, setting: str | None) -> None:
        """A setting has a new value: what already runs by the old one is set anew."""
        if setting == "meter_interval_s":
            for evse in self.evses:
                self.set_meter_timer(evse)
        elif setting == "heartbeat_interval_s" and self.talking:
            self.heartbeat_at = self.clock.monotonic() + self.settings.heartbeat_interval_s
        elif setting == "message_timeout_s":
            self.outbox.timeout_s = self.settings.message_timeout_s

    def set_meter_timer(self, evse: Evse) -> None:
        interval = self.settings.meter_interval_s
        evse.meter_at = self.clock.monotonic() + interval if interval > 0 and evse.session is not None else math.inf

    def report(self, evse: Evse, *, always: bool = False) -> None:
        """Send the status, if it is news."""
        word = self._status_word(evse)
        if self.talking and (always or word != evse.reported):
            evse.reported = word

            def done(end: End, answer: Mapping[str, Any]) -> None:
                if end is not End.ANSWERED:
                    evse.reported = ""

            self.call("StatusNotification", self._status_payload(evse, word), done)

    def boot(self, reason: str | None = None) -> None:
        """Introduce ourselves."""
        self.boot_at = math.inf
        self.call("BootNotification", self._boot_payload(reason or self.boot_reason), self._booted, early=True)

    def due(self) -> float:
        due = super().due()
        if self.online and self.hang_up is None:
            due = min(due, self.boot_at, self.heartbeat_at)
            if self._reboot is not None:
                due = min(due, self._reboot.until)
        for evse in self.evses:
            due = min(due, evse.meter_at)
            if evse.authorised is not None:
                due = min(due, evse.authorised.until)
        return due

    def flush(self) -> None:
        super().flush()
        reboot = self._reboot
        over = reboot is not None and (not len(self.outbox) or self.clock.monotonic() >= reboot.until)
        if over and self.online and self.hang_up is None:
            self.hang_up = HangUp.POLITELY

    # --- Within

    def _line_opened(self) -> None:
        self.heartbeat_at = math.inf
        if self.registration is not Registration.ACCEPTED or self.traits.boot_on_reconnect:
            self.registration = Registration.NONE
            self.boot()
            return
        self.heartbeat_at = self.clock.monotonic() + self.settings.heartbeat_interval_s
        for evse in self.evses:
            self.report(evse)

    def _line_lost(self) -> None:
        self.boot_at = self.heartbeat_at = math.inf
        if self._reboot is not None:
            self._switched_off()

    def _switched_off(self) -> None:
        assert self._reboot is not None
        self.boot_reason, self._reboot = self._reboot.boot_reason, None
        self.registration = Registration.NONE
        self.dial_at = self.clock.monotonic() + self.traits.reboot_s
        for evse in self.evses:
            evse.reported = ""
            evse.finished = False
            evse.status = evse.word()

    def _boot_again(self) -> None:
        self.registration, self.heartbeat_at = Registration.NONE, math.inf
        self.boot()

    def _booted(self, end: End, answer: Mapping[str, Any]) -> None:
        now = self.clock.monotonic()
        word = answer.get("status") if end is End.ANSWERED else None
        if word not in ("Accepted", "Pending", "Rejected"):
            if end is not End.LOST:
                self.boot_at = now + BOOT_RETRY_S + self.dice.between(0.0, 5.0)
            return
        self.tally.boots[word] += 1
        self.registration = Registration(word)
        interval = float(answer.get("interval") or 0)
        if self.registration is not Registration.ACCEPTED:
            self.boot_at = now + (interval or BOOT_RETRY_S)
            return
        self.boot_at = math.inf
        if interval > 0:
            self.settings.heartbeat_interval_s = int(interval)
        self.heartbeat_at = now + self.settings.heartbeat_interval_s
        self._report_station(always=True)
        for evse in self.evses:
            self.report(evse, always=True)
        self._tell(Happening.BOOTED, self.evses[0])
        self._after_boot()

    def _tick(self, now: float) -> None:
        if self.online and self.boot_at <= now:
            self.boot()
        if self.heartbeat_at <= now and self.talking:
            self.heartbeat_at = now + self.settings.heartbeat_interval_s
            self.call("Heartbeat", {})
        for evse in self.evses:
            if evse.meter_at <= now:
                self.read_meter(evse)
                evse.meter_at += max(self.settings.meter_interval_s, 0.1)
                if evse.meter_at <= now:  # the process was held up: readings that were due meanwhile are not made up
                    self.set_meter_timer(evse)
            if evse.authorised is not None and evse.authorised.until <= now:
                evse.authorised = None
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
        if verdict == "Accepted" and evse.free:
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
        self._session_started(evse, session, authorised, fresh=fresh)
        self._tell(Happening.SESSION_STARTED, evse)

    def _settle(self, evse: Evse) -> None:
        evse.settle(self.clock.monotonic())

    def _obey_profiles(self, evse: Evse) -> None:
        evse.obey_profiles(self.clock.monotonic(), self.clock.now().timestamp(), self.station_profiles)

    def _suspend_or_resume(self, evse: Evse) -> None:
        self._obey_profiles(evse)
        if evse.session is not None and evse.energised and evse.word() != evse.status:
            self._charging_state_changed(evse, evse.session)
        self._refresh(evse)

    def _refresh(self, evse: Evse) -> None:
        evse.status = evse.word()
        self.report(evse)

    def _own_verdict(self, tag: str) -> tuple[str, str | None]:
        if self.settings.authorize_offline and (tag in self.known_tags or self.settings.offline_unknown_tags):
            return "Accepted", self.known_tags.get(tag)
        return "Invalid", None

    def _tell(self, happening: Happening, evse: Evse) -> None:
        if self.listener is not None:
            self.listener(happening, evse.id)

    def stamp(self) -> str:
        """Now, as OCPP writes it."""
        return stamp(self.clock.now())

    def password_for_line(self) -> bytes | None:
        """What the next dial shows."""
        return self.settings.password

    # --- What the versions say

    @abstractmethod
    def _boot_payload(self, reason: str) -> dict[str, Any]: ...

    @abstractmethod
    def _status_word(self, evse: Evse) -> str: ...

    @abstractmethod
    def _status_payload(self, evse: Evse, word: str) -> dict[str, Any]: ...

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
        """Charging went on or came to a halt within a session; ``evse.status`` is still the old word."""

    def _report_station(self, *, always: bool = False) -> None:
        """1.6 reports the whole station as connector 0."""

    def _after_boot(self) -> None:
        """Accepted, and the statuses are queued."""


__all__ = ["BackOff", "Charger", "Happening", "Outgoing", "Registration", "Traits"]
