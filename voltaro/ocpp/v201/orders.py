"""Orders to a charger in the words of OCPP 2.x (blocks B, C, F, G)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from voltaro.domain.command import ChangeAvailability, ClearCache, Order, Reset, StartCharging, StopCharging, Trigger, Unlock
from voltaro.ocpp.v201 import maintenance
from voltaro.ocpp.v201.tokens import DEFAULT_TYPE
from voltaro.ports import InvalidPayload


def compose(order: Order, triggers: Collection[str]) -> tuple[str, dict[str, Any]]:
    """The action and payload of an order. Raises InvalidPayload, its pointer at the order's own member.

    ``triggers`` are the messages that this version's TriggerMessage can ask for.
    """
    match order:
        case StartCharging():
            payload: dict[str, Any] = {
                "idToken": {"idToken": order.id_tag, "type": order.tag_type or DEFAULT_TYPE},
                "remoteStartId": order.remote_start_id,
            }
            if order.evse_id is not None:
                payload["evseId"] = _at_least_one("/evse_id", order.evse_id)
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
