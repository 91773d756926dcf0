"""Variables of OCPP 2.x (part 2, block B; part 2 appendix): what a charger has reported of each, was asked and was told of it.

Rule 1: a variable that holds a secret is written and never read back, kept or shown, as a secret key of 1.6 is.
Rule 2: names are compared without case; what is shown is as the charger wrote it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

from voltaro.domain.configuration import KeyState, is_secret, read_back

ACTUAL = "Actual"
"""The attribute that is meant where none is named."""


class VariableName(NamedTuple):
    """A variable's whole name: its component with instance and place, its own name and instance."""

    component: str
    component_instance: str | None
    evse_id: int | None
    connector_id: int | None
    name: str
    instance: str | None

    @classmethod
    def of(cls, component: Mapping[str, Any], variable: Mapping[str, Any]) -> VariableName:
        """From ``component`` and ``variable`` as OCPP writes them; what is no text or number there is left out."""
        evse = component.get("evse")
        place = evse if isinstance(evse, Mapping) else {}
        return cls(
            _text(component.get("name")) or "",
            _text(component.get("instance")),
            _whole(place.get("id")),
            _whole(place.get("connectorId")),
            _text(variable.get("name")) or "",
            _text(variable.get("instance")),
        )

    def folded(self) -> tuple[str | int | None, ...]:
        """What names are compared by."""
        return tuple(part.casefold() if isinstance(part, str) else part for part in self)

    def payload(self) -> dict[str, Any]:
        """``component`` and ``variable`` as OCPP writes them."""
        component: dict[str, Any] = {"name": self.component}
        if self.component_instance is not None:
            component["instance"] = self.component_instance
        if self.evse_id is not None:
            component["evse"] = {"id": self.evse_id} | ({} if self.connector_id is None else {"connectorId": self.connector_id})
        variable = {"name": self.name} | ({} if self.instance is None else {"instance": self.instance})
        return {"component": component, "variable": variable}

    @property
    def is_secret(self) -> bool:
        return is_secret(self.name)


class ReadVariable(NamedTuple):
    """An attribute as the charger told it when it was asked for it."""

    name: VariableName
    attribute: str
    value: str | None


class WrittenVariable(NamedTuple):
    """What a charger answered to a new value; ``value`` None for a secret, ``status`` None where nothing valid came."""

    name: VariableName
    attribute: str
    value: str | None
    status: str | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Variable:
    """An attribute of a variable as it is stored. ``mutability`` is ReadOnly, WriteOnly or ReadWrite, ``data_type`` OCPP's word."""

    name: VariableName
    attribute: str = ACTUAL
    value: str | None = None
    mutability: str = "ReadWrite"
    data_type: str | None = None
    unit: str | None = None
    choices: tuple[str, ...] = ()
    least: float | None = None
    most: float | None = None
    read_at: datetime | None = None
    written_value: str | None = None
    written_status: str | None = None
    written_reason: str | None = None
    written_at: datetime | None = None
    rebooted_at: datetime | None = None
    """The charger's last accepted boot."""

    @property
    def state(self) -> KeyState | None:
        """What has come of the last write; None where nothing was written."""
        if self.written_at is None:
            return None
        if self.written_status is None:
            return KeyState.UNKNOWN
        if self.written_status not in ("Accepted", "RebootRequired"):
            return KeyState.REJECTED if self.written_status == "Rejected" else KeyState.NOT_SUPPORTED
        if self.written_status == "RebootRequired" and (self.rebooted_at is None or self.rebooted_at < self.written_at):
            return KeyState.REBOOT_REQUIRED
        return read_back(self, self.written_at)


def reported(data: Mapping[str, Any], at: datetime) -> Iterable[Variable]:
    """The attributes in one ``reportData`` of NotifyReport (2.x B07)."""
    name = VariableName.of(_object(data.get("component")), _object(data.get("variable")))
    said = _object(data.get("variableCharacteristics"))
    values = said.get("valuesList")
    plain = Variable(
        name,
        data_type=_text(said.get("dataType")),
        unit=_text(said.get("unit")),
        choices=tuple(word.strip() for word in values.split(",") if word.strip()) if isinstance(values, str) else (),
        least=_number(said.get("minLimit")),
        most=_number(said.get("maxLimit")),
        read_at=at,
    )
    attributes = data.get("variableAttribute")
    for attribute in attributes if isinstance(attributes, list) else ():
        told = _object(attribute)
        value = None if name.is_secret else _text(told.get("value"))
        mutability = _text(told.get("mutability")) or ("ReadOnly" if told.get("constant") is True else "ReadWrite")
        yield replace(plain, attribute=_text(told.get("type")) or ACTUAL, value=value, mutability=mutability)


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
