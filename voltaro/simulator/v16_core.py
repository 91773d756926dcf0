"""How a virtual OCPP 1.6 charger obeys the Core profile, and what it is triggered to say."""

from __future__ import annotations

from typing import Any

from voltaro.simulator.profile import replacing
from voltaro.simulator.talker import Refused, Registration, Reply
from voltaro.simulator.v16_configuration import KEYS, MOST_KEYS, read_password
from voltaro.simulator.v16_equipped import Equipped16
from voltaro.simulator.v16_profiles import for_remote_start


def remote_start(station: Equipped16, payload: dict[str, Any]) -> Reply:
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


def remote_stop(station: Equipped16, payload: dict[str, Any]) -> Reply:
    evse = station.find_session(str(int(payload["transactionId"])))
    if evse is None:
        return Reply({"status": "Rejected"})
    return Reply({"status": "Accepted"}, lambda: station.stop(evse.id, "Remote"))


def reset(station: Equipped16, payload: dict[str, Any]) -> Reply:
    hard = {"Soft": False, "Hard": True}[payload["type"]]
    return Reply({"status": "Accepted"}, lambda: station.reboot(f"{payload['type']}Reset", "RemoteReset", hard=hard))


def unlock(station: Equipped16, payload: dict[str, Any]) -> Reply:
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


def change_availability(station: Equipped16, payload: dict[str, Any]) -> Reply:
    connector, operative = int(payload["connectorId"]), {"Operative": True, "Inoperative": False}[payload["type"]]
    found = station.connectors(connector)
    if not found:
        return Reply({"status": "Rejected"})
    if connector == 0:
        station.operative = operative

    def show() -> None:
        station.forget_useless_reservations()
        station.refresh_all()

    return Reply({"status": station.change_availability(found, operative=operative)}, show)


def change_configuration(station: Equipped16, payload: dict[str, Any]) -> Reply:
    key, text = str(payload["key"]), str(payload["value"])
    entry = KEYS.get(key)
    if entry is None:
        return Reply({"status": "NotSupported"})
    if key == "AuthorizationKey":
        return _new_password(station, text)
    if key == "SecurityProfile":
        return _new_profile(station, text)
    if not entry.writable or not entry.accepts(text):
        return Reply({"status": "Rejected"})
    entry.write(text, station.settings, station.texts, key)

    def obey() -> None:
        station.setting_changed(entry.setting)
        station.key_changed(key)

    return Reply({"status": "RebootRequired" if entry.reboot else "Accepted"}, obey)


def get_configuration(station: Equipped16, payload: dict[str, Any]) -> Reply:
    asked = payload.get("key") or [key for key, entry in KEYS.items() if entry.readable]
    if payload.get("key") and len(asked) > MOST_KEYS:
        raise Refused("OccurenceConstraintViolation", f"At most {MOST_KEYS} keys at a time; ask for none to get all.")
    known = [_shown(station, key) for key in asked if key in KEYS]
    unknown = [key for key in asked if key not in KEYS]
    return Reply(({"configurationKey": known} if known else {}) | ({"unknownKey": unknown} if unknown else {}))


def _shown(station: Equipped16, key: str) -> dict[str, Any]:
    entry = KEYS[key]
    shown: dict[str, Any] = {"key": key, "readonly": not entry.writable}
    if entry.readable:
        shown["value"] = station.configured(key)
    return shown


def _new_password(station: Equipped16, text: str) -> Reply:
    """It is shown from the next dial on (whitepaper A01); the line that is open stays."""
    password = read_password(text)
    if password is None:
        return Reply({"status": "Rejected"})
    station.settings.password = password
    return Reply({"status": "Accepted"}, lambda: station.security_event("ReconfigurationOfSecurityParameters", "AuthorizationKey"))


def _new_profile(station: Equipped16, text: str) -> Reply:
    """A security profile is never lowered, and raised only where what it needs is there (whitepaper A05). A reset puts it to use."""
    wanted = int(text) if text.isascii() and text.isdigit() else -1
    has_password = station.settings.password is not None
    needs = {
        0: True,
        1: has_password,
        2: has_password and station.secure_line,
        3: station.secure_line and station.has_client_certificate,
    }
    if wanted < station.security_profile or not needs.get(wanted, False):
        return Reply({"status": "Rejected"})
    station.texts["SecurityProfile"] = text
    return Reply({"status": "Accepted"}, lambda: station.security_event("ReconfigurationOfSecurityParameters", "SecurityProfile"))


def clear_cache(station: Equipped16, payload: dict[str, Any]) -> Reply:
    """Rejected where there is no cache (errata 3.23)."""
    if station.configured("AuthorizationCacheEnabled") != "true":
        return Reply({"status": "Rejected"})
    station.known_tags.clear()
    return Reply({"status": "Accepted"})


def data_transfer(station: Equipped16, payload: dict[str, Any]) -> Reply:
    """Of its own maker's messages this charger knows one, ``Echo``."""
    if payload["vendorId"] != station.traits.model.vendor:
        return Reply({"status": "UnknownVendorId"})
    if payload.get("messageId") != "Echo":
        return Reply({"status": "UnknownMessageId"})
    return Reply({"status": "Accepted"} | ({"data": str(payload["data"])} if "data" in payload else {}))


def trigger(station: Equipped16, payload: dict[str, Any], *, extended: bool = False) -> Reply:
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
