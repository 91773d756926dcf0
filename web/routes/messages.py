"""The OCPP frames of a charger, both directions, call and answer paired."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any

import msgspec

from voltaro.domain.person import Scope
from voltaro.ports import MessageQuery, MessageRow
from web.route import Ask, Listing, PageQuery, Routes
from web.routes.chargers import known_charger

routes = Routes("messages")

Instant = Annotated[datetime, msgspec.Meta(tz=True)]


class Direction(StrEnum):
    """Who called: the charger (in) or we (out)."""

    IN = "in"
    OUT = "out"


class CallOutcome(StrEnum):
    """How a call ended."""

    RESULT = "result"
    ERROR = "error"
    TIMEOUT = "timeout"
    LOST = "lost"
    UNANSWERED = "unanswered"


class RepairView(msgspec.Struct, frozen=True):
    """One thing that was repaired; its code is explained among the charger's anomalies."""

    code: str
    field: str


class RepairedView(msgspec.Struct, frozen=True):
    """The payload as it was read, secrets masked, and what was done to it."""

    payload: Any
    repairs: list[RepairView]


class MessageView(msgspec.Struct, frozen=True, kw_only=True):
    """A call with its answer; ``request`` and ``answer`` are whole OCPP frames, secrets masked. ``repaired`` says how a request
    that did not fit its schema was read."""

    id: int
    charger_id: str
    direction: str
    message_id: str
    action: str
    request: Any
    answer: Any
    outcome: str
    at: datetime
    answered_at: datetime | None
    repaired: RepairedView | None


class MessageListQuery(PageQuery, frozen=True, kw_only=True):
    """Filters of the message log."""

    action: Annotated[str, msgspec.Meta(max_length=100)] | None = None
    direction: Direction | None = None
    outcome: CallOutcome | None = None
    since: Instant | None = None
    until: Instant | None = None


@routes.get(
    "/chargers/{charger_id}/messages",
    "List the OCPP frames of a charger, newest first.",
    scope=Scope.MESSAGES_READ,
    query=MessageListQuery,
    response=Listing[MessageView],
)
async def list_messages(ask: Ask[MessageListQuery, None]) -> Listing[MessageView]:
    charger, asked = await known_charger(ask), ask.query
    query = MessageQuery(
        charger_id=charger.id,
        action=asked.action,
        direction=asked.direction,
        outcome=asked.outcome,
        since=None if asked.since is None else asked.since.astimezone(UTC),
        until=None if asked.until is None else asked.until.astimezone(UTC),
    )
    page = await ask.house.store.messages(query, limit=asked.limit, cursor=asked.cursor)
    return Listing([_message_view(row) for row in page.items], page.next)


def _message_view(row: MessageRow) -> MessageView:
    return MessageView(
        id=row.id,
        charger_id=row.charger_id,
        direction=row.direction,
        message_id=row.message_id,
        action=row.action,
        request=_frame(row.request),
        answer=None if row.answer is None else _frame(row.answer),
        outcome=row.outcome,
        at=row.at,
        answered_at=row.answered_at,
        repaired=None if row.repaired is None else msgspec.json.decode(row.repaired, type=RepairedView),
    )


def _frame(text: str) -> Any:
    """The frame as JSON; what is no JSON (a charger may send anything) as the text it is."""
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return text
