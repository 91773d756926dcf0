"""The interfaces between the rooms. The rooms in the middle know these and never each other.

``Dialect`` and ``Call`` stand between the gateway, the languages and the actors; ``Fleet`` and ``Feed`` between the web
and the living chargers; ``Store`` between everyone and PostgreSQL. ``voltaro.app`` puts the real ones together.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from voltaro.domain.charger import Boot, BootAnswer, Charger, Connection, Connector, ConnectorReport, Registration
from voltaro.domain.command import Command, Order
from voltaro.domain.dead_letter import FrameState
from voltaro.domain.event import Event, Flash
from voltaro.domain.fact import Fact
from voltaro.domain.meter import Sample
from voltaro.domain.person import AuditEntry, Role, Scope, Token, User
from voltaro.domain.resolution import Resolution
from voltaro.domain.session import EndSession, Session, SessionStarted, SessionState, StartSession, TransactionEvent
from voltaro.domain.tag import Authorization, Tag

T = TypeVar("T")


class Clock(Protocol):
    """Time as an argument: UTC for what is recorded, monotonic seconds for what is waited for."""

    def now(self) -> datetime: ...

    def monotonic(self) -> float: ...


# --- Between the gateway, the languages and the charger's actor -----------------------------------------------------


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


class Station(Protocol):
    """What a dialect's handler may ask of a charger. ``actors/charger.py`` implements it; times are UTC."""

    charger_id: str

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

    async def security_event(self, type: str, at: datetime, tech_info: str | None) -> None: ...

    async def report_variables(self, request_id: int, seq_no: int, last: bool, report: Sequence[Mapping[str, Any]]) -> None: ...

    async def device_events(self, events: Sequence[tuple[datetime, Mapping[str, Any]]]) -> None: ...

    async def data_transfer(self, vendor_id: str, message_id: str | None, data: Any) -> tuple[str, Any]:
        """The OCPP status word and the data of the answer."""
        ...

    async def keep_invalid(self, call: Call, reason: str) -> None:
        """Store a session message that fails validation, raw and flagged; returns after its COMMIT."""
        ...

    def anomaly(self, code: str) -> None:
        """Count something odd the charger did (``timestamp_without_zone``, ``unknown_field`` ...)."""
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

    def check_result(self, action: str, payload: Any) -> str | None:
        """Why a charger's CALLRESULT to ``action`` does not fit its schema, or None."""
        ...

    def compose(self, order: Order) -> tuple[str, dict[str, Any]]:
        """The action and payload of an order in this version. Raises InvalidPayload where it cannot be said."""
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

    def call(self, request: Request, done: Callable[[Outcome], None]) -> None:
        """Send a CALL when it is its turn (one at a time); returns at once. ``done`` is called on the loop."""
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


class Calls(Protocol):
    """The gateway's way to the charger actors, by charger id. ``actors/fleet.py`` implements it."""

    async def credential(self, identity: str) -> Credential | None:
        """Look a charger up by exact identity. Raises StoreUnavailable."""
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


# --- Between the web and the living ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ActorNode:
    """An actor in the supervision tree. ``state``: running, restarting, quarantined, stopped."""

    name: str
    kind: str
    state: str
    restarts: int
    mailbox: int
    last_failure: str | None = None
    last_failure_at: datetime | None = None
    recovery_ms: float | None = None
    children: tuple[ActorNode, ...] = ()
    faults: tuple[Fault, ...] = ()
    """Faults provoked on purpose that are not over."""


@dataclass(frozen=True, slots=True)
class ChargerLive:
    """What is live about a charger; it overlays ``domain.charger.Charger``. ``sessions`` maps evse id to its open session."""

    connection: Connection
    protocol: str | None
    connected_since: datetime | None
    last_seen: datetime | None
    remote: str | None
    connectors: tuple[Connector, ...]
    sessions: Mapping[int, Session]
    actor: ActorNode


class NotConnected(Exception):
    """The charger has no line now, so it cannot be told anything (409)."""


class CommandsFull(Exception):
    """Too many commands wait for this charger already (429)."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A provoked fault and how long the target took to serve again."""

    id: str
    target: str
    kind: str
    injected_at: datetime
    times: int = 1
    at: str | None = None
    crashes: int = 0
    recovered_at: datetime | None = None
    recovery_ms: float | None = None


@dataclass(frozen=True, slots=True)
class Pulse:
    """Seconds since the event loop and the root supervisor were last seen at work."""

    loop_s: float
    supervisor_s: float


class FaultsOff(Exception):
    """Fault injection is not enabled."""


