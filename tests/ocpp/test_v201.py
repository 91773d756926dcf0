"""OCPP 2.0.1 and 2.1: each message as the station's operation, and the answer."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.ocpp.asking import answered
from tests.ocpp.examples import dialect, example
from tests.ocpp.stations import NOW, FakeStation
from voltaro.domain.charger import Boot, BootAnswer, ConnectorReport, Registration
from voltaro.domain.command import (
    ChangeAvailability,
    ChangeConfiguration,
    CheckLocalList,
    ReadConfiguration,
    Reset,
    SendLocalList,
    StartCharging,
    StopCharging,
    Trigger,
    Unlock,
)
from voltaro.domain.local_list import ListEntry
from voltaro.domain.meter import Figures, Sample
from voltaro.domain.session import EventKind, TransactionEvent
from voltaro.domain.tag import Authorization, Verdict
from voltaro.domain.variable import VariableName
from voltaro.ports import InvalidPayload, Outcome, OutcomeKind

AT = datetime(2026, 2, 5, 12, 0, tzinfo=UTC)
BOTH = ["ocpp2.0.1", "ocpp2.1"]
FREE = {"idToken": "", "type": "NoAuthorization"}
CARD = {"idToken": "04AABB", "type": "ISO14443"}

pytestmark = pytest.mark.parametrize("protocol", BOTH)


def do(
    protocol: str, action: str, payload: dict[str, Any] | None = None, station: FakeStation | None = None
) -> tuple[dict[str, Any], FakeStation]:
    station = station or FakeStation()
    payload = example("ocpp2.0.1", action).payload if payload is None else payload
    return answered(protocol, action, payload, station), station


def event(**members: Any) -> dict[str, Any]:
    return {
        "eventType": "Updated",
        "timestamp": "2026-02-05T12:00:00Z",
        "triggerReason": "Trigger",
        "seqNo": 1,
        "transactionInfo": {"transactionId": "T"},
    } | members


def sampled(*values: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"timestamp": "2026-02-05T12:00:00Z", "sampledValue": list(values)}]


def test_a_boot_tells_the_station_what_the_charger_is(protocol: str) -> None:
    answer, station = do(protocol, "BootNotification", station=FakeStation(boot_answer=BootAnswer(Registration.PENDING, NOW, 60)))
    assert station.heard == [("boot", Boot("Voltaro", "Sim", "S-1", "1.2.3", "PowerUp", "8949", "262011234567890"))]
    assert answer == {"currentTime": "2026-03-01T12:00:00.123Z", "interval": 60, "status": "Pending"}


def test_a_heartbeat_is_answered_with_the_time(protocol: str) -> None:
    assert do(protocol, "Heartbeat")[0] == {"currentTime": "2026-03-01T12:00:00.123Z"}


@pytest.mark.parametrize("verdict", list(Verdict))
def test_a_verdict_is_said_with_group_and_expiry(protocol: str, verdict: Verdict) -> None:
    answer, station = do(protocol, "Authorize", {"idToken": CARD}, FakeStation(authorization=Authorization(verdict, "FLEET", AT)))
    assert station.heard == [("authorize", "04AABB", "ISO14443")]
    assert answer == {
        "idTokenInfo": {
            "status": verdict.value,
            "groupIdToken": {"idToken": "FLEET", "type": "Central"},
            "cacheExpiryDateTime": "2026-02-05T12:00:00.000Z",
        }
    }


def test_a_group_that_the_version_cannot_say_is_left_out(protocol: str) -> None:
    answer, _ = do(protocol, "Authorize", {"idToken": CARD}, FakeStation(authorization=Authorization(Verdict.ACCEPTED, "x" * 40)))
    assert ("groupIdToken" in answer["idTokenInfo"]) == (protocol == "ocpp2.1")


def test_a_charger_that_vends_freely_is_accepted_without_asking(protocol: str) -> None:
    answer, station = do(protocol, "Authorize", {"idToken": FREE}, FakeStation(authorization=Authorization(Verdict.BLOCKED)))
    assert (answer, station.heard) == ({"idTokenInfo": {"status": "Accepted"}}, [])
    answer, station = do(protocol, "TransactionEvent", event(idToken=FREE), FakeStation(authorization=Authorization(Verdict.BLOCKED)))
    assert (answer, station.heard[0][1].id_tag) == ({"idTokenInfo": {"status": "Accepted"}}, None)


def test_no_authorization_with_a_token_is_asked_about(protocol: str) -> None:
    _, station = do(protocol, "Authorize", {"idToken": {"idToken": "A", "type": "NoAuthorization"}})
    assert station.heard == [("authorize", "A", "NoAuthorization")]


def test_a_certificate_that_nobody_checked_opens_nothing(protocol: str) -> None:
    answer, station = do(protocol, "Authorize", {"idToken": {"idToken": "DE-X", "type": "eMAID"}, "certificate": "-----BEGIN"})
    assert answer == {"idTokenInfo": {"status": "Invalid"}, "certificateStatus": "CertChainError"}
    assert station.heard == []


def test_a_transaction_event_is_told_whole(protocol: str) -> None:
    answer, station = do(protocol, "TransactionEvent", station=FakeStation(authorization=Authorization(Verdict.UNKNOWN)))
    ((_, told),) = station.heard
    samples = (
        Sample(AT, "12345"),
        Sample(AT, "7200", "Power.Active.Import", "W"),
        Sample(AT, "16.1", "Current.Import", "A", phase="L1"),
        Sample(AT, "56", "SoC", "Percent", location="EV"),
    )
    assert told == TransactionEvent(
        "CP1",
        "b7c6f7e0-1",
        0,
        told.digest,
        EventKind.STARTED,
        AT,
        NOW,
        "CablePluggedIn",
        protocol,
        False,
        1,
        1,
        "04AABBCCDD",
        "EVConnected",
        None,
        17,
        None,
        Figures(12345, None, 7200, 56),
        samples,
    )
    assert answer == {"idTokenInfo": {"status": "Unknown"}}


def test_an_event_without_token_is_answered_with_nothing(protocol: str) -> None:
    payload = event(eventType="Ended", offline=True, transactionInfo={"transactionId": "T", "stoppedReason": "EVDisconnected"})
    answer, station = do(protocol, "TransactionEvent", payload)
    told = station.heard[0][1]
    assert (answer, told.kind, told.offline, told.stopped_reason) == ({}, EventKind.ENDED, True, "EVDisconnected")
    assert (told.evse_id, told.connector_id, told.id_tag, told.samples) == (None, None, None, ())


def test_the_digest_of_an_event_is_its_content(protocol: str) -> None:
    payloads = [event(), dict(reversed(event().items())), event(triggerReason="Deauthorized"), event(customData={"vendorId": "v"})]
    digests = [do(protocol, "TransactionEvent", payload)[1].heard[0][1].digest for payload in payloads]
    assert digests[0] == digests[1]
    assert len(set(digests)) == 3


@pytest.mark.parametrize(
    "spoilt",
    [
        {"timestamp": []},
        {"seqNo": "one"},
        {"seqNo": 2**31},
        {"seqNo": 1.5},
        {"eventType": "Paused"},
        {"transactionInfo": {"transactionId": "\ud800"}},
    ],
    ids=repr,
)
def test_an_unreadable_event_is_kept_and_its_token_gets_a_verdict(protocol: str, spoilt: dict[str, Any]) -> None:
    answer, station = do(protocol, "TransactionEvent", event(**spoilt))
    assert (answer, len(station.kept), station.heard) == ({}, 1, [])
    answer, _ = do(protocol, "TransactionEvent", event(idToken=CARD, **spoilt))
    assert answer == {"idTokenInfo": {"status": "Invalid"}}


def test_an_event_from_1970_is_told_with_its_flag(protocol: str) -> None:
    _, station = do(protocol, "TransactionEvent", event(timestamp="1970-01-01T00:00:10Z"))
    assert (station.heard[0][1].clock_flag, station.anomalies) == ("clock_unset", ["clock_unset"])


@pytest.mark.parametrize(
    ("value", "multiplier", "text"),
    [
        (12, 3, "12000"),
        (0.1, 3, "100"),
        (12345, -3, "12.345"),
        (604.213, 0, "604.213"),
        (1, 30, "1" + "0" * 30),
        (12, -30, "0.000000000000000000000000000012"),
        (1e300, 0, "1e+300"),
        (-5, 1, "-50"),
        (10**40 + 1, -1, "1" + "0" * 39 + ".1"),
    ],
)
def test_a_multiplier_is_applied_without_rounding(protocol: str, value: float, multiplier: int, text: str) -> None:
    measured = {"value": value, "measurand": "Voltage", "unitOfMeasure": {"unit": "V", "multiplier": multiplier}}
    _, station = do(protocol, "MeterValues", {"evseId": 1, "meterValue": sampled(measured)})
    assert station.heard == [("meter", 1, None, (Sample(AT, text, "Voltage", "V"),))]


@pytest.mark.parametrize("multiplier", [31, -31, 2**31 - 1])
def test_a_multiplier_beyond_anything_measured_is_kept_raw(protocol: str, multiplier: int) -> None:
    _, station = do(
        protocol, "MeterValues", {"evseId": 1, "meterValue": sampled({"value": 1, "unitOfMeasure": {"multiplier": multiplier}})}
    )
    assert (station.heard, len(station.kept)) == ([], 1)


def test_absent_members_of_a_sample_take_ocpps_defaults(protocol: str) -> None:
    _, station = do(
        protocol, "MeterValues", {"evseId": 0, "meterValue": sampled({"value": 1}, {"value": 2, "unitOfMeasure": {"multiplier": 3}})}
    )
    assert station.heard == [("meter", 0, None, (Sample(AT, "1"), Sample(AT, "2000")))]


def test_a_signed_value_is_a_sample_of_its_own_beside_the_plain_one(protocol: str) -> None:
    signed = {"signedMeterData": "T0NNRnw=", "signingMethod": "ECDSA", "encodingMethod": "OCMF", "publicKey": ""}
    _, station = do(protocol, "MeterValues", {"evseId": 1, "meterValue": sampled({"value": 5, "signedMeterValue": signed})})
    plain, blob = station.heard[0][3]
    assert (plain.value, plain.signed, blob.signed) == ("5", False, True)
    assert json.loads(blob.value) == signed


def test_a_status_is_told(protocol: str) -> None:
    answer, station = do(protocol, "StatusNotification")
    assert (answer, station.heard) == ({}, [("connector_status", ConnectorReport(1, 1, "Occupied", AT))])


def test_a_status_without_zone_is_served(protocol: str) -> None:
    payload = example("ocpp2.0.1", "StatusNotification").payload | {"timestamp": "2026-02-05T12:00:00"}
    _, station = do(protocol, "StatusNotification", payload)
    assert (station.heard[0][1].at, station.anomalies) == (AT, ["timestamp_without_zone"])


def test_an_availability_event_is_a_status_too(protocol: str) -> None:
    payload = example("ocpp2.0.1", "NotifyEvent").payload
    answer, station = do(protocol, "NotifyEvent")
    assert answer == {}
    assert station.heard == [
        ("device_events", tuple((AT, told) for told in payload["eventData"])),
        ("connector_status", ConnectorReport(1, 1, "Unavailable", AT)),
    ]


@pytest.mark.parametrize(
    "spoilt", [{"actualValue": "Sleepy"}, {"component": {"name": "EVSE", "evse": {"id": 1}}}, {"component": {"name": "Connector"}}]
)
def test_other_device_events_are_no_status(protocol: str, spoilt: dict[str, Any]) -> None:
    payload = example("ocpp2.0.1", "NotifyEvent").payload
    told = payload["eventData"][0] | spoilt
    _, station = do(protocol, "NotifyEvent", payload | {"eventData": [told]})
    assert [heard[0] for heard in station.heard] == ["device_events"]


@pytest.mark.parametrize(("members", "last"), [({"tbc": True}, False), ({"tbc": False}, True), ({}, True)])
def test_a_report_is_told_as_it_came_and_when_it_is_the_last(protocol: str, members: dict[str, Any], last: bool) -> None:
    payload = {key: value for key, value in example("ocpp2.0.1", "NotifyReport").payload.items() if key != "tbc"} | members
    answer, station = do(protocol, "NotifyReport", payload)
    assert (answer, station.heard) == ({}, [("report_variables", 5, 0, last, payload["reportData"])])


def test_a_report_may_be_empty(protocol: str) -> None:
    _, station = do(protocol, "NotifyReport", {"requestId": 5, "generatedAt": "2026-02-05T12:00:00Z", "seqNo": 0})
    assert station.heard == [("report_variables", 5, 0, True, ())]


def test_the_data_of_a_transfer_is_passed_on_untouched(protocol: str) -> None:
    answer, station = do(protocol, "DataTransfer", station=FakeStation(transfer_answer=("Accepted", {"camelCase": {"snake_case": None}})))
    assert station.heard == [("data_transfer", "org.example", "ping", {"CamelCase": [1, None]})]
    assert answer == {"status": "Accepted", "data": {"camelCase": {"snake_case": None}}}


def test_a_security_event_is_told(protocol: str) -> None:
    answer, station = do(protocol, "SecurityEventNotification")
    assert (answer, station.heard) == ({}, [("security_event", "StartupOfTheDevice", AT, "cold")])


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (
            StartCharging("A", 2, None, "KeyCode", 9),
            ("RequestStartTransaction", {"idToken": {"idToken": "A", "type": "KeyCode"}, "remoteStartId": 9, "evseId": 2}),
        ),
        (StartCharging("A"), ("RequestStartTransaction", {"idToken": {"idToken": "A", "type": "ISO14443"}, "remoteStartId": 0})),
        (StopCharging("b7c6"), ("RequestStopTransaction", {"transactionId": "b7c6"})),
        (Reset(), ("Reset", {"type": "OnIdle"})),
        (Reset(immediately=True, evse_id=1), ("Reset", {"type": "Immediate", "evseId": 1})),
        (Unlock(2, 1), ("UnlockConnector", {"evseId": 2, "connectorId": 1})),
        (ChangeAvailability(operative=False), ("ChangeAvailability", {"operationalStatus": "Inoperative"})),
        (
            ChangeAvailability(operative=True, evse_id=1, connector_id=2),
            ("ChangeAvailability", {"operationalStatus": "Operative", "evse": {"id": 1, "connectorId": 2}}),
        ),
        (Trigger("Heartbeat"), ("TriggerMessage", {"requestedMessage": "Heartbeat"})),
        (
            Trigger("StatusNotification", 1),
            ("TriggerMessage", {"requestedMessage": "StatusNotification", "evse": {"id": 1, "connectorId": 1}}),
        ),
        (CheckLocalList(), ("GetLocalListVersion", {})),
        (SendLocalList(3, full=True), ("SendLocalList", {"versionNumber": 3, "updateType": "Full"})),
    ],
    ids=repr,
)
def test_an_order_is_said_in_2x_words(protocol: str, order: Any, expected: tuple[str, dict[str, Any]]) -> None:
    assert dialect(protocol).compose(order) == expected


@pytest.mark.parametrize(
    ("order", "pointer"),
    [
        (StartCharging("A", 0), "/evse_id"),
        (Unlock(1, 0), "/connector_id"),
        (ChangeAvailability(operative=True, connector_id=1), "/evse_id"),
        (Trigger("StatusNotification"), "/evse_id"),
        (Trigger("DiagnosticsStatusNotification"), "/message"),
        (ReadConfiguration(), "/keys"),
        (ChangeConfiguration("A", "1"), "/key"),
        (SendLocalList(1, full=True, entries=(ListEntry("x" * 256, None),)), "/entries"),
    ],
    ids=repr,
)
def test_an_order_that_2x_cannot_say_is_refused_with_the_member(protocol: str, order: Any, pointer: str) -> None:
    with pytest.raises(InvalidPayload) as refusal:
        dialect(protocol).compose(order)
    assert refusal.value.pointer == pointer


def test_what_a_charger_tells_of_its_variables_is_learned_without_its_secrets(protocol: str) -> None:
    station, version = FakeStation(), dialect(protocol)
    interval = {"component": {"name": "OCPPCommCtrlr", "evse": {"id": 1}}, "variable": {"name": "HeartbeatInterval", "instance": "x"}}
    secret = {"component": {"name": "Vendor"}, "variable": {"name": "ApnPassword"}}
    unknown = {"component": {"name": "A"}, "variable": {"name": "B"}}
    request = version.request("GetVariables", {"getVariableData": [interval, secret, unknown]})
    results = [
        {**interval, "attributeStatus": "Accepted", "attributeValue": "3\x000"},
        {**secret, "attributeStatus": "Accepted", "attributeValue": "hush"},
        {**unknown, "attributeStatus": "UnknownComponent"},
    ]
    version.learn(station, request, Outcome(OutcomeKind.RESULT, {"getVariableResult": results}))
    (_, told), *rest = station.heard
    assert [(item.name, item.attribute, item.value) for item in told] == [
        (VariableName("OCPPCommCtrlr", None, 1, None, "HeartbeatInterval", "x"), "Actual", "30"),
        (VariableName("Vendor", None, None, None, "ApnPassword", None), "Actual", None),
    ]
    assert rest == []
    version.learn(station, request, Outcome(OutcomeKind.TIMEOUT))
    assert len(station.heard) == 1, "there is nothing to learn"


def test_each_answer_to_a_write_finds_its_variable_and_one_that_is_missing_is_known_as_none(protocol: str) -> None:
    station, version = FakeStation(), dialect(protocol)
    first = {"component": {"name": "A"}, "variable": {"name": "One"}}
    second = {"component": {"name": "A"}, "variable": {"name": "Two"}}
    asked = {"setVariableData": [{**first, "attributeValue": "1"}, {**second, "attributeValue": "2", "attributeType": "Target"}]}
    status = {"attributeStatus": "Rejected", "attributeStatusInfo": {"reasonCode": "OutOfRange", "additionalInfo": "too small"}}
    answer = {"setVariableResult": [{"component": {"name": "a"}, "variable": {"name": "ONE"}, **status}]}
    version.learn(station, version.request("SetVariables", asked), Outcome(OutcomeKind.RESULT, answer))
    written = next(heard[1] for heard in station.heard if heard[0] == "values_written")
    assert [(item.name.name, item.attribute, item.value, item.status, item.reason) for item in written] == [
        ("One", "Actual", "1", "Rejected", "too small"),
        ("Two", "Target", "2", None, None),
    ]
