"""What lies between the web and the sites: the sites themselves, and the figures of the fleet over time."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from voltaro.domain.figures import Delivered, Ledger
from voltaro.domain.site import Site
from voltaro.ports.rows import Change, Page

FLEET = ""
"""Stands for a site where the whole fleet is meant."""


class UnknownSite(Exception):
    """A charger was to stand at a site that does not exist (422)."""


class SiteInUse(Exception):
    """Chargers stand at the site that was to be removed (409); ``chargers`` is how many."""

    def __init__(self, chargers: int) -> None:
        super().__init__(f"{chargers} chargers stand here")
        self.chargers = chargers


@dataclass(frozen=True, slots=True)
class Leaving:
    """What becomes of the chargers of a site that is removed: ``to`` another site, or to none."""

    to: str | None = None


@dataclass(frozen=True, slots=True)
class BucketRow:
    """Figures to be added to a bucket of ``domain.figures.BUCKET`` length; ``samples`` 0 adds energy alone."""

    site_id: str
    at: datetime
    samples: int = 0
    power_w: int = 0
    energy_wh: int = 0
    online: int = 0
    charging: int = 0
    sessions: int = 0


@dataclass(frozen=True, slots=True)
class FiguresPoint:
    """Figures of a stretch of time that begins ``at``. ``power_w`` is the mean, None where nothing was sampled; counts are the largest."""

    at: datetime
    power_w: int | None
    power_max_w: int
    energy_wh: int
    online: int
    charging: int
    sessions: int


class SiteStore(Protocol):
    """Every method may raise StoreUnavailable."""

    async def sites(self, *, limit: int, cursor: str | None = None, search: str | None = None) -> Page[Site]: ...  # by name; BadCursor
    async def site(self, site_id: str) -> Site | None: ...
    async def add_site(self, site: Site, by: str) -> Site: ...  # AlreadyExists
    async def change_site(self, site_id: str, change: Change, by: str) -> Site | None: ...  # VersionConflict

    async def remove_site(self, site_id: str, by: str, *, version: int | None = None, leaving: Leaving | None = None) -> bool:
        """False when there is none of that id. Raises SiteInUse unless it is said where its chargers go, UnknownSite, VersionConflict."""
        ...

    async def unknown_sites(self, site_ids: Collection[str]) -> Collection[str]: ...  # those that name no site
    async def places(self) -> Mapping[str, Sequence[str]]: ...  # the chargers of each site that has some


class FiguresStore(Protocol):
    """Every method may raise StoreUnavailable."""

    async def ledger(self) -> Ledger:
        """What has been counted; at the first call ever, all that there is, so that counting begins then."""
        ...

    async def delivered(self, session_ids: Collection[int], *, after: int) -> Sequence[Delivered]:
        """These sessions, and the oldest few thousand of those with an id above ``after``, by id."""
        ...

    async def add_figures(self, rows: Sequence[BucketRow], ledger: Ledger) -> bool:
        """Write both in one transaction; False, and nothing is written, when another has written the ledger since it was read."""
        ...

    async def figures(
        self, site_id: str, since: datetime, step: timedelta
    ) -> Sequence[FiguresPoint]: ...  # oldest first; gaps are left out
    async def energy_since(self, since: Mapping[str, datetime]) -> Mapping[str, int]: ...  # Wh by site; an unknown site has 0
    async def running(self) -> tuple[int, int]: ...  # how many sessions, and their power in W as last stored
    async def retire_figures(self, before: datetime) -> None: ...
