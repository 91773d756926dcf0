"""Writing what chargers report of themselves, and what is logged of them: everything but sessions and samples.

Each function takes the facts of one kind in a batch and writes them with one statement.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from persistence.database import json_text, to_json
from persistence.outcome import Items, NewEvent, Outcome, json_rows
from persistence.wire import Wire
from voltaro.domain.charger import Registration
from voltaro.domain.fact import (
    ChargerBooted,
    ChargerConnected,
    ChargerDisconnected,
    ChargerSeen,
    ConnectorReported,
    DeviceEventReported,
    EventHappened,
    SecurityEventReported,
    SessionMetered,
    VariablesReported,
)
from voltaro.domain.instant import EARLIEST_PLAUSIBLE, LATEST_AHEAD
from voltaro.domain.security import CRITICAL
from voltaro.domain.session import content_key

_SEEN = """
UPDATE chargers SET last_seen = greatest(chargers.last_seen, new.at), protocol = coalesce(new.protocol, chargers.protocol)
FROM json_to_recordset($1::json) AS new (id text, at timestamptz, protocol text)
WHERE chargers.id = new.id"""

_BOOTED = """
UPDATE chargers SET vendor = new.vendor, model = new.model, serial_number = new.serial_number,
    firmware_version = new.firmware_version, boot = new.boot::json, protocol = new.protocol,
    boot_accepted_at = coalesce(new.accepted_at, chargers.boot_accepted_at), last_seen = greatest(chargers.last_seen, new.at)
FROM json_to_recordset($1::json) AS new (id text, vendor text, model text, serial_number text, firmware_version text, boot text,
    protocol text, accepted_at timestamptz, at timestamptz)
WHERE chargers.id = new.id"""

# One older than what is known is history, not state. A stored moment that was ahead of our clock does not stand in
# the way of what comes after it.
_CONNECTORS = """
INSERT INTO connectors AS known (charger_id, evse_id, connector_id, status, state, error_code, info, vendor_id, vendor_error_code,
    updated_at, received_at)
SELECT charger_id, evse_id, connector_id, status, state, error_code, info, vendor_id, vendor_error_code, updated_at, received_at
FROM json_to_recordset($1::json) AS new (charger_id text, evse_id integer, connector_id integer, status text, state text,
    error_code text, info text, vendor_id text, vendor_error_code text, updated_at timestamptz, received_at timestamptz)
ON CONFLICT (charger_id, evse_id, connector_id) DO UPDATE SET status = excluded.status, state = excluded.state,
    error_code = excluded.error_code, info = excluded.info, vendor_id = excluded.vendor_id,
    vendor_error_code = excluded.vendor_error_code, updated_at = excluded.updated_at, received_at = excluded.received_at
WHERE excluded.updated_at >= known.updated_at OR known.updated_at > known.received_at + interval '1 hour'
RETURNING known.charger_id, known.evse_id, known.connector_id"""

# Only sessions of 1.6: those of 2.x are folded from their events. The conditions stand in a CASE, which no index answers: while the
# table is young the planner takes those that are active for a handful, and would compare each of them with each that is new.
METERED = """
UPDATE sessions SET register_wh = new.register_wh, base_wh = new.base_wh, carried_wh = new.carried_wh, energy_wh = new.energy_wh,
    power_w = new.power_w, soc_percent = new.soc_percent, metered_at = new.at,
    flags = CASE WHEN sessions.flags @> new.flags THEN sessions.flags
        ELSE (SELECT array_agg(DISTINCT flag ORDER BY flag) FROM unnest(sessions.flags || new.flags) AS flag) END
FROM json_to_recordset($1::json) AS new (session_id bigint, register_wh bigint, base_wh bigint, carried_wh bigint, energy_wh bigint,
    power_w bigint, soc_percent smallint, at timestamptz, flags text[])
