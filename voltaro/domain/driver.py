"""Drivers: the people whose cards charge. They do not sign in; those who operate chargers are ``domain.person``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Driver:
    """A driver. ``external_id`` is what another system calls them, and is nobody else's; the cards of a ``disabled`` one do not charge."""

    id: int
    name: str
    email: str | None = None
    phone: str | None = None
    external_id: str | None = None
    note: str | None = None
    disabled: bool = False
    created_at: datetime | None = None
    version: int = 1


class UnknownDriver(Exception):
    """A tag names a driver that there is not: the caller's fault (422). ``tags`` are those that do."""

    def __init__(self, tags: tuple[str, ...]) -> None:
        super().__init__("is no driver")
        self.tags = tags
