"""The charger's actor: a mailbox around the rules of the domain.

Owns: the charger's line, connectors, running sessions, heartbeat timer and commands in flight.
Hears: Handed, Redrive, LineUp, LineDown, Resolved, SendCommand, CommandAnswered, Tick, ShowStanding, ShowFigures, StandUp,
Refresh, Refreshed.
Tells: registry (ChargerStands, ChargerGone), persistence (facts), auth (Judge), its supervisor (ChargerDone).
Rebuilds after a crash: everything, from stored facts; its line is found in ``Lines``.

It is the ``Station`` of the dialects: what OCPP asks of a central system, in words that no version owns.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, NamedTuple, cast

import structlog

from actors.auth import Judge
from actors.commands import CommandAnswered, Commands, SendCommand
from actors.effects import Ended, Rebooted, Stands, Started
from actors.redrive import Redrive, StillInvalid, redriven
from actors.registry import ChargerGone, ChargerStands, StandUp
from actors.running import Running
from actors.runtime import LoopActor, hears
from actors.standing import Standing, moving
from actors.supervision import ChildDone
from actors.wiring import Wiring
from voltaro import faults, metrics
from voltaro.domain.charger import (
    Boot,
    BootAnswer,
    Charger,
    Connection,
    ConnectorReport,
    Registration,
)
from voltaro.domain.command import Command, Trigger
from voltaro.domain.fact import (
    ChargerBooted,
    ChargerConnected,
    ChargerDisconnected,
    ChargerSeen,
    ConnectorReported,
    DeviceEventReported,
    EventHappened,
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
from voltaro.domain.session import EndSession, Session, SessionFlag, SessionStarted, SessionState, StartSession, TransactionEvent
from voltaro.domain.tag import Authorization, Verdict
from voltaro.ports import (
    ActorCrashed,
    ActorNode,
    After,
    Call,
    ChargerLive,
    CommandsFull,
    InvalidPayload,
    Line,
    NotConnected,
    Poison,
    Recorded,
    Redriven,
    StoreUnavailable,
    UnknownAction,
)

log = structlog.get_logger()

NO_ACTOR = ActorNode("", "charger", "stopped", 0, 0)

_timers = itertools.count(1)
"""Numbers of timers: one that an incarnation before has set is nobody's."""


class Handed(NamedTuple):
    """A CALL from the charger, handed over by its line. Answered with the answer frame."""

    line: Line
    call: Call


@dataclass(frozen=True, slots=True)
class LineUp:
    """A line of this charger is open and authenticated. Answered when it is taken."""

    line: Line


@dataclass(frozen=True, slots=True)
class LineDown:
    """The charger's newest line has closed."""

    line: Line
    code: int
    reason: str


@dataclass(frozen=True, slots=True)
class Tick:
    """The heartbeat timer, or the grace timer while offline, has run out."""

    number: int


@dataclass(frozen=True, slots=True)
class ShowStanding:
    """It is time to tell the registry how the charger stands."""


@dataclass(frozen=True, slots=True)
class ShowFigures:
    """It is time to show and store the running figures."""


_SHOW_STANDING, _SHOW_FIGURES = ShowStanding(), ShowFigures()


@dataclass(frozen=True, slots=True)
class Refresh:
    """The charger's row has changed: read it again."""


@dataclass(frozen=True, slots=True)
class Refreshed:
    """The charger's row as it now is; None: it was removed."""

    charger: Charger | None


@dataclass(frozen=True, slots=True)
class Resolved:
    """An operator has decided something of a session; this is how it is stored now."""

    session: Session


