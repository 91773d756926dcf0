"""API tokens: made once, shown once, revoked at any time. Only who may do everything makes them, so none exceeds its maker's rights."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Annotated

import msgspec
from aiohttp import web
from msgspec import UNSET, UnsetType

from voltaro.domain.person import Scope, Token, TokenState
from voltaro.ports import Notice
from web.auth import hash_secret, new_token
from web.export import LIST_MEDIA, Format, all_pages, stream, wanted_format
from web.problem import invalid, not_found
from web.route import Ask, Body, Listing, PageQuery, Reply, Routes

routes = Routes("people")

_PAGE = 500
_PREFIX_LENGTH = 12


class TokenView(msgspec.Struct, frozen=True, kw_only=True):
    """A token; ``token`` is the secret, there only in the answer that made it. ``last_used_at`` is kept to the minute."""

    id: int
    name: str
    prefix: str
    scopes: list[Scope]
    state: TokenState
    created_at: datetime
    created_by: str | None
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None
    token: str | UnsetType = UNSET


class TokenBody(Body, frozen=True, kw_only=True):
    """A token to be made. The scope ``admin`` holds all others."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
    scopes: Annotated[list[Scope], msgspec.Meta(min_length=1, max_length=50)]
    expires_at: Annotated[datetime, msgspec.Meta(tz=True)] | None = None


class TokenListQuery(PageQuery, frozen=True, kw_only=True):
    """``state``: active, expired or revoked; absent, all that are not revoked."""

    state: TokenState | None = None


@routes.get(
    "/tokens", "List API tokens, newest first.", scope=Scope.ADMIN, query=TokenListQuery, response=Listing[TokenView], media=LIST_MEDIA
)
async def list_tokens(ask: Ask[TokenListQuery, None]) -> Listing[TokenView] | web.StreamResponse:
    query, store = ask.query, ask.house.store
    wanted, now = wanted_format(ask.request), ask.house.clock.now()
    if wanted is Format.JSON:
        page = await store.tokens(query.state, limit=query.limit, cursor=query.cursor)
        return Listing([_token_view(token, now) for token in page.items], page.next)
    rows: AsyncIterator[TokenView] = all_pages(
        lambda cursor: store.tokens(query.state, limit=_PAGE, cursor=cursor), lambda token: _token_view(token, now)
    )
    columns = [name for name in TokenView.__struct_fields__ if name != "token"]
    return await stream(ask.request, wanted, "tokens", rows, columns)


@routes.post("/tokens", "Make an API token; it is shown once.", scope=Scope.ADMIN, body=TokenBody, response=TokenView, status=201)
async def add_token(ask: Ask[None, TokenBody]) -> Reply:
    body, now = ask.body, ask.house.clock.now()
    expires_at = None if body.expires_at is None else body.expires_at.astimezone(UTC)
    if expires_at is not None and expires_at <= now:
        raise invalid("/expires_at", "is in the past")
    secret = new_token()
    scopes = frozenset(body.scopes)
    token = await ask.house.store.add_token(body.name, secret[:_PREFIX_LENGTH], hash_secret(secret), scopes, expires_at, ask.by)
    return Reply(msgspec.structs.replace(_token_view(token, now), token=secret), 201)


@routes.delete("/tokens/{token_id}", "Revoke an API token.", scope=Scope.ADMIN)
async def revoke_token(ask: Ask[None, None]) -> None:
    token_id = ask.number("token_id")
    if not await ask.house.store.revoke_token(token_id, ask.by):
        raise not_found(f"token {token_id}")
    ask.house.forget(Notice("token", str(token_id)))


def _token_view(token: Token, now: datetime) -> TokenView:
    return TokenView(
        id=token.id,
        name=token.name,
        prefix=token.prefix,
        scopes=sorted(token.scopes),
        state=token.state(now),
        created_at=token.created_at,
        created_by=token.created_by,
        expires_at=token.expires_at,
        last_used_at=token.last_used_at,
        revoked_at=token.revoked_at,
    )
