"""Writing facts in batches: one transaction for all that has gathered.

Rule 1: a batch is committed as a whole, or StoreUnavailable says that nothing is known of it. Writing it again is safe:
sessions, their events and samples, commands and frames are known by their content; what has no content to be known by (the
lines of the message log, the events of connections, boots and connectors) is class B or an echo, and then stands twice.
Rule 2: a fact that PostgreSQL will never take costs nobody else: the batch is begun anew and halved under savepoints until
the fact stands alone. Its result is the ``Poison``.
Rule 3: ``synchronous_commit`` is off only for a batch without class A and without events.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any

import psycopg

from persistence import certificates, charging, configuration, local_lists, reports, reservations, rotations, variables
from persistence.anomalies import write_anomalies
from persistence.availability import write_availability
from persistence.commands import write_commands
from persistence.database import Database
from persistence.dead_letters import write_frames
from persistence.errors import sort
from persistence.jobs import write_jobs
from persistence.late import write_lost
from persistence.messages import write_exchanges, write_frames_logged
from persistence.outcome import Items, Outcome, event_rows
from persistence.resolutions import write_resolutions
from persistence.samples import Kinds, insert_samples
from persistence.session_starts import write_starts
from persistence.session_stops import write_stops
from persistence.transactions import write_transactions
from persistence.wire import STATEMENT_TIMEOUT, Wire
from voltaro.domain.fact import (
    AnomalySeen,
    AvailabilitySet,
    CertificateChanged,
    CertificateRequested,
    CertificatesReported,
    ChargerBooted,
    ChargerConnected,
    ChargerDisconnected,
    ChargerSeen,
    CommandChanged,
    ConfigurationAsked,
    ConfigurationRebooted,
    ConfigurationTold,
    ConfigurationWritten,
    ConnectorReported,
    DeviceEventReported,
    EventHappened,
    ExchangeLogged,
    Fact,
    FrameKept,
    FrameLogged,
    InstalledCertificateGone,
    JobChanged,
    LocalListSent,
    LocalListTold,
    MeterReported,
    PasswordAnswered,
    PasswordSent,
    ProfileAnswered,
    ProfileAsked,
    ProfileHeld,
    ProfilesGone,
    ReservationAnswered,
    ReservationAsked,
    ReservationMoved,
    ReservationsDue,
    SecurityEventReported,
    SessionEndReported,
    SessionMetered,
    SessionResolved,
    SessionsLost,
    SessionStartReported,
    TransactionReported,
    VariablesReported,
    VariablesTold,
    VariablesWritten,
    is_durable,
)
from voltaro.domain.meter import Sample
from voltaro.ports import Poison, StoreUnavailable

Numbered = Sequence[tuple[int, Fact]]
_Part = Callable[[Wire, Items[Any], Outcome], Awaitable[None]]

_TROUBLE = (psycopg.Error, OSError, ValueError, OverflowError, TypeError)
"""What goes wrong while writing: PostgreSQL's errors, and values that cannot be encoded."""

BY_KEY = "SET enable_seqscan TO off; SET enable_hashjoin TO off; SET enable_mergejoin TO off"
"""The writer finds every row by a key. A plan made while a table is young would read the whole of it, and a prepared statement
keeps its plan until the table is next analysed: by then every start would read thousands of sessions. For the same reason the
statements that find sessions do so in a LATERAL with FOR UPDATE, which the planner cannot turn around."""

_RECORD_EVENTS = "SELECT record_events($1::json)"


