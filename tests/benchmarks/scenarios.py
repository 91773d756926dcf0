"""What is measured: CPU a message, memory of an idle charger, a storm of connections, durable starts and stops.

Variants are measured in turns (A B C, C B A ...), since a shared machine is not equally fast all the time; ratios are
taken round by round.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from statistics import median
from typing import Any

from tests.benchmarks import accounting, single_commits
from tests.benchmarks.results import Figure, Results, Target, paired_ratio, spread_of
from tests.benchmarks.servers import (
    ECHO,
    ECHO_UVLOOP,
    LOGGED,
    PLAIN,
    SINGLY,
    UNLOGGED,
    UNRECORDED,
    VOLTARO,
    BenchmarkFailed,
    Generator,
    Server,
    Variant,
    generating,
    running,
)

KIB = 1024
WARM_CHARGERS = 200
"""Connected before the memory is first read, so that what is loaded once is not counted per charger."""
QUIET_CORES = 0.2
"""When other processes take more than that, the figure says so: what is waited for in a crowd costs more CPU as well."""
API_PATH = "/api/v1/chargers?limit=50"


@dataclass(frozen=True, slots=True)
class Plan:
    """How long and how large a run is."""

    rounds: int = 5
    seconds: float = 4.0
    warm_s: float = 1.0
    many: int = 2_000
    fleet: int = 5_000
    settle_s: float = 5.0
    durable_chargers: int = 500
    voltaro: str = VOLTARO
    has_voltaro: bool = True
    say: Callable[[str], None] = print


def quick(plan: Plan) -> Plan:
    """Short and small: to see that everything works, not for figures."""
    return replace(plan, rounds=2, seconds=1.0, warm_s=0.4, many=500, fleet=1_000, settle_s=2.0, durable_chargers=200)


# --- CPU a message ---


def cpu(plan: Plan, results: Results, chargers: int, variants: Sequence[Variant], most: float) -> None:
    """CPU of each variant's server a message, at ``chargers`` chargers in a closed loop; ``most`` is the target beside the echo."""
    scenario = f"CPU a message, {chargers} chargers"
    windows: dict[str, list[dict[str, Any]]] = {variant.name: [] for variant in variants}
    with ExitStack() as stack:
        generators: list[Generator] = []
        for variant in variants:
            plan.say(f"{scenario}: starting {variant.label}")
            generator = stack.enter_context(generating(stack.enter_context(running(variant, plan.voltaro))))
            generator.connect(chargers)
            if variant.module is None:
                generator.server.add_tags(generator.do("tags")["tags"])
            generator.do("begin")
            generators.append(generator)
        for number in range(plan.rounds):
            for generator in generators if number % 2 == 0 else reversed(generators):
                window = generator.measure("mix", warm_s=plan.warm_s, seconds=plan.seconds)
                windows[generator.server.variant.name].append(window)
                plan.say(f"  round {number + 1}: {generator.server.variant.label}: {window['cpu_us']} us, {window['rate']:.0f} a second")
    results.raw[f"cpu-{chargers}"] = windows
    cost = {name: [window["cpu_us"] for window in rounds] for name, rounds in windows.items()}
    for variant in variants:
        rounds = windows[variant.name]
        beside = [spread_of(cost[variant.name], "us"), f"{median(w['rate'] for w in rounds):,.0f} a second"]
        if variant.module is None:
            beside.append(f"PostgreSQL {median(w['postgres_us'] for w in rounds):.1f} us")
        others = median(w["others_busy"] for w in rounds)
        if others > QUIET_CORES:
            beside.append(f"others took {others:.1f} cores meanwhile")
        ratio = paired_ratio(cost[variant.name], cost[ECHO.name])
        if variant.module is None:
            on_uvloop = paired_ratio(cost[variant.name], cost[ECHO_UVLOOP.name])
            beside.append(f"{on_uvloop:.2f} times the echo on uvloop")
        results.figures.append(Figure(scenario, variant.label, "server CPU", median(cost[variant.name]), "us", "; ".join(beside), ratio))
    for variant, limit in ((LOGGED, most), (UNLOGGED, most), (UNRECORDED, 1.2)):
        measured = paired_ratio(cost[variant.name], cost[ECHO.name]) if variant.name in cost else None
        results.targets.append(Target(f"{scenario}: {variant.label} beside the echo", measured, limit, "times"))
    if PLAIN in variants:
        cheaper = paired_ratio(cost[PLAIN.name], cost[LOGGED.name]) if LOGGED.name in cost else None
        results.targets.append(Target(f"{scenario}: cheaper than the plain ocpp package", cheaper, 7.0, "times", at_least=True))


