"""The charger's half of OCPP-J, without the socket: calls out, answers in, commands in, and when to dial again.

The shell hands in what the line said and what the clock says; it takes away ``outgoing`` frames, ``hang_up`` and ``due()``.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, ClassVar

import msgspec

from voltaro.ports import Clock
from voltaro.simulator.dice import Dice
from voltaro.simulator.ledger import Acknowledged, Discarded, Ledger, SessionRecord
from voltaro.simulator.outbox import Done, End, Outbox, Outgoing
from voltaro.simulator.settings import Settings
from voltaro.simulator.tally import Tally


class HangUp(Enum):
    """How the line is to be closed."""

    POLITELY = "politely"
    ABRUPTLY = "abruptly"


class Registration(Enum):
    """The central system's last word on our BootNotification."""

    NONE = "none"
    ACCEPTED = "Accepted"
    PENDING = "Pending"
    REJECTED = "Rejected"


@dataclass(frozen=True, slots=True)
class BackOff:
    """Waits between dials: doubled with each failure up to a ceiling, plus a random part so that a fleet spreads."""

    minimum_s: float = 1.0
    maximum_s: float = 60.0
    random_s: float = 2.0

    def wait_s(self, failures: int, dice: Dice) -> float:
        return float(min(self.maximum_s, self.minimum_s * 2 ** min(failures, 16)) + dice.between(0.0, self.random_s))


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to a command, and what the charger does once the answer has left."""

    payload: Mapping[str, Any]
    then: Callable[[], None] | None = None


@dataclass(frozen=True, slots=True)
class Forced:
    """What a command is answered whatever the charger would do, so that a refusal can be seen; the command is then not obeyed.

    A CALLERROR where there is an ``error``, silence where there is no ``payload`` either.
    """

    payload: Mapping[str, Any] | None = None
    error: str | None = None


class Refused(Exception):
    """A command that gets a CALLERROR. The central system's fault, or nothing this charger can do."""

    def __init__(self, code: str, description: str = "") -> None:
        super().__init__(description)
        self.code = code
        self.description = description


Command = Callable[[Any, dict[str, Any]], Reply]

_SILENCE = Reply({})
"""In place of an answer that is not given."""


