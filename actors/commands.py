"""The commands of one charger: recorded, sent, answered, and watched until they show their effect.

A part of the charger's actor, kept beside it: ``ChargerActor`` hears the messages and calls this. After a crash, of the actor or
of the server, it is rebuilt from the commands that are stored without an end.

Rule 1: a command is recorded before it is sent, and never sent twice.
Rule 2: what became of it is what the charger answered and showed. Where that is not known, it says so.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Any

from actors.effects import Asked, Happening, Rule, Started, is_about, rule_of, supersedes, waits_for, why_not
from actors.standing import Standing
from actors.system import System
from actors.wiring import Wiring
from voltaro import metrics
from voltaro.domain.command import Command, CommandState, Effect, Order, StartCharging, verdict_of
from voltaro.domain.fact import CommandChanged
from voltaro.domain.maintenance import FetchLog, UpdateFirmware
from voltaro.ports import CommandsFull, Dialect, Line, NotConnected, Outcome, OutcomeKind, Request, Station, StoreUnavailable

MOST_REMEMBERED = 32
"""So many commands that are over are remembered: a late start, or a late answer, may still tell more of them."""

LOST = "the charger's answer was lost in a restart of the server; it is not sent again"


@dataclass(frozen=True, slots=True)
class SendCommand:
    """Send an action of the charger's version, or an order in our own words.

    Answered with the ``Command`` once it is recorded and handed to the line. Raises NotConnected, CommandsFull,
    InvalidPayload, UnknownAction, StoreUnavailable. ``key`` is the ``Idempotency-Key`` that stands for it.
    """

    by: str
    action: str = ""
    payload: Mapping[str, Any] | None = None
    order: Order | None = None
    key: str | None = None


@dataclass(frozen=True, slots=True)
class CallSent:
    """A command that waited for its turn has left."""

    command_id: str


@dataclass(frozen=True, slots=True)
class CallAnswered:
    """How a CALL of ours ended. It carries what was asked: the incarnation that sent it may be gone. ``command`` is None where we
    asked on our own account."""

    command: Command | None
    request: Request
    dialect: Dialect
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class EffectDue:
    """The patience with a command has run out."""

    command_id: str


@dataclass(frozen=True, slots=True)
class Reckon:
    """Every answer that came before a crash has been heard: what has none now is unknown."""


class Commands:
    """What was asked of a charger and is not finished."""

    __slots__ = ("_charger_id", "_name", "_open", "_standing", "_system", "_wiring", "listens")

    def __init__(self, charger_id: str, name: str, system: System, wiring: Wiring) -> None:
        self._charger_id = charger_id
        self._name = name
        self._system = system
        self._wiring = wiring
        self._standing = Standing()
        self._open: dict[str, Command] | None = None
        self.listens = False
        """Whether a message that we asked for is awaited, so that every message is to be told."""

    def __bool__(self) -> bool:
        """Whether anything the charger does may be the effect of a command."""
        return bool(self._open)

    def rebuild(self, commands: Iterable[Command], standing: Standing) -> None:
        """The actor starts, or starts again: take up what is stored."""
        self._standing = standing
        self._open = {command.id: command for command in commands} or None
        for command in tuple(self._all()):
            if command.effect is Effect.AWAITED:
                self._wait_for_effect(command)
        if any(not command.state.settled for command in self._all()):
            self._system.tell(self._name, Reckon())
        self._listen()

    async def send(self, line: Line | None, message: SendCommand, station: Station) -> Command:
        """Validate, record, and hand to the line; the answer comes back as ``CallAnswered``."""
        if line is None:
            raise NotConnected(f"{self._charger_id} is not connected: a command can only be sent over its line")
        in_flight = sum(not command.state.settled for command in self._all())
        if in_flight >= self._wiring.policy.most_commands:
            raise CommandsFull(f"{self._charger_id} has {in_flight} commands waiting: let it answer some first")
        action, payload = message.action, message.payload or {}
        if message.order is not None:
            action, payload = line.dialect.compose(self._completed(message.order))
        request = line.dialect.request(action, payload)
        prepared = line.dialect.prepare(station, request, message.order)
        if prepared is not None:
            await prepared
        now = self._wiring.clock.now()
        masked = self._wiring.mask(action, request.payload)
        command = Command(request.message_id, self._charger_id, action, masked, CommandState.QUEUED, now, requested_by=message.by)
        await self._wiring.queue.record(CommandChanged(command, None if message.key is None else (message.by, message.key)))
        self._hold(command)
        sent = partial(self._system.tell, self._name, CallSent(command.id))
        return self.sent(command.id) if line.call(request, self._done(command, request, line.dialect), sent) else command

    def send_quietly(self, line: Line, order: Order) -> None:
        """Ask something of the charger on our own account. Nobody waits for the answer; what it says is learned."""
        self.ask_quietly(line, *line.dialect.compose(order))

    def ask_quietly(self, line: Line, action: str, payload: Mapping[str, Any]) -> None:
        """``send_quietly`` in OCPP's spelling. Raises InvalidPayload, UnknownAction."""
        request = line.dialect.request(action, payload)
        line.call(request, self._done(None, request, line.dialect))

    def sent(self, command_id: str) -> Command:
        """A command has left. Raises KeyError for one that is not open."""
        command = (self._open or {})[command_id]
        if command.state is not CommandState.QUEUED:
            return command
        return self._changed(replace(command, state=CommandState.SENT, sent_at=self._wiring.clock.now()))

    def left(self, command_id: str) -> None:
        """The same, of one that had to wait for its turn."""
        if command_id in (self._open or {}):
            self.sent(command_id)

    async def answered(self, asked: Command, outcome: Outcome) -> None:
        """Record how a command ended."""
        before = (self._open or {}).get(asked.id, asked)
        command = self._with_effect(_ended(before, outcome, self._wiring))
        metrics.COMMANDS.labels(command.state).inc()
        await self._wiring.queue.record(CommandChanged(command))
        self._hold(command)
        self._wiring.settlements.settle(command)
        if command.effect is Effect.AWAITED and before.effect is not Effect.AWAITED:
            self._wait_for_effect(command)
        if command.state in (CommandState.ACCEPTED, CommandState.EFFECTIVE):
            for older in [older for older in self._awaited() if older.id != command.id and supersedes(command, older)]:
                self._missed(older, "a later command asked for something else")

    def happened(self, happening: Happening) -> None:
        """Something the charger did: a command that has shown its effect is finished."""
        for command in sorted(self._all(), key=lambda command: command.effect is Effect.NOT_SEEN):
            rule = rule_of(command)
            if rule is None or command.effect is Effect.SEEN or not self._may_show(command, rule):
                continue
            if rule.shows(command, happening, self._standing):
                self._seen(command, happening)
                if rule.single:
                    return
                continue
            reason = why_not(command, happening) if command.effect is Effect.AWAITED else None
            if reason is not None:
                self._missed(command, reason)
            elif isinstance(happening, Asked) and command.effect is Effect.AWAITED:
                self._told(command, happening)

    def due(self, command_id: str) -> None:
        """The patience with a command has run out."""
        command = (self._open or {}).get(command_id)
        if command is None or command.effect is not Effect.AWAITED or command.effect_until is None:
            return
        rule = rule_of(command)
        given_s = (command.effect_until - (command.answered_at or command.created_at)).total_seconds()
        said = "accepted" if command.state is CommandState.ACCEPTED else "there was no answer"
        self._missed(command, f"{said}, but {'nothing was seen' if rule is None else rule.missing} within {given_s:.0f} s")

    def reckon(self, line: Line | None) -> None:
        """What was sent before a crash and is not on the line any more is unknown: we never send it again."""
        for command in [command for command in self._all() if not command.state.settled]:
            if line is None or not line.waits_for(command.id):
                metrics.COMMANDS.labels(CommandState.UNKNOWN).inc()
                self._settle(self._with_effect(replace(command, state=CommandState.UNKNOWN, error=LOST)))

    # --- private ---

    def _all(self) -> Iterable[Command]:
        return () if self._open is None else self._open.values()

    def _awaited(self) -> Iterable[Command]:
        return (command for command in self._all() if command.effect is Effect.AWAITED)

    def _completed(self, order: Order) -> Order:
        """An order with what the charger needs to be told: the connector where it has just one (quirk Q-50), and in 2.x the number
        that comes back in the transaction's first event (F01.FR.25); so do those of updates and logs."""
        if isinstance(order, UpdateFirmware | FetchLog) and order.request_id == 0:
            return replace(order, request_id=1 + secrets.randbelow(2**31 - 2))
        if not isinstance(order, StartCharging):
            return order
        if order.evse_id is None:
            evses = {connector.evse_id for connector in self._standing.connectors() if connector.evse_id}
            order = replace(order, evse_id=evses.pop()) if len(evses) == 1 else order
        return order if order.remote_start_id else replace(order, remote_start_id=1 + secrets.randbelow(2**31 - 2))

    def _with_effect(self, command: Command) -> Command:
        """A command that has ended, with what is to be expected of it."""
        rule = rule_of(command)
        if command.state in (CommandState.REJECTED, CommandState.FAILED):
            return replace(command, effect=Effect.NONE, effect_until=None, effect_at=None, reason=None)
        if rule is None:
            return command
        if command.effect is Effect.SEEN:
            return replace(command, state=CommandState.EFFECTIVE)
        now = self._wiring.clock.now()
        if command.state is CommandState.ACCEPTED and rule.at_once(command, self._standing):
            return replace(command, state=CommandState.EFFECTIVE, effect=Effect.SEEN, effect_at=now, effect_until=None, reason=None)
        if command.state is CommandState.ACCEPTED and waits_for(command) is not None:
            return replace(command, effect=Effect.AWAITED, effect_until=None, reason=waits_for(command))
        if command.effect is Effect.AWAITED:
            return command
        until = now + timedelta(seconds=self._wiring.policy.effect_s * rule.patience)
        return replace(command, effect=Effect.AWAITED, effect_until=until, reason=None)

    def _may_show(self, command: Command, rule: Rule) -> bool:
        """A command of ours that the charger did before it answered was done all the same; so was a start that came too late."""
        if command.state is CommandState.SENT or command.effect is Effect.AWAITED:
            return True
        return command.effect is Effect.NOT_SEEN and rule.starts

    def _seen(self, command: Command, happening: Happening) -> None:
        state = CommandState.EFFECTIVE if command.state.settled else command.state
        session_id = happening.session.id if isinstance(happening, Started) else command.session_id
        now = self._wiring.clock.now()
        self._settle(replace(command, state=state, effect=Effect.SEEN, effect_at=now, reason=None, session_id=session_id))

    def _told(self, command: Command, asked: Asked) -> None:
        """The charger asks back before it starts (AuthorizeRemoteTxRequests, 16-06)."""
        if is_about(command, asked) and command.reason is None:
            self._changed(replace(command, reason="the charger asked whether the tag may charge, and was told that it may"))

    def _missed(self, command: Command, reason: str) -> None:
        self._settle(replace(command, effect=Effect.NOT_SEEN, reason=reason))

    def _settle(self, command: Command) -> None:
        """Record what has become known, and tell who waits once it is stored. A database that is away does not lose it."""
        fact, settlements = CommandChanged(command), self._wiring.settlements

        def told(recorded: asyncio.Future[Any]) -> None:
            if isinstance(recorded.exception(), StoreUnavailable):
                self._wiring.queue.jot(fact)
            settlements.settle(command)

        self._wiring.queue.record(fact).then(told)
        self._hold(command)
        if command.effect is Effect.AWAITED:
            self._wait_for_effect(command)

    def _changed(self, command: Command) -> Command:
        self._wiring.queue.jot(CommandChanged(command))
        self._hold(command)
        return command

    def _hold(self, command: Command) -> None:
        """Keep a command as it now is, and forget the oldest that are over."""
        held = self._open = self._open or {}
        if command.is_over and not _tells_later(command):
            held.pop(command.id, None)
        else:
            held[command.id] = command
            over = [other.id for other in held.values() if other.is_over]
            for command_id in over[:-MOST_REMEMBERED]:
                del held[command_id]
        if not held:
            self._open = None
        self._listen()

    def _listen(self) -> None:
        self.listens = any(
            command.action in ("TriggerMessage", "ExtendedTriggerMessage") and command.effect is not Effect.SEEN for command in self._all()
        )

    def _wait_for_effect(self, command: Command) -> None:
        if command.effect_until is not None:
            delay_s = max(0.0, (command.effect_until - self._wiring.clock.now()).total_seconds())
            self._system.later(delay_s, partial(self._system.tell, self._name, EffectDue(command.id)))

    def _done(self, command: Command | None, request: Request, dialect: Dialect) -> Callable[[Outcome], None]:
        system, name = self._system, self._name

        def tell(outcome: Outcome) -> None:
            system.tell(name, CallAnswered(command, request, dialect, outcome))

        return tell


