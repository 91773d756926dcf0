"""What a run has found: figures, targets met or missed, and notes, as a table for people and as JSON for machines."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table. ``ratio`` is that to the bare echo; ``beside`` is shown but never judged (PostgreSQL's CPU, a spread)."""

    scenario: str
    variant: str
    what: str
    value: float
    unit: str
    beside: str = ""
    ratio: float | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """A figure that is judged: ``value`` must be at most ``limit``, or at least when ``at_least``. None: not measured."""

    name: str
    value: float | None
    limit: float
    unit: str
    at_least: bool = False

    @property
    def met(self) -> bool | None:
        if self.value is None:
            return None
        return self.value >= self.limit if self.at_least else self.value <= self.limit


@dataclass(slots=True)
class Results:
    """Filled by the scenarios as they go, so that a run that fails half-way still shows what it has."""

    machine: dict[str, Any]
    settings: dict[str, Any]
    figures: list[Figure] = field(default_factory=list)
    targets: list[Target] = field(default_factory=list)
    raw: dict[str, Any] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return {
            "machine": self.machine,
            "settings": self.settings,
            "figures": [asdict(figure) for figure in self.figures],
            "targets": [asdict(target) | {"met": target.met} for target in self.targets],
            "failures": self.failures,
            "raw": self.raw,
        }

    def write(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(self.as_json(), indent=2) + "\n")


def paired_ratio(above: Sequence[float], below: Sequence[float]) -> float:
    """The median of the ratios round by round: what slows the whole machine for a while falls out of it."""
    return median(a / b for a, b in zip(above, below, strict=True))


def spread_of(values: Sequence[float], unit: str) -> str:
    return f"{min(values):,.0f} to {max(values):,.0f} {unit} in {len(values)} rounds"


def show(results: Results, console: Console) -> None:
    figures = Table(title="Figures (medians)", title_justify="left", header_style="bold")
    for column in ("scenario", "variant", "what"):
        figures.add_column(column)
    figures.add_column("value", justify="right", no_wrap=True)
    figures.add_column("echo = 1", justify="right", no_wrap=True)
    figures.add_column("beside")
    before = ""
    for figure in results.figures:
        if before and figure.scenario != before:
            figures.add_section()
        value = f"{figure.value:,.4g}" if figure.value < 1000 else f"{figure.value:,.0f}"
        ratio = "" if figure.ratio is None else f"{figure.ratio:.2f}"
        scenario = figure.scenario if figure.scenario != before else ""
        figures.add_row(scenario, figure.variant, figure.what, f"{value} {figure.unit}", ratio, figure.beside)
        before = figure.scenario
    console.print(figures)

    targets = Table(title="Targets", title_justify="left", header_style="bold")
    targets.add_column("")
    targets.add_column("target")
    targets.add_column("measured", justify="right")
    targets.add_column("wanted", justify="right")
    marks = {True: "[green]met[/]", False: "[red]missed[/]", None: "[yellow]not measured[/]"}
    for target in results.targets:
        measured = "" if target.value is None else f"{target.value:.3g} {target.unit}"
        targets.add_row(marks[target.met], target.name, measured, f"{'>=' if target.at_least else '<='} {target.limit:g} {target.unit}")
    if results.targets:
        console.print(targets)
    for failure in results.failures:
        console.print(f"[red]failed[/] {failure}", highlight=False, markup=True)
