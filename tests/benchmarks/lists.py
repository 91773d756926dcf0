"""How long the list pages take with years of history: chargers, sessions, tags, messages, meter values, events by the million.

The rows are made by SQL in an embedded cluster; then a real server on it is asked every list over HTTP, each with its usual
filters, and the plans of the queries behind the slowest are printed.

    python -m tests.benchmarks.lists [--sessions 1000000] [--meter-values 20000000] [--chargers 10000] [--json FILE]
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import http.client
import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.parse
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
from sqlalchemy import event

from persistence import migrations
from persistence.store import PostgresStore
from tests.benchmarks.servers import ADDRESS
from voltaro import embedded
from voltaro.domain.session import SessionState
from voltaro.ports import MessageQuery, SessionQuery

ROUNDS = 20
GENERAL = "/sessions?limit=100"
ASKED = (
    "/chargers?limit=100",
    "/chargers?limit=500",
    "/chargers?limit=100&search=CP04",
    "/overview",
    GENERAL,
    "/sessions?limit=100&state=active",
    "/sessions?limit=100&state=unresolved",
    "/sessions?limit=100&charger_id=CP00042",
    "/sessions?limit=100&id_tag=TAG00042",
    "/sessions?limit=100&started_after={month}",
    "/sessions?limit=100&started_before={year}",
    "/sessions?limit=100&charger_id=CP00042&state=ended&started_before={year}",
    "/sessions/{session}",
    "/sessions/{session}/meter-values",
    "/tags?limit=100",
    "/tags?limit=100&search=TAG0004",
    "/messages?limit=100",
    "/chargers/CP00042/messages?limit=100",
    "/chargers/CP00042/messages?limit=100&action=Heartbeat",
    "/chargers/CP00042/commands?limit=50",
    "/chargers/CP00042",
    "/audit?limit=100",
    "/dead-letters?limit=100",
)
FILL = (
    (
        "chargers",
        """INSERT INTO chargers (id, registration, protocol, vendor, model, serial_number, firmware_version, last_seen, security_profile)
           SELECT 'CP' || to_char(n, 'FM00000'), 'accepted', (ARRAY['ocpp1.6', 'ocpp2.0.1', 'ocpp2.1'])[1 + n %% 3], 'Vendor ' || n %% 7,
                  'Model ' || n %% 31, 'SN' || n, '1.' || n %% 9, now() - n * interval '1 second', 0
           FROM generate_series(1, %(chargers)s) n""",
    ),
    (
        "connectors",
        """INSERT INTO connectors (charger_id, evse_id, connector_id, status, state, error_code, updated_at, received_at)
           SELECT 'CP' || to_char(n, 'FM00000'), evse, 1, 'Available', 'available', 'NoError', now(), now()
           FROM generate_series(1, %(chargers)s) n, generate_series(1, 2) evse""",
    ),
    (
        "tags",
        """INSERT INTO tags (key, id_tag, status, created_at)
           SELECT 'tag' || to_char(n, 'FM00000'), 'TAG' || to_char(n, 'FM00000'), 'accepted', now() - n * interval '1 minute'
           FROM generate_series(1, 50000) n""",
    ),
    (
        "sessions",
        """INSERT INTO sessions (charger_id, evse_id, connector_id, transaction_id, protocol, state, started_at, received_at, id_tag,
                  tag_key, ended_at, meter_start_wh, meter_stop_wh, energy_wh, power_w, stop_reason, start_key)
           SELECT 'CP' || to_char(1 + n %% %(chargers)s, 'FM00000'), 1 + n %% 2, 1, n::text, 'ocpp1.6',
                  CASE WHEN n <= 3000 THEN 'active' WHEN n %% 5003 = 0 THEN 'unresolved' ELSE 'ended' END, at, at,
                  'TAG' || to_char(1 + n %% 50000, 'FM00000'), 'tag' || to_char(1 + n %% 50000, 'FM00000'),
                  CASE WHEN n > 3000 THEN at + interval '1 hour' END, n, CASE WHEN n > 3000 THEN n + 11000 END, 11000,
                  CASE WHEN n <= 3000 THEN 11000 END, CASE WHEN n > 3000 THEN 'Local' END, 'start ' || n
           FROM (SELECT n, now() - n * (interval '730 days' / %(sessions)s) AS at FROM generate_series(1, %(sessions)s) n) made""",
    ),
    (
        "messages",
        """INSERT INTO messages (charger_id, direction, message_id, action, request, answer, outcome, at, answered_at)
           SELECT 'CP' || to_char(1 + n %% %(chargers)s, 'FM00000'), 'in', n::text,
                  (ARRAY['Heartbeat', 'MeterValues', 'StatusNotification'])[1 + n %% 3], '{"connectorId":1}', '{}', 'result',
                  now() - n * (interval '7 days' / %(messages)s), now()
           FROM generate_series(1, %(messages)s) n""",
    ),
    (
        "events",
        """INSERT INTO events (type, at, charger_id, data)
           SELECT 'connector.status', now() - (%(events)s - n) * interval '1 second', 'CP' || to_char(1 + n %% %(chargers)s, 'FM00000'),
                  '{"evse_id": 1, "connector_id": 1, "state": "available", "status": "Available"}'
           FROM generate_series(1, %(events)s) n""",
    ),
    (
        "audit",
        """INSERT INTO audit (at, actor, action, target, detail)
           SELECT now() - (100000 - n) * interval '1 minute', 'ada', 'charger.changed', 'CP00001', '{}'
           FROM generate_series(1, 100000) n""",
    ),
)
METER_KIND = """INSERT INTO meter_kinds (measurand, unit, context, phase, location, signed)
    VALUES ('Energy.Active.Import.Register', 'Wh', 'Sample.Periodic', '', 'Outlet', false) RETURNING id"""
METER_VALUES = """INSERT INTO meter_values (charger_id, evse_id, session_id, kind_id, at, value, received_at)
    SELECT s.charger_id, s.evse_id, s.id, %(kind)s, s.started_at + n * interval '1 minute', (s.meter_start_wh + n * 180)::text, s.started_at
    FROM (SELECT * FROM sessions ORDER BY id LIMIT %(count)s OFFSET %(first)s) s, generate_series(0, %(each)s - 1) n"""
TAKEN = """SELECT sum(pg_total_relation_size(relid)) FROM pg_partition_tree(%(table)s::regclass)
    UNION ALL SELECT pg_total_relation_size(%(table)s::regclass) ORDER BY 1 DESC NULLS LAST LIMIT 1"""
A_SLICE = 50_000
SHOWN = 12
"""So many lines of a plan are printed; all are in the JSON."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--chargers", type=int, default=10_000)
    parser.add_argument("--sessions", type=int, default=1_000_000)
    parser.add_argument("--messages", type=int, default=2_000_000)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--meter-values", type=int, default=20_000_000)
    parser.add_argument("--json", type=Path, default=Path(".benchmarks/lists.json"))
    chosen = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="voltaro-lists-"))
    folder.chmod(0o755)
    cluster = embedded.start(folder, durable=False)
    try:
        migrations.upgrade(cluster.url)
        filled = _fill(cluster.url, chosen)
        with _serving(cluster.url, folder) as (address, token):
            answers = _ask(address, token, cluster.url)
        plans = asyncio.run(_plans(cluster.url))
    finally:
        cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)
        if not cluster.home.is_relative_to(folder):
            shutil.rmtree(cluster.home, ignore_errors=True)
    chosen.json.parent.mkdir(exist_ok=True)
    chosen.json.write_text(json.dumps({"rows": filled, "answers": answers, "plans": plans}, indent=2))
    return 0


