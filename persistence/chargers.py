"""Chargers: what operators say of them, their credentials, and what their actors rebuild themselves from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

from sqlalchemy import Row, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from persistence import cursor as cursors
from persistence.availability import wishes_of
from persistence.certificates import forget_certificates, pending_certificates
from persistence.charging import profiles_of
from persistence.commands import open_commands
from persistence.configuration import configuration_facts
from persistence.database import Part, among, note, notify
from persistence.jobs import newest_jobs
from persistence.local_lists import local_list_facts
from persistence.quirks import stored_quirks
from persistence.reservations import reservations_of
from persistence.security import credentials_of, forget_rotation, forget_security, forget_upgrade
from persistence.sessions import open_sessions
from persistence.sites import check_site
from persistence.tables import (
    anomalies,
    charger_notes,
    chargers,
    charging_profiles,
    charging_settings,
    configuration_keys,
    configurations,
    connectors,
    local_lists,
    service_wishes,
    variable_values,
    variables,
)
from voltaro.domain.charger import Charger, Connector, ConnectorState, Registration
from voltaro.domain.quirks import Quirks
from voltaro.domain.session import Session
from voltaro.ports import AlreadyExists, Change, ChargerFacts, Credential, NewCharger, Page, VersionConflict

CHARGER_COLUMNS = [chargers.c[name.name] for name in fields(Charger) if name.name != "connectors"]
_CHANGEABLE = frozenset({"name", "site_id", "latitude", "longitude", "registration", "security_profile", "protocol_override", "quirks"})


class ChargerStore(Part):
    """The chargers of ``ports.Store``."""

    async def chargers(
        self,
        *,
        limit: int,
        cursor: str | None = None,
        registration: Registration | None = None,
        search: str | None = None,
        site_id: str | None = None,
    ) -> Page[Charger]:
        """By id, ascending. ``search`` finds a part of the id, name, vendor, model or serial number, without case."""
        query = select(*CHARGER_COLUMNS).order_by(chargers.c.id).limit(limit + 1)
        if cursor is not None:
            query = query.where(chargers.c.id > cursors.decode("chargers", cursor, str)[0])
        if registration is not None:
            query = query.where(chargers.c.registration == registration)
        if site_id is not None:
            query = query.where(chargers.c.site_id == site_id)
        if search:
            found = (chargers.c.id, chargers.c.name, chargers.c.vendor, chargers.c.model, chargers.c.serial_number)
            query = query.where(or_(*(column.icontains(search, autoescape=True) for column in found)))
        async with self._database.reading() as connection:
            rows = (await connection.execute(query)).all()
            known = await connectors_of(connection, [row.id for row in rows[:limit]])
        return cursors.page("chargers", rows, limit, lambda row: (row.id,), lambda row: charger_of(row, known[row.id]))

    async def charger(self, charger_id: str) -> Charger | None:
        async with self._database.reading() as connection:
            return await _charger_by_id(connection, charger_id)

    async def count_chargers(self) -> int:
        async with self._database.reading() as connection:
            return int(await connection.scalar(select(func.count()).select_from(chargers)) or 0)

    async def add_charger(self, new: NewCharger, by: str) -> Charger:
        """Raises AlreadyExists, UnknownSite."""
        values = {field.name: getattr(new, field.name) for field in fields(new)}
        async with self._database.changing() as connection:
            await check_site(connection, new.site_id)
            query = insert(chargers).values(**values).on_conflict_do_nothing().returning(*CHARGER_COLUMNS)
            row = (await connection.execute(query)).one_or_none()
            if row is None:
                raise AlreadyExists(f"the charger {new.id!r} is known already")
            shown = {key: value for key, value in values.items() if key not in ("salt", "password_hash", "id") and value is not None}
            await note(connection, by, "charger.added", new.id, after={**shown, "with_password": new.password_hash is not None})
            await notify(connection, "charger", new.id)
            return charger_of(row, ())

    async def provision_chargers(self, new: Sequence[NewCharger], by: str) -> Mapping[str, Credential]:
        """Make many chargers known in one transaction; the credentials of all, also of those that were known before."""
        rows = [{field.name: getattr(charger, field.name) for field in fields(charger)} for charger in new]
        async with self._database.changing() as connection:
            query = insert(chargers).values(rows).on_conflict_do_nothing().returning(chargers.c.id)
            added = list((await connection.scalars(query)).all())
            if added:
                await note(connection, by, "chargers.provisioned", "", {"ids": added})
            return await credentials_of(connection, [charger.id for charger in new])

    async def change_charger(
        self, charger_id: str, change: Change, by: str, *, credential: tuple[bytes, bytes | None] | None = None
    ) -> Charger | None:
        """See ``ports.Store``."""
        if not change.values.keys() <= _CHANGEABLE:
            raise ValueError(f"of a charger only {sorted(_CHANGEABLE)} may be changed")
        async with self._database.changing() as connection:
            told = [chargers.c[name] for name in ("version", *change.values)]
            before = (await connection.execute(select(*told).where(chargers.c.id == charger_id).with_for_update())).one_or_none()
            if before is None:
                return None
            version = before.version
            if change.version is not None and change.version != version:
                raise VersionConflict(f"the charger {charger_id!r} has version {version} now")
            await check_site(connection, change.values.get("site_id"))
            values = {name: value.told() if isinstance(value, Quirks) else value for name, value in change.values.items()}
            sealed = {} if credential is None else {"salt": credential[0], "password_hash": credential[1]}
            await connection.execute(update(chargers).where(chargers.c.id == charger_id).values(**values, **sealed, version=version + 1))
            if "security_profile" in values:
                await forget_upgrade(connection, charger_id)
            was = {name: before._mapping[name] for name in values}
            if values:
                await note(connection, by, "charger.changed", charger_id, before=was, after=values)
            if credential is not None:
                await _password_set(connection, charger_id, by, is_open=credential[1] is None)
            await notify(connection, "charger", charger_id)
            return await _charger_by_id(connection, charger_id)

    async def remove_charger(self, charger_id: str, by: str, version: int | None = None) -> bool:
        """Forget a charger. Its sessions, meter values, commands and messages stay. Raises VersionConflict."""
        async with self._database.changing() as connection:
            told = [
                chargers.c[name] for name in ("name", "site_id", "registration", "security_profile", "vendor", "model", "serial_number")
            ]
            gone = delete(chargers).where(chargers.c.id == charger_id).returning(*told, chargers.c.version)
            removed = (await connection.execute(gone)).one_or_none()
            if removed is None:
                return False
            if version is not None and version != removed.version:
                raise VersionConflict(f"the charger {charger_id!r} has version {removed.version} now")
            for table in _OWN:
                await connection.execute(delete(table).where(table.c.charger_id == charger_id))
            await forget_security(connection, charger_id)
            await forget_certificates(connection, charger_id)
            await note(connection, by, "charger.removed", charger_id, before={column.name: removed._mapping[column] for column in told})
            await notify(connection, "charger_removed", charger_id)
            return True

    async def set_charger_password(self, charger_id: str, salt: bytes, password_hash: bytes | None, by: str) -> bool:
        """Replace the credential; None leaves the charger open."""
        query = (
            update(chargers)
            .where(chargers.c.id == charger_id)
            .values(salt=salt, password_hash=password_hash, version=chargers.c.version + 1)
        )
        async with self._database.changing() as connection:
            if not (await connection.execute(query)).rowcount:
                return False
            await _password_set(connection, charger_id, by, is_open=password_hash is None)
            await notify(connection, "charger", charger_id)
            return True

    async def charger_facts(self, charger_ids: Sequence[str]) -> Mapping[str, ChargerFacts]:
        """By id; unknown ones are missing. Figures of open sessions count all their stored samples."""
        async with self._database.reading() as connection:
            rows = (await connection.execute(select(*CHARGER_COLUMNS).where(among(chargers.c.id, charger_ids)))).all()
            known = await connectors_of(connection, charger_ids)
            running = await open_sessions(connection, charger_ids)
            topics = {name: await read(connection, charger_ids) for name, read in _TOPICS.items()}
        of_charger = defaultdict(list)
        for session in running:
            of_charger[session.charger_id].append(session)
        return {
            row.id: replace(
                _facts(charger_of(row, known[row.id]), of_charger[row.id]),
                **{name: found[row.id] for name, found in topics.items() if row.id in found},
            )
            for row in rows
        }

    async def variables(self, charger_id: str) -> Sequence[Mapping[str, Any]]:
        """The newest ``reportData`` of every variable (2.x B07), in the order of the report."""
        query = select(variables.c.data).where(variables.c.charger_id == charger_id)
        async with self._database.reading() as connection:
            return list((await connection.scalars(query.order_by(variables.c.request_id, variables.c.position))).all())


_OWN = (
    anomalies,
    charger_notes,
    connectors,
    variables,
    charging_profiles,
    charging_settings,
    configurations,
    configuration_keys,
    local_lists,
    service_wishes,
    variable_values,
)
"""What goes with a charger that is removed."""

_TOPICS: Mapping[str, Callable[[AsyncConnection, Sequence[str]], Awaitable[Mapping[str, Any]]]] = {
    "certificates": pending_certificates,
    "configuration": configuration_facts,
    "local_list": local_list_facts,
    "jobs": newest_jobs,
    "profiles": profiles_of,
    "reservations": reservations_of,
    "open_commands": open_commands,
    "service_wishes": wishes_of,
}
"""How each topic's member of ``ChargerFacts`` is read, for many chargers at once; one that has nothing is left out."""


