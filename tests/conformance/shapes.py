"""Bad shapes of every message that a 1.6 charger sends, made from the official schemas: one thing wrong in each.

The schemas are read as the ocpp package ships them, and nothing of the server is used to make a shape or to say what is right.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any, NamedTuple

from tests.ocpp.wild import _documents

PROTOCOL = "ocpp1.6"
TO_CHARGER = {
    "CancelReservation", "CertificateSigned", "ChangeAvailability", "ChangeConfiguration", "ClearCache", "ClearChargingProfile",
    "DeleteCertificate", "ExtendedTriggerMessage", "GetCompositeSchedule", "GetConfiguration", "GetDiagnostics",
    "GetInstalledCertificateIds", "GetLocalListVersion", "GetLog", "InstallCertificate", "RemoteStartTransaction",
    "RemoteStopTransaction", "ReserveNow", "Reset", "SendLocalList", "SetChargingProfile", "SignedUpdateFirmware", "TriggerMessage",
    "UnlockConnector", "UpdateFirmware",
}  # fmt: skip
INBOUND = sorted(name for name in _documents("v16") if not name.endswith("Response") and name not in TO_CHARGER)
"""The actions of a charger, by the official schemas."""
SESSION = {"StartTransaction", "StopTransaction", "MeterValues", "SecurityEventNotification"}
DATA = SESSION | {name for name in INBOUND if name.endswith("StatusNotification")}
"""What is never refused for what it says while a charger is tolerated."""

MISSING, TYPE, PROPERTY, UNKNOWN = (
    "OccurenceConstraintViolation",
    "TypeConstraintViolation",
    "PropertyConstraintViolation",
    "FormationViolation",
)
TIME = "2026-06-01T10:00:00Z"


class Shape(NamedTuple):
    """``code`` is what a strict central system says of it (conformance section 1.3); None: it is as it should be."""

    what: str
    payload: Any
    code: str | None


def valid(action: str) -> dict[str, Any]:
    """A payload with every member there is."""
    document = _documents("v16")[action]
    made: dict[str, Any] = _value(document, document)
    return made


def shapes(action: str) -> Iterator[Shape]:
    """Every bad shape of an action; and its good one first."""
    document = _documents("v16")[action]
    yield Shape("valid", valid(action), None)
    for payload in ([], "x", 5, True):
        yield Shape(f"payload {payload!r}", payload, UNKNOWN)
    yield Shape("null payload", None, None if not document.get("required") else MISSING)
    yield from _of_object(action, document, document, ())
    deep: Any = 1
    for _ in range(80):
        deep = [deep]
    yield Shape("nested too deeply", valid(action) | {"deep": deep}, UNKNOWN)


def _of_object(action: str, schema: Any, document: Any, path: tuple[Any, ...]) -> Iterator[Shape]:
    yield _changed(action, (*path, "noSuchMember"), 1, UNKNOWN)
    for name, member in schema.get("properties", {}).items():
        place = (*path, name)
        is_needed = name in schema.get("required", ())
        yield _without(action, place, MISSING if is_needed else None)
        yield _changed(action, place, None, TYPE)
        yield from _of_member(action, _resolved(member, document), document, place)


def _of_member(action: str, schema: Any, document: Any, place: tuple[Any, ...]) -> Iterator[Shape]:
    kind = schema.get("type")
    if kind == "object":
        for wrong in ([], "x", 7):
            yield _changed(action, place, wrong, TYPE)
        yield from _of_object(action, schema, document, place)
    elif kind == "array":
        for wrong in ({}, "x", 7):
            yield _changed(action, place, wrong, TYPE)
        yield _changed(action, place, [], MISSING if schema.get("minItems") else None)
        yield _changed(action, place, [None], TYPE)
        yield from _of_member(action, _resolved(schema["items"], document), document, (*place, 0))
    elif kind == "integer":
        for wrong in ("1", "x", [], {}, 1.5, True, ""):
            yield _changed(action, place, wrong, TYPE)
        yield _changed(action, place, 10**30, PROPERTY)
    else:
        yield from _of_text(action, schema, place)


def _of_text(action: str, schema: Any, place: tuple[Any, ...]) -> Iterator[Shape]:
    for wrong in (7, 1.5, True, [], {}):
        yield _changed(action, place, wrong, PROPERTY if "enum" in schema and "type" not in schema else TYPE)
    if "enum" in schema:
        for wrong in ("Bogus", schema["enum"][0].upper() + "x", "", "x" * 5000):
            yield _changed(action, place, wrong, PROPERTY)
    elif schema.get("format") == "date-time":
        for wrong in ("", "soon", "2026-06-01T10:00:00", "x" * 5000):
            yield _changed(action, place, wrong, PROPERTY)
        yield _changed(action, place, "1970-01-01T00:00:00Z", None)
    else:
        longest = schema.get("maxLength")
        yield _changed(action, place, "", None)
        if longest is not None:
            yield _changed(action, place, "x" * (longest + 1), PROPERTY)
            yield _changed(action, place, "x" * 9000, PROPERTY)
        yield _changed(action, place, "a\0b", PROPERTY)
        yield _changed(action, place, "\ud800", PROPERTY)


def _changed(action: str, place: tuple[Any, ...], value: Any, code: str | None) -> Shape:
    payload = valid(action)
    container: Any = payload
    for step in place[:-1]:
        container = container[step]
    container[place[-1]] = copy.deepcopy(value)
    return Shape(f"{'/'.join(map(str, place))} = {repr(value)[:40]}", payload, code)


def _without(action: str, place: tuple[Any, ...], code: str | None) -> Shape:
    payload = valid(action)
    container: Any = payload
    for step in place[:-1]:
        container = container[step]
    del container[place[-1]]
    return Shape(f"without {'/'.join(map(str, place))}", payload, code)


def _value(schema: Any, document: Any) -> Any:
    schema = _resolved(schema, document)
    if "enum" in schema:
        return schema["enum"][0]
    match schema.get("type"):
        case "object":
            return {name: _value(member, document) for name, member in schema.get("properties", {}).items()}
        case "array":
            return [_value(schema["items"], document)]
        case "integer":
            return 1
    return TIME if schema.get("format") == "date-time" else "1"


def _resolved(schema: Any, document: Any) -> Any:
    while "$ref" in schema:
        schema = document["definitions"][schema["$ref"].rpartition("/")[2]]
    return schema
