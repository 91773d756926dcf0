"""The charger's actor: a mailbox around the rules of the domain.

Owns: the charger's line, connectors, running sessions, heartbeat timer and commands in flight.
Hears: Handed, Redrive, LineUp, LineDown, Resolved, SendCommand, CallSent, CallAnswered, EffectDue, Reckon, CertificateMade, CertificateDue,
Settled, LookAgain, Tick, ShowStanding, ShowFigures, StandUp, Refresh, Refreshed, ProfileReached, ToTopic, Noticed, TellAnomalies.
Tells: registry (ChargerStands, ChargerGone), persistence (facts), auth (Judge), its supervisor (ChargerDone).
Rebuilds after a crash: everything, from stored facts; its line is found in ``Lines``.

Its messages are in ``actors/charger_messages.py``, those of one part of it in that part's file. What a dialect asks of it while it
handles a message is ``actors/station.py``.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Coroutine
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any, cast

import structlog

from actors.anomalies import Noticed, TellAnomalies
from actors.auth import Judge
from actors.certificates import CertificateDue, CertificateMade
from actors.charger_messages import Handed, LineDown, LineUp, LookAgain, ProfileReached, Refresh, Refreshed, Resolved, Settled, Tick
from actors.commands import CallAnswered, CallSent, EffectDue, Reckon, SendCommand
from actors.effects import Spoke
from actors.redrive import Redrive, redriven
from actors.registry import ChargerGone
from actors.runtime import hears
from actors.shown import ShownCharger
from actors.standing import Standing
from actors.supervision import ChildDone
from actors.topic import Topic, ToTopic
from actors.wiring import Wiring
from voltaro import faults
from voltaro.domain.charger import (
    Charger,
    Registration,
)
from voltaro.domain.command import Command, StartCharging, Trigger
from voltaro.domain.fact import (
    ChargerConnected,
    ChargerDisconnected,
    ChargerSeen,
)
from voltaro.domain.resolution import NotNow
from voltaro.domain.session import SessionState
from voltaro.ports import (
    After,
    Call,
    CommandsFull,
    InvalidPayload,
    Line,
    NotConnected,
    OutcomeKind,
    Poison,
    Redriven,
    StoreUnavailable,
    UnknownAction,
)

log = structlog.get_logger()

_timers = itertools.count(1)
"""Numbers of timers: one that an incarnation before has set is nobody's."""


