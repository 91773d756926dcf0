"""The subset of ``make faults`` that every test run holds: nothing lost, nothing doubled, whatever is done to the system.

All scenarios run side by side, once, because most of their time is spent waiting. No figure of time is judged here, beyond a limit.
"""

from __future__ import annotations

import asyncio
import os
import random
import sys
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from tests.faults import checkers, database, drains, kills, links
from tests.faults.__main__ import found
from tests.faults.checkers import Database, Stored, compare
from tests.faults.ledger import Reading, Session
from tests.faults.rows import Row, broken

LIMIT_S = 900

SHORT = {
    "kills": lambda random: kills.killed(random, False),
    "database stopped": lambda random: database.stopped(random, False),
    "in-doubt COMMIT": lambda random: database.in_doubt(random, False),
    "poison row among 100": lambda random: database.poison_row(random, False),
    "drain": lambda random: drains.drain(random, False, restarts=2),
    "answers lost": lambda random: links.answers_lost(random, False, resets=40),
}


@pytest.fixture(scope="module")
def figures() -> dict[str, list[Row]]:
    """What each scenario has measured, with the seed on standard error."""
    seed = int(os.environ.get("VOLTARO_FAULTS_SEED") or random.SystemRandom().randrange(2**32))
    print(f"VOLTARO_FAULTS_SEED={seed}", file=sys.stderr)

    async def one(name: str) -> list[Row]:
        return await SHORT[name](Random(f"{seed} {name}"))

    async def rest() -> list[list[Row]]:
        return [await one(name) for name in SHORT if name not in ("kills", "database stopped")]

    async def everything() -> dict[str, list[Row]]:
        async with asyncio.timeout(LIMIT_S):
            killed, stopped, others = await asyncio.gather(one("kills"), one("database stopped"), rest())
        return dict(zip(SHORT, [killed, stopped, *others], strict=True))

    return asyncio.run(everything())


@pytest.mark.timeout(LIMIT_S + 60)
@pytest.mark.parametrize("name", list(SHORT))
def test_nothing_is_lost_or_doubled(figures: dict[str, list[Row]], name: str) -> None:
    assert broken(figures[name]) == []


def test_every_scenario_has_a_name_of_its_own() -> None:
    assert set(SHORT) <= set(found())


# --- the checkers find what is wrong ---

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def lived() -> Session:
    """A 1.6 session with one reading, all of it acknowledged."""
    session = Session("CP1", "ocpp1.6", 1, "TAG", NOON, 1000)
    session.transaction_ids = ["7"]
    session.readings = [Reading(NOON + timedelta(minutes=1), 1100, acknowledged=True)]
    session.ended_at, session.meter_stop = NOON + timedelta(minutes=2), 1250
    session.start_acknowledged = session.stop_acknowledged = True
    return session


def stored() -> Database:
    """The same, as it should be stored."""
    row = Stored(1, "CP1", "7", "ocpp1.6", "ended", 1, "TAG", NOON, NOON + timedelta(minutes=2), 1000, 1250, 250, [])
    readings = [(1, "CP1", NOON + timedelta(minutes=1), "1100")]
    return Database([row], readings, [(1, "session.started", "CP1"), (1, "session.ended", "CP1")], {1: 1}, {}, 0)


def kinds(session: Session, database: Database) -> list[str]:
    """Which findings there are."""
    found = compare([session], database)
    return [name for name in checkers.Findings.__slots__ if getattr(found, name)]


def test_a_session_that_is_as_it_was_lived_passes() -> None:
    assert kinds(lived(), stored()) == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"state": "active", "ended_at": None}, ["lost", "events"]),
        ({"energy_wh": 251}, ["energy"]),
        ({"meter_start_wh": 999}, ["energy"]),
        ({"ended_at": NOON + timedelta(seconds=121)}, ["duration"]),
        ({"transaction_id": "8"}, ["renamed"]),
        ({"charger_id": "CP2"}, ["lost", "strayed"]),
        ({"id_tag": "OTHER"}, ["lost", "strayed"]),
        ({"flags": ["stop_conflict"]}, ["odd"]),
        ({"state": "unresolved"}, ["lost", "events", "odd"]),
    ],
)
def test_a_session_stored_otherwise_is_found(change: dict[str, object], expected: list[str]) -> None:
    database = stored()
    database.sessions = [database.sessions[0]._replace(**change)]
    found = kinds(lived(), database)
    assert set(expected) <= set(found)


def test_what_is_missing_doubled_or_elsewhere_is_found() -> None:
    for spoil, expected in (
        (lambda database: database.sessions.clear(), "lost"),
        (lambda database: database.readings.clear(), "lost"),
        (lambda database: database.stops.clear(), "lost"),
        (lambda database: database.sessions.append(database.sessions[0]._replace(id=2)), "doubled"),
        (lambda database: database.readings.append(database.readings[0]), "doubled"),
        (lambda database: database.stops.update({1: 2}), "doubled"),
        (lambda database: database.readings.append((1, "CP2", NOON, "1")), "strayed"),
        (lambda database: database.events.pop(), "events"),
        (lambda database: database.events.append((1, "session.started", "CP1")), "events"),
    ):
        database = stored()
        spoil(database)
        assert expected in kinds(lived(), database)


def test_a_message_put_aside_is_found() -> None:
    database = stored()
    database.dead_letters = 1
    assert kinds(lived(), database) == ["odd"]


def test_a_start_answered_with_two_ids_is_found() -> None:
    session = lived()
    session.transaction_ids.append("8")
    assert kinds(session, stored()) == ["renamed"]
