"""What the schemas of answers say beyond those of bodies: what has a default is always there, and a moment is a ``date-time``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from msgspec import NODEFAULT, inspect


def tell_answers(responses: Iterable[Any], bodies: Iterable[Any], components: dict[str, Any]) -> None:
    """Complete the components that answers are made of, and that no body has."""
    asked: dict[str, inspect.StructType] = {}
    for kind in bodies:
        _walk(inspect.type_info(kind), asked)
    told: dict[str, inspect.StructType] = {}
    for kind in responses:
        _walk(inspect.type_info(kind), told)
    for name, struct in told.items():
        schema = components.get(name)
        if name in asked or schema is None or "properties" not in schema:
            continue
        for field in struct.fields:
            kinds = set(map(type, _kinds(field.type)))
            member = schema["properties"][field.encode_name]
            is_filled = field.default is not NODEFAULT or field.default_factory is not NODEFAULT
            if is_filled and not field.required:
                schema.setdefault("required", []).append(field.encode_name)
                member.pop("default", None)
            if inspect.DateTimeType in kinds:
                for each in (member, *member.get("anyOf", ())):
                    if each.get("type") == "string":
                        each["format"] = "date-time"


def _kinds(kind: inspect.Type) -> tuple[inspect.Type, ...]:
    return kind.types if isinstance(kind, inspect.UnionType) else (kind,)


def _walk(kind: inspect.Type, found: dict[str, inspect.StructType]) -> None:
    for each in _kinds(kind):
        if isinstance(each, inspect.Metadata):
            _walk(each.type, found)
        elif isinstance(each, inspect.StructType):
            if each.cls.__name__ not in found:
                found[each.cls.__name__] = each
                for field in each.fields:
                    _walk(field.type, found)
        elif isinstance(each, inspect.CollectionType):
            _walk(each.item_type, found)
        elif isinstance(each, inspect.DictType):
            _walk(each.value_type, found)
