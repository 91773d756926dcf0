"""Orders to a charger in the words of OCPP 2.x (blocks B, C, F, G)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from voltaro.domain.charging import ProfileCriteria
from voltaro.domain.command import (
    AskCompositeSchedule,
    CancelReservation,
    ChangeAvailability,
    ChangeConfiguration,
    ChangePassword,
    CheckLocalList,
    ClearCache,
    ClearProfiles,
    DataTransfer,
    Order,
    RaiseProfile,
    ReadConfiguration,
    Reserve,
    Reset,
    SendLocalList,
    SetProfile,
    StartCharging,
    StopCharging,
    Trigger,
    Unlock,
)
from voltaro.ocpp.moments import wire_time
from voltaro.ocpp.v201 import maintenance
from voltaro.ocpp.v201.charging import PURPOSES, profile_payload
from voltaro.ocpp.v201.local_list import send_local_list
from voltaro.ocpp.v201.tokens import DEFAULT_TYPE, GROUP_TYPE
from voltaro.ports import InvalidPayload

_NO_KEYS = "OCPP 2.x has variables of components in place of configuration keys"


def compose(order: Order, triggers: Collection[str], longest_tag: int) -> tuple[str, dict[str, Any]]:
    """The action and payload of an order. Raises InvalidPayload, its pointer at the order's own member.

    ``triggers`` are the messages that this version's TriggerMessage can ask for, ``longest_tag`` the most characters of its tokens.
    """
    match order:
        case StartCharging():
            payload: dict[str, Any] = {
                "idToken": {"idToken": order.id_tag, "type": order.tag_type or DEFAULT_TYPE},
                "remoteStartId": order.remote_start_id,
            }
            if order.evse_id is not None:
                payload["evseId"] = _at_least_one("/evse_id", order.evse_id)
            if order.profile is not None:
                payload["chargingProfile"] = profile_payload(order.profile)
            return "RequestStartTransaction", payload
        case StopCharging():
            return "RequestStopTransaction", {"transactionId": order.transaction_id}
        case Reset():
            payload = {"type": "Immediate" if order.immediately else "OnIdle"}
            if order.evse_id is not None:
                payload["evseId"] = _at_least_one("/evse_id", order.evse_id)
            return "Reset", payload
        case Unlock():
            return "UnlockConnector", {
                "evseId": _at_least_one("/evse_id", order.evse_id),
                "connectorId": _at_least_one("/connector_id", order.connector_id),
            }
        case ChangeAvailability():
            payload = {"operationalStatus": "Operative" if order.operative else "Inoperative"}
            return "ChangeAvailability", payload | _evse(order.evse_id, order.connector_id)
        case ClearCache():
            return "ClearCache", {}
        case Trigger():
            return _trigger(order, triggers)
        case CheckLocalList():
            return "GetLocalListVersion", {}
        case SendLocalList():
            return send_local_list(order, longest_tag)
        case ReadConfiguration():
            raise InvalidPayload("/keys", f"{_NO_KEYS}: ask with the command GetVariables or GetBaseReport")
        case ChangeConfiguration():
            raise InvalidPayload("/key", f"{_NO_KEYS}: set one with the command SetVariables")
        case SetProfile():
            return "SetChargingProfile", {"evseId": order.evse_id, "chargingProfile": profile_payload(order.profile)}
        case ClearProfiles():
            return "ClearChargingProfile", _criteria(order.criteria)
        case AskCompositeSchedule():
            payload = {"evseId": order.evse_id, "duration": order.duration_s}
            return "GetCompositeSchedule", payload | ({} if order.unit is None else {"chargingRateUnit": order.unit.value})
        case Reserve():
            return "ReserveNow", _reservation(order)
        case CancelReservation():
            return "CancelReservation", {"reservationId": order.number}
        case ChangePassword():
            variable = {"component": {"name": "SecurityCtrlr"}, "variable": {"name": "BasicAuthPassword"}}
            return "SetVariables", {"setVariableData": [{**variable, "attributeValue": order.password}]}
        case RaiseProfile():
            raise InvalidPayload("/profile", "OCPP 2.x takes a higher profile with SetNetworkProfile and NetworkConfigurationPriority")
        case DataTransfer():
            told = {"vendorId": order.vendor_id, "messageId": order.message_id, "data": order.data}
            return "DataTransfer", {name: value for name, value in told.items() if value is not None}
        case _:
            return maintenance.compose(order)


def _trigger(order: Trigger, triggers: Collection[str]) -> tuple[str, dict[str, Any]]:
    if order.message not in triggers:
        raise InvalidPayload("/message", f"this version of OCPP can trigger {', '.join(sorted(triggers))}")
    connector_id = order.connector_id
    if order.message == "StatusNotification":  # F06.FR.13: a status is asked of one connector
        if not order.evse_id:
            raise InvalidPayload("/evse_id", "OCPP 2.x asks for the status of one connector: name its evse")
        connector_id = connector_id or 1
    return "TriggerMessage", {"requestedMessage": order.message} | _evse(order.evse_id, connector_id)


def _criteria(wanted: ProfileCriteria) -> dict[str, Any]:
    if wanted.profile_id is not None:
        return {"chargingProfileId": wanted.profile_id}
    purpose = None if wanted.purpose is None else PURPOSES[wanted.purpose]
    members = {"evseId": wanted.evse_id, "chargingProfilePurpose": purpose, "stackLevel": wanted.stack_level}
    return {"chargingProfileCriteria": {name: value for name, value in members.items() if value is not None}}


def _reservation(order: Reserve) -> dict[str, Any]:
    payload: dict[str, Any] = {
        "id": order.number,
        "expiryDateTime": wire_time(order.expires_at),
        "idToken": {"idToken": order.id_tag, "type": order.tag_type or DEFAULT_TYPE},
    }
    if order.evse_id:
        payload["evseId"] = order.evse_id
    if order.parent is not None:
        payload["groupIdToken"] = {"idToken": order.parent, "type": GROUP_TYPE}
    return payload


def _evse(evse_id: int | None, connector_id: int | None) -> dict[str, Any]:
    """The member ``evse``, or nothing for the whole charger."""
    if not evse_id:
        if connector_id:
            raise InvalidPayload("/evse_id", "a connector is named together with its evse")
        return {}
    evse = {"id": _at_least_one("/evse_id", evse_id)}
    if connector_id is not None:
        evse["connectorId"] = _at_least_one("/connector_id", connector_id)
    return {"evse": evse}


def _at_least_one(pointer: str, number: int) -> int:
    if number < 1:
        raise InvalidPayload(pointer, "evses and connectors are numbers from 1 on")
    return number
