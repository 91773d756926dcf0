"""How this server stands: measured all the time, shown to who looks after it, and judged, with what to do.

A look at the figures is taken every five seconds and kept for ten minutes; nothing is counted for each message that was not counted
before.
"""

from __future__ import annotations

import asyncio
import gc
import platform
import resource
import shutil
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib import metadata
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from prometheus_client.registry import Collector

from voltaro import __version__, logs, metrics
from voltaro.checks import Numbers, examine, nearest_folder
from voltaro.config import Settings, settings_there_are
from voltaro.gateway.certificate import BadCertificate, read_pem
from voltaro.gateway.tls import TlsFiles
from voltaro.ports import Clock, DatabaseState, Moment, ProcessState, SettingShown

LAG_EVERY_S = 0.5
LOOK_EVERY = 10
"""Every so many looks at the lag, one at everything."""
MOMENTS = 120
LAGS = 600
LIBRARIES = ("aiohttp", "websockets", "pykka", "psycopg", "sqlalchemy", "msgspec", "jsonschema-rs", "ocpp", "uvloop")
_SECRET = ("secret", "token", "password")
"""What the name of a setting says that is never shown."""


@dataclass(frozen=True, slots=True)
class Reach:
    """What is looked at: how many facts wait, since when PostgreSQL is away (monotonic seconds), lines, readers, actors."""

    queue: Callable[[], int]
    away_since: Callable[[], float | None]
    lines: Callable[[], int]
    readers: Callable[[], int]
    actors: Callable[[], int]


class ServerCondition:
    """``ports.Condition``."""

    def __init__(self, settings: Settings, clock: Clock, reach: Reach) -> None:
        self._settings = settings
        self._clock = clock
        self._reach = reach
        self._started_at = clock.now()
        self._lags: deque[float] = deque(maxlen=LAGS)
        self._moments: deque[Moment] = deque(maxlen=MOMENTS)
        self._requests = 0
        self._counts = _Counts.now(0)
        self._counted_at = clock.monotonic()

    def count_request(self) -> None:
        self._requests += 1

    async def watch(self) -> None:
        """Measure for ever."""
        loop = asyncio.get_running_loop()
        latest = 0.0
        for turn in _for_ever():
            due = loop.time() + LAG_EVERY_S
            await asyncio.sleep(LAG_EVERY_S)
            late = max(0.0, loop.time() - due)
            metrics.LOOP_LAG_SECONDS.set(late)
            self._lags.append(late)
            latest = max(latest, late)
            if turn % LOOK_EVERY == 0:
                self._look(latest)
                latest = 0.0

    async def state(self, database: DatabaseState | None) -> ProcessState:
        """See ``ports.Condition``."""
        disk = await asyncio.to_thread(_disk, self._settings.data_dir)
        certificates = await asyncio.to_thread(lambda: list(_certificates(self._settings)))
        lags = sorted(self._lags)
        away_since = self._reach.away_since()
        trouble = next(
            (line for line in logs.recent() if str(line.get("event", "")).startswith("database.") and line.get("level") == "error"), {}
        )
        soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        numbers = Numbers(
            database=database,
            away_s=None if away_since is None else round(self._clock.monotonic() - away_since, 1),
            queue=self._reach.queue(),
            lag_p99_ms=_percentile(lags, 0.99),
            disk_free=disk.free,
            disk_total=disk.total,
            open_files=_open_files(),
            most_files=soft,
            certificates=[(str(one["file"]), one["not_after"]) for one in certificates],
            now=self._clock.now(),
            settings=self._settings,
        )
        return ProcessState(
            started_at=self._started_at,
            versions=_versions(),
            memory_bytes=_memory(),
            open_files=numbers.open_files,
            most_files=soft,
            threads=threading.active_count(),
            tasks=len(asyncio.all_tasks()),
            collections=[generation["collections"] for generation in gc.get_stats()],
            lag_p50_ms=_percentile(lags, 0.5),
            lag_p99_ms=numbers.lag_p99_ms,
            queue=numbers.queue,
            database_away_s=numbers.away_s,
            last_database_error=None if not trouble else str(trouble["event"]),
            last_database_error_at=None if not trouble else datetime.fromisoformat(str(trouble["timestamp"])),
            lines=self._reach.lines(),
            stream_readers=self._reach.readers(),
            actors=self._reach.actors(),
            disk_free_bytes=disk.free,
            disk_total_bytes=disk.total,
            data_dir=str(self._settings.data_dir.absolute()),
            certificates=certificates,
            history=list(self._moments),
            settings=list(settings_shown(self._settings)),
            checks=examine(numbers),
            log=logs.recent(),
        )

    def _look(self, late_s: float) -> None:
        now = self._clock.monotonic()
        counts, before = _Counts.now(self._requests), self._counts
        elapsed = max(now - self._counted_at, 0.001)
        batches = counts.batches - before.batches
        self._counts, self._counted_at = counts, now
        self._moments.append(
            Moment(
                at=self._clock.now(),
                calls=round((counts.calls - before.calls) / elapsed, 2),
                commands=round((counts.commands - before.commands) / elapsed, 2),
                requests=round((counts.requests - before.requests) / elapsed, 2),
                facts=round((counts.facts - before.facts) / elapsed, 2),
                queue=self._reach.queue(),
                lag_ms=round(late_s * 1000, 2),
                commit_ms=round((counts.batch_s - before.batch_s) / batches * 1000, 2) if batches else None,
                memory_bytes=_memory(),
            )
        )


