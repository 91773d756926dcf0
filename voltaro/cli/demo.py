"""``voltaro demo``."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from dataclasses import replace
from pathlib import Path

import click
import structlog

from voltaro import logs
from voltaro.app import Server, serving
from voltaro.cli.chaos import rage
from voltaro.cli.common import OF_THE_SERVER, run, with_settings
from voltaro.cli.serve import calm_collector, stop_on_signals, until_stopped
from voltaro.config import Settings, UnknownChargers
from voltaro.domain.tag import Tag
from voltaro.ports import AlreadyExists
from voltaro.simulator import FleetPlan, SimulatedFleet

log = structlog.get_logger()

TAGS = tuple(f"DEMO{number:04d}" for number in range(1, 41))
DEMO_DATA = Path("voltaro-data/demo")


@click.command()
@click.option("--chargers", type=click.IntRange(1, 2000), default=24, show_default=True, help="Simulated chargers.")
@click.option("--speed", type=click.FloatRange(1, 1000), default=20.0, show_default=True, help="How much faster than life cars charge.")
@click.option("--chaos", is_flag=True, help="Provoke a random fault in a random actor every few seconds.")
@click.option("--chaos-every", type=click.FloatRange(0.5, 3600), default=4.0, show_default=True, help="Seconds between two faults.")
@click.option("--chaos-seed", type=click.IntRange(0, 2**31), help="Draw the same faults again; one is made up and printed without.")
@with_settings(OF_THE_SERVER)
def command(settings: Settings, chargers: int, speed: float, chaos: bool, chaos_every: float, chaos_seed: int | None) -> None:
    """Run the server with a simulated fleet that is charging.

    Needs nothing: PostgreSQL is embedded, ports that are taken are replaced by free ones. Ctrl-C ends it. Its data is kept
    apart from a server's, in a folder `demo` of the data folder.
    """
    level = "warning" if settings.log_level == "info" else settings.log_level
    logs.configure(settings.log_format, level)
    data_dir = DEMO_DATA if settings.data_dir == Path("voltaro-data") else settings.data_dir
    settings = replace(settings, data_dir=data_dir, unknown_chargers=UnknownChargers.ACCEPT, fault_injection=True)
    seed = None
    if chaos:
        seed = secrets.randbelow(1_000_000) if chaos_seed is None else chaos_seed
    run(lambda: _demo(settings, chargers, speed, seed, chaos_every))


async def _demo(settings: Settings, chargers: int, speed: float, chaos_seed: int | None, chaos_every_s: float) -> None:
    ending = stop_on_signals()
    async with contextlib.AsyncExitStack() as stack:
        try:
            server = await stack.enter_async_context(serving(settings))
        except OSError:
            click.echo("Those ports are taken; taking free ones.")
            server = await stack.enter_async_context(serving(replace(settings, http_port=0, ocpp_port=0)))
        calm_collector()
        await _add_tags(server)
        plan = FleetPlan(
            url=f"{server.ocpp_url}/ocpp", count=chargers, protocol="mixed", prefix="DEMO", tags=TAGS, speed=speed, meter_interval_s=4.0
        )
        fleet = asyncio.create_task(SimulatedFleet(plan).run(until=ending))
        link = await server.login_link()
        click.echo(f"voltaro ready http={server.http_url} ocpp={server.ocpp_url}")
        click.echo(
            f"\n  Dashboard   {link}\n"
            "              (works once, for ten minutes; then: voltaro user add NAME --data-dir "
            f"{settings.data_dir})\n"
            f"  Chargers    {server.ocpp_url}/ocpp/<identity>   in OCPP 1.6, 2.0.1 or 2.1; {chargers} simulated ones are coming up\n"
            "\n  Everything here is simulated. Ctrl-C ends it. For real: voltaro serve\n"
        )
        if chaos_seed is not None:
            click.echo(
                f"  Chaos: a fault every {chaos_every_s:g} s; again with --chaos-seed {chaos_seed}. Watch {server.http_url}/actors\n"
            )
            raging = asyncio.create_task(rage(server.fleet, chaos_seed, chaos_every_s))
            stack.callback(raging.cancel)
        await until_stopped(server, ending)
        ending.set()
        await fleet


async def _add_tags(server: Server) -> None:
    for id_tag in TAGS:
        with contextlib.suppress(AlreadyExists):
            await server.store.add_tag(Tag(id_tag, note="demo"), by="demo")
