"""Facts: what the charger actors ask to be recorded, and its durability class.

Class A is answered after its COMMIT; class B may lose a second on power loss and heals itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from voltaro.domain.anomaly import Anomaly
from voltaro.domain.certificate import CertificateDetails, CertificateState
from voltaro.domain.charger import Boot, ConnectorReport, ConnectorState, Registration, ServiceWish
from voltaro.domain.charging import HeldProfile
from voltaro.domain.command import Command
from voltaro.domain.configuration import ReadKey
from voltaro.domain.job import Job
from voltaro.domain.local_list import ListEntry
from voltaro.domain.meter import Sample
from voltaro.domain.profiles import RotationState, UpgradeState
from voltaro.domain.reservation import ReservationState, ReservationWish
from voltaro.domain.resolution import Resolution
from voltaro.domain.session import EndSession, StartSession, TransactionEvent


@dataclass(frozen=True, slots=True)
class ChargerConnected:
    """A charger's line came up. Class B, with the event ``charger.connected``."""

    charger_id: str
    protocol: str
    remote: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ChargerDisconnected:
    """A charger's line went down. Class B, with the event ``charger.disconnected``."""

    charger_id: str
    code: int
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ChargerBooted:
    """A BootNotification and our verdict. Class A, with the event ``charger.booted``."""

    charger_id: str
    boot: Boot
    registration: Registration
    protocol: str
    at: datetime


class ConnectorReported(NamedTuple):
    """A connector's status changed. Class B, with the event ``connector.status``."""

    charger_id: str
    report: ConnectorReport
    state: ConnectorState
    received_at: datetime


@dataclass(frozen=True, slots=True)
class AvailabilitySet:
    """A charger has agreed to be in or out of service, wholly or in part. Class A."""

    charger_id: str
    wish: ServiceWish


@dataclass(frozen=True, slots=True)
class ChargerSeen:
    """When a charger was last heard. Class B; coalesced."""

    charger_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SessionStartReported:
    """A 1.6 start with the verdict on its tag. Class A; result: ``Recorded`` with the session, new or the one it repeats."""

    start: StartSession
    authorization: str
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SessionEndReported:
    """A 1.6 stop. Class A; result: ``Recorded``. One of an unknown transaction becomes an unresolved session."""

    stop: EndSession


@dataclass(frozen=True, slots=True)
class TransactionReported:
    """A 2.x TransactionEvent with the verdict on its token, if it carried one. Class A; result: ``Recorded``."""

    event: TransactionEvent
    authorization: str | None = None


class MeterReported(NamedTuple):
    """Samples of one MeterValues (1.6, 2.x) or of one transaction message. Class A with a session, else B.

    A NamedTuple: the most frequent fact of all. ``transaction_id`` is what the charger sent, and finds the
    session of late data when ``session_id`` is not known.
    """

    charger_id: str
    evse_id: int
    session_id: int | None
    transaction_id: str | None
    received_at: datetime
    samples: tuple[Sample, ...]


