"""How a virtual OCPP 1.6 charger obeys the Core profile: starts, stops, resets, locks, availability, cache, data transfer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from voltaro.simulator.profile import replacing
from voltaro.simulator.talker import Command, Registration, Reply
from voltaro.simulator.v16_profiles import for_remote_start
from voltaro.simulator.v16_reservations import forget_where_useless

if TYPE_CHECKING:
    from voltaro.simulator.v16 import Charger16


def remote_start(station: Charger16, payload: dict[str, Any]) -> Reply:
    tag, connector = str(payload["idTag"]), payload.get("connectorId")
    evse = station.choose_evse(connector, tag)
    try:
        profile = for_remote_start(payload.get("chargingProfile"))
    except ValueError:
        return Reply({"status": "Rejected"})
    if evse is None:
        return Reply({"status": "Rejected"})

    def start() -> None:
        if profile is not None:
            evse.profiles = replacing(evse.profiles, profile)
        station.remote_start(evse, tag)

    return Reply({"status": "Accepted"}, start)


def remote_stop(station: Charger16, payload: dict[str, Any]) -> Reply:
    evse = station.find_session(str(int(payload["transactionId"])))
    if evse is None:
        return Reply({"status": "Rejected"})
    return Reply({"status": "Accepted"}, lambda: station.stop(evse.id, "Remote"))


def reset(station: Charger16, payload: dict[str, Any]) -> Reply:
    hard = {"Soft": False, "Hard": True}[payload["type"]]
    return Reply({"status": "Accepted"}, lambda: station.reboot(f"{payload['type']}Reset", "RemoteReset", hard=hard))


def unlock(station: Charger16, payload: dict[str, Any]) -> Reply:
    """A fixed cable, or a connector that does not exist, cannot be unlocked (errata 3.85)."""
    found = station.connectors(int(payload["connectorId"])) if payload["connectorId"] != 0 else ()
    if not found or station.cable == "fixed":
        return Reply({"status": "NotSupported"})
    if station.cable == "stuck":
        return Reply({"status": "UnlockFailed"})
    evse = found[0]

    def free() -> None:
        station.stop(evse.id, "UnlockCommand")
        if evse.cable_left:
            station.release_cable(evse)
            station.flush()

    return Reply({"status": "Unlocked"}, free)


def change_availability(station: Charger16, payload: dict[str, Any]) -> Reply:
    connector, operative = int(payload["connectorId"]), {"Operative": True, "Inoperative": False}[payload["type"]]
    found = station.connectors(connector)
    if not found:
        return Reply({"status": "Rejected"})
    if connector == 0:
        station.operative = operative

    def show() -> None:
        forget_where_useless(station)
        station.refresh_all()

    return Reply({"status": station.change_availability(found, operative=operative)}, show)


def clear_cache(station: Charger16, payload: dict[str, Any]) -> Reply:
    """Rejected where there is no cache (errata 3.23)."""
    if station.configured("AuthorizationCacheEnabled") != "true":
        return Reply({"status": "Rejected"})
    station.known_tags.clear()
    return Reply({"status": "Accepted"})


def data_transfer(station: Charger16, payload: dict[str, Any]) -> Reply:
    """Of its own maker's messages this charger knows one, ``Echo``."""
    if payload["vendorId"] != station.traits.model.vendor:
        return Reply({"status": "UnknownVendorId"})
    if payload.get("messageId") != "Echo":
        return Reply({"status": "UnknownMessageId"})
    return Reply({"status": "Accepted"} | ({"data": str(payload["data"])} if "data" in payload else {}))


def trigger(station: Charger16, payload: dict[str, Any], *, extended: bool = False) -> Reply:
    """TriggerMessage, and the whitepaper's extended one. What is triggered may leave before the charger is accepted."""
    wanted, connector = payload["requestedMessage"], payload.get("connectorId")
    about = None if connector is None else int(connector)
    if about is not None and not 0 <= about <= len(station.evses):
        return Reply({"status": "Rejected"})
    accepted = {"status": "Accepted"}
    match wanted:
        case "BootNotification" if station.registration is Registration.ACCEPTED:
            return Reply({"status": "Rejected"})
        case "BootNotification":
            return Reply(accepted, station.boot)
        case "Heartbeat":
            return Reply(accepted, lambda: station.call("Heartbeat", {}, early=True))
        case "StatusNotification":
            return Reply(accepted, lambda: station.triggered_statuses(about))
        case "MeterValues":
            return Reply(accepted, lambda: station.triggered_readings(about))
        case "DiagnosticsStatusNotification" if not extended:
            return Reply(accepted, lambda: station.uploads.triggered(wanted))
        case "LogStatusNotification" if extended:
            return Reply(accepted, lambda: station.uploads.triggered(wanted))
        case "FirmwareStatusNotification":
            return Reply(accepted, lambda: station.updates.triggered(extended=extended))
        case "SignChargePointCertificate" if extended:
            return Reply(accepted, station.papers.ask)
        case _:
            return Reply({"status": "NotImplemented"})


COMMANDS: dict[str, Command] = {
    "RemoteStartTransaction": remote_start,
    "RemoteStopTransaction": remote_stop,
    "Reset": reset,
    "UnlockConnector": unlock,
    "ChangeAvailability": change_availability,
    "ClearCache": clear_cache,
    "DataTransfer": data_transfer,
    "TriggerMessage": trigger,
    "ExtendedTriggerMessage": lambda station, payload: trigger(station, payload, extended=True),
}
