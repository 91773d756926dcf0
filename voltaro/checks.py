"""What a server's figures mean: each is well, a warning or ill, and then there is something to do.

A running server judges them for its system page; ``voltaro doctor`` judges those that are there before it runs."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from voltaro.config import Settings, UnknownChargers
from voltaro.ports import Check, DatabaseState

MIB = 1 << 20
GIB = 1 << 30
FEW_FILES = 4096
SLOW_DATABASE_MS = 50.0
CLOCK_APART_S = 2.0
MANY_FACTS = 1000
LATE_MS, TOO_LATE_MS = 100.0, 1000.0
LONG_TRANSACTION_S = 60.0
RENEW_BEFORE, RENEW_NOW = timedelta(days=30), timedelta(days=3)
"""What is left of a certificate's time when it is to be renewed, and when that is overdue."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """The figures that are judged. ``away_s``: PostgreSQL has been away for so long."""

    database: DatabaseState | None
    away_s: float | None
    queue: int
    lag_p99_ms: float
    disk_free: int
    disk_total: int
    open_files: int
    most_files: int
    certificates: Sequence[tuple[str, datetime]]
    now: datetime
    settings: Settings


def examine(numbers: Numbers) -> list[Check]:
    """Every check, the worst first."""
    found = [
        *_database(numbers),
        _queue(numbers),
        _loop(numbers),
        _disk(numbers),
        files(numbers.open_files, numbers.most_files),
        *_certificates(numbers),
        *_set_up(numbers.settings),
    ]
    return sorted(found, key=lambda check: ("ill", "warning", "well").index(check.state))


def clock(apart_s: float) -> Check:
    """How far this machine's clock is from the database's."""
    return _judged(
        "clock",
        f"{abs(apart_s):.1f} s apart",
        ill=False,
        warning=abs(apart_s) > CLOCK_APART_S,
        advice="Set the clocks of this machine and of the database's by NTP.",
    )


def files(open_files: int, most_files: int) -> Check:
    """How many files are open, of those that may be."""
    return _judged(
        "open_files",
        f"{open_files} / {most_files}",
        ill=open_files > 0.95 * most_files,
        warning=open_files > 0.8 * most_files or most_files < FEW_FILES,
        advice="Raise the limit (ulimit -n, or LimitNOFILE= in the service unit): every charger takes a file.",
    )


def nearest_folder(folder: Path) -> Path:
    """The folder itself, or where it is not there yet the nearest above it that is."""
    folder = folder.absolute()
    return next(place for place in (folder, *folder.parents) if place.exists())


def _judged(check: str, seen: str, *, ill: bool, warning: bool, advice: str) -> Check:
    state = "ill" if ill else "warning" if warning else "well"
    return Check(check, state, seen, "" if state == "well" else advice)


def _database(numbers: Numbers) -> list[Check]:
    database = numbers.database
    if database is None or numbers.away_s is not None:
        seen = "no answer" if numbers.away_s is None else f"away for {numbers.away_s:.0f} s"
        return [
            Check(
                "database", "ill", seen, "Look whether PostgreSQL runs and can be reached; chargers keep what they have to say meanwhile."
            )
        ]
    slow = database.latency_ms > SLOW_DATABASE_MS
    crowded = database.connections > 0.8 * database.max_connections
    held = database.oldest_transaction_s > LONG_TRANSACTION_S
    return [
        _judged(
            "database",
            f"{database.latency_ms:.1f} ms",
            ill=False,
            warning=slow,
            advice="It answers slowly: look at its load, its disk and the network between.",
        ),
        clock(database.clock_apart_s),
        _judged(
            "connections",
            f"{database.connections} / {database.max_connections}",
            ill=False,
            warning=crowded,
            advice="Raise max_connections of PostgreSQL, or find out who else holds so many.",
        ),
        _judged(
            "transactions",
            f"{database.oldest_transaction_s:.0f} s",
            ill=False,
            warning=held,
            advice="A transaction has been open for long, and PostgreSQL cannot clean up behind it: see pg_stat_activity.",
        ),
    ]


def _queue(numbers: Numbers) -> Check:
    return _judged(
        "queue",
        str(numbers.queue),
        ill=False,
        warning=numbers.queue > MANY_FACTS,
        advice="Facts gather faster than they are written: look at the database's disk and load.",
    )


def _loop(numbers: Numbers) -> Check:
    return _judged(
        "event_loop",
        f"{numbers.lag_p99_ms:.1f} ms",
        ill=numbers.lag_p99_ms > TOO_LATE_MS,
        warning=numbers.lag_p99_ms > LATE_MS,
        advice="The machine is too busy for its chargers: give it a faster core, or take other work off it.",
    )


def _disk(numbers: Numbers) -> Check:
    share = numbers.disk_free / max(1, numbers.disk_total)
    return _judged(
        "disk",
        f"{numbers.disk_free / GIB:.1f} / {numbers.disk_total / GIB:.1f} GiB",
        ill=numbers.disk_free < 256 * MIB,
        warning=share < 0.1 or numbers.disk_free < GIB,
        advice="Free space on the disk of the data folder, or keep messages for fewer days (keep_messages_days, keep_messages_mb).",
    )


def _certificates(numbers: Numbers) -> list[Check]:
    return [
        _judged(
            "certificate",
            f"{file}: {not_after:%Y-%m-%d}",
            ill=not_after - numbers.now < RENEW_NOW,
            warning=not_after - numbers.now < RENEW_BEFORE,
            advice="Renew it soon; the new files come into use by themselves.",
        )
        for file, not_after in numbers.certificates
    ]


def _set_up(settings: Settings) -> list[Check]:
    """What is fine in a lab and nowhere else."""
    found = []
    if settings.fault_injection:
        found.append(
            Check("fault_injection", "warning", "on", "An administrator may crash actors on purpose: switch it off where money is earned.")
        )
    if settings.unknown_chargers is UnknownChargers.ACCEPT:
        found.append(Check("unknown_chargers", "warning", "accept", "Whoever can reach the port of chargers is let in: set it to pending."))
    if not _is_loopback(settings.host) and settings.ocpps_port is None and settings.trusted_proxy is None:
        found.append(
            Check(
                "tls",
                "warning",
                settings.host,
                "Chargers' passwords travel in the clear: give ocpps_port with a certificate, or a proxy with TLS.",
            )
        )
    return found


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
