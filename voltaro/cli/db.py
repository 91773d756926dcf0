"""``voltaro db``: migrations and backups."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import click

from voltaro.app import opened_store
from voltaro.backup import NoBackup, dump
from voltaro.cli.common import OF_THE_DATABASE, run, stop, with_settings
from voltaro.config import Settings


@click.group()
def command() -> None:
    """Upgrade and back up the database."""


@command.command()
@with_settings(OF_THE_DATABASE)
def upgrade(settings: Settings) -> None:
    """Bring the schema to this release."""

    async def work() -> None:
        async with opened_store(replace(settings, migrate=True)):
            pass

    run(work)
    click.echo("The database has the schema of this release.")


@command.command("backup")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@with_settings(OF_THE_DATABASE)
def backup_(settings: Settings, file: Path) -> None:
    """Write a backup that pg_restore reads; the server may be running."""
    if file.exists():
        stop(f"{file} is there already: give another name")

    async def work() -> None:
        async with opened_store(replace(settings, migrate=False)) as store:
            await asyncio.to_thread(dump, store.url, file)

    try:
        run(work)
    except NoBackup as error:
        stop(str(error), code=1)
    click.echo(
        f"Backed up to {file} ({file.stat().st_size / 1e6:.1f} MB). Restore with: pg_restore --clean --if-exists --dbname URL {file}"
    )
