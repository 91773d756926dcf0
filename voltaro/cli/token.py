"""``voltaro token``: API tokens, over the database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import click

from voltaro.cli.common import OF_THE_DATABASE, as_json, every, print_json, run, show, stop, with_settings
from voltaro.config import Settings
from voltaro.domain.person import Scope, Token
from voltaro.storage import opened_store
from web.auth import hash_secret, new_token

BY = "command line"


@click.group()
def command() -> None:
    """Keep API tokens."""


@command.command()
@click.argument("name")
@click.option("--scope", "scopes", multiple=True, type=click.Choice([scope.value for scope in Scope]), help="May be repeated; all without.")
@click.option("--days", type=click.IntRange(1), help="When it ends; never without.")
@as_json
@with_settings(OF_THE_DATABASE)
def create(settings: Settings, name: str, scopes: tuple[str, ...], days: int | None, as_json: bool) -> None:
    """Make a token; it is shown once."""
    secret = new_token()
    granted = frozenset(Scope(scope) for scope in scopes) or frozenset(Scope)
    expires = None if days is None else datetime.now(UTC) + timedelta(days=days)

    async def work() -> Token:
        async with opened_store(settings) as store:
            return await store.add_token(name, secret[:8], hash_secret(secret), granted, expires, by=BY)

    token = run(work)
    if as_json:
        print_json({"id": token.id, "name": name, "token": secret, "scopes": sorted(granted), "expires_at": expires})
    else:
        click.echo(f"The token {name}, shown only now: {secret}")


@command.command("list")
@as_json
@with_settings(OF_THE_DATABASE)
def list_(settings: Settings, as_json: bool) -> None:
    """List tokens."""

    async def work() -> list[Token]:
        async with opened_store(settings) as store:
            return await every(lambda cursor: store.tokens(limit=500, cursor=cursor))

    names = ("id", "name", "prefix", "scopes", "created_at", "expires_at", "last_used_at")
    rows = [{name: getattr(token, name) for name in names} | {"scopes": " ".join(sorted(token.scopes))} for token in run(work)]
    show(rows, names, as_json=as_json)


@command.command()
@click.argument("token_id", type=int)
@with_settings(OF_THE_DATABASE)
def revoke(settings: Settings, token_id: int) -> None:
    """Revoke a token; a running server notices."""

    async def work() -> bool:
        async with opened_store(settings) as store:
            return await store.revoke_token(token_id, by=BY)

    if not run(work):
        stop(f"there is no token {token_id}: `voltaro token list` shows them", code=1)
    click.echo(f"The token {token_id} is revoked.")
