"""Orphans: what chargers report of 1.6 transactions that nobody knows, also -1, the id of one whose start was never answered.

Readings of such a transaction make an unresolved session for their connector, and the stop that follows ends it (conformance
X-07). A start that comes late, from a charger's queue, takes in the one orphan that can only be its own. Everything else waits
for an operator.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from persistence.outcome import NewEvent, Outcome, json_rows, session_shown
from persistence.reports import write_security_events
from persistence.resolutions import join, sign
from persistence.session_rows import COLUMNS, readings_of, update_sessions
from persistence.sessions import session_of
from persistence.wire import Row, Wire
from voltaro.domain.energy import recounted
from voltaro.domain.fact import MeterReported, SecurityEventReported
from voltaro.domain.meter import figures
from voltaro.domain.session import EndSession, Session, SessionFlag, SessionState, StartSession, content_key, metered
from voltaro.domain.tag import fold_tag

LATE = timedelta(minutes=1)
"""A start that came at least so long after its own time has been in the charger's queue."""

_GIVEN = "SELECT last_value FROM transaction_ids WHERE is_called"

_FIND = f"""
SELECT {COLUMNS} FROM sessions
    JOIN (SELECT DISTINCT charger_id, transaction_id
        FROM json_to_recordset($1::json) AS new (charger_id text, transaction_id text)) AS asked USING (charger_id, transaction_id)
WHERE stop_key IS NOT NULL ORDER BY sessions.id"""  # noqa: S608 - our own columns

_RUNNING = """
SELECT sessions.id, sessions.charger_id, sessions.evse_id, sessions.started_at FROM sessions
    JOIN (SELECT DISTINCT charger_id, evse_id
        FROM json_to_recordset($1::json) AS new (charger_id text, evse_id integer)) AS asked USING (charger_id, evse_id)
WHERE state = 'active' AND protocol = 'ocpp1.6'"""

_MAKE = f"""
INSERT INTO sessions (charger_id, evse_id, connector_id, transaction_id, protocol, state, started_at, received_at, flags, stop_key)
SELECT charger_id, evse_id, connector_id, transaction_id, 'ocpp1.6', 'unresolved', started_at, received_at, flags, stop_key
FROM json_to_recordset($1::json) AS new (charger_id text, evse_id integer, connector_id integer, transaction_id text,
    started_at timestamptz, received_at timestamptz, flags text[], stop_key text)
ON CONFLICT (stop_key) DO NOTHING
RETURNING {COLUMNS}"""  # noqa: S608 - our own columns

_NAME = """
UPDATE sessions SET stop_key = new.stop_key FROM json_to_recordset($1::json) AS new (id bigint, stop_key text)
WHERE sessions.id = new.id"""

# The orphans that began after a late start on its connector, unless another session began there in between; and those of the
# id with which the start was answered when it was put aside.
_AFTER = f"""
SELECT sessions.*, new.id
FROM json_to_recordset($1::json) AS new (id bigint, charger_id text, evse_id integer, started_at timestamptz,
    placeholder_id text)
CROSS JOIN LATERAL (
    SELECT {COLUMNS} FROM sessions
    WHERE charger_id = new.charger_id AND state = 'unresolved' AND (transaction_id = new.placeholder_id
        OR (evse_id = new.evse_id AND transaction_id LIKE '-%' AND started_at >= new.started_at
        AND NOT EXISTS (SELECT FROM sessions AS other WHERE other.charger_id = new.charger_id AND other.evse_id = new.evse_id
            AND other.stop_key IS NULL AND other.id <> new.id AND other.started_at BETWEEN new.started_at AND sessions.started_at)))
    FOR UPDATE
) AS sessions"""  # noqa: S608 - our own columns


class NeedsTransaction(ValueError):
    """Readings of an unknown transaction are more than samples: they are written in a transaction, with what they bring forth."""


