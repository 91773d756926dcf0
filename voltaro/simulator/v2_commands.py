"""How a virtual OCPP 2.x station obeys."""

from __future__ import annotations

from typing import Any

from voltaro.simulator.evse import Evse
from voltaro.simulator.profile import STATION, read_profile, replacing, without
from voltaro.simulator.talker import Command, Refused, Registration, Reply
from voltaro.simulator.v2_station import Station2
from voltaro.simulator.v2_variables import ITEMS_PER_MESSAGE, REPORT_PAGE, VARIABLES, Name, find_variable, read_name, report_items

Payload = dict[str, Any]


def _accepted(status: str = "Accepted") -> Payload:
    return {"status": status}


def _evses(station: Station2, evse_id: int | None) -> tuple[Evse, ...]:
    """All for none given or 0; none for one that does not exist."""
    return station.evses if not evse_id else station.evses[evse_id - 1 : evse_id]


def request_start(station: Station2, payload: Payload) -> Reply:
    token, remote_start_id = payload["idToken"], int(payload["remoteStartId"])
    tag, token_type = str(token["idToken"]), str(token["type"])
    evse = station.choose_evse(payload.get("evseId"))
    if evse is None:
        return Reply({"status": "Rejected"})
    if "chargingProfile" in payload:
        evse.profiles = replacing(evse.profiles, read_profile(payload["chargingProfile"]))
    answer = _accepted()
    if evse.session is not None and evse.session.transaction_id is not None:
        answer["transactionId"] = evse.session.transaction_id
    return Reply(answer, lambda: station.remote_start(evse, tag, remote_start_id, token_type))


def request_stop(station: Station2, payload: Payload) -> Reply:
    evse = station.find_session(str(payload["transactionId"]))
    if evse is None:
        return Reply({"status": "Rejected"})
    return Reply(_accepted(), lambda: station.stop(evse.id, "Remote"))


def transaction_status(station: Station2, payload: Payload) -> Reply:
    wanted = payload.get("transactionId")
    if wanted is None:
        return Reply({"messagesInQueue": station.outbox.session_messages > 0})
    session = next((each for each in reversed(station.ledger.sessions) if each.transaction_id == wanted), None)
    if session is None:
        return Reply({"ongoingIndicator": False, "messagesInQueue": False})
    return Reply({"ongoingIndicator": not session.ended, "messagesInQueue": station.outbox.concerns(session)})


def reset(station: Station2, payload: Payload) -> Reply:
    kind, evse_id = station.resets[payload["type"]], payload.get("evseId")
    if evse_id is not None:
        return _reset_evse(station, kind, int(evse_id))
    if kind == "OnIdle" and any(evse.energised for evse in station.evses):
        station.reboot_when_idle = True
        return Reply(_accepted("Scheduled"))
    if kind == "ImmediateAndResume":
        return Reply(_accepted(), lambda: station.reboot("HardReset", "RemoteReset", hard=True, end_sessions=False))
    return Reply(_accepted(), lambda: station.reboot("HardReset", "RemoteReset", hard=False))


def _reset_evse(station: Station2, kind: str, evse_id: int) -> Reply:
    found = _evses(station, evse_id) if evse_id else ()
    if not found:
        return Reply({"status": "Rejected"})
    if kind == "OnIdle" and found[0].energised:
        return Reply(_accepted("Scheduled"))
    return Reply(_accepted(), lambda: station.stop(evse_id, "HardReset"))


def unlock(station: Station2, payload: Payload) -> Reply:
    found = _evses(station, int(payload["evseId"])) if payload["evseId"] else ()
    if not found or payload["connectorId"] != 1:
        return Reply({"status": "UnknownConnector"})
    return Reply({"status": "OngoingAuthorizedTransaction" if found[0].energised else "Unlocked"})


def change_availability(station: Station2, payload: Payload) -> Reply:
    operative = {"Operative": True, "Inoperative": False}[payload["operationalStatus"]]
    evse_id = payload["evse"]["id"] if "evse" in payload else None
    found = _evses(station, evse_id)
    if not found:
        return Reply({"status": "Rejected"})
    if not evse_id:
        station.operative = operative
    return Reply(_accepted(station.change_availability(found, operative=operative)), station.refresh_all)


def get_variables(station: Station2, payload: Payload) -> Reply:
    return Reply({"getVariableResult": [_got(station, item) for item in _bounded(payload["getVariableData"])]})


def set_variables(station: Station2, payload: Payload) -> Reply:
    changed: list[str | None] = []
    results = [_put(station, item, changed) for item in _bounded(payload["setVariableData"])]

    def then() -> None:
        for setting in changed:
            station.setting_changed(setting)

    return Reply({"setVariableResult": results}, then)


def _bounded(items: list[Payload]) -> list[Payload]:
    if len(items) > ITEMS_PER_MESSAGE:
        raise Refused("OccurrenceConstraintViolation", f"At most {ITEMS_PER_MESSAGE} variables in one message.")
    return items


