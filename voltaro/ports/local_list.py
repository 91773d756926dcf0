"""A charger's local authorization list: what dialects tell of it, and what is stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from voltaro.domain.local_list import Entries, LocalList
from voltaro.domain.tag import Tag


class LocalListFacts(NamedTuple):
    """What a charger's actor needs of its stored local list."""

    version: int | None


class LocalListHeard(Protocol):
    """What a dialect tells of a charger's answers. ``asked`` is our payload as it was sent, to know our own updates by."""

    def version_told(self, version: int | None) -> None:
        """The charger has answered which version it holds; None: not validly."""
        ...

    def list_answered(self, asked: Mapping[str, Any], version: int, status: str | None) -> None:
        """The charger has answered to an update to ``version``; None: not validly."""
        ...

    def conflict(self) -> None:
        """The charger says that its list contradicts what it was told (``LocalListConflict``)."""
        ...


class ListTags(NamedTuple):
    """The tags for local lists, in the order in which they are taken, and how many are too long for a charger's version of OCPP."""

    tags: Sequence[Tag]
    too_long: int


class LocalListStore(Protocol):
    """The local lists of ``ports.Store``."""

    async def local_list(self, charger_id: str) -> LocalList: ...  # never sent where nothing is known
    async def held_entries(self, charger_id: str) -> Entries | None:
        """What the charger is known to hold; None where that is not known."""
        ...

    async def set_list_sync(self, charger_id: str, sync: bool, by: str) -> None:
        """Switch on or off that a charger's list is kept up to date; audited."""
        ...

    async def synced_lists(self) -> Sequence[str]:
        """The chargers whose lists are kept up to date."""
        ...

    async def list_tags(self, longest: int, now: datetime) -> ListTags:
        """Accepted tags first, then the oldest first; only those of at most ``longest`` characters."""
        ...
