"""What OCPP asks of a central system, of one charger, in words that no version owns: the ``Station`` of the dialects.

It is the half of the charger's actor that decides; it stands on ``actors/ground.py``. The other half (``actors/charger.py``) owns the
mailbox and the line's comings and goings; what is shown is in ``actors/shown.py``.
"""

from __future__ import annotations

import itertools
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, cast

from actors.auth import Judge
from actors.charger_messages import LookAgain, Settled
from actors.commands import SendCommand
from actors.corrected import Corrected
from actors.effects import Asked, Ended, Rebooted, Stands, Started
from actors.ground import StationGround
from actors.redrive import StillInvalid
from actors.running import Running
from actors.topics import Topics
from actors.wiring import Wiring
from voltaro import faults
from voltaro.domain.charger import (
    Boot,
    BootAnswer,
    ConnectorReport,
    Registration,
)
from voltaro.domain.command import Command, Trigger
from voltaro.domain.fact import (
    ChargerBooted,
    ConnectorReported,
    DeviceEventReported,
    MeterReported,
    SecurityEventReported,
    SessionEndReported,
    SessionStartReported,
    TransactionReported,
    VariablesReported,
)
from voltaro.domain.meter import Sample, figures, readings
from voltaro.domain.quirks import Quirks
from voltaro.domain.session import EndSession, EventKind, Session, SessionFlag, SessionStarted, SessionState, StartSession, TransactionEvent
from voltaro.domain.tag import Authorization, Verdict
from voltaro.ports import After, Call, Line, Station

NAMELESS = ("0", "-1")
"""The transaction ids of chargers that do not know theirs."""

JUST_NOW = timedelta(minutes=5)
"""A start that is older was kept by a charger that was offline: nobody stands there with the card."""

PRESENTED = ("Authorized", "StopAuthorized")
"""Triggers of a 2.x TransactionEvent that say that a token was shown."""

RESTLESS_FACTOR = 2
"""A charger that boots again and again is given so many times the interval (TR-69)."""

_returns = itertools.count(1)
"""Numbers of returns: what an incarnation before has waited for is nobody's."""


