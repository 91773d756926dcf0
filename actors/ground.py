"""What the station of a charger stands on: its state, its topics, how it records, counts what is odd, and shows what has changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from actors.auth import Judge
from actors.charger_messages import ShowFigures, ShowStanding
from actors.commands import Commands
from actors.effects import Happening
from actors.runtime import LoopActor
from actors.standing import Standing
from actors.topics import Topics
from actors.wiring import Wiring
from voltaro import faults, metrics
from voltaro.domain.anomaly import Anomaly
from voltaro.domain.charger import (
    Charger,
)
from voltaro.domain.command import Order
from voltaro.domain.fact import (
    Fact,
    FrameKept,
)
from voltaro.domain.quirks import Quirks
from voltaro.domain.tag import Authorization, Verdict
from voltaro.ports import Call, Certificates, Jobs, Line, PresentedTag, Profiles, Recorded, Reservations, Security
from voltaro.ports.configuration import ConfigurationHeard
from voltaro.ports.local_list import LocalListHeard
from voltaro.ports.upkeep import Availability, Homecoming
from voltaro.ports.variables import VariablesHeard

_SHOW_STANDING, _SHOW_FIGURES = ShowStanding(), ShowFigures()


class StationGround(LoopActor):
    """See the module; ``actors/station.py`` is what stands on it."""

    topics: Topics
    """Made by the whole station: it is what they are given to use."""

    def __init__(self, charger_id: str, wiring: Wiring) -> None:
        super().__init__()
        self.charger_id = charger_id
        self.wiring = wiring
        self.policy = wiring.policy
        self._charger: Charger
        self._accepted_before = False
        self._return = 0
        self._line: Line | None = None
        self._redriving = False
        self._standing = Standing()
        self._standing_due = self._figures_due = self._telling_due = False
        self._commands = Commands(charger_id, self.name, self.system, wiring)
        self.asked_by: str | None = None
        """Who wanted what the charger has just answered, while that is learned; None: nobody but ourselves."""
        self.error_code: str | None = None
        """The code of the CALLERROR that it answered with, while that is learned."""

    # --- what dialects tell topics ---

    @property
    def profiles(self) -> Profiles:
        return self.topics.profiles

    @property
    def reservations(self) -> Reservations:
        return self.topics.reservations

    @property
    def quirks(self) -> Quirks:
        return self._charger.quirks

    def now(self) -> datetime:
        return self.wiring.clock.now()

    @property
    def jobs(self) -> Jobs:
        return self.topics.jobs

    @property
    def certificates(self) -> Certificates:
        return self.topics.certificates

    @property
    def configuration(self) -> ConfigurationHeard:
        return self.topics.configuration

    @property
    def local_list(self) -> LocalListHeard:
        return self.topics.local_list

    @property
    def variables(self) -> VariablesHeard:
        return self.topics.variables

    @property
    def homecoming(self) -> Homecoming:
        return self.topics.homecoming

    @property
    def availability(self) -> Availability:
        return self.topics.availability

    @property
    def security(self) -> Security:
        return self.topics.security

    @property
    def security_profile(self) -> int:
        return self._charger.security_profile

    # --- what topics use ---

    @property
    def line(self) -> Line | None:
        """The charger's line, while it has one."""
        return self._line

    def ask_quietly(self, line: Line, action: str, payload: Mapping[str, Any]) -> None:
        """Ask something of the charger on our own account; what it answers is learned."""
        self._commands.ask_quietly(line, action, payload)

    def happened(self, happening: Happening) -> None:
        """The charger has shown something: a command may have had its effect."""
        self._commands.happened(happening)

    @property
    def standing(self) -> Standing:
        return self._standing

    def send_quietly(self, line: Line, order: Order) -> None:
        """See ``Commands.send_quietly``."""
        self._commands.send_quietly(line, order)

    @property
    def is_restless(self) -> bool:
        """Whether the charger boots again and again (Q-21)."""
        return self.topics.homecoming.calm_in_s() > 0

    def anomaly(self, code: str, field: str = "", example: str | None = None) -> None:
        metrics.ANOMALIES.labels(code).inc()
        self.topics.anomalies.note(Anomaly(code, field, example), self.now())

    def repaired(self, call: Call, payload: str, anomalies: Sequence[Anomaly]) -> None:
        for anomaly in anomalies:
            metrics.ANOMALIES.labels(anomaly.code).inc()
            self.topics.anomalies.note(anomaly, call.received_at, str(call.message_id))
        if self._line is not None:
            self._line.mended(call, payload, anomalies)

    # --- what has changed is shown together, soon ---

    def show_soon(self) -> None:
        """What changes often is shown together."""
        if not self._standing_due:
            self._standing_due = True
            self.system.remind(self.policy.stand_s, self.name, _SHOW_STANDING)

    def show_anew(self) -> None:
        """Show what has changed without an event of its own, and tell who is watching to look."""
        self._telling_due = True
        self.show_soon()

    def _show_figures_soon(self) -> None:
        if not self._figures_due:
            self._figures_due = True
            self.system.remind(self.policy.show_s, self.name, _SHOW_FIGURES)

    # --- recording ---

    def jot(self, fact: Fact) -> None:
        """Record a fact of class B."""
        self.wiring.queue.jot(fact)

    async def record(self, fact: Fact) -> Any:
        if faults.armed:
            await faults.meet("before_write", self.name)
        result = await self.wiring.queue.record(fact)
        if faults.armed:
            await faults.meet("after_write", self.name)
        return result

    async def _record_session(self, fact: Fact) -> Recorded:
        recorded = await self.record(fact)
        assert isinstance(recorded, Recorded)
        return recorded

    async def _judge(self, question: Judge) -> Authorization:
        if self._charger.quirks.anonymous_charging and not question.id_tag.strip():
            return Authorization(Verdict.ACCEPTED)
        authorization = await self.system.ask_twice("auth", question)
        assert isinstance(authorization, Authorization)
        return authorization

    def _presented(self, id_tag: str, authorization: Authorization, evse_id: int | None = None, tag_type: str | None = None) -> None:
        """A card was shown here, and judged: an operator who learns a new one waits for it."""
        if id_tag.strip():
            shown = PresentedTag(self.charger_id, evse_id, id_tag, tag_type, str(authorization.verdict), self.now())
            self.wiring.presented.note(shown, self.wiring.announcer)

    def _kept(self, line: Line, call: Call, kind: str, reason: str) -> FrameKept:
        now, protocol = call.received_at, line.dialect.protocol
        return FrameKept(self.charger_id, kind, call.action, str(call.message_id), call.raw, reason, now, protocol)
