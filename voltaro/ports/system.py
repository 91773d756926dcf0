"""How the server itself stands: what the roof measures of the process, and what the store knows of its database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class TableSize:
    """A table with its indexes; partitions are counted with their parent. ``rows`` is PostgreSQL's estimate."""

    name: str
    rows: int
    bytes: int


@dataclass(frozen=True, slots=True)
class DatabaseState:
    """What PostgreSQL says of itself. ``connections`` are those to this database, of ``max_connections`` to the whole cluster."""

    version: str
    revision: str | None
    bytes: int
    connections: int
    max_connections: int
    pool_in_use: int
    pool_size: int
    latency_ms: float
    clock_apart_s: float
    started_at: datetime | None
    commits: int
    rollbacks: int
    deadlocks: int
    cache_hit_percent: float | None
    oldest_transaction_s: float
    tables: Sequence[TableSize]


@dataclass(frozen=True, slots=True)
class Moment:
    """Figures of some seconds, for a small chart. Rates are a second's; ``lag_ms`` is the latest the event loop was."""

    at: datetime
    calls: float
    commands: float
    requests: float
    facts: float
    queue: int
    lag_ms: float
    commit_ms: float | None
    memory_bytes: int


@dataclass(frozen=True, slots=True)
class SettingShown:
    """A setting in effect, and where it comes from: default, flag, environment, file, or the command itself. Secrets are masked."""

    name: str
    value: str | None
    origin: str
    help: str


@dataclass(frozen=True, slots=True)
class Check:
    """One look at the server's health. ``state``: well, warning or ill; ``advice`` is what to do where it is not well."""

    check: str
    state: str
    seen: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class ProcessState:
    """What the roof measures of this process. Sizes in bytes, times in seconds or milliseconds by their names."""

    started_at: datetime
    versions: Mapping[str, str]
    memory_bytes: int
    open_files: int
    most_files: int
    threads: int
    tasks: int
    collections: Sequence[int]
    """How often the garbage collector looked at each generation."""
    lag_p50_ms: float
    lag_p99_ms: float
    queue: int
    database_away_s: float | None
    """How long PostgreSQL has been away; null while it is there."""
    last_database_error: str | None
    last_database_error_at: datetime | None
    lines: int
    stream_readers: int
    actors: int
    disk_free_bytes: int
    disk_total_bytes: int
    data_dir: str
    certificates: Sequence[Mapping[str, Any]]
    """Each file with ``subject`` and ``not_after``."""
    history: Sequence[Moment]
    settings: Sequence[SettingShown]
    checks: Sequence[Check]
    log: Sequence[Mapping[str, Any]]
    """The newest log lines: their keys and what may be shown of them."""


class Condition(Protocol):
    """What the web may ask about the server. ``voltaro/condition.py`` implements it."""

    async def state(self, database: DatabaseState | None) -> ProcessState:
        """As it is now; the checks look at ``database`` too, None where it does not answer."""
        ...

    def count_request(self) -> None:
        """An HTTP request was answered."""
        ...


class SystemRecords(Protocol):
    """What the store knows of its database."""

    async def database_state(self) -> DatabaseState: ...