def _facts(charger: Charger, sessions: list[Session]) -> ChargerFacts:
    accepted = charger.boot_accepted_at is not None and charger.registration is Registration.ACCEPTED
    return ChargerFacts(charger, tuple(sessions), accepted)


async def _charger_by_id(connection: AsyncConnection, charger_id: str) -> Charger | None:
    row = (await connection.execute(select(*CHARGER_COLUMNS).where(chargers.c.id == charger_id))).one_or_none()
    return None if row is None else charger_of(row, (await connectors_of(connection, [charger_id]))[charger_id])


async def _password_set(connection: AsyncConnection, charger_id: str, by: str, *, is_open: bool) -> None:
    """What follows where the credential of a charger was replaced; ``is_open``: there is none now."""
    await forget_rotation(connection, charger_id)
    await note(connection, by, "charger.password", charger_id, {"with_password": not is_open})


async def connectors_of(connection: AsyncConnection, charger_ids: Sequence[str]) -> Mapping[str, tuple[Connector, ...]]:
    """The connectors of every one of these chargers, by charger, evse and connector."""
    table = connectors.c
    query = (
        select(table.charger_id, table.evse_id, table.connector_id, table.status, table.state, table.error_code, table.updated_at)
        .where(among(table.charger_id, charger_ids))
        .order_by(table.charger_id, table.evse_id, table.connector_id)
    )
    found: dict[str, tuple[Connector, ...]] = defaultdict(tuple)
    for charger_id, evse_id, connector_id, status, state, error_code, updated_at in (await connection.execute(query)).all():
        found[charger_id] += (Connector(evse_id, connector_id, status, ConnectorState(state), error_code, updated_at),)
    return found


def charger_of(row: Row[Any], known: tuple[Connector, ...]) -> Charger:
    """A charger of a row that has ``CHARGER_COLUMNS``, and may have more."""
    values = {column.name: getattr(row, column.name) for column in CHARGER_COLUMNS}
    values["registration"] = Registration(values["registration"])
    values["quirks"] = stored_quirks(row.quirks)
    return Charger(**values, connectors=known)
