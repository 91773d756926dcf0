"""The OCPP frames of chargers, both directions, call and answer paired: listed, searched, exported, and one by its address."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any

import msgspec
from aiohttp import web

from voltaro.domain.person import Scope
from voltaro.ports import MessageQuery, MessageRow
from web.export import LIST_MEDIA, Format, all_pages, stream, wanted_format
from web.problem import not_found
from web.route import Ask, Listing, PageQuery, Routes
from web.routes.chargers import known_charger

routes = Routes("messages")

Instant = Annotated[datetime, msgspec.Meta(tz=True)]
_EXPORT_PAGE = 500


class Direction(StrEnum):
    """Who sent it: the charger (in) or we (out)."""

    IN = "in"
    OUT = "out"


class CallOutcome(StrEnum):
    """How a call ended. SENT: it needs no answer. IGNORED: it can have none."""

    RESULT = "result"
    ERROR = "error"
    TIMEOUT = "timeout"
    LOST = "lost"
    UNANSWERED = "unanswered"
    SENT = "sent"
    IGNORED = "ignored"


class FrameKind(StrEnum):
    """A call with its answer, or a frame that is none: a SEND, a call that came again, an answer after its time, something
    malformed that was answered with an error at once, something that nobody could answer."""

    CALL = "call"
    SEND = "send"
    REPLAY = "replay"
    LATE_ANSWER = "late_answer"
    REFUSED = "refused"
    IGNORED = "ignored"


class RepairView(msgspec.Struct, frozen=True):
    """One thing that was repaired; its code is explained among the charger's anomalies."""

    code: str
    field: str


class RepairedView(msgspec.Struct, frozen=True):
    """The payload as it was read, secrets masked, and what was done to it."""

    payload: Any
    repairs: list[RepairView]


class MessageView(msgspec.Struct, frozen=True, kw_only=True):
    """A call with its answer; ``request`` and ``answer`` are whole OCPP frames, secrets masked; what is no JSON is a text.

    ``latency_ms`` is from the call to its answer. ``error_code`` is the code of a CALLERROR, ``error`` says what is wrong. ``repaired``
    says how a request that did not fit its schema was read."""

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
    kind: str
    latency_ms: float | None
    error_code: str | None
    error: str | None
    repaired: RepairedView | None


class ChargerMessagesQuery(PageQuery, frozen=True, kw_only=True):
    """Filters of the message log. ``action`` may name several, with commas between them; ``trouble`` leaves what ended well out;
    ``text`` is found in either frame, without case. A page looks at the newest 20,000 that charger, time and trouble leave: it may be
    short, or empty, and have a ``next`` all the same. As CSV or NDJSON all that pass are given, whatever the limit."""

    action: Annotated[str, msgspec.Meta(max_length=1000)] | None = None
    direction: Direction | None = None
    outcome: CallOutcome | None = None
    kind: FrameKind | None = None
    error_code: Annotated[str, msgspec.Meta(max_length=100)] | None = None
    message_id: Annotated[str, msgspec.Meta(max_length=255)] | None = None
    trouble: bool = False
    text: Annotated[str, msgspec.Meta(min_length=2, max_length=200)] | None = None
    since: Instant | None = None
    until: Instant | None = None


class MessagesQuery(ChargerMessagesQuery, frozen=True, kw_only=True):
    """The same across chargers."""

    charger_id: Annotated[str, msgspec.Meta(max_length=100)] | None = None


@routes.get(
    "/chargers/{charger_id}/messages",
    "List the OCPP frames of a charger, newest first.",
    scope=Scope.MESSAGES_READ,
    query=ChargerMessagesQuery,
    response=Listing[MessageView],
    media=LIST_MEDIA,
)
async def list_charger_messages(ask: Ask[ChargerMessagesQuery, None]) -> Listing[MessageView] | web.StreamResponse:
    charger = await known_charger(ask)
    return await _listed(ask, charger.id, f"messages-{charger.id}")


@routes.get(
    "/messages",
    "List the OCPP frames of all chargers, newest first.",
    scope=Scope.MESSAGES_READ,
    query=MessagesQuery,
    response=Listing[MessageView],
    media=LIST_MEDIA,
)
async def list_messages(ask: Ask[MessagesQuery, None]) -> Listing[MessageView] | web.StreamResponse:
    return await _listed(ask, ask.query.charger_id, "messages")


@routes.get("/messages/{message_id}", "Show an entry of the message log.", scope=Scope.MESSAGES_READ, response=MessageView)
async def show_message(ask: Ask[None, None]) -> MessageView:
    row = await ask.house.store.message(ask.number("message_id"))
    if row is None:
        raise not_found("entry of the message log with that number; it may have been dropped for its age")
    return message_view(row)


async def _listed(ask: Ask[Any, None], charger_id: str | None, name: str) -> Listing[MessageView] | web.StreamResponse:
    store, query = ask.house.store, _query(ask.query, charger_id)
    wanted = wanted_format(ask.request)
    if wanted is Format.JSON:
        page = await store.messages(query, limit=ask.query.limit, cursor=ask.query.cursor)
        return Listing([message_view(row) for row in page.items], page.next)
    rows = all_pages(lambda cursor: store.messages(query, limit=_EXPORT_PAGE, cursor=cursor), message_view)
    return await stream(ask.request, wanted, name, rows, MessageView.__struct_fields__)


def _query(asked: ChargerMessagesQuery, charger_id: str | None) -> MessageQuery:
    return MessageQuery(
        charger_id=charger_id,
        actions=tuple(name.strip() for name in (asked.action or "").split(",") if name.strip()),
        direction=asked.direction,
        outcome=asked.outcome,
        kind=asked.kind,
        error_code=asked.error_code,
        message_id=asked.message_id,
        trouble=asked.trouble,
        text=asked.text,
        since=None if asked.since is None else asked.since.astimezone(UTC),
        until=None if asked.until is None else asked.until.astimezone(UTC),
    )


def message_view(row: MessageRow) -> MessageView:
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
        kind=row.kind,
        latency_ms=None if row.answered_at is None else max(0.0, round((row.answered_at - row.at).total_seconds() * 1000, 3)),
        error_code=row.error_code,
        error=row.error,
        repaired=None if row.repaired is None else msgspec.json.decode(row.repaired, type=RepairedView),
    )


def _frame(text: str) -> Any:
    """The frame as JSON; what is no JSON (a charger may send anything) as the text it is."""
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return text
