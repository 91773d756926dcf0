"""A virtual charger that speaks OCPP 1.6J: what it says, and how it obeys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ocpp.v16.enums import Action

from voltaro.simulator.charger import Charger
from voltaro.simulator.clock import stamp
from voltaro.simulator.evse import Authorised, Evse
from voltaro.simulator.ledger import SessionRecord
from voltaro.simulator.meter import measure
from voltaro.simulator.outbox import End, Outgoing
from voltaro.simulator.profile import STATION, read_profile, replacing, without
from voltaro.simulator.talker import Registration, Reply
from voltaro.simulator.v16_keys import KEYS, read_password

UNKNOWN_TRANSACTION = "-1"
"""What a charger says when it never learned the id of its transaction (errata sheet 3.18)."""


class Charger16(Charger):
    """Connector n is EVSE n; connector 0 is the whole station."""

    protocol = "ocpp1.6"
    known_actions = frozenset(Action)
    malformed = "FormationViolation"

    _station_reported = ""

    # --- What it says

    def _boot_payload(self, reason: str) -> dict[str, Any]:
        model = self.traits.model
        return {
            "chargePointVendor": model.vendor[:20],
            "chargePointModel": model.name[:20],
            "chargePointSerialNumber": self.serial,
            "firmwareVersion": model.firmware,
            "meterType": "MID class B",
        }

    def status_word(self, evse: Evse) -> str:
        return evse.status

    def status_payload(self, evse: Evse, word: str) -> dict[str, Any]:
        return {"connectorId": evse.id, "errorCode": evse.fault or "NoError", "status": word, "timestamp": self.stamp()}

    def _report_station(self, *, always: bool = False) -> None:
        word = "Available" if self.operative else "Unavailable"
        if self.talking and (always or word != self._station_reported):
            self._station_reported = word
            self.call("StatusNotification", {"connectorId": 0, "errorCode": "NoError", "status": word, "timestamp": self.stamp()})

    def _authorize_payload(self, tag: str, token_type: str | None) -> dict[str, Any]:
        return {"idTag": tag}

    def _verdict(self, answer: Mapping[str, Any]) -> tuple[str, str | None]:
        info = answer.get("idTagInfo", {})
        return info.get("status", "Invalid"), info.get("parentIdTag")

    def _session_started(self, evse: Evse, session: SessionRecord, authorised: Authorised, *, fresh: bool) -> None:
        def done(end: End, answer: Mapping[str, Any]) -> None:
            if end is not End.ANSWERED:
                session.transaction_id = UNKNOWN_TRANSACTION
                return
            session.transaction_id = str(answer.get("transactionId", UNKNOWN_TRANSACTION))
            self.session_begun(session)
            self.session_judged(session, *self._verdict(answer))

        payload = {
            "connectorId": evse.id,
            "idTag": authorised.tag,
            "meterStart": session.meter_start_wh,
            "timestamp": stamp(session.started_at),
        }
        self.call("StartTransaction", payload, done, session=session)

    def _session_metered(self, evse: Evse, session: SessionRecord, context: str) -> None:
        values = self._meter_values(evse, context)
        self.call("MeterValues", {"connectorId": evse.id, "transactionId": None, "meterValue": values}, session=session, reading=True)

    def _session_ended(self, evse: Evse, session: SessionRecord) -> None:
        assert session.ended_at is not None
        payload: dict[str, Any] = {
            "transactionId": None,
            "meterStop": session.meter_stop_wh,
            "timestamp": stamp(session.ended_at),
            "reason": session.reason,
        }
        if session.tag is not None and session.reason == "Local":
            payload["idTag"] = session.tag
        if KEYS["StopTxnSampledData"].read(self.settings, self.texts, "StopTxnSampledData"):
            payload["transactionData"] = [
                _register(stamp(session.started_at), session.meter_start_wh, "Transaction.Begin"),
                _register(stamp(session.ended_at), session.meter_wh, "Transaction.End"),
            ]
        self.call(
            "StopTransaction", payload, lambda end, answer: self.session_closed(session) if end is End.ANSWERED else None, session=session
        )

    def _complete(self, call: Outgoing) -> None:
        if call.session is not None and "transactionId" in call.payload:
            call.payload["transactionId"] = int(call.session.transaction_id or UNKNOWN_TRANSACTION)

    def _meter_values(self, evse: Evse, context: str) -> list[dict[str, Any]]:
        values = [
            {"value": f"{each.value:g}" if each.value % 1 else str(int(each.value)), "context": context, "measurand": each.measurand}
            | {"location": each.location, "unit": each.unit}
            for each in measure(evse, self.settings.measurands)
        ]
        return [{"timestamp": self.stamp(), "sampledValue": values}]

    # --- How it obeys

    def _connectors(self, connector_id: int) -> tuple[Evse, ...]:
        """Connector 0 stands for all; none for a connector that does not exist."""
        return self.evses if connector_id == 0 else self.evses[connector_id - 1 : connector_id]

    def _remote_start(self, payload: dict[str, Any]) -> Reply:
        tag = str(payload["idTag"])
        evse = self.choose_evse(payload.get("connectorId"))
        if evse is None:
            return Reply({"status": "Rejected"})
        if "chargingProfile" in payload:
            evse.profiles = replacing(evse.profiles, read_profile(payload["chargingProfile"]))
        return Reply({"status": "Accepted"}, lambda: self.remote_start(evse, tag))

    def _remote_stop(self, payload: dict[str, Any]) -> Reply:
        evse = self.find_session(str(int(payload["transactionId"])))
        if evse is None:
            return Reply({"status": "Rejected"})
        return Reply({"status": "Accepted"}, lambda: self.stop(evse.id, "Remote"))

    def _reset(self, payload: dict[str, Any]) -> Reply:
        kind = {"Soft": False, "Hard": True}[payload["type"]]
        return Reply({"status": "Accepted"}, lambda: self.reboot(f"{payload['type']}Reset", "RemoteReset", hard=kind))

    def _unlock(self, payload: dict[str, Any]) -> Reply:
        found = self._connectors(int(payload["connectorId"])) if payload["connectorId"] != 0 else ()
        if not found:
            return Reply({"status": "NotSupported"})
        return Reply({"status": "Unlocked"}, lambda: self.stop(found[0].id, "UnlockCommand"))

    def _change_availability(self, payload: dict[str, Any]) -> Reply:
        connector, operative = int(payload["connectorId"]), {"Operative": True, "Inoperative": False}[payload["type"]]
        found = self._connectors(connector)
        if not found:
            return Reply({"status": "Rejected"})
        if connector == 0:
            self.operative = operative
        return Reply({"status": self.change_availability(found, operative=operative)}, self.refresh_all)

    def _change_configuration(self, payload: dict[str, Any]) -> Reply:
        key, text = str(payload["key"]), str(payload["value"])
        entry = KEYS.get(key)
        if entry is None:
            return Reply({"status": "NotSupported"})
        if key == "AuthorizationKey":
            password = read_password(text)
            if password is None:
                return Reply({"status": "Rejected"})
            self.settings.password = password
            return Reply({"status": "Accepted"})
        if not entry.writable or not entry.accepts(text):
            return Reply({"status": "Rejected"})
        entry.write(text, self.settings, self.texts, key)
        return Reply({"status": "RebootRequired" if entry.reboot else "Accepted"}, lambda: self.setting_changed(entry.setting))

    def _get_configuration(self, payload: dict[str, Any]) -> Reply:
        asked = payload.get("key") or [key for key, entry in KEYS.items() if entry.readable]
        known = [self._configured(key) for key in asked if key in KEYS]
        unknown = [key for key in asked if key not in KEYS]
        return Reply(({"configurationKey": known} if known else {}) | ({"unknownKey": unknown} if unknown else {}))

    def _configured(self, key: str) -> dict[str, Any]:
        entry = KEYS[key]
        shown: dict[str, Any] = {"key": key, "readonly": not entry.writable}
        if key == "NumberOfConnectors":
            shown["value"] = str(len(self.evses))
        elif entry.readable:
            shown["value"] = entry.read(self.settings, self.texts, key)
        return shown

    def _clear_cache(self, payload: dict[str, Any]) -> Reply:
        self.known_tags.clear()
        return Reply({"status": "Accepted"})

    def _data_transfer(self, payload: dict[str, Any]) -> Reply:
        return Reply({"status": "UnknownMessageId" if payload["vendorId"] == self.traits.model.vendor else "UnknownVendorId"})

    def _trigger(self, payload: dict[str, Any]) -> Reply:
        wanted, connector = payload["requestedMessage"], payload.get("connectorId")
        found = self.evses if connector is None else self._connectors(int(connector))
        if not found:
            return Reply({"status": "Rejected"})
        match wanted:
            case "BootNotification" if self.registration is Registration.ACCEPTED:
                return Reply({"status": "Rejected"})
            case "BootNotification":
                return Reply({"status": "Accepted"}, self.boot)
            case "Heartbeat":
                return Reply({"status": "Accepted"}, lambda: self.call("Heartbeat", {}, early=True))
            case "StatusNotification":
                return Reply({"status": "Accepted"}, lambda: self._triggered_statuses(found, connector))
            case "MeterValues":
                return Reply({"status": "Accepted"}, lambda: self._triggered_readings(found))
            case "DiagnosticsStatusNotification" | "FirmwareStatusNotification":
                return Reply({"status": "Accepted"}, lambda: self.call(wanted, {"status": "Idle"}, early=True))
            case _:
                return Reply({"status": "NotImplemented"})

    def _triggered_statuses(self, found: tuple[Evse, ...], connector: int | None) -> None:
        if connector in (None, 0):
            self._report_station(always=True)
        for evse in found:
            self.call("StatusNotification", self.status_payload(evse, evse.status), early=True)

    def _triggered_readings(self, found: tuple[Evse, ...]) -> None:
        for evse in found:
            if evse.session is not None:
                self.read_meter(evse, "Trigger")
            else:
                self.call("MeterValues", {"connectorId": evse.id, "meterValue": self._meter_values(evse, "Trigger")}, early=True)

    def _set_profile(self, payload: dict[str, Any]) -> Reply:
        connector, profile = int(payload["connectorId"]), read_profile(payload["csChargingProfiles"])
        found = self._connectors(connector)
        session = found[0].session if connector and found else None
        mine = profile.transaction_id is None or (session is not None and session.transaction_id == profile.transaction_id)
        if not found or (profile.purpose in STATION) != (connector == 0 and profile.purpose != "TxDefaultProfile"):
            return Reply({"status": "Rejected"})
        if profile.purpose == "TxProfile" and (session is None or not mine):
            return Reply({"status": "Rejected"})
        if connector == 0:
            self.station_profiles = replacing(self.station_profiles, profile)
        else:
            found[0].profiles = replacing(found[0].profiles, profile)
        return Reply({"status": "Accepted"}, self.obey_profiles)

    def _clear_profile(self, payload: dict[str, Any]) -> Reply:
        criteria = {"id": payload.get("id"), "purpose": payload.get("chargingProfilePurpose"), "stack_level": payload.get("stackLevel")}
        connector, cleared = payload.get("connectorId"), False
        if connector in (None, 0):
            kept = without(self.station_profiles, **criteria)
            cleared, self.station_profiles = len(kept) < len(self.station_profiles), kept
        for evse in self.evses:
            if connector in (None, evse.id):
                kept = without(evse.profiles, **criteria)
                cleared, evse.profiles = cleared or len(kept) < len(evse.profiles), kept
        return Reply({"status": "Accepted" if cleared else "Unknown"}, self.obey_profiles)

    def _composite_schedule(self, payload: dict[str, Any]) -> Reply:
        connector = int(payload["connectorId"])
        found = self._connectors(connector)
        if not found:
            return Reply({"status": "Rejected"})
        limit = min(sum(evse.power_w for evse in found), min(evse.limit_w for evse in found))
        schedule = {
            "duration": int(payload["duration"]),
            "chargingRateUnit": "W",
            "chargingSchedulePeriod": [{"startPeriod": 0, "limit": round(limit, 1)}],
        }
        return Reply({"status": "Accepted", "connectorId": connector, "scheduleStart": self.stamp(), "chargingSchedule": schedule})

    commands = {
        Action.remote_start_transaction: _remote_start,
        Action.remote_stop_transaction: _remote_stop,
        Action.reset: _reset,
        Action.unlock_connector: _unlock,
        Action.change_availability: _change_availability,
        Action.change_configuration: _change_configuration,
        Action.get_configuration: _get_configuration,
        Action.clear_cache: _clear_cache,
        Action.data_transfer: _data_transfer,
        Action.trigger_message: _trigger,
        Action.set_charging_profile: _set_profile,
        Action.clear_charging_profile: _clear_profile,
        Action.get_composite_schedule: _composite_schedule,
    }


def _register(at: str, register_wh: int, context: str) -> dict[str, Any]:
    value = {
        "value": str(register_wh),
        "context": context,
        "measurand": "Energy.Active.Import.Register",
        "location": "Outlet",
        "unit": "Wh",
    }
    return {"timestamp": at, "sampledValue": [value]}
