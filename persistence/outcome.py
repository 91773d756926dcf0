"""What writing facts brings forth besides rows: results, events and samples that are written with them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from operator import itemgetter
from typing import Any, NamedTuple, TypeVar

import msgspec

from persistence.database import json_text
from voltaro.domain.fact import MeterReported
from voltaro.domain.session import Session

F = TypeVar("F")

Items = Sequence[tuple[int, F]]
"""Facts of one kind, each with its place in the batch."""

_SHOWN = tuple(
    name.name for name in fields(Session) if name.name not in ("base_wh", "register_wh", "carried_wh", "last_seq_no", "first_seq_no")
)


class NewEvent(NamedTuple):
    """An event to be inserted; ``place`` is that of its fact in the batch."""

    place: int
    type: str
    at: datetime
    charger_id: str | None
    session_id: int | None
    data: Mapping[str, Any]


@dataclass(slots=True)
class Outcome:
    """What has come of some facts. Merged into that of the whole batch once their savepoint is released."""

    results: dict[int, object] = field(default_factory=dict)
    events: list[NewEvent] = field(default_factory=list)
    samples: list[MeterReported] = field(default_factory=list)

    def merge(self, other: Outcome) -> None:
        self.results.update(other.results)
        self.events.extend(other.events)


def event_rows(events: Iterable[NewEvent]) -> bytes:
    """The events in the order of their facts, for ``record_events``."""
    return json_rows(
        {"type": kind, "at": at, "charger_id": charger_id, "session_id": session_id, "data": _data_text(data)}
        for _, kind, at, charger_id, session_id, data in sorted(events, key=_place)
    )


def _data_text(data: Mapping[str, Any]) -> str:
    """``json_text`` at a tenth of its cost, for data that is plain."""
    try:
        return _ENCODER.encode(data).decode()
    except (TypeError, ValueError, OverflowError):
        return json_text(data)


def session_shown(session: Session) -> dict[str, Any]:
    """A session as the API spells it, for events."""
    return {**{name: getattr(session, name) for name in _SHOWN}, "cost": None, "complete": session.complete}


def json_rows(rows: Any) -> bytes:
    """A JSON array of objects for ``json_to_recordset``. Raises UnicodeEncodeError, OverflowError, ValueError."""
    return _ENCODER.encode(list(rows))


_ENCODER = msgspec.json.Encoder()
_place = itemgetter(0)
