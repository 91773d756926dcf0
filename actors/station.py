"""What OCPP asks of a central system, of one charger, in words that no version owns: the ``Station`` of the dialects.

It is the half of the charger's actor that decides and records; the other half (``actors/charger.py``) owns the mailbox, the line's
comings and goings, and what is shown.
"""

from __future__ import annotations

from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, cast

import structlog

from actors.auth import Judge
from actors.commands import Commands
from actors.corrected import Corrected
from actors.effects import Ended, Rebooted, Stands, Started
from actors.redrive import StillInvalid
from actors.running import Running
from actors.runtime import LoopActor
from actors.standing import Standing
from actors.topics import Topics
from actors.wiring import Wiring
from voltaro import faults, metrics
from voltaro.domain.anomaly import Anomaly
from voltaro.domain.charger import (
    Boot,
    BootAnswer,
    Charger,
    ConnectorReport,
    Registration,
)
from voltaro.domain.command import Trigger
from voltaro.domain.fact import (
    ChargerBooted,
    ConnectorReported,
    DeviceEventReported,
    Fact,
    FrameKept,
    MeterReported,
    SecurityEventReported,
    SessionEndReported,
    SessionStartReported,
    TransactionReported,
    VariablesReported,
)
from voltaro.domain.meter import Sample, figures
from voltaro.domain.quirks import Quirks
from voltaro.domain.session import EndSession, Session, SessionFlag, SessionStarted, SessionState, StartSession, TransactionEvent
from voltaro.domain.tag import Authorization, Verdict
from voltaro.ports import (
    After,
    Call,
    Line,
    Recorded,
    Station,
)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class ShowStanding:
    """It is time to tell the registry how the charger stands."""


@dataclass(frozen=True, slots=True)
class ShowFigures:
    """It is time to show and store the running figures."""


_SHOW_STANDING, _SHOW_FIGURES = ShowStanding(), ShowFigures()


