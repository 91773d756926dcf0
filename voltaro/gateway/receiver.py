"""Who takes the messages of a wire."""

from __future__ import annotations

from typing import Protocol


class Receiver(Protocol):
    """What stands behind an open wire."""

    def message(self, raw: bytes) -> None:
        """A whole text message, valid UTF-8."""
        ...

    def garbled(self, raw: bytes) -> bool:
        """A whole text message that is no UTF-8. True when something could be made of it, else the line is closed (RFC 6455
        section 8.1)."""
        ...

    def lost(self, code: int, reason: str) -> None:
        """The wire is gone; called once."""
        ...

    def sweep(self, now: float) -> None:
        """Look at the deadlines."""
        ...

    def rest(self) -> bool:
        """The wire is about to be closed: begin nothing more. True when nothing is in hand; may be asked again."""
        ...
