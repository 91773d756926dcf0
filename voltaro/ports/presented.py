"""Cards that were shown at chargers of late, known or not: how an operator learns a new one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class PresentedTag:
    """A card that was shown at a charger at ``at`` (our time), and what it was told: ``outcome`` is a ``domain.tag.Verdict``.

    ``evse_id`` None: the charger did not say where. ``type`` is that of an idToken of 2.x.
    """

    charger_id: str
    evse_id: int | None
    id_tag: str
    type: str | None
    outcome: str
    at: datetime