class UnknownTarget(Exception):
    """There is no actor of that name, or no such kind or point of fault."""


class Fleet(Protocol):
    """What the web may ask of the living. ``actors/fleet.py`` implements it."""

    async def live(self, charger_ids: Iterable[str]) -> Mapping[str, ChargerLive]:
        """Live views by charger id; one that has no actor is missing from the answer."""
        ...

    async def online(self) -> Mapping[str, int]:
        """How many chargers are online, suspect and charging: ``{"online": 3, "suspect": 0, "charging": 1}``."""
        ...

    async def command(self, charger_id: str, action: str, payload: Mapping[str, Any], by: str) -> Command:
        """Validate, record and send. Raises NotConnected, CommandsFull, InvalidPayload, UnknownAction, StoreUnavailable,
        ActorUnavailable."""
        ...

    async def order(self, charger_id: str, order: Order, by: str) -> Command:
        """The same in one vocabulary for all versions."""
        ...

    async def settled(self, command: Command, timeout_s: float) -> Command:
        """The command as soon as it has settled, or as it stands after ``timeout_s``."""
        ...

    async def dialect(self, charger_id: str) -> Dialect:
        """The dialect of the charger's line. Raises NotConnected."""
        ...

    async def disconnect(self, charger_id: str, reason: str) -> bool:
        """Close the charger's line (1000) and stop its actor, because it was removed or its credential changed."""
        ...

    async def resolved(self, session: Session) -> None:
        """An operator has decided something of this session: its charger's actor holds it as it is now stored."""
        ...

    async def tree(self) -> ActorNode:
        """The supervision tree from its root."""
        ...

    async def redrive(self, frame: KeptFrame) -> Redriven:
        """Hand a frame that was put aside to its charger's actor again, as if it came now, with the time it came at first; its
        line need not be there. Facts are idempotent by content, so doing it again has no second effect.

        Raises StoreUnavailable, ActorUnavailable.
        """
        ...

    async def inject(self, target: str, kind: str, times: int, at: str | None) -> Fault:
        """Raises FaultsOff, UnknownTarget."""
        ...

    async def fault(self, fault_id: str) -> Fault | None: ...

    async def faults(self) -> Sequence[Fault]:
        """The faults provoked since the start, newest first. Raises FaultsOff."""
        ...

    def pulse(self) -> Pulse:
        """Whether the loop and the root supervisor are at work."""
        ...

    async def forgive(self, charger_id: str, fingerprint: str) -> bool:
        """Let a frame that crashed its actor twice be handled again (``domain.fingerprint``); False when it was not barred."""
        ...

    async def watch_messages(self, charger_id: str, watching: bool) -> None:
        """Count a reader of the live message tail in or out: frames are only announced while someone looks."""
        ...


class Announcer(Protocol):
    """The living and the store tell the live stream through this. ``web/sse.py`` implements it."""

    def flash(self, flash: Flash) -> None:
        """Show a passing event to who is looking. Never blocks."""
        ...

    def is_watched(self) -> bool:
        """Whether anybody would see a passing event; a caller may spare itself making one."""
        ...

    def ring(self) -> None:
        """New durable events are committed: read them from the store. Cheap, may be called often."""
        ...


# --- Between everyone and PostgreSQL -----------------------------------------------------------------------------


class BadCursor(Exception):
    """The cursor was not made by us for this list: the caller's fault (400)."""


class AlreadyExists(Exception):
    """A row with that key is there already (409)."""


class VersionConflict(Exception):
    """The row has changed since it was read (412)."""


class Poison(Exception):
    """PostgreSQL will never take this fact (wrong value, not a passing fault). It has not been recorded; ``sqlstate`` may be None."""

    def __init__(self, message: str, sqlstate: str | None = None) -> None:
        super().__init__(message)
        self.sqlstate = sqlstate


