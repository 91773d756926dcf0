"""PostgreSQL goes away and comes back, and connections break at the worst moment."""

from __future__ import annotations

import asyncio
import gc
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest
from blockbuster import blockbuster_ctx
from sqlalchemy.engine import make_url

from persistence import database, migrations
from persistence.notices import KINDS
from persistence.store import PostgresStore
from persistence.wire import Wire
from tests.faults.proxy import Proxy
from tests.persistence.facts import NOON, event_types, reading, recorded, start
from voltaro import embedded
from voltaro.domain.fact import ChargerSeen, EventHappened, MeterReported
from voltaro.ports import NewCharger, Notice, Recorded, SessionQuery, StoreUnavailable


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that any user may pass through, as the cluster's own user has to when the tests run as root."""
    with tempfile.TemporaryDirectory(prefix="voltaro-test-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


async def test_the_store_works_again_when_postgresql_is_back(folder: Path) -> None:
    running = embedded.start(folder)
    migrations.upgrade(running.url)
    store = PostgresStore(running.url)
    try:
        session, _ = await recorded(store, start())
        await store.ping()
        await asyncio.to_thread(running.stop)
        for attempt in (
            store.write([reading(session, 1, 1001)]),
            store.session(session.id),
            store.ping(),
            store.add_charger(NewCharger("CP1"), "me"),
        ):
            with pytest.raises(StoreUnavailable):
                await attempt
        running = await asyncio.to_thread(embedded.start, folder)
        await store.write([reading(session, 1, 1001)])
        assert await store.session(session.id) == session
        assert len((await store.meter_values(session.id, limit=5)).items) == 1
        await store.ping()
    finally:
        await store.close()
        await asyncio.to_thread(running.stop)


async def test_a_postgresql_that_answers_nothing_is_given_up_and_found_again(
    store: PostgresStore, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("persistence.wire.SILENCE_S", 0.3)
    monkeypatch.setattr("persistence.database.LONGEST_USE_S", 0.3)
    path = f"{parse_qs(urlsplit(database_url).query)['host'][0]}/.s.PGSQL.{embedded.PORT}"
    session, _ = await recorded(store, start())
    async with Proxy(path) as link:
        url = make_url(database_url).set(host="127.0.0.1", port=link.port, query={"sslmode": "disable", "gssencmode": "disable"})
        far = PostgresStore(url.render_as_string(hide_password=False))
        try:
            await far.write([reading(session, 1, 1001)])
            assert await far.session(session.id) is not None
            link.black_hole(True)
            for batch in ([reading(session, 2, 1002)], [start("CP2")]):
                with pytest.raises(StoreUnavailable):
                    await asyncio.wait_for(far.write(batch), 30)
            with pytest.raises(StoreUnavailable):
                await asyncio.wait_for(far.session(session.id), 30)
            link.black_hole(False)
            await far.write([reading(session, 2, 1002), start("CP2")])
        finally:
            await far.close()
    assert len((await store.meter_values(session.id, limit=5)).items) == 2


@pytest.mark.parametrize("ends", ["cancelled", "timed out"])
async def test_a_connection_that_never_came_about_leaves_no_socket_until_the_collector_comes(
    ends: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(database._CONNECTION, "connect_timeout", 2 if ends == "timed out" else 60)
    silent: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
    server = await asyncio.start_server(lambda *both: silent.append(both), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    made = database.Database(f"postgresql://nobody@127.0.0.1:{port}/nothing")
    gc.disable()
    try:
        connecting = asyncio.create_task(made.connect())
        async with asyncio.timeout(30):
            while not silent:
                await asyncio.sleep(0.001)
            if ends == "cancelled":
                connecting.cancel()
            with pytest.raises(asyncio.CancelledError if ends == "cancelled" else psycopg.OperationalError):
                await connecting
            for reader, _ in silent:
                await reader.read()  # to the end: it has hung up
    finally:
        gc.enable()
        for _, writer in silent:
            writer.close()
        server.close()
        await made.close()


async def test_a_store_can_be_made_while_postgresql_is_away() -> None:
    store = PostgresStore("postgresql://nobody@/none?host=/nonexistent")
    for attempt in (store.ping(), store.write([ChargerSeen("CP1", NOON)]), store.count_chargers()):
        with pytest.raises(StoreUnavailable):
            await attempt
    await store.close()


async def test_a_broken_connection_costs_one_batch_not_the_next(store: PostgresStore, database_url: str) -> None:
    session, _ = await recorded(store, start())
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as connection:
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    with pytest.raises(StoreUnavailable):
        await store.write([reading(session, 1, 1001)])
    assert list(await store.write([reading(session, 1, 1001)])) == [None]
    assert await store.session(session.id) == session


async def test_a_batch_whose_writer_was_cancelled_can_be_written_again(store: PostgresStore) -> None:
    session, _ = await recorded(store, start())
    batch = [reading(session, number, 1000 + number) for number in range(300)]
    task = asyncio.create_task(store.write([start("CP5"), *batch]))
    while not task.done():
        await asyncio.sleep(0)
        task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    again = (await store.write([start("CP5"), *batch]))[0]
    assert isinstance(again, Recorded)
    assert len((await store.sessions(SessionQuery(charger_id="CP5"), limit=5)).items) == 1
    assert len((await store.meter_values(session.id, limit=1000)).items) == 300


@asynccontextmanager
async def cut_at_commit(url: str, directory: Path, *, after_commit: bool) -> AsyncIterator[tuple[str, list[int]]]:
    """A proxy before PostgreSQL that breaks the line when COMMIT goes by, as often as the list holds numbers."""
    socket = parse_qs(urlsplit(url).query)["host"][0]
    cuts: list[int] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        up_reader, up_writer = await asyncio.open_unix_connection(f"{socket}/.s.PGSQL.{embedded.PORT}")

        async def down() -> None:
            while data := await up_reader.read(65536):
                writer.write(data)

        task = asyncio.create_task(down())
        try:
            while data := await reader.read(65536):
                if b"COMMIT\0" in data and cuts:
                    cuts.pop()
                    if after_commit:
                        task.cancel()
                        up_writer.write(data)
                        await up_reader.read(65536)
                    break
                up_writer.write(data)
        finally:
            task.cancel()
            up_writer.close()
            writer.close()
            await asyncio.gather(task, return_exceptions=True)

    server = await asyncio.start_unix_server(serve, str(directory / f".s.PGSQL.{embedded.PORT}"))
    try:
        yield make_url(url).update_query_dict({"host": str(directory)}).render_as_string(hide_password=False), cuts
    finally:
        server.close()
        await server.wait_closed()


@pytest.mark.parametrize("after_commit", [False, True])
async def test_a_commit_in_doubt_is_settled_by_writing_again(
    store: PostgresStore, database_url: str, folder: Path, after_commit: bool
) -> None:
    async with cut_at_commit(database_url, folder, after_commit=after_commit) as (url, cuts):
        doubtful = PostgresStore(url)
        try:
            await recorded(doubtful, start("CP0"))
            cuts.append(1)
            batch = [start("CP1"), start("CP2")]
            with pytest.raises(StoreUnavailable):
                await doubtful.write(batch)
            known = {session.id for session in (await store.sessions(SessionQuery(), limit=9)).items}
            assert len(known) == (3 if after_commit else 1)
            results = await doubtful.write(batch)
        finally:
            await doubtful.close()
    assert [result.new for result in results if isinstance(result, Recorded)] == [not after_commit] * 2
    assert len((await store.sessions(SessionQuery(), limit=9)).items) == 3
    assert await event_types(store) == ["session.started"] * 3


async def test_notices_come_again_after_the_connection_was_lost(store: PostgresStore, database_url: str) -> None:
    async with asyncio.timeout(30):
        notices = store.listen()
        first = [await anext(notices) for _ in KINDS]
        assert first == [Notice(kind, "") for kind in KINDS]
        await store.add_charger(NewCharger("CP1"), "me")
        assert await anext(notices) == Notice("charger", "CP1")
        await store.write([EventHappened("test", NOON, None, {})])
        assert await anext(notices) == Notice("events", "")
        async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as connection:
            await connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'")
        assert [await anext(notices) for _ in KINDS] == first
        await store.remove_charger("CP1", "me")
        assert await anext(notices) == Notice("charger_removed", "CP1")
        await notices.aclose()


async def test_the_loop_is_never_blocked_by_the_store(store: PostgresStore) -> None:
    session, _ = await recorded(store, start())
    with blockbuster_ctx():
        samples = [reading(session, number, 1000 + number) for number in range(50)]
        await store.write([*samples, MeterReported("CP1", 1, None, "404", NOON, samples[0].samples)])
        await store.write([start("CP7"), EventHappened("test", NOON, None, {})])
        await store.sessions(SessionQuery(), limit=5)
        await store.add_charger(NewCharger("CP1"), "me")


async def test_a_writer_that_is_cancelled_while_its_connection_is_made_ready_leaves_none_open(
    store: PostgresStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Wire] = []
    reached = asyncio.Event()

    async def never(wire: Wire, statements: str) -> None:
        opened.append(wire)
        reached.set()
        await asyncio.get_running_loop().create_future()

    monkeypatch.setattr(Wire, "script", never)
    writing = asyncio.create_task(store.write([EventHappened("test", NOON, None, {})]))
    async with asyncio.timeout(30):
        await reached.wait()
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    assert [wire.usable for wire in opened] == [False]
