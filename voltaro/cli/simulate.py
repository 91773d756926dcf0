"""``voltaro simulate``."""

from __future__ import annotations

import asyncio
import random

import click

from voltaro import logs
from voltaro.cli.common import as_json, loop_factory, print_json
from voltaro.cli.serve import stop_on_signals
from voltaro.config import LogFormat
from voltaro.simulator import FleetPlan, Progress, Summary, render, run_simulation


@click.command()
@click.argument("url")
@click.option("--chargers", type=click.IntRange(1, 20_000), default=10, show_default=True)
@click.option("--protocol", type=click.Choice(["ocpp1.6", "ocpp2.0.1", "ocpp2.1", "mixed"]), default="mixed", show_default=True)
@click.option("--prefix", default="SIM", show_default=True, help="Identities are PREFIX-001, PREFIX-002 ...")
@click.option("--password", help="The Basic password of all of them.")
@click.option("--tag", "tags", multiple=True, help="A tag that is presented; may be repeated. The central system should know it.")
@click.option("--rate", type=click.FloatRange(0.1, 5000), default=50.0, show_default=True, help="Chargers that connect each second.")
@click.option("--speed", type=click.FloatRange(0.1, 1000), default=1.0, show_default=True, help="How much faster than life cars charge.")
@click.option("--duration", type=click.FloatRange(1, 86_400), help="Seconds; until Ctrl-C without.")
@click.option("--seed", type=int, help="The same seed does the same; one is drawn and printed without.")
@as_json
def command(
    url: str,
    chargers: int,
    protocol: str,
    prefix: str,
    password: str | None,
    tags: tuple[str, ...],
    rate: float,
    speed: float,
    duration: float | None,
    seed: int | None,
    as_json: bool,
) -> None:
    """Run virtual chargers against the central system at URL, such as ws://127.0.0.1:9000/ocpp."""
    logs.configure(LogFormat.TEXT, "warning")
    seed = random.randrange(1_000_000) if seed is None else seed  # noqa: S311 - it chooses a scenario
    plan = FleetPlan(
        url=url,
        count=chargers,
        protocol=protocol,
        prefix=prefix,
        password=password,
        tags=tags or tuple(f"{prefix}TAG{number}" for number in range(1, 21)),
        connect_per_s=rate,
        speed=speed,
        seed=seed,
    )
    if not as_json:
        click.echo(f"{chargers} chargers, seed {seed}; Ctrl-C ends it", err=True)

    async def work() -> Summary:
        ending = stop_on_signals()
        if duration is not None:
            asyncio.get_running_loop().call_later(duration, ending.set)
        return await run_simulation(
            plan, until=ending, on_progress=None if as_json else lambda line: click.echo(f"\r{line}\x1b[K", nl=False, err=True)
        )

    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        summary = runner.run(work())
    if as_json:
        print_json(summary.to_dict())
    else:
        from rich.console import Console

        click.echo(err=True)
        Console().print(render(summary))


def _show(progress: Progress) -> None:
    click.echo(f"\r{progress}\x1b[K", nl=False, err=True)
