"""Orders to a charger in the words of OCPP 1.6 (section 5)."""

from __future__ import annotations

import json
from typing import Any

from voltaro.domain.charging import Purpose
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
from voltaro.ocpp.v16 import maintenance
from voltaro.ocpp.v16.charging import PURPOSES, profile_payload
from voltaro.ocpp.v16.local_list import send_local_list
from voltaro.ports import InvalidPayload

_EXTENDED = frozenset({"LogStatusNotification", "SignChargePointCertificate"})
"""What ExtendedTriggerMessage of the security whitepaper can ask for and TriggerMessage cannot."""
_PLAIN = frozenset(
    {"BootNotification", "DiagnosticsStatusNotification", "FirmwareStatusNotification", "Heartbeat", "MeterValues", "StatusNotification"}
)


def compose(order: Order) -> tuple[str, dict[str, Any]]:
    """The action and payload of an order. Raises InvalidPayload, its pointer at the order's own member."""
    match order:
        case StartCharging():
            payload: dict[str, Any] = {"idTag": order.id_tag}
            if len(order.id_tag) > 20:
                raise InvalidPayload("/id_tag", "OCPP 1.6 takes tags of at most 20 characters")
            if order.evse_id is not None:
                payload["connectorId"] = _connector(order.evse_id, order.connector_id)
            if order.profile is not None:
                payload["chargingProfile"] = profile_payload(order.profile, None)
            return "RemoteStartTransaction", payload
        case StopCharging():
            return "RemoteStopTransaction", {"transactionId": _transaction(order.transaction_id)}
        case Reset():
            if order.evse_id is not None:
                raise InvalidPayload("/evse_id", "OCPP 1.6 can only reset the whole charger: leave evse_id out")
            return "Reset", {"type": "Hard" if order.immediately else "Soft"}
        case Unlock():
            return "UnlockConnector", {"connectorId": _connector(order.evse_id, order.connector_id)}
        case ChangeAvailability():
            number = 0 if not order.evse_id else _connector(order.evse_id, order.connector_id)
            return "ChangeAvailability", {"connectorId": number, "type": "Operative" if order.operative else "Inoperative"}
        case ClearCache():
            return "ClearCache", {}
        case Trigger():
            return _trigger(order)
        case ReadConfiguration():
            return "GetConfiguration", {"key": list(order.keys)} if order.keys else {}
        case ChangeConfiguration():
            return "ChangeConfiguration", {"key": order.key, "value": order.value}
        case CheckLocalList():
            return "GetLocalListVersion", {}
        case SendLocalList():
            return send_local_list(order)
        case SetProfile():
            return "SetChargingProfile", _profile(order)
        case ClearProfiles():
            return "ClearChargingProfile", _criteria(order)
        case AskCompositeSchedule():
            payload = {"connectorId": order.evse_id, "duration": order.duration_s}
            return "GetCompositeSchedule", payload | ({} if order.unit is None else {"chargingRateUnit": order.unit.value})
        case Reserve():
            return "ReserveNow", _reservation(order)
        case CancelReservation():
            return "CancelReservation", {"reservationId": order.number}
        case ChangePassword():
            return "ChangeConfiguration", {"key": "AuthorizationKey", "value": order.password}
        case RaiseProfile():
            return "ChangeConfiguration", {"key": "SecurityProfile", "value": str(order.profile)}
        case DataTransfer():
            return "DataTransfer", _transfer(order)
        case _:
            return maintenance.compose(order)


def _trigger(order: Trigger) -> tuple[str, dict[str, Any]]:
    if order.message not in _PLAIN and order.message not in _EXTENDED:
        raise InvalidPayload("/message", f"OCPP 1.6 can trigger {', '.join(sorted(_PLAIN | _EXTENDED))}")
    payload: dict[str, Any] = {"requestedMessage": order.message}
    if order.evse_id:
        payload["connectorId"] = _connector(order.evse_id, order.connector_id)
    return "ExtendedTriggerMessage" if order.message in _EXTENDED else "TriggerMessage", payload


def _profile(order: SetProfile) -> dict[str, Any]:
    profile = order.profile
    if profile.purpose not in PURPOSES:
        raise InvalidPayload("/purpose", "OCPP 1.6 knows no limits of others")
    if len(profile.schedules) > 1:
        raise InvalidPayload("/schedule", "OCPP 1.6 has one schedule a profile")
    if any(period.phase_to_use is not None for period in profile.schedule.periods):
        raise InvalidPayload("/schedule/periods/0/phase_to_use", "OCPP 1.6 cannot choose the phase: leave phase_to_use out")
    transaction_id = None if profile.transaction_id is None else _transaction(profile.transaction_id)
    return {"connectorId": order.evse_id, "csChargingProfiles": profile_payload(profile, transaction_id)}


def _criteria(order: ClearProfiles) -> dict[str, Any]:
    wanted = order.criteria
    if wanted.profile_id is not None:
        return {"id": wanted.profile_id}
    if wanted.purpose is Purpose.EXTERNAL:
        raise InvalidPayload("/purpose", "OCPP 1.6 knows no limits of others")
    purpose = None if wanted.purpose is None else PURPOSES[wanted.purpose]
    members = {"connectorId": wanted.evse_id, "chargingProfilePurpose": purpose, "stackLevel": wanted.stack_level}
    return {name: value for name, value in members.items() if value is not None}


def _reservation(order: Reserve) -> dict[str, Any]:
    for pointer, tag in (("/id_tag", order.id_tag), ("/parent", order.parent)):
        if tag is not None and len(tag) > 20:
            raise InvalidPayload(pointer, "OCPP 1.6 takes tags of at most 20 characters")
    payload: dict[str, Any] = {
        "connectorId": order.evse_id,
        "expiryDate": wire_time(order.expires_at),
        "idTag": order.id_tag,
        "reservationId": order.number,
    }
    return payload if order.parent is None else payload | {"parentIdTag": order.parent}


def _transfer(order: DataTransfer) -> dict[str, Any]:
    """1.6 has a text as data; anything else is written into it as JSON, as vendors do."""
    payload = {"vendorId": order.vendor_id}
    if order.message_id is not None:
        payload["messageId"] = order.message_id
    if order.data is not None:
        payload["data"] = order.data if isinstance(order.data, str) else json.dumps(order.data, separators=(",", ":"))
    return payload


def _connector(evse_id: int, connector_id: int | None) -> int:
    if evse_id < 1:
        raise InvalidPayload("/evse_id", "an evse is a number from 1 on")
    if connector_id not in (None, 1):
        raise InvalidPayload("/connector_id", "OCPP 1.6 has one connector an evse: leave connector_id out")
    return evse_id


def _transaction(transaction_id: str) -> int:
    if not transaction_id.isascii() or not transaction_id.isdecimal() or len(transaction_id) > 10:
        raise InvalidPayload("/transaction_id", "an OCPP 1.6 transaction id is a positive whole number")
    return int(transaction_id)
