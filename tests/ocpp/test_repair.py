"""Repairs: on a copy, lossless, told, and never looser than the schema but for what is excused."""

from __future__ import annotations

import copy
import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given

from tests.ocpp.examples import Example, dialect, examples
from tests.ocpp.spoiling import spoilt
from voltaro.ocpp import envelope, frames
from voltaro.ocpp.repair import LONGEST_TEXT, MOST_ANOMALIES, Repaired, compact, repaired

INBOUND = examples("from_charger")
START = {"connectorId": 1, "idTag": "TAG", "meterStart": 1, "timestamp": "2026-06-01T10:00:00Z"}


def mend(action: str, payload: Any, protocol: str = "ocpp1.6") -> Repaired | None:
    spoken = dialect(protocol)
    return repaired(action, payload, spoken._routes[action].schema, spoken.rules)


def mended(action: str, payload: Any, protocol: str = "ocpp1.6") -> dict[str, Any]:
    found = mend(action, payload, protocol)
    assert found is not None
    return found.payload


@given(spoilt().filter(lambda changed: changed[0] in INBOUND))
def test_a_repair_is_made_on_a_copy_and_leaves_wrong_only_what_is_told(changed: tuple[Example, Any]) -> None:
    case, payload = changed
    before = copy.deepcopy(payload)
    schema = dialect(case.protocol)._routes[case.action].schema
    found = mend(case.action, payload, case.protocol)
    assert payload == before
    if found is None:
        return
    violation = schema.violation(found.payload)
    told = {anomaly.code for anomaly in found.anomalies}
    left = {"long_text", "unknown_word", "empty_list", "timestamp_without_zone", "timestamp_missing"}
    assert violation is None or told & left or "timestamp" in violation.description or "is not a timestamp" in violation.description
    if schema.violation(payload) is None:
        assert (found.payload, found.anomalies) == (payload, ())
    assert mend(case.action, payload, case.protocol) == found, "the same is repaired to the same"


@pytest.mark.parametrize("case", INBOUND, ids=str)
def test_what_fits_is_left_as_it_is(case: Example) -> None:
    assert mend(case.action, case.payload, case.protocol) == Repaired(case.payload, ())


@pytest.mark.parametrize(
    ("said", "read"), [("7", 7), (" 7 ", 7), ("+7", 7), ("-3", -3), ("7.0", 7), ("7.", 7), (7.0, 7), ("0007", 7), ("2147483647", 2**31 - 1)]
)
def test_a_whole_number_is_read_from_whatever_spells_it(said: Any, read: int) -> None:
    value = mended("StartTransaction", START | {"connectorId": said})["connectorId"]
    assert (value, type(value)) == (read, int)


@pytest.mark.parametrize("said", ["7.5", "7,0,0", "seven", "", "0x7", "1e400", 7.5, True, [], {}, "9" * 30, "٣"])
def test_what_is_no_whole_number_stays_wrong(said: Any) -> None:
    assert mend("StartTransaction", START | {"connectorId": said}) is None


def test_a_number_where_text_belongs_keeps_every_digit() -> None:
    raw = (
        b'{"connectorId":1,"meterValue":[{"timestamp":"2026-06-01T10:00:00Z","sampledValue":[{"value":0.10},{"value":1E3},{"value":%b}]}]}'
    )
    digits = b"12345678901234567890.123456789"
    values = mended("MeterValues", frames.read_as_written(raw % digits))["meterValue"][0]["sampledValue"]
    assert [value["value"] for value in values] == ["0.10", "1E3", digits.decode()]


@pytest.mark.parametrize(("said", "fits"), [("604.213", True), ("604,2", True), ("0.1", True), ("1" * 25, False), ("x", False)])
def test_text_is_a_number_only_where_the_number_says_the_same(said: str, fits: bool) -> None:
    payload = {"evseId": 1, "meterValue": [{"timestamp": "2026-06-01T10:00:00Z", "sampledValue": [{"value": said}]}]}
    found = mend("MeterValues", payload, "ocpp2.0.1")
    assert (found is not None) == fits
    if found is not None:
        value = found.payload["meterValue"][0]["sampledValue"][0]["value"]
        assert Decimal(repr(value)) == Decimal(said.replace(",", "."))


