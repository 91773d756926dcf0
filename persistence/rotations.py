"""Writing what is under way to a charger: a new password, a higher profile, and what it answered (conformance TR-26, TR-34).

Each fact is written by itself: they are rare, and one charger's follow each other.
"""

from __future__ import annotations

from typing import Any

from persistence.outcome import Items, NewEvent, Outcome, json_rows
from persistence.wire import Wire
from voltaro.domain.fact import PasswordAnswered, PasswordSent, ProfileAnswered, ProfileAsked
from voltaro.domain.profiles import RotationState, UpgradeState
from voltaro.domain.resolution import NotNow

_SENT = """
INSERT INTO charger_security AS known (charger_id, next_salt, next_hash, rotation, rotation_at)
SELECT new.charger_id, decode(new.salt, 'hex'), decode(new.hash, 'hex'), 'sent', new.at
FROM json_to_recordset($1::json) AS new (charger_id text, salt text, hash text, at timestamptz)
JOIN chargers ON chargers.id = new.charger_id
ON CONFLICT (charger_id) DO UPDATE SET next_salt = excluded.next_salt, next_hash = excluded.next_hash, rotation = excluded.rotation,
    rotation_at = excluded.rotation_at
WHERE known.next_hash IS NULL OR known.next_hash = excluded.next_hash
RETURNING known.charger_id"""

# The charger's row first: whoever comes to the door meanwhile waits for it.
_TAKEN = """
UPDATE chargers SET salt = known.next_salt, password_hash = known.next_hash, version = chargers.version + 1
FROM json_to_recordset($1::json) AS new (charger_id text, hash text), charger_security AS known
WHERE chargers.id = new.charger_id AND known.charger_id = new.charger_id AND known.next_hash = decode(new.hash, 'hex')"""

_ANSWERED = """
UPDATE charger_security AS known SET rotation = new.verdict, rotation_at = new.at, is_key = known.is_key OR new.verdict = 'accepted',
    next_salt = CASE WHEN new.verdict = 'unknown' THEN known.next_salt END,
    next_hash = CASE WHEN new.verdict = 'unknown' THEN known.next_hash END
FROM json_to_recordset($1::json) AS new (charger_id text, hash text, verdict text, at timestamptz)
WHERE known.charger_id = new.charger_id AND known.next_hash = decode(new.hash, 'hex')
RETURNING known.charger_id"""

_ASKED = """
INSERT INTO charger_security AS known (charger_id, upgrade, upgrade_profile, upgrade_at, upgrade_until, upgrade_resets)
SELECT new.charger_id, 'asked', new.profile, new.at, new.until, new.resets
FROM json_to_recordset($1::json) AS new (charger_id text, profile smallint, at timestamptz, until timestamptz, resets boolean)
JOIN chargers ON chargers.id = new.charger_id
ON CONFLICT (charger_id) DO UPDATE SET upgrade = excluded.upgrade, upgrade_profile = excluded.upgrade_profile,
    upgrade_at = excluded.upgrade_at, upgrade_until = excluded.upgrade_until, upgrade_resets = excluded.upgrade_resets
WHERE known.upgrade IS NULL OR known.upgrade IN ('rejected', 'done') OR known.upgrade_profile <= excluded.upgrade_profile
RETURNING known.charger_id"""

_JUDGED = """
UPDATE charger_security AS known SET upgrade = new.verdict, upgrade_at = new.at
FROM json_to_recordset($1::json) AS new (charger_id text, profile smallint, verdict text, at timestamptz)
WHERE known.charger_id = new.charger_id AND known.upgrade_profile = new.profile AND known.upgrade IN ('asked', 'unknown')
RETURNING known.upgrade_resets"""


async def write_sent(wire: Wire, items: Items[PasswordSent], outcome: Outcome) -> None:
    for place, fact in items:
        row = {"charger_id": fact.charger_id, "salt": fact.salt.hex(), "hash": fact.hash.hex(), "at": fact.at}
        if not await wire.rows(_SENT, json_rows([row])):
            outcome.results[place] = NotNow(
                "a password that was sent before is still undecided: it is once the charger has connected again (reset it), or when you "
                "set one by hand"
            )
            continue
        _tell(outcome, place, fact, {"rotation": RotationState.SENT})


async def write_answered(wire: Wire, items: Items[PasswordAnswered], outcome: Outcome) -> None:
    for place, fact in items:
        row = {"charger_id": fact.charger_id, "hash": fact.hash.hex()}
        if fact.verdict is RotationState.ACCEPTED:
            await wire.run(_TAKEN, json_rows([row]))
        if await wire.rows(_ANSWERED, json_rows([row | {"verdict": fact.verdict, "at": fact.at}])):
            _tell(outcome, place, fact, {"rotation": fact.verdict})


async def write_asked(wire: Wire, items: Items[ProfileAsked], outcome: Outcome) -> None:
    for place, fact in items:
        row = {"charger_id": fact.charger_id, "profile": fact.profile, "at": fact.at, "until": fact.until, "resets": fact.resets}
        if not await wire.rows(_ASKED, json_rows([row])):
            outcome.results[place] = NotNow("the charger was told to come with a higher profile already, and may still do so")
            continue
        _tell(outcome, place, fact, {"upgrade": UpgradeState.ASKED, "upgrade_profile": fact.profile})


async def write_judged(wire: Wire, items: Items[ProfileAnswered], outcome: Outcome) -> None:
    for place, fact in items:
        row = {"charger_id": fact.charger_id, "profile": fact.profile, "verdict": fact.verdict, "at": fact.at}
        rows = await wire.rows(_JUDGED, json_rows([row]))
        outcome.results[place] = bool(rows and rows[0][0]) and fact.verdict is UpgradeState.ACCEPTED
        if rows:
            _tell(outcome, place, fact, {"upgrade": fact.verdict, "upgrade_profile": fact.profile})


def _tell(outcome: Outcome, place: int, fact: Any, data: dict[str, Any]) -> None:
    outcome.events.append(NewEvent(place, "charger.security", fact.at, fact.charger_id, None, {"charger_id": fact.charger_id, **data}))
