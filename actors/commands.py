"""The commands of one charger: recorded, sent, answered, and watched until they show their effect.

A part of the charger's actor, kept beside it: ``ChargerActor`` hears the messages and calls this.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from actors.effects import PATIENCE_S, Happening, has_effect, is_effect
from actors.system import System
from actors.wiring import Wiring
from voltaro import metrics
from voltaro.domain.command import Command, CommandState, Order, StartCharging, verdict_of
from voltaro.domain.fact import CommandChanged
from voltaro.domain.maintenance import FetchLog, UpdateFirmware
from voltaro.ports import CommandsFull, Dialect, Line, NotConnected, Outcome, OutcomeKind, Request


@dataclass(frozen=True, slots=True)
class SendCommand:
    """Send an action of the charger's version, or an order in our own words.

    Answered with the ``Command`` once it is recorded and handed to the line. Raises NotConnected, CommandsFull,
    InvalidPayload, UnknownAction, StoreUnavailable.
    """

    by: str
    action: str = ""
    payload: Mapping[str, Any] | None = None
    order: Order | None = None


@dataclass(frozen=True, slots=True)
class CallAnswered:
    """How a CALL of ours ended. It carries what was asked: the incarnation that sent it may be gone. ``command`` is None where we
    asked on our own account."""

    command: Command | None
    request: Request
    dialect: Dialect
    outcome: Outcome


class Commands:
    """What was asked of a charger and is not finished."""

    __slots__ = ("_charger_id", "_expected", "_in_flight", "_name", "_system", "_wiring")

    def __init__(self, charger_id: str, name: str, system: System, wiring: Wiring) -> None:
        self._charger_id = charger_id
        self._name = name
        self._system = system
        self._wiring = wiring
        self._in_flight = 0
        self._expected: list[tuple[float, Command]] = []

    async def send(self, line: Line | None, message: SendCommand) -> Command:
        """Validate, record, and hand to the line; the answer comes back as ``CallAnswered``."""
        if line is None:
            raise NotConnected(f"{self._charger_id} is not connected: a command can only be sent over its line")
        if self._in_flight >= self._wiring.policy.most_commands:
            raise CommandsFull(f"{self._charger_id} has {self._in_flight} commands waiting: let it answer some first")
        action, payload = message.action, message.payload or {}
        if message.order is not None:
            action, payload = line.dialect.compose(_numbered(message.order))
        request = line.dialect.request(action, payload)
        now = self._wiring.clock.now()
        masked = self._wiring.mask(action, request.payload)
        command = Command(request.message_id, self._charger_id, action, masked, CommandState.QUEUED, now, requested_by=message.by)
        await self._wiring.queue.record(CommandChanged(command))
        command = replace(command, state=CommandState.SENT, sent_at=self._wiring.clock.now())
        self._jot(command)
        self._in_flight += 1
        line.call(request, self._done(command, request, line.dialect))
        return command

    def send_quietly(self, line: Line, order: Order) -> None:
        """Ask something of the charger on our own account. Nobody waits for the answer; what it says is learned."""
        self.ask_quietly(line, *line.dialect.compose(order))

    def ask_quietly(self, line: Line, action: str, payload: Mapping[str, Any]) -> None:
        """``send_quietly`` in OCPP's spelling. Raises InvalidPayload, UnknownAction."""
        request = line.dialect.request(action, payload)
        line.call(request, self._done(None, request, line.dialect))

    async def answered(self, asked: Command, outcome: Outcome) -> None:
        """Record how a command ended."""
        if not outcome.late:
            self._in_flight = max(0, self._in_flight - 1)
        command = _ended(asked, outcome, self._wiring)
        metrics.COMMANDS.labels(command.state).inc()
        await self._wiring.queue.record(CommandChanged(command))
        self._wiring.settlements.settle(command)
        if command.state is CommandState.ACCEPTED and has_effect(command):
            self._expected.append((self._wiring.clock.monotonic() + PATIENCE_S, command))

    def happened(self, happening: Happening) -> None:
        """Something the charger did: a command that has shown its effect is finished."""
        if not self._expected:
            return
        now = self._wiring.clock.monotonic()
        left = []
        shown: Command | None = None
        for until, command in self._expected:
            if shown is None and is_effect(command, happening):
                shown = command
            elif until > now:
                left.append((until, command))
        self._expected = left
        if shown is not None:
            self._jot(replace(shown, state=CommandState.EFFECTIVE))
            self._wiring.settlements.settle(replace(shown, state=CommandState.EFFECTIVE))

    def _jot(self, command: Command) -> None:
        self._wiring.queue.jot(CommandChanged(command))

    def _done(self, command: Command | None, request: Request, dialect: Dialect) -> Callable[[Outcome], None]:
        system, name = self._system, self._name

        def tell(outcome: Outcome) -> None:
            system.tell(name, CallAnswered(command, request, dialect, outcome))

        return tell


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


def _numbered(order: Order) -> Order:
    """2.x remote starts carry a number that comes back in the transaction's first event (F01.FR.25); so do updates and logs."""
    if isinstance(order, UpdateFirmware | FetchLog) and order.request_id == 0:
        return replace(order, request_id=1 + secrets.randbelow(2**31 - 2))
    if isinstance(order, StartCharging) and order.remote_start_id == 0:
        return replace(order, remote_start_id=1 + secrets.randbelow(2**31 - 2))
    return order
