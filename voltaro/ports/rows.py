"""What is the same for all that is stored: pages of a list, a change of a row, and what may be wrong with either."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list; ``next`` is the cursor of the following page or None."""

    items: Sequence[T]
    next: str | None


class BadCursor(Exception):
    """The cursor was not made by us for this list: the caller's fault (400)."""


@dataclass(frozen=True, slots=True)
class Change:
    """Named members to set on a row, e.g. ``Change({"name": "North 3"}, version=4)``; ``version`` None does not check."""

    values: Mapping[str, Any]
    version: int | None = None


class VersionConflict(Exception):
    """The row has changed since it was read (412)."""


class AlreadyExists(Exception):
    """A row with that key is there already (409)."""
