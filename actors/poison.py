"""Frames that crashed their charger's actor: which may be handed over once more, and which never again.

It is no actor: it outlives the incarnations that such a frame crashes. A frame is known by its content, so a charger that
sends it again with a new message id changes nothing. One that was handled after all is forgotten, and a new process knows none.
"""

from __future__ import annotations

MOST_CRASHES = 2
MOST_CHARGERS = 1000
MOST_A_CHARGER = 50
"""Beyond these the oldest are forgotten: such a frame may crash its actor twice more."""


class PoisonFrames:
    """Crashes counted by charger and fingerprint."""

    def __init__(self) -> None:
        self.by_charger: dict[str, dict[str, int]] = {}
        """A charger is in here only while a frame of its is held against it."""
        self._kept: set[tuple[str, str]] = set()

    def crashed(self, charger_id: str, fingerprint: str) -> bool:
        """Count a crash; whether the frame may be handed over once more."""
        if charger_id not in self.by_charger:
            if len(self.by_charger) >= MOST_CHARGERS:
                self._forget_all(next(iter(self.by_charger)))
            self.by_charger[charger_id] = {}
        crashes = self.by_charger[charger_id]
        if fingerprint not in crashes and len(crashes) >= MOST_A_CHARGER:
            self.forgive(charger_id, next(iter(crashes)))
            crashes = self.by_charger.setdefault(charger_id, crashes)
        crashes[fingerprint] = crashes.get(fingerprint, 0) + 1
        return crashes[fingerprint] < MOST_CRASHES

    def is_barred(self, charger_id: str, fingerprint: str) -> bool:
        """Whether it has crashed its actor as often as it may."""
        return self.by_charger.get(charger_id, {}).get(fingerprint, 0) >= MOST_CRASHES

    def keep(self, charger_id: str, fingerprint: str) -> None:
        """A barred frame is recorded for the operator: it may be answered from now on."""
        if self.is_barred(charger_id, fingerprint):
            self._kept.add((charger_id, fingerprint))

    def is_kept(self, charger_id: str, fingerprint: str) -> bool:
        return (charger_id, fingerprint) in self._kept

    def forgive(self, charger_id: str, fingerprint: str) -> bool:
        """Hold a frame against its charger no longer; whether it was."""
        crashes = self.by_charger.get(charger_id)
        if crashes is None or crashes.pop(fingerprint, None) is None:
            return False
        self._kept.discard((charger_id, fingerprint))
        if not crashes:
            del self.by_charger[charger_id]
        return True

    def _forget_all(self, charger_id: str) -> None:
        for fingerprint in tuple(self.by_charger[charger_id]):
            self.forgive(charger_id, fingerprint)
