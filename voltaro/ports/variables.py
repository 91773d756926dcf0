"""A 2.x charger's variables: what dialects tell of them, and what is stored."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from voltaro.domain.variable import ReadVariable, Variable, WrittenVariable


class VariablesHeard(Protocol):
    """What a dialect tells of a charger's answers."""

    def values_told(self, items: Sequence[ReadVariable]) -> None:
        """The charger has told values."""
        ...

    def values_written(self, items: Sequence[WrittenVariable]) -> None:
        """The charger has answered to new values."""
        ...


class VariableStore(Protocol):
    """The variables of ``ports.Store``."""

    async def device_variables(self, charger_id: str) -> Sequence[Variable]:
        """Every attribute by component and name: as last reported or read, and what was last written to it."""
        ...