class Talker(ABC):
    """What is the same in all versions about talking; ``Charger`` adds what there is to say."""

    protocol: ClassVar[str]
    commands: ClassVar[Mapping[str, Command]]
    known_actions: ClassVar[frozenset[str]]
    malformed: ClassVar[str]
    """The version's error code for a payload that makes no sense."""
    forced: dict[str, list[Forced]] | None = None
    """Answers to come, by action. None until there is one, as it stays for a fleet."""
    refuses = False
    """Whether every command is refused."""

    def __init__(
        self, clock: Clock, tally: Tally, ledger: Ledger, settings: Settings, dice: Dice, back_off: BackOff, *, same_id_on_retry: bool
    ) -> None:
        self.clock = clock
        self.tally = tally
        self.ledger = ledger
        self.settings = settings
        self.dice = dice
        self.outbox = Outbox(settings.message_timeout_s)
        self.outgoing: list[bytes] = []
        self.hang_up: HangUp | None = None
        self.online = False
        self.registration = Registration.NONE
        self.dial_at = clock.monotonic()
        self._back_off = back_off
        self._same_id = same_id_on_retry
        self._dial_failures = 0
        self._timeouts = 0
        self._been_online = False
        self._ids = f"{int(clock.now().timestamp() * 1000):x}-"
        self._last_id = 0

    @property
    def talking(self) -> bool:
        """Whether calls get through: the line is up and the charger is accepted."""
        return self.online and self.registration is Registration.ACCEPTED

    # --- What the shell hands in

    def line_opened(self) -> None:
        """The handshake is done."""
        self.online = True
        self.hang_up = None
        self._timeouts = 0
        self.tally.lines_opened += 1
        self.tally.reconnects += self._been_online
        self._been_online = True
        self._line_opened()
        self.flush()

    def line_lost(self, reason: str) -> None:
        """The line is gone, whoever closed it."""
        self.online = False
        self.hang_up = None
        self.outgoing.clear()
        self.tally.lines_lost[reason] += 1
        self.dial_at = self.clock.monotonic() + self._back_off.wait_s(self._dial_failures, self.dice)
        self._dial_failures += 1
        for call in self.outbox.line_lost(same_id=self._same_id):
            if call.done is not None:
                call.done(End.LOST, {})
        self._line_lost()
        self.flush()

    def dial_failed(self, reason: str, retry_after_s: float | None = None) -> None:
        """A dial did not become a line. A server's Retry-After is obeyed, with the same random part on top."""
        self.tally.refusals[reason] += 1
        wait = self._back_off.wait_s(self._dial_failures, self.dice)
        self._dial_failures += 1
        self.dial_at = self.clock.monotonic() + (wait if retry_after_s is None else max(wait, retry_after_s + self.dice.between(0.0, 2.0)))

    def frame_received(self, text: bytes) -> None:
        """One whole message of the central system."""
        try:
            frame = msgspec.json.decode(text)
        except (msgspec.DecodeError, UnicodeDecodeError):
            frame = None
        match frame:
            case [2, str(message_id), str(action), payload]:
                self._command(message_id, action, {} if payload is None else payload)
            case [3, str(message_id), payload]:
                self._answered(message_id, payload if isinstance(payload, dict) else {})
            case [4, str(message_id), str(code), *_]:
                self._refused(message_id, code)
            case _:
                self.tally.errors["unreadable_frame"] += 1
                self._unreadable(frame)
        self.flush()

    def due(self) -> float:
        """When ``tick`` is wanted, in monotonic seconds. When to dial is ``dial_at``, and the shell's affair."""
        return self.outbox.due(accepted=self.talking) if self.online and self.hang_up is None else math.inf

    def tick(self) -> None:
        """Time has passed."""
        now = self.clock.monotonic()
        call = self.outbox.overdue(now)
        if call is not None:
            self.tally.errors["timeout"] += 1
            self._timeouts += 1
            if call.action == "Heartbeat" or self._timeouts >= 2:
                self.hang_up = HangUp.ABRUPTLY  # the line is dead, whatever TCP believes
            self._failed(call, End.TIMEOUT, "no answer", count=True)
        self._tick(now)
        self.flush()

    def flush(self) -> None:
        """Send the next call when none waits for its answer. Ends every input."""
        if self.online and self.hang_up is None:
            self._last_id += 1
            call = self.outbox.take(
                self.clock.monotonic(), f"{self._ids}{self._last_id:x}", accepted=self.registration is Registration.ACCEPTED
            )
            if call is not None:
                self._complete(call)
                self.tally.sent[call.action] += 1
                self.outgoing.append(msgspec.json.encode((2, call.message_id, call.action, call.payload)))

    # --- What the versions and the charger use

    def call(
        self,
        action: str,
        payload: dict[str, Any],
        done: Done | None = None,
        *,
        session: SessionRecord | None = None,
        early: bool = False,
        reading: bool = False,
    ) -> None:
        """Queue a call. With a ``session`` it is kept and retried until it is acknowledged or given up."""
        self.outbox.put(Outgoing(action, payload, done, session, early=early, reading=reading))

    def force(self, action: str, answer: Forced) -> None:
        """The next command with this action that has no forced answer yet is answered so."""
        if self.forced is None:
            self.forced = {}
        self.forced.setdefault(action, []).append(answer)

    @abstractmethod
    def _line_opened(self) -> None: ...

    @abstractmethod
    def _line_lost(self) -> None: ...

    @abstractmethod
    def _tick(self, now: float) -> None: ...

    @abstractmethod
    def _boot_again(self) -> None:
        """The central system does not know us: introduce ourselves."""

    def _complete(self, call: Outgoing) -> None:  # noqa: B027 - a hook that most versions leave empty
        """Fill in what was not known when the call was made."""

    def _unreadable(self, frame: object) -> None:  # noqa: B027 - as above
        """Answer what is no frame, where the version says so."""

    # --- Within

    def _command(self, message_id: str, action: str, payload: Any) -> None:
        then = None
        try:
            forced = self._forced(action) if self.forced else None
            reply = self._obey(action, payload) if forced is None else forced
            if reply is _SILENCE:
                return
        except Refused as refusal:
            word = refusal.code
            self.outgoing.append(msgspec.json.encode((4, message_id, refusal.code, refusal.description[:255], {})))
        else:
            word, then = str(reply.payload.get("status", "answered")), reply.then
            self.outgoing.append(msgspec.json.encode((3, message_id, reply.payload)))
        self.tally.commands[action, word] += 1
        if self.ledger.detailed:
            self.ledger.commands.append((action, payload, word))
        if then is not None:
            then()

    def _forced(self, action: str) -> Reply | None:
        answers = (self.forced or {}).get(action)
        if not answers:
            return None
        answer = answers.pop(0)
        if answer.error is not None:
            raise Refused(answer.error, "This charger was told to refuse.")
        return _SILENCE if answer.payload is None else Reply(answer.payload)

    def _obey(self, action: str, payload: Any) -> Reply:
        if self.refuses:
            raise Refused("NotSupported", "This charger was told to refuse everything.")
        if self.registration is Registration.REJECTED and not (
            action == "TriggerMessage" and payload.get("requestedMessage") == "BootNotification"
        ):
            raise Refused("SecurityError", "This charger was rejected and obeys nobody until it is accepted.")
        command = self.commands.get(action)
        if command is None:
            raise Refused("NotSupported" if action in self.known_actions else "NotImplemented", f"This charger does not do {action}.")
        if not isinstance(payload, dict):
            raise Refused(self.malformed, "The payload is not an object.")
        try:
            return command(self, payload)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise Refused(self.malformed, f"{type(error).__name__}: {error}") from error

    def _answered(self, message_id: str, payload: dict[str, Any]) -> None:
        call = self.outbox.answered(message_id)
        if call is None:
            self.tally.errors["late"] += 1
            return
        now = self.clock.monotonic()
        self._timeouts = self._dial_failures = 0
        self.tally.answered[call.action] += 1
        self.tally.latencies.add(now - call.sent_at)
        if call.session is not None and self.ledger.detailed:
            entry = Acknowledged(call.action, call.message_id, dict(call.payload), payload, call.failures + 1, self.clock.now())
            self.ledger.acknowledged.append(entry)
        if call.done is not None:
            call.done(End.ANSWERED, payload)

    def _refused(self, message_id: str, code: str) -> None:
        call = self.outbox.answered(message_id)
        if call is None:
            self.tally.errors["late"] += 1
            return
        self._timeouts = self._dial_failures = 0
        self.tally.errors[code] += 1
        stranger = code == "SecurityError" and call.action != "BootNotification"
        self._failed(call, End.ERROR, code, count=not stranger)
        if stranger and self.registration is Registration.ACCEPTED:
            self._boot_again()

    def _failed(self, call: Outgoing, end: End, reason: str, *, count: bool) -> None:
        if call.session is not None:
            if not count:
                self.outbox.put_back(call)
                return
            if self.outbox.try_again(
                call,
                self.clock.monotonic(),
                attempts=self.settings.attempts,
                interval_s=self.settings.retry_interval_s,
                same_id=self._same_id,
            ):
                return
            self.tally.discarded += 1
            self.ledger.discarded.append(Discarded(call.action, dict(call.payload), call.failures, reason))
        if call.done is not None:
            call.done(end, {})
