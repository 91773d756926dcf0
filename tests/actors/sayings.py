"""What the chargers of these tests say, and what has come of it."""

from __future__ import annotations

from typing import Any

from tests.actors.house import House
from voltaro.ports import SessionQuery

BOOT = {"chargePointVendor": "V", "chargePointModel": "M"}
START = {"connectorId": 1, "idTag": "TAG", "meterStart": 100, "timestamp": "2026-06-01T11:00:00Z"}


async def only_session(house: House) -> Any:
    page = await house.store.sessions(SessionQuery(), limit=10)
    assert len(page.items) == 1
    return page.items[0]


def meter(transaction_id: int, register: int, power: int = 7000) -> dict[str, Any]:
    sampled = [{"value": str(register)}, {"value": str(power), "measurand": "Power.Active.Import", "unit": "W"}]
    return {
        "connectorId": 1,
        "transactionId": transaction_id,
        "meterValue": [{"timestamp": "2026-06-01T11:30:00Z", "sampledValue": sampled}],
    }
