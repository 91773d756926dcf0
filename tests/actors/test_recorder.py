"""The recorder on the real store: what is counted survives a restart, and nothing is counted twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from actors.recorder import Recorder
from persistence.store import PostgresStore
from tests.web import stored
from tests.web.fakes import FakeFleet, TurnableClock, connector
from voltaro.domain.charger import Connection, ConnectorState
from voltaro.domain.figures import BUCKET, bucket_of
from voltaro.domain.session import Session
from voltaro.domain.site import Site
from voltaro.ports import NewCharger
from voltaro.ports.sites import FLEET, FiguresPoint

HOUR = timedelta(hours=1)


def shown(fleet: FakeFleet, session: Session, **figures: int) -> Session:
    """The session runs, and its charger shows these figures."""
    running = replace(session, **figures)  # type: ignore[arg-type]
    fleet.connect(session.charger_id, [connector(1, status="Charging", state=ConnectorState.CHARGING)], {1: running})
    return running


async def history(store: PostgresStore, site_id: str = FLEET) -> list[FiguresPoint]:
    return list(await store.figures(site_id, datetime.now(UTC) - HOUR, HOUR))


async def total(store: PostgresStore, site_id: str = FLEET) -> int:
    return sum(point.energy_wh for point in await history(store, site_id))


async def test_power_and_energy_are_kept_for_the_fleet_and_each_site(store: PostgresStore) -> None:
    fleet, now = FakeFleet(), datetime.now(UTC)
    await store.add_site(Site("depot", "Depot", now), "test")
    await store.add_charger(NewCharger("CP1", site_id="depot", security_profile=0), "test")
    await stored.charger(store, "CP2")
    recorder = Recorder(fleet.standing, store, TurnableClock())
    await recorder.sample()
    for name in ("CP1", "CP2"):
        shown(fleet, await stored.session(store, name, at=now), energy_wh=300, power_w=5000)
    await recorder.sample()
    points = await history(store)
    assert (sum(point.energy_wh for point in points), max(point.power_max_w for point in points)) == (600, 10_000)
    assert (max(point.charging for point in points), max(point.online for point in points)) == (2, 2)
    assert await total(store, "depot") == 300


async def test_nothing_is_counted_twice_or_lost_over_a_restart(store: PostgresStore) -> None:
    fleet, now = FakeFleet(), datetime.now(UTC)
    before = Recorder(fleet.standing, store, TurnableClock())
    await before.sample()
    session = await stored.session(store, at=now)
    shown(fleet, session, energy_wh=300)
    await before.sample()
    shown(fleet, session, energy_wh=800)  # unseen: the server is down
    after = Recorder(fleet.standing, store, TurnableClock())
    await after.sample()
    await after.sample()
    assert await total(store) == 800


async def test_a_session_that_began_and_ended_unseen_is_counted_at_its_end(store: PostgresStore) -> None:
    recorder = Recorder(FakeFleet().standing, store, TurnableClock())
    await recorder.sample()
    now = datetime.now(UTC)
    await stored.ended(store, await stored.session(store, at=now - HOUR - 3 * BUCKET))
    await recorder.sample()
    await recorder.sample()
    [point] = [point for point in await store.figures(FLEET, now - HOUR, BUCKET) if point.energy_wh]
    assert (point.at, point.energy_wh, point.power_w) == (bucket_of(now - 3 * BUCKET), 5000, None)


async def test_a_running_session_is_counted_to_its_end(store: PostgresStore) -> None:
    fleet = FakeFleet()
    recorder = Recorder(fleet.standing, store, TurnableClock())
    await recorder.sample()
    session = await stored.session(store, at=datetime.now(UTC) - HOUR)
    shown(fleet, session, energy_wh=3000)
    await recorder.sample()
    await stored.ended(store, session)
    fleet.connect("CP1")
    await recorder.sample()
    assert (await total(store), (await store.ledger()).energies) == (5000, {})


async def test_what_there_was_before_counting_began_is_not_counted(store: PostgresStore) -> None:
    session = await stored.session(store, at=datetime.now(UTC))
    await stored.measured(store, session, "1000", "2000")
    fleet = FakeFleet()
    recorder = Recorder(fleet.standing, store, TurnableClock())
    await recorder.sample()
    assert await total(store) == 0


async def test_two_recorders_on_one_database_do_not_count_the_same(store: PostgresStore) -> None:
    fleet = FakeFleet()
    one, other = (Recorder(fleet.standing, store, TurnableClock()) for _ in range(2))
    await one.sample()
    await other.sample()
    shown(fleet, await stored.session(store, at=datetime.now(UTC)), energy_wh=400)
    for recorder in (one, other, one, other):
        await recorder.sample()
    assert await total(store) == 400


async def test_an_offline_charger_draws_nothing(store: PostgresStore) -> None:
    fleet = FakeFleet()
    shown(fleet, await stored.session(store, at=datetime.now(UTC)), power_w=7000)
    fleet.chargers["CP1"] = replace(fleet.chargers["CP1"], connection=Connection.OFFLINE)
    recorder = Recorder(fleet.standing, store, TurnableClock())
    await recorder.sample()
    await recorder.sample()
    [point] = await history(store)
    assert (point.power_w, point.online, point.sessions) == (0, 0, 1)


async def test_a_start_before_the_chargers_are_back_is_no_drop_in_power(store: PostgresStore) -> None:
    recorder = Recorder(FakeFleet().standing, store, TurnableClock())
    await recorder.sample()
    [point] = await history(store)
    assert point.power_w is None
    await recorder.sample()
    [point] = await history(store)
    assert point.power_w == 0
