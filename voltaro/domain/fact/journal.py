"""What was said, asked and odd: frames, commands, events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from voltaro.domain.anomaly import Anomaly
from voltaro.domain.command import Command


@dataclass(frozen=True, slots=True)
class FrameKept:
    """A message put aside raw: ``invalid`` (failed validation, still money), ``poison`` (PostgreSQL never takes what it says) or
    ``crash`` (crashed its actor twice). Class A. The same content is kept once, and counted."""

    charger_id: str
    kind: str
    action: str
    message_id: str
    raw: bytes
    reason: str
    received_at: datetime
    protocol: str
    stack: str | None = None


class ExchangeLogged(NamedTuple):
    """One OCPP call with its answer, for the message log. Class B. Secrets are masked before it gets here.

    ``direction`` is ``in`` (the charger called) or ``out`` (we called); ``outcome`` is ``result``, ``error``,
    ``timeout``, ``lost`` or ``unanswered``; ``request`` and ``answer`` are whole frames as JSON text.
    """

    charger_id: str
    direction: str
    message_id: str
    action: str
    request: str
    answer: str | None
    outcome: str
    at: datetime
    answered_at: datetime | None


class FrameLogged(NamedTuple):
    """What ``ExchangeLogged`` has no room for: a call that ended in an error, one that was repaired, or a frame that is no call with
    its answer. Class B. Secrets are masked before it gets here.

    ``kind`` is ``call``, or ``send`` (2.1: it has no answer), ``replay`` (a call that came again: its answer was sent again),
    ``late_answer`` (to a call of ours that had timed out), ``refused`` (malformed, and answered so) or ``ignored`` (it can have no
    answer). ``outcome`` is one of ``ExchangeLogged``, or ``ignored``. ``error_code`` is the code of a CALLERROR; ``error`` says in
    words what is wrong. ``repaired`` is JSON text: the payload as it was read, and what was done to it.
    """

    charger_id: str
    direction: str
    message_id: str
    action: str
    request: str
    answer: str | None
    outcome: str
    at: datetime
    answered_at: datetime | None
    kind: str = "call"
    error_code: str | None = None
    error: str | None = None
    repaired: str | None = None


@dataclass(frozen=True, slots=True)
class CommandChanged:
    """A command was made, sent or answered, or its effect was seen. Class A, with the event ``command.updated``; the newest row wins.

    ``reserved`` is who asked for it under which ``Idempotency-Key``: from now on that key stands for this command.
    """

    command: Command
    reserved: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class AnomalySeen:
    """Something odd that a charger did, ``count`` times since it was last told. Class B; counts add up."""

    charger_id: str
    anomaly: Anomaly
    count: int
    first_seen: datetime
    last_seen: datetime
    message_id: str | None = None


@dataclass(frozen=True, slots=True)
class EventHappened:
    """An event that has no row but its own (``actor.crashed``, ``charger.anomaly``). Class B."""

    type: str
    at: datetime
    charger_id: str | None
    data: Mapping[str, Any]
