"""``voltaro simulate``."""

from __future__ import annotations

import asyncio
import random
import sys
from pathlib import Path

import click

from voltaro import logs
from voltaro.cli import by_hand
from voltaro.cli.common import as_json, loop_factory, print_json
from voltaro.cli.serve import stop_on_signals
from voltaro.config import LogFormat
from voltaro.simulator import FleetPlan, Progress, SimulatedCharger, Summary, Trust, render, run_simulation, text_of_help

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


def _show_commands(context: click.Context, option: click.Parameter, wanted: bool) -> None:
    if wanted:
        click.echo(text_of_help())
        context.exit()


@click.command()
@click.argument("url")
@click.option("--chargers", type=click.IntRange(1, 20_000), help="How many; 10 without, and one when it is worked by hand.")
@click.option("--protocol", type=click.Choice(["ocpp1.6", "ocpp2.0.1", "ocpp2.1", "mixed"]), help="mixed without, ocpp1.6 by hand.")
@click.option("--prefix", default="SIM", show_default=True, help="Identities are PREFIX-001, PREFIX-002 ...")
@click.option("--password", help="The Basic password of all of them.")
@click.option("--tag", "tags", multiple=True, help="A tag that is presented; may be repeated. The central system should know it.")
@click.option("--rate", type=click.FloatRange(0.1, 5000), default=50.0, show_default=True, help="Chargers that connect each second.")
@click.option("--speed", type=click.FloatRange(0.1, 1000), default=1.0, show_default=True, help="How much faster than life cars charge.")
@click.option("--duration", type=click.FloatRange(1, 86_400), help="Seconds; until Ctrl-C without.")
@click.option("--seed", type=int, help="The same seed does the same; one is drawn and printed without.")
@click.option("--ca", type=_FILE, help="Roots to trust beside the machine's own, in PEM.")
@click.option("--insecure", is_flag=True, help="Trust any certificate of the central system. For labs.")
@click.option("--cert", type=_FILE, help="The chargers' client certificate and its chain, in PEM.")
@click.option("--key", type=_FILE, help="Its private key, where the file of --cert does not hold it.")
@click.option("--do", "lines", multiple=True, metavar="SCRIPT", help='By hand: "plug 1; tap ABC; wait 5; unplug 1".')
@click.option("--script", "files", multiple=True, type=_FILE, help="By hand: a file with a command on each line.")
@click.option("--interactive", is_flag=True, help="By hand: from the keyboard, after the scripts.")
@click.option("--identity", help="By hand: who the charger says it is; PREFIX-001 without.")
@click.option(
    "--secure-url", help="By hand: where it goes once its SecurityProfile is raised to 2 or 3, such as wss://127.0.0.1:9443/ocpp."
)
@click.option(
    "--step-s", type=click.FloatRange(0.01, 600), default=2.0, show_default=True, help="By hand: how long a step of an update takes."
)
@click.option("--patience-s", type=click.FloatRange(0.1, 3600), default=30.0, show_default=True, help="By hand: how long a command waits.")
@click.option("--commands", is_flag=True, is_eager=True, expose_value=False, callback=_show_commands, help="List the commands of a script.")
@as_json
def command(
    url: str,
    chargers: int | None,
    protocol: str | None,
    prefix: str,
    password: str | None,
    tags: tuple[str, ...],
    rate: float,
    speed: float,
    duration: float | None,
    seed: int | None,
    ca: Path | None,
    insecure: bool,
    cert: Path | None,
    key: Path | None,
    lines: tuple[str, ...],
    files: tuple[Path, ...],
    interactive: bool,
    identity: str | None,
    secure_url: str | None,
    step_s: float,
    patience_s: float,
    as_json: bool,
) -> None:
    """Run virtual chargers against the central system at URL, such as ws://127.0.0.1:9000/ocpp.

    With --do, --script or --interactive it is one charger that does what it is told, and shows every message.
    """
    logs.configure(LogFormat.TEXT, "warning")
    seed = random.randrange(1_000_000) if seed is None else seed  # noqa: S311 - it chooses a scenario
    trust = Trust(ca, insecure, cert, key) if ca or insecure or cert else None
    if lines or files or interactive:
        if chargers not in (None, 1) or protocol == "mixed" or as_json:
            raise click.UsageError("By hand there is one charger, of one version, and no JSON.")

        async def by_hand_() -> int:
            charger = SimulatedCharger(
                url,
                identity or f"{prefix}-001",
                protocol or "ocpp1.6",
                password,
                seed=seed,
                speed=speed,
                trust=trust,
                secure_url=secure_url,
                step_s=step_s,
            )
            ending = _ending(duration)
            script = by_hand.read_script(files, lines)
            return await by_hand.work(charger, script, interactive=interactive, ending=ending, patience_s=patience_s)

        with asyncio.Runner(loop_factory=loop_factory()) as runner:
            sys.exit(runner.run(by_hand_()))
    if identity is not None or secure_url is not None:
        raise click.UsageError("--identity and --secure-url are for a charger worked by hand: add --do, --script or --interactive.")
    plan = FleetPlan(
        url=url,
        count=chargers or 10,
        protocol=protocol or "mixed",
        prefix=prefix,
        password=password,
        tags=tags or tuple(f"{prefix}TAG{number}" for number in range(1, 21)),
        connect_per_s=rate,
        speed=speed,
        seed=seed,
        trust=trust,
    )
    if not as_json:
        click.echo(f"{plan.count} chargers, seed {seed}; Ctrl-C ends it", err=True)

    async def work() -> Summary:
        return await run_simulation(
            plan, until=_ending(duration), on_progress=None if as_json else lambda line: click.echo(f"\r{line}\x1b[K", nl=False, err=True)
        )

    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        summary = runner.run(work())
    if as_json:
        print_json(summary.to_dict())
    else:
        from rich.console import Console

        click.echo(err=True)
        Console().print(render(summary))


def _ending(duration_s: float | None) -> asyncio.Event:
    """What ends it: a signal, or the time being up."""
    ending = stop_on_signals()
    if duration_s is not None:
        asyncio.get_running_loop().call_later(duration_s, ending.set)
    return ending


def _show(progress: Progress) -> None:
    click.echo(f"\r{progress}\x1b[K", nl=False, err=True)