class ChargerStation(StationGround):
    """The state of one charger and what its messages do to it."""

    def __init__(self, charger_id: str, wiring: Wiring) -> None:
        super().__init__(charger_id, wiring)
        self.topics = Topics(self)
        self._heard_as: Station = self

    def _correcting(self, quirks: Quirks) -> Station:
        """The station with which the charger's dialect speaks."""
        return cast(Station, Corrected(self, quirks)) if quirks.scales else self

    # --- what dialects ask: registration and boot ---

    def may_speak(self, action: str, protocol: str) -> bool:
        registration = self._charger.registration
        if action == "BootNotification":
            return True
        if registration is not Registration.ACCEPTED:
            return registration is Registration.PENDING and action == "NotifyReport"  # we may have asked for it (B02)
        # One of 1.6 that is known and authenticated is served, and asked to boot once it has settled.
        return self._accepted_before or protocol == "ocpp1.6"

    async def boot(self, boot: Boot) -> BootAnswer:
        registration = self._charger.registration
        protocol = self._line.dialect.protocol if self._line is not None else self._charger.protocol or ""
        await self.record(ChargerBooted(self.charger_id, boot, registration, protocol, self.now()))
        self._accepted_before = registration is Registration.ACCEPTED
        self._commands.happened(Rebooted())
        for topic in self.topics:
            noting = topic.booted(boot)
            if noting is not None:
                await noting
        self._came_back()
        interval = self.policy.heartbeat_s if self._accepted_before else self.policy.pending_retry_s
        return BootAnswer(registration, self.now(), self.stretched(interval))

    def stretched(self, interval_s: int) -> int:
        """An interval as it is asked of this charger: one that boots again and again is given a longer one (TR-69)."""
        return interval_s * (RESTLESS_FACTOR if self.is_restless else 1)

    def _came_back(self) -> None:
        """The charger has connected or booted: what is known of its connectors is from before, and it is asked in a while."""
        self._standing.outdate()
        for topic in self.topics:
            topic.came_back()
        if self._line is not None:
            self._return = next(_returns)
            self.system.remind(self.policy.settle_s, self.name, Settled(self._return))
        if self.is_restless:
            self.show_anew()
        else:
            self.show_soon()

    def look_again_later(self) -> None:
        """Have what is missing looked at in a while (``LookAgain``)."""
        self.system.remind(self.policy.lost_s, self.name, LookAgain(self._return))

    async def send_command(self, line: Line | None, message: SendCommand) -> Command:
        """See ``Commands.send``."""
        return await self._commands.send(line, message, self)

    # --- what dialects ask: tags and sessions ---

    async def authorize(self, id_tag: str, tag_type: str | None = None) -> Authorization:
        self._look_at_tag(id_tag)
        authorization = await self._judge(Judge(id_tag, self.charger_id, starts=not self._standing.has_tag(id_tag)))
        self._commands.happened(Asked(id_tag, authorization.verdict, authorization.accepted))
        self._presented(id_tag, authorization, tag_type=tag_type)
        return authorization

    def _look_at_tag(self, id_tag: str) -> None:
        """Count a tag that is empty, or has spaces around it, with which it is not looked up (quirk Q-48)."""
        if id_tag != (trimmed := id_tag.strip()):
            self.anomaly("tag_spaces" if trimmed else "empty_tag", "/idTag")
        elif not trimmed:
            self.anomaly("empty_tag", "/idTag")

    async def start_session(self, start: StartSession) -> SessionStarted:
        self._look_at_tag(start.id_tag)
        await self.topics.lost.close()
        if start.clock_flag is None:
            self.topics.clock.heard(start.at, start.received_at)
        authorization = await self._judge(Judge(start.id_tag, self.charger_id, start.evse_id))
        if start.clock_flag is not None or start.received_at - start.at < JUST_NOW:
            self._presented(start.id_tag, authorization, start.evse_id)
        at = start.at if start.clock_flag is None else start.received_at
        reserved, foreign = self._reserved(start.evse_id, start.id_tag, authorization, start.reservation_id, at)
        if foreign and authorization.accepted:
            authorization = replace(authorization, verdict=Verdict.INVALID)
        flags = [] if authorization.accepted else [str(SessionFlag.NOT_AUTHORIZED)]
        if foreign:
            flags.append(str(SessionFlag.RESERVED_FOR_ANOTHER))
        if start.clock_flag:
            flags.append(str(SessionFlag.CLOCK_SUSPECT))
        if start.meter_start_wh == 0 and self.quirks.begin_at_first_reading:
            flags.append(str(SessionFlag.BEGINS_AT_FIRST_READING))
        recorded = await self._record_session(SessionStartReported(start, authorization.verdict, tuple(flags)))
        session = recorded.session
        if not recorded.new and session.authorization is not None:  # a repeat is answered as the first was
            authorization = Authorization(Verdict(session.authorization), authorization.parent, authorization.expires_at)
        if recorded.new or self._standing.running(session.transaction_id) is None:  # what runs knows more than what is stored
            self.take(session, started=recorded.new)
        if reserved is not None:
            self.topics.reservations.used(reserved, session.transaction_id)
        return SessionStarted(session.transaction_id, authorization)

    async def end_session(self, stop: EndSession) -> Authorization | None:
        authorization = None
        if stop.clock_flag is None:
            self.topics.clock.heard(stop.at, stop.received_at)
        if stop.id_tag:
            authorization = await self._judge(Judge(stop.id_tag, self.charger_id, starts=False))
        recorded = await self._record_session(SessionEndReported(stop))
        session = recorded.session
        if stop.at < session.started_at:
            self.anomaly("stop_before_start", "/timestamp", stop.at.isoformat())
        if recorded.new and (suspected := self.topics.weights.suspicion(session)) is not None:
            self.anomaly("energy_scale_suspect", "", suspected)
        self.take(session)
        return authorization

    async def transaction_event(self, event: TransactionEvent) -> Authorization | None:
        authorization = None
        if event.clock_flag is None and not event.offline:
            self.topics.clock.heard(event.at, event.received_at)
        if event.id_tag:
            question = Judge(event.id_tag, self.charger_id, event.evse_id, event.transaction_id, starts=event.stopped_reason is None)
            authorization = await self._judge(question)
            if event.trigger_reason in PRESENTED and not event.offline:
                self._presented(event.id_tag, authorization, event.evse_id)
        reserved: int | None = None
        if event.reservation_id is not None or (event.id_tag and event.kind is not EventKind.ENDED):
            at = event.at if event.clock_flag is None else event.received_at
            reserved, foreign = self._reserved(event.evse_id, event.id_tag, authorization, event.reservation_id, at)
            if foreign and authorization is not None and authorization.accepted:
                authorization = replace(authorization, verdict=Verdict.INVALID)
        verdict = None if authorization is None else str(authorization.verdict)
        recorded = await self._record_session(TransactionReported(event, verdict))
        known = self._standing.running(event.transaction_id) is not None
        self.take(recorded.session, started=recorded.new and not known)
        if reserved is not None:
            self.topics.reservations.used(reserved, event.transaction_id)
        return authorization

    def _reserved(
        self, evse_id: int | None, id_tag: str | None, authorization: Authorization | None, number: int | None, at: datetime
    ) -> tuple[int | None, bool]:
        """The reservation that a start uses, and whether its evse is kept for another."""
        if not self.topics.reservations.open:
            return number, False
        parent = None if authorization is None else authorization.parent
        return self.topics.reservations.judge(evse_id, id_tag, parent, number, at)

    def meter(self, evse_id: int, transaction_id: str | None, samples: tuple[Sample, ...]) -> After | Coroutine[Any, Any, None] | None:
        running = None if transaction_id is None else self._standing.running(transaction_id)
        if running is None and transaction_id is not None:
            running, transaction_id, evse_id = self._of_nameless(evse_id, transaction_id, samples)
        session_id = None
        if running is not None:
            session_id = running.id
            if not evse_id:  # the transaction says where it is
                evse_id = running.evse_id or 0
        fact = MeterReported(self.charger_id, evse_id, session_id, transaction_id, self.now(), samples)
        if transaction_id is None:
            self.jot(fact)
            return None
        if faults.armed:
            return self._metered(fact, running)
        return After(self.wiring.queue.record(fact), None if running is None else partial(self._moved, running, samples))

    def _of_nameless(self, evse_id: int, transaction_id: str, samples: tuple[Sample, ...]) -> tuple[Running | None, str | None, int]:
        """The session of readings whose transaction is 0 or -1: the one that runs there, if it is but one (Q-42)."""
        if not evse_id:
            evse_id = self._standing.only_evse() or 0
        if transaction_id not in NAMELESS:
            return None, transaction_id, evse_id
        running = self._standing.at(evse_id, samples[0].at) if samples else None
        if running is not None:
            return running, running.transaction_id, evse_id
        return None, None if transaction_id == "0" else transaction_id, evse_id  # 0 is none

    async def _metered(self, fact: MeterReported, running: Running | None) -> None:
        if faults.armed:
            await faults.meet("before_write", self.name)
        await self.wiring.queue.record(fact)
        if faults.armed:
            await faults.meet("after_write", self.name)
        if running is not None:
            self._moved(running, fact.samples)

    def _odd_value(self, code: str, samples: tuple[Sample, ...]) -> None:
        """Count a value that was no plain number (quirk Q-64)."""
        self.anomaly(code, "/meterValue/*/sampledValue/*/value", next((sample.value[:60] for sample in samples), None))

    def _moved(self, running: Running, samples: tuple[Sample, ...]) -> None:
        at = samples[-1].at if samples else None
        if at is None or samples[0].at is at:
            told = figures(samples)
            if told.odd is not None:
                self._odd_value(told.odd, samples)
            running.meter(told, at)
        else:  # several readings in one message
            for reading in readings(samples):
                if reading.figures.odd is not None:
                    self._odd_value(reading.figures.odd, reading.samples)
                running.meter(reading.figures, reading.at)
        if not self._figures_due:
            self._show_figures_soon()

    def take(self, session: Session, *, started: bool = False) -> None:
        """Hold a session as it is now stored: running, or over."""
        was = self._standing.occupied_as(session.evse_id)
        was_running = self._standing.take(session)
        self._show_figures_soon()
        if session.state is not SessionState.ACTIVE:
            self.topics.profiles.ended(session.transaction_id)
        if started:
            self.topics.profiles.started(session)
            self._commands.happened(Started(session, self.now(), None if self._line is None else self._line.connected_at))
        elif was_running and session.state is not SessionState.ACTIVE:
            self._commands.happened(Ended(session))
        if self._standing.occupied_as(session.evse_id) is was:
            self.show_soon()
        else:
            self.show_anew()

    # --- what dialects ask: connectors and the rest ---

    def connector_status(self, report: ConnectorReport) -> None:
        was = self._standing.status_of(report) if self._commands else None
        connector = self._standing.report(report)
        if self._standing.stale and self._standing.freshen(report):
            self._freshened()
        if connector is None:
            if not self._standing.knows(report):
                self.anomaly("too_many_connectors")
            elif self.topics.reservations.open:
                self.topics.reservations.status(report)
            return
        self.wiring.queue.jot(ConnectorReported(self.charger_id, report, connector.state, self.now()))
        if connector.updated_at == report.at:
            if self.topics.reservations.open:
                self.topics.reservations.status(report)
            if self._commands:
                self._commands.happened(Stands(report.evse_id, report.status, was))
            self.show_soon()

    def _freshened(self) -> None:
        """A connector has reported itself for the first time since the charger came back."""
        self.topics.availability.look()
        self.show_anew()

    def doubt_session(self, transaction_id: str) -> None:
        running = self._standing.running(transaction_id)
        if running is None:
            return
        running.flag(SessionFlag.UNCONFIRMED)
        self._show_figures_soon()
        if self._line is not None and running.evse_id:
            self._commands.send_quietly(self._line, Trigger("StatusNotification", running.evse_id))

    async def security_event(self, type: str, at: datetime, tech_info: str | None) -> None:
        await self.record(SecurityEventReported(self.charger_id, type, at, self.now(), tech_info))

    async def report_variables(self, request_id: int, seq_no: int, last: bool, report: Sequence[Mapping[str, Any]]) -> None:
        shown = tuple(self.wiring.mask("NotifyReport", variable) for variable in report)
        await self.record(VariablesReported(self.charger_id, request_id, seq_no, last, self.now(), shown))

    async def device_events(self, events: Sequence[tuple[datetime, Mapping[str, Any]]]) -> None:
        now = self.now()
        for reply in [
            self.record(DeviceEventReported(self.charger_id, at, now, self.wiring.mask("NotifyEvent", data))) for at, data in events
        ]:
            await reply

    async def data_transfer(self, vendor_id: str, message_id: str | None, data: Any) -> tuple[str, Any]:
        return "UnknownVendorId", None

    async def keep_invalid(self, call: Call, reason: str) -> None:
        if self._redriving:
            raise StillInvalid(reason)
        self.anomaly("invalid_session_message")
        if self._line is not None:
            await self.record(self._kept(self._line, call, "invalid", reason))