async def adopt(wire: Wire, reports: Sequence[MeterReported], outcome: Outcome | None) -> dict[int, int]:
    """The sessions to which readings of unknown transactions belong, by the place of the report.

    They are orphans, made where there is none yet. A reading of -1 on a connector whose session runs is of that session: some
    chargers say -1 for none.
    """
    if outcome is None:
        raise NeedsTransaction("readings of an unknown transaction")
    asked = json_rows({"charger_id": report.charger_id, "transaction_id": report.transaction_id} for report in reports)
    orphans = [session_of(row) for row in await wire.rows(_FIND, asked)]
    running = await _running(wire, reports)
    given: int | None = None
    found: dict[int, int] = {}
    moved: dict[int, Session] = {}
    for place, report in enumerate(reports):
        if not report.samples:
            continue
        at = min(sample.at for sample in report.samples)
        session_id = next((number for number, charger_id, evse_id, since in running if _runs(report, charger_id, evse_id, since, at)), None)
        if session_id is not None:
            found[place] = session_id
            continue
        orphan = next((moved.get(orphan.id, orphan) for orphan in reversed(orphans) if _holds(orphan, report, at)), None)
        if orphan is None:
            given = await _given(wire) if given is None else given
            orphan = await _made(wire, report, at, given, outcome)
            orphans.append(orphan)
        found[place] = orphan.assigned_to or orphan.id
        after = _read(orphan, report)
        if after is not orphan:
            moved[orphan.id] = after
    await update_sessions(wire, moved.values())
    return found


async def _running(wire: Wire, reports: Sequence[MeterReported]) -> Sequence[Row]:
    return await wire.rows(_RUNNING, json_rows({"charger_id": report.charger_id, "evse_id": report.evse_id} for report in reports))


def _runs(report: MeterReported, charger_id: str, evse_id: int, since: datetime, at: datetime) -> bool:
    is_nameless = (report.transaction_id or "").startswith("-")
    return is_nameless and (report.charger_id, report.evse_id) == (charger_id, evse_id) and since <= at


def _holds(orphan: Session, report: MeterReported, at: datetime) -> bool:
    """Whether a reading belongs to this orphan: by an id that is used once, or by connector and time."""
    if (orphan.charger_id, orphan.transaction_id) != (report.charger_id, report.transaction_id):
        return False
    if not orphan.transaction_id.startswith("-"):
        return orphan.evse_id in (None, report.evse_id)
    return orphan.evse_id == report.evse_id and orphan.started_at <= at and (orphan.ended_at is None or at <= orphan.ended_at)


def _read(orphan: Session, report: MeterReported) -> Session:
    """The orphan with a reading counted; one that falls may only be late, and is counted when the stop has come."""
    reading = figures(report.samples)
    if orphan.state is not SessionState.UNRESOLVED or orphan.ended_at is not None or reading.register_wh is None:
        return orphan
    if orphan.register_wh is not None and reading.register_wh <= orphan.register_wh:
        return orphan
    return metered(orphan, reading._replace(power_w=None))


async def _made(wire: Wire, report: MeterReported, at: datetime, given: int, outcome: Outcome) -> Session:
    transaction_id = report.transaction_id or ""
    is_foreign = is_given(transaction_id, given)
    row: dict[str, Any] = {
        "charger_id": report.charger_id,
        "evse_id": report.evse_id,
        "connector_id": 1 if report.evse_id else 0,
        "transaction_id": transaction_id,
        "started_at": at,
        "received_at": report.received_at,
        "flags": flags_of(is_foreign=is_foreign, clock_suspect=False),
        "stop_key": content_key("orphan", report.charger_id, report.evse_id, transaction_id, at.isoformat()),
    }
    rows = await wire.rows(_MAKE, json_rows([row]))
    if not rows:  # another writer was faster
        found = [session_of(other) for other in await wire.rows(_FIND, json_rows([row]))]
        return next(orphan for orphan in reversed(found) if _holds(orphan, report, at))
    orphan = session_of(rows[0])
    shown = session_shown(orphan)
    outcome.events.append(NewEvent(-1, "session.unresolved", report.received_at, orphan.charger_id, orphan.id, shown))
    if is_foreign:
        await tell_foreign(wire, [(-1, orphan.charger_id, f"MeterValues of transaction {transaction_id}", report.received_at)], outcome)
    return orphan


# --- their stops ---


async def end_orphans(wire: Wire, stops: Iterable[EndSession]) -> dict[str, Session]:
    """The open orphans that these stops end, by the key of the stop. With several that it could be, it is none."""
    waiting = list(stops)
    asked = json_rows({"charger_id": stop.charger_id, "transaction_id": stop.transaction_id} for stop in waiting)
    orphans = [session_of(row) for row in await wire.rows(_FIND, asked)] if waiting else []
    ended: dict[str, Session] = {}
    for stop in waiting:
        fitting = [orphan for orphan in orphans if _ends(stop, orphan)]
        if len(fitting) != 1:
            continue
        (orphan,) = fitting
        over = replace(
            orphan,
            ended_at=stop.at,
            meter_stop_wh=stop.meter_stop_wh,
            stop_reason=stop.reason,
            id_tag=stop.id_tag,
            power_w=None,
            flags=tuple(sorted({*orphan.flags, *([str(SessionFlag.CLOCK_SUSPECT)] if stop.clock_flag else [])})),
        )
        ended[stop.key] = recounted(over, await readings_of(wire, over))
    await update_sessions(wire, ended.values())
    if ended:
        await wire.run(_NAME, json_rows({"id": session.id, "stop_key": key} for key, session in ended.items()))
    return ended


