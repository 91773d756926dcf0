"""How a charger stands: its connectors as last reported and its running sessions. Plain state, kept by its actor."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from datetime import datetime

from actors.running import Running
from voltaro.domain.charger import Connector, ConnectorReport, ConnectorState, connector_state
from voltaro.domain.event import Flash
from voltaro.domain.session import Session, SessionFlag, SessionState
from voltaro.domain.tag import fold_tag

MOST_CONNECTORS = 1000
"""More than any charger has; one that makes them up fills neither memory nor tables."""

MOST_SESSIONS = 1000
"""The same of running sessions. Older ones are found in the store by their transaction id."""


class Standing:
    """Connectors by (evse, connector), running sessions by transaction id. ``stale`` are the connectors that have not reported
    themselves since the charger came back."""

    __slots__ = ("_connectors", "_running", "stale")

    def __init__(self, connectors: Iterable[Connector] = (), sessions: Iterable[Session] = ()) -> None:
        self._connectors = {(connector.evse_id, connector.connector_id): connector for connector in connectors}
        self._running = {session.transaction_id: Running(session) for session in tuple(sessions)[-MOST_SESSIONS:]}
        self.stale: Set[tuple[int, int]] = frozenset(self._connectors)

    def report(self, report: ConnectorReport) -> Connector | None:
        """Take a status report; the connector as it now stands, or None when the report says nothing new, or is of one too many.

        A report that is older than what is known is history, not state (X-15): then the connector stands as it did.
        """
        key = (report.evse_id, report.connector_id)
        current = self._connectors.get(key)
        if current is not None:
            if current.status == report.status and current.error_code == report.error_code:
                return None
            if report.at < current.updated_at:
                return current
        elif len(self._connectors) >= MOST_CONNECTORS:
            return None
        state = self._state(report.evse_id, report.status)
        connector = Connector(report.evse_id, report.connector_id, report.status, state, report.error_code, report.at)
        self._connectors[key] = connector
        return connector

    def status_of(self, report: ConnectorReport) -> str | None:
        """The status that the connector of a report stands in."""
        connector = self._connectors.get((report.evse_id, report.connector_id))
        return None if connector is None else connector.status

    def knows(self, report: ConnectorReport) -> bool:
        """Whether the connector of a report is one of those that stand here."""
        return (report.evse_id, report.connector_id) in self._connectors

    def known(self) -> Set[tuple[int, int]]:
        """The connectors that have ever reported themselves."""
        return self._connectors.keys()

    def outdate(self) -> None:
        """The charger has come back: what is known of its connectors is from before."""
        self.stale = frozenset(self._connectors)

    def freshen(self, report: ConnectorReport) -> bool:
        """Note that a connector has reported itself; whether it had not since the charger came back."""
        key = (report.evse_id, report.connector_id)
        if key not in self.stale:
            return False
        self.stale = self.stale - {key}
        return True

    def take(self, session: Session) -> bool:
        """Hold a session as it is now stored, or let it go when it is over; whether it was running here before."""
        was_running = session.transaction_id in self._running
        if session.state is not SessionState.ACTIVE:
            self._running.pop(session.transaction_id, None)
            return was_running
        if session.protocol == "ocpp1.6":  # a connector has one session: the store has ended the one before
            for other in [running for running in self._running.values() if _gives_way(running.folded, session)]:
                del self._running[other.transaction_id]
        self._running[session.transaction_id] = Running(session)
        if len(self._running) > MOST_SESSIONS:
            del self._running[next(iter(self._running))]
        return was_running

    def running(self, transaction_id: str) -> Running | None:
        return self._running.get(transaction_id)

    def occupied_as(self, evse_id: int | None) -> ConnectorState | None:
        """What an occupied connector of an evse stands in, by its transaction (2.x); None where none is occupied."""
        is_occupied = any(connector.status == "Occupied" for (of, _), connector in self._connectors.items() if of == evse_id)
        return self._state(evse_id, "Occupied") if is_occupied and evse_id is not None else None

    def shown_at(self, evse_id: int) -> str | None:
        """What the first connector of an evse (0: the whole charger) last said."""
        connector = self._connectors.get((evse_id, 1 if evse_id else 0))
        return None if connector is None else connector.status

    def has_tag(self, id_tag: str) -> bool:
        """Whether a session of this tag runs here: asking for it again is asking to stop it."""
        folded = fold_tag(id_tag)
        return any(running.id_tag is not None and fold_tag(running.id_tag) == folded for running in self._running.values())

    def sessions(self) -> Mapping[int, Session]:
        """The running sessions by evse, with their figures as last folded; 0 where the evse is not known yet."""
        return {running.evse_id or 0: running.folded for running in self._running.values()}

    def open_sessions(self) -> tuple[Session, ...]:
        """The running sessions, with their figures as last folded."""
        return tuple(running.folded for running in self._running.values())

    def at(self, evse_id: int, at: datetime) -> Running | None:
        """The one 1.6 session that runs on an evse and began before ``at``; None where there is none, or more than one."""
        found = [running for running in self._running.values() if running.evse_id == evse_id and running.folded.started_at <= at]
        return found[0] if len(found) == 1 else None

    def only_evse(self) -> int | None:
        """The evse of a charger that has reported no more than one."""
        found = {evse_id for evse_id, _ in self._connectors if evse_id} | {running.evse_id for running in self._running.values()}
        return found.pop() if len(found) == 1 else None

    def connectors(self) -> tuple[Connector, ...]:
        """The connectors, with a 2.x ``Occupied`` told apart by its session's charging state."""
        return tuple(self._told_apart(connector) for _, connector in sorted(self._connectors.items()))

    def moved(self) -> Iterator[Running]:
        """Sessions whose figures are newer than what is stored; each is given once."""
        for running in self._running.values():
            if running.session is not running.stored:
                running.stored = running.session
                yield running

    def unshown(self) -> Iterator[Session]:
        """Sessions that have changed since they were last shown; each is given once."""
        for running in self._running.values():
            session = running.session
            if session is not running.shown:
                running.shown = session
                yield session

    def _told_apart(self, connector: Connector) -> Connector:
        if connector.status != "Occupied":
            return connector
        state = self._state(connector.evse_id, connector.status)
        return Connector(connector.evse_id, connector.connector_id, connector.status, state, connector.error_code, connector.updated_at)

    def _state(self, evse_id: int, status: str) -> ConnectorState:
        charging = None
        if status == "Occupied":
            charging = next((running.charging_state for running in self._running.values() if running.evse_id == evse_id), None)
        return connector_state(status, charging)


def _gives_way(running: Session, session: Session) -> bool:
    """Whether the store has ended what runs on a connector for this start: not one that began after it, where its time holds."""
    is_older = running.started_at <= session.started_at or SessionFlag.CLOCK_SUSPECT in session.flags
    return running.evse_id == session.evse_id and is_older


def moving(session: Session, now: datetime) -> Flash:
    """The passing event that shows a running session's figures."""
    data = {
        "id": session.id,
        "charger_id": session.charger_id,
        "evse_id": session.evse_id,
        "connector_id": session.connector_id,
        "transaction_id": session.transaction_id,
        "charging_state": session.charging_state,
        "energy_wh": session.energy_wh,
        "power_w": session.power_w,
        "soc_percent": session.soc_percent,
        "at": now,
    }
    return Flash("session.updated", data, session.charger_id, session.id, key=f"session/{session.id}")
