"""OCPP 2.x block D, local authorization lists."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from voltaro.domain.command import SendLocalList
from voltaro.domain.local_list import ListEntry
from voltaro.ocpp.dialect import Handlers, after
from voltaro.ocpp.moments import wire_time
from voltaro.ocpp.v201.tokens import DEFAULT_TYPE, GROUP_TYPE
from voltaro.ports import InvalidPayload, Station


class LocalLists(Handlers):
    """What is learned of a charger's list, whoever asked."""

    @after("GetLocalListVersion")
    def after_get_local_list_version(self, station: Station, asked: Mapping[str, Any], answered: Mapping[str, Any] | None) -> None:
        station.local_list.version_told(None if answered is None else answered["versionNumber"])

    @after("SendLocalList")
    def after_send_local_list(self, station: Station, asked: Mapping[str, Any], answered: Mapping[str, Any] | None) -> None:
        station.local_list.list_answered(asked, asked["versionNumber"], None if answered is None else answered["status"])


def send_local_list(order: SendLocalList, longest_tag: int) -> tuple[str, dict[str, Any]]:
    """The action and payload of an update; a full one without entries clears the list (D01.FR.04).

    Raises InvalidPayload for a token that the version cannot say.
    """
    payload: dict[str, Any] = {"versionNumber": order.version, "updateType": "Full" if order.full else "Differential"}
    if order.entries:
        payload["localAuthorizationList"] = [_entry(entry, longest_tag) for entry in order.entries]
    return "SendLocalList", payload


def _entry(entry: ListEntry, longest_tag: int) -> dict[str, Any]:
    if len(entry.id_tag) > longest_tag:
        raise InvalidPayload("/entries", f"this version of OCPP takes tokens of at most {longest_tag} characters")
    token = {"idToken": entry.id_tag, "type": entry.type or DEFAULT_TYPE}
    if entry.status is None:
        return {"idToken": token}
    info: dict[str, Any] = {"status": entry.status.value}
    if entry.parent and len(entry.parent) <= longest_tag:
        info["groupIdToken"] = {"idToken": entry.parent, "type": GROUP_TYPE}
    if entry.expires_at is not None:
        info["cacheExpiryDateTime"] = wire_time(entry.expires_at)
    return {"idToken": token, "idTokenInfo": info}
