"""What lies between the gateway, the languages and the charger's actor; and time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Generator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple, Protocol, TypeVar

from voltaro.domain.anomaly import Anomaly
from voltaro.domain.charger import Boot, BootAnswer, ConnectorReport, Registration
from voltaro.domain.charging import CompositeSchedule
from voltaro.domain.command import Order
from voltaro.domain.fact import Fact
from voltaro.domain.meter import Sample
from voltaro.domain.profiles import Entry, Issued, Link
from voltaro.domain.quirks import Quirks
from voltaro.domain.session import EndSession, SessionStarted, StartSession, TransactionEvent
from voltaro.domain.tag import Authorization
from voltaro.ports.certificates import Certificates
from voltaro.ports.charging import Profiles, Reservations
from voltaro.ports.configuration import ConfigurationHeard
from voltaro.ports.jobs import Jobs
from voltaro.ports.local_list import LocalListHeard
from voltaro.ports.upkeep import Availability, Homecoming
from voltaro.ports.variables import VariablesHeard

T = TypeVar("T")


class Clock(Protocol):
    """Time as an argument: UTC for what is recorded, monotonic seconds for what is waited for."""

    def now(self) -> datetime: ...

    def monotonic(self) -> float: ...


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


class Security(Protocol):
    """What a dialect tells of changes to a charger's password and profile. To be waited for until they are committed."""

    def password_sent(self, password: str) -> Coroutine[Any, Any, None]:
        """A password is about to be sent: it is good from now on, beside the old one. Raises NotNow."""
        ...

    def password_answered(self, password: str, accepted: bool | None) -> Coroutine[Any, Any, None]:
        """What the charger said of it; None where no answer came."""
        ...

    def profile_sent(self, profile: int, *, resets: bool) -> Coroutine[Any, Any, None]:
        """The charger is about to be told to take this security profile. Raises NotNow, LowerProfile."""
        ...

    def profile_answered(self, profile: int, accepted: bool | None) -> Coroutine[Any, Any, None]:
        """What the charger said of it; None where no answer came."""
        ...


class LowerProfile(Exception):
    """A security profile is never lowered over OCPP: the operator's fault."""


class Station(Protocol):
    """What a dialect's handler may ask of a charger. ``actors/charger.py`` implements it; times are UTC."""

    charger_id: str

    @property
    def profiles(self) -> Profiles: ...

    @property
    def reservations(self) -> Reservations: ...

    @property
    def security(self) -> Security: ...

    @property
    def quirks(self) -> Quirks:
        """What an operator has switched on for this charger."""
        ...

    @property
    def jobs(self) -> Jobs:
        """Firmware updates and uploads of logs."""
        ...

    @property
    def certificates(self) -> Certificates: ...

    @property
    def homecoming(self) -> Homecoming: ...

    @property
    def availability(self) -> Availability: ...

    def now(self) -> datetime: ...

    def may_speak(self, action: str, protocol: str) -> bool:
        """The boot gate (conformance TR-57, TR-58): False means SecurityError, asked before validation."""
        ...

    async def boot(self, boot: Boot) -> BootAnswer: ...

    async def authorize(self, id_tag: str, tag_type: str | None = None) -> Authorization: ...

    def connector_status(self, report: ConnectorReport) -> None: ...

    async def start_session(self, start: StartSession) -> SessionStarted: ...

    async def end_session(self, stop: EndSession) -> Authorization | None:
        """The verdict on the tag that stopped, when one was sent."""
        ...

    async def transaction_event(self, event: TransactionEvent) -> Authorization | None:
        """The verdict on the event's token, when it carried one."""
        ...

    def meter(self, evse_id: int, transaction_id: str | None, samples: tuple[Sample, ...]) -> After | Coroutine[Any, Any, None] | None:
        """Record samples. To be waited for until they are committed; None when nobody has to wait for that."""
        ...

    def doubt_session(self, transaction_id: str) -> None:
        """The charger has said that it knows no such transaction: the session goes on here, flagged, and is looked after."""
        ...

    async def security_event(self, type: str, at: datetime, tech_info: str | None) -> None: ...

    async def report_variables(self, request_id: int, seq_no: int, last: bool, report: Sequence[Mapping[str, Any]]) -> None: ...

    async def device_events(self, events: Sequence[tuple[datetime, Mapping[str, Any]]]) -> None: ...

    async def data_transfer(self, vendor_id: str, message_id: str | None, data: Any) -> tuple[str, Any]:
        """The OCPP status word and the data of the answer."""
        ...

    async def keep_invalid(self, call: Call, reason: str) -> None:
        """Store a session message that fails validation, raw and flagged; returns after its COMMIT."""
        ...

    @property
    def configuration(self) -> ConfigurationHeard: ...

    @property
    def local_list(self) -> LocalListHeard: ...

    @property
    def variables(self) -> VariablesHeard: ...

    def anomaly(self, code: str, field: str = "", example: str | None = None) -> None:
        """Count something odd the charger did (``domain.anomaly``)."""
        ...

    def repaired(self, call: Call, payload: str, anomalies: Sequence[Anomaly]) -> None:
        """A CALL did not fit its schema and was repaired: count what was done, and note the repaired payload (JSON, secrets
        masked) beside the raw frame."""
        ...


