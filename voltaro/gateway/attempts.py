"""What the door remembers of who tried to connect, so that an operator sees why a charger does not come.

Rule 1: memory is fixed, and nobody's attempts push out all others': there is a bound for each address and each identity, and who
was let in does not take the room of who was refused.
Rule 2: no secret is kept. A path loses its query; the user name and the password of a request never come here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from voltaro.domain.attempt import Attempt, AttemptOutcome, AttemptReason
from voltaro.ports import Clock

MOST = 300
MOST_OF_ADDRESS = 40
MOST_OF_IDENTITY = 8
LONGEST_PATH = 120
LONGEST_DETAIL = 255
_MOST_OFFERED = 6


class _Key(NamedTuple):
    address: str
    identity: str | None
    reason: AttemptReason


@dataclass(frozen=True, slots=True)
class Caller:
    """Who tries, as far as is known. ``identity`` is as the charger writes it, ``charger_id`` the charger of ours it means."""

    address: str
    secure: bool
    identity: str | None = None
    charger_id: str | None = None
    path: str | None = None
    offered: tuple[str, ...] = ()
    protocol: str | None = None


class Attempts:
    """``ports.ConnectionAttempts``. ``tell`` hears of each attempt as it is noted."""

    def __init__(self, clock: Clock, tell: Callable[[Attempt], None] | None = None) -> None:
        self._clock = clock
        self._tell = tell
        self._let_in = _Ring()
        self._others = _Ring()
        self._number = 0

    def attempts(self) -> list[Attempt]:
        """Newest first."""
        return sorted((*self._let_in, *self._others), key=lambda attempt: -attempt.number)

    def note(self, reason: AttemptReason, caller: Caller, detail: str = "") -> None:
        """Remember an attempt. Costs some microseconds."""
        ring = self._let_in if reason.outcome is AttemptOutcome.ACCEPTED else self._others
        key = _Key(caller.address, caller.identity, reason)
        now = self._clock.now()
        before = ring.get(key)
        self._number += 1
        attempt = Attempt(
            number=self._number,
            reason=reason,
            at=now,
            first_at=now if before is None else before.first_at,
            count=1 if before is None else before.count + 1,
            address=caller.address,
            secure=caller.secure,
            identity=caller.identity,
            charger_id=caller.charger_id,
            path=None if caller.path is None else caller.path.partition("?")[0][:LONGEST_PATH],
            offered=tuple(name[:40] for name in caller.offered[:_MOST_OFFERED]),
            protocol=caller.protocol,
            detail=detail[:LONGEST_DETAIL],
        )
        ring.put(key, attempt)
        if self._tell is not None:
            self._tell(attempt)


class _Ring:
    """Attempts by key, the longest unheard of first; each address and identity has so many places."""

    def __init__(self) -> None:
        self._all: dict[_Key, Attempt] = {}
        self._of: tuple[dict[object, dict[_Key, None]], ...] = ({}, {})

    def __iter__(self) -> Iterator[Attempt]:
        return iter(self._all.values())

    def get(self, key: _Key) -> Attempt | None:
        return self._all.get(key)

    def put(self, key: _Key, attempt: Attempt) -> None:
        if key in self._all:
            self._drop(key)
        self._all[key] = attempt
        for places, name, most in zip(self._of, key[:2], (MOST_OF_ADDRESS, MOST_OF_IDENTITY), strict=True):
            if name is None:
                continue
            mine = places.setdefault(name, {})
            mine[key] = None
            if len(mine) > most:
                self._drop(next(iter(mine)))
        if len(self._all) > MOST:
            self._drop(next(iter(self._all)))

    def _drop(self, key: _Key) -> None:
        del self._all[key]
        for places, name in zip(self._of, key[:2], strict=True):
            mine = places.get(name)
            if mine is not None:
                mine.pop(key, None)
                if not mine:
                    del places[name]