def _fill(url: str, chosen: argparse.Namespace) -> dict[str, int]:
    """Make the rows; what is there afterwards, by table."""
    sizes = {"chargers": chosen.chargers, "sessions": chosen.sessions, "messages": chosen.messages, "events": chosen.events}
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SELECT prepare_partitions('meter_values', 'month', 26, 1)")
        connection.execute("SELECT prepare_partitions('messages', 'day', 8, 1)")
        for name, statement in FILL:
            began = time.perf_counter()
            connection.execute(statement, sizes)
            print(f"{name}: {time.perf_counter() - began:.1f} s", flush=True)
        began = time.perf_counter()
        kind = connection.execute(METER_KIND).fetchone()
        each = max(1, chosen.meter_values // chosen.sessions)
        for first in range(0, min(chosen.sessions, chosen.meter_values // each), A_SLICE):
            connection.execute(METER_VALUES, {"kind": kind and kind[0], "count": A_SLICE, "first": first, "each": each})
        print(f"meter values: {time.perf_counter() - began:.1f} s", flush=True)
        connection.execute("VACUUM ANALYZE")
        tables = ("chargers", "sessions", "meter_values", "messages", "events", "tags", "audit")
        counted = {table: int((connection.execute(f"SELECT count(*) FROM {table}").fetchone() or (0,))[0]) for table in tables}
        for table in tables:
            taken = connection.execute(TAKEN, {"table": table}).fetchone()
            print(f"{table}: {int((taken or (0,))[0]) // max(1, counted[table])} bytes a row with its indexes")
        size = connection.execute("SELECT pg_database_size(current_database()) / 1048576").fetchone()
    print(json.dumps(counted), f"{size and size[0]} MiB", flush=True)
    return counted


@contextlib.contextmanager
def _serving(url: str, folder: Path) -> Iterator[tuple[str, str]]:
    token = secrets.token_urlsafe(32)
    env = {**os.environ, "VOLTARO_ADMIN_TOKEN": token}
    ports = ["--http-port", "0", "--ocpp-port", "0", "--data-dir", str(folder / "data"), "--database-url", url]
    command = [sys.executable, "-m", "voltaro", "serve", *ports]
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if found := dict(ADDRESS.findall(line)):
                break
        try:
            yield found["http"], token
        finally:
            process.terminate()


def _ask(address: str, token: str, url: str) -> dict[str, dict[str, float]]:
    """Every list, in turn: the first answer, and the median and the slowest of those after it, in milliseconds."""
    with psycopg.connect(url) as connection:
        session = connection.execute("SELECT max(id) - 5000 FROM sessions").fetchone()
        moments = connection.execute("SELECT now() - interval '30 days', now() - interval '365 days'").fetchone()
    assert session is not None
    assert moments is not None
    month, year = (urllib.parse.quote(moment.isoformat()) for moment in moments)
    answers: dict[str, dict[str, float]] = {}
    with contextlib.closing(http.client.HTTPConnection(urlsplit(address).netloc, timeout=120)) as api:

        def get(path: str) -> tuple[float, bytes]:
            began = time.perf_counter()
            api.request("GET", f"/api/v1{path}", headers={"Authorization": f"Bearer {token}"})
            answer = api.getresponse()
            body = answer.read()
            if answer.status != 200:
                raise SystemExit(f"{path}: {answer.status} {body[:300]!r}")
            return (time.perf_counter() - began) * 1000, body

        cursor = json.loads(get(GENERAL)[1])["next"]
        deep = f"{GENERAL}&cursor={urllib.parse.quote(cursor)}"
        for pattern in (*ASKED, deep):
            path = pattern if pattern is deep else pattern.format(session=session[0], month=month, year=year)
            first = get(path)[0]
            waits = sorted(get(path)[0] for _ in range(ROUNDS))
            name = f"{GENERAL}&cursor=..." if pattern is deep else pattern
            answers[name] = {"first_ms": round(first, 1), "median_ms": round(waits[ROUNDS // 2], 1), "max_ms": round(waits[-1], 1)}
            print(f"{name:80} {json.dumps(answers[name])}", flush=True)
    return answers


async def _plans(url: str) -> dict[str, list[str]]:
    """How PostgreSQL answers the queries of the main lists."""
    store = PostgresStore(url)
    engine = store._database.engine
    plans: dict[str, list[str]] = {}
    said: list[tuple[str, Any]] = []

    @event.listens_for(engine.sync_engine, "before_cursor_execute")
    def heard(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        said.append((statement, parameters))

    questions = {
        "chargers": store.chargers(limit=100, cursor=None),
        "sessions": store.sessions(SessionQuery(), limit=100, cursor=None),
        "sessions of a charger": store.sessions(SessionQuery(charger_id="CP00042"), limit=100, cursor=None),
        "sessions of a tag": store.sessions(SessionQuery(id_tag="TAG00042"), limit=100, cursor=None),
        "running sessions": store.sessions(SessionQuery(state=SessionState.ACTIVE), limit=100, cursor=None),
        "messages of a charger": store.messages(MessageQuery(charger_id="CP00042"), limit=100, cursor=None),
        "meter values of a session": store.meter_values(50_000, limit=1000, cursor=None),
    }
    for name, question in questions.items():
        said.clear()
        await question
        async with engine.connect() as connection:
            for statement, parameters in list(said):
                if statement.lstrip().upper().startswith("SELECT"):
                    rows = await connection.exec_driver_sql(
                        f"EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, BUFFERS OFF) {statement}", parameters
                    )
                    plans.setdefault(name, []).extend(row[0] for row in rows)
        lines = plans[name]
        shown = lines if len(lines) <= SHOWN else [*lines[:SHOWN], f"... {len(lines) - SHOWN} more, each partition alike", lines[-1]]
        print(f"\n{name}\n  " + "\n  ".join(shown), flush=True)
    await store.close()
    return plans


if __name__ == "__main__":
    sys.exit(main())
