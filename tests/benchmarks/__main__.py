"""``make bench``: runs the scenarios, prints the table of figures and targets, writes it as JSON."""

from __future__ import annotations

import argparse
import os
import platform
import pstats
import sys
import tempfile
from dataclasses import asdict, replace
from datetime import UTC, datetime
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

import psutil
from rich.console import Console

from tests.benchmarks import accounting, event_loop
from tests.benchmarks.results import Results, show
from tests.benchmarks.scenarios import SCENARIOS, Plan, quick
from tests.benchmarks.servers import LOGGED, UNLOGGED, UNRECORDED, VOLTARO, BenchmarkFailed, generating, running

SPARE_FILES = 500
NOTES = (
    "1.6J on loopback, one generator process a server, closed loop: every charger sends its next message when the last is answered.",
    "Mix: Heartbeat, MeterValues (energy, power, SoC; fresh timestamp, running transaction), StatusNotification (changed), MeterValues.",
    "No compression is negotiated in any variant: the generator offers none, echo and ocpp are set to none.",
    "CPU is the server's, user and system, all threads, from the operating system; PostgreSQL's own stands beside and is not counted.",
    "With recording off the frame log is off as well. Ratios are medians of the ratios round by round.",
)


def main() -> int:
    chosen = _arguments().parse_args()
    console = Console(width=max(Console().width, 160))
    limit = accounting.raise_file_limit()
    plan = Plan(
        voltaro=chosen.voltaro, has_voltaro=_has_voltaro(chosen), say=lambda line: console.print(line, style="dim", highlight=False)
    )
    plan = _as_asked(plan, limit, chosen, console)
    if chosen.profile:
        return _profile(plan, chosen, console)
    settings = {name: value for name, value in asdict(plan).items() if name != "say"} | {"quick": chosen.quick}
    results = Results(_machine(limit), settings)
    if not plan.has_voltaro:
        console.print("Voltaro cannot serve from this tree yet: only what it is compared with is measured.", style="yellow")
    for name in chosen.only or SCENARIOS:
        try:
            SCENARIOS[name](plan, results)
        except BenchmarkFailed as failure:
            results.failures.append(f"{name}: {failure}")
            console.print(f"{name}: {failure}", style="red", markup=False)
    show(results, console)
    for note in NOTES:
        console.print(f"  {note}", style="dim", highlight=False)
    results.write(chosen.json)
    console.print(f"Written to {chosen.json}")
    return 1 if results.failures else 0


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer rounds, fewer chargers: to see that it works, not for figures")
    parser.add_argument("--only", action="append", choices=SCENARIOS, help="run this scenario only; may be given more than once")
    parser.add_argument(
        "--json", type=Path, default=Path(".benchmarks/latest.json"), help="where the figures are written (default: %(default)s)"
    )
    parser.add_argument("--voltaro", default=VOLTARO, help="the command that serves, to measure another build")
    parser.add_argument("--rounds", type=int, help="windows of each variant")
    parser.add_argument("--seconds", type=float, help="length of one window")
    parser.add_argument(
        "--profile",
        nargs="?",
        const=100,
        type=int,
        metavar="CHARGERS",
        help="instead of measuring, run Voltaro with so many chargers (default 100) under cProfile and print the top 40 by own time",
    )
    parser.add_argument(
        "--variant", choices=[v.name for v in (LOGGED, UNLOGGED, UNRECORDED)], default=LOGGED.name, help="which Voltaro to profile"
    )
    return parser


def _has_voltaro(chosen: argparse.Namespace) -> bool:
    return chosen.voltaro != VOLTARO or find_spec("voltaro.__main__") is not None


def _as_asked(plan: Plan, limit: int, chosen: argparse.Namespace, console: Console) -> Plan:
    """The plan as the command line has it, and no more chargers than this machine gives one process files."""
    if chosen.quick:
        plan = quick(plan)
    if chosen.rounds:
        plan = replace(plan, rounds=chosen.rounds)
    if chosen.seconds:
        plan = replace(plan, seconds=chosen.seconds)
    most = limit - SPARE_FILES
    if plan.fleet > most or plan.many > most:
        console.print(f"Only {limit} files may be open here (ulimit -n): the fleet is cut to {most} chargers.", style="yellow")
        plan = replace(plan, fleet=min(plan.fleet, most), many=min(plan.many, most))
    return plan


def _machine(limit: int) -> dict[str, object]:
    packages = ("voltaro", "websockets", "ocpp", "pykka", "psycopg", "SQLAlchemy", "aiohttp", "uvloop", "msgspec", "jsonschema-rs")
    versions = {}
    for package in packages:
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            versions[package] = "not installed"
    return {
        "taken_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": sys.version.split()[0],
        "system": platform.platform(),
        "cores": os.cpu_count(),
        "memory_mib": psutil.virtual_memory().total // 2**20,
        "load_before": os.getloadavg(),
        "open_files": limit,
        "event_loop": event_loop.NAME,
        "versions": versions,
    }


def _profile(plan: Plan, chosen: argparse.Namespace, console: Console) -> int:
    """One window under cProfile, which slows Python code about twofold: read the order, not the seconds."""
    variant = {v.name: v for v in (LOGGED, UNLOGGED, UNRECORDED)}[chosen.variant]
    with tempfile.TemporaryDirectory(prefix="voltaro-profile-") as folder:
        dump = Path(folder) / "profile"
        with running(variant, plan.voltaro, {"VOLTARO_PROFILE": str(dump)}) as server, generating(server) as generator:
            generator.connect(chosen.profile)
            server.add_tags(generator.do("tags")["tags"])
            generator.do("begin")
            window = generator.measure("mix", warm_s=plan.warm_s, seconds=max(plan.seconds, 5.0))
        console.print(
            f"{variant.label}, {chosen.profile} chargers: {window['messages']} messages, {window['cpu_us']} us each under the profiler"
        )
        if not dump.exists():
            console.print("The server wrote no profile: it honours VOLTARO_PROFILE=FILE at its orderly end.", style="red")
            return 1
        pstats.Stats(str(dump)).sort_stats("tottime").print_stats(40)
    return 0


if __name__ == "__main__":
    sys.exit(main())
