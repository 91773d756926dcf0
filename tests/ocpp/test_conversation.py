"""The conversation: any bytes have a meaning, one CALL is outstanding, answers are matched and replayed."""

from __future__ import annotations

import base64
import json
from types import CoroutineType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ocpp.examples import dialect
from tests.ocpp.stations import NOW, FakeStation, at_once
from voltaro.ocpp import PROTOCOLS, frames
from voltaro.ocpp.conversation import (
    AnswerReceived,
    Conversation,
    Ignored,
    LateAnswer,
    Odd,
    Received,
    Replay,
    Reply,
    ReusedId,
)
from voltaro.ports import Call, OutcomeKind, Request

TWO = ["ocpp2.0.1", "ocpp2.1"]
RESET = {"ocpp1.6": {"type": "Soft"}, "ocpp2.0.1": {"type": "OnIdle"}, "ocpp2.1": {"type": "OnIdle"}}


def hear(protocol: str, frame: Any, conversation: Conversation | None = None) -> Received:
    raw = frame if isinstance(frame, bytes) else json.dumps(frame).encode()
    return (conversation or Conversation(dialect(protocol))).receive(raw, NOW)


def asked(protocol: str) -> tuple[Conversation, Request]:
    conversation = Conversation(dialect(protocol))
    request = dialect(protocol).request("Reset", RESET[protocol])
    conversation.begin(request)
    return conversation, request


def call_of(received: Received) -> Call:
    assert isinstance(received, Call)
    return received


def reply_of(received: Received) -> list[Any]:
    assert isinstance(received, Reply)
    frame: list[Any] = json.loads(received.frame)
    assert received.code == frame[2]
    return frame


# --- CALLs ---


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_call_is_handed_on_with_its_raw_frame(protocol: str) -> None:
    raw = b'[2,"7","Heartbeat",{}]'
    received = hear(protocol, raw)
    assert type(received) is Call
    assert received == ("7", "Heartbeat", {}, raw, NOW, False)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_null_payload_is_an_empty_one(protocol: str) -> None:
    assert call_of(hear(protocol, [2, "1", "Heartbeat", None])).payload == {}


@pytest.mark.parametrize("text", [b"17", b"-3", b"1.50", b"0", b"123456789012345678901234567890"])
def test_a_message_id_that_is_a_number_goes_back_as_the_same_number(text: bytes) -> None:
    odd = hear("ocpp1.6", b'[2, %b,"Heartbeat",{}]' % text)
    assert isinstance(odd, Odd)
    assert [anomaly.code for anomaly in odd.anomalies] == ["numeric_message_id"]
    received = call_of(odd.received)
    assert received.message_id == text.decode()
    assert frames.result(received.message_id, {}) == b"[3,%b,{}]" % text
    assert frames.error(received.message_id, "GenericError", "") == b'[4,%b,"GenericError","",{}]' % text


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (b'[2,"\\ud800","Heartbeat",{}]', "FormationViolation"),
        (b'[2,"\\u0000","Heartbeat",{}]', "FormationViolation"),
        (b'[2,"1","\\udfff",{}]', "FormationViolation"),
    ],
)
def test_an_id_or_action_that_is_no_text_is_refused_under_its_id(frame: bytes, code: str) -> None:
    answer = reply_of(hear("ocpp1.6", frame))
    assert answer[:3] == [4, json.loads(frame)[1], code]


def test_an_answer_that_no_column_can_hold_is_shown_with_replacements() -> None:
    conversation, request = asked("ocpp1.6")
    received = hear("ocpp1.6", [3, request.message_id, {"status": "\0", "\ud800": ["\udfff"]}], conversation)
    assert isinstance(received, AnswerReceived)
    assert received.outcome.payload == {"status": "\ufffd", "\ufffd": ["\ufffd"]}
    assert received.outcome.invalid


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize(
    "number", [b"1e400", b"9" * 4301, b"18446744073709551616", b'"\\ud800"', b'"\\u0000"', b"-1e400", b"-" + b"9" * 4301]
)
def test_json_that_no_column_can_hold_is_still_a_call(protocol: str, number: bytes) -> None:
    assert call_of(hear(protocol, b'[2,"1","DataTransfer",{"vendorId":"v","data":%b}]' % number)).action == "DataTransfer"


def test_the_last_of_two_equal_members_counts() -> None:
    assert call_of(hear("ocpp1.6", b'[2,"1","X",{"a":1,"a":2}]')).payload == {"a": 2}


def test_a_byte_order_mark_is_passed_over() -> None:
    assert call_of(hear("ocpp1.6", b'\xef\xbb\xbf[2,"1","Heartbeat",{}]')).message_id == "1"