class ChargerActor(ShownCharger):
    """One charger. See the module for what it owns, hears and tells."""

    refusals = (NotConnected, CommandsFull, InvalidPayload, NotNow, UnknownAction, StoreUnavailable)

    def __init__(self, charger_id: str, wiring: Wiring) -> None:
        super().__init__(charger_id, wiring)
        self._heeds = False
        """Whether the next message is to be looked at, before it is handled: it ends a silence, or a command awaits it."""
        self._timer = 0

    async def on_start(self) -> None:  # type: ignore[override]
        facts = await self.wiring.facts.ask(self.charger_id)
        if facts is None:
            log.warning("charger.unknown", charger_id=self.charger_id)
            self._charger = Charger(self.charger_id, Registration.REJECTED, self.now())
        else:
            self._charger = facts.charger
            self._heard_as = self._correcting(facts.charger.quirks)
            self._accepted_before = facts.has_accepted_boot
            self._standing = Standing(facts.charger.connectors, facts.open_sessions)
            for topic in self.topics:
                topic.rebuild(facts)
        self._commands.rebuild(() if facts is None else facts.open_commands, self._standing)
        self._heed_next()
        line = self.wiring.lines.of(self.charger_id)
        if line is not None:  # a crash: the line has outlived it
            self._line = line
            self._connected_since = line.connected_at
            self._came_back()
        self._wait(self._heartbeat_s if line is not None else self.policy.grace_s)
        self._show()

    # --- the line ---

    @hears(Handed)
    def on_handed(self, message: Handed) -> bytes | After | Coroutine[Any, Any, bytes]:
        line, call = message
        if self._heeds:
            self._heed(call)
        answer = line.dialect.answer(self._heard_as, call)
        kind = type(answer)
        if kind is bytes:
            return answer
        if kind is After:
            cast(After, answer).call = message
            return answer
        return self._answered(line, call, cast(Coroutine[Any, Any, bytes], answer))

    def _heed(self, call: Call) -> None:
        if self._suspect:
            self._suspect = False
            self._show()
        if self._commands.listens:
            self._commands.happened(Spoke(call.action, call.payload))
        self._heed_next()

    def _heed_next(self) -> None:
        self._heeds = self._suspect or self._commands.listens

    def rescue(self, error: BaseException, message: Any) -> Coroutine[Any, Any, bytes]:
        """What the charger told in this turn could not be recorded."""
        if isinstance(error, Poison) and type(message) is Handed:
            return self._put_aside(message.line, message.call, error)
        raise error

    @hears(Redrive)
    async def on_redrive(self, message: Redrive) -> Redriven:
        self._redriving = True
        try:
            return await redriven(self._heard_as, message)
        finally:
            self._redriving = False

    async def _answered(self, line: Line, call: Call, answer: Coroutine[Any, Any, bytes]) -> bytes:
        try:
            return await answer
        except Poison as poison:
            return await self._put_aside(line, call, poison)

    async def _put_aside(self, line: Line, call: Call, poison: Poison) -> bytes:
        await self.record(self._kept(line, call, "poison", str(poison)))
        return line.dialect.safe_answer(call)

    @hears(LineUp)
    def on_line_up(self, message: LineUp) -> None:
        line = message.line
        if self._line is not None and self._line.number > line.number:
            return
        self._line = line
        self._connected_since = line.connected_at
        self._suspect = False
        self._heed_next()
        self.jot(ChargerConnected(self.charger_id, line.dialect.protocol, line.remote, self.now()))
        self._wait(self._heartbeat_s)
        self._came_back()
        self._show()

    @hears(Settled)
    def on_settled(self, message: Settled) -> None:
        line = self._line
        if line is None or message.number != self._return:
            return
        wait_s = self.topics.homecoming.calm_in_s()
        in_turn = wait_s <= 0
        if in_turn and not message.in_turn:
            wait_s = self.wiring.settling.wait_s(self.wiring.clock.monotonic())
        if wait_s > 0:
            self.system.later(wait_s, partial(self.system.tell, self.name, Settled(message.number, in_turn)))
        elif self._accepted_before:
            for topic in self.topics:
                topic.settled(line)
        elif self._charger.registration is Registration.ACCEPTED:
            self._commands.send_quietly(line, Trigger("BootNotification"))

    @hears(LookAgain)
    async def on_look_again(self, message: LookAgain) -> None:
        if message.number == self._return:
            self.topics.homecoming.ask_what_there_is()
            await self.topics.lost.close()

    @hears(ToTopic)
    def on_to_topic(self, message: ToTopic) -> Any:
        topic: Topic = getattr(self.topics, message.topic)
        return topic.hear(message.message)

    @hears(LineDown)
    def on_line_down(self, message: LineDown) -> None:
        if self._line is not message.line:
            return
        self._line = self._connected_since = None
        now = self.now()
        self.jot(ChargerDisconnected(self.charger_id, message.code, message.reason, now))
        self.jot(ChargerSeen(self.charger_id, now))
        self.topics.anomalies.tell()
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
        self.jot(ChargerSeen(self.charger_id, self.now() - timedelta(seconds=silent_s)))
        suspect = silent_s >= 2 * self._heartbeat_s
        if suspect is not self._suspect:
            self._suspect = suspect
            self._heed_next()
            log.info("charger.suspect" if suspect else "charger.heard", charger_id=self.charger_id, silent_s=round(silent_s))
            self._show()
        self._wait(self._heartbeat_s)

    def _is_back(self) -> bool:
        """Whether there is a line by now. One that opens later finds the actor's end before it in the mailbox, and a new actor."""
        return self.wiring.lines.of(self.charger_id) is not None

    @property
    def _heartbeat_s(self) -> float:
        return float(self.stretched(self.policy.heartbeat_s))

    def _wait(self, seconds: float) -> None:
        self._timer = next(_timers)
        self.system.later(seconds, partial(self.system.tell, self.name, Tick(self._timer)))

    async def on_stop(self) -> None:  # type: ignore[override]
        self.topics.anomalies.tell()
        self.system.tell("registry", ChargerGone(self.charger_id))

    @hears(Resolved)
    def on_resolved(self, message: Resolved) -> None:
        session = message.session
        running = self._standing.running(session.transaction_id)
        if session.state is SessionState.ACTIVE or (running is not None and running.id == session.id):
            self.take(session)

    @hears(Noticed)
    def on_noticed(self, message: Noticed) -> None:
        for anomaly, count in message.anomalies.items():
            self.topics.anomalies.note(anomaly, message.at, message.message_id, count)

    @hears(TellAnomalies)
    def on_tell_anomalies(self, _: TellAnomalies) -> None:
        self.topics.anomalies.tell()

    # --- commands ---

    @hears(SendCommand)
    async def on_send_command(self, message: SendCommand) -> Command:
        order = message.order
        if isinstance(order, StartCharging) and order.tag_type != "NoAuthorization" and self._line is not None:
            authorization = await self._judge(Judge(order.id_tag, self.charger_id, order.evse_id))
            if not authorization.accepted:
                said = f"the tag is {authorization.verdict} here: a charger that asks back before it starts would be told so"
                raise InvalidPayload("/id_tag", said)
        command = await self.send_command(self._line, message)
        self._heed_next()
        return command

    @hears(CallSent)
    def on_call_sent(self, message: CallSent) -> None:
        self._commands.left(message.command_id)

    @hears(CallAnswered)
    async def on_call_answered(self, message: CallAnswered) -> None:
        self.asked_by = None if message.command is None else message.command.requested_by
        self.error_code = message.outcome.code if message.outcome.kind is OutcomeKind.ERROR else None
        try:
            learning = message.dialect.learn(self, message.request, message.outcome)
            if learning is not None:
                await learning
        finally:  # last: who waited for the command's end then finds in the store what it has brought
            if message.command is not None:
                await self._commands.answered(message.command, message.outcome)
                self._heed_next()

    @hears(EffectDue)
    def on_effect_due(self, message: EffectDue) -> None:
        self._commands.due(message.command_id)
        self._heed_next()

    @hears(Reckon)
    def on_reckon(self, _: Reckon) -> None:
        self._commands.reckon(self._line)

    @hears(CertificateMade)
    async def on_certificate_made(self, message: CertificateMade) -> None:
        await self.topics.certificates.made(message)

    @hears(CertificateDue)
    async def on_certificate_due(self, _: CertificateDue) -> None:
        await self.topics.certificates.send_due()

    # --- the charger's row ---

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

    @hears(ProfileReached)
    def on_profile_reached(self, message: ProfileReached) -> None:
        self._charger = replace(self._charger, security_profile=message.profile)

    @hears(Refreshed)
    def on_refreshed(self, message: Refreshed) -> None:
        charger, line = message.charger, self._line
        if charger is None:
            if line is not None:
                line.close(1000, "this charger was removed")
            self.system.tell(self.cell.parent or "", ChildDone(self.name))
            return
        was, self._charger = self._charger, charger
        self._heard_as = self._correcting(charger.quirks)
        if charger.registration is not was.registration and line is not None:
            if charger.registration is Registration.ACCEPTED:
                self._commands.send_quietly(line, Trigger("BootNotification"))
            else:
                self._accepted_before = False
        self._show()