class Dialect(Protocol):
    """One OCPP version, as the gateway and the actors see it. Stateless: one instance serves every line."""

    protocol: str
    """The WebSocket sub-protocol: ``ocpp1.6``, ``ocpp2.0.1`` or ``ocpp2.1``."""

    def answer(self, station: Station, call: Call) -> bytes | After | Coroutine[Any, Any, bytes]:
        """Gate, validate and handle a CALL; the whole answer frame (CALLRESULT or CALLERROR), to be awaited where the
        station has to be waited for; After where only that holds it back. Empty for a SEND.

        What the charger did wrong becomes an answer; an exception is our fault and crashes the actor.
        """
        ...

    def safe_answer(self, call: Call) -> bytes:
        """A valid answer without side effect for a frame that was put aside: a CALLRESULT for session messages."""
        ...

    def refusal(self, call: Call, code: str, description: str) -> bytes:
        """A CALLERROR frame; ``code`` in 2.x spelling (``InternalError``, ``SecurityError``), respelled for 1.6."""
        ...

    def request(self, action: str, payload: Mapping[str, Any]) -> Request:
        """Validate a command's payload and make its frame. Raises InvalidPayload, UnknownAction."""
        ...

    def takes(self, call: Call) -> bool:
        """Whether a CALL fits its schema, as it is or repaired."""
        ...

    def mended_result(self, action: str, payload: Any) -> tuple[Any, tuple[Anomaly, ...]] | None:
        """A charger's CALLRESULT that does not fit its schema, repaired, with what was done to it; None where it cannot be."""
        ...

    def check_result(self, action: str, payload: Any) -> str | None:
        """Why a charger's CALLRESULT to ``action`` does not fit its schema, or None."""
        ...

    def prepare(self, station: Station, request: Request, order: Order | None) -> Coroutine[Any, Any, None] | None:
        """Look at a command before it is sent: a coroutine where something must be recorded first. Raises InvalidPayload, NotNow.
        ``order`` is what it was composed of."""
        ...

    def learn(self, station: Station, request: Request, outcome: Outcome) -> Coroutine[Any, Any, None] | None:
        """Let the station know what the charger's answer to our CALL says of it; a coroutine where that is to be waited for."""
        ...

    def compose(self, order: Order) -> tuple[str, dict[str, Any]]:
        """The action and payload of an order in this version. Raises InvalidPayload where it cannot be said."""
        ...

    def composite_of(self, asked: Mapping[str, Any], answered: Mapping[str, Any], now: datetime) -> CompositeSchedule | None:
        """The schedule in a charger's answer to GetCompositeSchedule; None where it tells none."""
        ...

    def actions(self) -> Sequence[str]:
        """The actions that may be sent to a charger of this version."""
        ...

    def request_schema(self, action: str) -> Mapping[str, Any]:
        """The JSON schema of an action we send, for forms. Raises UnknownAction."""
        ...


class Line(Protocol):
    """One WebSocket of one charger, as its actor sees it. Owned by the gateway."""

    number: int
    """Grows with every line of this process: the newest line of an identity has the largest."""
    charger_id: str
    dialect: Dialect
    remote: str
    connected_at: datetime
    link: Link
    """How the connection really is."""

    def call(self, request: Request, done: Callable[[Outcome], None], sent: Callable[[], object] | None = None) -> bool:
        """Send a CALL when it is its turn (one at a time); returns at once, True where it has left already. Else ``sent`` is
        called when it leaves. ``done`` is called on the loop when it has ended."""
        ...

    def waits_for(self, message_id: str) -> bool:
        """Whether a CALL of ours with this id has not ended yet: it waits for its turn, or for the charger's answer."""

    def mended(self, call: Call, payload: str, anomalies: Sequence[Anomaly]) -> None:
        """The call in hand was repaired: log its payload (JSON) and what was done beside the raw frame."""
        ...

        ...

    def close(self, code: int, reason: str) -> None:
        """Close the WebSocket. Returns at once; ``Calls.line_down`` follows."""
        ...

    def last_heard(self) -> float:
        """Monotonic seconds when the last byte came in."""
        ...


