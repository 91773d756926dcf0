"""The live stream over HTTP: ``GET /events``, server-sent events with ids, topics and resume."""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
from typing import Annotated

import msgspec
from aiohttp import web
from aiohttp.abc import AbstractStreamWriter

from voltaro.domain.person import Scope
from web.auth import Principal
from web.problem import Offender, Problem
from web.reader import Reader
from web.route import Ask, Query, Routes

routes = Routes("events")

MOST_TOPICS = 200
END_S = 5.0
_SEND_BUFFER = 128 * 1024


class EventsQuery(Query, frozen=True, kw_only=True):
    """``topics``: chargers, sessions, commands, actors, charger:ID, messages:ID, comma between; all but messages when absent."""

    topics: Annotated[str, msgspec.Meta(max_length=10_000)] | None = None
    last_event_id: Annotated[str, msgspec.Meta(max_length=20)] | None = None


@routes.get(
    "/events",
    "What happens, as server-sent events. Last-Event-ID resumes without gap or double; an event resync says: read everything anew.",
    query=EventsQuery,
    media=("text/event-stream",),
    limited=False,
)
async def read_events(ask: Ask[EventsQuery, None]) -> web.StreamResponse:
    request, house, who = ask.request, ask.house, ask.who
    topics = _topics(ask.query.topics)
    resume_after = _resume_after(request.headers.get("Last-Event-ID") or ask.query.last_event_id)
    denied = _denied(who)
    if denied == _FAMILIES:
        raise Problem(
            403,
            "forbidden",
            "The live stream needs one of the scopes chargers:read, sessions:read, messages:read, tags:read and drivers:read.",
        )
    reader = Reader(who, topics, denied, lambda: request.transport is None or request.transport.is_closing())
    if not house.stream.admit(reader, house.settings.streams_per_user):
        raise Problem(429, "too_many_streams", "You have too many live streams open; close one.", headers={"Retry-After": "15"})
    watched = [topic.partition(":")[2] for topic in topics if topic.startswith("messages:") and who.may(Scope.MESSAGES_READ)]
    response = web.StreamResponse(headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
    response.content_type = "text/event-stream"
    wire = _Wire(request, response)
    try:
        for charger_id in watched:
            await house.fleet.watch_messages(charger_id, True)
        await house.stream.serve(reader, wire, resume_after)  # a database that is away is a 503: nothing is written before it answers
        await wire.end()
    except TimeoutError:
        wire.abort()
    except ConnectionError:
        pass  # the reader has gone, which is how streams end
    finally:
        house.stream.dismiss(reader)
        for charger_id in watched:
            await house.fleet.watch_messages(charger_id, False)
    return response


class _Wire:
    """The response as a sink: begun with the first write, and each write waits until the system has taken the bytes."""

    def __init__(self, request: web.Request, response: web.StreamResponse) -> None:
        self._request = request
        self._response = response
        self._writer: AbstractStreamWriter | None = None

    async def write(self, chunk: bytes) -> None:
        if self._writer is None:
            self._set_buffers()
            self._writer = await self._response.prepare(self._request)
            assert self._writer is not None  # it is only missing once a response has ended
        await self._writer.write(chunk)
        await self._writer.drain()

    async def end(self) -> None:
        """Say that it is over. Raises TimeoutError when the other side does not hear."""
        if self._writer is not None:
            async with asyncio.timeout(END_S):
                await self._response.write_eof()
            if self._request.transport is not None:
                self._request.transport.set_write_buffer_limits()  # for the next request on this connection

    def abort(self) -> None:
        if self._request.transport is not None:
            self._request.transport.abort()

    def _set_buffers(self) -> None:
        """A reader that stops reading is noticed when these are full, not after the megabytes the system would take."""
        transport = self._request.transport
        if transport is None:
            return
        transport.set_write_buffer_limits(high=0)
        if (line := transport.get_extra_info("socket")) is not None:
            with contextlib.suppress(OSError):
                line.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER)


def _topics(text: str | None) -> frozenset[str]:
    if text is None:
        return frozenset()
    topics = frozenset(topic.strip() for topic in text.split(",") if topic.strip())
    wrong = next((topic for topic in sorted(topics) if not _TOPIC.fullmatch(topic)), None)
    if wrong is not None or len(topics) > MOST_TOPICS or not topics:
        detail = f"at most {MOST_TOPICS} of chargers, sessions, commands, actors, charger:ID, messages:ID, comma between"
        raise Problem(400, "bad_query", f"The query parameter 'topics' holds {detail}.", errors=[Offender("?topics", detail)])
    return topics


def _resume_after(text: str | None) -> int | None:
    if text is None or not text.strip():
        return None
    digits = text.strip()
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 18):
        raise Problem(400, "bad_query", "Last-Event-ID holds no id of this stream; leave it out to start now.")
    return int(digits)


def _denied(who: Principal) -> frozenset[str]:
    return frozenset(family for family in _FAMILIES if not who.may(_SCOPE_OF_FAMILY[family]))


_SCOPE_OF_FAMILY = {
    "charger": Scope.CHARGERS_READ,
    "connector": Scope.CHARGERS_READ,
    "actor": Scope.CHARGERS_READ,
    "fault": Scope.CHARGERS_READ,
    "command": Scope.CHARGERS_READ,
    "job": Scope.CHARGERS_READ,
    "certificate": Scope.CHARGERS_READ,
    "connection": Scope.CHARGERS_READ,
    "batch": Scope.CHARGERS_READ,
    "site": Scope.CHARGERS_READ,
    "attention": Scope.CHARGERS_READ,
    "charging_profile": Scope.CHARGERS_READ,
    "reservation": Scope.CHARGERS_READ,
    "security": Scope.CHARGERS_READ,
    "session": Scope.SESSIONS_READ,
    "message": Scope.MESSAGES_READ,
    "dead_letter": Scope.MESSAGES_READ,
    "tag": Scope.TAGS_READ,
    "driver": Scope.DRIVERS_READ,
    "user": Scope.ADMIN,
}
_FAMILIES = frozenset(_SCOPE_OF_FAMILY)
_TOPIC = re.compile(r"[a-z_]{1,40}|(?:charger|messages):[^,\x00-\x1f]{1,100}")
