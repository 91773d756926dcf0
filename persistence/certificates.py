"""Certificates of chargers, as they are written and read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from persistence.database import Part, among, json_text, note
from persistence.outcome import Items, NewEvent, Outcome, json_rows
from persistence.tables import certificates, chargers, installed_certificates
from persistence.wire import Wire
from persistence.wired_audit import note_by_wire
from voltaro.domain.certificate import HELD, CertificateState, ChargerCertificate, InstalledCertificate, hash_key
from voltaro.domain.fact import CertificateChanged, CertificateRequested, CertificatesReported, InstalledCertificateGone

MOST_SHOWN = 200

# A name that another charger bears is nobody else's to ask for.
_REQUEST = """
INSERT INTO certificates (charger_id, state, origin, requested_at, updated_at, csr_digest, common_name, certificate_type, request_id,
    reason)
SELECT charger_id, CASE WHEN refused IS NULL THEN 'requested' ELSE 'refused' END, 'charger', at, at, csr_digest, common_name,
    certificate_type, request_id, refused
FROM (
    SELECT charger_id, csr_digest, common_name, certificate_type, request_id, at, coalesce(refused, CASE WHEN EXISTS (
        SELECT FROM chargers WHERE chargers.id <> new.charger_id
            AND (chargers.id = new.common_name OR chargers.serial_number = new.common_name)
    ) THEN 'its common name is that of another charger' END) AS refused
    FROM json_to_record($1::json) AS new (charger_id text, csr_digest text, common_name text, certificate_type text,
        request_id integer, refused text, at timestamptz)
) AS judged
RETURNING id, reason"""

_CHANGE = """
UPDATE certificates AS known SET state = new.state, updated_at = new.at, reason = coalesce(new.reason, known.reason),
    common_name = coalesce(new.common_name, known.common_name), serial_number = coalesce(new.serial_number, known.serial_number),
    fingerprint = coalesce(new.fingerprint, known.fingerprint), not_before = coalesce(new.not_before, known.not_before),
    not_after = coalesce(new.not_after, known.not_after), chain = coalesce(new.pem, known.chain)
FROM json_to_record($1::json) AS new (id bigint, state text, at timestamptz, reason text, common_name text, serial_number text,
    fingerprint text, not_before timestamptz, not_after timestamptz, pem text)
WHERE known.id = new.id AND known.state <> 'revoked'
RETURNING known.id, known.common_name, known.not_after"""

_ADD = """
INSERT INTO certificates (charger_id, state, origin, requested_at, updated_at, reason, common_name, serial_number, fingerprint,
    not_before, not_after, chain)
SELECT charger_id, state, 'operator', at, at, reason, common_name, serial_number, fingerprint, not_before, not_after, pem
FROM json_to_record($1::json) AS new (charger_id text, state text, at timestamptz, reason text, common_name text, serial_number text,
    fingerprint text, not_before timestamptz, not_after timestamptz, pem text)
