"""What needs an operator: rules over how the chargers stand and what is stored, made anew every few seconds.

Rule 1: a rule that waits ("for more than 5 minutes") counts from what the charger said where that can be believed, else from when it was
first seen so. The watch remembers that, and nothing else.
Rule 2: an item has an id made of its kind and what it is about, so that it is the same from round to round, and after a restart.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple, Protocol

from voltaro.domain.charger import ClockOffset, Connection, Connector, ConnectorState
from voltaro.domain.headcount import Present
from voltaro.domain.session import Session

Param = str | int | float | None


class Severity(StrEnum):
    """CRITICAL: money or service is being lost now. WARNING: it soon will be. NOTICE: for a quiet hour."""

    CRITICAL = "critical"
    WARNING = "warning"
    NOTICE = "notice"


class Kind(StrEnum):
    """What is the matter, worst first."""

    QUARANTINED = "quarantined"
    FAULTED = "faulted"
    SECURITY_EVENT = "security_event"
    OFFLINE_IN_SESSION = "offline_in_session"
    UNKNOWN_CHARGER = "unknown_charger"
    NO_PROGRESS = "no_progress"
    NO_METER_VALUES = "no_meter_values"
    OFFLINE = "offline"
    NOT_STARTED = "not_started"
    RESTLESS = "restless"
    UNRESOLVED_SESSIONS = "unresolved_sessions"
    DEAD_LETTERS = "dead_letters"
    CERTIFICATE_EXPIRES = "certificate_expires"
    SUSPENDED = "suspended"
    CLOCK_OFF = "clock_off"
    NEVER_CONNECTED = "never_connected"


SEVERITIES: Mapping[Kind, Severity] = {
    Kind.QUARANTINED: Severity.CRITICAL,
    Kind.FAULTED: Severity.CRITICAL,
    Kind.SECURITY_EVENT: Severity.CRITICAL,
    Kind.OFFLINE_IN_SESSION: Severity.CRITICAL,
    Kind.UNKNOWN_CHARGER: Severity.WARNING,
    Kind.NO_PROGRESS: Severity.WARNING,
    Kind.NO_METER_VALUES: Severity.WARNING,
    Kind.OFFLINE: Severity.WARNING,
    Kind.NOT_STARTED: Severity.WARNING,
    Kind.RESTLESS: Severity.WARNING,
    Kind.UNRESOLVED_SESSIONS: Severity.WARNING,
    Kind.DEAD_LETTERS: Severity.WARNING,
    Kind.CERTIFICATE_EXPIRES: Severity.WARNING,
    Kind.SUSPENDED: Severity.NOTICE,
    Kind.CLOCK_OFF: Severity.NOTICE,
    Kind.NEVER_CONNECTED: Severity.NOTICE,
}
KIND_RANK = {kind: rank for rank, kind in enumerate(Kind)}


@dataclass(frozen=True, slots=True)
class Patience:
    """How long something may last before it needs attention."""

    offline: timedelta = timedelta(minutes=15)
    not_started: timedelta = timedelta(minutes=5)
    stalled: timedelta = timedelta(minutes=15)
    unmetered: timedelta = timedelta(minutes=10)
    suspended: timedelta = timedelta(hours=2)
    offline_in_session: timedelta = timedelta(minutes=1)
    certificate: timedelta = timedelta(days=30)
    security: timedelta = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Item:
    """Something that needs attention; ``params`` are figures and names for the words about it."""

    id: str
    kind: Kind
    since: datetime | None
    charger_id: str | None = None
    evse_id: int | None = None
    session_id: int | None = None
    params: Mapping[str, Param] = field(default_factory=dict)

    @property
    def severity(self) -> Severity:
        return SEVERITIES[self.kind]

    @property
    def order(self) -> tuple[int, float, str]:
        """Worst kind first, in it the oldest; then by id, so that no two are alike."""
        return KIND_RANK[self.kind], 0.0 if self.since is None else self.since.timestamp(), self.id


@dataclass(frozen=True, slots=True)
class Mute:
    """An item that shall not be shown until then."""

    item: str
    kind: Kind
    charger_id: str | None
    until: datetime
    note: str | None
    muted_by: str
    muted_at: datetime


class Heap(NamedTuple):
    """Many of a sort that are shown as one: how many, and since when."""

    waiting: int
    oldest: datetime | None


NOTHING = Heap(0, None)


class OpenSession(NamedTuple):
    """A session that runs, as it is stored."""

    session_id: int
    charger_id: str
    evse_id: int | None
    started_at: datetime


class Expiring(NamedTuple):
    """A charger whose newest certificate ends soon, or has ended."""

    charger_id: str
    common_name: str | None
    not_after: datetime


class Alarm(NamedTuple):
    """Security events of one type that a charger has reported lately."""

    charger_id: str
    type: str
    times: int
    newest: datetime


@dataclass(frozen=True, slots=True)
class Troubles:
    """What is stored and no live view shows. ``unseen`` are accepted chargers that were not seen for a while, one with an open session
    for a shorter one: charger, last seen (None: never), made known."""

    unseen: Sequence[tuple[str, datetime | None, datetime]] = ()
    open_sessions: Sequence[OpenSession] = ()
    unresolved: Heap = NOTHING
    dead_letters: Heap = NOTHING
    expiring: Sequence[Expiring] = ()
    alarms: Sequence[Alarm] = ()


class Live(Present, Protocol):
    """The part of ``ports.ChargerLive`` that the rules look at."""

    @property
    def restless(self) -> bool: ...
    @property
    def clock(self) -> ClockOffset | None: ...


class Waiting(Protocol):
    """The part of ``ports.Stranger`` that the rules look at."""

    @property
    def charger_id(self) -> str: ...
    @property
    def protocol(self) -> str: ...
    @property
    def remote(self) -> str: ...
    @property
    def since(self) -> datetime: ...


_LASTING = frozenset({ConnectorState.PREPARING, ConnectorState.CHARGING, ConnectorState.SUSPENDED_EV, ConnectorState.SUSPENDED_EVSE})
_PAUSED = frozenset({ConnectorState.SUSPENDED_EV, ConnectorState.SUSPENDED_EVSE})


class Watch:
    """Looks at every charger in each round: ``charger`` for each, then ``rest``, which ends the round."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._states: dict[tuple[str, int, int], tuple[ConnectorState, datetime]] = {}
        self._energies: dict[int, tuple[int, datetime]] = {}
        self._next_states: dict[tuple[str, int, int], tuple[ConnectorState, datetime]] = {}
        self._next_energies: dict[int, tuple[int, datetime]] = {}

    def charger(self, charger_id: str, live: Live, now: datetime) -> Iterator[Item]:
        """What is the matter with a charger that has an actor."""
        if live.restless:
            yield _item(Kind.RESTLESS, None, charger_id)
        if live.connection is Connection.OFFLINE:
            return
        clock_is_off = live.clock is not None and live.clock.is_off
        if live.clock is not None and clock_is_off:
            yield _item(Kind.CLOCK_OFF, live.clock.measured_at, charger_id, params={"offset_s": round(live.clock.offset_s)})
        for connector in live.connectors:
            if connector.state is ConnectorState.FAULTED:
                error = connector.error_code if connector.error_code != "NoError" else None
                since = now if clock_is_off else min(connector.updated_at, now)
                yield _item(Kind.FAULTED, since, charger_id, connector, params={"error_code": error, "status": connector.status})
            elif connector.state in _LASTING:
                yield from self._lasting(charger_id, connector, live.sessions.get(connector.evse_id), now, clock_is_off)

    def rest(
        self,
        troubles: Troubles,
        board: Mapping[str, Live],
        strangers: Iterable[Waiting],
        quarantined: Mapping[str, tuple[int, datetime | None]],
        now: datetime,
    ) -> Iterator[Item]:
        """What is the matter besides. ``quarantined`` are actors by name."""
        self._states, self._next_states = self._next_states, {}
        self._energies, self._next_energies = self._next_energies, {}
        for name, (restarts, failed_at) in quarantined.items():
            charger_id = name.removeprefix("charger/") if name.startswith("charger/") else None
            yield _item(Kind.QUARANTINED, failed_at, charger_id, params={"actor": name, "restarts": restarts}, about=name)
        for stranger in strangers:
            params: dict[str, Param] = {"protocol": stranger.protocol, "remote": stranger.remote}
            yield _item(Kind.UNKNOWN_CHARGER, stranger.since, stranger.charger_id, params=params)
        yield from self._unseen(troubles, board, now)
        for alarm in troubles.alarms:
            params = {"type": alarm.type, "count": alarm.times}
            yield _item(Kind.SECURITY_EVENT, alarm.newest, alarm.charger_id, params=params, about=f"{alarm.charger_id} {alarm.type}")
        for expiring in troubles.expiring:
            params = {"common_name": expiring.common_name, "not_after": expiring.not_after.isoformat().replace("+00:00", "Z")}
            yield _item(Kind.CERTIFICATE_EXPIRES, None, expiring.charger_id, params=params)
        for kind, heap in ((Kind.UNRESOLVED_SESSIONS, troubles.unresolved), (Kind.DEAD_LETTERS, troubles.dead_letters)):
            if heap.waiting:
                yield _item(kind, heap.oldest, None, params={"count": heap.waiting})

    def _lasting(self, charger_id: str, connector: Connector, session: Session | None, now: datetime, clock_is_off: bool) -> Iterator[Item]:
        state, since = connector.state, self._since(charger_id, connector, now, clock_is_off)
        if state is ConnectorState.PREPARING:
            if now - since >= self._patience.not_started:
                yield _item(Kind.NOT_STARTED, since, charger_id, connector, session)
        elif state in _PAUSED:
            if now - since >= self._patience.suspended:
                by = "car" if state is ConnectorState.SUSPENDED_EV else "charger"
                yield _item(Kind.SUSPENDED, since, charger_id, connector, session, {"by": by})
        elif session is not None:
            energy_wh, stands_since = self._energies.get(session.id, (None, since))
            if energy_wh != session.energy_wh:
                stands_since = max(since, session.received_at) if energy_wh is None and not session.energy_wh else now
            self._next_energies[session.id] = session.energy_wh, stands_since
            is_measured = bool(session.energy_wh) or session.power_w is not None or session.soc_percent is not None
            if not is_measured:
                if now - stands_since >= self._patience.unmetered:
                    yield _item(Kind.NO_METER_VALUES, stands_since, charger_id, connector, session)
            elif now - stands_since >= self._patience.stalled:
                yield _item(Kind.NO_PROGRESS, stands_since, charger_id, connector, session, {"energy_wh": session.energy_wh})

    def _since(self, charger_id: str, connector: Connector, now: datetime, clock_is_off: bool) -> datetime:
        """Since when a connector is in its state. Of a 2.x ``Occupied`` that is told apart by its session, the charger's time says when
        the car came."""
        key = (charger_id, connector.evse_id, connector.connector_id)
        known = self._states.get(key)
        if known is not None and known[0] is connector.state:
            since = known[1]
        elif clock_is_off or (connector.status == "Occupied" and (known is not None or connector.state is not ConnectorState.PREPARING)):
            since = now
        else:
            since = min(connector.updated_at, now)
        self._next_states[key] = connector.state, since
        return since

    def _unseen(self, troubles: Troubles, board: Mapping[str, Live], now: datetime) -> Iterator[Item]:
        here = {charger_id for charger_id, live in board.items() if live.connection is not Connection.OFFLINE}
        seen = {charger_id: last_seen for charger_id, last_seen, _ in troubles.unseen}
        running: Counter[str] = Counter()
        first: dict[str, OpenSession] = {}
        for session in troubles.open_sessions:
            if session.charger_id in seen and session.charger_id not in here:
                running[session.charger_id] += 1
                first.setdefault(session.charger_id, session)
        for charger_id, count in running.items():
            session = first[charger_id]
            params: dict[str, Param] = {"count": count, "session_id": session.session_id}
            yield _item(Kind.OFFLINE_IN_SESSION, seen[charger_id], charger_id, params=params)
        for charger_id, last_seen, known_since in troubles.unseen:
            if charger_id in here or charger_id in running:
                continue
            if last_seen is None:
                yield _item(Kind.NEVER_CONNECTED, known_since, charger_id)
            elif now - last_seen >= self._patience.offline:
                yield _item(Kind.OFFLINE, last_seen, charger_id)


def _item(
    kind: Kind,
    since: datetime | None,
    charger_id: str | None,
    connector: Connector | None = None,
    session: Session | None = None,
    params: Mapping[str, Param] | None = None,
    *,
    about: str | None = None,
) -> Item:
    evse_id = None if connector is None else connector.evse_id
    if about is None:
        about = f"{charger_id} {evse_id} {None if connector is None else connector.connector_id}"
    made = hashlib.sha256(f"{kind} {about}".encode("utf-8", "replace")).hexdigest()[:16]
    return Item(made, kind, since, charger_id, evse_id, None if session is None else session.id, params or {})