class ChargerActor(LoopActor):
    """One charger. See the module for what it owns, hears and tells."""

    refusals = (NotConnected, CommandsFull, InvalidPayload, UnknownAction, StoreUnavailable)

    def __init__(self, charger_id: str, wiring: Wiring) -> None:
        super().__init__()
        self.charger_id = charger_id
        self.wiring = wiring
        self.policy = wiring.policy
        self._charger: Charger
        self._accepted_before = False
        self._boot_asked = False
        self._line: Line | None = None
        self._connected_since: datetime | None = None
        self._suspect = self._redriving = False
        self._timer = 0
        self._standing = Standing()
        self._standing_due = self._figures_due = False
        self._anomalies: set[str] = set()
        self._commands = Commands(charger_id, self.name, self.system, wiring)

    async def on_start(self) -> None:  # type: ignore[override]
        facts = await self.wiring.facts.ask(self.charger_id)
        if facts is None:
            log.warning("charger.unknown", charger_id=self.charger_id)
            self._charger = Charger(self.charger_id, Registration.REJECTED, self.now())
        else:
            self._charger = facts.charger
            self._accepted_before = facts.has_accepted_boot
            self._standing = Standing(facts.charger.connectors, facts.open_sessions)
        line = self.wiring.lines.of(self.charger_id)
        if line is not None:  # a crash: the line has outlived it
            self._line = line
            self._connected_since = line.connected_at
        self._wait(self._heartbeat_s if line is not None else self.policy.grace_s)
        self._show()

    # --- the line ---

    @hears(Handed)
    def on_handed(self, message: Handed) -> bytes | After | Coroutine[Any, Any, bytes]:
        line, call = message
        if self._suspect:
            self._suspect = False
            self._show()
        answer = line.dialect.answer(self, call)
        kind = type(answer)
        if kind is bytes:
            return answer
        if kind is After:
            cast(After, answer).call = message
            return answer
        return self._answered(line, call, cast(Coroutine[Any, Any, bytes], answer))

    def rescue(self, error: BaseException, message: Any) -> Coroutine[Any, Any, bytes]:
        """What the charger told in this turn could not be recorded."""
        if isinstance(error, Poison) and type(message) is Handed:
            return self._put_aside(message.line, message.call, error)
        raise error

    @hears(Redrive)
    async def on_redrive(self, message: Redrive) -> Redriven:
        self._redriving = True
        try:
            return await redriven(self, message)
        finally:
            self._redriving = False

    async def _answered(self, line: Line, call: Call, answer: Coroutine[Any, Any, bytes]) -> bytes:
        try:
            return await answer
        except Poison as poison:
            return await self._put_aside(line, call, poison)

    async def _put_aside(self, line: Line, call: Call, poison: Poison) -> bytes:
        await self._record(self._kept(line, call, "poison", str(poison)))
        return line.dialect.safe_answer(call)

    @hears(LineUp)
    def on_line_up(self, message: LineUp) -> None:
        line = message.line
        if self._line is not None and self._line.number > line.number:
            return
        self._line = line
        self._connected_since = line.connected_at
        self._suspect = self._boot_asked = False
        self._jot(ChargerConnected(self.charger_id, line.dialect.protocol, line.remote, self.now()))
        self._wait(self._heartbeat_s)
        self._show()

    @hears(LineDown)
    def on_line_down(self, message: LineDown) -> None:
        if self._line is not message.line:
            return
        self._line = self._connected_since = None
        now = self.now()
        self._jot(ChargerDisconnected(self.charger_id, message.code, message.reason, now))
        self._jot(ChargerSeen(self.charger_id, now))
        self._wait(self.policy.grace_s)
        self._show()

    # --- the heartbeat timer ---

    @hears(Tick)
    def on_tick(self, message: Tick) -> None:
        if message.number != self._timer:  # an older timer; a newer one runs
            return
        line = self._line
        if line is None:
            self.system.tell(self.cell.parent or "", ChildDone(self.name, self._is_back))
            return
        silent_s = self.wiring.clock.monotonic() - line.last_heard()
        self._jot(ChargerSeen(self.charger_id, self.now() - timedelta(seconds=silent_s)))
        suspect = silent_s >= 2 * self._heartbeat_s
        if suspect is not self._suspect:
            self._suspect = suspect
            log.info("charger.suspect" if suspect else "charger.heard", charger_id=self.charger_id, silent_s=round(silent_s))
            self._show()
        self._wait(self._heartbeat_s)

    def _is_back(self) -> bool:
        """Whether there is a line by now. One that opens later finds the actor's end before it in the mailbox, and a new actor."""
        return self.wiring.lines.of(self.charger_id) is not None

    @property
    def _heartbeat_s(self) -> float:
        return float(self.policy.heartbeat_s)

    def _wait(self, seconds: float) -> None:
        self._timer = next(_timers)
        self.system.later(seconds, partial(self.system.tell, self.name, Tick(self._timer)))

    async def on_stop(self) -> None:  # type: ignore[override]
        self.system.tell("registry", ChargerGone(self.charger_id))

    # --- what dialects ask: registration and boot ---

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
        return await self._judge(Judge(id_tag, self.charger_id, starts=not self._standing.has_tag(id_tag)))

    async def start_session(self, start: StartSession) -> SessionStarted:
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
        self._take(recorded.session)
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
        running.meter(figures(samples), samples[-1].at if samples else None)
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

    @hears(Resolved)
    def on_resolved(self, message: Resolved) -> None:
        session = message.session
        running = self._standing.running(session.transaction_id)
        if session.state is SessionState.ACTIVE or (running is not None and running.id == session.id):
            self._take(session)

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

    def anomaly(self, code: str) -> None:
        metrics.ANOMALIES.labels(code).inc()
        if code not in self._anomalies:
            self._anomalies.add(code)
            log.info("charger.anomaly", charger_id=self.charger_id, code=code)
            self._jot(EventHappened("charger.anomaly", self.now(), self.charger_id, {"code": code}))

    # --- commands ---

    @hears(SendCommand)
    async def on_send_command(self, message: SendCommand) -> Command:
        return await self._commands.send(self._line, message)

    @hears(CommandAnswered)
    async def on_command_answered(self, message: CommandAnswered) -> None:
        await self._commands.answered(message)

    # --- what the registry and operators see ---

    @hears(StandUp)
    def on_stand_up(self, _: StandUp) -> None:
        self._show()

    @hears(ShowStanding)
    def on_show_standing(self, _: ShowStanding) -> None:
        self._standing_due = False
        self._show()

    @hears(ShowFigures)
    def on_show_figures(self, _: ShowFigures) -> None:
        self._figures_due = False
        for running in self._standing.moved():
            self._jot(running.fact(self.wiring.clock))
        if self.wiring.announcer.is_watched():
            for session in self._standing.unshown():
                self.wiring.announcer.flash(moving(session, self.now()))
        self._show()

    @hears(Refresh)
    def on_refresh(self, _: Refresh) -> None:
        self.spawn(self._read_again()).add_done_callback(self._read_failed)

    async def _read_again(self) -> None:
        if faults.armed:
            await faults.meet("before_read", self.name)
        facts = await self.wiring.facts.ask(self.charger_id)
        self.system.tell(self.name, Refreshed(None if facts is None else facts.charger))

    def _read_failed(self, task: Any) -> None:
        error = asyncio.CancelledError("its task was cancelled") if task.cancelled() else task.exception()
        if error is not None and not isinstance(error, StoreUnavailable):
            self.crash(error)

    @hears(Refreshed)
    def on_refreshed(self, message: Refreshed) -> None:
        charger, line = message.charger, self._line
        if charger is None:
            if line is not None:
                line.close(1000, "this charger was removed")
            self.system.tell(self.cell.parent or "", ChildDone(self.name))
            return
        was, self._charger = self._charger, charger
        if charger.registration is not was.registration and line is not None:
            if charger.registration is Registration.ACCEPTED:
                self._commands.send_quietly(line, Trigger("BootNotification"))
            else:
                self._accepted_before = False
        self._show()

    def _show_soon(self) -> None:
        """What changes often is shown together."""
        if not self._standing_due:
            self._standing_due = True
            self.system.remind(self.policy.stand_s, self.name, _SHOW_STANDING)

    def _show_figures_soon(self) -> None:
        if not self._figures_due:
            self._figures_due = True
            self.system.remind(self.policy.show_s, self.name, _SHOW_FIGURES)

    def _show(self) -> None:
        line = self._line
        connection = Connection.OFFLINE if line is None else Connection.SUSPECT if self._suspect else Connection.ONLINE
        live = ChargerLive(
            connection=connection,
            protocol=line.dialect.protocol if line is not None else self._charger.protocol,
            connected_since=self._connected_since,
            last_seen=None,
            remote=line.remote if line is not None else None,
            connectors=self._standing.connectors(),
            sessions=self._standing.sessions(),
            actor=NO_ACTOR,
        )
        self.system.tell("registry", ChargerStands(self.charger_id, live))

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
        try:
            authorization = await self.system.ask("auth", question)
        except ActorCrashed:  # perhaps over another's question: ask the next incarnation
            authorization = await self.system.ask("auth", question)
        assert isinstance(authorization, Authorization)
        return authorization

    def _kept(self, line: Line, call: Call, kind: str, reason: str) -> FrameKept:
        now, protocol = call.received_at, line.dialect.protocol
        return FrameKept(self.charger_id, kind, call.action, str(call.message_id), call.raw, reason, now, protocol)
