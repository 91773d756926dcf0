"""What the commands share: flags made from the settings, running on the loop, output for people and for programs."""

from __future__ import annotations

import asyncio
import functools
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import click

from voltaro.config import BadSetting, default_of, help_of, load, settings_there_are
from voltaro.ports import Page

T = TypeVar("T")
Command = Callable[..., Any]

OF_THE_DATABASE = ("data_dir", "database_url")
OF_THE_SERVER = tuple(setting.name for setting in settings_there_are() if setting.name not in ("admin_token", "bench_store"))
_SWITCHES = ("fault_injection", "simulator", "frame_log", "migrate", "password_login")
_REPEATED = ("tls_cert", "tls_key", "oidc_role_map")


def with_settings(names: Sequence[str]) -> Callable[[Command], Command]:
    """Give a command a flag for each setting, and the loaded ``Settings`` as its first argument."""

    def decorate(command: Command) -> Command:
        @functools.wraps(command)
        def loaded(config: Path | None, **arguments: Any) -> Any:
            flags = {name: arguments.pop(name) for name in names}
            try:
                settings = load(flags, file=config)
            except BadSetting as error:
                stop(str(error))
            return command(settings, **arguments)

        flagged: Command = loaded
        for name in reversed(names):
            flagged = _flag(name)(flagged)
        return click.option("--config", type=click.Path(path_type=Path, dir_okay=False), help="A TOML file with settings.")(flagged)

    return decorate


def as_json(command: Command) -> Command:
    """Give a command the flag ``--json``, as the argument ``as_json``."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON.")(command)


def run(work: Callable[[], Awaitable[T]]) -> T:
    """Run ``work`` on an event loop, the quick one where it exists; what went wrong is said in one line."""
    from persistence.migrations import SchemaTooNew
    from persistence.urls import BadDatabaseUrl
    from voltaro.embedded import EmbeddedUnavailable
    from voltaro.ports import StoreUnavailable
    from voltaro.storage import SchemaTooOld
    from web.oidc import MissingExtra

    async def main() -> T:
        return await work()

    try:
        with asyncio.Runner(loop_factory=loop_factory()) as runner:
            return runner.run(main())
    except (SchemaTooNew, SchemaTooOld, BadDatabaseUrl, EmbeddedUnavailable, StoreUnavailable, BadSetting, MissingExtra) as error:
        stop(str(error))
    except OSError as error:
        if error.errno is None:
            raise
        stop(f"{error.strerror or error}: is another server running on that address? Give other ports, or 0 for free ones")


async def every(page: Callable[[str | None], Awaitable[Page[T]]]) -> list[T]:
    """All items of a list that comes in pages; ``page`` gets the cursor."""
    found: list[T] = []
    cursor: str | None = None
    while True:
        got = await page(cursor)
        found.extend(got.items)
        cursor = got.next
        if cursor is None:
            return found


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop's, where it is installed."""
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop


def stop(message: str, code: int = 2) -> NoReturn:
    """End the program with a message."""
    click.echo(f"voltaro: {message}", err=True)
    raise SystemExit(code)


def show(rows: Sequence[Mapping[str, Any]], columns: Sequence[str], *, as_json: bool) -> None:
    """Print rows as JSON, or as a table of ``columns``."""
    if as_json:
        click.echo(json.dumps([dict(row) for row in rows], default=_plain, indent=2))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, header_style="bold")
    for column in columns:
        table.add_column(column.replace("_", " "))
    for row in rows:
        table.add_row(*("" if row.get(column) is None else _words(row[column]) for column in columns))
    Console().print(table)


def print_json(value: object) -> None:
    click.echo(json.dumps(value, default=_plain, indent=2))


def _words(value: object) -> str:
    return value.strftime("%Y-%m-%d %H:%M:%S") if isinstance(value, datetime) else str(value)


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, (frozenset, set)):
        return sorted(str(member) for member in value)
    return str(value)


def _flag(name: str) -> Callable[[Command], Command]:
    flag, default, words = "--" + name.replace("_", "-"), default_of(name), help_of(name)
    shown = "" if default in (None, ()) else f"  [default: {default}]"
    text = f"{words[0].upper()}{words[1:]}.{shown}"
    if name in _SWITCHES:
        return click.option(f"{flag}/--no-{name.replace('_', '-')}", name, default=None, help=text)
    return click.option(flag, name, default=None, help=text, metavar="VALUE", multiple=name in _REPEATED)
