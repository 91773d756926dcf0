"""Orders to a charger in the words of OCPP 1.6 (section 5)."""

from __future__ import annotations

from typing import Any

from voltaro.domain.command import ChangeAvailability, ClearCache, Order, Reset, StartCharging, StopCharging, Trigger, Unlock
from voltaro.ocpp.v16 import maintenance
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
        case _:
            return maintenance.compose(order)


def _trigger(order: Trigger) -> tuple[str, dict[str, Any]]:
    if order.message not in _PLAIN and order.message not in _EXTENDED:
        raise InvalidPayload("/message", f"OCPP 1.6 can trigger {', '.join(sorted(_PLAIN | _EXTENDED))}")
    payload: dict[str, Any] = {"requestedMessage": order.message}
    if order.evse_id:
        payload["connectorId"] = _connector(order.evse_id, order.connector_id)
    return "ExtendedTriggerMessage" if order.message in _EXTENDED else "TriggerMessage", payload


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
