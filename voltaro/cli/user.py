"""``voltaro user``: the people who sign in, over the database."""

from __future__ import annotations

import click

from voltaro.app import hash_person_password
from voltaro.cli.common import OF_THE_DATABASE, as_json, every, run, show, stop, with_settings
from voltaro.config import Settings
from voltaro.domain.password import fault_of
from voltaro.domain.person import Role, User
from voltaro.ports import AlreadyExists, Change
from voltaro.storage import opened_store

BY = "command line"


@click.group()
def command() -> None:
    """Keep the people who sign in."""


@command.command()
@click.argument("name")
@click.option("--role", type=click.Choice([role.value for role in Role]), default=Role.OPERATOR.value, show_default=True)
@click.password_option(help="Asked for when it is not given.")
@with_settings(OF_THE_DATABASE)
def add(settings: Settings, name: str, role: str, password: str) -> None:
    """Add a person."""
    _check(password, name)

    async def work() -> User:
        async with opened_store(settings) as store:
            return await store.add_user(name, Role(role), hash_person_password(password), by=BY)

    try:
        run(work)
    except AlreadyExists:
        stop(f"{name} is there already", code=1)
    click.echo(f"{name} can sign in as {role}.")


@command.command("list")
@as_json
@with_settings(OF_THE_DATABASE)
def list_(settings: Settings, as_json: bool) -> None:
    """List people."""

    async def work() -> list[User]:
        async with opened_store(settings) as store:
            return await every(lambda cursor: store.users(limit=500, cursor=cursor))

    names = ("id", "name", "role", "disabled", "created_at")
    show([{name: getattr(user, name) for name in names} for user in run(work)], names, as_json=as_json)


@command.command()
@click.argument("name")
@click.password_option("--password", help="Asked for when it is not given.")
@with_settings(OF_THE_DATABASE)
def password(settings: Settings, name: str, password: str) -> None:
    """Give a person a new password."""
    _check(password, name)

    async def work() -> bool:
        async with opened_store(settings) as store:
            found = await store.user_secret(name)
            if found is None:
                return False
            await store.change_user(found[0].id, Change({"password_hash": hash_person_password(password)}), by=BY)
            return True

    if not run(work):
        stop(f"there is nobody named {name}", code=1)
    click.echo(f"{name} has a new password.")


def _check(password: str, name: str) -> None:
    fault = fault_of(password, name)
    if fault is not None:
        stop(f"that cannot be the password: one {fault}" if fault.startswith("has") else f"that cannot be the password: it {fault}")
