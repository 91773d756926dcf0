"""Member names between OCPP's camelCase and Python's snake_case, by tables made from the schemas, never by rules at work.

The ocpp package spells both ways with regular expressions, which loses vendors' own names and costs more than the rest of
a message. Here a name that no schema knows is left alone, with everything inside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from voltaro.ocpp.schemas import member_names, snake_name

_OPAQUE = frozenset({"customData", "custom_data", "data", "meterValue", "transactionData"})
"""Members passed on as they came: a vendor's own content, and meter values. They are most of what a fleet sends, have one reader
(``metering.py``), and spelling them anew cost a third of their whole way."""


def snake_case(payload: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """A copy of an object with the member names of the schemas in snake_case, at every depth."""
    spelled = {}
    for key, value in payload.items():
        name = names.get(key)
        if name is None:
            spelled[key] = value
        elif type(value) is list and key not in _OPAQUE:
            spelled[name] = [snake_case(item, names) if type(item) is dict else item for item in value]
        elif type(value) is dict and key not in _OPAQUE:
            spelled[name] = snake_case(value, names)
        else:
            spelled[name] = value
    return spelled


class Encoder:
    """Turns a ``call_result`` of the ocpp package into the payload of one action's CALLRESULT.

    Absent members (None, empty text, list or object) are left out, as OCPP asks (conformance TR-49).
    """

    __slots__ = ("_fields", "_names")

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._names = {snake_name(name): name for name in member_names(document)}
        self._fields: dict[type, tuple[tuple[str, str], ...]] = {}

    def __call__(self, answer: Any) -> dict[str, Any]:
        """The payload for a dataclass instance."""
        table = self._fields.get(type(answer))
        if table is None:
            table = self._fields[type(answer)] = tuple((field.name, self._spelled(field.name)) for field in fields(answer))
        payload = {}
        for attribute, name in table:
            value = getattr(answer, attribute)
            if value is None or value == "":
                continue
            if name not in _OPAQUE and type(value) is not str:
                value = self._plain(value)
                if value == {} or value == []:
                    continue
            payload[name] = value
        return payload

    def _plain(self, value: Any) -> Any:
        if isinstance(value, (str, int, float)):
            return value
        if isinstance(value, list | tuple):
            return [self._plain(item) for item in value]
        if isinstance(value, dict):
            told = {key: item for key, item in value.items() if item is not None and item != ""}
            return {self._spelled(key): item if key in _OPAQUE else self._plain(item) for key, item in told.items()}
        if is_dataclass(value) and not isinstance(value, type):
            return self(value)
        raise TypeError(f"a handler answered with a {type(value).__name__}, which has no place in a message")

    def _spelled(self, name: str) -> str:
        known = self._names.get(name)
        if known is not None:
            return known
        first, *rest = name.split("_")
        return first + "".join(word.capitalize() for word in rest)