def cpu_few(plan: Plan, results: Results) -> None:
    cpu(plan, results, 100, [ECHO, ECHO_UVLOOP, PLAIN, *_voltaros(plan)], 1.7)


def cpu_many(plan: Plan, results: Results) -> None:
    cpu(plan, results, plan.many, [ECHO, ECHO_UVLOOP, *_voltaros(plan)], 2.0)


def _voltaros(plan: Plan) -> list[Variant]:
    return [LOGGED, UNLOGGED, UNRECORDED] if plan.has_voltaro else []


# --- memory ---


def idle(plan: Plan, results: Results) -> None:
    """Memory of a charger that has booted, reported its connector and is silent since."""
    scenario = f"Idle charger, {plan.fleet} of them"
    results.raw["idle"] = {}
    per_charger: float | None = None
    for variant in [ECHO, LOGGED] if plan.has_voltaro else [ECHO]:
        plan.say(f"{scenario}: {variant.label}")
        with running(variant, plan.voltaro) as server, generating(server) as generator:
            generator.connect(WARM_CHARGERS)
            before = _settled_memory(server, plan.settle_s)
            generator.connect(plan.fleet, deadline_s=300.0)
            after = _settled_memory(server, plan.settle_s)
            closed = generator.do("close")
        rss, uss = ((b - a) / plan.fleet / KIB for a, b in zip(before, after, strict=True))
        results.raw["idle"][variant.name] = {
            "before": before._asdict(),
            "after": after._asdict(),
            "asked_by_server": closed["asked_by_server"],
        }
        results.figures.append(
            Figure(
                scenario, variant.label, "resident memory", rss, "KiB", f"USS {uss:.1f} KiB; the server {after.rss / KIB**2:.0f} MiB in all"
            )
        )
        if variant is LOGGED:
            per_charger = rss
    results.targets.append(Target(f"{scenario}: memory, all included", per_charger, 20.0, "KiB"))


def _settled_memory(server: Server, settle_s: float) -> accounting.Memory:
    """After what was connected has been written down and the collector has had its turn."""
    time.sleep(settle_s)
    return accounting.memory(server.pid)


# --- a storm ---


def storm(plan: Plan, results: Results) -> None:
    """All chargers at once, first as strangers, then (after all lines dropped) as known ones, while the API is asked."""
    scenario = f"Storm of {plan.fleet} chargers"
    slowest: float | None = None
    worst_api: float | None = None
    results.raw["storm"] = {}
    if plan.has_voltaro:
        with running(LOGGED, plan.voltaro) as server, generating(server) as generator:
            for kind in ("strangers", "known"):
                plan.say(f"{scenario}: {kind}")
                answer, api = _storm_once(generator, plan.fleet)
                generator.do("close")
                time.sleep(plan.settle_s)
                results.raw["storm"][kind] = {"connect": answer, "api": api}
                retried = sum(answer["turned_away"].values())
                beside = f"half of them by {answer['booted']['p50_ms'] / 1000:.2f} s; {retried} attempts turned away"
                results.figures.append(Figure(scenario, kind, "until all are booted", answer["all_booted_s"], "s", beside))
                asked = (
                    f"median {api['p50_ms']} ms, longest {api['max_ms']} ms, {api['requests']} requests, failed: {api['failed'] or 'none'}"
                )
                results.figures.append(Figure(scenario, kind, "API p99 meanwhile", api["p99_ms"], "ms", asked))
                slowest = max(slowest or 0.0, answer["all_booted_s"])
                worst_api = max(worst_api or 0.0, api["p99_ms"])
    results.targets.append(Target(f"{scenario}: all booted", slowest, 30.0, "s"))
    results.targets.append(Target(f"{scenario}: API p99 meanwhile", worst_api, 500.0, "ms"))


def _storm_once(generator: Generator, chargers: int) -> tuple[dict[str, Any], dict[str, Any]]:
    server = generator.server
    command = [sys.executable, "-m", "tests.benchmarks.api_probe", "--url", f"{server.http}{API_PATH}"]
    environment = {"VOLTARO_ADMIN_TOKEN": server.token}
    with subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as probe:
        assert probe.stdout is not None
        if not probe.stdout.readline():
            raise BenchmarkFailed(f"The API of {server.variant.label} could not be asked at {server.http}{API_PATH}")
        answer = generator.connect(chargers, at_once=0)
        said, _ = probe.communicate("end\n", timeout=60)
    api: dict[str, Any] = json.loads(said)
    return answer, api


