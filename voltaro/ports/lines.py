"""The line to a charger, and the gateway's way to the charger's actor."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from voltaro.domain.anomaly import Anomaly
from voltaro.domain.fact import Fact
from voltaro.domain.profiles import Entry, Issued, Link
from voltaro.ports.calls import Call, Outcome, Request
from voltaro.ports.dialect import Dialect
from voltaro.ports.door import Credential


class Line(Protocol):
    """One WebSocket of one charger, as its actor sees it. Owned by the gateway."""

    number: int
    """Grows with every line of this process: the newest line of an identity has the largest."""
    charger_id: str
    dialect: Dialect
    remote: str
    connected_at: datetime
    link: Link
    """How the connection really is."""

    def call(self, request: Request, done: Callable[[Outcome], None], sent: Callable[[], object] | None = None) -> bool:
        """Send a CALL when it is its turn (one at a time); returns at once, True where it has left already. Else ``sent`` is
        called when it leaves. ``done`` is called on the loop when it has ended."""
        ...

    def waits_for(self, message_id: str) -> bool:
        """Whether a CALL of ours with this id has not ended yet: it waits for its turn, or for the charger's answer."""

    def mended(self, call: Call, payload: str, anomalies: Sequence[Anomaly]) -> None:
        """The call in hand was repaired: log its payload (JSON) and what was done beside the raw frame."""
        ...

    def close(self, code: int, reason: str) -> None:
        """Close the WebSocket. Returns at once; ``Calls.line_down`` follows."""
        ...

    def last_heard(self) -> float:
        """Monotonic seconds when the last byte came in."""
        ...


class Calls(Protocol):
    """The gateway's way to the charger actors, by charger id. ``actors/fleet.py`` implements it."""

    async def credentials(self, readings: Sequence[str]) -> Sequence[Credential]:
        """The chargers whose identity is one of these, without regard to case. Raises StoreUnavailable."""
        ...

    async def issued(self, fingerprint: str) -> Issued | None:
        """Whether our own authority has signed the certificate with this fingerprint, and for whom. Raises StoreUnavailable."""
        ...

    async def entered(self, entry: Entry) -> bool:
        """Record what a charger has shown at the door. False: its certificate is another charger's. Raises StoreUnavailable."""
        ...

    async def provision(self, identity: str, protocol: str) -> Credential:
        """Make a charger known and accepted, as policy ``accept`` does with strangers. Raises StoreUnavailable."""
        ...

    async def line_up(self, line: Line) -> None:
        """A charger's line is open and authenticated; its actor is there when this returns.

        An older line of the same identity is closed with 4001. Raises StoreUnavailable, ActorUnavailable.
        """
        ...

    def line_down(self, line: Line, code: int, reason: str) -> None:
        """The line has closed. One that was replaced meanwhile changes nothing."""
        ...

    def hand(self, line: Line, call: Call) -> bytes | asyncio.Future[bytes]:
        """Hand a CALL to the charger's actor: the answer frame where it is there at once, else a future that gives it, or
        raises ActorCrashed, ActorUnavailable, StoreUnavailable. The future may be done already when this returns."""
        ...

    def crashed(self, line: Line, call: Call) -> bool:
        """A CALL has crashed its actor; whether it may be handed over once more. Counted by its content."""
        ...

    async def put_aside(self, line: Line, call: Call, reason: str) -> None:
        """Keep a frame that crashed its actor twice. Raises StoreUnavailable."""
        ...

    def noticed(self, line: Line, anomalies: Mapping[Anomaly, int], message_id: str | None) -> None:
        """The line has seen something odd, each so many times."""
        ...

    def is_behind(self) -> bool:
        """Whether facts gather faster than they are written, so that chargers are to be read no further than they are answered."""
        ...

    def note(self, fact: Fact) -> None:
        """Have a fact of class B recorded."""
        ...

    def log_exchange(self, exchange: Fact) -> None:
        """Log a call and its answer (``fact.ExchangeLogged``) and show it to who is watching."""
        ...
