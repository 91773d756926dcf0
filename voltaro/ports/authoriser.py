"""An outside system that knows tags."""

from __future__ import annotations

from typing import Protocol

from voltaro.domain.tag import Authorization


class Authoriser(Protocol):
    """An outside system that knows tags we do not. ``web/authoriser.py`` implements it over HTTP."""

    async def authorize(self, id_tag: str, charger_id: str) -> Authorization:
        """Raises AuthoriserFailed."""
        ...


class AuthoriserFailed(Exception):
    """The external authoriser did not answer in time, or not understandably."""
