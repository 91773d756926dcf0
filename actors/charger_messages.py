"""What a charger's actor hears of its lines, its row and its timers. What one part of it hears is told in that part's file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from voltaro.domain.charger import Charger
from voltaro.domain.session import Session
from voltaro.ports import Call, Line

# --- from outside ---


class Handed(NamedTuple):
    """A CALL from the charger, handed over by its line. Answered with the answer frame."""

    line: Line
    call: Call


@dataclass(frozen=True, slots=True)
class LineUp:
    """A line of this charger is open and authenticated. Answered when it is taken."""

    line: Line


@dataclass(frozen=True, slots=True)
class LineDown:
    """The charger's newest line has closed."""

    line: Line
    code: int
    reason: str


@dataclass(frozen=True, slots=True)
class Refresh:
    """The charger's row has changed: read it again."""


@dataclass(frozen=True, slots=True)
class ProfileReached:
    """The charger has come with a higher security profile: from this line on, anything lower is refused (security whitepaper, A05)."""

    profile: int


@dataclass(frozen=True, slots=True)
class Resolved:
    """An operator has decided something of a session; this is how it is stored now."""

    session: Session


# --- from itself ---


@dataclass(frozen=True, slots=True)
class Refreshed:
    """The charger's row as it now is; None: it was removed."""

    charger: Charger | None


@dataclass(frozen=True, slots=True)
class Tick:
    """The heartbeat timer, or the grace timer while offline, has run out."""

    number: int


@dataclass(frozen=True, slots=True)
class Settled:
    """The charger has had its say since it came back; we may ask of it what we need (quirk Q-22).

    ``number`` is that of its last return: an older one is nobody's. ``in_turn``: it has waited for its turn.
    """

    number: int
    in_turn: bool = False


@dataclass(frozen=True, slots=True)
class LookAgain:
    """What was to come by itself since the charger came back has had its time; ``number`` as in ``Settled``."""

    number: int


@dataclass(frozen=True, slots=True)
class ShowStanding:
    """It is time to tell the registry how the charger stands."""


@dataclass(frozen=True, slots=True)
class ShowFigures:
    """It is time to show and store the running figures."""
