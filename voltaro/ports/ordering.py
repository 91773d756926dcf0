"""The orders in which lists can be had; a minus puts the greatest first."""

from __future__ import annotations

from enum import StrEnum


class Order(StrEnum):
    """What the orders of all lists have."""

    @property
    def descends(self) -> bool:
        return self.value.startswith("-")

    @property
    def member(self) -> str:
        """What it sorts by."""
        return self.value.removeprefix("-")


class TagOrder(Order):
    """The order of a list of tags."""

    NEWEST = "-created_at"
    OLDEST = "created_at"
    BY_TAG = "id_tag"
    BY_TAG_DOWN = "-id_tag"


class ChargerOrder(Order):
    """The order of a list of chargers. One without a name goes by its id; one that has told no model or firmware comes first."""

    BY_ID = "id"
    BY_ID_DOWN = "-id"
    BY_NAME = "name"
    BY_NAME_DOWN = "-name"
    BY_MODEL = "model"
    BY_MODEL_DOWN = "-model"
    BY_FIRMWARE = "firmware_version"
    BY_FIRMWARE_DOWN = "-firmware_version"
    OLDEST = "created_at"
    NEWEST = "-created_at"


class AuditOrder(Order):
    """The order of the audit."""

    NEWEST = "-at"
    OLDEST = "at"
