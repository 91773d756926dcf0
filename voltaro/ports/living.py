"""What lies between the web and the living: the actors, and who is here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeVar

from voltaro.domain.charger import ClockOffset, Connection, Connector, ServiceWish
from voltaro.domain.charger_state import LiveState
from voltaro.domain.command import Command, Order
from voltaro.domain.event import Flash
from voltaro.domain.profiles import Link
from voltaro.domain.session import Session
from voltaro.ports.dialect import Dialect
from voltaro.ports.presented import PresentedTag
from voltaro.ports.storing import KeptFrame, Redriven

T = TypeVar("T")


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
    """What is live about a charger; it overlays ``domain.charger.Charger``. ``sessions`` maps evse id to its open session.

    ``stale`` are the connectors, as (evse, connector), that have not reported themselves since the charger last connected or booted.
    A ``restless`` charger boots again and again, and is asked nothing by us.
    """

    connection: Connection
    protocol: str | None
    connected_since: datetime | None
    last_seen: datetime | None
    remote: str | None
    connectors: tuple[Connector, ...]
    sessions: Mapping[int, Session]
    actor: ActorNode
    stale: frozenset[tuple[int, int]] = frozenset()
    restless: bool = False
    service_wishes: tuple[ServiceWish, ...] = ()
    clock: ClockOffset | None = None
    link: Link | None = None


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

    async def states(self) -> Mapping[str, LiveState]:
        """The state of every charger that has an actor, by id."""
        ...

    async def online(self) -> Mapping[str, int]:
        """How many chargers are online, suspect and charging: ``{"online": 3, "suspect": 0, "charging": 1}``."""
        ...

    async def standing(self) -> Mapping[str, ChargerLive]:
        """How every charger stands that has an actor, as its actor last told it: without ``last_seen``, and ``actor`` is a stand-in."""
        ...

    def quarantined(self) -> Mapping[str, tuple[int, datetime | None]]:
        """The actors in quarantine, by name: their restarts, and when they failed last."""
        ...

    async def command(self, charger_id: str, action: str, payload: Mapping[str, Any], by: str, key: str | None = None) -> Command:
        """Validate, record and send; ``key`` is the ``Idempotency-Key`` that is to stand for it (``Store.reserve_key``).

        Raises NotConnected, CommandsFull, InvalidPayload, UnknownAction, StoreUnavailable, ActorUnavailable."""
        ...

    async def order(self, charger_id: str, order: Order, by: str, key: str | None = None) -> Command:
        """The same in one vocabulary for all versions."""
        ...

    async def sync_local_list(self, charger_id: str, *, full: bool, wait_s: float) -> bool:
        """Have a charger's local authorization list brought up to date; whether that was over within ``wait_s``.

        Raises NotConnected, StoreUnavailable, ActorUnavailable, ActorCrashed.
        """
        ...

    async def settled(self, command: Command, timeout_s: float, *, effective: bool = False) -> Command:
        """The command as soon as it has settled, or ``effective``: as soon as its effect was seen too, or is not awaited any more;
        else as it stands after ``timeout_s``."""
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

    def presented_tags(self) -> Sequence[PresentedTag]:
        """The cards that were shown at chargers of late, newest first: at most a hundred, since the start."""
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

    def has_newcomers(self) -> bool:
        """Whether somebody has come so lately that what is shown only now was told before they heard anything."""
        ...

    def ring(self) -> None:
        """New durable events are committed: read them from the store. Cheap, may be called often."""
        ...
