"""What every version does alike: gate, validation, answers, commands."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from ocpp.messages import MessageType, get_validator

from tests.ocpp.asking import answered, ask, call_of, refused
from tests.ocpp.examples import VERSIONS, Example, dialect, examples
from tests.ocpp.spoiling import spoilt
from tests.ocpp.stations import FakeStation
from voltaro.domain.command import ChangeAvailability, ClearCache, Reset, StartCharging, StopCharging, Trigger, Unlock
from voltaro.domain.quirks import Mode, Quirks
from voltaro.domain.tag import Authorization, Verdict
from voltaro.ocpp import PROTOCOLS, dialect_for, frames
from voltaro.ocpp.secrets import mask_payload
from voltaro.ports import InvalidPayload, UnknownAction

INBOUND = examples("from_charger")
COMMANDS = examples("to_charger")
STRICT = Quirks(mode=Mode.STRICT)
ORDERS = [
    StartCharging("04AABB", 1, None, None, 7),
    StartCharging("04AABB"),
    StopCharging("4711"),
    Reset(),
    Reset(immediately=True),
    Unlock(1),
    ChangeAvailability(operative=False),
    ChangeAvailability(operative=True, evse_id=2),
    ClearCache(),
    Trigger("StatusNotification", 1),
    Trigger("BootNotification"),
    Trigger("MeterValues", 1),
]


def test_a_protocol_that_we_do_not_speak_has_no_dialect() -> None:
    assert dialect_for("ocpp1.5") is None


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_dialect_serves_every_line_and_names_its_protocol(protocol: str) -> None:
    assert dialect_for(protocol) is dialect_for(protocol)
    assert dialect(protocol).protocol == protocol


@pytest.mark.parametrize("case", INBOUND, ids=str)
def test_every_example_of_a_charger_is_answered_with_what_its_schema_allows(case: Example) -> None:
    assert case.answer == "CALLRESULT"
    station = FakeStation(authorization=Authorization(Verdict.ACCEPTED, "GROUP-1", None))
    payload = answered(case.protocol, case.action, case.payload, station)
    get_validator(MessageType.CallResult, case.action, VERSIONS[case.protocol]).validate(payload)
    assert station.anomalies == []
    assert station.kept == []


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_every_handler_has_an_example(protocol: str) -> None:
    assert set(dialect(protocol)._routes) == {case.action for case in INBOUND if case.protocol == protocol}


@pytest.mark.parametrize("case", COMMANDS, ids=str)
def test_every_example_of_a_command_is_sent_as_it_is(case: Example) -> None:
    request = dialect(case.protocol).request(case.action, case.payload)
    frame = json.loads(request.frame)
    assert frame == [2, request.message_id, case.action, case.payload]
    assert len(request.message_id) == 36
    assert dialect(case.protocol).check_result(case.action, case.answer[2]) is None


# --- The gate, then the schema, then the handler ---


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize(("action", "payload"), [("Heartbeat", {}), ("MeterValues", {"bad": 1}), ("NoSuchAction", {})])
def test_a_charger_that_was_not_accepted_hears_security_error_before_anything_is_checked(
    protocol: str, action: str, payload: dict[str, Any]
) -> None:
    station = FakeStation(accepted=False)
    assert refused(protocol, action, payload, station) == "SecurityError"
    assert (station.heard, station.kept) == ([], [])


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_an_action_that_no_version_has_is_not_implemented(protocol: str) -> None:
    assert refused(protocol, "NoSuchAction", {}) == "NotImplemented"
    assert refused(protocol, "heartbeat", {}) == "NotImplemented"


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("action", ["ClearCache", "Reset"])
def test_an_action_without_a_handler_is_not_supported(protocol: str, action: str) -> None:
    assert refused(protocol, action, {}) == "NotSupported"


def test_21_knows_its_own_actions_and_201_does_not() -> None:
    assert refused("ocpp2.1", "BatterySwap", {}) == "NotSupported"
    assert refused("ocpp2.0.1", "BatterySwap", {}) == "NotImplemented"


@pytest.mark.parametrize(
    ("protocol", "payload", "code"),
    [
        ("ocpp1.6", {"connectorId": 1, "status": "Available"}, "OccurenceConstraintViolation"),
        ("ocpp1.6", {"connectorId": "1", "status": "Available", "errorCode": "NoError"}, "TypeConstraintViolation"),
        ("ocpp1.6", {"connectorId": 1, "status": "Sleepy", "errorCode": "NoError"}, "PropertyConstraintViolation"),
        ("ocpp1.6", {"connectorId": 1, "status": "Available", "errorCode": "NoError", "info": "x" * 51}, "PropertyConstraintViolation"),
        ("ocpp1.6", {"connectorId": 1, "status": "Available", "errorCode": "NoError", "foo": 1}, "FormationViolation"),
        ("ocpp1.6", {"connectorId": 2**31, "status": "Available", "errorCode": "NoError"}, "PropertyConstraintViolation"),
        ("ocpp1.6", {"connectorId": 1, "status": "Available", "errorCode": "NoError", "info": "\0"}, "PropertyConstraintViolation"),
        ("ocpp1.6", {"connectorId": 1, "status": "Available", "errorCode": "NoError", "info": "\ud800"}, "PropertyConstraintViolation"),
        ("ocpp2.0.1", {"connectorId": 1, "evseId": 1, "timestamp": "2026-01-01T00:00:00Z"}, "OccurrenceConstraintViolation"),
        (
            "ocpp2.1",
            {"connectorId": 1, "evseId": 1, "connectorStatus": "Available", "timestamp": "2026-01-01T00:00:00Z", "x": 1},
            "FormatViolation",
        ),
    ],
)
def test_what_a_payload_does_wrong_has_a_code_in_the_versions_spelling(protocol: str, payload: dict[str, Any], code: str) -> None:
    station = FakeStation(quirks=STRICT)
    assert refused(protocol, "StatusNotification", payload, station) == code
    assert (station.heard, station.anomalies) == ([], [])


def test_a_refusal_never_repeats_what_the_charger_wrote() -> None:
    payload = {"connectorId": "hush", "hush": "hush", "status": "hush", "errorCode": "hush"}
    frame = ask("ocpp1.6", "StatusNotification", payload, FakeStation(quirks=STRICT))
    assert frame[0] == 4
    assert "hush" not in json.dumps(frame)


def test_escaped_text_that_is_text_is_fine() -> None:
    payload = {"idTag": "\\u0000é"}
    station = FakeStation()
    assert answered("ocpp1.6", "Authorize", payload, station)["idTagInfo"]["status"] == "Accepted"
    assert station.heard == [("authorize", "\\u0000é", None)]


@pytest.mark.parametrize("case", INBOUND, ids=str)
def test_a_member_that_nobody_knows_is_left_out_and_counted_and_in_strict_mode_refused(case: Example) -> None:
    payload = case.payload | {"noSuchMember": 1}
    station, plain, strict = FakeStation(), FakeStation(), FakeStation(quirks=STRICT)
    assert ask(case.protocol, case.action, payload, station) == ask(case.protocol, case.action, case.payload, plain)
    assert station.heard == plain.heard
    assert (station.anomalies, station.normalised, station.kept) == (["unknown_member"], [case.payload], [])
    code = "FormationViolation" if case.protocol == "ocpp1.6" else "FormatViolation"
    assert refused(case.protocol, case.action, payload, strict) == code
    assert strict.heard == []
    assert [call.action for call, _ in strict.kept] == [case.action] * (case.action in dialect(case.protocol).session_messages)


@pytest.mark.parametrize("case", INBOUND, ids=str)
def test_what_cannot_be_repaired_is_kept_where_it_counts_and_acknowledged_and_else_refused(case: Example) -> None:
    spoken = dialect(case.protocol)
    required = spoken._routes[case.action].schema.document.get("required", [])
    payload = case.payload | {name: [[]] for name in required}
    if not required or case.action == "BootNotification":
        return
    station = FakeStation()
    frame = ask(case.protocol, case.action, payload, station)
    assert station.heard == []
    if case.action not in spoken.session_messages | spoken.data_messages:
        assert (frame[0], station.kept) == (4, [])
        return
    ((kept, reason),) = station.kept
    assert (kept.action, kept.payload) == (case.action, payload)
    assert reason.startswith("TypeConstraintViolation: ")
    get_validator(MessageType.CallResult, case.action, VERSIONS[case.protocol]).validate(frame[2])


@pytest.mark.parametrize("case", INBOUND, ids=str)
def test_a_frame_put_aside_has_a_valid_answer(case: Example) -> None:
    spoken = dialect(case.protocol)
    frame = json.loads(spoken.safe_answer(call_of(case.protocol, case.action, case.payload)))
    if case.action in spoken.session_messages:
        assert frame[:2] == [3, "1"]
        get_validator(MessageType.CallResult, case.action, VERSIONS[case.protocol]).validate(frame[2])
    else:
        assert frame[:3] == [4, "1", "InternalError"]


def test_a_send_is_never_answered() -> None:
    spoken = dialect("ocpp2.1")
    good = {"id": 1, "pending": 0, "basetime": "2026-01-01T00:00:00Z", "data": [{"t": 1, "v": "2"}]}
    for payload in (good, {}):
        call = call_of("ocpp2.1", "NotifyPeriodicEventStream", payload, kind=6)
        assert spoken.answer(FakeStation(), call) == b""
        assert spoken.answer(FakeStation(accepted=False), call) == b""
        assert spoken.safe_answer(call) == b""
        assert spoken.refusal(call, "InternalError", "") == b""


def test_an_exception_of_the_station_is_ours_and_passes_through() -> None:
    class Broken(FakeStation):
        async def authorize(self, id_tag: str, tag_type: str | None = None) -> Authorization:
            raise LookupError(id_tag)

    with pytest.raises(LookupError):
        ask("ocpp1.6", "Authorize", {"idTag": "A"}, Broken())


def test_a_refusal_has_at_most_255_characters_of_description() -> None:
    frame = json.loads(dialect("ocpp1.6").refusal(call_of("ocpp1.6", "Heartbeat", {}), "OccurrenceConstraintViolation", "é" * 300))
    assert frame == [4, "1", "OccurenceConstraintViolation", "é" * 255, {}]


@given(spoilt().filter(lambda changed: changed[0] in INBOUND))
def test_whatever_a_charger_sends_has_one_answer_that_its_schema_allows(changed: tuple[Example, Any]) -> None:
    case, payload = changed
    station = FakeStation()
    frame = ask(case.protocol, case.action, payload, station)
    if frame[0] == 3:
        get_validator(MessageType.CallResult, case.action, VERSIONS[case.protocol]).validate(frame[2])
    else:
        assert case.action not in dialect(case.protocol).session_messages
        assert station.heard == []


# --- Our own CALLs ---


@pytest.mark.parametrize(
    ("protocol", "action", "payload", "pointer"),
    [
        ("ocpp1.6", "RemoteStartTransaction", {"idTag": "x" * 21}, "/idTag"),
        ("ocpp1.6", "RemoteStartTransaction", {}, "/idTag"),
        ("ocpp1.6", "RemoteStartTransaction", {"idTag": "x", "a/b~": 1}, "/a~1b~0"),
        ("ocpp1.6", "Reset", {"type": "Gentle"}, "/type"),
        ("ocpp1.6", "DataTransfer", {"vendorId": "\ud800"}, ""),
        ("ocpp1.6", "Reset", [], ""),
        ("ocpp2.0.1", "RequestStartTransaction", {"idToken": {"idToken": "x"}, "remoteStartId": 1}, "/idToken/type"),
        ("ocpp2.0.1", "SetVariables", {"setVariableData": [{"attributeValue": "1"}]}, "/setVariableData/0/component"),
        ("ocpp2.0.1", "GetBaseReport", {"requestId": "1", "reportBase": "FullInventory"}, "/requestId"),
        ("ocpp2.0.1", "DataTransfer", {"vendorId": "v", "data": {"a": ["\0"]}}, ""),
        ("ocpp2.0.1", "DataTransfer", {"vendorId": "v", "data": object()}, ""),
        ("ocpp2.0.1", "DataTransfer", {"vendorId": "v", "data": json.loads("[" * 63 + "]" * 63)}, ""),
        ("ocpp2.0.1", "DataTransfer", {"vendorId": "v", "data": json.loads("[" * 900 + "]" * 900)}, ""),
    ],
)
def test_a_command_that_does_not_fit_is_refused_with_the_pointer(protocol: str, action: str, payload: Any, pointer: str) -> None:
    with pytest.raises(InvalidPayload) as refusal:
        dialect(protocol).request(action, payload)
    assert refusal.value.pointer == pointer


def test_a_command_as_deep_as_a_frame_may_be_can_be_read_masked_and_logged() -> None:
    deepest = json.loads('{"password":' * 61 + "1" + "}" * 61)
    request = dialect("ocpp2.0.1").request("DataTransfer", {"vendorId": "v", "data": [deepest]})
    assert frames.read(request.frame)[3] == request.payload
    assert "***" in json.dumps(mask_payload(request.payload))


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("action", ["Heartbeat", "NoSuchAction", "", "StatusNotification"])
def test_an_action_that_is_not_for_chargers_is_unknown(protocol: str, action: str) -> None:
    with pytest.raises(UnknownAction):
        dialect(protocol).request(action, {})
    with pytest.raises(UnknownAction):
        dialect(protocol).request_schema(action)


@pytest.mark.parametrize(("protocol", "count"), [("ocpp1.6", 26), ("ocpp2.0.1", 40), ("ocpp2.1", 55)])
def test_every_action_for_chargers_has_a_schema(protocol: str, count: int) -> None:
    spoken = dialect(protocol)
    assert len(spoken.actions()) == count == len(spoken.to_charger)
    for action in spoken.actions():
        assert spoken.request_schema(action)["type"] == "object"
        assert spoken.check_result(action, 5) is not None


def test_every_request_has_an_id_of_its_own() -> None:
    ids = iter(["a", "b"])
    spoken = dialect_for("ocpp1.6", lambda: next(ids))
    assert spoken is not None
    assert [spoken.request("ClearCache", {}).message_id for _ in range(2)] == ["a", "b"]


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("order", ORDERS, ids=repr)
def test_an_order_becomes_a_valid_request(protocol: str, order: Any) -> None:
    action, payload = dialect(protocol).compose(order)
    assert dialect(protocol).request(action, payload).payload == payload
