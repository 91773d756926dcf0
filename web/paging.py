"""Cursors as they leave us: bound to the list, its filters and its order, so that one of another list is no good here."""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode
from typing import Any

import msgspec
from aiohttp import web

from voltaro.ports import BadCursor

_OF_THE_PAGE = frozenset({"cursor", "limit"})
_MARK = "."


def bound(request: web.Request, cursor: str) -> str:
    """The cursor of the store, for whoever asked this."""
    return f"{_digest(request)}{_MARK}{cursor}"


def unbound(request: web.Request, query: Any) -> Any:
    """The query with the cursor of the store. Raises BadCursor for one of another list, of other filters, of another order."""
    cursor = getattr(query, "cursor", None)
    if not isinstance(cursor, str):
        return query
    digest, _, inner = cursor.partition(_MARK)
    if digest != _digest(request):
        raise BadCursor("this cursor is not from this list; begin again without one")
    return msgspec.structs.replace(query, cursor=inner)


def _digest(request: web.Request) -> str:
    said = [request.path, sorted((name, value) for name, value in request.query.items() if name not in _OF_THE_PAGE)]
    return urlsafe_b64encode(hashlib.blake2b(msgspec.json.encode(said), digest_size=6).digest()).decode()
