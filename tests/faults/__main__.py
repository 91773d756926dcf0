"""``make faults``: provokes every fault, prints what was measured beside what is wanted, writes it as JSON, exits 1 on a miss.

A scenario is found in any module of this package that has ``SCENARIOS``. It is given a seed of its own, made from that of the run
and its name, so that one alone repeats what it did among all.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import json
import math
import os
import pkgutil
import platform
import random
import sys
import time
import traceback
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from rich.console import Console
from rich.table import Table

import tests.faults
from tests.faults.rows import Row, holds

Scenario = Callable[[Random, bool], Awaitable[list[Row]]]


def main() -> int:
    scenarios = found()
    chosen = _arguments(scenarios).parse_args()
    seed = random.SystemRandom().randrange(2**32) if chosen.seed is None else chosen.seed
    console = Console(width=max(Console().width, 120))
    console.print(f"seed {seed} (--seed {seed} repeats it){', long runs' if chosen.long else ''}", highlight=False)
    figures: dict[str, list[Row]] = {}
    for name in chosen.only or scenarios:
        began = time.monotonic()
        console.print(f"{name} ...", style="dim", highlight=False)
        figures[name] = run(scenarios[name], seed, name, chosen.long)
        console.print(f"{name}: {time.monotonic() - began:.0f} s", style="dim", highlight=False)
    console.print(_table(figures))
    _write(chosen.json, seed, chosen.long, figures)
    missed = [f"{name}: {row.what}" for name, rows in figures.items() for row in rows if not holds(row)]
    for miss in missed:
        console.print(f"missed: {miss}", style="red", highlight=False, markup=False)
    console.print(f"{len(missed)} missed of {sum(map(len, figures.values()))}; written to {chosen.json}", highlight=False)
    return 1 if missed else 0


def found() -> dict[str, Scenario]:
    """All scenarios of all modules, by name."""
    scenarios: dict[str, Scenario] = {}
    for module in sorted(part.name for part in pkgutil.iter_modules(tests.faults.__path__)):
        if module != "__main__" and not module.startswith("test_"):
            scenarios |= getattr(importlib.import_module(f"tests.faults.{module}"), "SCENARIOS", {})
    return scenarios


def run(scenario: Scenario, seed: int, name: str, long: bool) -> list[Row]:
    """Its figures; one that fails to finish is a miss, with the reason on standard error."""
    try:
        return asyncio.run(_awaited(scenario(Random(f"{seed} {name}"), long)))
    except Exception:  # noqa: BLE001 - the others still run
        traceback.print_exc()
        return [Row("finished", 0, 1, "", at_least=True)]


async def _awaited(figures: Awaitable[list[Row]]) -> list[Row]:
    return await figures


def _arguments(scenarios: dict[str, Scenario]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--long", action="store_true", help="the whole runs: hours, for figures; without it minutes")
    parser.add_argument("--seed", type=int, help="repeat the run with this seed")
    parser.add_argument("--only", action="append", choices=list(scenarios), metavar="NAME", help=f"one of: {', '.join(scenarios)}")
    parser.add_argument("--json", type=Path, default=Path(".benchmarks/faults.json"), help="where the figures go (default: %(default)s)")
    return parser


def _table(figures: dict[str, list[Row]]) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("fault")
    table.add_column("what", overflow="fold")
    table.add_column("measured", justify="right")
    table.add_column("wanted", justify="right")
    table.add_column("held")
    for name, rows in figures.items():
        if not rows:
            table.add_row(name, "not measured here: see above", "", "", "-", style="yellow")
        for place, row in enumerate(rows):
            bound = f"{'at least' if row.at_least else 'at most'} {_number(row.wanted)}"
            held = holds(row)
            table.add_row(
                name if place == 0 else "",
                row.what,
                f"{_number(row.measured)} {row.unit}".strip(),
                f"{bound} {row.unit}".strip(),
                "yes" if held else "NO",
                style=None if held else "red",
            )
    return table


def _number(value: float) -> str:
    return f"{value:,.3f}".rstrip("0").rstrip(".") if math.isfinite(value) and value % 1 else f"{value:,.0f}"


def _write(path: Path, seed: int, long: bool, figures: dict[str, list[Row]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    machine = {"system": platform.platform(), "python": sys.version.split()[0], "cores": os.cpu_count(), "load": os.getloadavg()}
    shown = {name: [row._asdict() | {"held": holds(row)} for row in rows] for name, rows in figures.items()}
    taken = {"taken_at": datetime.now(UTC).isoformat(timespec="seconds"), "seed": seed, "long": long, "machine": machine}
    path.write_text(json.dumps(taken | {"figures": shown}, indent=1) + "\n")


if __name__ == "__main__":
    sys.exit(main())
