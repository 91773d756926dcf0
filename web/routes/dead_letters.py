"""Dead letters: frames that could not be handled and were put aside. They may hold money: hand them over again, or say why not."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

import msgspec
from aiohttp import web

from voltaro.domain.dead_letter import FrameState
from voltaro.domain.person import Scope
from voltaro.domain.resolution import NotNow
from voltaro.ports import FrameQuery, KeptFrame
from web.export import LIST_MEDIA, Format, all_pages, stream, wanted_format
from web.house import House
from web.problem import not_found
from web.route import Ask, Body, Listing, PageQuery, Routes

routes = Routes("messages")

_EXPORT_PAGE = 100


class FrameKind(StrEnum):
    """Why a frame was put aside: it failed validation, PostgreSQL never takes what it says, or it crashed its actor twice."""

    INVALID = "invalid"
    POISON = "poison"
    CRASH = "crash"


class DeadLetterView(msgspec.Struct, frozen=True, kw_only=True):
    """A frame that was put aside. ``raw`` is the frame, secrets masked; ``count`` is how often the same content came.

    ``attempts`` says how often it was handed over again, ``outcome`` what came of it last, or why it was discarded.
    """

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
    last_received_at: datetime | None
    count: int
    fingerprint: str
    state: FrameState
    attempts: int
    outcome: str | None
    resolved_by: str | None
    resolved_at: datetime | None


class DeadLetterQuery(PageQuery, frozen=True, kw_only=True):
    """Filters of the dead letters."""

    charger_id: Annotated[str, msgspec.Meta(max_length=100)] | None = None
    kind: FrameKind | None = None
    state: FrameState | None = None


class DiscardLetterBody(Body, frozen=True, kw_only=True):
    """Why a dead letter will never be handed over."""

    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=1000)]


@routes.get(
    "/dead-letters",
    "List the frames that were put aside, newest first.",
    scope=Scope.MESSAGES_READ,
    query=DeadLetterQuery,
    response=Listing[DeadLetterView],
    media=LIST_MEDIA,
)
async def list_dead_letters(ask: Ask[DeadLetterQuery, None]) -> Listing[DeadLetterView] | web.StreamResponse:
    asked, store, wanted = ask.query, ask.house.store, wanted_format(ask.request)
    query = FrameQuery(asked.charger_id, None if asked.kind is None else asked.kind.value, asked.state)
    if wanted is Format.JSON:
        page = await store.kept_frames(query, limit=asked.limit, cursor=asked.cursor)
        return Listing([_view(ask.house, frame) for frame in page.items], page.next)
    rows = all_pages(lambda cursor: store.kept_frames(query, limit=_EXPORT_PAGE, cursor=cursor), lambda frame: _view(ask.house, frame))
    return await stream(ask.request, wanted, "dead-letters", rows, DeadLetterView.__struct_fields__)


@routes.get(
    "/dead-letters/{frame_id}", "Show a frame that was put aside, with its stack.", scope=Scope.MESSAGES_READ, response=DeadLetterView
)
async def show_dead_letter(ask: Ask[None, None]) -> DeadLetterView:
    return _view(ask.house, await _known(ask))


@routes.post(
    "/dead-letters/{frame_id}/redrive",
    "Hand a frame that was put aside to its charger's actor again, as if it came now. Where that fails it waits on; outcome says why.",
    scope=Scope.SESSIONS_WRITE,
    response=DeadLetterView,
)
async def redrive_dead_letter(ask: Ask[None, None]) -> DeadLetterView:
    frame = await _known(ask)
    if frame.state is not FrameState.WAITING:
        raise NotNow(f"dead letter {frame.id} is {frame.state} already")
    if await ask.house.store.charger(frame.charger_id) is None:
        raise NotNow(f"the charger {frame.charger_id} is not known any more: add it, then hand the frame over")
    result = await ask.house.fleet.redrive(frame)
    return _view(ask.house, await ask.house.store.settle_frame(frame.id, result, ask.by) or frame)


@routes.post(
    "/dead-letters/{frame_id}/discard",
    "Say why a frame that was put aside will never be handed over. It is kept.",
    scope=Scope.SESSIONS_WRITE,
    body=DiscardLetterBody,
    response=DeadLetterView,
)
async def discard_dead_letter(ask: Ask[None, DiscardLetterBody]) -> DeadLetterView:
    frame = await _known(ask)
    return _view(ask.house, await ask.house.store.discard_frame(frame.id, ask.body.reason, ask.by) or frame)


async def _known(ask: Ask[object, object]) -> KeptFrame:
    frame_id = ask.number("frame_id")
    frame = await ask.house.store.kept_frame(frame_id)
    if frame is None:
        raise not_found(f"dead letter {frame_id}")
    return frame


def _view(house: House, frame: KeptFrame) -> DeadLetterView:
    return DeadLetterView(
        id=frame.id,
        charger_id=frame.charger_id,
        kind=frame.kind,
        action=frame.action,
        message_id=frame.message_id,
        protocol=frame.protocol,
        raw=house.mask(frame.raw.decode("utf-8", "backslashreplace")),
        reason=frame.reason,
        stack=frame.stack,
        received_at=frame.received_at,
        last_received_at=frame.last_received_at,
        count=frame.count,
        fingerprint=frame.fingerprint,
        state=frame.state,
        attempts=frame.attempts,
        outcome=None if frame.outcome is None else house.mask(frame.outcome),
        resolved_by=frame.resolved_by,
        resolved_at=frame.resolved_at,
    )