class Writer:
    """Holds one connection. Batches are written one after the other."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._wire: Wire | None = None
        self._kinds = Kinds()
        self._turn = asyncio.Lock()

    async def write(self, facts: Sequence[Fact]) -> Sequence[object]:
        """See ``ports.FactWriter.write``."""
        if not facts:
            return []
        async with self._turn:
            try:
                return await self._write(await self._connected(), facts)
            except _TROUBLE as error:
                await self.close()
                sorted_error = sort(error)
                if isinstance(sorted_error, Poison):
                    raise StoreUnavailable(f"a batch could not be written as a whole: {sorted_error}") from error
                raise sorted_error from error
            except BaseException:
                await self.close()
                raise

    async def close(self) -> None:
        """Give the connection back; the next batch opens another."""
        wire, self._wire = self._wire, None
        if wire is not None:
            with suppress(psycopg.Error):
                await wire.close()

    async def _connected(self) -> Wire:
        if self._wire is None or not self._wire.usable:
            try:
                # Held at once: whoever is cancelled while it is made ready closes it.
                self._wire = Wire(await self._database.connect(autocommit=True))
                await self._wire.script(f"{BY_KEY}; {STATEMENT_TIMEOUT}")
            except (psycopg.Error, OSError) as error:
                raise sort(error) from error
        return self._wire

    async def _write(self, wire: Wire, facts: Sequence[Fact]) -> Sequence[object]:
        metered = [fact for fact in facts if type(fact) is MeterReported]
        if len(metered) == len(facts) and await self._write_samples_alone(wire, metered):
            return [None] * len(facts)
        await self._kinds.learn(wire, [samples for fact in facts if (samples := _samples_of(fact))])
        durable = any(map(is_durable, facts)) or any(isinstance(fact, _TELLING) for fact in facts)
        begin = "BEGIN" if durable else "BEGIN; SET LOCAL synchronous_commit TO off"
        numbered = list(enumerate(facts))
        outcome = Outcome(dict.fromkeys(range(len(facts))))
        await wire.script(begin)
        try:
            outcome.merge(await _write_all(wire, numbered, self._kinds))
            if outcome.events:
                await wire.rows(_RECORD_EVENTS, event_rows(outcome.events))
        except _TROUBLE as error:
            if not isinstance(sort(error), Poison):
                raise
            await wire.script(f"ROLLBACK; {begin}")  # poison is rare: only now is the batch taken apart
            outcome = Outcome(dict.fromkeys(range(len(facts))))
            await self._write_isolated(wire, numbered, outcome)
            await _record_events(wire, outcome)
        await wire.script("COMMIT")
        return [outcome.results[place] for place in range(len(facts))]

    async def _write_samples_alone(self, wire: Wire, metered: Sequence[MeterReported]) -> bool:
        """The commonest batch, as one statement that is its own transaction; False when there is poison in it."""
        try:
            await insert_samples(wire, metered, self._kinds.known)
        except _TROUBLE as error:
            if isinstance(sort(error), Poison):
                return False
            raise
        return True

    async def _write_isolated(self, wire: Wire, numbered: Numbered, outcome: Outcome) -> None:
        """Write facts within a savepoint, in halves when there is poison among them."""
        await wire.script("SAVEPOINT facts")
        try:
            written = await _write_all(wire, numbered, self._kinds)
        except _TROUBLE as error:
            poison = sort(error)
            if not isinstance(poison, Poison):
                raise
            await wire.script("ROLLBACK TO SAVEPOINT facts; RELEASE SAVEPOINT facts")
            if len(numbered) == 1:
                outcome.results[numbered[0][0]] = poison
                return
            middle = len(numbered) // 2
            await self._write_isolated(wire, numbered[:middle], outcome)
            await self._write_isolated(wire, numbered[middle:], outcome)
        else:
            await wire.script("RELEASE SAVEPOINT facts")
            outcome.merge(written)


async def _write_all(wire: Wire, numbered: Numbered, kinds: Kinds) -> Outcome:
    """Write facts of all kinds, kind by kind, and what is told of sessions in the order it came."""
    outcome = Outcome()
    of_kind: dict[type, list[tuple[int, Any]]] = {}
    told: list[tuple[int, Any]] = []
    for numbered_fact in numbered:
        kind = type(numbered_fact[1])
        if kind in _SESSION_PARTS:
            told.append(numbered_fact)
        else:
            of_kind.setdefault(kind, []).append(numbered_fact)
    metered = [fact for _, fact in of_kind.pop(MeterReported, [])]
    if metered:
        await insert_samples(wire, metered, kinds.known, outcome)
    for kind, part in _PARTS.items():
        if kind in of_kind:
            await part(wire, of_kind[kind], outcome)
    for wave in _waves(told):
        for kind, items in wave.items():
            await _SESSION_PARTS[kind](wire, items, outcome)
    if outcome.samples:
        await insert_samples(wire, outcome.samples, kinds.known, outcome)
    return outcome


async def _record_events(wire: Wire, outcome: Outcome) -> None:
    """Insert the events, last of all. One that holds poison is left out; a fact that is nothing but its event is poison then."""
    if not outcome.events:
        return
    await wire.script("SAVEPOINT events")
    try:
        await wire.rows(_RECORD_EVENTS, event_rows(outcome.events))
    except _TROUBLE as error:
        poison = sort(error)
        if not isinstance(poison, Poison):
            raise
        await wire.script("ROLLBACK TO SAVEPOINT events")
        if len(outcome.events) == 1:
            place = outcome.events[0].place
            outcome.results[place] = outcome.results[place] or poison
            return
        for event in sorted(outcome.events, key=lambda event: event.place):
            alone = Outcome({event.place: outcome.results[event.place]}, [event])
            await _record_events(wire, alone)
            outcome.results |= alone.results


def _samples_of(fact: Fact) -> Sequence[Sample]:
    match fact:
        case MeterReported(samples=samples):
            return samples
        case SessionEndReported(stop=stop):
            return stop.samples
        case TransactionReported(event=event):
            return event.samples
        case _:
            return ()


def _waves(told: Numbered) -> Iterator[dict[type, list[tuple[int, Any]]]]:
    """Facts of sessions in waves: one charger's facts keep their order, and of each wave it has one fact, or several
    TransactionEvents."""
    waves: list[dict[type, list[tuple[int, Any]]]] = []
    reached: dict[str, tuple[int, type]] = {}
    for place, fact in told:
        kind = type(fact)
        charger_id = _charger_of(fact)
        wave, before = reached.get(charger_id, (-1, type(None)))
        if kind is not TransactionReported or before is not TransactionReported:
            wave += 1
        reached[charger_id] = (wave, kind)
        if wave == len(waves):
            waves.append({})
        waves[wave].setdefault(kind, []).append((place, fact))
    yield from waves


def _charger_of(fact: Any) -> str:
    told = fact.start if type(fact) is SessionStartReported else fact.stop if type(fact) is SessionEndReported else fact.event
    charger_id: str = told.charger_id
    return charger_id


_SESSION_PARTS: dict[type, _Part] = {
    SessionStartReported: write_starts,
    SessionEndReported: write_stops,
    TransactionReported: write_transactions,
}
_PARTS: dict[type, _Part] = {
    ChargerBooted: reports.write_booted,
    ChargerConnected: reports.write_connected,
    ChargerDisconnected: reports.write_disconnected,
    ChargerSeen: reports.write_seen,
    ConnectorReported: reports.write_connectors,
    AvailabilitySet: write_availability,
    SessionMetered: reports.write_metered,
    SessionsLost: write_lost,
    SessionResolved: write_resolutions,
    SecurityEventReported: reports.write_security_events,
    PasswordSent: rotations.write_sent,
    PasswordAnswered: rotations.write_answered,
    ProfileAsked: rotations.write_asked,
    ProfileAnswered: rotations.write_judged,
    DeviceEventReported: reports.write_device_events,
    VariablesReported: reports.write_variables,
    FrameKept: write_frames,
    CommandChanged: write_commands,
    AnomalySeen: write_anomalies,
    JobChanged: write_jobs,
    CertificateRequested: certificates.write_requests,
    CertificateChanged: certificates.write_changes,
    CertificatesReported: certificates.write_reports,
    InstalledCertificateGone: certificates.write_gone,
    ConfigurationAsked: configuration.write_configuration_asked,
    ConfigurationTold: configuration.write_configuration_told,
    ConfigurationWritten: configuration.write_configuration_written,
    ConfigurationRebooted: configuration.write_configuration_rebooted,
    VariablesTold: variables.write_told,
    VariablesWritten: variables.write_written,
    LocalListTold: local_lists.write_local_list_told,
    LocalListSent: local_lists.write_local_list_sent,
    ProfileHeld: charging.write_held,
    ProfilesGone: charging.write_gone,
    ReservationAsked: reservations.write_asked,
    ReservationAnswered: reservations.write_answered,
    ReservationMoved: reservations.write_moved,
    ReservationsDue: reservations.write_due,
    ExchangeLogged: write_exchanges,
    FrameLogged: write_frames_logged,
    EventHappened: reports.write_happened,
}
"""In the order in which they are written."""

_TELLING = (
    ChargerConnected,
    ChargerDisconnected,
    ConnectorReported,
    EventHappened,
    ConfigurationAsked,
    ConfigurationTold,
    ConfigurationWritten,
    ConfigurationRebooted,
    LocalListTold,
    LocalListSent,
)
"""Facts of class B that bring events with them."""
