"""``voltaro charger``: administration of chargers, over the database."""

from __future__ import annotations

from typing import Any

import click

from voltaro.app import charger_password
from voltaro.cli.common import OF_THE_DATABASE, as_json, every, print_json, run, show, stop, with_settings
from voltaro.config import Settings
from voltaro.domain.charger import Charger
from voltaro.domain.identity import BadIdentity, check_identity
from voltaro.ports import AlreadyExists, NewCharger
from voltaro.storage import opened_store

BY = "command line"
COLUMNS = ("id", "registration", "protocol", "vendor", "model", "security_profile", "last_seen")


@click.group()
def command() -> None:
    """Make chargers known, list and remove them."""


@command.command()
@click.argument("charger_id")
@click.option("--name", help="What people call it.")
@click.option("--password", help="The password the charger is set to; without one it is made and shown once.")
@click.option("--open", "is_open", is_flag=True, help="No password: anyone who can reach the port can be this charger.")
@as_json
@with_settings(OF_THE_DATABASE)
def add(settings: Settings, charger_id: str, name: str | None, password: str | None, is_open: bool, as_json: bool) -> None:
    """Make a charger known."""
    if is_open and password is not None:
        stop("give --password or --open, not both")
    try:
        check_identity(charger_id)
    except BadIdentity as error:
        stop(str(error))

    async def work() -> dict[str, Any]:
        async with opened_store(settings) as store:
            if is_open:
                await store.add_charger(NewCharger(charger_id, name=name, security_profile=0), by=BY)
                return {"id": charger_id, "password": None}
            shown, salt, hashed = charger_password(await store.secret("charger-passwords"), password)
            await store.add_charger(NewCharger(charger_id, name=name, salt=salt, password_hash=hashed), by=BY)
            return {"id": charger_id, "password": shown}

    try:
        made = run(work)
    except AlreadyExists:
        stop(f"{charger_id} is known already: see `voltaro charger show {charger_id}`", code=1)
    except ValueError as error:
        stop(str(error))
    if as_json:
        print_json(made)
    elif is_open:
        click.echo(f"{charger_id} is known. It needs no password: whoever can reach the port can be this charger.")
    else:
        click.echo(f"{charger_id} is known. Its password, shown only now: {made['password']}")


@command.command("list")
@as_json
@with_settings(OF_THE_DATABASE)
def list_(settings: Settings, as_json: bool) -> None:
    """List chargers."""

    async def work() -> list[Charger]:
        async with opened_store(settings) as store:
            return await every(lambda cursor: store.chargers(limit=500, cursor=cursor))

    show([_row(charger) for charger in run(work)], COLUMNS, as_json=as_json)


@command.command("show")
@click.argument("charger_id")
@as_json
@with_settings(OF_THE_DATABASE)
def show_(settings: Settings, charger_id: str, as_json: bool) -> None:
    """Show one charger."""

    async def work() -> Charger | None:
        async with opened_store(settings) as store:
            return await store.charger(charger_id)

    charger = run(work)
    if charger is None:
        stop(f"no charger is named {charger_id}: `voltaro charger list` shows them", code=1)
    row = _row(charger)
    if as_json:
        print_json(row)
    else:
        show([{"": key, " ": value} for key, value in row.items()], ("", " "), as_json=False)


@command.command()
@click.argument("charger_id")
@with_settings(OF_THE_DATABASE)
def remove(settings: Settings, charger_id: str) -> None:
    """Forget a charger; its sessions stay."""

    async def work() -> bool:
        async with opened_store(settings) as store:
            return await store.remove_charger(charger_id, by=BY)

    if not run(work):
        stop(f"no charger is named {charger_id}: `voltaro charger list` shows them", code=1)
    click.echo(f"{charger_id} is removed.")


@command.command()
@click.argument("charger_id")
@click.option("--set", "given", help="The new password; without one it is made and shown once.")
@with_settings(OF_THE_DATABASE)
def password(settings: Settings, charger_id: str, given: str | None) -> None:
    """Give a charger a new password."""

    async def work() -> str | None:
        async with opened_store(settings) as store:
            shown, salt, hashed = charger_password(await store.secret("charger-passwords"), given)
            return shown if await store.set_charger_password(charger_id, salt, hashed, by=BY) else None

    try:
        shown = run(work)
    except ValueError as error:
        stop(str(error))
    if shown is None:
        stop(f"no charger is named {charger_id}: `voltaro charger list` shows them", code=1)
    click.echo(f"The new password of {charger_id}, shown only now: {shown}")


def _row(charger: Charger) -> dict[str, Any]:
    names = ("id", "name", "registration", "protocol", "vendor", "model", "serial_number", "firmware_version", "security_profile")
    return {**{name: getattr(charger, name) for name in names}, "last_seen": charger.last_seen, "created_at": charger.created_at}
