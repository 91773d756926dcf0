"""A charger of 1.6 that tells a whole session: times, states, phases, as a real one would."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from websockets.asyncio.client import ClientConnection

from tests.browser.conftest import TAG
from tests.e2e.talking import ask

OCMF = 'OCMF|{"FV":"1.0","RD":[{"RV":12.3,"RU":"kWh"}]}|{"SD":"3045"}'


@dataclass
class Teller:
    """It tells what was, minutes after ``began``."""

    socket: ClientConnection
    began: datetime
    number: int = 0

    @classmethod
    def of_late(cls, socket: ClientConnection, minutes: int = 40) -> Teller:
        """One whose session began so many minutes ago."""
        return cls(socket, datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=minutes))

    def at(self, minute: float) -> str:
        return (self.began + timedelta(minutes=minute)).isoformat().replace("+00:00", "Z")

    async def say(self, action: str, payload: dict[str, Any]) -> Any:
        self.number += 1
        kind, _, *rest = await ask(self.socket, action, payload, f"t{self.number}")
        assert kind == 3, rest
        return rest[0]

    async def stands(self, status: str, minute: float) -> None:
        await self.say("StatusNotification", {"connectorId": 1, "errorCode": "NoError", "status": status, "timestamp": self.at(minute)})

    async def start(self, meter_wh: int = 1000, tag: str = TAG) -> int:
        start = {"connectorId": 1, "idTag": tag, "meterStart": meter_wh, "timestamp": self.at(0)}
        number: int = (await self.say("StartTransaction", start))["transactionId"]
        return number

    async def measures(self, number: int, minute: float, register_wh: int, power_w: int, soc: int, *more: dict[str, str]) -> None:
        sampled: list[dict[str, str]] = [
            {"value": str(register_wh)},
            {"value": str(power_w), "measurand": "Power.Active.Import", "unit": "W"},
            {"value": str(soc), "measurand": "SoC", "unit": "Percent"},
            *(
                {"value": f"{power_w / 690:.1f}", "measurand": "Current.Import", "phase": phase, "unit": "A"}
                for phase in ("L1", "L2", "L3")
            ),
            *more,
        ]
        value = [{"timestamp": self.at(minute), "sampledValue": sampled}]
        await self.say("MeterValues", {"connectorId": 1, "transactionId": number, "meterValue": value})

    async def stop(self, number: int, minute: float, meter_wh: int, **more: Any) -> None:
        await self.say("StopTransaction", {"transactionId": number, "meterStop": meter_wh, "timestamp": self.at(minute), **more})

    async def whole_session(self, minutes: Sequence[float] = (1, 2, 3, 4, 12, 14, 30), **stop: Any) -> int:
        """It charges, the car pauses, it charges on; its transaction id."""
        await self.stands("Preparing", -2)
        number = await self.start()
        await self.stands("Charging", 0)
        for place, minute in enumerate(minutes):
            signed = {"value": OCMF, "format": "SignedData", "context": "Transaction.Begin"} if place == 0 else None
            watts = 0 if 8 < minute < 14 else 11_000 - 500 * place
            await self.measures(number, minute, 1000 + int(minute * 150), watts, 20 + place * 5, *([signed] if signed else []))
        await self.stands("SuspendedEV", 10)
        await self.stands("Charging", 14)
        await self.stop(number, 31, 5650, **stop)
        await self.stands("Finishing", 31)
        await self.stands("Available", 33)
        return number