# --- durable starts and stops ---


def durable(plan: Plan, results: Results) -> None:
    """StartTransaction and StopTransaction by many chargers at once, gathered and with a commit each; by one alone; and the bare
    rows with a commit each; fsync on. The frame log is off, so that all write what money hangs on and nothing else."""
    scenario = "Durable starts and stops"
    rates: dict[str, list[float]] = {"many": [], "singly": [], "one": [], "commits": []}
    windows: list[dict[str, Any]] = []
    if plan.has_voltaro:
        with (
            running(UNLOGGED, plan.voltaro) as server,
            generating(server) as generator,
            single_commits.connected(server) as commits,
            running(SINGLY, plan.voltaro) as other,
            generating(other) as singly,
        ):
            for each in (generator, singly):
                each.connect(plan.durable_chargers)
                each.server.add_tags(each.do("tags")["tags"])
            singly.measure("transact", chargers=plan.durable_chargers, warm_s=0.0, seconds=2.0)
            settings = commits.settings()
            if settings["fsync"] != "on" or settings["synchronous_commit"] == "off":
                raise BenchmarkFailed(f"Commits are not durable here, so the figures would mean nothing: {settings}")
            before = commits.sizes()
            answered = generator.measure("transact", chargers=plan.durable_chargers, warm_s=0.0, seconds=2.0)["messages"]
            time.sleep(1.0)
            rows = commits.prepare(before, answered)
            plan.say(f"{scenario}: rows a message: {rows}")
            for number in range(plan.rounds):
                many = generator.measure("transact", chargers=plan.durable_chargers, warm_s=plan.warm_s, seconds=plan.seconds)
                alone = singly.measure("transact", chargers=plan.durable_chargers, warm_s=plan.warm_s, seconds=plan.seconds)
                one = generator.measure("transact", chargers=1, warm_s=0.2, seconds=plan.seconds / 2)
                rate = commits.rate(plan.seconds / 2)
                windows.append({"many": many, "singly": alone, "one": one, "commits": rate})
                rates["many"].append(many["rate"])
                rates["singly"].append(alone["rate"])
                rates["one"].append(one["rate"])
                rates["commits"].append(rate)
                plan.say(
                    f"  round {number + 1}: {many['rate']:.0f} by many, {alone['rate']:.0f} with a commit each, {one['rate']:.0f} by one, "
                    f"{rate:.0f} bare rows with a commit each, a second"
                )
            results.raw["durable"] = {"windows": windows, "settings": settings, "rows_a_message": rows}
        crowd = f"Voltaro, {plan.durable_chargers} chargers at once"
        waits = median(w["many"]["answer"]["p99_ms"] for w in windows)
        spent = median(w["many"]["cpu_us"] for w in windows), median(w["many"]["postgres_us"] for w in windows)
        beside = f"p99 {waits:.0f} ms; server {spent[0]:.0f} us, PostgreSQL {spent[1]:.0f} us of CPU each"
        results.figures.append(Figure(scenario, crowd, "answered", median(rates["many"]), "/s", beside))
        results.figures.append(
            Figure(scenario, SINGLY.label, "answered", median(rates["singly"]), "/s", f"{plan.durable_chargers} chargers at once")
        )
        wait = f"median {median(w['one']['answer']['p50_ms'] for w in windows):.1f} ms each"
        results.figures.append(Figure(scenario, "Voltaro, one charger in sequence", "answered", median(rates["one"]), "/s", wait))
        results.figures.append(
            Figure(
                scenario,
                "psycopg, the bare rows, one commit each",
                "committed",
                median(rates["commits"]),
                "/s",
                spread_of(rates["commits"], "/s"),
            )
        )
    ratio = paired_ratio(rates["many"], rates["singly"]) if rates["many"] else None
    results.targets.append(Target(f"{scenario}: beside one commit each", ratio, 10.0, "times", at_least=True))


SCENARIOS: dict[str, Callable[[Plan, Results], None]] = {
    "cpu-few": cpu_few,
    "cpu-many": cpu_many,
    "idle": idle,
    "storm": storm,
    "durable": durable,
}
