"""Dead letters: frames that were put aside because they could not be handled, until they are handed over again or discarded."""

from __future__ import annotations

from enum import StrEnum

from voltaro.domain.fingerprint import fingerprint_of
from voltaro.domain.session import content_key


class FrameState(StrEnum):
    """WAITING: nothing has become of it yet. REDRIVEN: it was handed over again, and answered. DISCARDED: it never will be."""

    WAITING = "waiting"
    REDRIVEN = "redriven"
    DISCARDED = "discarded"


def fingerprint(charger_id: str, action: str, raw: bytes) -> str:
    """Names a frame by what it says, not by its message id: a charger that sends it again gives it another."""
    return content_key(charger_id, action, fingerprint_of(raw) or raw.hex())
