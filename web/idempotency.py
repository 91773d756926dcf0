"""``Idempotency-Key`` (draft-ietf-httpapi-idempotency-key-header-07), for every request that changes something and comes with one.

The same key with the same request is answered as the first was: by what its command has become, where it sent one, else by the answer that
was kept. Keys are a principal's own and stand for a day, over restarts. What was refused did nothing, so its key is free again.

Rule 1: an answer that shows a secret is not kept; its repeat is told so, and does nothing.
Rule 2: what was cut off in the middle is not done again by itself, unless it is known to have done nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
import structlog
from aiohttp import web

from voltaro.ports import KeptAnswer, Store, StoreUnavailable
from web.problem import Problem

log = structlog.get_logger("voltaro.web")
LONGEST_KEY = 255
LONGEST_ANSWER = 4 * 1024 * 1024
REPLAYED = "Idempotency-Replayed"
_SHOWN_ONCE = frozenset({"password", "token", "secret", "csrf", "link", "private_key", "recovery_codes"})
"""Members of an answer that are secrets wherever they hold a text."""
_NOT_KEPT = frozenset({"content-type", "content-length", "date", "x-request-id", "ratelimit", "ratelimit-policy"})


@dataclass(slots=True)
class Once:
    """A request under a key: ``name`` as the store has it, beside ``actor``. ``is_bound``: it stands for a command from now on."""

    actor: str
    name: str
    is_bound: bool = False


def key_given(request: web.Request) -> str | None:
    """The ``Idempotency-Key``, with or without the quotes of a structured field (RFC 9651). Raises Problem 400 for one that cannot be."""
    header = request.headers.get("Idempotency-Key")
    if header is None:
        return None
    key = header.strip()
    if len(key) >= 2 and key.startswith('"') and key.endswith('"'):
        key = key[1:-1]
    if not (0 < len(key) <= LONGEST_KEY and key.isascii() and key.isprintable()):
        raise Problem(400, "bad_idempotency_key", f"An Idempotency-Key has 1 to {LONGEST_KEY} printable ASCII characters.")
    return key


def digest_of(request: web.Request, body: Any) -> bytes:
    """What tells one request from another: method, path, query and body (bytes, or what was read from them)."""
    if isinstance(body, bytes):
        body = hashlib.sha256(body).digest()
    said = [request.method, request.path, sorted(request.query.items()), body]
    return hashlib.sha256(msgspec.json.encode(said, order="deterministic")).digest()


async def once(
    store: Store,
    key: Once,
    digest: bytes,
    do: Callable[[], Awaitable[web.StreamResponse]],
    again: Callable[[str], Awaitable[web.StreamResponse]],
    *,
    retake: bool,
) -> web.StreamResponse:
    """Answer by ``do`` the first time and keep that; else as before, by ``again`` where a command of this id came of it.

    Raises Problem 422 for another request under the key, 409 while the first is being handled or where its answer is not to be had.
    """
    taken = await store.reserve_key(key.actor, key.name, digest, retake=retake)
    if not taken.same:
        raise Problem(422, "idempotency_key_reused", "This Idempotency-Key stands for another request; use a new one for a new request.")
    if taken.command_id is not None:
        return await again(taken.command_id)
    if taken.answer is not None:
        return _replayed(taken.answer)
    if taken.cut_off:
        raise Problem(
            409,
            "idempotency_outcome_unknown",
            "The server was cut off while it handled the request with this Idempotency-Key; see whether it was done, and use a new key.",
        )
    if not taken.mine:
        raise Problem(409, "idempotency_key_in_use", "The request with this Idempotency-Key is being handled; ask again in a moment.")
    try:
        response = await do()
    except Exception:
        await store.release_key(key.actor, key.name)  # where a command was recorded, the key goes on standing for it
        raise
    if not key.is_bound:
        if response.status >= 500:
            await store.release_key(key.actor, key.name)
        else:
            try:
                await store.settle_key(key.actor, key.name, _kept(response))
            except StoreUnavailable:
                log.warning("idempotency.not_kept", by=key.actor)  # it was done: whoever waits for the answer gets it
    return response


def _kept(response: web.StreamResponse) -> KeptAnswer:
    body = response.body if isinstance(response, web.Response) else None
    headers = {name: value for name, value in response.headers.items() if name.lower() not in _NOT_KEPT}
    if not isinstance(body, bytes) or len(body) > LONGEST_ANSWER or response.cookies or _shows_secret(response, body):
        body = None if response.status != 204 else b""
    return KeptAnswer(response.status, headers, body)


def _replayed(answer: KeptAnswer) -> web.Response:
    if answer.body is None:
        raise Problem(
            409,
            "answer_not_kept",
            "The request with this Idempotency-Key was done, and is not done again. Its answer showed a secret, or was too large, and is "
            "not kept; to have a new secret, make a new request.",
        )
    headers = {**answer.headers, REPLAYED: "true"}
    if answer.status == 204:
        return web.Response(status=204, headers=headers)
    return web.Response(status=answer.status, body=answer.body, content_type="application/json", headers=headers)


def _shows_secret(response: web.StreamResponse, body: bytes) -> bool:
    if response.content_type != "application/json":
        return bool(body)
    return _holds_secret(msgspec.json.decode(body)) if body else False


def _holds_secret(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any((isinstance(member, str) and _is_secret(name)) or _holds_secret(member) for name, member in value.items())
    return isinstance(value, list) and any(_holds_secret(member) for member in value)


def _is_secret(name: str) -> bool:
    return name in _SHOWN_ONCE or name.endswith(("_password", "_secret", "_token"))
