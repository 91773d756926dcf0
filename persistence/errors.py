"""What an error of PostgreSQL means: a passing trouble, or a value that it will never take.

Rule 1: only what is sure to fail again for its content is poison (classes 21, 22, 23, 54, and values the driver cannot
send). Everything else, also a full disk or a missing table, is a passing trouble: nothing acknowledged, nothing thrown away.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from sqlalchemy.exc import DBAPIError, StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from voltaro.ports import Poison, StoreUnavailable

_POISON_CLASSES = frozenset({"21", "22", "23", "54"})
_UNSENDABLE = (UnicodeError, OverflowError, ValueError, TypeError)
"""What encoding a value raises, in the driver or in ours: NUL and lone surrogates, numbers beyond their type."""

SORTED = (psycopg.Error, DBAPIError, StatementError, PoolTimeout, OSError, *_UNSENDABLE)
"""The errors that ``sort`` understands."""


def sort(error: BaseException) -> Poison | StoreUnavailable:
    """The meaning of one of the ``SORTED`` errors."""
    if isinstance(error, StatementError) and error.orig is not None:
        error = error.orig
    sqlstate = getattr(error, "sqlstate", None)
    if isinstance(sqlstate, str) and sqlstate:
        if sqlstate[:2] in _POISON_CLASSES:
            return Poison(f"PostgreSQL refuses the value: {_first_line(error)}", sqlstate)
        return StoreUnavailable(f"PostgreSQL cannot work now ({sqlstate}): {_first_line(error)}")
    if isinstance(error, psycopg.DataError | StatementError) or (isinstance(error, _UNSENDABLE) and not isinstance(error, OSError)):
        return Poison(f"the value cannot be sent to PostgreSQL: {_first_line(error)}")
    return StoreUnavailable(f"PostgreSQL cannot be reached: {_first_line(error) or type(error).__name__}")


@contextmanager
def sorted_errors() -> Iterator[None]:
    """Raise StoreUnavailable or Poison for what PostgreSQL, the pool or the driver raise inside."""
    try:
        yield
    except (psycopg.Error, DBAPIError, StatementError, PoolTimeout, OSError, UnicodeError) as error:
        raise sort(error) from error


def _first_line(error: BaseException) -> str:
    return str(error).strip().split("\n", 1)[0]