# --- What is malformed ---

BROKEN = [b"", b"{", b"\xff\xfe", b'[2,"1","Heartbeat",{}', b'[2,"1","Heartbeat",{"a":NaN}]', b"['2']", b'[2,"\x00","Heartbeat",{}]']


@pytest.mark.parametrize("protocol", TWO)
@pytest.mark.parametrize("raw", [*BROKEN, b"{}", b"[]", b"null", b"3", b"[2]", b'[2,null,"Heartbeat",{}]', b"[2,[],1]"])
def test_a_2x_frame_without_readable_id_is_answered_under_minus_one(protocol: str, raw: bytes) -> None:
    frame = reply_of(hear(protocol, raw))
    assert (frame[:3], frame[4]) == ([4, "-1", "RpcFrameworkError"], {})


@pytest.mark.parametrize("raw", [*BROKEN, b"{}", b"[]", b"[2]", b"[2,null]"])
def test_a_16_frame_without_readable_id_is_passed_over(raw: bytes) -> None:
    assert isinstance(hear("ocpp1.6", raw), Ignored)


@pytest.mark.parametrize(
    ("protocol", "frame", "code"),
    [
        ("ocpp1.6", [2, "1", "Heartbeat"], "ProtocolError"),
        ("ocpp1.6", [2, "1", 5, {}], "ProtocolError"),
        ("ocpp1.6", [2, "1", "Heartbeat", []], "FormationViolation"),
        ("ocpp2.0.1", [2, "1", "Heartbeat"], "FormatViolation"),
        ("ocpp2.0.1", [2, "1", 5, {}], "FormatViolation"),
        ("ocpp2.1", [2, "1", "Heartbeat", "x"], "FormatViolation"),
    ],
)
def test_a_malformed_call_with_an_id_is_refused_in_its_versions_spelling(protocol: str, frame: list[Any], code: str) -> None:
    assert reply_of(hear(protocol, frame))[:3] == [4, "1", code]


@pytest.mark.parametrize(("protocol", "code"), [("ocpp1.6", "FormationViolation"), ("ocpp2.0.1", "FormatViolation")])
@pytest.mark.parametrize("depth", [100, 5_000, 200_000])
def test_a_call_nested_too_deeply_is_refused_under_its_id(protocol: str, code: str, depth: int) -> None:
    raw = b'[2,"9","DataTransfer",{"vendorId":"v","data":' + b"[" * depth + b"]" * depth + b"}]"
    assert reply_of(hear(protocol, raw))[:3] == [4, "9", code]


@pytest.mark.parametrize(
    ("protocol", "action"), [("ocpp1.6", "StartTransaction"), ("ocpp1.6", "MeterValues"), ("ocpp2.0.1", "TransactionEvent")]
)
@pytest.mark.parametrize("depth", [100, 5_000, 200_000])
def test_a_session_message_nested_too_deeply_is_kept_raw_and_answered(protocol: str, action: str, depth: int) -> None:
    raw = b'[2,"9","%b",{"timestamp":"2026-06-01T10:00:00Z","x":' % action.encode() + b"[" * depth + b"]" * depth + b"}]"
    call = call_of(hear(protocol, raw))
    station = FakeStation()
    answer = dialect(protocol).answer(station, call)
    assert isinstance(answer, CoroutineType)
    assert json.loads(at_once(answer))[:2] == [3, "9"]
    assert [kept.raw for kept, _ in station.kept] == [raw]


@pytest.mark.parametrize("escape", ["", "\\u0041"])
def test_of_a_member_that_stands_twice_the_last_counts_with_either_decoder(escape: str) -> None:
    """``\\ud800`` is read by the lenient one."""
    for surrogate in ("", '"x":"\\ud800",'):
        text = f'[2,"1","Authorize",{{{surrogate}"idTag":"ONE{escape}","idTag":"TWO"}}]'
        assert call_of(hear("ocpp1.6", text.encode())).payload["idTag"] == "TWO"


def test_many_flat_elements_are_not_deep() -> None:
    raw = json.dumps([2, "9", "DataTransfer", {"vendorId": "v", "data": [{} for _ in range(500)]}]).encode()
    assert len(call_of(hear("ocpp2.0.1", raw)).payload["data"]) == 500


def test_the_text_of_a_bad_frame_is_never_repeated() -> None:
    for raw in (b'[2,"1","X","secret"]', b"secret", b'[2,"1","secret"]'):
        received = hear("ocpp2.0.1", raw)
        assert isinstance(received, Reply)
        assert b"secret" not in received.frame


