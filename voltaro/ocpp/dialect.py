"""What the languages of all OCPP versions share: routes, the way of a CALL to its handler, and our own requests.

A version is a class that derives from ``OcppDialect`` and from the handlers of each functional block. Its methods with the
ocpp package's ``@on(Action.x)`` are found once a class. A CALL passes the gate, then its schema, then its handler
(conformance TR-57, TR-59); a handler only translates: keyword arguments in snake_case to the words of ``ports.Station``,
and the station's answer to the package's ``call_result``. A handler that waits for nothing is a plain function, and one with
nothing to say gives None.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Coroutine, Mapping, Sequence
from datetime import datetime
from types import CoroutineType
from typing import Any, ClassVar, NamedTuple, TypeVar

from ocpp import routing

from voltaro.domain.anomaly import Anomaly
from voltaro.domain.charging import CompositeSchedule
from voltaro.domain.command import Order
from voltaro.domain.quirks import Mode
from voltaro.ocpp import envelope, frames
from voltaro.ocpp.repair import Rules, repaired
from voltaro.ocpp.schemas import UNSTORABLE, Schema, Violation, load
from voltaro.ocpp.secrets import mask_payload
from voltaro.ocpp.spelling import Encoder, snake_case
from voltaro.ports import After, Call, InvalidPayload, Outcome, OutcomeKind, Request, Station, UnknownAction

Handler = TypeVar("Handler", bound=Callable[..., Any])
Answer = bytes | After | Coroutine[Any, Any, bytes]


def on(action: str) -> Callable[[Handler], Handler]:
    """The ocpp package's ``@on``, with its type."""
    decorator: Callable[[Handler], Handler] = routing.on(action)
    return decorator


def after(action: str) -> Callable[[Handler], Handler]:
    """Mark what is learned from a charger's answer to our ``action``: ``handler(self, station, asked, answered)``, both as OCPP
    spells them; ``answered`` is None where no valid CALLRESULT came (a CALLERROR, a time-out, the line was lost)."""

    def mark(handler: Handler) -> Handler:
        handler._after_action = str(action)  # type: ignore[attr-defined]
        return handler

    return mark


def before(action: str) -> Callable[[Handler], Handler]:
    """Mark what looks at our ``action`` before it is sent: ``handler(self, station, asked, order)``. It may raise InvalidPayload, and
    gives a coroutine where something must be recorded first."""

    def mark(handler: Handler) -> Handler:
        handler._before_action = str(action)  # type: ignore[attr-defined]
        return handler

    return mark


class Handlers:
    """Where the handlers of a functional block find their version's protocol name."""

    protocol: str


class _Method(NamedTuple):
    """A handler as its class holds it. ``wants_call``: it has a keyword ``call`` for what the payload does not say."""

    function: Callable[..., Any]
    wants_call: bool


class _Route(NamedTuple):
    """All that is needed for an inbound action."""

    schema: Schema
    function: Callable[..., Any]
    wants_call: bool
    encode: Encoder
    is_session: bool