def _tells_later(command: Command) -> bool:
    """Whether more may become known of a command that is over: it was never answered, or its start may still come."""
    rule = rule_of(command)
    if rule is None or command.state in (CommandState.REJECTED, CommandState.FAILED):
        return False
    return command.answered_at is None or (rule.starts and command.effect is Effect.NOT_SEEN)


def _ended(command: Command, outcome: Outcome, wiring: Wiring) -> Command:
    now = wiring.clock.now()
    if outcome.kind is OutcomeKind.RESULT:
        response = outcome.payload if isinstance(outcome.payload, dict) else {}
        read = response if outcome.mended is None else outcome.mended
        return replace(command, state=verdict_of(read), response=response, error=outcome.invalid, answered_at=now)
    if outcome.kind is OutcomeKind.ERROR:
        error = f"{outcome.code}: {outcome.description}" if outcome.description else str(outcome.code)
        return replace(command, state=CommandState.FAILED, error=error, answered_at=now)
    if outcome.kind is OutcomeKind.TIMEOUT:
        return replace(command, state=CommandState.TIMED_OUT, error="the charger did not answer in time")
    if outcome.sent:
        return replace(command, state=CommandState.UNKNOWN, error="the line was lost before the charger answered")
    return replace(command, state=CommandState.FAILED, sent_at=None, error="the line was lost before the command was sent")
