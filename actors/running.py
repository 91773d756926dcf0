"""A running session as its charger's actor keeps it: the stored session and the figures that came since."""

from __future__ import annotations

from datetime import datetime

from voltaro.domain.fact import SessionMetered
from voltaro.domain.meter import Figures
from voltaro.domain.session import Session, SessionFlag, metered
from voltaro.ports import Clock


class Running:
    """Gathers readings cheaply; ``session`` folds them in when somebody looks."""

    __slots__ = (
        "_flags",
        "_interval_wh",
        "_joules",
        "_pending",
        "_power_w",
        "_powered",
        "_read_at",
        "_register_wh",
        "_session",
        "_soc_percent",
        "shown",
        "stored",
    )

    def __init__(self, session: Session) -> None:
        self._session = self.stored = session
        self.shown: Session | None = None
        self._pending = False
        self._register_wh: int | None = None
        self._interval_wh = 0
        self._power_w: int | None = None
        self._soc_percent: int | None = None
        self._read_at: datetime | None = None
        self._flags: tuple[str, ...] = ()
        self._powered: tuple[datetime, int] | None = None
        self._joules = 0.0

    @property
    def id(self) -> int:
        return self._session.id

    @property
    def evse_id(self) -> int | None:
        return self._session.evse_id

    @property
    def id_tag(self) -> str | None:
        return self._session.id_tag

    @property
    def charging_state(self) -> str | None:
        return self._session.charging_state

    @property
    def transaction_id(self) -> str:
        return self._session.transaction_id

    @property
    def read_at(self) -> datetime | None:
        """The charger's time of the last reading."""
        return self._read_at or (None if self._powered is None else self._powered[0])

    def meter(self, reading: Figures, at: datetime | None = None) -> None:
        """Take a reading of the charger's time ``at``.

        A falling register is folded at once, before and behind the fall: a meter reset must not be lost between two looks. In a
        reading that is no newer than the last one it is no reset: the reading comes late, or again.
        """
        register, fell = reading.register_wh, False
        if register is not None:
            last = self._session.register_wh if self._register_wh is None else self._register_wh
            if last is not None and register < last:
                if at is not None and self._read_at is not None and self._session.started_at <= at <= self._read_at:
                    return
                self._fold()
                fell = True
            elif last == 0 and SessionFlag.BEGINS_AT_FIRST_READING in self._session.flags:
                fell = True  # the first reading is where it begins: it is folded by itself
            self._register_wh = register
            self._read_at = at
        elif at is not None and reading.power_w is not None:
            self._estimate(reading, reading.power_w, at)
        if reading.interval_wh is not None:
            self._interval_wh += reading.interval_wh
        if reading.flags:
            self._flags += reading.flags
        if reading.power_w is not None:
            self._power_w = reading.power_w
        if reading.soc_percent is not None:
            self._soc_percent = reading.soc_percent
        self._pending = True
        if fell:
            self._fold()

    def flag(self, flag: str) -> None:
        """Note something that an operator should know of the session."""
        self._flags += (flag,)
        self._pending = True

    def _estimate(self, reading: Figures, power_w: int, at: datetime) -> None:
        """Where there is no energy meter at all, count what the power makes: an estimate (quirk Q-67)."""
        session = self._session
        if reading.interval_wh is not None or self._read_at is not None or session.meter_start_wh or session.register_wh != session.base_wh:
            return
        if self._powered is not None:
            since, before_w = self._powered
            if at <= since:
                return
            self._joules += (before_w + power_w) / 2 * (at - since).total_seconds()
            energy_wh = int(self._joules // 3600)
            if energy_wh:
                self._joules -= 3600 * energy_wh
                self._interval_wh += energy_wh
                self._flags += (SessionFlag.ENERGY_ESTIMATED,)
        self._powered = (at, power_w)

    @property
    def folded(self) -> Session:
        """The session as it was when somebody last looked at its figures."""
        return self._session

    @property
    def session(self) -> Session:
        """The session with everything folded in."""
        if self._pending:
            self._fold()
        return self._session

    def fact(self, clock: Clock) -> SessionMetered:
        """The running figures, to be stored."""
        session = self.session
        return SessionMetered(
            session_id=session.id,
            register_wh=session.register_wh,
            base_wh=session.base_wh,
            carried_wh=session.carried_wh,
            energy_wh=session.energy_wh,
            power_w=session.power_w,
            soc_percent=session.soc_percent,
            at=clock.now(),
            flags=session.flags,
        )

    def _fold(self) -> None:
        reading = Figures(self._register_wh, self._interval_wh or None, self._power_w, self._soc_percent, self._flags)
        self._session = metered(self._session, reading)
        self._pending = False
        self._register_wh = self._power_w = self._soc_percent = None
        self._interval_wh = 0
        self._flags = ()