WHERE sessions.id = new.session_id AND CASE WHEN sessions.state = 'active' AND sessions.events_count = 0
    AND (sessions.metered_at IS NULL OR sessions.metered_at <= new.at) THEN true ELSE false END"""

_SECURITY_EVENTS = """
INSERT INTO security_events (charger_id, type, at, received_at, tech_info, digest)
SELECT charger_id, type, at, received_at, tech_info, digest
FROM json_to_recordset($1::json) AS new (charger_id text, type text, at timestamptz, received_at timestamptz, tech_info text, digest text)
ON CONFLICT DO NOTHING
RETURNING charger_id, at, digest"""

_DEVICE_EVENTS = """
INSERT INTO device_events (charger_id, at, received_at, data, digest)
SELECT charger_id, at, received_at, data::json, digest
FROM json_to_recordset($1::json) AS new (charger_id text, at timestamptz, received_at timestamptz, data text, digest text)
ON CONFLICT DO NOTHING"""

_VARIABLES = """
INSERT INTO variables AS known (charger_id, key, request_id, position, received_at, data)
SELECT charger_id, key, request_id, position, received_at, data::json
FROM json_to_recordset($1::json) AS new (charger_id text, key text, request_id bigint, position bigint, received_at timestamptz, data text)
ON CONFLICT (charger_id, key) DO UPDATE SET request_id = excluded.request_id, position = excluded.position,
    received_at = excluded.received_at, data = excluded.data