def test_an_unknown_message_type_is_refused_in_2x_and_passed_over_in_16() -> None:
    assert reply_of(hear("ocpp2.0.1", [9, "1", "x"]))[:3] == [4, "1", "MessageTypeNotSupported"]
    assert reply_of(hear("ocpp2.1", ["2", "1", "x"]))[:3] == [4, "1", "MessageTypeNotSupported"]
    assert hear("ocpp1.6", [9, "1", "x"]) == Ignored("unknown_message_type")
    assert hear("ocpp2.0.1", [9, 1]) == Ignored("unknown_message_type")


def test_types_5_and_6_are_unknown_before_21() -> None:
    send = [6, "1", "NotifyPeriodicEventStream", {}]
    assert hear("ocpp1.6", send) == Ignored("unknown_message_type")
    assert reply_of(hear("ocpp2.0.1", send))[2] == "MessageTypeNotSupported"


def test_a_send_is_handed_on_and_marked() -> None:
    call = call_of(hear("ocpp2.1", [6, "1", "NotifyPeriodicEventStream", {"id": 1}]))
    assert (call.action, call.send) == ("NotifyPeriodicEventStream", True)


@pytest.mark.parametrize("frame", [[6], [6, "1", "X"], [6, "1", "X", 5], [6, None, "X", {}], [5, "1", "X"], [5]])
def test_what_is_wrong_with_a_send_or_a_result_error_is_never_answered(frame: list[Any]) -> None:
    assert isinstance(hear("ocpp2.1", frame), Ignored)


# --- Signed messages ---


def signed(content: Any) -> dict[str, Any]:
    text = base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")
    return {"payload": text, "protected": "e30", "signature": "AAAA"}


@pytest.mark.parametrize("protocol", TWO)
def test_a_signed_call_is_taken_as_the_plain_one(protocol: str) -> None:
    call = call_of(hear(protocol, [2, "1", "Heartbeat-Signed", signed({"customData": {"vendorId": "v"}})]))
    assert (call.action, call.payload) == ("Heartbeat", {"customData": {"vendorId": "v"}})


@pytest.mark.parametrize("payload", [{}, {"payload": "!!"}, {"payload": 5}, signed([1]), {"payload": "\u00e4"}])
def test_a_signed_call_without_readable_content_is_refused(payload: dict[str, Any]) -> None:
    assert reply_of(hear("ocpp2.0.1", [2, "1", "Heartbeat-Signed", payload]))[2] == "FormatViolation"


def test_a_signed_answer_is_opened() -> None:
    conversation, request = asked("ocpp2.0.1")
    received = hear("ocpp2.0.1", [3, request.message_id, signed({"status": "Accepted"})], conversation)
    assert isinstance(received, AnswerReceived)
    assert received.outcome.payload == {"status": "Accepted"}
    assert received.outcome.invalid is None


# --- Answers to our CALLs ---


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_an_answer_is_matched_to_our_call_and_frees_the_line(protocol: str) -> None:
    conversation, request = asked(protocol)
    received = hear(protocol, [3, request.message_id, {"status": "Accepted"}], conversation)
    assert isinstance(received, AnswerReceived)
    assert received.request is request
    assert (received.outcome.kind, received.outcome.payload, received.outcome.invalid) == (OutcomeKind.RESULT, {"status": "Accepted"}, None)
    assert conversation.outstanding is None


@pytest.mark.parametrize("payload", [{"status": "Perhaps"}, {}, None, 5, "x", [1]])
def test_an_answer_that_does_not_fit_its_schema_is_shown_and_marked(payload: Any) -> None:
    conversation, request = asked("ocpp1.6")
    received = hear("ocpp1.6", [3, request.message_id, payload], conversation)
    assert isinstance(received, AnswerReceived)
    assert received.outcome.payload == ({} if payload is None else payload)
    assert received.outcome.invalid


@pytest.mark.parametrize(
    ("rest", "code", "description"),
    [
        (["FormationViolation", "no", {}], "FormatViolation", "no"),
        (["OccurenceConstraintViolation", "no", {}], "OccurrenceConstraintViolation", "no"),
        (["FormatViolation", "no"], "FormatViolation", "no"),
        (["MadeUp"], "MadeUp", ""),
        ([], "GenericError", ""),
        ([5, 6, 7], "GenericError", ""),
    ],
)
def test_an_error_is_read_in_any_spelling_and_with_members_missing(rest: list[Any], code: str, description: str) -> None:
    conversation, request = asked("ocpp1.6")
    received = hear("ocpp1.6", [4, request.message_id, *rest], conversation)
    assert isinstance(received, AnswerReceived)
    assert (received.outcome.kind, received.outcome.code, received.outcome.description) == (OutcomeKind.ERROR, code, description)


