"""OCPP 2.x variables, as chargers answer for them (use cases B05, B06)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from voltaro.domain.variable import ACTUAL, ReadVariable, VariableName, WrittenVariable
from voltaro.ocpp.dialect import Handlers, after
from voltaro.ports import Station


class Varying(Handlers):
    """What is learned of a charger's variables, whoever asked."""

    @after("GetVariables")
    def after_get_variables(self, station: Station, asked: Mapping[str, Any], answered: Mapping[str, Any] | None) -> None:
        told = [] if answered is None else [_read(item) for item in answered["getVariableResult"] if item["attributeStatus"] == "Accepted"]
        if told:
            station.variables.values_told(told)

    @after("SetVariables")
    def after_set_variables(self, station: Station, asked: Mapping[str, Any], answered: Mapping[str, Any] | None) -> None:
        station.variables.values_written(list(_written(asked, answered)))


def _read(item: Mapping[str, Any]) -> ReadVariable:
    name = _name(item)
    value = item.get("attributeValue")
    return ReadVariable(name, item.get("attributeType", ACTUAL), None if value is None or name.is_secret else _storable(value))


def _written(asked: Mapping[str, Any], answered: Mapping[str, Any] | None) -> Iterator[WrittenVariable]:
    """Answers come in any order, some not at all."""
    results = {} if answered is None else {_identity(item): item for item in answered["setVariableResult"]}
    for item in asked["setVariableData"]:
        name = _name(item)
        result = results.get(_identity(item))
        reason = None if result is None else (result.get("attributeStatusInfo") or {}).get("additionalInfo")
        reason = reason or (None if result is None else (result.get("attributeStatusInfo") or {}).get("reasonCode"))
        yield WrittenVariable(
            name,
            item.get("attributeType", ACTUAL),
            None if name.is_secret else _storable(item["attributeValue"]),
            None if result is None else result["attributeStatus"],
            None if reason is None else _storable(reason),
        )


def _identity(item: Mapping[str, Any]) -> tuple[object, ...]:
    return (*_name(item).folded(), item.get("attributeType", ACTUAL))


def _name(item: Mapping[str, Any]) -> VariableName:
    name = VariableName.of(item["component"], item["variable"])
    return VariableName(*(_storable(part) if isinstance(part, str) else part for part in name))  # type: ignore[arg-type]


def _storable(text: str) -> str:
    """A charger's text without what no database takes: NUL, and halves of characters."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()
