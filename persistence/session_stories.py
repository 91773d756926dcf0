"""What one session is made from, as it is read: what its charger reported of it, the commands that concern it, the frames that name it."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, literal, or_, select, text, tuple_

from persistence import cursor as cursors
from persistence.commands import command_of
from persistence.database import Part, among
from persistence.tables import commands, messages, session_stops, transaction_events
from voltaro.domain.command import Command
from voltaro.domain.session import Session
from voltaro.ports import MessageRow, Page, ReportedEvent

EXAMINED = 20_000
"""Rows of the message log that a page looks at, at most."""

MOST_COMMANDS = 50

BEFORE, AFTER = timedelta(minutes=30), timedelta(minutes=10)
"""How long before a session began here, and after it ended, something may still be of it: a start was asked for, a stop was answered."""

LATE = timedelta(days=3)
"""How long after its end a charger that was offline may tell of it."""

STARTS = ("RemoteStartTransaction", "RequestStartTransaction")
STOPS = ("RemoteStopTransaction", "RequestStopTransaction")
ENDERS = ("Reset", "UnlockConnector", "ChangeAvailability")
"""What may end a session without naming it."""

METERED = ("MeterValuePeriodic", "MeterValueClock")
ACTIONS = ("StartTransaction", "StopTransaction", "MeterValues", "TransactionEvent", *STOPS)

_MESSAGE = [messages.c[field.name] for field in fields(MessageRow)]


class SessionStoryRows(Part):
    """``ports.SessionStoryStore``."""

    async def session_reports(self, session: Session, *, limit: int) -> Sequence[ReportedEvent]:
        query = _stops(session) if session.protocol == "ocpp1.6" else _events(session)
        async with self._database.reading() as connection:
            rows = (await connection.execute(query.limit(limit))).all()
            reports = [ReportedEvent(**row._mapping) for row in rows]
            if len(rows) == limit and session.protocol != "ocpp1.6":
                table = transaction_events.c
                last = (await connection.execute(query.order_by(None).order_by(table.seq_no.desc(), table.at.desc()).limit(1))).one()
                reports[-1] = ReportedEvent(**last._mapping)
        return reports

    async def session_commands(self, session: Session) -> Sequence[Command]:
        table = commands.c
        from_then = and_(table.charger_id == session.charger_id, table.created_at >= session.received_at - BEFORE)
        ended_at = session.ended_at
        ended_it = among(table.action, ENDERS)
        if ended_at is not None:
            ended_it = and_(ended_it, table.created_at.between(ended_at - AFTER, ended_at + AFTER))
        named = and_(among(table.action, STOPS), text("commands.payload ->> 'transactionId' = :transaction"))
        asked = and_(among(table.action, STARTS), table.session_id == session.id)
        query = select(*[table[field.name] for field in fields(Command)]).where(from_then, or_(named, asked, ended_it))
        query = query.order_by(table.created_at.desc(), table.id.desc()).limit(MOST_COMMANDS)
        async with self._database.reading() as connection:
            rows = (await connection.execute(query, {"transaction": session.transaction_id})).all()
        return [command_of(row) for row in reversed(rows)]

    async def session_messages(self, session: Session, *, limit: int, cursor: str | None = None) -> Page[MessageRow]:
        after = None if cursor is None else cursors.decode("session messages", cursor, datetime, int)
        examined = _logged(session, _MESSAGE, after).limit(EXAMINED).subquery()
        row, named = examined.c, _naming(session.transaction_id)
        chosen = select(*row).where(among(row.action, ACTIONS), or_(row.request.regexp_match(named), row.answer.regexp_match(named)))
        async with self._database.reading() as connection:
            found = (await connection.execute(chosen.order_by(row.at, row.id).limit(limit + 1))).all()
            page = cursors.page("session messages", found, limit, lambda row: (row.at, row.id), lambda row: MessageRow(*row))
            if page.next is None:
                last = _logged(session, [messages.c.at, messages.c.id], after).offset(EXAMINED - 1).limit(1)
                reached = (await connection.execute(last)).one_or_none()
                if reached is not None:
                    return Page(page.items, cursors.encode("session messages", reached.at, reached.id))
        return page


def _events(session: Session) -> Select[Any]:
    event = transaction_events.c
    return (
        select(
            event.at, event.received_at, event.kind, event.trigger_reason, event.charging_state, event.stopped_reason, event.id_tag,
            event.seq_no, event.offline,
        )
        .where(event.charger_id == session.charger_id, event.transaction_id == session.transaction_id)
        .where(or_(event.kind != "Updated", ~among(event.trigger_reason, METERED)))
        .order_by(event.seq_no, event.at)
    )  # fmt: skip


def _stops(session: Session) -> Select[Any]:
    stop = session_stops.c
    shown = select(
        stop.at, stop.received_at, literal("Ended").label("kind"), stop.reason.label("stopped_reason"), stop.id_tag, stop.meter_stop_wh
    )
    return shown.where(stop.session_id == session.id).order_by(stop.received_at)


def _logged(session: Session, columns: Any, after: tuple[Any, ...] | None) -> Select[Any]:
    """The log of its charger from before it began here; of one that is over, until its end must have been told."""
    table = messages.c
    listed = select(*columns).order_by(table.at, table.id)
    listed = listed.where(table.charger_id == session.charger_id, table.at >= session.received_at - BEFORE)
    if session.ended_at is not None:
        listed = listed.where(table.at < max(session.ended_at, session.received_at) + LATE)
    if after is not None:
        listed = listed.where(tuple_(table.at, table.id) > after, table.at >= after[0])
    return listed


def _naming(transaction_id: str) -> str:
    """A regular expression of PostgreSQL for a frame that names a transaction, as a number or as a text."""
    said = re.escape(json.dumps(transaction_id, ensure_ascii=False)[1:-1])
    return f'"transactionId"[[:space:]]*:[[:space:]]*"?{said}"?[[:space:]]*[,}}]'
