"""Writing 1.6 starts: the same start is the same session, however often and by whatever message it comes (X-03, X-04)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from persistence.orphans import take_in
from persistence.outcome import Items, NewEvent, Outcome, json_rows, session_shown
from persistence.samples import text_array
from persistence.session_rows import COLUMNS, catch_up, last_read, settled, update_sessions
from persistence.sessions import session_of
from persistence.wire import Wire
from voltaro.domain.fact import SessionStartReported
from voltaro.domain.session import Session, SessionFlag, SessionState, lost
from voltaro.domain.tag import fold_tag
from voltaro.ports import Recorded

HONEST_REPEAT = timedelta(hours=24)
"""A charger whose clock begins at the same date again and again, and whose meter begins at nothing, may begin another session
with an equal start. It is taken for one when the session before has ended, and either came longer ago than this or the
charger has booted since. With a clock that was right, or a meter that has moved on, an equal start is always a repeat."""

_FIND = f"SELECT {COLUMNS}, start_key FROM sessions WHERE start_key = ANY($1::text[])"  # noqa: S608 - our own columns
_BOOTED_SINCE = """
SELECT session.id FROM sessions AS session JOIN chargers ON chargers.id = session.charger_id
WHERE session.id = ANY($1::bigint[])
    AND chargers.boot_accepted_at > (SELECT max(received_at) FROM session_stops WHERE session_stops.session_id = session.id)"""
_RETIRE_KEYS = "UPDATE sessions SET start_key = NULL WHERE start_key = ANY($1::text[])"
_INSERT = f"""
INSERT INTO sessions (charger_id, evse_id, connector_id, transaction_id, protocol, state, started_at, received_at, id_tag, tag_key,
    meter_start_wh, base_wh, register_wh, flags, "authorization", reservation_id, start_key)
SELECT charger_id, evse_id, connector_id, nextval('transaction_ids')::text, protocol, 'active', started_at, received_at, id_tag, tag_key,
    meter_start_wh, meter_start_wh, meter_start_wh, flags, "authorization", reservation_id, start_key
FROM json_to_recordset($1::json) AS new (charger_id text, evse_id integer, connector_id integer, protocol text, started_at timestamptz,
    received_at timestamptz, id_tag text, tag_key text, meter_start_wh bigint, flags text[], "authorization" text, reservation_id bigint,
    start_key text)
