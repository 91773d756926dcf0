"""A charger's switches as they are stored."""

from __future__ import annotations

from typing import Any

from voltaro.domain.quirks import AS_THEY_COME, Quirks, quirks_of


def stored_quirks(told: Any) -> Quirks:
    """What another release has written in its own way is as it comes: a switch never keeps a charger out."""
    try:
        return quirks_of(told)
    except (ValueError, TypeError):
        return AS_THEY_COME
