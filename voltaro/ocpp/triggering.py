"""What 1.6 and 2.x say alike of messages that a charger was asked to send (1.6 section 5.17, 2.x F06)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from voltaro.ocpp.dialect import Handlers, after
from voltaro.ports import Station


class Triggered(Handlers):
    """Answers to TriggerMessage."""

    @after("TriggerMessage")
    def after_trigger_message(self, station: Station, asked: Mapping[str, Any], answered: Mapping[str, Any] | None) -> None:
        accepted = answered is not None and answered.get("status") == "Accepted"
        station.homecoming.triggered(asked["requestedMessage"], accepted=accepted)
