"""The variables of 2.x chargers over the API, and configuration keys as lists."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.web.site import Site
from voltaro.domain.charger import Boot, Registration
from voltaro.domain.configuration import ReadKey
from voltaro.domain.fact import ChargerBooted, ConfigurationTold, VariablesReported, VariablesWritten
from voltaro.domain.person import Scope
from voltaro.domain.variable import VariableName, WrittenVariable
from voltaro.ports import NewCharger

NOW = datetime.now(UTC)
NAME = {"component": "OCPPCommCtrlr", "variable": "HeartbeatInterval"}


@pytest.fixture
async def two(site: Site) -> Site:
    """A 2.0.1 charger and a 1.6 one, connected; the first has reported a variable."""
    for charger_id, protocol in (("CP2", "ocpp2.0.1"), ("CP1", "ocpp1.6")):
        await site.store.add_charger(NewCharger(charger_id, security_profile=0), "test")
        await site.store.write([ChargerBooted(charger_id, Boot("V", "M"), Registration.ACCEPTED, protocol, NOW)])
        site.fleet.connect(charger_id)
    said = {"component": {"name": "OCPPCommCtrlr"}, "variable": {"name": "HeartbeatInterval"}, "variableAttribute": [{"value": "=300"}]}
    await site.store.write([VariablesReported("CP2", 1, 0, True, NOW, (said,))])
    return site


async def test_variables_are_shown_and_had_as_csv(two: Site) -> None:
    (shown,) = (await two.get("/chargers/CP2/variables")).json["items"]
    assert {name: shown[name] for name in ("component", "variable", "value", "mutability", "state")} == {
        **NAME,
        "value": "=300",
        "mutability": "ReadWrite",
        "state": None,
    }
    lines = (await two.get("/chargers/CP2/variables", headers={"Accept": "text/csv"})).text.splitlines()
    assert (len(lines), "'=300" in lines[1]) == (2, True), "a spreadsheet runs no formula"


async def test_a_variable_is_set_by_the_command_of_its_version(two: Site) -> None:
    two.fleet.knows = "SetVariables"
    answer = await two.ask("PUT", "/chargers/CP2/variables", {**NAME, "evse_id": 1, "variable_instance": "x", "value": "60"})
    assert answer.status == 202
    (_, action, payload, _) = two.fleet.calls[-1]
    item: dict[str, Any] = payload["setVariableData"][0]
    assert (action, item) == (
        "SetVariables",
        {
            "component": {"name": "OCPPCommCtrlr", "evse": {"id": 1}},
            "variable": {"name": "HeartbeatInterval", "instance": "x"},
            "attributeValue": "60",
        },
    )


async def test_what_waits_for_a_boot_is_said(two: Site) -> None:
    name = VariableName("OCPPCommCtrlr", None, None, None, "HeartbeatInterval", None)
    await two.store.write([VariablesWritten("CP2", (WrittenVariable(name, "Actual", "60", "RebootRequired", None),), datetime.now(UTC))])
    shown = (await two.get("/chargers/CP2/variables")).json
    assert (shown["reboot_required"], shown["items"][0]["state"], shown["items"][0]["written_value"]) == (True, "reboot_required", "60")


async def test_what_would_lock_a_charger_out_is_409(two: Site) -> None:
    body = {"component": "SecurityCtrlr", "variable": "BasicAuthPassword", "value": "a-new-password-of-40-characters"}
    answer = await two.ask("PUT", "/chargers/CP2/variables", body)
    assert (answer.status, answer.json["type"].rsplit(":", 1)[-1]) == (409, "guarded_key")


async def test_a_connector_is_named_with_its_evse(two: Site) -> None:
    answer = await two.ask("PUT", "/chargers/CP2/variables", {**NAME, "connector_id": 1, "value": "60"})
    assert (answer.status, answer.json["errors"][0]["pointer"]) == (422, "/evse_id")


async def test_each_version_has_its_own(two: Site) -> None:
    answer = await two.get("/chargers/CP1/variables")
    assert (answer.status, answer.json["type"].rsplit(":", 1)[-1]) == (409, "no_variables")
    assert (await two.get("/chargers/NOONE/variables")).status == 404


async def test_who_may_only_read_sets_nothing(two: Site) -> None:
    token = await two.add_token(Scope.CHARGERS_READ)
    assert (await two.ask("PUT", "/chargers/CP2/variables", {**NAME, "value": "60"}, token=token)).status == 403
    assert (await two.post("/chargers/CP2/variables/refresh", token=token)).status == 403


async def test_configuration_keys_are_had_as_csv_and_ndjson(two: Site) -> None:
    await two.store.write([ConfigurationTold("CP1", (ReadKey("A", "+1", False), ReadKey("B", None, True)), (), NOW, True)])
    lines = (await two.get("/chargers/CP1/configuration", headers={"Accept": "text/csv"})).text.splitlines()
    assert (len(lines), "'+1" in lines[1]) == (3, True)
    assert (await two.get("/chargers/CP1/configuration", headers={"Accept": "application/x-ndjson"})).text.count("\n") == 2
