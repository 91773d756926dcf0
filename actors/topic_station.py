"""A charger as its topics see it: what a topic may use of the actor that it lives in.

A topic knows no more of its charger than this. So the station is made of topics, and no topic of the station or of another topic.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping
from datetime import datetime
from typing import Any, Protocol, TypeVar

from actors.commands import SendCommand
from actors.effects import Happening
from actors.reply import Reply
from actors.standing import Standing
from actors.system import System
from actors.wiring import Wiring
from voltaro.domain.command import Command, Order
from voltaro.domain.fact import Fact
from voltaro.domain.session import Session
from voltaro.ports import Line

T = TypeVar("T")


class TopicStation(Protocol):
    """What a topic may ask of its charger, and tell it. ``actors/station.py`` implements it; times are UTC."""

    charger_id: str
    name: str
    """The actor's address."""
    system: System
    """Takes messages to the actor itself, now or after a time."""
    wiring: Wiring
    """What the actor was given: the queue of facts, the clock, the authority ..."""
    asked_by: str | None
    """Who wanted what the charger has just answered, while that is learned; None: nobody but ourselves."""
    error_code: str | None
    """The code of the CALLERROR that it answered with, while that is learned."""

    # --- how the charger stands ---

    @property
    def line(self) -> Line | None:
        """The charger's line, while it has one."""
        ...

    @property
    def standing(self) -> Standing:
        """Its connectors and running sessions. Only the station changes them."""
        ...

    @property
    def security_profile(self) -> int:
        """Its security profile; anything lower is refused."""
        ...

    def now(self) -> datetime:
        """The server's time."""
        ...

    # --- what is recorded, counted and shown ---

    def jot(self, fact: Fact) -> None:
        """Record a fact of class B; nobody waits for it."""
        ...

    def record(self, fact: Fact) -> Coroutine[Any, Any, Any]:
        """Record a fact. Returns after its COMMIT, with what the writer says of it; raises Poison, StoreUnavailable."""
        ...

    def anomaly(self, code: str, field: str = "", example: str | None = None) -> None:
        """Count something odd the charger did (``domain.anomaly``)."""
        ...

    def happened(self, happening: Happening) -> None:
        """The charger has shown something: a command may have had its effect."""
        ...

    def take(self, session: Session) -> None:
        """Hold a session as it is now stored: running, or over."""
        ...

    def show_anew(self) -> None:
        """Show what has changed without an event of its own, and tell who is watching to look."""
        ...

    def look_again_later(self) -> None:
        """Have what is missing looked at in a while."""
        ...

    # --- what is asked of the charger ---

    def ask_quietly(self, line: Line, action: str, payload: Mapping[str, Any]) -> None:
        """Ask something on our own account, in OCPP's spelling; what is answered is learned. Raises InvalidPayload, UnknownAction."""
        ...

    def send_quietly(self, line: Line, order: Order) -> None:
        """The same, in our own words."""
        ...

    def send_command(self, line: Line | None, message: SendCommand) -> Coroutine[Any, Any, Command]:
        """Send a command that is recorded and shown. Returns once it is handed to the line; raises what ``SendCommand`` names."""
        ...

    # --- what is done beside a message ---

    def defer(self) -> Reply:
        """Answer the message in hand later: whoever holds the reply sets it."""
        ...

    def spawn(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Run what needs a task beside the actor. It is cancelled when the actor ends."""
        ...

    def crash(self, error: BaseException) -> None:
        """End this incarnation over a failure outside a message's handling; the supervisor hears."""
        ...
