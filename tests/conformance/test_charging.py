"""Charging profiles over a real socket: what is sent, what the charger's answers make of it, and what that comes to."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from tests.conformance.answering import Payload
from tests.conformance.obedient import Obedient, obedient
from tests.running import RunningServer, running_server

pytestmark = pytest.mark.asyncio(loop_scope="module")
ACCEPTED = {"status": "Accepted"}
REJECTED = {"status": "Rejected"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(module_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningServer]:
    flags = ("--unknown-chargers", "accept", "--settle-s", "0.2")
    async with running_server(module_database_url, tmp_path_factory.mktemp("data"), *flags) as running:
        await running.api("POST", "/api/v1/tags", {"id_tag": "TAG1"})
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def charger(server: RunningServer) -> AsyncIterator[Obedient]:
    async with obedient(server) as opened:
        opened.answers |= {"SetChargingProfile": ACCEPTED, "ClearChargingProfile": ACCEPTED, "RemoteStartTransaction": ACCEPTED}
        yield opened


def limit(amperes: float, **more: Any) -> Payload:
    """A profile of one limit."""
    return {"schedule": {"unit": "A", "periods": [{"start_s": 0, "limit": amperes}], **more.pop("schedule", {})}, **more}


async def held(charger: Obedient) -> list[tuple[int, str, int, int]]:
    """What the charger holds: (evse, purpose, stack level, id)."""
    items = (await charger.api("GET", "charging-profiles"))["items"]
    return [(one["evse_id"], one["purpose"], one["stack_level"], one["id"]) for one in items]


async def ids(charger: Obedient) -> list[int]:
    return [profile_id for *_, profile_id in await held(charger)]


async def limits(charger: Obedient, evse_id: int = 1, **query: object) -> list[tuple[int, float | None]]:
    asked = "&".join(f"{name}={value}" for name, value in query.items())
    computed = (await charger.api("GET", f"composite-schedule?evse_id={evse_id}&{asked}"))["computed"]
    return [(one["start_s"], one["limit"]) for one in computed["periods"]]


def wire(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


@pytest.mark.conformance("TC_056")
async def test_a_default_profile_is_sent_as_it_must_be_and_held_once_it_is_accepted(charger: Obedient) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    body = limit(16, evse_id=1, purpose="tx_default", valid_from=wire(now), valid_to=wire(now + timedelta(days=1)), stack_level=2)
    body["schedule"] |= {"starts_at": wire(now), "duration_s": 86400}
    command = await charger.api("POST", "charging-profiles", body)
    assert (command["state"], command["response"]) == ("accepted", ACCEPTED)
    sent = await charger.asked("SetChargingProfile")
    profile = sent["csChargingProfiles"]
    assert sent["connectorId"] == 1
    assert {"transactionId", "recurrencyKind"}.isdisjoint(profile)
    assert (profile["chargingProfilePurpose"], profile["chargingProfileKind"], profile["stackLevel"]) == ("TxDefaultProfile", "Absolute", 2)
    assert profile["chargingSchedule"]["startSchedule"].startswith(wire(now)[:19])
    assert profile["chargingSchedule"]["chargingSchedulePeriod"] == [{"startPeriod": 0, "limit": 16}]
    assert profile["validFrom"] < profile["validTo"]
    assert await held(charger) == [(1, "tx_default", 2, profile["chargingProfileId"])]
    (shown,) = (await charger.api("GET", "charging-profiles"))["items"]
    assert shown["set_by"] == "token:admin"


@pytest.mark.conformance("TC_057", "16-11")
async def test_a_profile_of_a_session_names_its_transaction_and_ends_with_it(charger: Obedient) -> None:
    transaction_id = (await charger.start("TAG1"))["transactionId"]
    body = limit(10, evse_id=1, purpose="tx", kind="relative", transaction_id=str(transaction_id))
    assert (await charger.api("POST", "charging-profiles", body))["state"] == "accepted"
    profile = (await charger.asked("SetChargingProfile"))["csChargingProfiles"]
    assert (profile["transactionId"], profile["chargingProfilePurpose"]) == (transaction_id, "TxProfile")
    assert "startSchedule" not in profile["chargingSchedule"]
    body = limit(8, evse_id=1, purpose="tx", kind="absolute", transaction_id=str(transaction_id))
    await charger.api("POST", "charging-profiles", body)
    assert "startSchedule" in (await charger.asked("SetChargingProfile", 2))["csChargingProfiles"]["chargingSchedule"]
    assert [place for *place, _ in await held(charger)] == [[1, "tx", 0]]
    assert await limits(charger) == [(0, 8)]
    await charger.say("StopTransaction", {"transactionId": transaction_id, "meterStop": 5, "timestamp": "2026-06-01T11:00:00Z"})
    await charger.until("charging-profiles", lambda shown: shown["items"] == [])
    assert await limits(charger) == [(0, None)]


@pytest.mark.conformance("16-11")
async def test_a_running_session_without_a_profile_of_its_own_follows_the_default_and_its_changes(charger: Obedient) -> None:
    transaction_id = str((await charger.start("TAG1"))["transactionId"])
    for amperes in (16, 12):
        await charger.api("POST", "charging-profiles", limit(amperes, evse_id=0, purpose="tx_default", kind="relative"))
        assert await limits(charger) == [(0, amperes)]
    hour = datetime.now(UTC) + timedelta(hours=1)
    own = limit(8, evse_id=1, transaction_id=transaction_id, valid_to=wire(hour), schedule={"min_rate": 6.5})
    await charger.api("POST", "charging-profiles", own)
    sent = charger.of("SetChargingProfile")[-1]["csChargingProfiles"]
    assert (sent["chargingSchedule"]["minChargingRate"], sent["validTo"][:19]) == (6.5, wire(hour)[:19])
    (_, now), (_, later) = await limits(charger)
    assert (now, later) == (8, 12), "where its own is over, the default holds again"


@pytest.mark.conformance("VT-K02")
async def test_a_profile_of_no_running_session_is_refused_before_it_is_sent(charger: Obedient) -> None:
    assert await charger.refused("POST", "charging-profiles", limit(10, evse_id=1, purpose="tx")) == (422, "/transaction_id")
    wrong = limit(10, evse_id=1, purpose="tx", transaction_id="4711")
    assert await charger.refused("POST", "charging-profiles", wrong) == (422, "/transaction_id")
    transaction_id = str((await charger.start("TAG1", 2))["transactionId"])
    elsewhere = limit(10, evse_id=1, purpose="tx", transaction_id=transaction_id)
    assert await charger.refused("POST", "charging-profiles", elsewhere) == (422, "/evse_id")
    everywhere = limit(10, evse_id=0, purpose="tx", transaction_id=transaction_id)
    assert await charger.refused("POST", "charging-profiles", everywhere) == (422, "/evse_id")
    assert await charger.refused("POST", "charging-profiles", limit(10, evse_id=1, purpose="station_max")) == (422, "/evse_id")
    assert charger.of("SetChargingProfile") == []


@pytest.mark.conformance("VT-K03", "16-10")
async def test_what_the_charger_is_known_not_to_take_is_refused_before_it_is_sent(charger: Obedient) -> None:
    two = limit(16, evse_id=1, purpose="tx_default", stack_level=3)
    two["schedule"]["periods"].append({"start_s": 60, "limit": 8})
    await charger.api("POST", "charging-profiles", two)
    for known, pointer in (
        ({"max_periods": 1}, "/schedule/periods"),
        ({"max_periods": None, "max_stack_level": 2}, "/stack_level"),
        ({"max_stack_level": None, "rate_units": "Power"}, "/schedule/unit"),
        ({"rate_units": '"W"'}, "/schedule/unit"),
    ):
        await charger.api("PATCH", "charging-settings", known)
        assert await charger.refused("POST", "charging-profiles", two) == (422, pointer)
    for both in ("Current,Power", "A", "a, w"):
        await charger.api("PATCH", "charging-settings", {"rate_units": both})
        assert (await charger.api("POST", "charging-profiles", two))["state"] == "accepted"
    assert len(charger.of("SetChargingProfile")) == 4
    assert await charger.refused("PATCH", "charging-settings", {"rate_units": "Volt"}) == (422, "/rate_units")


@pytest.mark.conformance("16-10", "VT-K03")
async def test_what_was_read_of_the_chargers_configuration_is_held_to_until_an_operator_says_otherwise(charger: Obedient) -> None:
    keys = {"ChargeProfileMaxStackLevel": "2", "ChargingScheduleMaxPeriods": "1", "ChargingScheduleAllowedChargingRateUnit": "Current"}
    told = [{"key": key, "value": value, "readonly": True} for key, value in keys.items()]
    charger.answers["GetConfiguration"] = {"configurationKey": told}
    await charger.api("POST", "commands", {"action": "GetConfiguration", "payload": {}})
    two = limit(16, evse_id=1, purpose="tx_default", stack_level=2)
    two["schedule"]["periods"].append({"start_s": 60, "limit": 8})
    assert await charger.refused("POST", "charging-profiles", two) == (422, "/schedule/periods")
    in_watts = {"evse_id": 1, "purpose": "tx_default", "schedule": {"unit": "W", "periods": [{"start_s": 0, "limit": 7000}]}}
    assert await charger.refused("POST", "charging-profiles", in_watts) == (422, "/schedule/unit")
    assert await charger.refused("POST", "charging-profiles", two | {"stack_level": 3}) == (422, "/stack_level")
    await charger.api("PATCH", "charging-settings", {"max_periods": 10})
    assert (await charger.api("POST", "charging-profiles", two))["state"] == "accepted"


@pytest.mark.conformance("Q-73")
async def test_nothing_below_six_amperes_is_asked_for_and_zero_pauses(charger: Obedient) -> None:
    assert await charger.refused("POST", "charging-profiles", limit(5.9, evse_id=1, purpose="tx_default")) == (
        422,
        "/schedule/periods/0/limit",
    )
    await charger.api("POST", "charging-profiles", limit(0, evse_id=1, purpose="tx_default"))
    computed = (await charger.api("GET", "composite-schedule?evse_id=1"))["computed"]
    assert computed["periods"] == [{"start_s": 0, "limit": 0.0, "phases": 3, "pauses": True, "phase_to_use": None}]
    told = {"chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 4.0}]}
    charger.answers["GetCompositeSchedule"] = ACCEPTED | {"connectorId": 0, "chargingSchedule": told}
    reported = (await charger.api("POST", "composite-schedule", {"evse_id": 1}))["reported"]
    assert (reported["evse_id"], reported["periods"][0]["limit"], reported["periods"][0]["pauses"]) == (1, 4.0, True)


@pytest.mark.conformance("16-12")
async def test_a_profile_that_is_set_anew_begins_in_the_past_and_takes_its_place(charger: Obedient) -> None:
    before = datetime.now(UTC)
    for amperes in (16, 12):
        await charger.api("POST", "charging-profiles", limit(amperes, evse_id=1, purpose="tx_default"))
    first, second = (profile["csChargingProfiles"] for profile in charger.of("SetChargingProfile"))
    assert first["chargingProfileId"] == second["chargingProfileId"]
    assert datetime.fromisoformat(second["chargingSchedule"]["startSchedule"]) < before
    assert await limits(charger) == [(0, 12)]
    assert len(await held(charger)) == 1


@pytest.mark.conformance("TC_059")
async def test_a_remote_start_carries_a_profile_that_becomes_the_sessions(charger: Obedient) -> None:
    profile = limit(7, kind="relative")
    for wrong, pointer in (
        (profile | {"transaction_id": "5"}, "/charging_profile/transaction_id"),
        (profile | {"purpose": "tx_default"}, "/charging_profile/purpose"),
        (limit(7, kind="recurring"), "/charging_profile/schedule/starts_at"),
    ):
        assert await charger.refused("POST", "start", {"id_tag": "TAG1", "evse_id": 1, "charging_profile": wrong}) == (422, pointer)
    started = await charger.api("POST", "start", {"id_tag": "TAG1", "evse_id": 1, "charging_profile": profile})
    assert started["state"] in ("accepted", "effective")
    sent = (await charger.asked("RemoteStartTransaction"))["chargingProfile"]
    assert {"transactionId", "recurrencyKind"}.isdisjoint(sent)
    assert (sent["chargingProfilePurpose"], sent["chargingSchedule"]["chargingSchedulePeriod"][0]["startPeriod"]) == ("TxProfile", 0)
    (waiting,) = (await charger.until("charging-profiles", lambda shown: shown["items"]))["items"]
    assert (waiting["waits_for"], waiting["transaction_id"]) == ("TAG1", None)
    assert await limits(charger) == [(0, None)]
    transaction_id = str((await charger.start("tag1"))["transactionId"])
    (own,) = (await charger.until("charging-profiles", lambda shown: shown["items"][0]["transaction_id"]))["items"]
    assert (own["transaction_id"], own["evse_id"], own["waits_for"]) == (transaction_id, 1, None)
    assert await limits(charger) == [(0, 7)]


@pytest.mark.conformance("TC_066", "16-11", "VT-K01")
async def test_the_schedule_is_computed_and_asked_for_and_both_are_shown(charger: Obedient) -> None:
    hour = 3600
    begin = (datetime.now(UTC) + timedelta(hours=1)).replace(microsecond=0)
    await charger.api("POST", "charging-profiles", limit(32, evse_id=0, purpose="station_max"))
    daily = limit(16, evse_id=1, purpose="tx_default", kind="recurring", recurrency="daily")
    daily["schedule"] |= {"starts_at": wire(begin), "duration_s": 12 * hour}
    await charger.api("POST", "charging-profiles", daily)
    day = limit(6, evse_id=1, purpose="tx_default", stack_level=1)
    day["schedule"] |= {"starts_at": wire(begin + timedelta(hours=4)), "duration_s": 2 * hour}
    await charger.api("POST", "charging-profiles", day)
    computed = (await charger.api("GET", f"composite-schedule?evse_id=1&duration_s={30 * hour}"))["computed"]
    origin = (datetime.fromisoformat(computed["starts_at"]) - begin).total_seconds()
    shown = [(int(one["start_s"] + origin), one["limit"]) for one in computed["periods"]]
    assert shown[1:] == [(0, 16), (4 * hour, 6), (6 * hour, 16), (12 * hour, 32), (24 * hour, 16)]
    assert (shown[0][1], computed["unit"], computed["periods"][0]["phases"]) == (32, "A", 3)
    in_watts = await limits(charger, unit="W", duration_s=60)
    assert in_watts == [(0, 32 * 230 * 3)]
    schedule = {"chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 31.5}]}
    charger.answers["GetCompositeSchedule"] = ACCEPTED | {"connectorId": 1, "scheduleStart": wire(begin), "chargingSchedule": schedule}
    answer = await charger.api("POST", "composite-schedule", {"evse_id": 1, "duration_s": 600, "unit": "A"})
    assert charger.of("GetCompositeSchedule") == [{"connectorId": 1, "duration": 600, "chargingRateUnit": "A"}]
    assert (answer["reported"]["periods"][0]["limit"], answer["computed"]["periods"][0]["limit"]) == (31.5, 32)
    assert answer["command"]["response"]["status"] == "Accepted"
    charger.answers["GetCompositeSchedule"] = REJECTED
    assert (await charger.api("POST", "composite-schedule", {"evse_id": 1}))["reported"] is None


@pytest.mark.conformance("TC_067")
async def test_profiles_are_cleared_by_id_by_criteria_and_all(charger: Obedient) -> None:
    transaction_id = str((await charger.start("TAG1"))["transactionId"])

    async def three() -> None:
        await charger.api("POST", "charging-profiles", limit(32, id=101, evse_id=0, purpose="station_max", stack_level=1))
        await charger.api("POST", "charging-profiles", limit(16, id=102, evse_id=1, purpose="tx_default", stack_level=1))
        await charger.api("POST", "charging-profiles", limit(8, id=103, evse_id=1, transaction_id=transaction_id, stack_level=1))
        assert await ids(charger) == [101, 103, 102]

    await three()
    await charger.api("DELETE", "charging-profiles/102")
    assert charger.of("ClearChargingProfile") == [{"id": 102}]
    assert await ids(charger) == [101, 103]
    await charger.api("DELETE", "charging-profiles?evse_id=0&purpose=station_max&stack_level=1")
    assert charger.of("ClearChargingProfile")[1] == {"connectorId": 0, "chargingProfilePurpose": "ChargePointMaxProfile", "stackLevel": 1}
    assert await ids(charger) == [103]
    charger.answers["ClearChargingProfile"] = {"status": "Unknown"}
    await charger.api("DELETE", "charging-profiles?purpose=tx_default")
    assert await ids(charger) == [103]
    charger.answers["ClearChargingProfile"] = ACCEPTED
    await three()
    await charger.api("DELETE", "charging-profiles?all=true")
    assert charger.of("ClearChargingProfile")[-1] == {}
    assert await held(charger) == []
    assert (await charger.refused("DELETE", "charging-profiles"))[0] == 400


async def test_what_the_charger_says_unknown_to_it_is_gone_and_raw_commands_are_learned_from(charger: Obedient) -> None:
    profile = {
        "chargingProfileId": 9,
        "stackLevel": 0,
        "chargingProfilePurpose": "TxDefaultProfile",
        "chargingProfileKind": "Relative",
        "chargingSchedule": {"chargingRateUnit": "W", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 500.5}]},
    }
    raw = {"action": "SetChargingProfile", "payload": {"connectorId": 2, "csChargingProfiles": profile}}
    await charger.api("POST", "commands", raw)
    assert await held(charger) == [(2, "tx_default", 0, 9)]
    charger.answers["SetChargingProfile"] = REJECTED
    await charger.api("POST", "commands", {"action": "SetChargingProfile", "payload": raw["payload"] | {"connectorId": 3}})
    assert await held(charger) == [(2, "tx_default", 0, 9)]
    charger.answers["ClearChargingProfile"] = {"status": "Unknown"}
    await charger.api("DELETE", "charging-profiles/9")
    assert await held(charger) == []


@pytest.mark.conformance("Q-72")
async def test_a_rejected_profile_is_said_otherwise_only_where_that_is_switched_on_and_each_way_once(charger: Obedient) -> None:
    charger.answers["SetChargingProfile"] = REJECTED
    body = {"evse_id": 1, "purpose": "tx_default", "schedule": {"unit": "W", "periods": [{"start_s": 0, "limit": 7000.5}]}}
    assert (await charger.api("POST", "charging-profiles", body))["state"] == "rejected"
    assert len(charger.of("SetChargingProfile")) == 1
    await charger.api("PATCH", "charging-settings", {"try_variants": True})
    assert (await charger.api("POST", "charging-profiles", body))["state"] == "rejected"
    said = charger.of("SetChargingProfile")[1:]
    assert len(said) == 4, "as it is, in whole watts, in amperes, at another level"

    def only_amperes(asked: Payload) -> Payload:
        schedule = asked["csChargingProfiles"]["chargingSchedule"]
        return ACCEPTED if schedule["chargingRateUnit"] == "A" else REJECTED

    charger.answers["SetChargingProfile"] = only_amperes
    assert (await charger.api("POST", "charging-profiles", body))["state"] == "accepted"
    shown = await charger.api("GET", "charging-settings")
    assert (shown["variant"], shown["try_variants"]) == ("amperes", True)
    (shown,) = (await charger.api("GET", "charging-profiles"))["items"]
    assert (shown["schedule"]["unit"], shown["schedule"]["periods"][0]["limit"]) == ("A", 10)
    count = len(charger.of("SetChargingProfile"))
    await charger.api("POST", "charging-profiles", body)
    assert len(charger.of("SetChargingProfile")) == count + 2, "what has worked is tried first"


async def test_lasting_profiles_that_a_reboot_has_cost_are_sent_again_once(server: RunningServer) -> None:
    def composite(amperes: float) -> Payload:
        return ACCEPTED | {"chargingSchedule": {"chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": amperes}]}}

    async with obedient(server, "FORGETFUL") as before:
        before.answers["SetChargingProfile"] = ACCEPTED
        await before.api("POST", "charging-profiles", limit(20, id=1, evse_id=0, purpose="station_max"))
        await before.api("POST", "charging-profiles", limit(10, id=2, evse_id=1, purpose="tx_default"))
    async with obedient(server, "FORGETFUL") as after:
        after.answers |= {"GetCompositeSchedule": composite(10), "SetChargingProfile": ACCEPTED}
        await after.asked("GetCompositeSchedule", 2)
        assert {asked["connectorId"] for asked in after.of("GetCompositeSchedule")} == {0, 1}
        assert (await after.api("POST", "composite-schedule", {"evse_id": 1}))["reported"]["periods"][0]["limit"] == 10
        assert after.of("SetChargingProfile") == [], "it has kept them"
    async with obedient(server, "FORGETFUL") as after:
        after.answers["GetCompositeSchedule"] = composite(32)
        after.answers["SetChargingProfile"] = lambda asked: ACCEPTED if asked["connectorId"] else REJECTED
        await after.asked("SetChargingProfile", 2)
        assert {asked["csChargingProfiles"]["chargingProfileId"] for asked in after.of("SetChargingProfile")} == {1, 2}
        await after.until("charging-profiles", lambda shown: [one["id"] for one in shown["items"]] == [2])
        await after.api("POST", "composite-schedule", {"evse_id": 1})
        assert len(after.of("SetChargingProfile")) == 2, "each once, whatever it says then"
        (kept,) = (await after.api("GET", "charging-profiles"))["items"]
        assert kept["set_by"] == "token:admin"


async def test_profiles_of_2x_are_set_computed_and_cleared_in_the_same_words(server: RunningServer) -> None:
    async with obedient(server, protocol="ocpp2.0.1") as charger:
        charger.answers |= {"SetChargingProfile": ACCEPTED, "ClearChargingProfile": ACCEPTED}
        await charger.api("POST", "charging-profiles", limit(32, evse_id=0, purpose="station_max"))
        await charger.api("POST", "charging-profiles", limit(16, evse_id=1, purpose="tx_default"))
        assert charger.of("SetChargingProfile")[1]["chargingProfile"]["chargingSchedule"][0]["chargingSchedulePeriod"] == [
            {"startPeriod": 0, "limit": 16}
        ]
        assert await limits(charger) == [(0, 16)]
        schedule: Payload = {"evseId": 1, "duration": 60, "scheduleStart": "2026-06-01T10:00:00Z", "chargingRateUnit": "A"}
        schedule |= {"chargingSchedulePeriod": [{"startPeriod": 0, "limit": 15}]}
        charger.answers["GetCompositeSchedule"] = ACCEPTED | {"schedule": schedule}
        assert (await charger.api("POST", "composite-schedule", {"evse_id": 1}))["reported"]["periods"][0]["limit"] == 15
        await charger.api("DELETE", "charging-profiles?purpose=tx_default")
        assert await limits(charger) == [(0, 32)]
