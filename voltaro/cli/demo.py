"""``voltaro demo``."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import click

from voltaro import embedded, logs
from voltaro.cli import uncollected
from voltaro.cli.common import OF_THE_SERVER, run, with_settings
from voltaro.config import Settings, UnknownChargers

CHARGERS = 24
DEMO_DATA = Path("voltaro-data/demo")


@click.command()
@click.option("--chargers", type=click.IntRange(0, 500), help=f"Simulated chargers; {CHARGERS} at first, and as long as they are wanted.")
@click.option("--speed", type=click.FloatRange(1, 1000), default=20.0, show_default=True, help="How much faster than life cars charge.")
@click.option("--lan", is_flag=True, help="Let chargers on the network in: listen on all addresses, as --host 0.0.0.0 does.")
@click.option("--chaos", is_flag=True, help="Provoke a random fault in a random actor every few seconds.")
@click.option("--chaos-every", type=click.FloatRange(0.5, 3600), default=4.0, show_default=True, help="Seconds between two faults.")
@click.option("--chaos-seed", type=click.IntRange(0, 2**31), help="Draw the same faults again; one is made up and printed without.")
@with_settings(OF_THE_SERVER)
def command(
    settings: Settings, chargers: int | None, speed: float, lan: bool, chaos: bool, chaos_every: float, chaos_seed: int | None
) -> None:
    """Run the server with a simulated fleet that is charging.

    Needs nothing, no network either: PostgreSQL is embedded, ports that are taken are replaced by free ones. Ctrl-C ends it. Its data is
    kept apart from a server's, in a folder `demo` of the data folder. What is simulated is marked, and goes with one click; your own
    chargers stay.
    """
    level = "warning" if settings.log_level == "info" else settings.log_level
    logs.configure(settings.log_format, level)
    settings = replace(
        settings,
        data_dir=DEMO_DATA if settings.data_dir == Path("voltaro-data") else settings.data_dir,
        unknown_chargers=UnknownChargers.ACCEPT,
        fault_injection=True,
        simulator=True,
        host="0.0.0.0" if lan and "host" not in settings.origins else settings.host,  # noqa: S104 - it is asked for
    )
    seed = None
    if chaos:
        seed = secrets.randbelow(1_000_000) if chaos_seed is None else chaos_seed
    with woken(settings) as awake:
        with uncollected():
            from voltaro.cli.demonstration import Wanted, demonstrate  # all there is: it is loaded while PostgreSQL starts

        awake()
        run(lambda: demonstrate(settings, Wanted(chargers, CHARGERS, speed, seed, chaos_every)))


@contextmanager
def woken(settings: Settings) -> Iterator[Callable[[], None]]:
    """Start the embedded database in a thread while the rest of the program is loaded; what is yielded waits for it. What goes wrong
    is said when the database is used."""
    found: list[embedded.EmbeddedPostgres] = []

    def start() -> None:
        with suppress(embedded.EmbeddedUnavailable, OSError):
            found.append(embedded.start(settings.data_dir))

    if settings.database_url is not None:
        yield lambda: None
        return
    waking = threading.Thread(target=start, name="database", daemon=True)
    waking.start()
    try:
        yield waking.join
    finally:
        waking.join()
        for cluster in found:
            cluster.stop()