ON CONFLICT (start_key) DO NOTHING
RETURNING {COLUMNS}, start_key"""  # noqa: S608 - our own columns

# What else is active on these evses. One that began after the new start (an offline charger's queue) is left alone, unless
# the new start's clock is not to be believed.
_OLDER = f"""
SELECT sessions.*, new.id
FROM json_to_recordset($1::json) AS new (id bigint, charger_id text, evse_id integer, started_at timestamptz, suspect boolean)
CROSS JOIN LATERAL (
    SELECT {COLUMNS}, metered_at FROM sessions
    WHERE charger_id = new.charger_id AND evse_id = new.evse_id AND state = 'active' AND protocol = 'ocpp1.6' AND id <> new.id
        AND (started_at <= new.started_at OR new.suspect)
    FOR UPDATE
) AS sessions
ORDER BY sessions.id"""  # noqa: S608 - our own columns


async def write_starts(wire: Wire, items: Items[SessionStartReported], outcome: Outcome) -> None:
    """At most one start of each charger."""
    places = {fact.start.key: (place, fact) for place, fact in items}
    keys = text_array(places)
    known = {row[-1]: session_of(row) for row in await wire.rows(_FIND, keys)}
    again = await _others(wire, [(key, session, places[key][1]) for key, session in known.items()])
    if again:
        await wire.run(_RETIRE_KEYS, text_array(again))
    new = {key: fact for key, (_, fact) in places.items() if key not in known or key in again}
    made: dict[str, Session] = {}
    if new:
        rows = await wire.rows(_INSERT, json_rows(_row(key, fact, key in again) for key, fact in new.items()))
        made = {row[-1]: session_of(row) for row in rows}
        if len(made) < len(new):  # another writer was faster
            known |= {row[-1]: session_of(row) for row in await wire.rows(_FIND, keys)}
    for key, session in made.items():
        place, _ = places[key]
        outcome.results[place] = Recorded(session, new=True)
        shown = session_shown(session)
        outcome.events.append(NewEvent(place, "session.started", session.received_at, session.charger_id, session.id, shown))
    for key, (place, _) in places.items():
        if key not in made:
            outcome.results[place] = Recorded(known[key], new=False)
    if made:
        await _end_older(wire, {session.id: (places[key], session) for key, session in made.items()}, outcome)
        taken = await take_in(wire, [(places[key][0], places[key][1].start, session) for key, session in made.items()], outcome)
        for key, session in made.items():
            if session.id in taken:
                outcome.results[places[key][0]] = Recorded(taken[session.id], new=True)


async def _others(wire: Wire, repeated: list[tuple[str, Session, SessionStartReported]]) -> list[str]:
    """The keys whose start honestly equals that of an older session."""
    doubtful = [(key, session, fact) for key, session, fact in repeated if _may_be_another(session, fact)]
    if not doubtful:
        return []
    ids = text_array(str(session.id) for _, session, _ in doubtful)
    booted = {row[0] for row in await wire.rows(_BOOTED_SINCE, ids)}
    return [key for key, session, fact in doubtful if session.id in booted or session.received_at < fact.start.received_at - HONEST_REPEAT]


def _may_be_another(session: Session, fact: SessionStartReported) -> bool:
    if session.state is SessionState.ACTIVE:
        return False
    clock_lost = fact.start.clock_flag is not None or abs(session.received_at - session.started_at) > HONEST_REPEAT
    return clock_lost and (fact.start.meter_start_wh == 0 or session.energy_wh == 0)


def _row(key: str, fact: SessionStartReported, clock_repeats: bool) -> dict[str, Any]:
    start = fact.start
    flags = set(map(str, fact.flags))
    if start.clock_flag or clock_repeats:
        flags.add(str(SessionFlag.CLOCK_SUSPECT))
    return {
        "charger_id": start.charger_id,
        "evse_id": start.evse_id,
        "connector_id": start.connector_id,
        "protocol": start.protocol,
        "started_at": start.at,
        "received_at": start.received_at,
        "id_tag": start.id_tag,
        "tag_key": fold_tag(start.id_tag),
        "meter_start_wh": start.meter_start_wh,
        "flags": sorted(flags),
        "authorization": fact.authorization,
        "reservation_id": start.reservation_id,
        "start_key": key,
    }


async def _end_older(wire: Wire, made: dict[int, tuple[tuple[int, SessionStartReported], Session]], outcome: Outcome) -> None:
    """A connector has one session: what still runs there has ended unheard, with its last reading as its end (X-12)."""
    asked = (
        {
            "id": session.id,
            "charger_id": session.charger_id,
            "evse_id": session.evse_id,
            "started_at": session.started_at,
            "suspect": fact.start.clock_flag is not None,
        }
        for (_, fact), session in made.values()
    )
    rows = await wire.rows(_OLDER, json_rows(asked))
    if not rows:
        return
    caught = await catch_up(wire, rows)
    read = await last_read(wire, caught)
    following_of = {session.id: made[row[-1]][1] for session, row in zip(caught, rows, strict=True)}
    ended = await settled(
        wire,
        [lost(one, read.get(one.id), following_of[one.id].started_at, SessionFlag.ENDED_BY_NEXT_START) for one in caught],
    )
    for over, row in zip(ended, rows, strict=True):
        (place, _), following = made[row[-1]]
        outcome.events.append(NewEvent(place, "session.ended", following.received_at, over.charger_id, over.id, session_shown(over)))
    await update_sessions(wire, ended)
