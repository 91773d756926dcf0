"""Member names go both ways by tables, and vendors' own names survive."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from ocpp.charge_point import camel_to_snake_case
from ocpp.v16 import call_result
from ocpp.v16.datatypes import IdTagInfo

from tests.ocpp.examples import PACKAGES, Example, examples
from voltaro.ocpp.moments import wire_time
from voltaro.ocpp.schemas import load
from voltaro.ocpp.spelling import Encoder, snake_case

NAMES = {protocol: load(package).snake_names for protocol, package in PACKAGES.items()}


@pytest.mark.parametrize(
    "case", [case for case in examples("from_charger") if case.action not in ("DataTransfer", "TransactionEvent")], ids=str
)
def test_members_are_spelled_as_the_ocpp_package_spells_them(case: Example) -> None:
    as_sent = {"meter_value": case.payload.get("meterValue"), "transaction_data": case.payload.get("transactionData")}
    expected = camel_to_snake_case(case.payload)
    expected |= {name: value for name, value in as_sent.items() if name in expected}
    assert snake_case(case.payload, NAMES[case.protocol]) == expected


@pytest.mark.parametrize(
    ("camel", "snake"), [("evseId", "evse_id"), ("soc", "soc"), ("csr", "csr"), ("maxSoC", "max_soc"), ("iccid", "iccid")]
)
def test_odd_names_have_their_usual_spelling(camel: str, snake: str) -> None:
    assert NAMES["ocpp2.1"][camel] == snake


def test_a_name_that_no_schema_knows_is_left_alone_with_what_is_in_it() -> None:
    payload = {"evse": {"id": 1, "vendorThing": {"connectorId": 1}}, "customData": {"vendorId": "v", "MyKey": [{"evseId": 1}]}}
    assert snake_case(payload, NAMES["ocpp2.0.1"]) == {
        "evse": {"id": 1, "vendorThing": {"connectorId": 1}},
        "custom_data": {"vendorId": "v", "MyKey": [{"evseId": 1}]},
    }


def test_the_payload_itself_is_not_changed() -> None:
    payload = {"meterValue": [{"sampledValue": [{"value": "1"}]}]}
    snake_case(payload, NAMES["ocpp1.6"])
    assert payload == {"meterValue": [{"sampledValue": [{"value": "1"}]}]}


def test_a_handler_may_answer_with_snake_case_objects_as_with_the_ocpp_package() -> None:
    encode = Encoder(load("v16").responses["Authorize"].document)
    expected = {"idTagInfo": {"status": "Accepted", "parentIdTag": "P"}}
    assert encode(call_result.Authorize(id_tag_info={"status": "Accepted", "parent_id_tag": "P", "expiry_date": None})) == expected
    assert encode(call_result.Authorize(id_tag_info=IdTagInfo(status="Accepted", parent_id_tag="P"))) == expected


def test_what_has_no_place_in_a_message_is_our_fault() -> None:
    with pytest.raises(TypeError, match="datetime"):
        Encoder(load("v16").responses["Heartbeat"].document)(call_result.Heartbeat(current_time=datetime(2026, 1, 1, tzinfo=UTC)))


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), "2026-01-02T03:04:05.000Z"),
        (datetime(2026, 1, 2, 3, 4, 5, 999999, tzinfo=UTC), "2026-01-02T03:04:05.999Z"),
        (datetime(2026, 1, 2, 3, 4, 5, 7, tzinfo=timezone(timedelta(hours=2))), "2026-01-02T01:04:05.000Z"),
    ],
)
def test_a_moment_is_written_in_utc_with_milliseconds(moment: datetime, text: str) -> None:
    assert wire_time(moment) == text
