"""The compiled schemas agree with the ocpp package's own validator, and say what is wrong in OCPP's words."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from jsonschema.exceptions import ValidationError
from ocpp.messages import MessageType, get_validator

from tests.ocpp.examples import PACKAGES, VERSIONS, Example, dialect
from tests.ocpp.spoiling import spoilt
from voltaro.ocpp.schemas import Schema, Violation, load

SCHEMAS = {protocol: load(package) for protocol, package in PACKAGES.items()}


def violation_but_for_times(schema: Schema, payload: Any) -> Violation | None:
    """The slow validator takes any text for a time."""
    excused: set[tuple[str, str]] = set()
    while (violation := schema.violation(payload, excused)) is not None and "timestamp with its zone" in violation.message:
        excused.add((violation.known, "format"))
    return violation


@given(spoilt())
def test_what_the_slow_validator_takes_is_taken_and_nothing_else(changed: tuple[Example, Any]) -> None:
    case, payload = changed
    violation = violation_but_for_times(SCHEMAS[case.protocol].requests[case.action], payload)
    try:
        get_validator(MessageType.Call, case.action, VERSIONS[case.protocol]).validate(payload)
    except ValidationError:
        assert violation is not None
    else:
        assert violation is None


@given(spoilt())
def test_every_violation_has_a_code_a_pointer_and_no_value(changed: tuple[Example, Any]) -> None:
    case, payload = changed
    violation = SCHEMAS[case.protocol].requests[case.action].violation(payload)
    if violation is not None:
        assert violation.code.endswith("Violation")
        assert violation.pointer == "" or violation.pointer.startswith("/")
        assert "{" not in violation.description
        assert len(violation.description) < 255


@pytest.mark.parametrize("protocol", VERSIONS)
def test_every_action_has_both_schemas(protocol: str) -> None:
    schemas = SCHEMAS[protocol]
    assert set(schemas.requests) - set(schemas.responses) <= {"NotifyPeriodicEventStream"}
    for schema in [*schemas.requests.values(), *schemas.responses.values()]:
        assert schema.violation({"no such member": 1}) is not None
        assert schema.violation([]) == Violation("TypeConstraintViolation", "", "is not of type object", "")


@pytest.mark.parametrize("protocol", VERSIONS)
def test_no_member_name_collides_in_snake_case_with_a_keyword_of_ours(protocol: str) -> None:
    for action in dialect(protocol)._routes:
        members = SCHEMAS[protocol].requests[action].document["properties"]
        assert {"self", "station", "call"}.isdisjoint(SCHEMAS[protocol].snake_names[name] for name in members)


@pytest.mark.parametrize(
    ("timestamp", "fits"),
    [
        ("2026-01-01T00:00:00Z", True),
        ("2026-01-01T00:00:00.123456789+05:30", True),
        ("2026-01-01T00:00:00+0100", False),
        ("2026-01-01 00:00:00", False),
        ("2026-01-01T00:00:00", False),
        ("2026-01-01", False),
        ("now", False),
        (1767225600, False),
        (None, False),
    ],
)
def test_a_timestamp_is_one_of_rfc_3339(timestamp: Any, fits: bool) -> None:
    schema = SCHEMAS["ocpp1.6"].requests["SecurityEventNotification"]
    assert (schema.violation({"type": "X", "timestamp": timestamp}) is None) == fits


def test_what_is_excused_hides_nothing_else() -> None:
    schema = SCHEMAS["ocpp1.6"].requests["SecurityEventNotification"]
    excused = {("/timestamp", "format")}
    assert schema.violation({"type": "X", "timestamp": "now"}, excused) is None
    violation = schema.violation({"timestamp": "now"}, excused)
    assert violation is not None
    assert (violation.code, violation.pointer) == ("OccurrenceConstraintViolation", "/type")
    violation = schema.violation({"type": "X" * 51, "timestamp": "now"}, excused)
    assert violation is not None
    assert violation.pointer == "/type"


@pytest.mark.parametrize("number", [2**31, -(2**31) - 1, 10**40, 10**400])
def test_an_integer_has_32_bits(number: int) -> None:
    violation = SCHEMAS["ocpp1.6"].requests["RemoteStopTransaction"].violation({"transactionId": number})
    assert violation is not None
    assert violation.code == "PropertyConstraintViolation"


def test_a_meter_register_may_run_past_32_bits() -> None:
    start = {"connectorId": 1, "idTag": "A", "meterStart": 2**40, "timestamp": "2026-01-01T00:00:00Z"}
    assert SCHEMAS["ocpp1.6"].requests["StartTransaction"].violation(start) is None
