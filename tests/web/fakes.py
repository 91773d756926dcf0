"""Small stand-ins for what the web meets through ports: the living fleet, the waiting room, the clock, a log of events."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from voltaro.domain.charger import Boot, Connection, Connector, ConnectorState
from voltaro.domain.charger_state import LiveState
from voltaro.domain.command import Command, CommandState, Order
from voltaro.domain.event import Event
from voltaro.domain.session import Session
from voltaro.ports import (
    ActorNode,
    ChargerLive,
    Dialect,
    Fault,
    FaultsOff,
    InvalidPayload,
    KeptFrame,
    NotConnected,
    PresentedTag,
    Pulse,
    Redriven,
    Stranger,
    UnknownAction,
    UnknownTarget,
)
from web.charger_views import live_state


class TurnableClock:
    """The real time, and what a test adds to it."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time() + self.ahead.total_seconds()

    def advance(self, seconds: float) -> None:
        self.ahead += timedelta(seconds=seconds)


class OneActionDialect:
    """A dialect that knows Reset and wants its type."""

    protocol = "ocpp1.6"

    def actions(self) -> Sequence[str]:
        return ["Reset"]

    def request_schema(self, action: str) -> Mapping[str, Any]:
        return {"type": "object", "required": ["type"], "properties": {"type": {"enum": ["Hard", "Soft"]}}}


@dataclass
class FakeFleet:
    """A fleet of chargers that are live because a test says so; commands settle when a test lets them."""

    chargers: dict[str, ChargerLive] = field(default_factory=dict)
    orders: list[tuple[str, Order]] = field(default_factory=list)
    calls: list[tuple[str, str, Mapping[str, Any], str]] = field(default_factory=list)
    disconnected: list[str] = field(default_factory=list)
    told: list[Session] = field(default_factory=list)
    redrives: list[Redriven | Exception] = field(default_factory=list)
    watching: dict[str, int] = field(default_factory=dict)
    presented: list[PresentedTag] = field(default_factory=list)
    failure: Exception | None = None
    knows: str | None = None
    """An action that is taken as it is, beside Reset."""
    settles_as: CommandState | None = None
    faults_made: dict[str, Fault] | None = None
    resting: dict[str, tuple[int, datetime | None]] = field(default_factory=dict)
    felt: Pulse = field(default_factory=lambda: Pulse(0.2, 0.3))

    def connect(self, charger_id: str, connectors: Sequence[Connector] = (), sessions: Mapping[int, Session] | None = None) -> None:
        now = datetime.now(UTC)
        actor = ActorNode(f"charger/{charger_id}", "charger", "running", 2, 0)
        self.chargers[charger_id] = ChargerLive(
            Connection.ONLINE, "ocpp1.6", now, now, "127.0.0.1:40000", tuple(connectors), dict(sessions or {}), actor
        )

    async def live(self, charger_ids: Iterable[str]) -> Mapping[str, ChargerLive]:
        return {charger_id: self.chargers[charger_id] for charger_id in charger_ids if charger_id in self.chargers}

    async def states(self) -> Mapping[str, LiveState]:
        return {charger_id: live_state(live) for charger_id, live in self.chargers.items()}

    async def online(self) -> Mapping[str, int]:
        return {"online": len(self.chargers), "suspect": 0, "charging": 0}

    async def standing(self) -> Mapping[str, ChargerLive]:
        return dict(self.chargers)

    def quarantined(self) -> Mapping[str, tuple[int, datetime | None]]:
        return dict(self.resting)

    async def command(self, charger_id: str, action: str, payload: Mapping[str, Any], by: str, key: str | None = None) -> Command:
        self._must_be_here(charger_id)
        if action == self.knows:
            self.calls.append((charger_id, action, payload, by))
            return self._made(charger_id, action, payload, by)
        if action != "Reset":
            raise UnknownAction(f"ocpp1.6 has no action {action}")
        if payload.get("type") not in ("Hard", "Soft"):
            raise InvalidPayload("/type", "is neither Hard nor Soft")
        self.calls.append((charger_id, action, payload, by))
        return self._made(charger_id, action, payload, by)

    async def order(self, charger_id: str, order: Order, by: str, key: str | None = None) -> Command:
        self._must_be_here(charger_id)
        self.orders.append((charger_id, order))
        return self._made(charger_id, type(order).__name__, {}, by)

    async def settled(self, command: Command, timeout_s: float, *, effective: bool = False) -> Command:
        if self.settles_as is None:
            return command
        return replace(command, state=self.settles_as, response={"status": "Accepted"}, answered_at=datetime.now(UTC))

    async def dialect(self, charger_id: str) -> Dialect:
        self._must_be_here(charger_id)
        return OneActionDialect()  # type: ignore[return-value]

    async def disconnect(self, charger_id: str, reason: str) -> bool:
        self.disconnected.append(charger_id)
        return self.chargers.pop(charger_id, None) is not None

    async def resolved(self, session: Session) -> None:
        self.told.append(session)

    async def redrive(self, frame: KeptFrame) -> Redriven:
        result = self.redrives.pop(0)
        if isinstance(result, Exception):
            raise result
        return result

    def presented_tags(self) -> Sequence[PresentedTag]:
        return self.presented

    async def tree(self) -> ActorNode:
        children = tuple(live.actor for live in self.chargers.values())
        return ActorNode(
            "root", "supervisor", "running", 0, 0, children=(ActorNode("chargers", "supervisor", "running", 0, 0, children=children),)
        )

    async def inject(self, target: str, kind: str, times: int, at: str | None) -> Fault:
        if self.faults_made is None:
            raise FaultsOff
        if target not in ("registry", *(f"charger/{charger_id}" for charger_id in self.chargers)):
            raise UnknownTarget(f"there is no actor {target}")
        fault = Fault(f"f{len(self.faults_made) + 1}", target, kind, datetime.now(UTC), times, at)
        self.faults_made[fault.id] = fault
        return fault

    async def fault(self, fault_id: str) -> Fault | None:
        return None if self.faults_made is None else self.faults_made.get(fault_id)

    async def faults(self) -> Sequence[Fault]:
        if self.faults_made is None:
            raise FaultsOff
        return tuple(reversed(self.faults_made.values()))

    def pulse(self) -> Pulse:
        return self.felt

    async def forgive(self, charger_id: str, fingerprint: str) -> bool:
        return False

    async def watch_messages(self, charger_id: str, watching: bool) -> None:
        self.watching[charger_id] = self.watching.get(charger_id, 0) + (1 if watching else -1)

    def _must_be_here(self, charger_id: str) -> None:
        if self.failure is not None:
            raise self.failure
        if charger_id not in self.chargers:
            raise NotConnected

    def _made(self, charger_id: str, action: str, payload: Mapping[str, Any], by: str) -> Command:
        return Command(f"c{len(self.calls) + len(self.orders)}", charger_id, action, payload, CommandState.SENT, datetime.now(UTC), by)


