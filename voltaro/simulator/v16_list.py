"""The local authorization list of a virtual OCPP 1.6 charger: its version, its entries, and how it is replaced or changed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from voltaro.simulator.clock import moment
from voltaro.simulator.talker import Reply
from voltaro.simulator.v16_configuration import LONGEST_LIST, LONGEST_LIST_MESSAGE
from voltaro.simulator.v16_station import Station16

NOT_SUPPORTED = -1


class LocalList:
    """Tags and what is known of them, in the words of ``idTagInfo``. A version of 0 says that none was sent yet."""

    def __init__(self, station: Station16) -> None:
        self._station = station
        self.version = 0
        self.entries: dict[str, Mapping[str, Any]] = {}

    def verdict(self, tag: str) -> tuple[str, str | None] | None:
        """Status and parent of a tag; None when it is not on the list, or the list is not in use."""
        info = self.entries.get(tag) if self._enabled else None
        if info is None:
            return None
        status = str(info["status"])
        if status == "Accepted" and expired(info, self._station.clock.now()):
            status = "Expired"
        return status, info.get("parentIdTag")

    def get_version(self) -> Reply:
        """0 for an empty list too."""
        if not self._enabled:
            return Reply({"listVersion": NOT_SUPPORTED})
        return Reply({"listVersion": self.version if self.entries else 0})

    def send(self, payload: dict[str, Any]) -> Reply:
        if not self._enabled:
            return Reply({"status": "NotSupported"})
        number, full = int(payload["listVersion"]), {"Full": True, "Differential": False}[payload["updateType"]]
        sent = payload.get("localAuthorizationList", [])
        if not full and number <= self.version:
            return Reply({"status": "VersionMismatch"})
        entries = {} if full else dict(self.entries)
        for entry in sent:
            tag, info = str(entry["idTag"]), entry.get("idTagInfo")
            if info is not None:
                moment(info.get("expiryDate", "2000-01-01"))
                entries[tag] = {"status": str(info["status"]), **info}
            elif full:
                return Reply({"status": "Failed"})
            else:
                entries.pop(tag, None)
        twice = len({entry["idTag"] for entry in sent}) < len(sent)
        if number <= 0 or twice or len(sent) > LONGEST_LIST_MESSAGE or len(entries) > LONGEST_LIST:
            return Reply({"status": "Failed"})
        self.version, self.entries = number, entries
        return Reply({"status": "Accepted"})

    @property
    def _enabled(self) -> bool:
        return self._station.configured("LocalAuthListEnabled") == "true"


def expired(info: Mapping[str, Any], now: datetime) -> bool:
    """Whether the ``expiryDate`` of an ``idTagInfo`` is over."""
    return "expiryDate" in info and moment(info["expiryDate"]) <= now
