"""``voltaro serve``."""

from __future__ import annotations

import asyncio
import contextlib
import cProfile
import gc
import os
import signal
from collections.abc import Iterator

import click

from voltaro import logs
from voltaro.app import Server, serving
from voltaro.cli.common import OF_THE_SERVER, run, stop, with_settings
from voltaro.config import Settings


@click.command()
@with_settings(OF_THE_SERVER)
def command(settings: Settings) -> None:
    """Run the server.

    Prints one line on standard output when it serves. SIGTERM or Ctrl-C ends it in good order.
    """
    logs.configure(settings.log_format, settings.log_level)
    with _profiled():
        run(lambda: _serve(settings))


async def _serve(settings: Settings) -> None:
    ending = stop_on_signals()
    async with serving(settings) as server:
        calm_collector()
        await tell_first_steps(server)
        reload_tls_on_hangup(server)
        secured = "" if server.ocpps_url is None else f" ocpps={server.ocpps_url}"
        click.echo(f"voltaro ready http={server.http_url} ocpp={server.ocpp_url}{secured}")
        await until_stopped(server, ending)


def stop_on_signals() -> asyncio.Event:
    """An event that SIGTERM and SIGINT set."""
    ending = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ending.set)
    return ending


def reload_tls_on_hangup(server: Server) -> None:
    """SIGHUP reads the TLS files anew; lines that are open stay."""
    if server.tls is not None:
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGHUP, loop.run_in_executor, None, server.tls.reload)


async def until_stopped(server: Server, ending: asyncio.Event) -> None:
    """Wait for the end, asked for or not."""
    asked = asyncio.ensure_future(ending.wait())
    await asyncio.wait((asked, server.failed), return_when=asyncio.FIRST_COMPLETED)
    asked.cancel()
    if server.failed.done():
        stop(f"the supervision tree gave up after repeated crashes: {server.failed.result()!r}", code=1)


def calm_collector() -> None:
    """Let the garbage collector look less often, and never again at what was loaded to start with.

    Thousands of actors are many objects that live long; a message makes many that die at once without its help. What is young is
    looked at in small portions all the same: the loop stands still meanwhile (measured in a storm of 5,000 chargers: 340 ms for a
    million objects).
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 5, 200)


async def tell_first_steps(server: Server) -> None:
    """Show how to get in at a first start: a token, which cannot be shown again, and a link for the dashboard."""
    if server.admin_token is not None:
        click.echo(f"voltaro: first start, so here is an API token with all scopes, shown only now: {server.admin_token}", err=True)
    link = await server.first_link()
    if link is not None:
        click.echo(f"voltaro: nobody can sign in yet; this link makes you admin, once, within the hour: {link}", err=True)


@contextlib.contextmanager
def _profiled() -> Iterator[None]:
    """Profile the loop into the file that VOLTARO_PROFILE names, for the benchmark."""
    path = os.environ.get("VOLTARO_PROFILE")
    if not path:
        yield
        return
    profile = cProfile.Profile()
    profile.enable()
    try:
        yield
    finally:
        profile.disable()
        profile.dump_stats(path)
