"""Compares the ledger with the database, by SQL and nothing of the server's.

C1 acknowledged is present, C2 exactly once and under one id, C3 energy and duration to the Wh and the second, C4 nothing with
another charger, C5 one event for each thing that happened, C7 all chargers back with nothing queued, C8 the process as before.
"""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

import psutil
import psycopg

from tests.faults.chargers import REGISTER, Charger
from tests.faults.ledger import Kind, Ledger, Message, Session
from tests.faults.rows import Row

SHOWN = 8

_SESSIONS = """
SELECT id, charger_id, transaction_id, protocol, state, evse_id, id_tag, started_at, ended_at, meter_start_wh, meter_stop_wh, energy_wh,
    flags
FROM sessions"""
_READINGS = """
SELECT value.session_id, value.charger_id, value.at, value.value
FROM meter_values AS value JOIN meter_kinds AS kind ON kind.id = value.kind_id
WHERE kind.measurand = %s"""
_EVENTS = "SELECT session_id, type, charger_id FROM events WHERE type LIKE 'session.%'"
_STOPS = "SELECT session_id, count(*) FROM session_stops GROUP BY session_id"
_TRANSACTION_EVENTS = "SELECT charger_id, transaction_id, seq_no, count(*) FROM transaction_events GROUP BY 1, 2, 3"

Key = tuple[str, str, datetime]
"""A session by what its charger knows of it: charger, tag and start."""


class Stored(NamedTuple):
    """A row of sessions."""

    id: int
    charger_id: str
    transaction_id: str
    protocol: str
    state: str
    evse_id: int
    id_tag: str
    started_at: datetime
    ended_at: datetime | None
    meter_start_wh: int | None
    meter_stop_wh: int | None
    energy_wh: int
    flags: list[str]


