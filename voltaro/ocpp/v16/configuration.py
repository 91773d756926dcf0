"""OCPP 1.6 configuration keys, as chargers answer for them (sections 5.4, 5.8)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from voltaro.domain.configuration import ReadKey, is_secret
from voltaro.ocpp.dialect import Handlers, after
from voltaro.ports import Station


class Configuring(Handlers):
    """What is learned of a charger's keys, whoever asked."""

    @after("GetConfiguration")
    def after_get_configuration(self, station: Station, asked: Mapping[str, Any], answered: Mapping[str, Any] | None) -> None:
        if answered is None:
            station.configuration.not_told(asked, whole=not asked.get("key"))
            return
        keys = [
            ReadKey(told["key"], None if is_secret(told["key"]) else told.get("value"), told["readonly"])
            for told in answered.get("configurationKey", ())
        ]
        station.configuration.told(asked, keys, answered.get("unknownKey", ()), whole=not asked.get("key"))

    @after("ChangeConfiguration")
    def after_change_configuration(self, station: Station, asked: Mapping[str, Any], answered: Mapping[str, Any] | None) -> None:
        station.configuration.written(asked["key"], asked["value"], None if answered is None else answered["status"])
