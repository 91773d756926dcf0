"""What ``voltaro demo`` runs: a server, a simulated fleet that charges at once, and what to do next, printed."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from dataclasses import dataclass, replace

import click

from voltaro.addresses import lan_addresses
from voltaro.app import Server, serving
from voltaro.cli.chaos import rage
from voltaro.cli.serve import calm_collector, stop_on_signals, until_stopped
from voltaro.config import Settings
from voltaro.ports import IdentityTaken, VirtualWish

PERSON = "demo"
PREFIX = "DEMO"
_EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 - they are read, not bound


@dataclass(frozen=True, slots=True)
class Wanted:
    """How many simulated chargers (None: as many as ``at_first``, as long as they are wanted), how fast, and how often something is
    broken on purpose."""

    chargers: int | None
    at_first: int
    speed: float
    chaos_seed: int | None
    chaos_every_s: float


async def demonstrate(settings: Settings, wanted: Wanted) -> None:
    """Run until a signal comes."""
    ending = stop_on_signals()
    async with contextlib.AsyncExitStack() as stack:
        settings, moved = with_free_ports(settings)
        server = await stack.enter_async_context(serving(settings))
        fleet = await _fleet(server, wanted)
        link = await server.login_link(PERSON)
        click.echo(f"voltaro ready http={server.http_url} ocpp={server.ocpp_url}")
        click.echo(greeting(settings, server.http_url, server.ocpp_url, link, moved, fleet))
        calm_collector()
        if wanted.chaos_seed is not None:
            click.echo(
                f"  Chaos: a fault every {wanted.chaos_every_s:g} s; again with --chaos-seed {wanted.chaos_seed}. "
                f"Watch {here(server.http_url)}/actors\n"
            )
            raging = asyncio.create_task(rage(server.fleet, wanted.chaos_seed, wanted.chaos_every_s))
            stack.callback(raging.cancel)
        await until_stopped(server, ending)


def with_free_ports(settings: Settings) -> tuple[Settings, list[str]]:
    """The settings with a free port in place of each that is taken, and what to say of that."""
    moved = []
    if not _is_free(settings.host, settings.http_port):
        moved.append(f"Port {settings.http_port} is taken; a free one is used for the dashboard (--http-port names another).")
        settings = replace(settings, http_port=0)
    if not _is_free(settings.host, settings.ocpp_port):
        moved.append(f"Port {settings.ocpp_port} is taken; a free one is used for chargers (--ocpp-port names another).")
        settings = replace(settings, ocpp_port=0)
    return settings, moved


def here(url: str) -> str:
    """An address for this machine, where the server listens on all."""
    return url.replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:")


def greeting(settings: Settings, http_url: str, ocpp_url: str, link: str, moved: list[str], fleet: str) -> str:
    """What to do next, as it is printed."""
    addresses = lan_addresses() if settings.host in _EVERYWHERE else []
    port = ocpp_url.rpartition(":")[2]
    lines = [*moved, ""] if moved else [""]
    lines += [
        f"Dashboard   {here(link)}",
        f"            works once, for ten minutes; then: voltaro user add NAME --data-dir {settings.data_dir}",
    ]
    if addresses:
        lines += [f"Chargers    ws://{address}:{port}/ocpp/<identity>" for address in addresses]
        lines += ["            from your network, without a password: for trying out, not for the street. The dashboard is there too."]
    else:
        lines += [f"Chargers    {here(ocpp_url)}/ocpp/<identity>   in OCPP 1.6, 2.0.1 or 2.1"]
    if settings.host not in _EVERYWHERE:
        lines += ["            from this machine alone; for a real charger on your network: voltaro demo --lan"]
    elif not addresses:
        lines += ["            This machine has no address on a network just now."]
    lines += [
        f"Simulated   {fleet}",
        f"Data        {settings.data_dir}; nothing leaves this machine, and it works offline",
        "For real    voltaro serve --database-url postgresql://USER@HOST/voltaro   (voltaro doctor looks whether all is ready)",
        "",
        "Ctrl-C ends it.",
        "",
    ]
    return "\n".join(f"  {line}" if line else "" for line in lines)


async def _fleet(server: Server, wanted: Wanted) -> str:
    """Let the simulated chargers come up; what to say of them. Who has dropped the demonstration is not given it again."""
    assert server.simulation is not None
    count = wanted.chargers
    if count is None:
        is_first = await server.store.user_secret(PERSON) is None
        count = wanted.at_first if is_first or await server.store.simulated_chargers() else 0
        if not count:
            return f"no chargers: the demonstration was dropped; voltaro demo --chargers {wanted.at_first} brings it back"
    if not count:
        return "no chargers"
    wish = VirtualWish(count, "mixed", PREFIX, speed=wanted.speed, meter_interval_s=4.0, driven=True, prompt=True)
    try:
        await server.simulation.add(wish, by=PERSON)
    except IdentityTaken as error:
        return f"no chargers: {error}"
    return f"{count} chargers, time x{wanted.speed:g}; all of it is marked, and goes with one click on the dashboard"


def _is_free(host: str, port: int) -> bool:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True