def test_calls_cross_while_ours_is_outstanding() -> None:
    conversation, request = asked("ocpp1.6")
    assert call_of(hear("ocpp1.6", [2, "1", "Heartbeat", {}], conversation)).action == "Heartbeat"
    assert conversation.outstanding is request


def test_a_second_call_of_ours_has_to_wait() -> None:
    conversation, request = asked("ocpp1.6")
    with pytest.raises(RuntimeError, match="outstanding"):
        conversation.begin(request)


def test_a_late_answer_is_told_apart_and_frees_nothing() -> None:
    conversation, first = asked("ocpp1.6")
    conversation.expire()
    second = dialect("ocpp1.6").request("ClearCache", {})
    conversation.begin(second)
    received = hear("ocpp1.6", [3, first.message_id, {"status": "Accepted"}], conversation)
    assert isinstance(received, LateAnswer)
    assert received.request is first
    assert received.outcome.late
    assert conversation.outstanding is second


def test_a_late_answer_counts_once() -> None:
    conversation, request = asked("ocpp1.6")
    conversation.expire()
    conversation.expire()
    assert isinstance(hear("ocpp1.6", [4, request.message_id, "GenericError", "", {}], conversation), LateAnswer)
    assert hear("ocpp1.6", [4, request.message_id, "GenericError", "", {}], conversation) == Ignored("unknown_answer")


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("frame", [[3, "nobody", {}], [4, "nobody"], [3], [4], [3, 5, {}], [3, None], [4, {}, []]])
def test_an_answer_that_nobody_waits_for_is_passed_over(protocol: str, frame: list[Any]) -> None:
    conversation, request = asked(protocol)
    assert hear(protocol, frame, conversation) == Ignored("unknown_answer")
    assert conversation.outstanding is request


# --- Replay ---

METER = {"connectorId": 1, "meterValue": [{"timestamp": "2026-01-01T00:00:00Z", "sampledValue": [{"value": "1"}]}]}


def remembering(action: str, payload: Any, answer: bytes = b'[3,"1",{}]', message_id: str = "1") -> Conversation:
    conversation = Conversation(dialect("ocpp1.6"))
    conversation.answered(call_of(hear("ocpp1.6", [2, message_id, action, payload], conversation)), answer)
    return conversation


def test_the_same_message_again_gets_the_same_answer() -> None:
    conversation = remembering("MeterValues", METER)
    received = hear("ocpp1.6", [2, "1", "MeterValues", METER], conversation)
    assert isinstance(received, Replay)
    assert received.answer == b'[3,"1",{}]'


def test_the_same_message_in_other_bytes_is_a_new_call_and_marked() -> None:
    conversation = remembering("MeterValues", METER)
    raw = json.dumps([2, "1", "MeterValues", dict(reversed(METER.items()))], indent=1).encode()
    assert type(hear("ocpp1.6", raw, conversation)) is ReusedId


@pytest.mark.parametrize(("action", "payload"), [("MeterValues", METER | {"connectorId": 2}), ("StopTransaction", METER)])
def test_the_same_id_with_other_content_is_a_new_call_and_marked(action: str, payload: Any) -> None:
    conversation = remembering("MeterValues", METER)
    assert type(hear("ocpp1.6", [2, "1", action, payload], conversation)) is ReusedId


@pytest.mark.parametrize("action", ["Heartbeat", "BootNotification", "StatusNotification"])
def test_answers_that_hold_the_time_are_never_replayed(action: str) -> None:
    assert isinstance(hear("ocpp1.6", [2, "1", action, {}], remembering(action, {})), Call)


def test_a_refusal_is_never_replayed() -> None:
    conversation = remembering("MeterValues", METER, b'[4,"1","InternalError","",{}]')
    assert hear("ocpp1.6", [2, "1", "MeterValues", METER], conversation) == call_of(hear("ocpp1.6", [2, "1", "MeterValues", METER]))


def test_the_last_sixteen_answers_are_remembered() -> None:
    conversation = Conversation(dialect("ocpp1.6"))
    for number in range(17):
        call = call_of(hear("ocpp1.6", [2, str(number), "MeterValues", METER], conversation))
        conversation.answered(call, b'[3,"%d",{}]' % number)
    kinds = [type(hear("ocpp1.6", [2, str(number), "MeterValues", METER], conversation)) for number in range(17)]
    assert kinds == [Call] + [Replay] * 16


