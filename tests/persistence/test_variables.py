"""What is kept of a 2.x charger's variables."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from persistence.store import PostgresStore
from voltaro.domain.charger import Boot, Registration
from voltaro.domain.configuration import KeyState
from voltaro.domain.fact import ChargerBooted, VariablesReported, VariablesTold, VariablesWritten
from voltaro.domain.variable import ReadVariable, Variable, VariableName, WrittenVariable
from voltaro.ports import NewCharger

NOW = datetime.now(UTC).replace(microsecond=0)
INTERVAL = VariableName("OCPPCommCtrlr", None, None, None, "HeartbeatInterval", None)


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def report(value: str | None, seconds: float, **more: Any) -> VariablesReported:
    data = {
        "component": {"name": "OCPPCommCtrlr"},
        "variable": {"name": "HeartbeatInterval"},
        "variableAttribute": [{"value": value, "mutability": "ReadWrite"}],
        "variableCharacteristics": {"dataType": "integer", "unit": "s", "minLimit": 1, "supportsMonitoring": False},
        **more,
    }
    return VariablesReported("CP1", 1, 0, True, after(seconds), (data,))


def written(value: str | None, status: str | None, seconds: float, reason: str | None = None) -> VariablesWritten:
    return VariablesWritten("CP1", (WrittenVariable(INTERVAL, "Actual", value, status, reason),), after(seconds))


async def only(store: PostgresStore) -> Variable:
    (variable,) = await store.device_variables("CP1")
    return variable


async def test_what_is_told_later_than_the_report_holds_whatever_its_spelling(store: PostgresStore) -> None:
    await store.write([report("300", 0)])
    shouted = INTERVAL._replace(component="OCPPCOMMCTRLR")
    await store.write([VariablesTold("CP1", (ReadVariable(shouted, "Actual", "60"),), after(1))])
    variable = await only(store)
    assert (variable.name, variable.value, variable.read_at) == (INTERVAL, "60", after(1))
    assert (variable.data_type, variable.unit, variable.least, variable.mutability) == ("integer", "s", 1.0, "ReadWrite")
    await store.write([report("90", 2)])
    assert (await only(store)).value == "90"


async def test_a_write_is_seen_in_what_is_read_back(store: PostgresStore) -> None:
    await store.write([report("300", 0), written("60", "Accepted", 1)])
    assert (await only(store)).state is KeyState.UNCONFIRMED
    await store.write([VariablesTold("CP1", (ReadVariable(INTERVAL, "Actual", "60"),), after(2))])
    assert (await only(store)).state is KeyState.CONFIRMED
    await store.write([VariablesTold("CP1", (ReadVariable(INTERVAL, "Actual", "300"),), after(3))])
    assert (await only(store)).state is KeyState.DIFFERS
    await store.write([written("x", "Rejected", 4, "not a number")])
    variable = await only(store)
    assert (variable.state, variable.written_reason) == (KeyState.REJECTED, "not a number")
    await store.write([written("x", "UnknownVariable", 5), written("9", None, 6)])
    assert (await only(store)).state is KeyState.UNKNOWN


async def test_what_waits_for_a_boot_waits_until_it_comes(store: PostgresStore) -> None:
    await store.add_charger(NewCharger("CP1"), "test")
    await store.write([written("60", "RebootRequired", 0)])
    assert (await only(store)).state is KeyState.REBOOT_REQUIRED
    await store.write([ChargerBooted("CP1", Boot("V", "M"), Registration.ACCEPTED, "ocpp2.0.1", after(5))])
    assert (await only(store)).state is KeyState.UNCONFIRMED


async def test_a_secret_is_not_shown_and_oddities_harm_nothing(store: PostgresStore) -> None:
    password = {"component": {"name": "SecurityCtrlr"}, "variable": {"name": "BasicAuthPassword"}, "variableAttribute": [{"value": "hush"}]}
    odd: list[dict[str, Any]] = [{}, {"component": 3, "variable": None, "variableAttribute": [None, 5]}, {"variableAttribute": {}}]
    await store.write([VariablesReported("CP1", 1, 0, True, NOW, (password, *odd))])
    found = await store.device_variables("CP1")
    assert [variable.value for variable in found if variable.name.is_secret] == [None]


async def test_they_go_with_their_charger(store: PostgresStore) -> None:
    await store.add_charger(NewCharger("CP1"), "test")
    await store.write([report("1", 0), written("60", "Accepted", 1)])
    await store.remove_charger("CP1", "test")
    assert await store.device_variables("CP1") == []
