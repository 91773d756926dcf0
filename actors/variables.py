"""The variables of one 2.x charger: what it tells is recorded, and what it took is read back once."""

from __future__ import annotations

from collections.abc import Sequence

from actors.topic import Topic
from voltaro.domain.fact import VariablesTold, VariablesWritten
from voltaro.domain.variable import ACTUAL, ReadVariable, WrittenVariable


class ChargerVariables(Topic):
    """It holds nothing. What dialects tell it is ``ports.variables.VariablesHeard``."""

    __slots__ = ()

    def values_told(self, items: Sequence[ReadVariable]) -> None:
        self.station.jot(VariablesTold(self.station.charger_id, tuple(items), self.station.now()))

    def values_written(self, items: Sequence[WrittenVariable]) -> None:
        station = self.station
        station.jot(VariablesWritten(station.charger_id, tuple(items), station.now()))
        taken = [item for item in items if item.status == "Accepted" and not item.name.is_secret]
        if not taken or station.line is None:
            return
        wanted = [item.name.payload() | ({} if item.attribute == ACTUAL else {"attributeType": item.attribute}) for item in taken]
        station.ask_quietly(station.line, "GetVariables", {"getVariableData": wanted})