@dataclass(slots=True)
class Findings:
    """What does not hold, by row of the table; each is a sentence that names the place."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    renamed: list[str] = field(default_factory=list)
    energy: list[str] = field(default_factory=list)
    duration: list[str] = field(default_factory=list)
    strayed: list[str] = field(default_factory=list)
    events: list[str] = field(default_factory=list)
    odd: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Database:
    """What lies in the database."""

    sessions: list[Stored]
    readings: list[tuple[Any, ...]]
    events: list[tuple[Any, ...]]
    stops: dict[int, int]
    transaction_events: dict[tuple[str, str, int], int]
    dead_letters: int


async def check(ledger: Ledger, chargers: Sequence[Charger], database_url: str) -> list[Row]:
    """All that a run has to hold, whatever was done to the system. What does not hold is said on standard error."""
    away = [f"{charger.identity} has {len(charger.queue)} messages queued" for charger in chargers if not charger.idle.is_set()]
    for charger in chargers:  # nothing may be acknowledged any more that the database is not asked for
        await charger.halt()
    database = await asyncio.to_thread(_read, database_url)
    found = compare(ledger.sessions, database)
    judged = {
        "acknowledged, and not in the database (C1)": found.lost,
        "stored twice (C2)": found.doubled,
        "starts answered with two transaction ids (C2)": found.renamed,
        "sessions with other energy than the charger's, to the Wh (C3)": found.energy,
        "sessions with another duration, to the second (C3)": found.duration,
        "rows with another charger (C4)": found.strayed,
        "session events missing or doubled (C5)": found.events,
        "sessions flagged or unresolved, messages put aside, for no reason": found.odd,
        "chargers not back, or with messages queued (C7)": away,
        "class A answered with CALLERROR": ledger.refusals,
    }
    for what, sentences in judged.items():
        for sentence in sentences[:SHOWN]:
            print(f"{what}: {sentence}", file=sys.stderr)
    rows = [Row(what, len(sentences), 0, "") for what, sentences in judged.items()]
    rows.append(Row("messages thrown away by chargers", ledger.counts["given up"], 0, ""))
    rows.append(Row("messages acknowledged", ledger.counts["acknowledged"], 1, "", at_least=True))
    return rows


def compare(lived: Sequence[Session], database: Database) -> Findings:
    """Pure: what was lived against what is stored."""
    found = Findings()
    stored: dict[Key, list[Stored]] = {}
    for row in database.sessions:
        stored.setdefault((row.charger_id, row.id_tag, row.started_at), []).append(row)
    readings: Counter[tuple[int, datetime, str]] = Counter()
    for session_id, _, at, value in database.readings:
        readings[session_id, at, value] += 1
    told: dict[int, Counter[str]] = {}
    for session_id, kind, _ in database.events:
        told.setdefault(session_id, Counter())[kind] += 1
    known = set()
    for session in lived:
        key = (session.charger_id, session.id_tag, session.started_at)
        known.add(key)
        rows = stored.get(key, [])
        name = f"session of {session.charger_id} from {session.started_at:%H:%M:%S}"
        if len(session.transaction_ids) > 1:
            found.renamed.append(f"{name}: {session.transaction_ids}")
        if len(rows) > 1:
            found.doubled.append(f"{name}: rows {[row.id for row in rows]}")
        if not rows:
            if session.start_acknowledged:
                found.lost.append(f"{name}: its start")
            continue
        _compare_one(session, rows[0], name, found, readings, told, database)
    for key, rows in stored.items():
        if key not in known:
            found.strayed.append(f"nobody lived session {rows[0].id} of {key[0]}, tag {key[1]}, from {key[2]}")
    if database.dead_letters:
        found.odd.append(f"{database.dead_letters} messages were put aside, none of which is odd")
    owner = {row.id: row.charger_id for row in database.sessions}
    for session_id, charger_id, at, _ in database.readings:
        if owner.get(session_id) != charger_id:
            found.strayed.append(f"the reading of {charger_id} at {at} is with session {session_id} of {owner.get(session_id)}")
    for session_id, kind, charger_id in database.events:
        if owner.get(session_id) != charger_id:
            found.strayed.append(f"{kind} of {charger_id} is with session {session_id} of {owner.get(session_id)}")
    for session_id, count in database.stops.items():
        if count > 1:
            found.doubled.append(f"session {session_id} has {count} stops")
    for (charger_id, transaction_id, seq_no), count in database.transaction_events.items():
        if count > 1:
            found.doubled.append(f"event {seq_no} of {transaction_id} of {charger_id}: {count} times")
    return found


def _compare_one(
    session: Session,
    row: Stored,
    name: str,
    found: Findings,
    readings: Counter[tuple[int, datetime, str]],
    told: dict[int, Counter[str]],
    database: Database,
) -> None:
    ids = session.transaction_ids or [session.own_id]
    if session.start_acknowledged and row.transaction_id not in ids:
        found.renamed.append(f"{name}: stored as {row.transaction_id}, answered {ids}")
    for reading in session.readings:
        count = readings[row.id, reading.at, str(reading.wh)]
        if reading.acknowledged and not count:
            found.lost.append(f"{name}: its reading at {reading.at:%H:%M:%S}")
        if count > 1 and sum(other.at == reading.at for other in session.readings) == 1:
            found.doubled.append(f"{name}: its reading at {reading.at:%H:%M:%S}, {count} times")
    if row.protocol != "ocpp1.6":
        for number in _acknowledged_numbers(session):
            if (session.charger_id, row.transaction_id, number) not in database.transaction_events:
                found.lost.append(f"{name}: its event {number}")
    events = told.get(row.id, Counter())
    wanted = Counter({"session.started": 1, "session.ended": 1 if row.state == "ended" else 0})
    if events - wanted or wanted - events:
        found.events.append(f"{name}, {row.state}: {dict(events)}")
    flags = set(row.flags) - {"offline"}
    if flags or row.state == "unresolved":
        found.odd.append(f"{name}: {row.state}, {sorted(flags)}")
    if session.stop_acknowledged:
        if row.state != "ended":
            found.lost.append(f"{name}: its stop; it is {row.state}")
            return
        assert session.meter_stop is not None
        assert session.ended_at is not None
        if row.protocol == "ocpp1.6" and row.id not in database.stops:
            found.lost.append(f"{name}: its stop as it came")
        energy = session.meter_stop - session.meter_start
        if (row.energy_wh, row.meter_start_wh, row.meter_stop_wh) != (energy, session.meter_start, session.meter_stop):
            found.energy.append(f"{name}: {row.energy_wh} Wh, {row.meter_start_wh} to {row.meter_stop_wh}; {energy} Wh were delivered")
        if row.ended_at is None or row.ended_at - row.started_at != session.ended_at - session.started_at:
            found.duration.append(f"{name}: until {row.ended_at}, and not until {session.ended_at}")


def _acknowledged_numbers(session: Session) -> Iterator[int]:
    if session.start_acknowledged:
        yield 0
    for number, reading in enumerate(session.readings, 1):
        if reading.acknowledged:
            yield number
    if session.stop_acknowledged:
        yield len(session.readings) + 1


def _read(url: str) -> Database:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET timezone = 'UTC'")
        connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        return Database(
            [Stored(*row) for row in connection.execute(_SESSIONS)],
            list(connection.execute(_READINGS, (REGISTER,))),
            list(connection.execute(_EVENTS)),
            dict(connection.execute(_STOPS).fetchall()),
            {(row[0], row[1], row[2]): row[3] for row in connection.execute(_TRANSACTION_EVENTS)},
            connection.execute("SELECT count(*) FROM kept_frames").fetchall()[0][0],
        )


_STARTS_DOWN = """
SELECT count(*) FROM sessions JOIN unnest(%s::text[], %s::timestamptz[]) AS lived (charger_id, started_at) USING (charger_id, started_at)
WHERE protocol = 'ocpp1.6'"""
_EVENTS_DOWN = """
SELECT count(*) FROM transaction_events JOIN unnest(%s::text[], %s::text[], %s::bigint[]) AS lived (charger_id, transaction_id, seq_no)
    USING (charger_id, transaction_id, seq_no)"""


async def already_down(unanswered: Iterable[Message], database_url: str) -> int:
    """How many of these 1.6 starts and 2.x events, whose chargers know of no answer, are in the database already."""
    sessions = [message.session for message in unanswered if message.kind is Kind.START and not message.session.start_acknowledged]
    starts = [session for session in sessions if session.own_id is None]
    events = [message for message in unanswered if message.session.own_id is not None and message.sends == 1]
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as connection:
        asked = ([session.charger_id for session in starts], [session.started_at for session in starts])
        down = (await (await connection.execute(_STARTS_DOWN, asked)).fetchall())[0][0]
        of = [(message.session.charger_id, message.session.own_id, message.number) for message in events]
        down += (await (await connection.execute(_EVENTS_DOWN, tuple(map(list, zip(*of, strict=True))) or ([], [], []))).fetchall())[0][0]
        return int(down)


MOST_CONNECTIONS = 13
"""To PostgreSQL: ten of the pool that readers share, the writer's, the listener's, and one while either is replaced."""


class Process(NamedTuple):
    """What a server process holds (C8). ``outgoing``: the connections it has made itself, those to PostgreSQL; they are not among
    the ``descriptors``."""

    threads: int
    descriptors: int
    outgoing: int
    rss_mib: float

    @classmethod
    def of(cls, pid: int) -> Process:
        process = psutil.Process(pid)
        sockets = [socket for socket in process.net_connections("tcp") if socket.laddr]
        own = {socket.laddr.port for socket in sockets if socket.status == psutil.CONN_LISTEN}
        outgoing = sum(socket.laddr.port not in own for socket in sockets)
        return cls(process.num_threads(), process.num_fds() - outgoing, outgoing, process.memory_info().rss / 2**20)


def compare_process(before: Process, after: Process, rss_mib: float) -> list[Row]:
    """Threads and descriptors within a tenth of what they were, no more connections than the store may have, and at most so much
    more memory."""
    return [
        Row("threads of the server after (C8)", after.threads, max(before.threads + 1, before.threads * 1.1), ""),
        Row("descriptors of the server after (C8)", after.descriptors, max(before.descriptors + 4, before.descriptors * 1.1), ""),
        Row("connections to PostgreSQL after (C8)", after.outgoing, MOST_CONNECTIONS, ""),
        Row("memory of the server beside before (C8)", round(after.rss_mib - before.rss_mib, 1), rss_mib, "MiB"),
    ]
