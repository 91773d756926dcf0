"""The pool of connections, and what every part of the store does with one."""

from __future__ import annotations

import asyncio
import json
import traceback
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import psycopg
from psycopg.types.json import set_json_dumps
from sqlalchemy import ColumnElement, any_, insert, literal, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from persistence.errors import sorted_errors
from persistence.tables import audit
from persistence.urls import conninfo, engine_url
from voltaro.ports import present_origin

CHANNEL = "voltaro"
POOL_SIZE = 10
POOL_WAIT_S = 10
POOL_RECYCLE_S = 1800
LONGEST_PAYLOAD = 2000
LONGEST_USE_S = 45.0
"""How long anybody may be busy with a connection of the pool. PostgreSQL ends a statement after 30 s itself: what takes longer
waits for one that hangs, or for a link that swallows."""

_CONNECTION: dict[str, Any] = {
    "connect_timeout": 5,
    "application_name": "voltaro",
    "keepalives_idle": 20,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}
_SETTINGS = (
    "SET timezone = 'UTC'; SET statement_timeout = '30s'; SET lock_timeout = '10s'; "
    "SET idle_in_transaction_session_timeout = '60s'; SET jit = off"
)


class Database:
    """The pool. ``reading`` and ``changing`` raise StoreUnavailable and Poison, never the driver's errors."""

    def __init__(self, url: str, pool_size: int = POOL_SIZE) -> None:
        self._url = url
        self.engine: AsyncEngine = create_async_engine(
            engine_url(url),
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=POOL_WAIT_S,
            pool_pre_ping=True,
            pool_recycle=POOL_RECYCLE_S,
            async_creator=self.connect,
        )
        self._reading = self.engine.execution_options(isolation_level="AUTOCOMMIT")

    async def connect(self, *, autocommit: bool = False) -> psycopg.AsyncConnection[Any]:
        """A connection of its own, outside the pool."""
        try:
            connection = await psycopg.AsyncConnection.connect(conninfo(self._url), autocommit=True, **_CONNECTION)
        except BaseException as error:
            # What was half connected would live on in the frames of this error until the collector finds it, and its socket too.
            traceback.clear_frames(error.__traceback__)
            raise
        try:
            async with asyncio.timeout(POOL_WAIT_S):
                await connection.execute(_SETTINGS)
            await connection.set_autocommit(autocommit)
            set_json_dumps(to_json, connection)  # what SQLAlchemy would do, had it made the connection
        except BaseException:
            await connection.close()
            raise
        return connection

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A connection on which every statement stands alone."""
        with sorted_errors():
            async with asyncio.timeout(LONGEST_USE_S), self._reading.connect() as connection:
                yield connection

    @asynccontextmanager
    async def changing(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that is committed at the end, durably."""
        with sorted_errors():
            async with asyncio.timeout(LONGEST_USE_S), self.engine.begin() as connection:
                yield connection

    async def close(self) -> None:
        await self.engine.dispose()


class Part:
    """One noun of the store."""

    _database: Database


def among(column: ColumnElement[Any], values: Iterable[Any]) -> ColumnElement[bool]:
    """Whether a text or bigint column has one of these values: one parameter, however many there are."""
    wanted = list(values)
    return column == any_(literal(wanted, ARRAY(column.type)))


async def note(
    connection: AsyncConnection,
    by: str,
    action: str,
    target: str,
    detail: Mapping[str, Any] | None = None,
    *,
    before: Mapping[Any, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Write to the audit log who did what, in the transaction that does it; of ``before`` and ``after`` what differs."""
    await connection.execute(insert(audit).values(audit_row(by, action, target, detail or {}, before, after)))


def audit_row(
    by: str, action: str, target: str, detail: Mapping[str, Any], before: Mapping[Any, Any] | None, after: Mapping[str, Any] | None
) -> dict[str, Any]:
    """A row of the audit log, counted to the request that we are working for. Of secrets only that they have changed."""
    row: dict[str, Any] = {"actor": by, "action": action, "target": target, "detail": _read_back(detail), "before": None, "after": None}
    if before is not None or after is not None:
        row["before"], row["after"] = _differences(_read_back(before), _read_back(after))
    origin = present_origin()
    if origin is not None:
        origin.entries += 1
    return row | {
        "address": None if origin is None else origin.address,
        "request_id": None if origin is None else origin.request_id,
    }


def _differences(before: dict[str, Any] | None, after: dict[str, Any] | None) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    """What differs of two states; of what was made, or is no more, all that it has."""
    if before is None or after is None:
        whole = {name: _shown(name, value) for name, value in (before or after or {}).items() if value is not None}
        return (whole, None) if after is None else (None, whole)
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    return (
        {name: _shown(name, before.get(name)) for name in names},
        {name: _shown(name, after.get(name), "changed") for name in names},
    )


def _shown(name: str, value: Any, hidden: str = "kept secret") -> Any:
    return hidden if name in _SECRET and value is not None else value


def _read_back(value: Mapping[Any, Any] | None) -> Any:
    return None if value is None else json.loads(json_text(value))


_SECRET = frozenset({"password", "password_hash", "salt", "secret_hash", "token", "csrf"})
"""What the audit never holds."""


async def notify(connection: AsyncConnection, kind: str, key: str = "") -> None:
    """Tell who listens that something has changed, once the transaction is committed."""
    payload = f"{kind}:{key}" if len(key) <= LONGEST_PAYLOAD else f"{kind}:"
    await connection.execute(text("SELECT pg_notify(:channel, :payload)"), {"channel": CHANNEL, "payload": payload})


def to_json(value: object) -> str:
    """JSON text: NaN and infinity are refused. Raises ValueError, TypeError."""
    return json.dumps(value, separators=(",", ":"), default=_plain, allow_nan=False, ensure_ascii=False)


def json_text(value: object) -> str:
    """Whatever a charger or an operator wrote as JSON, as a text in a row: within the row's own JSON PostgreSQL would refuse
    its ``\\u0000``. Half characters become ``?``."""
    return to_json(value).encode("utf-8", "replace").decode()


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, frozenset | set):
        return sorted(value)
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return str(value)
