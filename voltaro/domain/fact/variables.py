"""What 2.x chargers answer about their variables."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from voltaro.domain.variable import ReadVariable, WrittenVariable


@dataclass(frozen=True, slots=True)
class VariablesTold:
    """What a charger answered to GetVariables. Class B, with the event ``charger.configuration``. No value of a secret is in it."""

    charger_id: str
    items: tuple[ReadVariable, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class VariablesWritten:
    """What a charger answered to SetVariables. Class B, with the event ``charger.configuration``."""

    charger_id: str
    items: tuple[WrittenVariable, ...]
    at: datetime
