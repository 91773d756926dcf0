"""Virtual chargers: what the web may ask of the simulator, and what the store knows of what is simulated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from voltaro.domain.tag import Tag

MOST_VIRTUAL = 500
"""How many virtual chargers one server runs at most."""


class NotSimulated(Exception):
    """There is no virtual charger of that identity here (404)."""


class TooManyVirtual(Exception):
    """More virtual chargers than this server runs were asked for (409)."""


class IdentityTaken(Exception):
    """A real charger has that identity (409)."""


class CannotAct(Exception):
    """The virtual charger cannot do that now; the message says why (409)."""


@dataclass(frozen=True, slots=True)
class VirtualConnector:
    """One EVSE as it stands at the charger. ``status`` is OCPP 1.6's word for it, whatever the version. ``power_w`` flows now."""

    id: int
    status: str
    plugged: bool
    soc_percent: int | None
    power_w: int
    energy_wh: int
    """What its meter shows."""
    id_tag: str | None
    transaction_id: str | None
    session_wh: int | None
    fault: str | None


@dataclass(frozen=True, slots=True)
class VirtualCharger:
    """A virtual charger as it sees itself."""

    id: str
    protocol: str
    vendor: str
    model: str
    online: bool
    wanted: bool
    """Whether it is to be connected; without that it stays away until it is told to come back."""
    registration: str
    """The central system's last word on its boot: Accepted, Pending, Rejected or none."""
    queued: int
    """Messages that wait for their answer or for a line."""
    driven: bool
    """Whether people come and go by themselves."""
    speed: float
    clock_offset_s: float
    answers_after_s: float
    refuses: bool
    connectors: Sequence[VirtualConnector]


@dataclass(frozen=True, slots=True)
class TailLine:
    """One frame, or what became of a line, as the charger saw it. ``direction``: sent, received or noted."""

    at: datetime
    direction: str
    text: str


@dataclass(frozen=True, slots=True)
class VirtualWish:
    """Virtual chargers to be added. ``protocol`` is one of OCPP's or ``mixed``; ``speed`` makes cars charge so much faster than life."""

    count: int = 1
    protocol: str = "ocpp1.6"
    prefix: str = "SIM"
    connectors: int = 2
    speed: float = 20.0
    meter_interval_s: float = 10.0
    driven: bool = False
    prompt: bool = False
    """The first cars are there at once."""


@dataclass(frozen=True, slots=True)
class Act:
    """Something done at a virtual charger: the word of it, and what it is done with; members that the word does not know are None."""

    word: str
    connector: int = 1
    id_tag: str | None = None
    soc_percent: int | None = None
    error_code: str | None = None
    seconds: float | None = None
    messages: int | None = None
    on: bool = True


@dataclass(frozen=True, slots=True)
class Simulated:
    """How much is simulated, by kind; what else hangs on such chargers is ``other``."""

    chargers: int = 0
    tags: int = 0
    sessions: int = 0
    meter_values: int = 0
    messages: int = 0
    events: int = 0
    other: int = 0


@dataclass(frozen=True, slots=True)
class VirtualIdentity:
    """A charger that the simulator is about to be; ``salt`` and ``password_hash`` of the password that only it knows."""

    id: str
    protocol: str
    salt: bytes = field(repr=False)
    password_hash: bytes = field(repr=False)


class Simulation(Protocol):
    """The virtual chargers of this server. ``voltaro/simulation.py`` implements it."""

    def chargers(self) -> Sequence[VirtualCharger]:
        """By identity, as a person would sort them."""
        ...

    def charger(self, charger_id: str) -> VirtualCharger:
        """Raises NotSimulated."""
        ...

    def tags(self) -> Sequence[str]:
        """The cards that virtual people hold; the central system knows them."""
        ...

    def tail(self, charger_id: str) -> Sequence[TailLine]:
        """The newest frames, newest first. Raises NotSimulated."""
        ...

    async def add(self, wish: VirtualWish, by: str) -> Sequence[VirtualCharger]:
        """Mark them in the store and let them dial. Raises TooManyVirtual, IdentityTaken, ValueError."""
        ...

    async def act(self, charger_id: str, act: Act) -> str:
        """Do something at a charger; what came of it, in a word or two. Raises NotSimulated, CannotAct."""
        ...

    async def scenario(self, name: str) -> int:
        """Let something happen to many; how many it happened to. Raises ValueError for a name that is unknown."""
        ...

    async def remove(self, charger_id: str, by: str) -> Simulated:
        """Take a charger down, and all that is known of it. Raises NotSimulated."""
        ...

    async def clear(self, by: str) -> Simulated:
        """Take everything down that is simulated, also what an earlier run has left; what is real stays."""
        ...


class SimulatedRecords(Protocol):
    """What the store knows of what is simulated."""

    async def add_simulated(self, chargers: Sequence[VirtualIdentity], tags: Sequence[Tag], by: str) -> None:
        """Make virtual chargers and their tags known, marked; those that are known and marked get the new password.
        Raises IdentityTaken, and adds nothing, when a real charger has one of these identities. Known tags are left alone."""
        ...

    async def simulated_chargers(self) -> Sequence[str]: ...
    async def count_simulated(self) -> Simulated: ...

    async def remove_simulated(self, charger_ids: Sequence[str] | None, by: str) -> Simulated:
        """Remove these virtual chargers with everything that hangs on them (None: all, their tags too); real ones are never touched."""
        ...

    async def forget_history(self, charger_ids: Sequence[str]) -> Simulated:
        """Remove what still came in of virtual chargers that are gone; of one that is known again nothing."""
        ...
