"""Configuration keys of OCPP 1.6, over a real socket: read, written, read back, and what real chargers make of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.conformance.answering import NEVER, Answer
from tests.conformance.listening import listening, shown
from tests.looking import refusal
from tests.running import RunningServer, running_server
from voltaro.domain.configuration import STANDARD_KEYS

pytestmark = pytest.mark.asyncio(loop_scope="module")
WAIT = {"Prefer": "wait=10"}
KEYS = {"MeterValueSampleInterval": "30", "SupportedFeatureProfiles": "Core", "GetConfigurationMaxKeys": "2"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(module_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningServer]:
    """A server that does not ask by itself while a test lasts."""
    flags = ("--unknown-chargers", "accept", "--settle-s", "86400")
    async with running_server(module_database_url, tmp_path_factory.mktemp("data"), *flags) as running:
        yield running


def holding(keys: dict[str, str], readonly: tuple[str, ...] = ()) -> Callable[[dict[str, Any]], Answer]:
    """GetConfiguration of a charger that has these keys."""

    def answer(asked: dict[str, Any]) -> Answer:
        names = asked.get("key") or list(keys)
        told = [{"key": name, "readonly": name in readonly, "value": keys[name]} for name in names if name in keys]
        return {"configurationKey": told, "unknownKey": [name for name in names if name not in keys]}

    return answer


def taking(keys: dict[str, str], status: str = "Accepted") -> Callable[[dict[str, Any]], Answer]:
    """ChangeConfiguration of a charger that does what it says."""

    def answer(asked: dict[str, Any]) -> Answer:
        if status == "Accepted":
            keys[asked["key"]] = asked["value"]
        return {"status": status}

    return answer


def of_key(configuration: Any, name: str) -> Any:
    """A key as shown; an empty one where it is not."""
    return next((key for key in configuration["keys"] if key["key"] == name), {"state": None, "read_at": None})


async def set_key(server: RunningServer, charger_id: str, key: str, value: str) -> Any:
    return await server.api("PUT", f"/api/v1/chargers/{charger_id}/configuration/{key}", {"value": value}, WAIT)


async def configuration(server: RunningServer, charger_id: str, holds: Callable[[Any], bool]) -> Any:
    return await shown(server, f"/api/v1/chargers/{charger_id}/configuration", holds)


@pytest.mark.conformance("TC_019_1")
async def test_all_keys_are_asked_for_with_an_empty_list_and_kept(server: RunningServer) -> None:
    async with listening(server, "ALL", {"GetConfiguration": holding(KEYS, ("GetConfigurationMaxKeys",))}) as charger:
        command = await server.api("POST", "/api/v1/chargers/ALL/configuration/refresh", {}, WAIT)
        assert (command["state"], charger.asked) == ("accepted", [("GetConfiguration", {})])
        found = await configuration(server, "ALL", lambda found: found["read_at"] is not None)
        assert {key["key"]: (key["value"], key["readonly"]) for key in found["keys"]} == {
            "MeterValueSampleInterval": ("30", False),
            "SupportedFeatureProfiles": ("Core", False),
            "GetConfigurationMaxKeys": ("2", True),
        }


@pytest.mark.conformance("TC_019_2")
async def test_one_key_is_asked_for_by_its_name(server: RunningServer) -> None:
    async with listening(server, "ONE", {"GetConfiguration": holding(KEYS)}) as charger:
        body = {"keys": ["SupportedFeatureProfiles"]}
        command = await server.api("POST", "/api/v1/chargers/ONE/configuration/refresh", body, WAIT)
        assert charger.asked == [("GetConfiguration", {"key": ["SupportedFeatureProfiles"]})]
        assert command["response"]["configurationKey"][0]["value"] == "Core"
        found = await configuration(server, "ONE", lambda found: found["keys"])
        assert of_key(found, "SupportedFeatureProfiles")["value"] == "Core"


async def test_no_more_keys_are_asked_for_at_once_than_the_charger_takes(server: RunningServer) -> None:
    async with listening(server, "MOST", {"GetConfiguration": holding(KEYS)}):
        await server.api("POST", "/api/v1/chargers/MOST/configuration/refresh", {}, WAIT)
        await configuration(server, "MOST", lambda found: found["most_keys"] == 2)
        status, problem = await refusal(server.api("POST", "/api/v1/chargers/MOST/configuration/refresh", {"keys": ["A", "B", "C"]}))
        assert (status, problem["errors"][0]["pointer"]) == (422, "/keys")


@pytest.mark.conformance("TC_021")
async def test_a_key_is_set_read_back_and_effective(server: RunningServer) -> None:
    keys = dict(KEYS)
    async with listening(server, "SET", {"GetConfiguration": holding(keys), "ChangeConfiguration": taking(keys)}) as charger:
        command = await set_key(server, "SET", "MeterValueSampleInterval", "60")
        assert (command["state"], command["response"]) == ("accepted", {"status": "Accepted"})
        assert await charger.until_asked("ChangeConfiguration") == {"key": "MeterValueSampleInterval", "value": "60"}
        assert await charger.until_asked("GetConfiguration") == {"key": ["MeterValueSampleInterval"]}
        found = await configuration(server, "SET", lambda found: of_key(found, "MeterValueSampleInterval")["state"] == "confirmed")
        assert of_key(found, "MeterValueSampleInterval")["value"] == "60"
        done = await shown(server, f"/api/v1/commands/{command['id']}", lambda found: found["state"] == "effective")
        assert done["response"] == {"status": "Accepted"}


@pytest.mark.parametrize(
    ("identity", "status", "state"),
    [
        pytest.param("NOSUCH", "NotSupported", "not_supported", marks=pytest.mark.conformance("TC_040_1")),
        pytest.param("BADVALUE", "Rejected", "rejected", marks=pytest.mark.conformance("TC_040_2")),
    ],
)
async def test_a_refusal_is_shown_and_nothing_is_asked_again(server: RunningServer, identity: str, status: str, state: str) -> None:
    async with listening(server, identity, {"ChangeConfiguration": taking({}, status)}) as charger:
        command = await set_key(server, identity, "MeterValueSampleInterval", "-1")
        assert (command["state"], command["response"]) == ("rejected", {"status": status})
        found = await configuration(server, identity, lambda found: found["keys"])
        key = of_key(found, "MeterValueSampleInterval")
        assert (key["state"], key["written_value"], key["written_status"]) == (state, "-1", status)
        assert (await charger.ask("Heartbeat", {}))[0] == 3
        assert len(charger.asked) == 1


async def test_a_reboot_that_is_required_is_shown_until_the_next_boot_and_then_read_back(database_url: str, tmp_path: Path) -> None:
    keys = dict(KEYS)
    answers = {"GetConfiguration": holding(keys), "ChangeConfiguration": taking(keys, "RebootRequired")}
    async with running_server(database_url, tmp_path, "--unknown-chargers", "accept", "--settle-s", "0.05") as server:
        async with listening(server, "CP", answers):
            await configuration(server, "CP", lambda found: found["read_at"] is not None)
            assert (await set_key(server, "CP", "MeterValueSampleInterval", "60"))["state"] == "accepted"
            found = await configuration(server, "CP", lambda found: found["reboot_required"])
            assert of_key(found, "MeterValueSampleInterval")["state"] == "reboot_required"
        keys["MeterValueSampleInterval"] = "60"
        async with listening(server, "CP", answers) as charger:
            assert await charger.until_asked("GetConfiguration") == {"key": ["MeterValueSampleInterval"]}
            found = await configuration(server, "CP", lambda found: of_key(found, "MeterValueSampleInterval")["state"] == "confirmed")
            assert not found["reboot_required"]


@pytest.mark.conformance("Q-71")
async def test_a_value_that_was_accepted_and_is_not_there_is_shown_and_not_written_again(server: RunningServer) -> None:
    async with listening(
        server, "LIAR", {"GetConfiguration": holding(dict(KEYS)), "ChangeConfiguration": lambda _: {"status": "Accepted"}}
    ) as charger:
        await set_key(server, "LIAR", "MeterValueSampleInterval", "60")
        found = await configuration(server, "LIAR", lambda found: of_key(found, "MeterValueSampleInterval")["state"] == "differs")
        assert (of_key(found, "MeterValueSampleInterval")["value"], len(charger.of("ChangeConfiguration"))) == ("30", 1)
        assert (await charger.ask("Heartbeat", {}))[0] == 3
        assert len(charger.asked) == 2


@pytest.mark.conformance("Q-71", "16-09")
async def test_a_charger_that_refuses_to_tell_all_keys_is_asked_key_by_key(server: RunningServer) -> None:
    one_by_one = holding(KEYS)
    async with listening(server, "SHY", {"GetConfiguration": lambda asked: one_by_one(asked) if asked.get("key") else None}) as charger:
        await server.api("POST", "/api/v1/chargers/SHY/configuration/refresh", {}, WAIT)
        found = await configuration(server, "SHY", lambda found: found["read_at"] is not None)
        assert charger.of("GetConfiguration") == [{}, *({"key": [name]} for name in STANDARD_KEYS)]
        assert of_key(found, "MeterValueSampleInterval")["value"] == "30"
        assert not of_key(found, "ClockAlignedDataInterval")["known"]


@pytest.mark.conformance("Q-71", "Q-62")
async def test_a_charger_that_hangs_up_over_the_question_is_asked_key_by_key_and_then_left_alone(database_url: str, tmp_path: Path) -> None:
    async with running_server(database_url, tmp_path, "--unknown-chargers", "accept", "--settle-s", "0.05") as server:

        async def hung_up() -> dict[str, Any]:
            """The question over which the charger reboots."""
            async with listening(server, "ABB", {"GetConfiguration": lambda _: NEVER}) as charger:
                return await charger.until_asked("GetConfiguration")

        await server.api("POST", "/api/v1/chargers", {"id": "ABB", "security_profile": 0})
        await server.api("PATCH", "/api/v1/chargers/ABB/local-list", {"sync": True})
        assert await hung_up() == {}
        assert await hung_up() == {"key": [STANDARD_KEYS[0]]}
        lists = {"GetLocalListVersion": lambda _: {"listVersion": 0}, "SendLocalList": lambda _: {"status": "Accepted"}}
        async with listening(server, "ABB", {"GetConfiguration": holding(KEYS), **lists}) as charger:
            await charger.until_asked("GetLocalListVersion")  # what is asked once it has settled: its keys would have come first
            assert charger.of("GetConfiguration") == []


async def test_a_charger_is_read_once_and_again_when_its_firmware_has_changed(database_url: str, tmp_path: Path) -> None:
    async with running_server(database_url, tmp_path, "--unknown-chargers", "accept", "--settle-s", "0.05") as server:
        async with listening(server, "CP", {"GetConfiguration": holding(KEYS)}, firmware="1.0") as charger:
            await configuration(server, "CP", lambda found: found["read_at"] is not None)
            assert charger.of("GetConfiguration") == [{}]
        async with listening(server, "CP", {"GetConfiguration": holding({**KEYS, "New": "1"})}, firmware="2.0") as charger:
            found = await configuration(server, "CP", lambda found: found["firmware_version"] == "2.0" and of_key(found, "New")["read_at"])
            assert (charger.of("GetConfiguration"), of_key(found, "New")["value"]) == ([{}], "1")


@pytest.mark.conformance("Q-62", "16-07", "16-09", "Q-70")
async def test_the_recommended_set_is_written_only_when_an_operator_wants_it_and_only_what_differs(server: RunningServer) -> None:
    keys = {
        "TransactionMessageAttempts": '"3"',
        "TransactionMessageRetryInterval": "60 s",
        "MeterValuesSampledData": '"Energy.Active.Import.Register, W"',
        "StopTransactionOnInvalidId": "FALSE",
        "ConnectionTimeOut": "10",
        "WebSocketPingInterval": "0",
    }
    answers = {"GetConfiguration": holding(keys, ("ConnectionTimeOut",)), "ChangeConfiguration": taking(keys)}
    async with listening(server, "NEW", answers) as charger:
        await server.api("POST", "/api/v1/chargers/NEW/configuration/refresh", {}, WAIT)
        await configuration(server, "NEW", lambda found: found["read_at"] is not None)
        advice = await server.api("GET", "/api/v1/chargers/NEW/configuration-advice")
        wanted = {item["key"]: item["value"] for item in advice["items"]}
        assert wanted == {
            "TransactionMessageAttempts": '"10"',
            "TransactionMessageRetryInterval": None,
            "WebSocketPingInterval": "60",
            "MeterValueSampleInterval": None,
            "MeterValuesSampledData": None,
            "StopTxnSampledData": None,
            "StopTransactionOnInvalidId": "TRUE",
            "ConnectionTimeOut": None,
        }
        assert charger.of("ChangeConfiguration") == []
        applied = await server.api("POST", "/api/v1/chargers/NEW/configuration-advice", {})
        assert [item["payload"]["key"] for item in applied["items"]] == [key for key, value in wanted.items() if value is not None]
        await charger.until_asked("ChangeConfiguration", 3)
        assert charger.of("ChangeConfiguration") == [{"key": key, "value": value} for key, value in wanted.items() if value is not None]
        done = ("TransactionMessageAttempts", "WebSocketPingInterval", "StopTransactionOnInvalidId")
        await configuration(server, "NEW", lambda found: all(of_key(found, key)["state"] == "confirmed" for key in done))
        again = await server.api("POST", "/api/v1/chargers/NEW/configuration-advice", {})
        assert again == {"items": []}


@pytest.mark.conformance("Q-70")
async def test_values_are_kept_as_written_and_compared_by_what_they_mean(server: RunningServer) -> None:
    keys = {"authorizeRemoteTxRequests": " TRUE"}
    answers: dict[str, Callable[[dict[str, Any]], Answer]] = {
        "GetConfiguration": lambda _: {"configurationKey": [{"key": "authorizeRemoteTxRequests", "readonly": False, "value": " TRUE"}]},
        "ChangeConfiguration": taking(keys),
    }
    async with listening(server, "ODD", answers):
        await set_key(server, "ODD", "AuthorizeRemoteTxRequests", "true")
        found = await configuration(server, "ODD", lambda found: any(key["state"] == "confirmed" for key in found["keys"]))
        (key,) = found["keys"]
        assert (key["key"], key["value"]) == ("authorizeRemoteTxRequests", " TRUE")


@pytest.mark.conformance("16-17")
async def test_a_password_is_never_read_back_kept_or_shown(server: RunningServer) -> None:
    keys = {**KEYS, "AuthorizationKey": "0123456789abcdef", "WlanPassword": "wlan-hush-hush"}
    answers = {"GetConfiguration": holding(keys), "ChangeConfiguration": taking(keys)}
    async with listening(server, "KEYED", answers) as charger:
        await server.api("POST", "/api/v1/chargers/KEYED/configuration/refresh", {}, WAIT)
        sent = {"action": "ChangeConfiguration", "payload": {"key": "AuthorizationKey", "value": "fedcba9876543210"}}
        assert (await server.api("POST", "/api/v1/chargers/KEYED/commands", sent, WAIT))["response"] == {"status": "Accepted"}
        found = await configuration(server, "KEYED", lambda found: of_key(found, "AuthorizationKey").get("written_at"))
        key = of_key(found, "AuthorizationKey")
        assert (key["secret"], key["value"], key["written_value"], key["state"]) == (True, None, None, "unconfirmed")
        assert of_key(found, "WlanPassword")["value"] is None
        assert (await charger.ask("Heartbeat", {}))[0] == 3
        assert charger.of("GetConfiguration") == [{}]
        messages = await server.api("GET", "/api/v1/chargers/KEYED/messages")
        for hush in ("0123456789abcdef", "fedcba9876543210", "wlan-hush-hush"):
            assert hush not in str(messages)
            assert hush not in "\n".join(server.log)
        status, _ = await refusal(server.api("POST", "/api/v1/chargers/KEYED/configuration/refresh", {"keys": ["authorizationkey"]}))
        assert status == 422
        status, problem = await refusal(server.api("PUT", "/api/v1/chargers/KEYED/configuration/AuthorizationKey", {"value": "x" * 16}))
        assert (status, problem["type"]) == (409, "urn:voltaro:problem:guarded_key")


@pytest.mark.conformance("16-17")
async def test_an_answer_without_a_password_is_a_normal_one(server: RunningServer) -> None:
    async with listening(server, "KEYLESS", {"GetConfiguration": holding(KEYS)}):
        command = await server.api("POST", "/api/v1/chargers/KEYLESS/configuration/refresh", {}, WAIT)
        assert (command["state"], command["error"]) == ("accepted", None)
        found = await configuration(server, "KEYLESS", lambda found: found["read_at"] is not None)
        assert of_key(found, "AuthorizationKey")["read_at"] is None


@pytest.mark.conformance("TC_061")
async def test_clearing_the_cache_shows_what_the_charger_answered(server: RunningServer) -> None:
    async with listening(server, "CACHE", {"ClearCache": lambda _: {"status": "Accepted"}}) as charger:
        command = await server.api("POST", "/api/v1/chargers/CACHE/clear-cache", {}, WAIT)
        assert (command["state"], command["response"]) == ("accepted", {"status": "Accepted"})
        assert charger.asked == [("ClearCache", {})]


async def test_a_charger_with_variables_is_said_to_have_no_keys(server: RunningServer) -> None:
    async with listening(server, "TWO", {}, "ocpp2.0.1") as charger:
        status, problem = await refusal(server.api("GET", "/api/v1/chargers/TWO/configuration"))
        assert (status, "SetVariables" in problem["detail"]) == (409, True)
        assert charger.asked == []