class ActorCrashed(Exception):
    """The actor crashed while handling the message. It is being restarted; the message may be handed over once more."""


class ActorUnavailable(Exception):
    """The actor is quarantined or stopped and takes no messages now."""


class StoreUnavailable(Exception):
    """PostgreSQL is away or refuses work for a passing reason. Nothing was acknowledged; try again later."""


class Credential(NamedTuple):
    """What the gateway needs to know of a provisioned charger before it opens the WebSocket."""

    charger_id: str
    registration: Registration
    security_profile: int
    salt: bytes
    password_hash: bytes | None
    protocol_override: str | None = None
    next_salt: bytes = b""
    next_hash: bytes | None = None
    """A password that was sent to the charger, and is good beside the old one until its answer or its use decides."""
    is_key: bool = False
    """Whether the password was set as a 1.6 ``AuthorizationKey``: the charger sends the bytes that its digits stand for."""
    key_as_text: bool = False
    """Whether this charger may send a key's digits as text (quirk Q-11)."""
    lenient_handshake: bool = False
    """Whether its handshake may lack ``Connection: Upgrade`` (quirk Q-06)."""
    serial_number: str | None = None
    certificate_name: str | None = None
    certificate_fingerprint: str | None = None
    upgrade_profile: int | None = None
    """The higher profile that it was told to come with."""
    strict: bool = False
    """Whether nothing of what it sends is repaired (``domain.quirks.Mode``)."""


class Calls(Protocol):
    """The gateway's way to the charger actors, by charger id. ``actors/fleet.py`` implements it."""

    async def credentials(self, readings: Sequence[str]) -> Sequence[Credential]:
        """The chargers whose identity is one of these, without regard to case. Raises StoreUnavailable."""
        ...

    async def issued(self, fingerprint: str) -> Issued | None:
        """Whether our own authority has signed the certificate with this fingerprint, and for whom. Raises StoreUnavailable."""
        ...

    async def entered(self, entry: Entry) -> bool:
        """Record what a charger has shown at the door. False: its certificate is another charger's. Raises StoreUnavailable."""
        ...

    async def provision(self, identity: str, protocol: str) -> Credential:
        """Make a charger known and accepted, as policy ``accept`` does with strangers. Raises StoreUnavailable."""
        ...

    async def line_up(self, line: Line) -> None:
        """A charger's line is open and authenticated; its actor is there when this returns.

        An older line of the same identity is closed with 4001. Raises StoreUnavailable, ActorUnavailable.
        """
        ...

    def line_down(self, line: Line, code: int, reason: str) -> None:
        """The line has closed. One that was replaced meanwhile changes nothing."""
        ...

    def hand(self, line: Line, call: Call) -> bytes | asyncio.Future[bytes]:
        """Hand a CALL to the charger's actor: the answer frame where it is there at once, else a future that gives it, or
        raises ActorCrashed, ActorUnavailable, StoreUnavailable. The future may be done already when this returns."""
        ...

    def crashed(self, line: Line, call: Call) -> bool:
        """A CALL has crashed its actor; whether it may be handed over once more. Counted by its content."""
        ...

    async def put_aside(self, line: Line, call: Call, reason: str) -> None:
        """Keep a frame that crashed its actor twice. Raises StoreUnavailable."""
        ...

    def noticed(self, line: Line, anomalies: Mapping[Anomaly, int], message_id: str | None) -> None:
        """The line has seen something odd, each so many times."""
        ...

    def is_behind(self) -> bool:
        """Whether facts gather faster than they are written, so that chargers are to be read no further than they are answered."""
        ...

    def note(self, fact: Fact) -> None:
        """Have a fact of class B recorded."""
        ...

    def log_exchange(self, exchange: Fact) -> None:
        """Log a call and its answer (``fact.ExchangeLogged``) and show it to who is watching."""
        ...


class AuthoriserFailed(Exception):
    """The external authoriser did not answer in time, or not understandably."""


class Authoriser(Protocol):
    """An outside system that knows tags we do not. ``web/authoriser.py`` implements it over HTTP."""

    async def authorize(self, id_tag: str, charger_id: str) -> Authorization:
        """Raises AuthoriserFailed."""
        ...


class Stranger(NamedTuple):
    """An unknown identity that waits for an operator under policy ``pending``."""

    charger_id: str
    protocol: str
    remote: str
    since: datetime
    boot: Boot | None


class WaitingRoom(Protocol):
    """The bounded list of strangers. ``gateway/strangers.py`` implements it; the web shows it and accepts from it."""

    def strangers(self) -> Sequence[Stranger]: ...

    def dismiss(self, charger_id: str) -> bool:
        """Close a stranger's line, so that it comes back and is judged anew; False when it is not here."""
        ...
