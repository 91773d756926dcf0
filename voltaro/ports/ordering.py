"""The orders in which lists can be had; a minus puts the greatest first."""

from __future__ import annotations

from enum import StrEnum


class TagOrder(StrEnum):
    """The order of a list of tags."""

    NEWEST = "-created_at"
    OLDEST = "created_at"
    BY_TAG = "id_tag"
    BY_TAG_DOWN = "-id_tag"

    @property
    def descends(self) -> bool:
        return self.value.startswith("-")