RETURNING id, common_name, not_after"""

_REPORT = """
INSERT INTO installed_certificates AS known (charger_id, type, key, hash_data, children, reported_at)
SELECT charger_id, type, key, hash_data::json, children::json, at
FROM json_to_recordset($1::json) AS new (charger_id text, type text, key text, hash_data text, children text, at timestamptz)
ON CONFLICT (charger_id, type, key) DO UPDATE SET children = excluded.children, reported_at = excluded.reported_at"""

_FORGET = """
DELETE FROM installed_certificates AS known USING json_to_record($1::json) AS new (charger_id text, asked text[], at timestamptz)
WHERE known.charger_id = new.charger_id AND (new.asked IS NULL OR known.type = ANY(new.asked)) AND known.reported_at < new.at"""

_GONE = """
DELETE FROM installed_certificates AS known USING json_to_record($1::json) AS new (charger_id text, key text)
WHERE known.charger_id = new.charger_id AND known.key = new.key"""

_CERTIFICATE = [certificates.c[field.name] for field in fields(ChargerCertificate)]
_INSTALLED = [installed_certificates.c[field.name] for field in fields(InstalledCertificate)]
_DETAILS = ("pem", "common_name", "serial_number", "fingerprint", "not_before", "not_after")


async def write_requests(wire: Wire, items: Items[CertificateRequested], outcome: Outcome) -> None:
    for place, fact in items:
        row = {name: getattr(fact, name) for name in fact.__slots__}
        ((certificate_id, refused),) = await wire.rows(_REQUEST, _one(row))
        outcome.results[place] = (certificate_id, refused)
        state = CertificateState.REQUESTED if refused is None else CertificateState.REFUSED
        data = {"charger_id": fact.charger_id, "id": certificate_id, "state": state, "common_name": fact.common_name, "reason": refused}
        outcome.events.append(NewEvent(place, "certificate.updated", fact.at, fact.charger_id, None, data))


async def write_changes(wire: Wire, items: Items[CertificateChanged], outcome: Outcome) -> None:
    for place, fact in items:
        row = {name: getattr(fact, name) for name in ("charger_id", "id", "state", "at", "reason")}
        if fact.certificate is not None:
            row |= {name: getattr(fact.certificate, name) for name in _DETAILS}
        found = await wire.rows(_ADD if fact.id is None else _CHANGE, _one(row))
        if not found:
            continue
        certificate_id, common_name, not_after = found[0]
        data: dict[str, Any] = {"charger_id": fact.charger_id, "id": certificate_id, "state": fact.state, "common_name": common_name}
        data |= {"not_after": not_after, "reason": fact.reason}
        outcome.events.append(NewEvent(place, "certificate.updated", fact.at, fact.charger_id, None, data))
        if fact.certificate is not None:
            detail = {name: getattr(fact.certificate, name) for name in _DETAILS[1:]} | {"state": fact.state}
            await note_by_wire(wire, "voltaro", "certificate.issued", fact.charger_id, after=detail)


async def write_reports(wire: Wire, items: Items[CertificatesReported], outcome: Outcome) -> None:
    for place, fact in items:
        rows = {
            (kind, hash_key(hash_data)): {
                "charger_id": fact.charger_id,
                "type": kind,
                "key": hash_key(hash_data),
                "hash_data": json_text(hash_data),
                "children": json_text(list(children)),
                "at": fact.at,
            }
            for kind, hash_data, children in fact.found
        }
        await wire.run(_REPORT, json_rows(rows.values()))
        await wire.run(_FORGET, _one({"charger_id": fact.charger_id, "asked": list(fact.asked) or None, "at": fact.at}))
        data = {"charger_id": fact.charger_id, "types": list(fact.asked), "count": len(rows)}
        outcome.events.append(NewEvent(place, "certificate.reported", fact.at, fact.charger_id, None, data))


async def write_gone(wire: Wire, items: Items[InstalledCertificateGone], outcome: Outcome) -> None:
    for place, fact in items:
        await wire.run(_GONE, _one({"charger_id": fact.charger_id, "key": fact.key}))
        data: dict[str, Any] = {"charger_id": fact.charger_id, "types": [], "count": None}
        outcome.events.append(NewEvent(place, "certificate.reported", fact.at, fact.charger_id, None, data))


class CertificatesStore(Part):
    """``ports.certificates.CertificateStore``."""

    async def certificates(self, charger_id: str) -> Sequence[ChargerCertificate]:
        """Newest first, a bounded number."""
        query = select(*_CERTIFICATE).where(certificates.c.charger_id == charger_id).order_by(certificates.c.id.desc()).limit(MOST_SHOWN)
        async with self._database.reading() as connection:
            return [_certificate(row) for row in (await connection.execute(query)).all()]

    async def installed_certificates(self, charger_id: str) -> Sequence[InstalledCertificate]:
        table = installed_certificates.c
        query = select(*_INSTALLED).where(table.charger_id == charger_id).order_by(table.type, table.id).limit(MOST_SHOWN)
        async with self._database.reading() as connection:
            rows = (await connection.execute(query)).all()
        return [InstalledCertificate(**{**row._mapping, "children": tuple(row.children)}) for row in rows]

    async def revoke_certificate(self, certificate_id: int, charger_id: str, by: str) -> bool:
        """It is nobody's any more. False when there is none that a charger may show."""
        table = certificates.c
        query = update(certificates).where(table.id == certificate_id, table.charger_id == charger_id, table.state.in_(HELD))
        async with self._database.changing() as connection:
            done = await connection.execute(query.values(state=CertificateState.REVOKED, updated_at=datetime.now(UTC)))
            if not done.rowcount:
                return False
            await note(connection, by, "certificate.revoked", charger_id, {"id": certificate_id})
            return True

    async def charger_of_certificate(self, fingerprint_sha256: str, common_name: str) -> str | None:
        """See ``ports.certificates.CertificateLookup``."""
        table = certificates.c
        issued = select(table.charger_id, table.state, table.not_before, table.not_after).where(table.fingerprint == fingerprint_sha256)
        named = select(chargers.c.id).where(or_(chargers.c.id == common_name, chargers.c.serial_number == common_name)).limit(2)
        async with self._database.reading() as connection:
            known = (await connection.execute(issued.order_by(table.id.desc()))).first()
            if known is not None:
                is_good = known.state in HELD and known.not_before <= datetime.now(UTC) < known.not_after
                return known.charger_id if is_good else None
            found = (await connection.scalars(named)).all()
        return found[0] if len(found) == 1 else None


async def pending_certificates(connection: AsyncConnection, charger_ids: Sequence[str]) -> Mapping[str, tuple[ChargerCertificate, ...]]:
    """Those that were signed and have not been answered; chargers without any are missing."""
    table = certificates.c
    waiting = table.state.in_((CertificateState.ISSUED, CertificateState.SENT))
    query = select(*_CERTIFICATE).where(among(table.charger_id, charger_ids), waiting, table.not_after > func.now()).order_by(table.id)
    found: dict[str, tuple[ChargerCertificate, ...]] = {}
    for row in (await connection.execute(query)).all():
        found[row.charger_id] = (*found.get(row.charger_id, ()), _certificate(row))
    return found


async def forget_certificates(connection: AsyncConnection, charger_id: str) -> None:
    """The charger is removed: nobody may come as it with what it was given."""
    await connection.execute(delete(installed_certificates).where(installed_certificates.c.charger_id == charger_id))
    given = update(certificates).where(certificates.c.charger_id == charger_id, certificates.c.state.in_(HELD))
    await connection.execute(given.values(state=CertificateState.REVOKED, updated_at=datetime.now(UTC)))


def _certificate(row: Row[Any]) -> ChargerCertificate:
    return ChargerCertificate(**{**row._mapping, "state": CertificateState(row.state)})


def _one(row: Mapping[str, Any]) -> bytes:
    """One JSON object for ``json_to_record``."""
    return json_rows([row])[1:-1]