class ChargerStation(LoopActor):
    """The state of one charger and what its messages do to it."""

    def __init__(self, charger_id: str, wiring: Wiring) -> None:
        super().__init__()
        self.charger_id = charger_id
        self.wiring = wiring
        self.policy = wiring.policy
        self._charger: Charger
        self._heard_as = cast(Station, self)
        self._accepted_before = False
        self._boot_asked = False
        self._line: Line | None = None
        self._redriving = False
        self._standing = Standing()
        self._standing_due = self._figures_due = False
        self._commands = Commands(charger_id, self.name, self.system, wiring)
        self.topics = Topics(self)

    def _correcting(self, quirks: Quirks) -> Station:
        """The station with which the charger's dialect speaks."""
        return cast(Station, Corrected(self, quirks) if quirks.scales else self)

    # --- what dialects ask: registration and boot ---

    @property
    def quirks(self) -> Quirks:
        return self._charger.quirks

    def now(self) -> datetime:
        return self.wiring.clock.now()

    def may_speak(self, action: str, protocol: str) -> bool:
        registration = self._charger.registration
        if action == "BootNotification":
            return True
        if registration is not Registration.ACCEPTED:
            return registration is Registration.PENDING and action == "NotifyReport"  # we may have asked for it (B02)
        if self._accepted_before:
            return True
        if protocol != "ocpp1.6":
            return False
        if not self._boot_asked and self._line is not None:  # 1.6, known and authenticated: served, and asked to boot
            self._boot_asked = True
            self._commands.send_quietly(self._line, Trigger("BootNotification"))
        return True

    async def boot(self, boot: Boot) -> BootAnswer:
        registration = self._charger.registration
        protocol = self._line.dialect.protocol if self._line is not None else self._charger.protocol or ""
        await self._record(ChargerBooted(self.charger_id, boot, registration, protocol, self.now()))
        self._accepted_before = registration is Registration.ACCEPTED
        self._commands.happened(Rebooted())
        interval = self.policy.heartbeat_s if self._accepted_before else self.policy.pending_retry_s
        return BootAnswer(registration, self.now(), interval)

    # --- what dialects ask: tags and sessions ---

    async def authorize(self, id_tag: str, tag_type: str | None = None) -> Authorization:
        self._look_at_tag(id_tag)
        return await self._judge(Judge(id_tag, self.charger_id, starts=not self._standing.has_tag(id_tag)))

    def _look_at_tag(self, id_tag: str) -> None:
        """Count a tag that is empty, or has spaces around it, with which it is not looked up (quirk Q-48)."""
        if id_tag != (trimmed := id_tag.strip()):
            self.anomaly("tag_spaces" if trimmed else "empty_tag", "/idTag")
        elif not trimmed:
            self.anomaly("empty_tag", "/idTag")

    async def start_session(self, start: StartSession) -> SessionStarted:
        self._look_at_tag(start.id_tag)
        authorization = await self._judge(Judge(start.id_tag, self.charger_id, start.evse_id))
        flags = [] if authorization.accepted else [str(SessionFlag.NOT_AUTHORIZED)]
        if start.clock_flag:
            flags.append(str(SessionFlag.CLOCK_SUSPECT))
        recorded = await self._record_session(SessionStartReported(start, authorization.verdict, tuple(flags)))
        session = recorded.session
        if not recorded.new and session.authorization is not None:  # a repeat is answered as the first was
            authorization = Authorization(Verdict(session.authorization), authorization.parent, authorization.expires_at)
        if recorded.new or self._standing.running(session.transaction_id) is None:  # what runs knows more than what is stored
            self._take(session, started=recorded.new)
        return SessionStarted(session.transaction_id, authorization)

    async def end_session(self, stop: EndSession) -> Authorization | None:
        authorization = None
        if stop.id_tag:
            authorization = await self._judge(Judge(stop.id_tag, self.charger_id, starts=False))
        recorded = await self._record_session(SessionEndReported(stop))
        session = recorded.session
        if stop.at < session.started_at:
            self.anomaly("stop_before_start", "/timestamp", stop.at.isoformat())
        if recorded.new and (suspected := self.topics.weights.suspicion(session)) is not None:
            self.anomaly("energy_scale_suspect", "", suspected)
        self._take(session)
        return authorization

    async def transaction_event(self, event: TransactionEvent) -> Authorization | None:
        authorization = None
        if event.id_tag:
            question = Judge(event.id_tag, self.charger_id, event.evse_id, event.transaction_id, starts=event.stopped_reason is None)
            authorization = await self._judge(question)
        verdict = None if authorization is None else str(authorization.verdict)
        recorded = await self._record_session(TransactionReported(event, verdict))
        known = self._standing.running(event.transaction_id) is not None
        self._take(recorded.session, started=recorded.new and not known)
        return authorization

    def meter(self, evse_id: int, transaction_id: str | None, samples: tuple[Sample, ...]) -> After | Coroutine[Any, Any, None] | None:
        running = None if transaction_id is None else self._standing.running(transaction_id)
        session_id = None if running is None else running.id
        fact = MeterReported(self.charger_id, evse_id, session_id, transaction_id, self.now(), samples)
        if transaction_id is None:
            self._jot(fact)
            return None
        if faults.armed:
            return self._metered(fact, running)
        return After(self.wiring.queue.record(fact), None if running is None else partial(self._moved, running, samples))

    async def _metered(self, fact: MeterReported, running: Running | None) -> None:
        if faults.armed:
            await faults.meet("before_write", self.name)
        await self.wiring.queue.record(fact)
        if faults.armed:
            await faults.meet("after_write", self.name)
        if running is not None:
            self._moved(running, fact.samples)

    def _moved(self, running: Running, samples: tuple[Sample, ...]) -> None:
        told = figures(samples)
        if told.odd is not None:
            self.anomaly(told.odd, "/meterValue/*/sampledValue/*/value", next((sample.value[:60] for sample in samples), None))
        running.meter(told, samples[-1].at if samples else None)
        if not self._figures_due:
            self._show_figures_soon()

    def _take(self, session: Session, *, started: bool = False) -> None:
        """Hold a session as it is now stored: running, or over."""
        was_running = self._standing.take(session)
        self._show_figures_soon()
        if started and session.state is SessionState.ACTIVE:
            self._commands.happened(Started(session.id_tag, session.remote_start_id))
        elif was_running and session.state is not SessionState.ACTIVE:
            self._commands.happened(Ended(session.transaction_id))
        self._show_soon()

    # --- what dialects ask: connectors and the rest ---

    def connector_status(self, report: ConnectorReport) -> None:
        connector = self._standing.report(report)
        if connector is None:
            if not self._standing.knows(report):
                self.anomaly("too_many_connectors")
            return
        self.wiring.queue.jot(ConnectorReported(self.charger_id, report, connector.state, self.now()))
        if connector.updated_at == report.at:
            self._commands.happened(Stands(report.evse_id, report.status))
            self._show_soon()

    async def security_event(self, type: str, at: datetime, tech_info: str | None) -> None:
        await self._record(SecurityEventReported(self.charger_id, type, at, self.now(), tech_info))

    async def report_variables(self, request_id: int, seq_no: int, last: bool, report: Sequence[Mapping[str, Any]]) -> None:
        shown = tuple(self.wiring.mask("NotifyReport", variable) for variable in report)
        await self._record(VariablesReported(self.charger_id, request_id, seq_no, last, self.now(), shown))

    async def device_events(self, events: Sequence[tuple[datetime, Mapping[str, Any]]]) -> None:
        now = self.now()
        for reply in [
            self._record(DeviceEventReported(self.charger_id, at, now, self.wiring.mask("NotifyEvent", data))) for at, data in events
        ]:
            await reply

    async def data_transfer(self, vendor_id: str, message_id: str | None, data: Any) -> tuple[str, Any]:
        return "UnknownVendorId", None

    async def keep_invalid(self, call: Call, reason: str) -> None:
        if self._redriving:
            raise StillInvalid(reason)
        self.anomaly("invalid_session_message")
        if self._line is not None:
            await self._record(self._kept(self._line, call, "invalid", reason))

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

    def _show_soon(self) -> None:
        """What changes often is shown together."""
        if not self._standing_due:
            self._standing_due = True
            self.system.remind(self.policy.stand_s, self.name, _SHOW_STANDING)

    def _show_figures_soon(self) -> None:
        if not self._figures_due:
            self._figures_due = True
            self.system.remind(self.policy.show_s, self.name, _SHOW_FIGURES)

    # --- recording ---

    def _jot(self, fact: Fact) -> None:
        self.wiring.queue.jot(fact)

    async def _record(self, fact: Fact) -> Any:
        if faults.armed:
            await faults.meet("before_write", self.name)
        result = await self.wiring.queue.record(fact)
        if faults.armed:
            await faults.meet("after_write", self.name)
        return result

    async def _record_session(self, fact: Fact) -> Recorded:
        recorded = await self._record(fact)
        assert isinstance(recorded, Recorded)
        return recorded

    async def _judge(self, question: Judge) -> Authorization:
        if self._charger.quirks.anonymous_charging and not question.id_tag.strip():
            return Authorization(Verdict.ACCEPTED)
        authorization = await self.system.ask_twice("auth", question)
        assert isinstance(authorization, Authorization)
        return authorization

    def _kept(self, line: Line, call: Call, kind: str, reason: str) -> FrameKept:
        now, protocol = call.received_at, line.dialect.protocol
        return FrameKept(self.charger_id, kind, call.action, str(call.message_id), call.raw, reason, now, protocol)
