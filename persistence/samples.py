"""Writing meter samples: the most frequent thing of all, so rows are built as text and sent as arrays.

Measured on two cores with three samples a message: INSERT ... SELECT FROM unnest of seven arrays, prepared, is as fast for
PostgreSQL as COPY into a temporary stage and INSERT from it (whose truncation at COMMIT alone takes half a millisecond), and
it is one statement: alone, it is its own transaction and one round trip.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from persistence.late import recount_ended
from persistence.orphans import NeedsTransaction, adopt
from persistence.outcome import Outcome
from persistence.wire import Wire
from voltaro.domain.fact import MeterReported
from voltaro.domain.meter import Sample

Kind = tuple[str, str, str, str | None, str, bool]
"""What a sample measures: everything in it behind ``at`` and ``value``."""

LARGEST_CACHE = 20_000

_INSERT = """
INSERT INTO meter_values (charger_id, evse_id, session_id, at, kind_id, value, received_at, transaction_id)
SELECT charger_id, evse_id, session_id, 'epoch'::timestamptz + at_us * '1 microsecond'::interval, kind_id, value,
    'epoch'::timestamptz + received_us * '1 microsecond'::interval, transaction_id
FROM unnest($1::text[], $2::int[], $3::bigint[], $4::bigint[], $5::int[], $6::text[], $7::bigint[], $8::text[])
    AS new (charger_id, evse_id, session_id, at_us, kind_id, value, received_us, transaction_id)
ON CONFLICT DO NOTHING"""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

# Asked for again after the insert: another writer may have made it meanwhile.
_MAKE_KIND = """
WITH made AS (
    INSERT INTO meter_kinds (measurand, unit, context, phase, location, signed) VALUES ($1, $2, $3, $4, $5, $6::boolean)
    ON CONFLICT DO NOTHING RETURNING id)
