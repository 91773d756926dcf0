"""What lies between everyone and PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from voltaro.domain.certificate import ChargerCertificate
from voltaro.domain.charger import Charger, Registration, ServiceWish
from voltaro.domain.charging import HeldProfile
from voltaro.domain.command import Command
from voltaro.domain.dead_letter import FrameState
from voltaro.domain.event import Event
from voltaro.domain.fact import Fact
from voltaro.domain.job import Job
from voltaro.domain.meter import Sample
from voltaro.domain.reservation import Reservation
from voltaro.domain.resolution import Resolution
from voltaro.domain.session import Session, SessionState
from voltaro.domain.tag import Tag
from voltaro.ports.anomalies import AnomalyStore
from voltaro.ports.attention import AttentionStore
from voltaro.ports.batches import BatchStore
from voltaro.ports.certificates import CertificateStore
from voltaro.ports.charging import ChargingStore
from voltaro.ports.configuration import ConfigurationFacts, ConfigurationStore
from voltaro.ports.door import Credential
from voltaro.ports.fleet import FleetStore
from voltaro.ports.idempotency import IdempotencyStore
from voltaro.ports.jobs import JobStore
from voltaro.ports.journal import JournalStore
from voltaro.ports.local_list import LocalListFacts, LocalListStore
from voltaro.ports.ordering import TagOrder
from voltaro.ports.people import DriverRecords, PeopleRecords
from voltaro.ports.rows import Change, Page
from voltaro.ports.security import SecurityRecords
from voltaro.ports.session_stories import SessionOrder, SessionStoryStore, SessionTotals
from voltaro.ports.simulation import SimulatedRecords
from voltaro.ports.sites import FiguresStore, SiteStore
from voltaro.ports.system import SystemRecords
from voltaro.ports.timeline import NoteStore, TimelineStore
from voltaro.ports.variables import VariableStore


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
class SessionQuery:
    """Filters of the session list; None does not filter. Newest first by (started_at, id), unless ``order`` says otherwise.

    ``flags``: any of these, or where it is empty and ``flagged``, any at all. ``site_id`` is that of the charger as it now stands,
    ``driver_id`` that of whose the tag was when the session began.
    """

    charger_id: str | None = None
    id_tag: str | None = None
    state: SessionState | None = None
    started_after: datetime | None = None
    started_before: datetime | None = None
    driver_id: int | None = None
    site_id: str | None = None
    energy_at_least_wh: int | None = None
    flags: tuple[str, ...] = ()
    flagged: bool = False
    order: SessionOrder = SessionOrder.NEWEST


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
    configuration: ConfigurationFacts | None = None
    local_list: LocalListFacts | None = None
    profiles: tuple[HeldProfile, ...] = ()
    reservations: tuple[Reservation, ...] = ()
    """The open ones."""
    open_commands: tuple[Command, ...] = ()
    """Those without an answer, and those whose effect is awaited; oldest first."""
    jobs: tuple[Job, ...] = ()
    """The newest few of each kind, newest first."""
    certificates: tuple[ChargerCertificate, ...] = ()
    """Those that were signed and have not been answered."""
    service_wishes: tuple[ServiceWish, ...] = ()


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


class FactWriter(Protocol):
    """How the persistence actor writes: one transaction for all that has gathered."""

    async def write(self, facts: Sequence[Fact]) -> Sequence[object]:
        """Record facts in order, in one transaction; a result for each: ``Recorded`` for session facts, None for others,
        a ``Poison`` instance (not raised) for one that PostgreSQL will never take, isolated from its batch-mates.

        Raises StoreUnavailable when nothing of the batch is known to be recorded; writing it again is safe.
        """
        ...


class Store(
    FactWriter,
    FleetStore,
    BatchStore,
    SecurityRecords,
    JournalStore,
    IdempotencyStore,
    AnomalyStore,
    JobStore,
    CertificateStore,
    ConfigurationStore,
    LocalListStore,
    ChargingStore,
    SimulatedRecords,
    SystemRecords,
    PeopleRecords,
    DriverRecords,
    SiteStore,
    FiguresStore,
    AttentionStore,
    SessionStoryStore,
    TimelineStore,
    NoteStore,
    VariableStore,
    Protocol,
):
    """What is stored. Lists are newest first unless said otherwise. Every method may raise StoreUnavailable;
    every list may raise BadCursor."""

    # chargers
    async def chargers(
        self,
        *,
        limit: int,
        cursor: str | None = None,
        registration: Registration | None = None,
        search: str | None = None,
        site_id: str | None = None,
    ) -> Page[Charger]: ...  # by id, ascending
    async def charger(self, charger_id: str) -> Charger | None: ...
    async def count_chargers(self) -> int: ...
    async def add_charger(self, new: NewCharger, by: str) -> Charger: ...  # AlreadyExists, UnknownSite
    async def provision_chargers(self, new: Sequence[NewCharger], by: str) -> Mapping[str, Credential]: ...  # known ones too
    async def change_charger(
        self, charger_id: str, change: Change, by: str, *, credential: tuple[bytes, bytes | None] | None = None
    ) -> Charger | None:
        """Set named members and, where one is given, the credential (see ``set_charger_password``), all or nothing; None when it is not
        known. Raises VersionConflict, UnknownSite; ValueError for what may not be set."""
        ...

    async def remove_charger(self, charger_id: str, by: str, version: int | None = None) -> bool: ...  # VersionConflict
    async def set_charger_password(self, charger_id: str, salt: bytes, password_hash: bytes | None, by: str) -> bool: ...
    async def charger_facts(self, charger_ids: Sequence[str]) -> Mapping[str, ChargerFacts]: ...

    # sessions
    async def sessions(self, query: SessionQuery, *, limit: int, cursor: str | None = None) -> Page[Session]:
        """A page looks at a bounded number of rows: it may have fewer items than ``limit``, even none, and yet a ``next``."""
        ...

    def stream_sessions(self, query: SessionQuery) -> AsyncIterator[Session]: ...
    async def session_totals(self, query: SessionQuery) -> SessionTotals: ...
    async def session(self, session_id: int) -> Session | None: ...
    async def session_by_transaction(self, charger_id: str, transaction_id: str) -> Session | None: ...
    async def meter_values(
        self, session_id: int, *, limit: int, cursor: str | None = None, signed_only: bool = False
    ) -> Page[MeterRow]: ...  # oldest first
    async def signed_value(self, session_id: int, value_id: int) -> MeterRow | None: ...
    async def resolve(self, resolution: Resolution, by: str) -> Sequence[Session] | None:
        """What an operator decides of a session: recorded with its audit entry and events; the sessions that it touched, the one
        in question first, or None when there is none of that id. Raises NotNow, BadDecision (``domain.resolution``)."""
        ...

    async def open_sessions_of_tag(self, id_tag: str) -> Sequence[Session]: ...

    # tags; compared without case
    async def tags(
        self,
        *,
        limit: int,
        cursor: str | None = None,
        status: str | None = None,
        search: str | None = None,
        user_id: int | None = None,
        order: TagOrder = TagOrder.NEWEST,
    ) -> Page[Tag]: ...
    async def tag(self, id_tag: str) -> Tag | None: ...
    async def tags_named(self, id_tags: Sequence[str]) -> Mapping[str, Tag]: ...  # by folded id (domain.tag.fold_tag)
    async def add_tag(self, tag: Tag, by: str) -> Tag: ...  # AlreadyExists, UnknownDriver
    async def change_tag(self, id_tag: str, change: Change, by: str) -> Tag | None: ...  # VersionConflict, UnknownDriver
    async def remove_tag(self, id_tag: str, by: str, version: int | None = None) -> bool: ...  # VersionConflict
    async def import_tags(
        self, tags: Sequence[Tag], by: str, *, named: Sequence[Collection[str]] | None = None, dry_run: bool = False
    ) -> tuple[int, int]:
        """Add what is new and change what differs, all or nothing; of a tag twice the last counts. How many were added and changed.

        ``named``: for each tag the members that count where it is known already, all unless given; the others stay as they are.
        ``dry_run`` only counts. Raises UnknownDriver."""
        ...

    # events, frames put aside
    async def events_after(self, event_id: int, *, limit: int) -> Sequence[Event]: ...  # oldest first
    async def first_event_id(self) -> int: ...  # the oldest that is kept, 0 when none
    async def last_event_id(self) -> int: ...  # 0 when none
    async def kept_frames(self, query: FrameQuery, *, limit: int, cursor: str | None = None) -> Page[KeptFrame]: ...
    async def kept_frame(self, frame_id: int) -> KeptFrame | None: ...
    async def settle_frame(self, frame_id: int, result: Redriven, by: str) -> KeptFrame | None: ...  # NotNow
    async def discard_frame(self, frame_id: int, reason: str, by: str) -> KeptFrame | None: ...  # NotNow
    async def variables(self, charger_id: str) -> Sequence[Mapping[str, Any]]: ...

    # the whole
    async def secret(self, name: str) -> bytes: ...  # 32 random bytes of that name, made at the first call, then the same
    async def ping(self) -> None: ...
    async def time(self) -> datetime: ...
    async def prepare_partitions(self) -> None: ...  # daily: the partitions of the time to come
    def listen(self) -> AsyncIterator[Notice]: ...


class Notice(NamedTuple):
    """What PostgreSQL NOTIFYs: ``kind`` is ``tag``, ``driver``, ``charger``, ``charger_removed``, ``token``, ``user``, ``events`` or
    ``local_list``; ``key`` whose, empty = all.

    ``listen`` reconnects by itself; after a gap it gives ``Notice("tag", "")`` and so on, so that caches forget everything.
    """

    kind: str
    key: str
