"""The message log: searched a bounded piece at a time, by indexes, and kept below a size."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from sqlalchemy.dialects import postgresql

from persistence import messages
from persistence.messages import page_of
from persistence.store import PostgresStore
from voltaro.domain.fact import ExchangeLogged, FrameLogged
from voltaro.ports import MessageQuery, MessageRow

NOW = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)


def exchange(number: int, **changes: Any) -> ExchangeLogged:
    at = NOW + timedelta(milliseconds=number)
    made = ExchangeLogged("CP1", "in", f"m{number}", "Heartbeat", f'[2,"m{number}","Heartbeat",{{}}]', "[3]", "result", at, at)
    return made._replace(**changes)


def frame(number: int, **changes: Any) -> FrameLogged:
    return FrameLogged(*exchange(number))._replace(**changes)


async def everything(store: PostgresStore, query: MessageQuery, limit: int) -> tuple[list[MessageRow], int]:
    """All that a search finds, and in how many pages."""
    rows: list[MessageRow] = []
    cursor, pages = None, 0
    while True:
        page = await store.messages(query, limit=limit, cursor=cursor)
        rows += page.items
        cursor, pages = page.next, pages + 1
        if cursor is None:
            return rows, pages


async def test_a_page_looks_at_a_bounded_number_of_rows_and_the_next_goes_on_there(
    store: PostgresStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(messages, "EXAMINED", 10)
    await store.write([exchange(number, action="Authorize" if number in (3, 27) else "Heartbeat") for number in range(35)])
    wanted = MessageQuery(actions=("Authorize",))
    first = await store.messages(wanted, limit=5)
    assert [row.message_id for row in first.items] == ["m27"]
    second = await store.messages(wanted, limit=5, cursor=first.next)
    assert (second.items, second.next is not None) == ([], True), "it has found nothing, and there is more"
    rows, pages = await everything(store, wanted, 5)
    assert ([row.message_id for row in rows], pages) == (["m27", "m3"], 4)
    assert len((await everything(store, MessageQuery(text="heartbeat"), 4))[0]) == 35


async def test_what_went_wrong_is_found_by_itself_whatever_lies_between(store: PostgresStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages, "EXAMINED", 10)
    odd = [
        frame(1, outcome="error", error_code="FormationViolation", error="/idTag: is missing"),
        frame(2, outcome="ignored", kind="ignored", message_id="", action="", error="not json", answer=None, answered_at=None),
        frame(3, outcome="sent", kind="send", answer=None, answered_at=None),
    ]
    await store.write([*odd, *(exchange(number) for number in range(10, 60))])
    assert [row.message_id for row in (await everything(store, MessageQuery(trouble=True), 5))[0]] == ["", "m1"]
    for query, found in (
        (MessageQuery(error_code="FormationViolation", trouble=True), ["m1"]),
        (MessageQuery(outcome="error"), ["m1"]),
        (MessageQuery(kind="send"), ["m3"]),
        (MessageQuery(kind="ignored", charger_id="CP1", trouble=True), [""]),
    ):
        assert [row.message_id for row in (await everything(store, query, 5))[0]] == found, query
    (wrong,) = (await everything(store, MessageQuery(outcome="error"), 5))[0]
    assert (wrong.error_code, wrong.error) == ("FormationViolation", "/idTag: is missing")
    assert await store.message(wrong.id) == wrong
    assert await store.message(wrong.id + 10**6) is None


async def test_searches_and_permalinks_go_by_index(store: PostgresStore, database_url: str) -> None:
    await store.write([exchange(number, charger_id=f"CP{number % 50}") for number in range(5000)])
    today = f"messages_{NOW:%Y%m%d}"
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("ANALYZE messages")
        connection.execute("SET enable_seqscan TO off; SET enable_bitmapscan TO off; SET enable_sort TO off")  # as in a large table
        after_row = (NOW + timedelta(seconds=4), 10)
        for query, cursor, index in (
            (MessageQuery(charger_id="CP1"), None, "charger_id_at_id"),
            (MessageQuery(charger_id="CP1", actions=("Heartbeat",)), after_row, "charger_id_at_id"),
            (MessageQuery(), None, "at_id"),
            (MessageQuery(text="heart", since=NOW, until=NOW + timedelta(hours=1)), after_row, "at_id"),
            (MessageQuery(trouble=True), None, "at_id"),
        ):
            made = page_of(query, 51, cursor).compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True})
            plan = "\n".join(str(row[0]) for row in connection.execute(f"EXPLAIN {made}"))  # type: ignore[arg-type]
            lines = [line for line in plan.splitlines() if today in line]
            assert lines, plan
            assert all(f"{today}_{index}" in line for line in lines), plan
            assert "Sort  (" not in plan, plan
        plan = "\n".join(str(row[0]) for row in connection.execute("EXPLAIN SELECT * FROM messages WHERE id = 7 LIMIT 1"))
        assert f"{today}_id_idx" in plan


async def test_the_oldest_days_of_a_log_that_is_too_large_go(store: PostgresStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages, "EMPTY_BYTES", 100 * 1024)
    rows = []
    for day in (-1, 0, 1):
        rows += [exchange(number, at=NOW + timedelta(days=day), request="x" * 1000) for number in range(500)]
    await store.write(rows)
    assert await store.oldest_within(1 << 30) is None
    before = await store.oldest_within(1 << 20)
    assert before == NOW.replace(hour=0)
    await store.retire(messages_before=before)
    left, _ = await everything(store, MessageQuery(), 500)
    assert {row.at.date() for row in left} == {NOW.date(), (NOW + timedelta(days=1)).date()}
    assert await store.oldest_within(1) is None, "the newest two days stay"