SELECT id FROM made"""
_FIND_KIND = """
SELECT id FROM meter_kinds
WHERE measurand = $1 AND unit = $2 AND context = $3 AND phase = $4 AND location = $5 AND signed = $6::boolean"""

_FIND_SESSIONS = """
SELECT DISTINCT ON (charger_id, transaction_id) charger_id, transaction_id, id, state = 'ended' AND protocol = 'ocpp1.6'
FROM sessions JOIN unnest($1::text[], $2::text[]) AS asked (charger_id, transaction_id) USING (charger_id, transaction_id)
WHERE stop_key IS NULL
ORDER BY charger_id, transaction_id, id DESC"""


class Arrays(NamedTuple):
    """The parameters of the insert: array literals, in the order of its columns. Moments are microseconds since 1970, which
    is exact, and takes a quarter of the time of writing them as text."""

    charger_ids: bytes
    evse_ids: bytes
    session_ids: bytes
    ats_us: bytes
    kinds: bytes
    values: bytes
    received_us: bytes
    transaction_ids: bytes


class Kinds:
    """The numbers of what samples measure, as text, remembered. A number is never remembered before it is committed."""

    def __init__(self) -> None:
        self._known: dict[Kind, str] = {}

    @property
    def known(self) -> dict[Kind, str]:
        return self._known

    async def learn(self, wire: Wire, readings: Sequence[Sequence[Sample]]) -> None:
        """Give every kind in these readings a number, outside of any transaction. One that PostgreSQL does not take stays
        unknown."""
        known = self._known
        missing = {sample[2:] for samples in readings for sample in samples if sample[2:] not in known}
        if len(known) + len(missing) > LARGEST_CACHE:
            known.clear()
            missing = {sample[2:] for samples in readings for sample in samples}
        for kind in missing:
            measurand, unit, context, phase, location, signed = kind
            try:
                parameters = [text.encode() for text in (measurand, unit, context, phase or "", location, "t" if signed else "f")]
            except UnicodeEncodeError:
                continue
            if any(b"\0" in parameter for parameter in parameters):
                continue
            found = await wire.rows(_FIND_KIND, *parameters) or await wire.rows(_MAKE_KIND, *parameters)
            known[kind] = str((found or await wire.rows(_FIND_KIND, *parameters))[0][0])


class UnstorableText(ValueError):
    """A text that PostgreSQL does not take: it holds a NUL, or half a character."""


class UnknownKind(UnstorableText):
    """A kind has no number: it is new, or PostgreSQL does not take it."""


def arrays(reports: Sequence[MeterReported], kinds: dict[Kind, str]) -> Arrays:
    """The samples of these reports as array literals. Raises UnstorableText, UnknownKind."""
    chargers: list[str] = []
    evses: list[str] = []
    sessions: list[str] = []
    ats: list[str] = []
    numbers: list[str] = []
    values: list[str] = []
    received: list[str] = []
    transactions: list[str] = []
    try:
        for charger_id, evse_id, session_id, transaction_id, received_at, samples in reports:
            count = len(samples)
            chargers.append(f'"{charger_id}",' * count)
            evses.append(f"{evse_id}," * count)
            received.append(f"{(received_at - _EPOCH) // _MICROSECOND}," * count)
            if session_id is not None:
                sessions.append(f"{session_id}," * count)
                transactions.append("NULL," * count)
            else:
                sessions.append("NULL," * count)
                transactions.append("NULL," * count if transaction_id is None else f"{_quoted(transaction_id)}," * count)
            at = samples[0][0]
            if samples[-1][0] is at:  # one reading: its samples share their moment
                ats.append(f"{(at - _EPOCH) // _MICROSECOND}," * count)
            else:
                ats += [f"{(sample[0] - _EPOCH) // _MICROSECOND}," for sample in samples]
            values += [sample[1] for sample in samples]
            numbers += [kinds[sample[2:]] for sample in samples]
    except KeyError as error:
        raise UnknownKind("what a sample measures has no number") from error
    charger_text, value_text = "".join(chargers), '","'.join(values)
    if "\\" in charger_text or charger_text.count('"') != 2 * len(values):
        charger_text = "".join(f"{_quoted(report.charger_id)}," * len(report.samples) for report in reports)
    if "\\" in value_text or value_text.count('"') != 2 * (len(values) - 1):
        value_text = ",".join(map(_quoted, values))
    else:
        value_text = f'"{value_text}"'
    if "\0" in value_text or "\0" in charger_text:
        raise UnstorableText("a meter value holds a NUL")
    try:
        return Arrays(
            _closed(charger_text),
            _closed("".join(evses)),
            _closed("".join(sessions)),
            _closed("".join(ats)),
            _closed(",".join(numbers)),
            _closed(value_text),
            _closed("".join(received)),
            _closed("".join(transactions)),
        )
    except UnicodeEncodeError as error:
        raise UnstorableText("a meter value holds half a character") from error


async def insert_samples(wire: Wire, reports: Sequence[MeterReported], kinds: dict[Kind, str], outcome: Outcome | None = None) -> None:
    """Insert the samples that are not there yet, as one statement. Raises UnstorableText, psycopg's errors, and, without an
    ``outcome``, NeedsTransaction."""
    reports = [report for report in reports if report.samples]
    late: dict[int, datetime] = {}
    if any(report[2] is None and report[3] is not None for report in reports):
        reports = await _find_sessions(wire, reports, late, outcome)
    if reports:
        await wire.run(_INSERT, *arrays(reports, kinds))
    if late:
        assert outcome is not None
        await recount_ended(wire, late, outcome)


async def _find_sessions(
    wire: Wire, reports: Sequence[MeterReported], late: dict[int, datetime], outcome: Outcome | None
) -> list[MeterReported]:
    """Late data, whose session its actor no longer holds, finds it by the charger's own transaction id. ``late`` takes the 1.6
    sessions among them that have ended, with the time of receipt."""
    asked = {
        (report.charger_id, report.transaction_id) for report in reports if report.session_id is None and report.transaction_id is not None
    }
    chargers, transactions = zip(*asked, strict=True)
    rows = await wire.rows(_FIND_SESSIONS, text_array(chargers), text_array(transactions))
    found: dict[tuple[str, str | None], int] = {
        (charger_id, transaction_id): session_id for charger_id, transaction_id, session_id, _ in rows
    }
    if any(has_ended for *_, has_ended in rows):
        if outcome is None:
            raise NeedsTransaction("readings of a session that has ended")
        ended = {session_id for _, _, session_id, has_ended in rows if has_ended}
        for report in reports:
            named = found.get((report.charger_id, report.transaction_id))
            if report.session_id is None and named is not None and named in ended:
                late[named] = report.received_at
    matched = [
        report if report.session_id is not None else report._replace(session_id=found.get((report.charger_id, report.transaction_id)))
        for report in reports
    ]
    stray = [place for place, report in enumerate(matched) if report.session_id is None and report.transaction_id is not None]
    if stray:
        for place, orphan_id in (await adopt(wire, [matched[place] for place in stray], outcome)).items():
            matched[stray[place]] = matched[stray[place]]._replace(session_id=orphan_id)
    return matched


def text_array(texts: Iterable[str]) -> bytes:
    """An array literal of texts. Raises UnstorableText."""
    try:
        return _closed(",".join(map(_quoted, texts)))
    except UnicodeEncodeError as error:
        raise UnstorableText("a text holds half a character") from error


def _quoted(text: str) -> str:
    if "\0" in text:
        raise UnstorableText("a text holds a NUL")
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _closed(elements: str) -> bytes:
    return f"{{{elements.removesuffix(',')}}}".encode()
