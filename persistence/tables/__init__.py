"""The tables, as queries see them. They are made by the migrations; a test holds that both say the same.

Rule 1: what a charger reports refers to chargers and sessions by value, without foreign keys: removing a charger never
removes money, and a late report about something removed is not an error.
Rule 2: what grows without end (``meter_values``, ``messages``) is partitioned by time, so that it is retired by dropping.
Rule 3: what chargers and operators wrote as JSON is kept as ``json``, as written: ``jsonb`` refuses ``\\u0000``.
"""

from __future__ import annotations

from persistence.tables.anomalies import anomalies
from persistence.tables.availability import service_wishes
from persistence.tables.base import metadata
from persistence.tables.batches import batch_items, batches
from persistence.tables.certificates import certificates, installed_certificates
from persistence.tables.chargers import chargers, connectors, variables
from persistence.tables.charging import charging_profiles, charging_settings, reservations
from persistence.tables.configuration import configuration_keys, configurations, local_lists
from persistence.tables.drivers import drivers, tag_owners
from persistence.tables.idempotency import idempotency_keys
from persistence.tables.jobs import jobs, uploads
from persistence.tables.journal import commands, device_events, events, kept_frames, messages, security_events
from persistence.tables.meter import meter_kinds, meter_values
from persistence.tables.people import audit, login_links, logins, secrets, tags, tokens, users
from persistence.tables.security import charger_security
from persistence.tables.sessions import session_stops, sessions, transaction_events

__all__ = [
    "anomalies",
    "audit",
    "batch_items",
    "batches",
    "certificates",
    "charger_security",
    "chargers",
    "charging_profiles",
    "charging_settings",
    "commands",
    "configuration_keys",
    "configurations",
    "connectors",
    "device_events",
    "drivers",
    "events",
    "idempotency_keys",
    "installed_certificates",
    "jobs",
    "kept_frames",
    "local_lists",
    "login_links",
    "logins",
    "messages",
    "metadata",
    "meter_kinds",
    "meter_values",
    "reservations",
    "secrets",
    "security_events",
    "service_wishes",
    "session_stops",
    "sessions",
    "tag_owners",
    "tags",
    "tokens",
    "transaction_events",
    "uploads",
    "users",
    "variables",
]
