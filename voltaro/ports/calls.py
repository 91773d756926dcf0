"""CALLs, theirs and ours: what they are, how they end, how their answers are waited for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple, TypeVar

T = TypeVar("T")


class Call(NamedTuple):
    """A CALL (or 2.1 SEND) from a charger, parsed but not yet validated. ``raw`` is the frame as received."""

    message_id: str
    action: str
    payload: Any
    raw: bytes
    received_at: datetime
    send: bool = False


class Request(NamedTuple):
    """A validated CALL of ours, ready for the wire. ``frame`` is the whole ``[2, id, action, payload]``."""

    message_id: str
    action: str
    payload: Mapping[str, Any]
    frame: bytes


class OutcomeKind(StrEnum):
    """How a CALL of ours ended."""

    RESULT = "result"
    ERROR = "error"
    TIMEOUT = "timeout"
    LOST = "lost"


class Outcome(NamedTuple):
    """The end of a CALL of ours. ``payload`` of a RESULT; ``code`` and ``description`` of an ERROR.

    ``invalid`` says why a RESULT does not fit its schema (the charger's fault; the payload is shown all the same).
    LOST: the line went away; ``sent`` tells whether the frame had left. A late answer arrives as a second Outcome
    with ``late`` set, after the TIMEOUT.
    """

    kind: OutcomeKind
    payload: Any = None
    code: str | None = None
    description: str = ""
    invalid: str | None = None
    sent: bool = True
    late: bool = False
    mended: Any = None
    """The payload of a RESULT as it was repaired, where it did not fit its schema."""


class InvalidPayload(Exception):
    """A command's payload does not fit the schema of its action: the operator's fault.

    ``pointer`` is an RFC 6901 JSON pointer to the first offending member.
    """

    def __init__(self, pointer: str, message: str) -> None:
        super().__init__(message)
        self.pointer = pointer
        self.message = message


class UnknownAction(Exception):
    """The charger's OCPP version has no such action from us to a charger: the operator's fault."""


class Pending(asyncio.Future[T]):
    """A future that can tell one listener in the very turn in which it is settled: ``then``.

    A callback of asyncio's costs another turn of the loop, and by then nothing of the message is in the processor's caches.
    """

    _listener: Callable[[Pending[T]], object] | None = None

    def then(self, listener: Callable[[Pending[T]], object]) -> None:
        """Call ``listener`` as soon as this is settled. A second listener hears a turn later."""
        if self._listener is None and not self.done():
            self._listener = listener
        else:
            self.add_done_callback(listener)

    def tell(self) -> None:
        """This has just been settled: let the listener know. Its exceptions are its own, as with asyncio's callbacks."""
        listener, self._listener = self._listener, None
        if listener is not None:
            try:
                listener(self)
            except BaseException as error:  # noqa: BLE001 - whoever settles this must not suffer for who listens
                self.get_loop().call_exception_handler({"message": "a listener failed", "exception": error, "future": self})


class After:
    """An answer that is known already and given once ``pending`` is settled and ``then`` has run: what a coroutine could say as
    well, at a third of its cost. It is the turn of an actor that goes on; exceptions of either are that turn's."""

    __slots__ = ("answer", "call", "pending", "then")

    def __init__(self, pending: Pending[Any], then: Callable[[], object] | None = None) -> None:
        self.pending = pending
        self.then = then
        self.answer: Any = None
        self.call: Any = None
        """The message whose turn this is, for whoever must answer a failure."""

    def __await__(self) -> Generator[Any, None, Any]:
        """The same for whoever is a coroutine already."""
        yield from self.pending
        if self.then is not None:
            self.then()
        return self.answer


class ActorCrashed(Exception):
    """The actor crashed while handling the message. It is being restarted; the message may be handed over once more."""


class ActorUnavailable(Exception):
    """The actor is quarantined or stopped and takes no messages now."""


class StoreUnavailable(Exception):
    """PostgreSQL is away or refuses work for a passing reason. Nothing was acknowledged; try again later."""
