"""The security of chargers: what the door asks, what it tells, and what changes when a password or a profile is changed.

Rule 1: the old password is replaced in the very statement that takes the new one in, so that there is always one that is good.
Rule 2: whoever sets a password or a profile by hand ends whatever was being changed of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import Row, bindparam, delete, exists, func, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.types import Text

from persistence.database import Part, among, note, notify
from persistence.quirks import stored_quirks
from persistence.tables import certificates, charger_security, chargers
from voltaro.domain.charger import Registration
from voltaro.domain.profiles import Came, ChargerSecurity, Entry, RotationState, UpgradeState
from voltaro.domain.quirks import Mode
from voltaro.ports import Credential

_KEPT = charger_security.c
_SHOWN = [_KEPT[field.name] for field in fields(ChargerSecurity) if field.name != "has_password"]
_CREDENTIAL = [
    chargers.c.id,
    chargers.c.registration,
    chargers.c.security_profile,
    chargers.c.salt,
    chargers.c.password_hash,
    chargers.c.protocol_override,
    chargers.c.serial_number,
    chargers.c.quirks,
    _KEPT.next_salt,
    _KEPT.next_hash,
    _KEPT.is_key,
    _KEPT.key_as_text,
    _KEPT.lenient_handshake,
    _KEPT.certificate_name,
    _KEPT.certificate_fingerprint,
    _KEPT.upgrade,
    _KEPT.upgrade_profile,
]
_WITH_SECURITY = chargers.outerjoin(charger_security, _KEPT.charger_id == chargers.c.id)
_CHANGEABLE = frozenset({"key_as_text", "lenient_handshake", "certificate_name", "certificate_fingerprint"})
_BY_DOOR = "seen at the door"


class SecurityStore(Part):
    """The part of ``ports.Store`` that the door and the routes of security use."""

    async def credentials(self, charger_ids: Sequence[str]) -> Mapping[str, Credential]:
        """By id; unknown ones are missing."""
        async with self._database.reading() as connection:
            return await credentials_of(connection, charger_ids)

    async def credentials_like(self, readings: Sequence[str]) -> Mapping[str, Sequence[Credential]]:
        """The chargers whose identity is a reading without regard to case, by reading."""
        asked = text("SELECT reading FROM unnest(:readings) AS asked (reading)").bindparams(
            bindparam("readings", list(readings), ARRAY(Text))
        )
        wanted = asked.columns(reading=Text).subquery("asked")
        query = select(wanted.c.reading, *_CREDENTIAL).select_from(
            wanted.join(chargers, func.lower(chargers.c.id) == func.lower(wanted.c.reading)).outerjoin(
                charger_security, _KEPT.charger_id == chargers.c.id
            )
        )
        found: dict[str, list[Credential]] = defaultdict(list)
        async with self._database.reading() as connection:
            for row in (await connection.execute(query)).all():
                found[row.reading].append(_credential(row))
        return found

    async def charger_security(self, charger_id: str) -> ChargerSecurity | None:
        """What is stored of a charger's security; None when it is not known."""
        query = select(chargers.c.password_hash.is_not(None).label("has_password"), *_SHOWN).select_from(_WITH_SECURITY)
        async with self._database.reading() as connection:
            row = (await connection.execute(query.where(chargers.c.id == charger_id))).one_or_none()
        return None if row is None else _security(row)

    async def change_security(self, charger_id: str, values: Mapping[str, Any], by: str) -> bool:
        """Set named members; False when another charger has that certificate. ValueError for what may not be set."""
        if not values.keys() <= _CHANGEABLE:
            raise ValueError(f"of a charger's security only {sorted(_CHANGEABLE)} may be set")
        told = dict(values)
        if told.keys() & {"certificate_name", "certificate_fingerprint"}:
            told |= {"certificate_by": by, "certificate_at": func.now()}
        async with self._database.changing() as connection:
            kept = select(*(charger_security.c[name] for name in values)).where(charger_security.c.charger_id == charger_id)
            row = (await connection.execute(kept)).one_or_none() if values else None
            if not await _set(connection, charger_id, told):
                return False
            before = {} if row is None else row._mapping
            await note(connection, by, "charger.security", charger_id, before=before, after=values)
            await notify(connection, "charger", charger_id)
            return True

    async def was_issued(self, fingerprint: str) -> bool:
        """Whether our own authority has signed a certificate with this fingerprint, good or not."""
        query = select(exists().where(certificates.c.fingerprint == fingerprint))
        async with self._database.reading() as connection:
            return bool(await connection.scalar(query))

    async def enter(self, entry: Entry) -> bool:
        """See ``ports.Calls.entered``."""
        charger_id, now = entry.charger_id, entry.at
        async with self._database.changing() as connection:
            # Whoever changes one charger's security waits for its row: an answer that comes meanwhile is not overtaken.
            row = (
                await connection.execute(
                    select(*_CREDENTIAL, _KEPT.rotation)
                    .select_from(_WITH_SECURITY)
                    .where(chargers.c.id == charger_id)
                    .with_for_update(of=chargers)
                )
            ).one_or_none()
            if row is None:
                return True
            if entry.certificate is not None:
                seen = {
                    "certificate_name": entry.certificate.common_name,
                    "certificate_fingerprint": entry.certificate.fingerprint,
                    "certificate_by": _BY_DOOR,
                    "certificate_at": now,
                }
                if not await _set(connection, charger_id, seen):
                    return False
                await note(connection, "door", "charger.certificate", charger_id, {**seen, "certificate_at": now})
            if entry.password is not None and row.next_hash is not None:
                await _settle_by_use(connection, row, entry)
            if entry.profile is not None and entry.profile > row.security_profile:
                await _take_profile(connection, charger_id, entry.profile)
            await notify(connection, "charger", charger_id)
        return True