class OcppDialect(Handlers):
    """One OCPP version; see ``ports.Dialect`` for what each method promises."""

    package: str
    """The ocpp package's name of the version: ``v16``, ``v201``, ``v21``."""
    to_charger: frozenset[str]
    """The actions a central system sends."""
    session_messages: frozenset[str]
    """The actions that carry money or evidence: kept raw and answered with a CALLRESULT even when they are invalid."""
    data_messages: frozenset[str] = frozenset()
    """Other actions that tell what would be lost: where they cannot be read they are kept raw, too, and acknowledged."""
    rules: Rules
    """How what a charger says wrong is repaired."""
    other: Callable[[], OcppDialect | None] = staticmethod(lambda: None)
    """Another version's dialect, for chargers that speak it although they agreed on this one (quirk Q-02)."""
    spelling: Mapping[str, str] = {}
    """Error codes that this version spells otherwise than 2.x."""
    _methods: ClassVar[Mapping[str, _Method]] = {}
    _learners: ClassVar[Mapping[str, Sequence[Callable[..., Any]]]] = {}
    _preparers: ClassVar[Mapping[str, Sequence[Callable[..., Any]]]] = {}

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        found: dict[str, _Method] = {}
        learners: dict[str, list[Callable[..., Any]]] = {}
        preparers: dict[str, list[Callable[..., Any]]] = {}
        for name in dir(cls):
            attribute = getattr(cls, name)
            if hasattr(attribute, "_after_action"):
                learners.setdefault(attribute._after_action, []).append(attribute)
            if hasattr(attribute, "_before_action"):
                preparers.setdefault(attribute._before_action, []).append(attribute)
            action = getattr(attribute, "_on_action", None)
            if action is not None:
                function = inspect.unwrap(attribute)
                found[str(action)] = _Method(function, "call" in inspect.signature(function).parameters)
        cls._methods = found
        cls._learners = learners
        cls._preparers = preparers

    def __init__(self, new_id: Callable[[], str]) -> None:
        """``new_id`` gives a message id of at most 36 characters that was never used before (conformance TR-46)."""
        schemas = load(self.package)
        self._new_id = new_id
        self._snake_names = schemas.snake_names
        self._known = frozenset(schemas.requests)
        self._requests = {action: schema for action, schema in schemas.requests.items() if action in self.to_charger}
        self._results = {action: schemas.responses[action] for action in self._requests}
        self._routes = {
            action: _Route(
                schemas.requests[action],
                method.function,
                method.wants_call,
                Encoder(schemas.responses[action].document if action in schemas.responses else {}),
                action in self.session_messages,
            )
            for action, method in self._methods.items()
        }

    def answer(self, station: Station, call: Call) -> Answer:
        """Gate, validate, repair where that is needed, and handle a CALL. Exceptions of the station pass through."""
        if not station.may_speak(call.action, self.protocol):
            return self.refusal(call, "SecurityError", "the charger has not been accepted: send BootNotification first")
        route = self._routes.get(call.action)
        if route is None:
            return self._unhandled(station, call)
        violation = _violation(route, call)
        if violation is not None:
            mended = self._mended(station, call, route, violation)
            if type(mended) is not Call:
                return mended  # type: ignore[return-value]
            call = mended
        arguments = snake_case(call.payload, self._snake_names)
        if route.wants_call:
            arguments["call"] = call
        told = route.function(self, station, **arguments)
        kind = type(told)
        if kind is After:
            told.answer = _result(call, route, None)
            return told  # type: ignore[no-any-return]
        return self._result_later(call, route, told) if kind is CoroutineType else _result(call, route, told)

    def safe_answer(self, call: Call) -> bytes:
        """A valid answer without side effect; for other than session messages an InternalError, so that they come again."""
        if call.send:
            return b""
        if call.action in self.session_messages:
            return frames.result(call.message_id, self.safe_result(call))
        return self.refusal(call, "InternalError", "the message could not be handled here; it is kept for an operator")

    def safe_result(self, call: Call) -> dict[str, Any]:
        """The payload of a CALLRESULT to a session message that could not be read; most have no required member."""
        return {}

    def refusal(self, call: Call, code: str, description: str) -> bytes:
        """A CALLERROR in this version's spelling; empty for a SEND, which is never answered."""
        return b"" if call.send else frames.error(call.message_id, self.spelling.get(code, code), description)

    def request(self, action: str, payload: Mapping[str, Any]) -> Request:
        """Validate a command and make its frame. Raises InvalidPayload, UnknownAction."""
        violation = self._request_schema(action).violation(payload) or (UNSTORABLE if frames.has_unstorable_text(payload) else None)
        if violation is not None:
            raise InvalidPayload(violation.pointer, violation.description)
        if frames.is_too_deep(payload):
            raise InvalidPayload("", f"the payload is nested deeper than {frames.DEEPEST - 1} levels")
        message_id = self._new_id()
        try:
            return Request(message_id, action, payload, frames.call(message_id, action, payload))
        except (TypeError, ValueError, RecursionError) as error:
            raise InvalidPayload("", "the payload holds something that cannot be written as JSON") from error

    def takes(self, call: Call) -> bool:
        """Whether a call fits its schema, as it is or repaired."""
        route = self._routes.get(call.action)
        if route is None:
            return False
        return _violation(route, call) is None or repaired(call.action, _as_written(call), route.schema, self.rules) is not None

    def mended_result(self, action: str, payload: Any) -> tuple[Any, tuple[Anomaly, ...]] | None:
        """A charger's CALLRESULT that does not fit its schema, repaired, with what was done to it; None where it cannot be."""
        schema = self._results.get(action)
        found = None if schema is None else repaired(f"{action}Response", payload, schema, self.rules)
        return None if found is None else (found.payload, found.anomalies)

    def check_result(self, action: str, payload: Any) -> str | None:
        """Why the charger's CALLRESULT does not fit its schema, or None."""
        schema = self._results.get(action)
        violation = schema.violation(payload) if schema is not None else None
        return None if violation is None else violation.description

    def prepare(self, station: Station, request: Request, order: Order | None) -> Coroutine[Any, Any, None] | None:
        """See ``ports.Dialect``."""
        preparers = self._preparers.get(request.action, ())
        return _in_turn([preparer(self, station, request.payload, order) for preparer in preparers])

    def learn(self, station: Station, request: Request, outcome: Outcome) -> Coroutine[Any, Any, None] | None:
        """Let the station know what the charger's answer to our CALL says of it; a coroutine where that is to be waited for."""
        learners = self._learners.get(request.action)
        if learners is None:
            return None
        told = outcome.kind is OutcomeKind.RESULT and outcome.invalid is None
        answered = (outcome.payload if outcome.mended is None else outcome.mended) if told else None
        return _in_turn([learner(self, station, request.payload, answered) for learner in learners])

    def compose(self, order: Order) -> tuple[str, dict[str, Any]]:
        """The action and payload of an order in this version. Raises InvalidPayload where it cannot be said."""
        raise NotImplementedError

    def composite_of(self, asked: Mapping[str, Any], answered: Mapping[str, Any], now: datetime) -> CompositeSchedule | None:
        """The schedule in a charger's answer to GetCompositeSchedule; None where it tells none."""
        raise NotImplementedError

    def actions(self) -> Sequence[str]:
        """The actions that may be sent to a charger, by name."""
        return sorted(self._requests)

    def request_schema(self, action: str) -> Mapping[str, Any]:
        """The JSON schema of an action we send. Raises UnknownAction."""
        return self._request_schema(action).document

    def _request_schema(self, action: str) -> Schema:
        schema = self._requests.get(action)
        if schema is None:
            raise UnknownAction(f"{self.protocol} has no action {action!r} from a central system to a charger")
        return schema

    def _unhandled(self, station: Station, call: Call) -> Answer:
        if station.quirks.other_version:
            told = self._in_other_version(station, call)
            if told is not None:
                return told
        if call.action in self._known:
            return self.refusal(call, "NotSupported", "this action is known here, but not supported")
        return self.refusal(call, "NotImplemented", "this version of OCPP has no such action")

    async def _result_later(self, call: Call, route: _Route, told: Coroutine[Any, Any, Any]) -> bytes:
        return _result(call, route, await told)

    def _mended(self, station: Station, call: Call, route: _Route, violation: Violation) -> Call | Answer:
        """A call that does not fit its schema, repaired; or the answer to one that cannot be (conformance section 4.0)."""
        quirks = station.quirks
        if quirks.mode is Mode.STRICT:
            refusal = self.refusal(call, violation.code, violation.description)
            return self._kept(station, call, violation, refusal) if route.is_session else refusal
        if quirks.other_version:
            told = self._in_other_version(station, call)
            if told is not None:
                return told
        found = repaired(call.action, _as_written(call), route.schema, self.rules)
        if found is not None:
            if found.anomalies:
                station.repaired(call, frames.text_of(mask_payload(found.payload)), found.anomalies)
            return call._replace(payload=found.payload)
        if route.is_session:
            return self._kept(station, call, violation, self.safe_answer(call))
        if call.action in self.data_messages:
            return self._kept(station, call, violation, b"" if call.send else frames.acknowledgement(call.message_id))
        return self.refusal(call, violation.code, violation.description)

    async def _kept(self, station: Station, call: Call, violation: Violation, answer: bytes) -> bytes:
        await station.keep_invalid(call, f"{violation.code}: {violation.description}")
        return answer

    def _in_other_version(self, station: Station, call: Call) -> Answer | None:
        """The answer of another version's dialect, where the call fits that one and not ours (quirk Q-02)."""
        other = self.other()
        route = None if other is None else other._routes.get(call.action)
        if other is None or route is None or _violation(route, call) is not None:
            return None
        station.anomaly("other_version", "", f"{call.action} of {other.protocol}")
        return other.answer(station, call)