@dataclass
class FakeRoom:
    """A waiting room with the strangers a test puts in."""

    waiting: list[Stranger] = field(default_factory=list)

    def come(self, charger_id: str) -> None:
        self.waiting.append(Stranger(charger_id, "ocpp1.6", "192.0.2.7:4000", datetime.now(UTC), Boot("Acme", "One")))

    def strangers(self) -> Sequence[Stranger]:
        return self.waiting

    def dismiss(self, charger_id: str) -> bool:
        before = len(self.waiting)
        self.waiting = [stranger for stranger in self.waiting if stranger.charger_id != charger_id]
        return len(self.waiting) < before


class EventList:
    """A log of events in memory: the part of the store that the live stream reads."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def append(self, type: str = "charger.booted", charger_id: str | None = "CP1", session_id: int | None = None, **data: Any) -> Event:
        event = Event(self.events[-1].id + 1 if self.events else 1, type, datetime.now(UTC), charger_id, session_id, data)
        self.events.append(event)
        return event

    def retire(self, count: int) -> None:
        del self.events[:count]

    async def events_after(self, event_id: int, *, limit: int) -> Sequence[Event]:
        await asyncio.sleep(0)
        return [event for event in self.events if event.id > event_id][:limit]

    async def first_event_id(self) -> int:
        return self.events[0].id if self.events else 0

    async def last_event_id(self) -> int:
        return self.events[-1].id if self.events else 0


def connector(
    evse_id: int, connector_id: int = 1, status: str = "Available", state: ConnectorState = ConnectorState.AVAILABLE
) -> Connector:
    """A connector as a charger reported it."""
    return Connector(evse_id, connector_id, status, state, "NoError", datetime.now(UTC))


def new_password(given: str | None) -> tuple[str, bytes, bytes]:
    """A stand-in for the gateway's credentials: no hash that anyone should use."""
    if given is not None and len(given) < 8:
        raise ValueError("a charger password has at least 8 characters")
    password = given or "made-by-the-server"
    return password, b"salt", b"hash of " + password.encode()
