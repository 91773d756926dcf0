"""What lies around a frame: its neighbours, the command and the session it belongs to, the one before of its kind; what occurs at all."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any

import msgspec

from voltaro.domain.command import Command
from voltaro.domain.person import Scope
from voltaro.domain.session import Session
from voltaro.ports import MessageQuery, MessageRow
from voltaro.ports.journal import MessageKind
from web.house import House
from web.problem import not_found
from web.route import Ask, Query, Routes
from web.routes.chargers import known_charger
from web.routes.messages import MessageView, message_view

routes = Routes("messages")


class AroundQuery(Query, frozen=True, kw_only=True):
    """How many neighbours are shown on each side."""

    each: Annotated[int, msgspec.Meta(ge=0, le=100)] = 8


class MessageContextView(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of the message log with what lies around it.

    ``before`` and ``after`` are its neighbours, nearest first; ``previous`` is the one before of the same action and direction.
    ``session_id`` is the session that it names, or that its command brought. ``command_id`` is the command that it carried, and
    ``requested_by`` who asked for that. What the asker's scopes do not show is null."""

    message: MessageView
    before: list[MessageView]
    after: list[MessageView]
    previous: MessageView | None
    session_id: int | None
    transaction_id: str | None
    command_id: str | None
    requested_by: str | None


class MessageKindView(msgspec.Struct, frozen=True):
    """How often an action occurs in the newest 20,000 entries, and how often it did not end well."""

    action: str
    direction: str
    count: int
    trouble: int
    newest: datetime


class MessageKindsView(msgspec.Struct, frozen=True):
    """What occurs in a charger's message log."""

    items: list[MessageKindView]


@routes.get(
    "/messages/{message_id}/context",
    "Show an entry of the message log with its neighbours, its session and its command.",
    scope=Scope.MESSAGES_READ,
    query=AroundQuery,
    response=MessageContextView,
)
async def show_message_context(ask: Ask[AroundQuery, None]) -> MessageContextView:
    store = ask.house.store
    row = await store.message(ask.number("message_id"))
    if row is None:
        raise not_found("entry of the message log with that number; it may have been dropped for its age")
    before, after = await store.messages_around(row, ask.query.each)
    message = message_view(row)
    command = await _command(ask, row)
    transaction_id = _transaction_id(message.request, message.answer)
    session = await _session(ask, row, transaction_id, command)
    return MessageContextView(
        message=message,
        before=[message_view(neighbour) for neighbour in before],
        after=[message_view(neighbour) for neighbour in after],
        previous=await _previous(ask.house, row),
        session_id=None if session is None else session.id,
        transaction_id=transaction_id,
        command_id=None if command is None else command.id,
        requested_by=None if command is None else command.requested_by,
    )


@routes.get(
    "/chargers/{charger_id}/message-kinds",
    "List the actions that occur in a charger's message log.",
    scope=Scope.MESSAGES_READ,
    response=MessageKindsView,
)
async def list_message_kinds(ask: Ask[None, None]) -> MessageKindsView:
    charger = await known_charger(ask)
    return MessageKindsView([_kind_view(kind) for kind in await ask.house.store.message_kinds(charger.id)])


async def _previous(house: House, row: MessageRow) -> MessageView | None:
    """The newest before it of the same action and direction, among those that a search looks at first."""
    if not row.action:
        return None
    query = MessageQuery(charger_id=row.charger_id, actions=(row.action,), direction=row.direction, until=row.at)
    page = await house.store.messages(query, limit=1)
    return message_view(page.items[0]) if page.items else None


async def _command(ask: Ask[Any, None], row: MessageRow) -> Command | None:
    if row.direction != "out" or not ask.who.may(Scope.CHARGERS_READ):
        return None
    command = await ask.house.store.command(row.message_id)
    return command if command is not None and command.charger_id == row.charger_id else None


async def _session(ask: Ask[Any, None], row: MessageRow, transaction_id: str | None, command: Command | None) -> Session | None:
    if not ask.who.may(Scope.SESSIONS_READ):
        return None
    store = ask.house.store
    if transaction_id is not None:
        found = await store.session_by_transaction(row.charger_id, transaction_id)
        if found is not None:
            return found
    return None if command is None or command.session_id is None else await store.session(command.session_id)


def _transaction_id(*frames: Any) -> str | None:
    """The OCPP transaction that a frame names: at the top of its payload, or in ``transactionInfo``."""
    for frame in frames:
        for payload in _payloads(frame):
            value = payload.get("transactionId")
            if isinstance(value, int | str) and not isinstance(value, bool) and str(value) and "\0" not in str(value):
                return str(value)
    return None


def _payloads(frame: Any) -> Iterator[dict[str, Any]]:
    if not isinstance(frame, list) or len(frame) < 3:
        return
    payload = frame[-1]
    if isinstance(payload, dict):
        yield payload
        info = payload.get("transactionInfo")
        if isinstance(info, dict):
            yield info


def _kind_view(kind: MessageKind) -> MessageKindView:
    return MessageKindView(kind.action, kind.direction, kind.count, kind.trouble, kind.newest)