class Recorded(NamedTuple):
    """The result of a session fact: the session as it now is, and whether the fact was new (False: a repeat)."""

    session: Session
    new: bool


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list; ``next`` is the cursor of the following page or None."""

    items: Sequence[T]
    next: str | None


@dataclass(frozen=True, slots=True)
class SessionQuery:
    """Filters of the session list; None does not filter. Newest first by (started_at, id)."""

    charger_id: str | None = None
    id_tag: str | None = None
    state: SessionState | None = None
    started_after: datetime | None = None
    started_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class MessageQuery:
    """Filters of the message log of one charger. Newest first."""

    charger_id: str
    action: str | None = None
    direction: str | None = None
    outcome: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class MessageRow:
    """A logged exchange; ``request`` and ``answer`` are whole frames as JSON text, secrets masked."""

    id: int
    charger_id: str
    direction: str
    message_id: str
    action: str
    request: str
    answer: str | None
    outcome: str
    at: datetime
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class MeterRow:
    """A stored sample of a session."""

    id: int
    session_id: int
    evse_id: int
    sample: Sample
    received_at: datetime


@dataclass(frozen=True, slots=True)
class KeptFrame:
    """A frame that was put aside (``fact.FrameKept``), and what has become of it.

    ``count`` is how often its content came, ``attempts`` how often it was handed over again since, ``outcome`` what came of
    that, or why it was discarded.
    """

    id: int
    charger_id: str
    kind: str
    action: str
    message_id: str
    protocol: str
    raw: bytes
    reason: str
    stack: str | None
    received_at: datetime
    fingerprint: str
    state: FrameState
    count: int
    last_received_at: datetime | None
    attempts: int
    outcome: str | None
    resolved_by: str | None
    resolved_at: datetime | None


@dataclass(frozen=True, slots=True)
class FrameQuery:
    """Filters of the frames put aside. Newest first."""

    charger_id: str | None = None
    kind: str | None = None
    state: FrameState | None = None


class Redriven(NamedTuple):
    """What came of handing a frame over again: ``outcome`` is the answer, or why there is none worth sending."""

    done: bool
    outcome: str


@dataclass(frozen=True, slots=True)
class ChargerFacts:
    """Everything a charger's actor rebuilds itself from."""

    charger: Charger
    open_sessions: tuple[Session, ...] = ()
    has_accepted_boot: bool = False


@dataclass(frozen=True, slots=True)
class NewCharger:
    """A charger to be made known; ``salt`` and ``password_hash`` from ``gateway.credentials``, None for an open one."""

    id: str
    registration: Registration = Registration.ACCEPTED
    name: str | None = None
    site_id: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    security_profile: int = 1
    salt: bytes = b""
    password_hash: bytes | None = None
    protocol: str | None = None
    protocol_override: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """Named members to set on a row, e.g. ``Change({"name": "North 3"}, version=4)``; ``version`` None does not check."""

    values: Mapping[str, Any]
    version: int | None = None


@dataclass(frozen=True, slots=True)
class LoginSession:
    """A signed-in browser."""

    user: User
    csrf: str
    expires_at: datetime
    auth_hash: bytes = field(default=b"", repr=False)


class FactWriter(Protocol):
    """How the persistence actor writes: one transaction for all that has gathered."""

    async def write(self, facts: Sequence[Fact]) -> Sequence[object]:
        """Record facts in order, in one transaction; a result for each: ``Recorded`` for session facts, None for others,
        a ``Poison`` instance (not raised) for one that PostgreSQL will never take, isolated from its batch-mates.

        Raises StoreUnavailable when nothing of the batch is known to be recorded; writing it again is safe.
        """
        ...


