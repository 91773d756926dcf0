"""Examples of bodies and answers for the OpenAPI document, by the name of their struct; a test holds that they fit."""

from __future__ import annotations

from typing import Any

_CHARGER: dict[str, Any] = {
    "id": "CP1",
    "name": "North 3",
    "connection": "online",
    "state": "charging",
    "registration": "accepted",
    "protocol": "ocpp1.6",
    "vendor": "Example",
    "model": "Wallbox 22",
    "serial_number": "EX-4711",
    "firmware_version": "1.4.2",
    "last_seen": "2026-03-01T09:30:12Z",
    "connected_since": "2026-03-01T06:00:00Z",
    "remote": "192.0.2.17",
    "site_id": "depot",
    "latitude": 48.14,
    "longitude": 11.58,
    "security_profile": 1,
    "protocol_override": None,
    "quirks": {
        "mode": "tolerant",
        "time_zone": None,
        "other_version": False,
        "anonymous_charging": False,
        "begin_at_first_reading": False,
        "energy_scale": "1",
        "power_scale": "1",
    },
    "station": None,
    "evses": [
        {
            "id": 1,
            "connectors": [
                {
                    "id": 1,
                    "status": "Charging",
                    "state": "charging",
                    "error_code": "NoError",
                    "updated_at": "2026-03-01T09:00:05Z",
                    "stale": False,
                }
            ],
            "session_id": 42,
            "power_w": 11040,
            "energy_wh": 5420,
            "soc_percent": 61,
        }
    ],
    "actor": {"state": "running", "restarts": 0, "mailbox": 0},
    "created_at": "2026-01-15T08:00:00Z",
    "version": 3,
}

_COMMAND: dict[str, Any] = {
    "id": "5f0f9d3c6a1e4b7c",
    "charger_id": "CP1",
    "action": "RemoteStartTransaction",
    "payload": {"idTag": "04A2B3C4", "connectorId": 1},
    "state": "accepted",
    "response": {"status": "Accepted"},
    "error": None,
    "requested_by": "token:automation",
    "created_at": "2026-03-01T09:00:00Z",
    "sent_at": "2026-03-01T09:00:00.010Z",
    "answered_at": "2026-03-01T09:00:00.180Z",
    "effect": "awaited",
    "reason": None,
    "effect_until": "2026-03-01T09:03:00Z",
    "effect_at": None,
    "session_id": None,
}

EXAMPLES: dict[str, dict[str, Any]] = {
    "NewChargerBody": {"id": "CP1", "name": "North 3", "site_id": "depot"},
    "ChargerPatch": {"name": "North 4", "latitude": 48.14, "longitude": 11.58},
    "ChargerView": _CHARGER,
    "CommandBody": {"action": "RemoteStartTransaction", "payload": {"idTag": "04A2B3C4", "connectorId": 1}},
    "CommandView": _COMMAND,
    "StartBody": {"id_tag": "04A2B3C4", "evse_id": 1},
    "StopBody": {"session_id": 42},
    "ResetBody": {"immediately": False},
    "UnlockBody": {"evse_id": 1},
    "AvailabilityBody": {"operative": False, "evse_id": 1},
    "TriggerBody": {"message": "StatusNotification", "evse_id": 1},
    "ReservationBody": {"evse_id": 1, "id_tag": "04A2B3C4", "expires_at": "2026-03-01T12:00:00Z"},
    "LogBody": {"log_type": "diagnostics"},
    "FirmwareBody": {"location": "https://files.example.com/wallbox-1.5.0.bin", "retrieve_at": "2026-03-02T02:00:00Z"},
    "CloseBody": {"ended_at": "2026-03-01T11:30:00Z", "meter_stop_wh": 123456, "reason": "the charger was replaced"},
    "TagBody": {"id_tag": "04A2B3C4", "type": "ISO14443", "note": "van 7"},
    "TagPatch": {"status": "blocked", "note": "lost"},
    "TagView": {
        "id_tag": "04A2B3C4",
        "type": "ISO14443",
        "status": "accepted",
        "parent": None,
        "expires_at": None,
        "max_active_sessions": None,
        "user_id": None,
        "note": "van 7",
        "created_at": "2026-01-15T08:00:00Z",
        "version": 1,
        "driver_disabled": False,
        "simulated": False,
    },
    "TokenBody": {"name": "billing export", "scopes": ["sessions:read"], "expires_at": "2027-01-01T00:00:00Z"},
    "UserBody": {"name": "ada", "role": "operator", "password": "a long sentence is a good password"},
    "LoginBody": {"name": "ada", "password": "a long sentence is a good password"},
}