@dataclass(frozen=True, slots=True)
class SessionMetered:
    """The running figures of an active session. Class B; coalesced, the newest wins."""

    session_id: int
    register_wh: int | None
    base_wh: int | None
    carried_wh: int
    energy_wh: int
    power_w: int | None
    soc_percent: int | None
    at: datetime
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SessionsLost:
    """1.6 sessions whose stop has not come, and is not awaited any more. Class A, with the event ``session.ended`` for each.

    Result: the sessions that were closed.
    """

    charger_id: str
    session_ids: tuple[int, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class SessionResolved:
    """What an operator decided of a session. Class A, with its events and audit entry.

    Result: the sessions that it touched, the one in question first; None when there is no such session; NotNow or BadDecision.
    """

    resolution: Resolution
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SecurityEventReported:
    """A SecurityEventNotification. Class A, with the event ``charger.security_event``."""

    charger_id: str
    type: str
    at: datetime
    received_at: datetime
    tech_info: str | None = None


@dataclass(frozen=True, slots=True)
class VariablesReported:
    """A page of NotifyReport (2.x B07), kept as reported: a list of ``reportData`` objects. Class A."""

    charger_id: str
    request_id: int
    seq_no: int
    last: bool
    received_at: datetime
    report: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class DeviceEventReported:
    """One ``eventData`` of NotifyEvent (2.x N07), kept as reported. Class A."""

    charger_id: str
    at: datetime
    received_at: datetime
    data: Mapping[str, Any]


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


@dataclass(frozen=True, slots=True)
class CommandChanged:
    """A command was made, sent or answered, or its effect was seen. Class A, with the event ``command.updated``; the newest row wins.

    ``reserved`` is who asked for it under which ``Idempotency-Key``: from now on that key stands for this command.
    """

    command: Command
    reserved: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class ConfigurationAsked:
    """A charger is read by ourselves for the ``attempts``th time since its firmware changed, or that has failed. Class B."""

    charger_id: str
    firmware_version: str | None
    attempts: int
    at: datetime
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class ConfigurationTold:
    """What a charger answered to GetConfiguration; ``whole``: all keys were asked for. Class B, with the event
    ``charger.configuration``. Values of secret keys are not in it."""

    charger_id: str
    keys: tuple[ReadKey, ...]
    unknown: tuple[str, ...]
    at: datetime
    whole: bool


@dataclass(frozen=True, slots=True)
class ConfigurationWritten:
    """What a charger answered to ChangeConfiguration; ``status`` None: nothing valid. Class B, with the event
    ``charger.configuration``; ``value`` None for a secret."""

    charger_id: str
    key: str
    value: str | None
    status: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class ConfigurationRebooted:
    """A charger has booted that had values waiting for it. Class B, with the event ``charger.configuration``."""

    charger_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class LocalListTold:
    """The version of its local list as a charger told it. Class B, with the event ``charger.local_list``."""

    charger_id: str
    version: int
    at: datetime


@dataclass(frozen=True, slots=True)
class LocalListSent:
    """What a charger answered to SendLocalList; ``status`` None: nothing valid. Class B, with the event ``charger.local_list``.

    ``version`` is the one we sent, ``standing`` what the charger holds now (None: not known), ``entries`` what is in it (None: not known).
    """

    charger_id: str
    version: int
    status: str | None
    at: datetime
    standing: int | None = None
    entries: Mapping[str, ListEntry] | None = None
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class JobChanged:
    """A firmware or log job has begun or moved on. Class A, with the event ``job.updated``; the newest row wins."""

    job: Job


@dataclass(frozen=True, slots=True)
class CertificateRequested:
    """A SignCertificate, with why it is refused if it is. Class A, with the event ``certificate.updated``.

    Result: ``(id, refused)``; it is refused too where the common name is another charger's.
    """

    charger_id: str
    csr_digest: str
    common_name: str | None
    certificate_type: str | None
    request_id: int | None
    refused: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class CertificateChanged:
    """A charger's certificate was signed, sent or answered. Class A, with the event ``certificate.updated``; one that was signed
    has an audit entry. ``id`` None: an operator has given it, and it becomes known with the answer."""

    charger_id: str
    id: int | None
    state: CertificateState
    at: datetime
    certificate: CertificateDetails | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class CertificatesReported:
    """Which certificates a charger has: ``found`` are type, hash data and those below, as reported; they replace what was known of
    the types ``asked`` (none: of all). Class A, with the event ``certificate.reported``."""

    charger_id: str
    asked: tuple[str, ...]
    found: tuple[tuple[str, Mapping[str, Any], tuple[Mapping[str, Any], ...]], ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class InstalledCertificateGone:
    """A charger has deleted a certificate, or has none with this hash data (``certificate.hash_key``). Class A, with the event
    ``certificate.reported``."""

    charger_id: str
    key: str
    at: datetime


@dataclass(frozen=True, slots=True)
class EventHappened:
    """An event that has no row but its own (``actor.crashed``, ``charger.anomaly``). Class B."""

    type: str
    at: datetime
    charger_id: str | None
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ProfileHeld:
    """A charger has accepted a charging profile; it replaces that of its id and that of its place. Class A, with the event
    ``charging_profile.set``."""

    charger_id: str
    held: HeldProfile


@dataclass(frozen=True, slots=True)
class ProfilesGone:
    """A charger holds these charging profiles no more. Class A, with the event ``charging_profile.gone``."""

    charger_id: str
    profile_ids: tuple[int, ...]
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ReservationAsked:
    """An operator wants a reservation. Class A, with its audit entry and the event ``reservation.requested``; result: it, numbered."""

    wish: ReservationWish
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ReservationAnswered:
    """What the charger answered to a reservation, None: nothing valid. Class A, with an event; result: the reservation."""

    number: int
    wish: ReservationWish
    answer: str | None
    by: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class ReservationMoved:
    """A reservation has come to another state. Class A, with an event; result: it, or None where it could not come to that."""

    charger_id: str
    number: int
    state: ReservationState
    reason: str
    at: datetime
    transaction_id: str | None = None


@dataclass(frozen=True, slots=True)
class ReservationsDue:
    """The time is ``at``: open reservations that are over expire. Class A, each with an event; result: how many."""

    at: datetime


@dataclass(frozen=True, slots=True)
class PasswordSent:
    """A new password is about to be sent to a charger: from now on it is good beside the old one. Class A, with the event
    ``charger.security``. Result: None, or NotNow where another one is under way."""

    charger_id: str
    salt: bytes
    hash: bytes
    at: datetime


@dataclass(frozen=True, slots=True)
class PasswordAnswered:
    """What the charger answered to the password with this hash; UNKNOWN where no answer came. Class A."""

    charger_id: str
    hash: bytes
    verdict: RotationState
    at: datetime


@dataclass(frozen=True, slots=True)
class ProfileAsked:
    """A charger is about to be told to take a higher profile. Class A. Result: None, or NotNow.

    ``resets``: it is reset when it accepts. After ``until`` it is shown as given up.
    """

    charger_id: str
    profile: int
    resets: bool
    at: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class ProfileAnswered:
    """What the charger answered to that. Class A. Result: whether it is to be reset now."""

    charger_id: str
    profile: int
    verdict: UpgradeState
    at: datetime


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
class AnomalySeen:
    """Something odd that a charger did, ``count`` times since it was last told. Class B; counts add up."""

    charger_id: str
    anomaly: Anomaly
    count: int
    first_seen: datetime
    last_seen: datetime
    message_id: str | None = None


Fact = (
    ChargerConnected
    | ChargerDisconnected
    | ChargerBooted
    | ConnectorReported
    | AvailabilitySet
    | ChargerSeen
    | SessionStartReported
    | SessionEndReported
    | TransactionReported
    | MeterReported
    | SessionMetered
    | SessionsLost
    | SessionResolved
    | SecurityEventReported
    | VariablesReported
    | DeviceEventReported
    | FrameKept
    | ExchangeLogged
    | CommandChanged
    | ConfigurationAsked
    | ConfigurationTold
    | ConfigurationWritten
    | ConfigurationRebooted
    | LocalListTold
    | LocalListSent
    | JobChanged
    | CertificateRequested
    | CertificateChanged
    | CertificatesReported
    | InstalledCertificateGone
    | EventHappened
    | ProfileHeld
    | ProfilesGone
    | ReservationAsked
    | ReservationAnswered
    | ReservationMoved
    | ReservationsDue
    | PasswordSent
    | PasswordAnswered
    | ProfileAsked
    | ProfileAnswered
    | FrameLogged
    | AnomalySeen
)

LOSSY = (
    ChargerConnected,
    ChargerDisconnected,
    ConnectorReported,
    ChargerSeen,
    SessionMetered,
    ExchangeLogged,
    EventHappened,
    ConfigurationAsked,
    ConfigurationTold,
    ConfigurationWritten,
    ConfigurationRebooted,
    LocalListTold,
    LocalListSent,
    FrameLogged,
    AnomalySeen,
)
"""The facts of class B."""


def is_durable(fact: Fact) -> bool:
    """Whether a fact is class A: answered only after a synchronous COMMIT."""
    if type(fact) is MeterReported:
        return fact.session_id is not None or fact.transaction_id is not None
    return not isinstance(fact, LOSSY)
