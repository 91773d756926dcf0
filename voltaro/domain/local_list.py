"""Local authorization lists (OCPP 1.6 section 3.5.2, 2.x block D): which tags a charger holds, and what brings it up to date.

Rule 1: the version only ever rises, whatever the charger answers.
Rule 2: a list that is not known for sure is sent whole.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, NamedTuple

from voltaro.domain.configuration import Configuration, read_whole
from voltaro.domain.tag import Tag, TagStatus, Verdict, fold_tag

MOST_ENTRIES = 10_000
"""The longest list that is ever sent, also to a charger that names no bound."""
PER_MESSAGE = 100
"""Entries of one message to a charger that does not say how many it takes."""


class ListEntry(NamedTuple):
    """A tag as a local list holds it; ``status`` None takes it out of the list. ``type`` is for 2.x."""

    id_tag: str
    status: Verdict | None
    parent: str | None = None
    expires_at: datetime | None = None
    type: str | None = None


class Update(NamedTuple):
    """One SendLocalList: the whole list, or what differs."""

    version: int
    full: bool
    entries: tuple[ListEntry, ...]


class ListState(StrEnum):
    """How a charger's list stands."""

    NEVER = "never"
    """Nothing was sent, and its version was not asked for."""
    NOT_SUPPORTED = "not_supported"
    EMPTY = "empty"
    SYNCED = "synced"
    STALE = "stale"
    """It holds other tags than it should, or nobody knows which."""
    FAILED = "failed"
    """The last update was refused, or what came of it is not known."""


@dataclass(frozen=True, slots=True)
class LocalList:
    """A charger's list as it is stored. ``version`` is what the charger last told or took (-1: not supported, 0: empty),
    ``sent_version`` the highest we ever sent, ``held`` how many entries it holds (None: not known), ``digest`` of those.
    ``sync``: it is kept up to date by itself. ``failure`` says why the last update did not work."""

    sync: bool = False
    version: int | None = None
    sent_version: int = 0
    held: int | None = None
    digest: str | None = None
    supported: bool = True
    failure: str | None = None
    checked_at: datetime | None = None
    synced_at: datetime | None = None

    def state(self, wanted_digest: str) -> ListState:
        """How it stands, given what it should hold."""
        if not self.supported:
            return ListState.NOT_SUPPORTED
        if self.failure is not None:
            return ListState.FAILED
        if self.digest is not None:
            return ListState.SYNCED if self.digest == wanted_digest else ListState.STALE
        if self.version is None:
            return ListState.NEVER
        return ListState.EMPTY if self.version == 0 else ListState.STALE


Entries = Mapping[str, ListEntry]
"""Entries by folded tag."""


def entry_of(tag: Tag, now: datetime) -> ListEntry:
    """A tag as a list holds it at ``now``. Tags that are merely invalid are in no list."""
    expired = tag.status is TagStatus.EXPIRED or (tag.expires_at is not None and tag.expires_at <= now)
    blocked = tag.status is TagStatus.BLOCKED or tag.driver_disabled
    status = Verdict.BLOCKED if blocked else Verdict.EXPIRED if expired else Verdict.ACCEPTED
    expires_at = None if tag.expires_at is None else tag.expires_at.astimezone(UTC).replace(microsecond=0)
    return ListEntry(tag.id_tag, status, tag.parent, expires_at, tag.type)


def entries_of(tags: Iterable[Tag], now: datetime, most: int) -> Entries:
    """The first ``most`` of ``tags`` as entries."""
    found: dict[str, ListEntry] = {}
    for tag in tags:
        if len(found) >= most:
            break
        found[fold_tag(tag.id_tag)] = entry_of(tag, now)
    return found


def digest_of(entries: Entries) -> str:
    """The same for the same entries in any order."""
    hashed = hashlib.sha256()
    for key in sorted(entries):
        hashed.update(repr((key, *entries[key][1:])).encode())
    return hashed.hexdigest()


def whole(wanted: Entries, version: int, per_message: int) -> tuple[Update, ...]:
    """The updates that replace the list: the first is full, those behind it add to it; versions rise from ``version``."""
    return _updates(tuple(wanted.values()), version, per_message, full=True)


def difference(held: Entries, wanted: Entries, version: int, per_message: int) -> tuple[Update, ...]:
    """The updates that turn ``held`` into ``wanted``: what is gone first, so that there is room for what is new."""
    gone = [ListEntry(entry.id_tag, None, type=entry.type) for key, entry in held.items() if key not in wanted]
    new = [entry for key, entry in wanted.items() if held.get(key) != entry]
    return _updates((*gone, *new), version, per_message, full=False) if gone or new else ()


def _updates(entries: Sequence[ListEntry], version: int, per_message: int, *, full: bool) -> tuple[Update, ...]:
    pieces = [tuple(entries[first : first + per_message]) for first in range(0, len(entries), per_message)] or [()]
    return tuple(Update(version + place, full and place == 0, piece) for place, piece in enumerate(pieces))


class Bounds(NamedTuple):
    """How many entries a charger's list may have, and one message to it; ``told`` is the charger's own bound of the list."""

    most: int
    per_message: int
    told: int | None


def bounds_of(configuration: Configuration, variables: Iterable[Mapping[str, Any]]) -> Bounds:
    """The bounds that a charger has told, in keys of 1.6 or in ``variables`` of 2.x (component LocalAuthListCtrlr), or ours."""
    most = configuration.whole("LocalAuthListMaxLength")
    per_message = configuration.whole("SendLocalListMaxLength")
    for variable in variables:
        if (variable.get("component") or {}).get("name") != "LocalAuthListCtrlr":
            continue
        name = (variable.get("variable") or {}).get("name")
        if name == "Entries":
            most = _number((variable.get("variableCharacteristics") or {}).get("maxLimit"), most)
        elif name == "ItemsPerMessage":
            per_message = _number(next((item.get("value") for item in variable.get("variableAttribute") or ()), None), per_message)
    return Bounds(MOST_ENTRIES if most is None else max(0, min(most, MOST_ENTRIES)), _positive(per_message), most)


def _number(value: object, otherwise: int | None) -> int | None:
    number = None if value is None else read_whole(str(value))
    return otherwise if number is None else number


def _positive(number: int | None) -> int:
    return number if number is not None and number > 0 else PER_MESSAGE
