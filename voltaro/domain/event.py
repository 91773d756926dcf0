"""Events: what happened, for the live stream, webhooks and the timeline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Event:
    """A durable event. ``id`` only grows, also as readers see it; ``type`` is e.g. ``session.started``."""

    id: int
    type: str
    at: datetime
    charger_id: str | None
    session_id: int | None
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Flash:
    """A passing event without an id: live figures, messages; the newest of one ``key`` replaces older ones unsent.

    ``key`` empty means: not coalesced, but dropped when a reader is slow.
    """

    type: str
    data: Mapping[str, Any]
    charger_id: str | None = None
    session_id: int | None = None
    key: str = field(default="")


def topics_of(event: Event | Flash) -> tuple[str, ...]:
    """The topics of the live stream under which an event is found.

    ``message`` flashes are only found under ``messages:ID``: nobody wants every frame of a fleet by accident.
    """
    if event.type == "message":
        return (f"messages:{event.charger_id}",)
    family = event.type.partition(".")[0]
    plural = {
        "charger": "chargers",
        "connector": "chargers",
        "session": "sessions",
        "actor": "actors",
        "fault": "actors",
        "command": "commands",
        "dead_letter": "dead_letters",
        "charging_profile": "charging_profiles",
        "reservation": "reservations",
        "job": "jobs",
        "certificate": "certificates",
        "connection": "connections",
        "batch": "batches",
        "site": "sites",
        "tag": "tags",
        "driver": "drivers",
        "user": "users",
    }.get(family, family)
    if event.charger_id is None:
        return (plural,)
    return (plural, f"charger:{event.charger_id}")