def _got(station: Station2, item: Payload) -> Payload:
    result = {"component": item["component"], "variable": item["variable"], "attributeStatus": "Accepted"}
    if "attributeType" in item:
        result["attributeType"] = item["attributeType"]
    name, found = read_name(item), find_variable(read_name(item))
    value = _availability(station, item["component"], name)
    if item.get("attributeType", "Actual") != "Actual":
        result["attributeStatus"] = "NotSupportedAttributeType"
    elif value is not None:
        result["attributeValue"] = value
    elif isinstance(found, str):
        result["attributeStatus"] = found
    elif not VARIABLES[found].readable:
        result["attributeStatus"] = "Rejected"
    else:
        result["attributeValue"] = _facts(station).get(found) or VARIABLES[found].read(station.settings, station.texts, found)
    return result


def _put(station: Station2, item: Payload, changed: list[str | None]) -> Payload:
    name, text = find_variable(read_name(item)), str(item["attributeValue"])
    result = {"component": item["component"], "variable": item["variable"], "attributeStatus": "Accepted"}
    if "attributeType" in item:
        result["attributeType"] = item["attributeType"]
    if isinstance(name, str):
        result["attributeStatus"] = name
        return result
    entry = VARIABLES[name]
    if item.get("attributeType", "Actual") != "Actual":
        result["attributeStatus"] = "NotSupportedAttributeType"
    elif entry.setting == "password":
        if 16 <= len(text) <= 40:
            station.settings.password = text.encode()
        else:
            result["attributeStatus"] = "Rejected"
    elif not entry.writable or not entry.accepts(text):
        result["attributeStatus"] = "Rejected"
    else:
        entry.write(text, station.settings, station.texts, name)
        changed.append(entry.setting)
        if entry.reboot:
            result["attributeStatus"] = "RebootRequired"
    return result


def base_report(station: Station2, payload: Payload) -> Reply:
    request_id = int(payload["requestId"])
    match payload["reportBase"]:
        case "ConfigurationInventory":
            items = list(report_items(station.settings, station.texts, _facts(station), writable_only=True))
        case "FullInventory":
            items = [*report_items(station.settings, station.texts, _facts(station), writable_only=False), *_parts(station)]
        case "SummaryInventory":
            items = _parts(station)
        case other:
            raise ValueError(f"no such reportBase: {other}")
    return Reply(_accepted(), lambda: _notify_report(station, request_id, items))


def get_report(station: Station2, payload: Payload) -> Reply:
    wanted = payload.get("componentVariable")
    if wanted is None:
        return Reply({"status": "NotSupported" if "componentCriteria" in payload else "EmptyResultSet"})
    request_id = int(payload["requestId"])
    asked = [(each["component"]["name"].casefold(), each.get("variable", {}).get("name", "").casefold()) for each in _bounded(wanted)]
    items = [
        item
        for item in (*report_items(station.settings, station.texts, _facts(station), writable_only=False), *_parts(station))
        if any(
            item["component"]["name"].casefold() == component and variable in ("", item["variable"]["name"].casefold())
            for component, variable in asked
        )
    ]
    if not items:
        return Reply({"status": "EmptyResultSet"})
    return Reply(_accepted(), lambda: _notify_report(station, request_id, items))


def _notify_report(station: Station2, request_id: int, items: list[Payload]) -> None:
    made_at = station.stamp()
    pages = [items[at : at + REPORT_PAGE] for at in range(0, len(items), REPORT_PAGE)]
    for number, page in enumerate(pages):
        report = {"requestId": request_id, "generatedAt": made_at, "seqNo": number, "tbc": number + 1 < len(pages), "reportData": page}
        station.call("NotifyReport", report, early=True)


def _facts(station: Station2) -> dict[Name, str]:
    model = station.traits.model
    return {
        Name("ChargingStation", "FirmwareVersion"): model.firmware,
        Name("ChargingStation", "Model"): model.name,
        Name("ChargingStation", "SerialNumber"): station.serial,
        Name("ChargingStation", "VendorName"): model.vendor,
        Name("ClockCtrlr", "DateTime"): station.stamp(),
    }


def _parts(station: Station2) -> list[Payload]:
    """The EVSEs and connectors, each with its state."""
    parts = []
    for evse in station.evses:
        for component in ({"name": "EVSE", "evse": {"id": evse.id}}, {"name": "Connector", "evse": {"id": evse.id, "connectorId": 1}}):
            value = station.status_word(evse)
            parts.append(
                {
                    "component": component,
                    "variable": {"name": "AvailabilityState"},
                    "variableAttribute": [{"type": "Actual", "mutability": "ReadOnly", "value": value}],
                    "variableCharacteristics": {"dataType": "OptionList", "supportsMonitoring": False},
                }
            )
    return parts


def _availability(station: Station2, component: Payload, name: Name) -> str | None:
    if name.component.casefold() not in ("evse", "connector") or name.variable.casefold() != "availabilitystate":
        return None
    found = _evses(station, component.get("evse", {}).get("id", 0)) if "evse" in component else ()
    return station.status_word(found[0]) if found else None


def clear_cache(station: Station2, payload: Payload) -> Reply:
    station.known_tags.clear()
    return Reply(_accepted())


