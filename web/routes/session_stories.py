"""One session from its beginning to its end: what its charger reported, who asked for what, and the raw frames that name it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

import msgspec
from aiohttp import web

from voltaro.domain.command import Command, CommandState
from voltaro.domain.person import Scope
from voltaro.domain.session import Session
from voltaro.ports import ReportedEvent
from web.export import LIST_MEDIA, Format, all_pages, stream, wanted_format
from web.route import Ask, Listing, PageQuery, Routes
from web.routes.messages import MessageView, message_view
from web.routes.sessions import known_session

routes = Routes("sessions")

MOST_REPORTS = 500
_EXPORT_PAGE = 500
_STARTS = ("RemoteStartTransaction", "RequestStartTransaction")
_STOPS = ("RemoteStopTransaction", "RequestStopTransaction")
_REFUSED = (CommandState.REJECTED, CommandState.FAILED)


class CommandMark(msgspec.Struct, frozen=True, kw_only=True):
    """A command that concerns a session, and who asked for it."""

    id: str
    action: str
    requested_by: str | None
    at: datetime
    state: CommandState


class StoryEvent(msgspec.Struct, frozen=True, kw_only=True):
    """Something in the life of a session. ``kind``: ``started``, ``updated``, ``ended`` as the charger reported it, ``command`` for what it
    was asked, ``resolved`` for what an operator decided.

    ``at`` is the charger's time, ``received_at`` ours. ``reason`` is why a charger reports (``triggerReason`` of 2.x), why it ended
    (``stopped_reason``), or what an operator wrote. ``counts`` false: a second, different end, which does not count.
    """

    kind: str
    at: datetime
    received_at: datetime | None = None
    reason: str | None = None
    charging_state: str | None = None
    stopped_reason: str | None = None
    id_tag: str | None = None
    meter_wh: int | None = None
    offline: bool = False
    counts: bool = True
    by: str | None = None
    command: CommandMark | None = None


class SessionStory(msgspec.Struct, frozen=True, kw_only=True):
    """The life of a session, oldest first; of a long one the first 500 reports and the last.

    ``started_by`` is the command that asked for it, ``stopped_by`` the newest that asked for its end and was not refused, or that
    ended it without naming it (a reset, an unlock). ``stop_tag`` is the tag that was shown to end it, ``stop_trigger`` what its
    charger gives as the trigger of its end (2.x). Each is null where there is none.
    """

    started_by: CommandMark | None
    stopped_by: CommandMark | None
    stop_tag: str | None
    stop_trigger: str | None
    events: list[StoryEvent]


@routes.get(
    "/sessions/{session_id}/story",
    "Tell a session from its beginning to its end: what was reported, who asked for it, who ended it.",
    scope=Scope.SESSIONS_READ,
    response=SessionStory,
)
async def tell_session(ask: Ask[None, None]) -> SessionStory:
    session, store = await known_session(ask), ask.house.store
    reports = await store.session_reports(session, limit=MOST_REPORTS)
    commands = await store.session_commands(session)
    starts = [command for command in commands if command.action in _STARTS]
    stops = [command for command in commands if command.action not in _STARTS and command.state not in _REFUSED]
    named = [command for command in stops if command.action in _STOPS]
    ended = [report for report in reports if report.kind == "Ended"]
    end = (ended[0] if session.protocol == "ocpp1.6" else ended[-1]) if ended else None
    stopped_by = (named or stops)[-1:] if session.ended_at is not None else []
    return SessionStory(
        started_by=_mark(starts[-1]) if starts else None,
        stopped_by=_mark(stopped_by[0]) if stopped_by else None,
        stop_tag=None if end is None else end.id_tag,
        stop_trigger=None if end is None else end.trigger_reason,
        events=sorted((*_reported(session, reports), *_asked(commands), *_decided(session)), key=lambda event: event.at),
    )


@routes.get(
    "/sessions/{session_id}/messages",
    "List the OCPP frames that name a session, oldest first. A page may be short, or empty, and have a next all the same.",
    scope=Scope.MESSAGES_READ,
    query=PageQuery,
    response=Listing[MessageView],
    media=LIST_MEDIA,
)
async def list_session_messages(ask: Ask[PageQuery, None]) -> Listing[MessageView] | web.StreamResponse:
    session, store, wanted = await known_session(ask), ask.house.store, wanted_format(ask.request)
    if wanted is Format.JSON:
        page = await store.session_messages(session, limit=ask.query.limit, cursor=ask.query.cursor)
        return Listing([message_view(row) for row in page.items], page.next)
    rows = all_pages(lambda cursor: store.session_messages(session, limit=_EXPORT_PAGE, cursor=cursor), message_view)
    return await stream(ask.request, wanted, f"session-{session.id}-messages", rows, MessageView.__struct_fields__)


def _mark(command: Command) -> CommandMark:
    return CommandMark(id=command.id, action=command.action, requested_by=command.requested_by, at=command.created_at, state=command.state)


def _reported(session: Session, reports: Sequence[ReportedEvent]) -> Iterator[StoryEvent]:
    if session.protocol == "ocpp1.6" and session.meter_start_wh is not None:
        yield StoryEvent(
            kind="started",
            at=session.started_at,
            received_at=session.received_at,
            id_tag=session.id_tag,
            meter_wh=session.meter_start_wh,
        )
    for place, report in enumerate(reports):
        yield StoryEvent(
            kind=report.kind.lower(),
            at=report.at,
            received_at=report.received_at,
            reason=report.trigger_reason,
            charging_state=report.charging_state,
            stopped_reason=report.stopped_reason,
            id_tag=report.id_tag,
            meter_wh=report.meter_stop_wh,
            offline=report.offline,
            counts=session.protocol != "ocpp1.6" or place == 0,
        )


def _asked(commands: Sequence[Command]) -> Iterator[StoryEvent]:
    for command in commands:
        yield StoryEvent(kind="command", at=command.created_at, by=command.requested_by, command=_mark(command))


def _decided(session: Session) -> Iterator[StoryEvent]:
    if session.resolved_at is not None:
        yield StoryEvent(kind="resolved", at=session.resolved_at, by=session.resolved_by, reason=session.resolved_reason)
