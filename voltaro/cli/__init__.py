"""The command line. A command's module is imported when it is called, so that ``--help`` is quick."""

from __future__ import annotations

import gc
import importlib
from collections.abc import Iterator
from contextlib import contextmanager

import click

from voltaro import __version__

_COMMANDS = {
    "serve": ("voltaro.cli.serve", "Run the server."),
    "demo": ("voltaro.cli.demo", "Run the server with a simulated fleet that is charging."),
    "simulate": ("voltaro.cli.simulate", "Run virtual chargers against a central system."),
    "charger": ("voltaro.cli.charger", "Make chargers known, list and remove them."),
    "tag": ("voltaro.cli.tag", "Keep the tags that may charge."),
    "user": ("voltaro.cli.user", "Keep the people who sign in."),
    "token": ("voltaro.cli.token", "Keep API tokens."),
    "fault": ("voltaro.cli.fault", "Crash an actor on purpose, through the API."),
    "doctor": ("voltaro.cli.doctor", "Check what a server needs, and say what to do."),
    "db": ("voltaro.cli.db", "Upgrade and back up the database."),
}


@contextmanager
def uncollected() -> Iterator[None]:
    """Load modules without the garbage collector, which finds nothing among them and takes a third of the time; nor looks it at them
    later on."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


class _Lazy(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        with uncollected():
            module = importlib.import_module(_COMMANDS[cmd_name][0])
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, words) for name, (_, words) in _COMMANDS.items()])


@click.command(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="voltaro")
def main() -> None:
    """Voltaro, a central system for EV chargers: OCPP 1.6J, 2.0.1 and 2.1."""
