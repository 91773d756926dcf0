"""OCPP 1.6: what a charger's answers say of its return and of what is in service (sections 5.2, 5.17)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ocpp.v16.enums import Action

from voltaro.ocpp.dialect import after
from voltaro.ocpp.triggering import Triggered
from voltaro.ocpp.v16.core import connector_of
from voltaro.ports import Station


class Upkeep(Triggered):
    """Answers to ChangeAvailability, too."""

    @after(Action.change_availability)
    async def after_change_availability(self, station: Station, asked: Mapping[str, Any], answered: Mapping[str, Any] | None) -> None:
        if answered is not None and answered.get("status") in ("Accepted", "Scheduled"):
            number = int(asked["connectorId"])
            await station.availability.set(number, connector_of(number), operative=asked["type"] == "Operative")