WHERE excluded.received_at >= known.received_at"""


async def write_seen(wire: Wire, items: Items[ChargerSeen], outcome: Outcome) -> None:
    await _seen(wire, ((fact.charger_id, fact.at, None) for _, fact in items))


async def write_connected(wire: Wire, items: Items[ChargerConnected], outcome: Outcome) -> None:
    await _seen(wire, ((fact.charger_id, fact.at, fact.protocol) for _, fact in items))
    for place, fact in items:
        data = {"charger_id": fact.charger_id, "protocol": fact.protocol, "remote": fact.remote}
        outcome.events.append(NewEvent(place, "charger.connected", fact.at, fact.charger_id, None, data))


async def write_disconnected(wire: Wire, items: Items[ChargerDisconnected], outcome: Outcome) -> None:
    await _seen(wire, ((fact.charger_id, fact.at, None) for _, fact in items))
    for place, fact in items:
        data = {"charger_id": fact.charger_id, "code": fact.code, "reason": fact.reason}
        outcome.events.append(NewEvent(place, "charger.disconnected", fact.at, fact.charger_id, None, data))


async def write_booted(wire: Wire, items: Items[ChargerBooted], outcome: Outcome) -> None:
    rows: dict[str, dict[str, Any]] = {}
    for place, fact in items:
        boot = {name: getattr(fact.boot, name) for name in fact.boot.__slots__}
        rows[fact.charger_id] = {
            "id": fact.charger_id,
            **{name: boot[name] for name in ("vendor", "model", "serial_number", "firmware_version")},
            "boot": json_text(boot),
            "protocol": fact.protocol,
            "accepted_at": fact.at if fact.registration is Registration.ACCEPTED else None,
            "at": fact.at,
        }
        data = {"charger_id": fact.charger_id, "registration": fact.registration, "protocol": fact.protocol, **boot}
        outcome.events.append(NewEvent(place, "charger.booted", fact.at, fact.charger_id, None, data))
    await wire.run(_BOOTED, json_rows(rows[charger_id] for charger_id in sorted(rows)))


async def write_connectors(wire: Wire, items: Items[ConnectorReported], outcome: Outcome) -> None:
    newest: dict[tuple[str, int, int], tuple[datetime, int, ConnectorReported]] = {}
    for place, fact in items:
        key = (fact.charger_id, fact.report.evse_id, fact.report.connector_id)
        at = _moment(fact)
        if key not in newest or at >= newest[key][0]:
            newest[key] = (at, place, fact)
    rows = await wire.rows(_CONNECTORS, json_rows(_connector_row(*newest[key]) for key in sorted(newest)))
    current = {newest[key][1] for key in rows if key in newest}
    for place, fact in items:
        report = fact.report
        data = {
            "charger_id": fact.charger_id,
            "evse_id": report.evse_id,
            "connector_id": report.connector_id,
            "status": report.status,
            "error_code": report.error_code,
            "info": report.info,
            "vendor_id": report.vendor_id,
            "vendor_error_code": report.vendor_error_code,
            "updated_at": report.at,
        }
        data |= {"state": fact.state} if place in current else {"late": True}
        outcome.events.append(NewEvent(place, "connector.status", fact.received_at, fact.charger_id, None, data))


def _connector_row(at: datetime, _: int, fact: ConnectorReported) -> dict[str, Any]:
    report = fact.report
    return {
        "charger_id": fact.charger_id,
        "evse_id": report.evse_id,
        "connector_id": report.connector_id,
        "status": report.status,
        "state": fact.state,
        "error_code": report.error_code,
        "info": report.info,
        "vendor_id": report.vendor_id,
        "vendor_error_code": report.vendor_error_code,
        "updated_at": at,
        "received_at": fact.received_at,
    }


def _moment(fact: ConnectorReported) -> datetime:
    """Since when the connector stands so: the charger's time, or ours where the charger's clock cannot be right."""
    at = fact.report.at
    return at if EARLIEST_PLAUSIBLE <= at <= fact.received_at + LATEST_AHEAD else fact.received_at


async def write_metered(wire: Wire, items: Items[SessionMetered], outcome: Outcome) -> None:
    newest = {fact.session_id: fact for _, fact in items}
    rows = ({name: getattr(newest[key], name) for name in SessionMetered.__slots__} for key in sorted(newest))
    await wire.run(METERED, json_rows(rows))


async def write_security_events(wire: Wire, items: Items[SecurityEventReported], outcome: Outcome) -> None:
    rows: dict[tuple[str, datetime, str], tuple[int, SecurityEventReported]] = {}
    for place, fact in items:
        rows.setdefault((fact.charger_id, fact.at, content_key(fact.type, fact.tech_info)), (place, fact))
    shown = (
        {
            "charger_id": fact.charger_id,
            "type": fact.type,
            "at": fact.at,
            "received_at": fact.received_at,
            "tech_info": fact.tech_info,
            "digest": key[2],
        }
        for key, (_, fact) in rows.items()
    )
    for charger_id, at, digest in await wire.rows(_SECURITY_EVENTS, json_rows(shown)):
        place, fact = rows[charger_id, at, digest]
        data = {"charger_id": charger_id, "type": fact.type, "at_charger": fact.at, "tech_info": fact.tech_info}
        data["critical"] = fact.type in CRITICAL
        outcome.events.append(NewEvent(place, "charger.security_event", fact.received_at, charger_id, None, data))


async def write_device_events(wire: Wire, items: Items[DeviceEventReported], outcome: Outcome) -> None:
    rows = []
    for _, fact in items:
        data = to_json(fact.data)
        digest = content_key(data)
        rows.append(
            {"charger_id": fact.charger_id, "at": fact.at, "received_at": fact.received_at, "data": json_text(fact.data), "digest": digest}
        )
    await wire.run(_DEVICE_EVENTS, json_rows(rows))


async def write_variables(wire: Wire, items: Items[VariablesReported], outcome: Outcome) -> None:
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for place, fact in items:
        if fact.last:
            told = {"charger_id": fact.charger_id, "read": fact.seq_no + 1, "unknown": 0, "whole": True}
            outcome.events.append(NewEvent(place, "charger.configuration", fact.received_at, fact.charger_id, None, told))
        for offset, data in enumerate(fact.report):
            key = content_key(to_json(data.get("component")), to_json(data.get("variable")))
            rows[fact.charger_id, key] = {
                "charger_id": fact.charger_id,
                "key": key,
                "request_id": fact.request_id,
                "position": fact.seq_no * 10_000 + offset,
                "received_at": fact.received_at,
                "data": json_text(data),
            }
    if rows:
        await wire.run(_VARIABLES, json_rows(rows[key] for key in sorted(rows)))


async def write_happened(wire: Wire, items: Items[EventHappened], outcome: Outcome) -> None:
    for place, fact in items:
        outcome.events.append(NewEvent(place, fact.type, fact.at, fact.charger_id, None, fact.data))


async def _seen(wire: Wire, seen: Iterable[tuple[str, datetime, str | None]]) -> None:
    latest: dict[str, dict[str, Any]] = {}
    for charger_id, at, protocol in seen:
        before = latest.get(charger_id)
        if before is not None:
            at, protocol = max(at, before["at"]), protocol or before["protocol"]
        latest[charger_id] = {"id": charger_id, "at": at, "protocol": protocol}
    await wire.run(_SEEN, json_rows(latest[charger_id] for charger_id in sorted(latest)))
