"""The local authorization list of a virtual OCPP 1.6 charger: its version, its entries, and how it is replaced or changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from voltaro.simulator.talker import Command, Reply
from voltaro.simulator.v16_configuration import LONGEST_LIST, LONGEST_LIST_MESSAGE

if TYPE_CHECKING:
    from voltaro.simulator.v16 import Charger16

NOT_SUPPORTED = -1


@dataclass(slots=True)
class LocalList:
    """Tags and what is known of them, in the words of ``idTagInfo``. A version of 0 says that the list is empty."""

    version: int
    entries: dict[str, Mapping[str, Any]]

    def verdict(self, tag: str, now: datetime) -> tuple[str, str | None] | None:
        """Status and parent of a tag; None when it is not on the list."""
        info = self.entries.get(tag)
        if info is None:
            return None
        status = str(info["status"])
        if status == "Accepted" and expired(info, now):
            status = "Expired"
        return status, info.get("parentIdTag")


def expired(info: Mapping[str, Any], now: datetime) -> bool:
    """Whether the ``expiryDate`` of an ``idTagInfo`` is over."""
    return "expiryDate" in info and moment(info["expiryDate"]) <= now


def moment(text: str) -> datetime:
    """A timestamp of the central system; without an offset it is UTC. Raises ValueError."""
    at = datetime.fromisoformat(text)
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)


def version(station: Charger16, payload: dict[str, Any]) -> Reply:
    if station.configured("LocalAuthListEnabled") != "true":
        return Reply({"listVersion": NOT_SUPPORTED})
    held = station.local_list
    return Reply({"listVersion": held.version if held is not None and held.entries else 0})


def send(station: Charger16, payload: dict[str, Any]) -> Reply:
    if station.configured("LocalAuthListEnabled") != "true":
        return Reply({"status": "NotSupported"})
    held = station.local_list or LocalList(0, {})
    number, full = int(payload["listVersion"]), {"Full": True, "Differential": False}[payload["updateType"]]
    sent = payload.get("localAuthorizationList", [])
    if not full and number <= held.version:
        return Reply({"status": "VersionMismatch"})
    entries = {} if full else dict(held.entries)
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
    station.local_list = LocalList(number, entries)
    return Reply({"status": "Accepted"})


COMMANDS: dict[str, Command] = {"GetLocalListVersion": version, "SendLocalList": send}