def _ends(stop: EndSession, orphan: Session) -> bool:
    if orphan.state is not SessionState.UNRESOLVED or orphan.ended_at is not None:
        return False
    same = (orphan.charger_id, orphan.transaction_id) == (stop.charger_id, stop.transaction_id)
    meter_fits = orphan.meter_start_wh is None or orphan.meter_start_wh <= stop.meter_stop_wh
    return same and meter_fits and (orphan.started_at <= stop.at or stop.clock_flag is not None)


# --- starts that come after all ---


async def take_in(wire: Wire, made: Sequence[tuple[int, StartSession, Session]], outcome: Outcome) -> dict[int, Session]:
    """Late starts with the one orphan that can only be theirs taken in, by session id."""
    late = {
        session.id: (place, start, session)
        for place, start, session in made
        if start.placeholder_id is not None or (start.clock_flag is None and start.received_at - start.at >= LATE)
    }
    if not late:
        return {}
    names = ("id", "charger_id", "evse_id", "started_at")
    asked = (
        {name: getattr(session, name) for name in names} | {"placeholder_id": start.placeholder_id} for _, start, session in late.values()
    )
    rows = await wire.rows(_AFTER, json_rows(asked))
    fitting: dict[int, list[Session]] = {}
    for row in rows:
        _, start, _ = late[row[-1]]
        orphan = session_of(row)
        if _fits(orphan, start):
            fitting.setdefault(row[-1], []).append(orphan)
    taken: dict[int, Session] = {}
    for session_id, orphans in fitting.items():
        if len(orphans) != 1:
            continue
        place, start, session = late[session_id]
        left, whole = await join(wire, orphans[0], session)
        left = await sign(wire, left, "voltaro", start.received_at, "its start came late")
        await update_sessions(wire, [left, whole])
        taken[session_id] = whole
        outcome.events.append(NewEvent(place, "session.assigned", start.received_at, left.charger_id, left.id, session_shown(left)))
        if whole.state is SessionState.ENDED:
            outcome.events.append(NewEvent(place, "session.ended", start.received_at, whole.charger_id, whole.id, session_shown(whole)))
    return taken


def _fits(orphan: Session, start: StartSession) -> bool:
    if orphan.transaction_id == start.placeholder_id:
        return True
    meter_fits = orphan.meter_start_wh is not None and orphan.meter_start_wh >= start.meter_start_wh
    return meter_fits and (orphan.id_tag is None or fold_tag(orphan.id_tag) == fold_tag(start.id_tag))


# --- transactions of others ---


async def _given(wire: Wire) -> int:
    return int(sum(row[0] for row in await wire.rows(_GIVEN)))


async def foreign_among(wire: Wire, transaction_ids: Iterable[str]) -> set[str]:
    """Those of these unknown transaction ids that were given out: to another charger, since this one does not know them."""
    given = await _given(wire)
    return {transaction_id for transaction_id in transaction_ids if is_given(transaction_id, given)}


def is_given(transaction_id: str, given: int) -> bool:
    return transaction_id.isascii() and transaction_id.isdigit() and 0 < int(transaction_id) <= given


def flags_of(*, is_foreign: bool, clock_suspect: bool) -> list[str]:
    """The flags of an unresolved session."""
    found = {SessionFlag.UNKNOWN_TRANSACTION: True, SessionFlag.FOREIGN_TRANSACTION: is_foreign, SessionFlag.CLOCK_SUSPECT: clock_suspect}
    return sorted(str(flag) for flag, holds in found.items() if holds)


async def tell_foreign(wire: Wire, told: Iterable[tuple[int, str, str, datetime]], outcome: Outcome) -> None:
    """A charger named another's transaction: its mistake, or an attack. (place, charger, what it sent, when it came)"""
    facts = [
        (place, SecurityEventReported(charger_id, "ForeignTransaction", at, at, f"{what}, which was given to another charger; left alone"))
        for place, charger_id, what, at in told
    ]
    if facts:
        await write_security_events(wire, facts, outcome)
