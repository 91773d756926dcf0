"""API tokens: made once, shown once, revoked at any time."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from voltaro.domain.person import Scope, Token
from voltaro.ports import Notice
from web.auth import hash_secret, new_token
from web.problem import invalid, not_found
from web.route import Ask, Body, Listing, Reply, Routes

routes = Routes("people")

_PREFIX_LENGTH = 12


class TokenView(msgspec.Struct, frozen=True, kw_only=True):
    """A token; ``token`` is the secret, there only in the answer that made it."""

    id: int
    name: str
    prefix: str
    scopes: list[Scope]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    token: str | UnsetType = UNSET


class TokenBody(Body, frozen=True, kw_only=True):
    """A token to be made. The scope ``admin`` holds all others."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
    scopes: Annotated[list[Scope], msgspec.Meta(min_length=1, max_length=50)]
    expires_at: Annotated[datetime, msgspec.Meta(tz=True)] | None = None


@routes.get("/tokens", "List API tokens.", scope=Scope.ADMIN, response=Listing[TokenView])
async def list_tokens(ask: Ask[None, None]) -> Listing[TokenView]:
    return Listing([_token_view(token) for token in await ask.house.store.tokens()], None)


@routes.post("/tokens", "Make an API token; it is shown once.", scope=Scope.ADMIN, body=TokenBody, response=TokenView, status=201)
async def add_token(ask: Ask[None, TokenBody]) -> Reply:
    body = ask.body
    expires_at = None if body.expires_at is None else body.expires_at.astimezone(UTC)
    if expires_at is not None and expires_at <= ask.house.clock.now():
        raise invalid("/expires_at", "is in the past")
    secret = new_token()
    scopes = frozenset(body.scopes)
    token = await ask.house.store.add_token(body.name, secret[:_PREFIX_LENGTH], hash_secret(secret), scopes, expires_at, ask.by)
    return Reply(msgspec.structs.replace(_token_view(token), token=secret), 201)


@routes.delete("/tokens/{token_id}", "Revoke an API token.", scope=Scope.ADMIN)
async def revoke_token(ask: Ask[None, None]) -> None:
    token_id = ask.number("token_id")
    if not await ask.house.store.revoke_token(token_id, ask.by):
        raise not_found(f"token {token_id}")
    ask.house.forget(Notice("token", str(token_id)))


def _token_view(token: Token) -> TokenView:
    return TokenView(
        id=token.id,
        name=token.name,
        prefix=token.prefix,
        scopes=sorted(token.scopes),
        created_at=token.created_at,
        expires_at=token.expires_at,
        last_used_at=token.last_used_at,
    )
