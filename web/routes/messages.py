"""The OCPP frames of a charger, both directions, call and answer paired; and the frames that were put aside."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any

import msgspec

from voltaro.domain.person import Scope
from voltaro.ports import KeptFrame, MessageQuery, MessageRow
from web.house import Mask
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


class MessageView(msgspec.Struct, frozen=True, kw_only=True):
    """A call with its answer; ``request`` and ``answer`` are whole OCPP frames, secrets masked."""

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


class KeptFrameView(msgspec.Struct, frozen=True, kw_only=True):
    """A frame that was put aside: ``invalid`` (failed validation, still money) or ``crash`` (crashed its actor twice)."""

    id: int
    charger_id: str
    kind: str
    action: str
    message_id: str
    protocol: str
    raw: str
    reason: str
    stack: str | None
    received_at: datetime


class MessageListQuery(PageQuery, frozen=True, kw_only=True):
    """Filters of the message log."""

    action: Annotated[str, msgspec.Meta(max_length=100)] | None = None
    direction: Direction | None = None
    outcome: CallOutcome | None = None
    since: Instant | None = None
    until: Instant | None = None


class KeptFrameQuery(PageQuery, frozen=True, kw_only=True):
    """Filters of the frames put aside."""

    charger_id: Annotated[str, msgspec.Meta(max_length=100)] | None = None


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


@routes.get(
    "/dead-letters",
    "List the frames that were put aside, newest first.",
    scope=Scope.MESSAGES_READ,
    query=KeptFrameQuery,
    response=Listing[KeptFrameView],
)
async def list_kept_frames(ask: Ask[KeptFrameQuery, None]) -> Listing[KeptFrameView]:
    query = ask.query
    page = await ask.house.store.kept_frames(limit=query.limit, cursor=query.cursor, charger_id=query.charger_id)
    return Listing([_kept_frame_view(frame, ask.house.mask) for frame in page.items], page.next)


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
    )


def _frame(text: str) -> Any:
    """The frame as JSON; what is no JSON (a charger may send anything) as the text it is."""
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return text


def _kept_frame_view(frame: KeptFrame, mask: Mask) -> KeptFrameView:
    return KeptFrameView(
        id=frame.id,
        charger_id=frame.charger_id,
        kind=frame.kind,
        action=frame.action,
        message_id=frame.message_id,
        protocol=frame.protocol,
        raw=mask(frame.raw.decode("utf-8", "backslashreplace")),
        reason=frame.reason,
        stack=frame.stack,
        received_at=frame.received_at,
    )