@dataclass(frozen=True, slots=True)
class _Counts:
    """What only grows."""

    calls: float
    commands: float
    requests: int
    facts: float
    batches: float
    batch_s: float

    @classmethod
    def now(cls, requests: int) -> _Counts:
        return cls(
            calls=_total(metrics.CALLS),
            commands=_total(metrics.COMMANDS),
            requests=requests,
            facts=_total(metrics.BATCH_FACTS, "_sum"),
            batches=_total(metrics.BATCH_SECONDS, "_count"),
            batch_s=_total(metrics.BATCH_SECONDS, "_sum"),
        )


def settings_shown(settings: Settings) -> Iterator[SettingShown]:
    """Every setting in effect with its origin. A secret is told to be set, an address without its user's password."""
    for setting in settings_there_are():
        name, value = setting.name, getattr(settings, setting.name)
        is_default = value == setting.default
        origin = settings.origins.get(name) or ("default" if is_default else "command")
        yield SettingShown(name, _text(name, value), origin, str(setting.metadata["help"]))


def masked_address(url: str) -> str:
    """An address without the password in it, nor its query: that may hold one too.

    >>> masked_address("postgresql://volta:hush@db:5432/voltaro?sslmode=require")
    'postgresql://volta:***@db:5432/voltaro'
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return "***"
    if not parts.scheme:
        return "***"
    who, at, where = parts.netloc.rpartition("@")
    if at:
        user, colon, _ = who.partition(":")
        where = f"{user}:***@{where}" if colon else f"{user}@{where}"
    return f"{parts.scheme}://{where}{parts.path}"


def _text(name: str, value: object) -> str | None:
    if value is None or value == ():
        return None
    if isinstance(value, bool):
        return "on" if value else "off"
    if any(word in name for word in _SECRET):
        return "***"
    if isinstance(value, str) and (name.endswith("_url") or "://" in value):
        return masked_address(value)
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return str(value)


def _total(metric: Collector, suffix: str = "_total") -> float:
    return sum(sample.value for family in metric.collect() for sample in family.samples if sample.name.endswith(suffix))


def _percentile(ordered: Sequence[float], share: float) -> float:
    """In milliseconds."""
    return round(ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000, 2) if ordered else 0.0


def _versions() -> Mapping[str, str]:
    found = {"voltaro": __version__, "python": platform.python_version(), "system": f"{platform.system()} {platform.release()}"}
    for library in LIBRARIES:
        try:
            found[library] = metadata.version(library)
        except metadata.PackageNotFoundError:
            continue
    return found


def _disk(folder: Path) -> Any:
    return shutil.disk_usage(nearest_folder(folder))


def _memory() -> int:
    """What is resident, in bytes; the most there ever was where the system does not say."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
    except (OSError, ValueError, IndexError):
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most if sys.platform == "darwin" else most * 1024


def _open_files() -> int:
    for folder in ("/proc/self/fd", "/dev/fd"):
        try:
            return len(list(Path(folder).iterdir())) - 1
        except OSError:
            continue
    return 0


def _certificates(settings: Settings) -> Iterator[Mapping[str, Any]]:
    files = TlsFiles.of(settings)
    for certificate, _ in () if files is None else files.pairs:
        try:
            leaf = read_pem(certificate.read_text())[0]
        except (OSError, BadCertificate, UnicodeDecodeError):
            continue
        yield {
            "file": str(certificate),
            "subject": leaf.common_name,
            "not_after": leaf.not_after,
            "key": f"{leaf.key_kind} {leaf.key_bits}",
        }


def _for_ever() -> Iterator[int]:
    turn = 0
    while True:
        turn += 1
        yield turn
