"""Chargers by the thousand: filters over what is stored of them, and what is done to many at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol


class FleetStore(Protocol):
    """The part of ``Store`` that looks at many chargers. Every method may raise StoreUnavailable."""

    async def similar_chargers(self, identities: Sequence[str]) -> Mapping[str, Sequence[str]]:
        """Known chargers whose identity differs from one of these in case or punctuation alone, by that identity."""
        ...