class Store(FactWriter, Protocol):
    """What is stored. Lists are newest first unless said otherwise. Every method may raise StoreUnavailable;
    every list may raise BadCursor."""

    # chargers
    async def chargers(
        self, *, limit: int, cursor: str | None = None, registration: Registration | None = None, search: str | None = None
    ) -> Page[Charger]: ...  # by id, ascending
    async def charger(self, charger_id: str) -> Charger | None: ...
    async def count_chargers(self) -> int: ...
    async def add_charger(self, new: NewCharger, by: str) -> Charger: ...  # AlreadyExists
    async def provision_chargers(self, new: Sequence[NewCharger], by: str) -> Mapping[str, Credential]: ...  # known ones too
    async def change_charger(self, charger_id: str, change: Change, by: str) -> Charger | None: ...  # VersionConflict
    async def remove_charger(self, charger_id: str, by: str) -> bool: ...
    async def set_charger_password(self, charger_id: str, salt: bytes, password_hash: bytes | None, by: str) -> bool: ...
    async def credentials(self, charger_ids: Sequence[str]) -> Mapping[str, Credential]: ...
    async def charger_facts(self, charger_ids: Sequence[str]) -> Mapping[str, ChargerFacts]: ...

    # sessions
    async def sessions(self, query: SessionQuery, *, limit: int, cursor: str | None = None) -> Page[Session]: ...
    def stream_sessions(self, query: SessionQuery) -> AsyncIterator[Session]: ...
    async def session(self, session_id: int) -> Session | None: ...
    async def session_by_transaction(self, charger_id: str, transaction_id: str) -> Session | None: ...
    async def meter_values(self, session_id: int, *, limit: int, cursor: str | None = None) -> Page[MeterRow]: ...  # oldest first
    async def resolve(self, resolution: Resolution, by: str) -> Sequence[Session] | None:
        """What an operator decides of a session: recorded with its audit entry and events; the sessions that it touched, the one
        in question first, or None when there is none of that id. Raises NotNow, BadDecision (``domain.resolution``)."""
        ...

    async def open_sessions_of_tag(self, id_tag: str) -> Sequence[Session]: ...

    # tags; compared without case
    async def tags(self, *, limit: int, cursor: str | None = None, status: str | None = None, search: str | None = None) -> Page[Tag]: ...
    async def tag(self, id_tag: str) -> Tag | None: ...
    async def tags_named(self, id_tags: Sequence[str]) -> Mapping[str, Tag]: ...  # by folded id (domain.tag.fold_tag)
    async def add_tag(self, tag: Tag, by: str) -> Tag: ...  # AlreadyExists
    async def change_tag(self, id_tag: str, change: Change, by: str) -> Tag | None: ...  # VersionConflict
    async def remove_tag(self, id_tag: str, by: str) -> bool: ...
    async def import_tags(self, tags: Sequence[Tag], by: str) -> tuple[int, int]: ...  # (added, changed)

    # commands, messages, events, frames put aside
    async def command(self, command_id: str) -> Command | None: ...
    async def commands(self, charger_id: str, *, limit: int, cursor: str | None = None) -> Page[Command]: ...
    async def messages(self, query: MessageQuery, *, limit: int, cursor: str | None = None) -> Page[MessageRow]: ...
    async def events_after(self, event_id: int, *, limit: int) -> Sequence[Event]: ...  # oldest first
    async def first_event_id(self) -> int: ...  # the oldest that is kept, 0 when none
    async def last_event_id(self) -> int: ...  # 0 when none
    async def kept_frames(self, query: FrameQuery, *, limit: int, cursor: str | None = None) -> Page[KeptFrame]: ...
    async def kept_frame(self, frame_id: int) -> KeptFrame | None: ...
    async def settle_frame(self, frame_id: int, result: Redriven, by: str) -> KeptFrame | None: ...  # NotNow
    async def discard_frame(self, frame_id: int, reason: str, by: str) -> KeptFrame | None: ...  # NotNow
    async def variables(self, charger_id: str) -> Sequence[Mapping[str, Any]]: ...

    # people and tokens
    async def users(self) -> Sequence[User]: ...
    async def user_secret(self, name: str) -> tuple[User, str] | None: ...  # the user and the argon2id hash
    async def add_user(self, name: str, role: Role, password_hash: str, by: str) -> User: ...  # AlreadyExists
    async def change_user(self, user_id: int, change: Change, by: str) -> User | None: ...  # role, disabled, password_hash
    async def open_login(self, user_id: int, secret_hash: bytes, csrf: str, expires_at: datetime) -> None: ...
    async def login(self, secret_hash: bytes) -> LoginSession | None: ...  # None when unknown, expired or its user disabled
    async def close_login(self, secret_hash: bytes) -> None: ...
    async def add_login_link(self, user_id: int, secret_hash: bytes, expires_at: datetime) -> None: ...
    async def use_login_link(self, secret_hash: bytes) -> User | None: ...  # works once
    async def tokens(self) -> Sequence[Token]: ...
    async def add_token(
        self, name: str, prefix: str, secret_hash: bytes, scopes: frozenset[Scope], expires_at: datetime | None, by: str
    ) -> Token: ...
    async def token(self, secret_hash: bytes) -> Token | None: ...  # None when unknown, revoked or expired; notes the use
    async def revoke_token(self, token_id: int, by: str) -> bool: ...
    async def audit(self, *, limit: int, cursor: str | None = None) -> Page[AuditEntry]: ...
    async def record_audit(self, by: str, action: str, target: str, detail: Mapping[str, Any]) -> None: ...

    # the whole
    async def secret(self, name: str) -> bytes: ...  # 32 random bytes of that name, made at the first call, then the same
    async def ping(self) -> None: ...
    async def time(self) -> datetime: ...
    async def prepare_partitions(self) -> None: ...  # daily: the partitions of the time to come
    def listen(self) -> AsyncIterator[Notice]: ...


class Notice(NamedTuple):
    """What PostgreSQL NOTIFYs: ``kind`` is ``tag``, ``charger``, ``token``, ``user`` or ``events``; ``key`` whose, empty = all.

    ``listen`` reconnects by itself; after a gap it gives ``Notice("tag", "")`` and so on, so that caches forget everything.
    """

    kind: str
    key: str
