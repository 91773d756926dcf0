"""OCPP 1.6 local authorization lists (sections 5.10, 5.15)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from voltaro.domain.command import SendLocalList
from voltaro.domain.local_list import ListEntry
from voltaro.ocpp.dialect import Handlers, after
from voltaro.ocpp.moments import wire_time
from voltaro.ocpp.v16.core import LONGEST_TAG
from voltaro.ports import InvalidPayload, Station


class LocalLists(Handlers):
    """What is learned of a charger's list, whoever asked."""

    @after("GetLocalListVersion")
    def after_get_local_list_version(self, station: Station, asked: Mapping[str, Any], answered: Mapping[str, Any] | None) -> None:
        station.local_list.version_told(None if answered is None else answered["listVersion"])

    @after("SendLocalList")
    def after_send_local_list(self, station: Station, asked: Mapping[str, Any], answered: Mapping[str, Any] | None) -> None:
        station.local_list.list_answered(asked, asked["listVersion"], None if answered is None else answered["status"])


def send_local_list(order: SendLocalList) -> tuple[str, dict[str, Any]]:
    """The action and payload of an update. Raises InvalidPayload for a tag that 1.6 cannot say."""
    entries = [_entry(entry) for entry in order.entries]
    update = "Full" if order.full else "Differential"
    return "SendLocalList", {"listVersion": order.version, "updateType": update, "localAuthorizationList": entries}


def _entry(entry: ListEntry) -> dict[str, Any]:
    if len(entry.id_tag) > LONGEST_TAG:
        raise InvalidPayload("/entries", f"OCPP 1.6 takes tags of at most {LONGEST_TAG} characters")
    if entry.status is None:
        return {"idTag": entry.id_tag}
    info: dict[str, Any] = {"status": entry.status.value}
    if entry.parent and len(entry.parent) <= LONGEST_TAG:
        info["parentIdTag"] = entry.parent
    if entry.expires_at is not None:
        info["expiryDate"] = wire_time(entry.expires_at)
    return {"idTag": entry.id_tag, "idTagInfo": info}
