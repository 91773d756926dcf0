"""Opaque cursors: where in a list the next page begins, in a form that shows nothing and is checked when it comes back."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar

from voltaro.ports import BadCursor, Page

Row = TypeVar("Row")
Item = TypeVar("Item")

LONGEST = 3000
"""A tag of 255 characters, of four bytes each or escaped, has room."""
_BIGGEST_INT = 2**63 - 1


def page(kind: str, rows: Sequence[Row], limit: int, key: Callable[[Row], tuple[Any, ...]], item: Callable[[Row], Item]) -> Page[Item]:
    """A page of the first ``limit`` of ``rows``; one row more than that says that there is a following page."""
    shown = rows[:limit]
    return Page([item(row) for row in shown], encode(kind, *key(shown[-1])) if len(rows) > limit and shown else None)


def encode(kind: str, *values: str | int | datetime) -> str:
    """A cursor of the list ``kind`` after the row with these key values."""
    plain = [kind, *(value.isoformat() if isinstance(value, datetime) else value for value in values)]
    return urlsafe_b64encode(json.dumps(plain, separators=(",", ":"), ensure_ascii=False).encode()).rstrip(b"=").decode()


def decode(kind: str, cursor: str, *types: type) -> tuple[Any, ...]:
    """The key values in a cursor of the list ``kind``. Raises BadCursor when it is none of ours."""
    wanted: list[type | str] = [kind, *types]
    try:
        padded = cursor[:LONGEST].encode("ascii") + b"=" * (-len(cursor) % 4)
        found = json.loads(urlsafe_b64decode(padded))
        return tuple(_value(value, of) for value, of in zip(found, wanted, strict=True))[1:]
    except (ValueError, TypeError, RecursionError) as error:
        raise BadCursor("this cursor is not from this list; begin again without one") from error


def _value(value: object, wanted: type | str) -> object:
    """A value of the wanted type, or the wanted word. Raises ValueError, TypeError."""
    if isinstance(wanted, str):
        if value != wanted:
            raise ValueError("of another list")
        return value
    if wanted is datetime:
        moment = datetime.fromisoformat(value)  # type: ignore[arg-type]
        if moment.tzinfo is None:
            raise ValueError("without zone")
        return moment
    if type(value) is not wanted or (isinstance(value, int) and abs(value) > _BIGGEST_INT):
        raise ValueError("of another type")
    if isinstance(value, str):
        if "\0" in value:
            raise ValueError("not a key")
        value.encode()
    return value