@pytest.mark.parametrize("data", [b"9" * 4300, b'"\\ud800"', b"1e400", b'{"a":[{"b":[]}]}'])
def test_odd_content_is_replayed_too(data: bytes) -> None:
    conversation = Conversation(dialect("ocpp1.6"))
    raw = b'[2,"1","DataTransfer",{"vendorId":"v","data":%b}]' % data
    conversation.answered(call_of(conversation.receive(raw, NOW)), b'[3,"1",{}]')
    assert isinstance(conversation.receive(raw, NOW), Replay)


def test_a_number_and_a_text_are_two_ids() -> None:
    conversation = remembering("MeterValues", METER)
    odd = hear("ocpp1.6", [2, 1, "MeterValues", METER], conversation)
    assert isinstance(odd, Odd)
    assert type(odd.received) is ReusedId


# --- Anything at all ---

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters()), inner, max_size=4),
    max_leaves=12,
)
FRAMES = st.tuples(
    st.integers(0, 9) | JSON, st.sampled_from(["1", "ours", 5, None]) | JSON, st.sampled_from(["MeterValues", "X-Signed"]) | JSON, JSON
)


@given(st.sampled_from(PROTOCOLS), st.binary(max_size=200))
def test_any_bytes_have_a_meaning(protocol: str, raw: bytes) -> None:
    assert isinstance(hear(protocol, raw), Received)


@given(st.sampled_from(PROTOCOLS), FRAMES.flatmap(lambda frame: st.integers(0, 4).map(lambda size: list(frame[:size]))) | JSON)
def test_any_json_has_a_meaning_whatever_was_said_before(protocol: str, frame: Any) -> None:
    conversation = Conversation(dialect(protocol))
    conversation.begin(Request("ours", "Reset", {}, b""))
    raw = json.dumps(frame).encode()
    for _ in range(2):
        received = conversation.receive(raw, NOW)
        assert isinstance(received, Received)
        if isinstance(received, ReusedId):
            received = received.call
        if isinstance(received, Call):
            conversation.answered(received, frames.result(received.message_id, {}))
        if isinstance(received, Reply):
            assert json.loads(received.frame)[0] == 4
            assert len(json.loads(received.frame)[3]) <= 255


@given(st.binary(max_size=60))
def test_a_valid_frame_with_rubbish_in_it_has_a_meaning(rubbish: bytes) -> None:
    for protocol in PROTOCOLS:
        assert isinstance(hear(protocol, b'[2,"1","Authorize",{"idTag":"' + rubbish + b'"}]'), Received)


@pytest.mark.parametrize("number", ["1e999", "-1e999", "9" * 5000, "-" + "9" * 5000])
def test_a_number_beyond_all_bounds_is_the_text_it_was_written_as(number: str) -> None:
    payload = call_of(hear("ocpp2.0.1", f'[2,"1","DataTransfer",{{"vendorId":"v","data":[{number},1.5,7]}}]'.encode())).payload
    assert payload["data"] == [number, 1.5, 7]
    conversation, request = asked("ocpp2.0.1")
    odd = hear("ocpp2.0.1", f'[3,"{request.message_id}",{{"status":"Accepted","x":{number}}}]'.encode(), conversation)
    assert isinstance(odd, Odd)
    received = odd.received
    assert isinstance(received, AnswerReceived)
    assert received.outcome.payload == {"status": "Accepted", "x": number}


# --- Secrets ---


@pytest.mark.parametrize(
    "answer",
    [
        [3, {"status": "Rejected", "hush": 1}],
        [4, "GenericError", "cannot store hush", {}],
        [3, {"configurationKey": [{"key": "AuthorizationKey", "readonly": False, "value": "hush"}]}],
    ],
    ids=["echoed in a result", "echoed in an error", "told"],
)
@pytest.mark.parametrize("late", [False, True])
def test_a_secret_in_an_answer_goes_no_further(answer: list[Any], late: bool) -> None:
    conversation = Conversation(dialect("ocpp1.6"))
    request = dialect("ocpp1.6").request("ChangeConfiguration", {"key": "AuthorizationKey", "value": "hush"})
    conversation.begin(request)
    if late:
        conversation.expire()
    received = hear("ocpp1.6", [answer[0], request.message_id, *answer[1:]], conversation)
    if isinstance(received, Odd):
        assert "hush" not in repr(received.anomalies)
        received = received.received
    assert isinstance(received, LateAnswer if late else AnswerReceived)
    assert "hush" not in repr(received.outcome)
    assert "***" in repr(received.outcome)