async def credentials_of(connection: AsyncConnection, charger_ids: Sequence[str]) -> dict[str, Credential]:
    """By id; unknown ones are missing."""
    query = select(*_CREDENTIAL).select_from(_WITH_SECURITY).where(among(chargers.c.id, charger_ids))
    return {row.id: _credential(row) for row in (await connection.execute(query)).all()}


async def forget_rotation(connection: AsyncConnection, charger_id: str) -> None:
    """A password was set by hand: one that was sent is good no more, and how the charger spells it is not known."""
    ended = {"next_salt": None, "next_hash": None, "rotation": None, "rotation_at": None, "is_key": False}
    await connection.execute(update(charger_security).where(_KEPT.charger_id == charger_id).values(**ended))


async def forget_upgrade(connection: AsyncConnection, charger_id: str) -> None:
    """A profile was set by hand."""
    ended = {"upgrade": None, "upgrade_profile": None, "upgrade_at": None, "upgrade_until": None}
    await connection.execute(update(charger_security).where(_KEPT.charger_id == charger_id).values(**ended))


async def forget_security(connection: AsyncConnection, charger_id: str) -> None:
    """A charger is removed."""
    await connection.execute(delete(charger_security).where(_KEPT.charger_id == charger_id))


async def _set(connection: AsyncConnection, charger_id: str, values: Mapping[str, Any]) -> bool:
    """Set members of the row, which is made where there is none; False where a certificate is another charger's."""
    query = insert(charger_security).values(charger_id=charger_id, **values)
    try:
        async with connection.begin_nested():
            await connection.execute(query.on_conflict_do_update(index_elements=[_KEPT.charger_id], set_=dict(values)))
    except IntegrityError:
        return False
    return True


async def _settle_by_use(connection: AsyncConnection, row: Any, entry: Entry) -> None:
    """The charger has used one of two good passwords. Only the new one decides at once: a charger may still come with the old one
    while our message is under way. The next time it does, it has not taken the new one."""
    if entry.password is Came.WITH_NEW:
        await connection.execute(
            update(chargers)
            .where(chargers.c.id == row.id)
            .values(salt=row.next_salt, password_hash=row.next_hash, version=chargers.c.version + 1)
        )
        values: dict[str, Any] = {"next_salt": None, "next_hash": None, "rotation": RotationState.ACCEPTED, "is_key": True}
    elif row.rotation == RotationState.SENT:
        values = {"rotation": RotationState.UNKNOWN}
    else:
        values = {"next_salt": None, "next_hash": None, "rotation": RotationState.REJECTED}
    await _set(connection, row.id, values | {"rotation_at": entry.at})
    await note(connection, "door", "charger.password", row.id, {"came_with": entry.password})


async def _take_profile(connection: AsyncConnection, charger_id: str, profile: int) -> None:
    raised = update(chargers).where(chargers.c.id == charger_id).values(security_profile=profile, version=chargers.c.version + 1)
    await connection.execute(raised)
    done = {"upgrade": UpgradeState.DONE, "upgrade_profile": profile, "upgrade_at": func.now(), "upgrade_until": None}
    await connection.execute(update(charger_security).where(_KEPT.charger_id == charger_id).values(**done))
    await note(connection, "door", "charger.profile", charger_id, {"security_profile": profile})


def _credential(row: Row[Any]) -> Credential:
    return Credential(
        charger_id=row.id,
        registration=Registration(row.registration),
        security_profile=row.security_profile,
        salt=bytes(row.salt),
        password_hash=_bytes(row.password_hash),
        protocol_override=row.protocol_override,
        next_salt=_bytes(row.next_salt) or b"",
        next_hash=_bytes(row.next_hash),
        is_key=bool(row.is_key),
        key_as_text=bool(row.key_as_text),
        lenient_handshake=bool(row.lenient_handshake),
        strict=stored_quirks(row.quirks).mode is Mode.STRICT,
        serial_number=row.serial_number,
        certificate_name=row.certificate_name,
        certificate_fingerprint=row.certificate_fingerprint,
        upgrade_profile=row.upgrade_profile if row.upgrade is not None and UpgradeState(row.upgrade).is_open else None,
    )


def _bytes(value: Any) -> bytes | None:
    return None if value is None else bytes(value)


def _security(row: Row[Any]) -> ChargerSecurity:
    values = dict(row._mapping)
    values["key_as_text"] = bool(values["key_as_text"])
    values["lenient_handshake"] = bool(values["lenient_handshake"])
    values["rotation"] = None if values["rotation"] is None else RotationState(values["rotation"])
    values["upgrade"] = None if values["upgrade"] is None else UpgradeState(values["upgrade"])
    return ChargerSecurity(**values)
