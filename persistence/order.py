"""Lists in an order that the asker chooses: sorted by columns of which the last is unique, and continued after a row by its values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, tuple_

from persistence import cursor as cursors


def sorted_after(
    query: Select[Any], kind: str, keys: Sequence[tuple[ColumnElement[Any], type]], cursor: str | None, *, descends: bool
) -> Select[Any]:
    """The rows after ``cursor`` in the order of ``keys``, columns that are never null with the types of their values.

    ``kind`` names the list and its order, so that a cursor of another is none of this: BadCursor.
    """
    columns = [column for column, _ in keys]
    query = query.order_by(*(column.desc() if descends else column.asc() for column in columns))
    if cursor is None:
        return query
    after, here = cursors.decode(kind, cursor, *(of for _, of in keys)), tuple_(*columns)
    return query.where(here < after if descends else here > after)