def _as_written(call: Call) -> Any:
    """The payload of a call with its numbers as they were written, where the frame says so plainly."""
    try:
        frame = frames.read_as_written(call.raw)
    except (ValueError, RecursionError):
        mended = envelope.mended(call.raw)
        if mended is None:
            return call.payload
        frame = frames.read_as_written(mended.text)
    plainly = type(frame) is list and len(frame) > 3 and frame[2] == call.action and type(frame[3]) is dict and call.payload != {}
    return frame[3] if plainly else call.payload


def _in_turn(works: Sequence[Coroutine[Any, Any, None] | None]) -> Coroutine[Any, Any, None] | None:
    """What is to be waited for, one after the other."""
    waited = [work for work in works if work is not None]
    return None if not waited else waited[0] if len(waited) == 1 else _all(waited)


async def _all(works: Sequence[Coroutine[Any, Any, None]]) -> None:
    for work in works:
        await work


def _result(call: Call, route: _Route, told: Any) -> bytes:
    """The CALLRESULT for what a handler gave."""
    if call.send:
        return b""
    return frames.acknowledgement(call.message_id) if told is None else frames.result(call.message_id, route.encode(told))


def _violation(route: _Route, call: Call) -> Violation | None:
    violation = route.schema.violation(call.payload)
    if violation is None and (b"\\u" in call.raw or b"-Signed" in call.raw) and frames.has_unstorable_text(call.payload):
        return UNSTORABLE
    return violation
