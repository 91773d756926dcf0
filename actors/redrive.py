"""Redriving: a frame that was put aside is handed to its charger's actor again, with no line behind it.

The dialect is the one of the frame's own protocol, also where the charger speaks another by now. What is answered goes to
whoever asked for it, not to the charger: that one has been answered long ago.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from voltaro.ports import Call, Dialect, Poison, Redriven, Station

Reread = Callable[[str, bytes, datetime], "tuple[Dialect, Call] | None"]
"""The dialect and the CALL of a stored frame (protocol, frame, time of receipt), or None when it is none that can be read."""


class Redrive(NamedTuple):
    """Handle this CALL as if it came now. Answered with ``Redriven``."""

    dialect: Dialect
    call: Call


class StillInvalid(Exception):
    """The message fails validation as it did before."""


async def redriven(station: Station, message: Redrive) -> Redriven:
    """Hand the call to its dialect. Exceptions but poison and StillInvalid pass through."""
    try:
        told = message.dialect.answer(station, message.call)
        answer: bytes = told if isinstance(told, bytes) else await told
    except StillInvalid as invalid:
        return Redriven(False, f"it does not fit its schema: {invalid}")
    except Poison as poison:
        return Redriven(False, f"PostgreSQL does not take what it says: {poison}")
    return Redriven(answer[1:2] != b"4", answer.decode())
