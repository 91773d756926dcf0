"""A virtual station without its socket and without people: EVSEs, boot, heartbeats, statuses, resets.

Rule 1: nothing here, nor in ``charger.py``, knows a version. What is said is the business of the hooks at the foot.
Rule 2: every input ends in ``flush``, so that what became due is in ``outgoing`` when the input returns.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Protocol

from voltaro.ports import Clock
from voltaro.simulator.agenda import Agenda, Appointment
from voltaro.simulator.catalogue import MODELS, Model
from voltaro.simulator.clock import stamp
from voltaro.simulator.dice import Dice
from voltaro.simulator.errand import Errand
from voltaro.simulator.evse import Evse
from voltaro.simulator.ledger import Ledger
from voltaro.simulator.outbox import End
from voltaro.simulator.profile import Profile
from voltaro.simulator.settings import Settings
from voltaro.simulator.talker import BackOff, HangUp, Registration, Talker
from voltaro.simulator.tally import Tally
from voltaro.simulator.trust import KeyPair

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


class Watcher(Protocol):
    """Who looks on at one charger: every frame, and what becomes of its lines."""

    def heard(self, frame: bytes) -> None: ...

    def said(self, frame: bytes) -> None: ...

    def noted(self, what: str) -> None: ...


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
    step_s: float = 2.0
    """How long a step of an update or an upload takes that is only acted."""


@dataclass(frozen=True, slots=True)
class _Reboot:
    """A reset under way. ``until`` is when a soft one stops waiting for its queue."""

    boot_reason: str
    until: float


class Station(Talker):
    """What is the same in all versions, whether or not anyone charges."""

    agenda: Agenda | None = None
    errands: list[Errand] | None = None
    """Files to fetch and to bring; the shell takes them away. Both are made when first needed."""
    pings = 0
    """Pings that are to be sent; the shell takes them away."""

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
        self.boot_reason = "PowerUp"
        self.boot_at = math.inf
        self.heartbeat_at = math.inf
        self.reboot_when_idle = False
        self.listener: Callable[[Happening, int], None] | None = None
        self._reboot: _Reboot | None = None

    @property
    def security_profile(self) -> int:
        """How the next line is to be secured: 0 and 1 go without TLS where there is a choice."""
        return 0

    @property
    def own_certificate(self) -> KeyPair | None:
        """What was signed over OCPP."""
        return None

    @property
    def trusted_roots(self) -> Sequence[str]:
        """What was installed over OCPP, in PEM."""
        return ()

    # --- What is asked of a station, in neutral words

    def evse(self, evse_id: int) -> Evse:
        if not 1 <= evse_id <= len(self.evses):
            raise ValueError(f"{self.traits.identity} has no EVSE {evse_id}; it has 1 to {len(self.evses)}.")
        return self.evses[evse_id - 1]

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

    def setting_changed(self, setting: str | None) -> None:
        """A setting has a new value: what already runs by the old one is set anew."""
        if setting == "heartbeat_interval_s" and self.talking:
            self.heartbeat_at = self.clock.monotonic() + self.settings.heartbeat_interval_s
        elif setting == "message_timeout_s":
            self.outbox.timeout_s = self.settings.message_timeout_s

    def report(self, evse: Evse, *, always: bool = False) -> None:
        """Send the status, if it is news."""
        word = self.status_word(evse)
        if self.talking and (always or word != evse.reported):
            evse.reported = word

            def done(end: End, answer: Mapping[str, Any]) -> None:
                if end is not End.ANSWERED:
                    evse.reported = ""

            self.call("StatusNotification", self.status_payload(evse, word), done)

    def boot(self, reason: str | None = None) -> None:
        """Introduce ourselves."""
        self.boot_at = math.inf
        self.call("BootNotification", self._boot_payload(reason or self.boot_reason), self._booted, early=True)

    def later(self, seconds: float, act: Callable[[], None]) -> Appointment:
        """Do something once so much time has passed, whether or not there is a line then."""
        if self.agenda is None:
            self.agenda = Agenda()
        return self.agenda.add(self.clock.monotonic() + seconds, act)

    def run(self, errand: Errand) -> None:
        """Have a file fetched or brought."""
        if self.errands is None:
            self.errands = []
        self.errands.append(errand)

    def stamp(self) -> str:
        """Now, as OCPP writes it."""
        return stamp(self.clock.now())

    def password_for_line(self) -> bytes | None:
        """What the next dial shows."""
        return self.settings.password

    def due(self) -> float:
        due = super().due()
        if self.agenda is not None:
            due = min(due, self.agenda.due())
        if self.online and self.hang_up is None:
            due = min(due, self.boot_at, self.heartbeat_at)
            if self._reboot is not None:
                due = min(due, self._reboot.until)
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
        if self.agenda is not None:
            self.agenda.keep(now)
        if self.online and self.boot_at <= now:
            self.boot()
        if self.heartbeat_at <= now and self.talking:
            self.heartbeat_at = now + self.settings.heartbeat_interval_s
            self.call("Heartbeat", {})

    def _settle(self, evse: Evse) -> None:
        evse.settle(self.clock.monotonic())

    def _refresh(self, evse: Evse) -> None:
        evse.status = evse.word()
        self.report(evse)

    def _tell(self, happening: Happening, evse: Evse) -> None:
        if self.listener is not None:
            self.listener(happening, evse.id)

    # --- What the charger and the versions add

    @abstractmethod
    def end_session(self, evse: Evse, reason: str) -> None:
        """End the session of an EVSE, if there is one."""

    @abstractmethod
    def _boot_payload(self, reason: str) -> dict[str, Any]: ...

    @abstractmethod
    def status_word(self, evse: Evse) -> str: ...

    @abstractmethod
    def status_payload(self, evse: Evse, word: str) -> dict[str, Any]: ...

    def _report_station(self, *, always: bool = False) -> None:
        """1.6 reports the whole station as connector 0."""

    def _after_boot(self) -> None:
        """Accepted, and the statuses are queued."""