@pytest.mark.parametrize(("said", "read"), [("True", True), ("false", False), (1, True), ("0", False)])
def test_a_yes_or_no_is_read_from_text(said: Any, read: bool) -> None:
    payload = examples("from_charger")
    case = next(case for case in payload if (case.protocol, case.action) == ("ocpp2.0.1", "TransactionEvent"))
    assert mended("TransactionEvent", case.payload | {"offline": said}, "ocpp2.0.1")["offline"] is read


def test_a_tag_is_never_cut_and_a_transaction_id_never_cleaned() -> None:
    assert mended("StartTransaction", START | {"idTag": "x" * LONGEST_TEXT})["idTag"] == "x" * LONGEST_TEXT
    assert mend("StartTransaction", START | {"idTag": "x" * (LONGEST_TEXT + 1)}) is None
    assert mended("StartTransaction", START | {"idTag": "TAG\0\0"})["idTag"] == "TAG"
    assert mended("StartTransaction", START | {"idTag": "T\0AG"})["idTag"] == "T\ufffdAG"
    case = next(case for case in INBOUND if (case.protocol, case.action) == ("ocpp2.0.1", "TransactionEvent"))
    info = case.payload["transactionInfo"]
    assert mend("TransactionEvent", case.payload | {"transactionInfo": info | {"transactionId": "a\0"}}, "ocpp2.0.1") is None


def test_only_what_is_open_to_any_word_keeps_an_unknown_one() -> None:
    status = {"connectorId": 1, "errorCode": "NoError", "status": "Available"}
    assert mended("StatusNotification", status | {"status": "Dreaming"})["status"] == "Dreaming"
    assert mend("StatusNotification", status | {"status": "x" * 51}) is None
    assert mend("StatusNotification", status | {"status": ""}) is None
    case = next(case for case in INBOUND if (case.protocol, case.action) == ("ocpp2.0.1", "TransactionEvent"))
    assert mend("TransactionEvent", case.payload | {"eventType": "Paused"}, "ocpp2.0.1") is None


def test_the_anomalies_of_one_message_are_bounded_and_show_no_secret() -> None:
    payload = {"idTag": "T"} | {f"extra{number}": "x" * 1000 for number in range(500)} | {"password": "hush"}
    found = mend("Authorize", {"password": "hush", "more": {"AuthorizationKey": "hush"}} | payload)
    assert found is not None
    assert len(found.anomalies) == MOST_ANOMALIES
    assert all(anomaly.example is None or len(anomaly.example) <= 120 for anomaly in found.anomalies)
    assert "hush" not in repr(found.anomalies)


def test_spellings_are_compared_without_case_and_joints() -> None:
    assert compact("Suspended_EV") == compact("suspended ev") == compact("SUSPENDED-EV") == "suspendedev"


@pytest.mark.parametrize(
    ("raw", "value", "codes"),
    [
        (b'["\xe9"]', ["é"], ["not_utf8"]),
        (b"[1]\0", [1], ["control_characters"]),
        (b'["a\tb"]', ["a b"], ["control_characters"]),
        (b"[1]]", [1], ["trailing_garbage"]),
        (b'["]"]x', ["]"], ["trailing_garbage"]),
        (b'[{"a":,"b": }]', [{"a": None, "b": None}], ["missing_value"]),
        (b'[{"a":":,"}]x', [{"a": ":,"}], ["trailing_garbage"]),
        (b'["\xe9",{"a":}]\0]', ["é", {"a": None}], ["not_utf8", "control_characters", "trailing_garbage", "missing_value"]),
    ],
)
def test_a_frame_that_is_nearly_json_is_made_json_with_as_little_as_will_do(raw: bytes, value: Any, codes: list[str]) -> None:
    found = envelope.mended(raw)
    assert found is not None
    assert (found.value, [anomaly.code for anomaly in found.anomalies]) == (value, codes)
    assert json.loads(found.text) == value


@pytest.mark.parametrize("raw", [b"", b"[", b'["', b"['a']", b"[,]", b'{"a" 1}', b"[NaN]", b'["' * 20_000, b'"\\' * 20_000, b"[" * 60_000])
def test_what_takes_more_is_left(raw: bytes) -> None:
    assert envelope.mended(raw) is None