def data_transfer(station: Station2, payload: Payload) -> Reply:
    return Reply({"status": "UnknownMessageId" if payload["vendorId"] == station.traits.model.vendor else "UnknownVendorId"})


def cost_updated(station: Station2, payload: Payload) -> Reply:
    return Reply({})


def trigger(station: Station2, payload: Payload) -> Reply:
    wanted, where = payload["requestedMessage"], payload.get("evse", {})
    found = _evses(station, where.get("id"))
    if not found:
        return Reply({"status": "Rejected"})
    match wanted:
        case "BootNotification" if station.registration is Registration.ACCEPTED:
            return Reply({"status": "Rejected"})
        case "BootNotification":
            return Reply(_accepted(), lambda: station.boot("Triggered"))
        case "Heartbeat":
            return Reply(_accepted(), lambda: station.call("Heartbeat", {}, early=True))
        case "StatusNotification":
            if "connectorId" not in where:
                return Reply({"status": "Rejected"})  # F06.FR.13: an EVSE and a connector must be named
            return Reply(_accepted(), lambda: _triggered_status(station, found[0]))
        case "MeterValues":
            return Reply(_accepted(), lambda: _triggered_readings(station, found))
        case "TransactionEvent":
            running = [evse for evse in found if evse.session is not None]
            if not running:
                return Reply({"status": "Rejected"})
            return Reply(_accepted(), lambda: _triggered_events(station, running))
        case "FirmwareStatusNotification" | "LogStatusNotification":
            return Reply(_accepted(), lambda: station.call(wanted, {"status": "Idle"}, early=True))
        case _:
            return Reply({"status": "NotImplemented"})


def _triggered_status(station: Station2, evse: Evse) -> None:
    station.call("StatusNotification", station.status_payload(evse, station.status_word(evse)), early=True)


def _triggered_events(station: Station2, running: list[Evse]) -> None:
    for evse in running:
        station.read_meter(evse, "Trigger")


def _triggered_readings(station: Station2, found: tuple[Evse, ...]) -> None:
    for evse in found:
        value = {"timestamp": station.stamp(), "sampledValue": station.samples(evse, "Trigger")}
        station.call("MeterValues", {"evseId": evse.id, "meterValue": [value]}, early=True)


def set_profile(station: Station2, payload: Payload) -> Reply:
    evse_id, profile = int(payload["evseId"]), read_profile(payload["chargingProfile"])
    found = _evses(station, evse_id)
    session = found[0].session if evse_id and found else None
    if not found or (profile.purpose in STATION and evse_id != 0) or profile.purpose == "ChargingStationExternalConstraints":
        return Reply({"status": "Rejected"})
    if profile.purpose == "TxProfile" and (session is None or session.transaction_id != profile.transaction_id):
        return Reply({"status": "Rejected"})
    if evse_id == 0:
        station.station_profiles = replacing(station.station_profiles, profile)
    else:
        found[0].profiles = replacing(found[0].profiles, profile)
    return Reply(_accepted(), station.obey_profiles)


def clear_profile(station: Station2, payload: Payload) -> Reply:
    narrow = payload.get("chargingProfileCriteria", {})
    criteria = {
        "id": payload.get("chargingProfileId"),
        "purpose": narrow.get("chargingProfilePurpose"),
        "stack_level": narrow.get("stackLevel"),
    }
    evse_id, cleared = narrow.get("evseId"), False
    if not evse_id:
        kept = without(station.station_profiles, **criteria)
        cleared, station.station_profiles = len(kept) < len(station.station_profiles), kept
    for evse in station.evses:
        if evse_id in (None, evse.id):
            kept = without(evse.profiles, **criteria)
            cleared, evse.profiles = cleared or len(kept) < len(evse.profiles), kept
    return Reply({"status": "Accepted" if cleared else "Unknown"}, station.obey_profiles)


def composite_schedule(station: Station2, payload: Payload) -> Reply:
    evse_id = int(payload["evseId"])
    found = _evses(station, evse_id)
    if not found:
        return Reply({"status": "Rejected"})
    limit = min(sum(evse.power_w for evse in found), min(evse.limit_w for evse in found))
    schedule = {
        "evseId": evse_id,
        "duration": int(payload["duration"]),
        "scheduleStart": station.stamp(),
        "chargingRateUnit": "W",
        "chargingSchedulePeriod": [{"startPeriod": 0, "limit": round(limit, 1)}],
    }
    return Reply(_accepted() | {"schedule": schedule})


COMMANDS: dict[str, Command] = {
    "RequestStartTransaction": request_start,
    "RequestStopTransaction": request_stop,
    "GetTransactionStatus": transaction_status,
    "Reset": reset,
    "UnlockConnector": unlock,
    "ChangeAvailability": change_availability,
    "GetVariables": get_variables,
    "SetVariables": set_variables,
    "GetBaseReport": base_report,
    "GetReport": get_report,
    "ClearCache": clear_cache,
    "DataTransfer": data_transfer,
    "CostUpdated": cost_updated,
    "TriggerMessage": trigger,
    "SetChargingProfile": set_profile,
    "ClearChargingProfile": clear_profile,
    "GetCompositeSchedule": composite_schedule,
}
