"""OCPP 1.6 configuration keys, as chargers answer for them (sections 5.4, 5.8)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from voltaro.domain.configuration import MOST_KEYS, ReadKey, is_secret
from voltaro.ocpp.dialect import Handlers, after
from voltaro.ports import Station


class Configuring(Handlers):
    """What is learned of a charger's keys, whoever asked."""

    @after("GetConfiguration")
    def after_get_configuration(self, station: Station, asked: Mapping[str, Any], answered: Mapping[str, Any] | None) -> None:
        if answered is None:
            station.configuration.not_told(asked, whole=not asked.get("key"))
            return
        keys = [_read(told) for told in answered.get("configurationKey", ())[:MOST_KEYS]]
        unknown = [_storable(name) for name in answered.get("unknownKey", ())[:MOST_KEYS]]
        station.configuration.told(asked, keys, unknown, whole=not asked.get("key"))

    @after("ChangeConfiguration")
    def after_change_configuration(self, station: Station, asked: Mapping[str, Any], answered: Mapping[str, Any] | None) -> None:
        station.configuration.written(asked["key"], asked["value"], None if answered is None else answered["status"])


def _read(told: Mapping[str, Any]) -> ReadKey:
    name, value = told["key"], told.get("value")
    return ReadKey(_storable(name), None if value is None or is_secret(name) else _storable(value), told["readonly"])


def _storable(text: str) -> str:
    """A charger's text without what no database takes: NUL, and halves of characters."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()
