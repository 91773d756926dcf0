"""OCPP 1.6: each message as the station's operation, and the answer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.ocpp.asking import answered, ask, call_of
from tests.ocpp.examples import dialect, example
from tests.ocpp.stations import NOW, FakeStation
from voltaro.domain.charger import Boot, BootAnswer, ConnectorReport, Registration
from voltaro.domain.command import (
    ChangeAvailability,
    CheckLocalList,
    ReadConfiguration,
    Reset,
    SendLocalList,
    StartCharging,
    StopCharging,
    Trigger,
    Unlock,
)
from voltaro.domain.configuration import ReadKey
from voltaro.domain.local_list import ListEntry
from voltaro.domain.meter import REGISTER, Sample
from voltaro.domain.session import EndSession, StartSession
from voltaro.domain.tag import Authorization, Verdict
from voltaro.ocpp.v16.transactions import FIRST_PLACEHOLDER
from voltaro.ports import InvalidPayload, Outcome, OutcomeKind

AT = datetime(2026, 2, 5, 12, 0, tzinfo=UTC)
START = {"connectorId": 2, "idTag": "04AABB", "meterStart": 1000, "timestamp": "2026-02-05T12:00:00Z"}
STOP = {"transactionId": 4711, "meterStop": 2000, "timestamp": "2026-02-05T12:00:00Z"}


def do(action: str, payload: dict[str, Any] | None = None, station: FakeStation | None = None) -> tuple[dict[str, Any], FakeStation]:
    station = station or FakeStation()
    payload = example("ocpp1.6", action).payload if payload is None else payload
    return answered("ocpp1.6", action, payload, station), station


def meter(*sampled: dict[str, Any], **members: Any) -> dict[str, Any]:
    return {"connectorId": 1, "meterValue": [{"timestamp": "2026-02-05T12:00:00Z", "sampledValue": list(sampled)}]} | members


def test_a_boot_tells_the_station_what_the_charger_is() -> None:
    answer, station = do("BootNotification")
    boot = Boot("Voltaro", "Sim", "S-1", "1.2.3", None, None, "262011234567890", "EM340", "M-1")
    assert station.heard == [("boot", boot)]
    assert answer == {"currentTime": "2026-03-01T12:00:00.123Z", "interval": 300, "status": "Accepted"}


@pytest.mark.parametrize(("registration", "word"), [(Registration.PENDING, "Pending"), (Registration.REJECTED, "Rejected")])
def test_a_boot_is_answered_with_the_registration_and_never_with_interval_zero(registration: Registration, word: str) -> None:
    answer, _ = do("BootNotification", station=FakeStation(boot_answer=BootAnswer(registration, NOW, 0)))
    assert (answer["status"], answer["interval"]) == (word, 1)


def test_the_charge_box_serial_number_stands_in_for_the_charge_points() -> None:
    _, station = do("BootNotification", {"chargePointVendor": "V", "chargePointModel": "M", "chargeBoxSerialNumber": "B-1"})
    assert station.heard[0][1].serial_number == "B-1"


def test_a_heartbeat_is_answered_with_the_time() -> None:
    assert do("Heartbeat")[0] == {"currentTime": "2026-03-01T12:00:00.123Z"}


@pytest.mark.parametrize(
    ("verdict", "word"),
    [
        (Verdict.ACCEPTED, "Accepted"),
        (Verdict.BLOCKED, "Blocked"),
        (Verdict.EXPIRED, "Expired"),
        (Verdict.INVALID, "Invalid"),
        (Verdict.CONCURRENT, "ConcurrentTx"),
        (Verdict.UNKNOWN, "Invalid"),
    ],
)
def test_a_verdict_is_said_in_16_words_with_parent_and_expiry(verdict: Verdict, word: str) -> None:
    answer, station = do("Authorize", station=FakeStation(authorization=Authorization(verdict, "FLEET", AT)))
    assert station.heard == [("authorize", "04AABBCCDD", None)]
    assert answer == {"idTagInfo": {"status": word, "parentIdTag": "FLEET", "expiryDate": "2026-02-05T12:00:00.000Z"}}


def test_a_parent_that_16_cannot_say_is_left_out() -> None:
    answer, _ = do("Authorize", station=FakeStation(authorization=Authorization(Verdict.ACCEPTED, "x" * 21)))
    assert answer == {"idTagInfo": {"status": "Accepted"}}


@pytest.mark.parametrize("reservation", [None, 0, -1])
def test_a_start_is_a_session_of_evse_n(reservation: int | None) -> None:
    payload = START if reservation is None else START | {"reservationId": reservation}
    answer, station = do("StartTransaction", payload)
    assert station.heard == [("start_session", StartSession("CP1", 2, 1, "04AABB", 1000, AT, NOW, "ocpp1.6"))]
    assert answer == {"transactionId": 4711, "idTagInfo": {"status": "Accepted"}}


def test_a_start_without_a_valid_tag_still_gets_an_id() -> None:
    answer, _ = do("StartTransaction", station=FakeStation(authorization=Authorization(Verdict.BLOCKED)))
    assert answer == {"transactionId": 4711, "idTagInfo": {"status": "Blocked"}}


def test_a_start_from_1970_is_kept_with_its_flag_and_its_text() -> None:
    _, station = do("StartTransaction", START | {"timestamp": "1970-01-01T00:00:10Z", "reservationId": 9})
    start = station.heard[0][1]
    assert (start.clock_flag, start.raw_timestamp, start.reservation_id) == ("clock_unset", "1970-01-01T00:00:10Z", 9)
    assert (start.at, station.anomalies) == (NOW, ["clock_unset"])


@pytest.mark.parametrize(
    "timestamp",
    [
        "2026-02-05T13:00:00+01:00",
        "2026-02-05T13:00:00+0100",
        "2026-02-05 12:00:00Z",
        "2026-02-05T12:00:00.0000000001Z",
        "2026-02-05t12:00:00z",
    ],
)
def test_a_timestamp_with_its_zone_is_read_in_any_form(timestamp: str) -> None:
    _, station = do("StartTransaction", START | {"timestamp": timestamp})
    assert (station.heard[0][1].at, station.kept) == (AT, [])
    assert set(station.anomalies) <= {"timestamp_format"}


@pytest.mark.parametrize(
    ("timestamp", "at", "flag"),
    [
        ("2026-02-05T12:00:00", AT, "timestamp_without_zone"),
        ("", NOW, "timestamp_missing"),
        ("yesterday", NOW, "timestamp_unreadable"),
        ("2026-13-05T12:00:00Z", NOW, "timestamp_unreadable"),
    ],
)
def test_a_start_whose_time_cannot_be_trusted_is_a_session_with_its_flag_and_its_text(timestamp: str, at: datetime, flag: str) -> None:
    answer, station = do("StartTransaction", START | {"timestamp": timestamp})
    assert answer["transactionId"] == 4711
    start = station.heard[0][1]
    assert (start.at, start.clock_flag, start.raw_timestamp) == (at, flag, timestamp)
    assert (station.anomalies, station.kept) == ([flag], [])


@pytest.mark.parametrize(
    "payload",
    [{"meterStart": "x"}, {"meterStart": 2**63}, {"idTag": "x" * 4097}, {"idTag": []}, {"connectorId": 1.5}, {"timestamp": "x" * 200}],
)
def test_a_start_that_no_column_can_hold_is_kept_raw_and_given_an_id_of_no_session(payload: dict[str, Any]) -> None:
    answer, station = do("StartTransaction", START | payload)
    assert (len(station.kept), station.heard) == (1, [])
    assert answer["idTagInfo"] == {"status": "Invalid"}
    assert FIRST_PLACEHOLDER <= answer["transactionId"] < 2**31
    assert do("StartTransaction", START | payload)[0] == answer


def test_a_stop_tells_reason_and_samples_and_has_a_verdict_when_a_tag_was_shown() -> None:
    answer, station = do("StopTransaction")
    sample = Sample(AT, "13345", context="Transaction.End")
    stop = EndSession("CP1", "4711", 13345, AT, NOW, "ocpp1.6", "04AABBCCDD", "EVDisconnected", (sample,))
    assert station.heard == [("end_session", stop)]
    assert answer == {"idTagInfo": {"status": "Accepted"}}


@pytest.mark.parametrize("transaction", [4711, 0, -1])
def test_a_stop_without_tag_and_reason_is_local_and_answered_with_nothing(transaction: int) -> None:
    answer, station = do("StopTransaction", STOP | {"transactionId": transaction})
    stop = station.heard[0][1]
    assert (stop.transaction_id, stop.id_tag, stop.reason, stop.samples) == (str(transaction), None, "Local", ())
    assert answer == {}


def test_meter_values_become_samples() -> None:
    answer, station = do("MeterValues")
    assert answer == {}
    assert station.heard == [
        (
            "meter",
            1,
            "4711",
            (
                Sample(AT, "12345"),
                Sample(AT, "7.2", "Power.Active.Import", "kW"),
                Sample(AT, "56", "SoC", "Percent", location="EV"),
            ),
        )
    ]


def test_absent_members_of_a_sample_take_ocpps_defaults() -> None:
    _, station = do("MeterValues", meter({"value": "1"}, {"value": "2", "measurand": "Power.Active.Import", "phase": "L1"}))
    assert station.heard[0][3] == (
        Sample(AT, "1", REGISTER, "Wh", "Sample.Periodic", None, "Outlet", False),
        Sample(AT, "2", "Power.Active.Import", "W", "Sample.Periodic", "L1", "Outlet", False),
    )


def test_a_signed_value_is_kept_to_the_byte_and_marked() -> None:
    blob = 'OCMF|{"a": "é "}|{} '
    _, station = do("MeterValues", meter({"value": blob, "format": "SignedData"}))
    assert (station.heard[0][3][0].value, station.heard[0][3][0].signed) == (blob, True)


@pytest.mark.parametrize("transaction", [0, -1])
def test_meter_values_of_a_transaction_without_a_right_id_are_told_as_such(transaction: int) -> None:
    _, station = do("MeterValues", meter({"value": "1"}, transactionId=transaction))
    assert station.heard[0][2] == str(transaction)


def test_a_number_as_a_meter_value_is_kept_digit_by_digit() -> None:
    answer, station = do("MeterValues", meter({"value": 604.213}, {"value": 10}))
    assert (answer, station.kept, station.anomalies) == ({}, [], ["number_as_text", "number_as_text"])
    assert [sample.value for sample in station.heard[0][3]] == ["604.213", "10"]


def test_readings_of_a_clock_that_was_never_set_end_when_they_came_and_keep_their_distances() -> None:
    readings = [{"timestamp": f"1970-01-01T00:0{minute}:00Z", "sampledValue": [{"value": "1"}]} for minute in (0, 5, 9)]
    _, station = do("MeterValues", {"connectorId": 1, "meterValue": readings})
    assert [NOW - sample.at for sample in station.heard[0][3]] == [timedelta(minutes=9), timedelta(minutes=4), timedelta()]


@pytest.mark.parametrize(("connector", "expected"), [(0, (0, 0)), (1, (1, 1)), (3, (3, 1))])
def test_connector_n_is_evse_n_connector_1(connector: int, expected: tuple[int, int]) -> None:
    payload = example("ocpp1.6", "StatusNotification").payload | {"connectorId": connector}
    _, station = do("StatusNotification", payload)
    assert station.heard == [("connector_status", ConnectorReport(*expected, "Charging", AT, "NoError", "fan on", "Voltaro", "0"))]


@pytest.mark.parametrize(
    ("timestamp", "at", "anomalies"),
    [
        (None, NOW, []),
        ("2026-02-05T12:00:00", AT, ["timestamp_without_zone"]),
        ("soon", NOW, ["unreadable_member"]),
        ("1970-01-01T00:00:00Z", NOW, ["clock_unset"]),
    ],
)
def test_a_status_is_served_whatever_its_clock_says(timestamp: str | None, at: datetime, anomalies: list[str]) -> None:
    payload = {"connectorId": 1, "errorCode": "NoError", "status": "Available"}
    _, station = do("StatusNotification", payload if timestamp is None else payload | {"timestamp": timestamp})
    assert (station.heard[0][1].at, station.anomalies) == (at, anomalies)


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        (("Accepted", "pong"), {"status": "Accepted", "data": "pong"}),
        (("Accepted", {"a": [1]}), {"status": "Accepted", "data": '{"a": [1]}'}),
        (("UnknownVendorId", None), {"status": "UnknownVendorId"}),
        (("Rejected", ""), {"status": "Rejected"}),
    ],
)
def test_a_data_transfer_is_answered_in_words_and_text(said: tuple[str, Any], answer: dict[str, Any]) -> None:
    got, station = do("DataTransfer", station=FakeStation(transfer_answer=said))
    assert got == answer
    assert station.heard == [("data_transfer", "org.example", "ping", '{"a":1}')]


def test_a_security_event_is_told_also_without_its_zone() -> None:
    answer, station = do("SecurityEventNotification")
    assert (answer, station.heard) == ({}, [("security_event", "StartupOfTheDevice", AT, "cold")])
    answer, station = do("SecurityEventNotification", {"type": "Odd", "timestamp": "2026-02-05T12:00:00"})
    assert (answer, station.heard, station.kept) == ({}, [("security_event", "Odd", AT, None)], [])


def test_the_id_of_an_unreadable_start_depends_on_its_content_alone() -> None:
    safe = dialect("ocpp1.6").safe_answer
    first, again, other = (
        safe(call_of("ocpp1.6", "StartTransaction", payload, "1"))
        for payload in (START, dict(reversed(START.items())), START | {"connectorId": 1})
    )
    assert first == again != other


def test_a_message_id_that_is_a_number_is_echoed_by_answers_and_refusals() -> None:
    spoken = dialect("ocpp1.6")
    call = call_of("ocpp1.6", "StopTransaction", STOP, 12)
    assert spoken.safe_answer(call) == b"[3,12,{}]"
    assert spoken.refusal(call, "SecurityError", "no") == b'[4,12,"SecurityError","no",{}]'


def test_an_empty_tag_is_asked_about_as_it_is() -> None:
    assert ask("ocpp1.6", "Authorize", {"idTag": ""}, station := FakeStation())[0] == 3
    assert station.heard == [("authorize", "", None)]


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (StartCharging("A", 2), ("RemoteStartTransaction", {"idTag": "A", "connectorId": 2})),
        (StartCharging("A"), ("RemoteStartTransaction", {"idTag": "A"})),
        (StopCharging("4711"), ("RemoteStopTransaction", {"transactionId": 4711})),
        (Reset(), ("Reset", {"type": "Soft"})),
        (Reset(immediately=True), ("Reset", {"type": "Hard"})),
        (Unlock(2), ("UnlockConnector", {"connectorId": 2})),
        (ChangeAvailability(operative=False), ("ChangeAvailability", {"connectorId": 0, "type": "Inoperative"})),
        (Trigger("StatusNotification"), ("TriggerMessage", {"requestedMessage": "StatusNotification"})),
        (Trigger("LogStatusNotification"), ("ExtendedTriggerMessage", {"requestedMessage": "LogStatusNotification"})),
        (ReadConfiguration(), ("GetConfiguration", {})),
        (ReadConfiguration(("A",)), ("GetConfiguration", {"key": ["A"]})),
        (CheckLocalList(), ("GetLocalListVersion", {})),
    ],
    ids=repr,
)
def test_an_order_is_said_in_16_words(order: Any, expected: tuple[str, dict[str, Any]]) -> None:
    assert dialect("ocpp1.6").compose(order) == expected


@pytest.mark.parametrize(
    ("order", "pointer"),
    [
        (StartCharging("x" * 21), "/id_tag"),
        (StartCharging("A", 0), "/evse_id"),
        (StartCharging("A", 1, 2), "/connector_id"),
        (StopCharging("b7c6"), "/transaction_id"),
        (StopCharging("٣"), "/transaction_id"),
        (StopCharging("-1"), "/transaction_id"),
        (Reset(evse_id=1), "/evse_id"),
        (Unlock(0), "/evse_id"),
        (Trigger("TransactionEvent"), "/message"),
        (SendLocalList(1, full=True, entries=(ListEntry("x" * 21, None),)), "/entries"),
    ],
    ids=repr,
)
def test_an_order_that_16_cannot_say_is_refused_with_the_member(order: Any, pointer: str) -> None:
    with pytest.raises(InvalidPayload) as refusal:
        dialect("ocpp1.6").compose(order)
    assert refusal.value.pointer == pointer


@pytest.mark.conformance("16-17")
def test_what_a_charger_tells_of_its_keys_is_learned_without_its_secrets_and_what_no_database_takes() -> None:
    station, request = FakeStation(), dialect("ocpp1.6").request("GetConfiguration", {})
    keys = [
        {"key": "AuthorizationKey", "readonly": False, "value": "hush-hush-hush-1"},
        {"key": "Odd\0", "readonly": True, "value": "a\0b\ud800"},
        {"key": "Bare", "readonly": True},
    ]
    dialect("ocpp1.6").learn(station, request, Outcome(OutcomeKind.RESULT, {"configurationKey": keys, "unknownKey": ["X\0"]}))
    read = (ReadKey("AuthorizationKey", None, False), ReadKey("Odd", "ab?", True), ReadKey("Bare", None, True))
    assert station.heard == [("told", {}, read, ("X",), True)]


@pytest.mark.parametrize(
    "outcome",
    [Outcome(OutcomeKind.TIMEOUT), Outcome(OutcomeKind.ERROR, None, "NotSupported"), Outcome(OutcomeKind.RESULT, {}, invalid="x")],
)
def test_no_valid_answer_is_learned_as_none(outcome: Outcome) -> None:
    station, version = FakeStation(), dialect("ocpp1.6")
    sent = {"listVersion": 3, "updateType": "Full"}
    for action, payload in (
        ("GetConfiguration", {"key": ["A"]}),
        ("ChangeConfiguration", {"key": "A", "value": "1"}),
        ("GetLocalListVersion", {}),
        ("SendLocalList", sent),
    ):
        version.learn(station, version.request(action, payload), outcome)
    assert station.heard == [
        ("not_told", {"key": ["A"]}, False),
        ("written", "A", "1", None),
        ("version_told", None),
        ("list_answered", sent, 3, None),
    ]
