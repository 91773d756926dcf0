"""``voltaro db``: migrations and backups."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import click

from persistence import migrations
from voltaro.backup import KEPT_FOLDERS, NoBackup, check_files, dump, pack_files, restore, unpack_files
from voltaro.cli.common import OF_THE_DATABASE, run, stop, with_settings
from voltaro.config import Settings
from voltaro.storage import opened_database, opened_store


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
@click.option("--files", type=click.Path(dir_okay=False, path_type=Path), help="Also write the keys and uploads of the data folder there.")
@with_settings(OF_THE_DATABASE)
def backup_(settings: Settings, file: Path, files: Path | None) -> None:
    """Write a backup that `voltaro db restore` and pg_restore read; the server may be running."""
    for wished in (file, files):
        if wished is not None and wished.exists():
            stop(f"{wished} is there already: give another name")

    async def work() -> None:
        async with opened_store(replace(settings, migrate=False)) as store:
            await asyncio.to_thread(dump, store.url, file)

    try:
        run(work)
    except NoBackup as error:
        stop(str(error), code=1)
    click.echo(f"Backed up to {file} ({file.stat().st_size / 1e6:.1f} MB). Put it back with: voltaro db restore {file}")
    left = [name for name in KEPT_FOLDERS if (settings.data_dir / name).is_dir()]
    if files is not None:
        click.echo(f"{', '.join(pack_files(settings.data_dir, files)) or 'Nothing'} packed into {files}. It holds keys: keep it secret.")
    elif left:
        click.echo(f"Not in it: {', '.join(str(settings.data_dir / name) for name in left)}. --files ARCHIVE keeps them too.")


@command.command("restore")
@click.argument("file", type=click.Path(dir_okay=False, exists=True, path_type=Path))
@click.option(
    "--files", type=click.Path(dir_okay=False, exists=True, path_type=Path), help="Also put back the keys and uploads from this archive."
)
@with_settings(OF_THE_DATABASE)
def restore_(settings: Settings, file: Path, files: Path | None) -> None:
    """Fill an empty database from a backup. The server must not be running on it; what is there is never overwritten."""

    async def work() -> None:
        async with opened_database(settings) as url:
            if await asyncio.to_thread(migrations.check, url) is not migrations.Schema.MISSING:
                stop("This database is not empty: give a new one with --database-url, or a new --data-dir")
            await asyncio.to_thread(restore, url, file)

    try:
        held = [] if files is None else check_files(files, settings.data_dir)
        run(work)
        if files is not None:
            unpack_files(files, settings.data_dir)
            click.echo(f"{', '.join(held) or 'Nothing'} put back into {settings.data_dir}.")
    except NoBackup as error:
        stop(str(error), code=1)
    click.echo("The database is as it was. An older backup is brought to this release at the next start of the server.")
