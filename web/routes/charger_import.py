"""Chargers from a file: made known, or changed where they are known already.

Rule 1: what a line does not name stays as it is. An empty cell of CSV names nothing; null in NDJSON says that there is none.
Rule 2: good lines are applied beside wrong ones, unless ``atomic`` is asked for: then all or none.
Rule 3: a charger that needs a password and is given none gets one, told once: in the answer to this request.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from aiohttp import web

from voltaro.domain.charger import Registration
from voltaro.domain.identity import BadIdentity, check_identity
from voltaro.domain.person import Scope
from voltaro.ports import ChargerUpsert, KnownCharger
from web.charger_views import ChargerView
from web.export import LIST_MEDIA, Format, each, stream, wanted_format
from web.house import House
from web.importing import Row, RowError, Rows, read_rows
from web.route import Ask, Body, Query, Routes
from web.routes.charger_list import ChargerRow
from web.routes.chargers import ChargerPassword, Latitude, Longitude, Name, SecurityProfile

routes = Routes("chargers")

MOST_ROWS = 20_000
_COLUMNS = tuple(dict.fromkeys((*ChargerRow.__struct_fields__, *ChargerView.__struct_fields__)))
_PLAIN = ("name", "site_id", "latitude", "longitude", "registration", "security_profile")


class ChargerImportQuery(Query, frozen=True, kw_only=True):
    """``dry_run`` only says what the import would do. ``atomic``: all lines or none."""

    dry_run: bool = False
    atomic: bool = False


class ChargerLine(Body, frozen=True, kw_only=True):
    """A charger in a file."""

    id: str
    name: Name | None = None
    site_id: Name | None = None
    latitude: Latitude | None = None
    longitude: Longitude | None = None
    registration: Registration | None = None
    security_profile: SecurityProfile | None = None
    password: ChargerPassword | None = None


class MadePassword(msgspec.Struct, frozen=True):
    """A password that was made, shown once."""

    id: str
    password: str


class ChargerImportView(msgspec.Struct, frozen=True, kw_only=True):
    """What an import did, or would do. ``wrong`` lines were left out; of these the first hundred are told."""

    dry_run: bool
    added: int
    changed: int
    unchanged: int
    wrong: int
    errors: list[RowError]
    passwords: list[MadePassword]


class ImportedLine(msgspec.Struct, frozen=True):
    """The answer as a file: what became of each charger, and the password that was made for it."""

    line: int
    id: str
    result: str
    password: str | None
    detail: str | None


@dataclass(frozen=True, slots=True)
class _Meant:
    line: int
    upsert: ChargerUpsert
    result: str
    made: str | None
    hang_up: bool


@routes.post(
    "/chargers/import",
    "Import chargers from CSV or NDJSON (the columns of the export and a password; only id is required). With Accept: text/csv the answer "
    "is a file with a line for each charger, and the passwords that were made.",
    scope=Scope.CHARGERS_WRITE,
    query=ChargerImportQuery,
    response=ChargerImportView,
    media=LIST_MEDIA,
    body_media="text/csv",
)
async def import_chargers(ask: Ask[ChargerImportQuery, None]) -> ChargerImportView | web.StreamResponse:
    query, house, wanted = ask.query, ask.house, wanted_format(ask.request)
    rows = await read_rows(ask.request, ChargerLine, columns=_COLUMNS, key="id", fold=str, most=MOST_ROWS)
    known = await house.store.known_chargers([row.value.id for row in rows.good])
    strays = await house.store.unknown_sites({row.value.site_id for row in rows.good if row.value.site_id is not None})
    meant = _all_meant(house, rows, known, strays, make=not query.dry_run)
    if query.dry_run:
        ask.changed_nothing()
    else:
        if query.atomic or rows.broken:
            rows.must_be_right()
        todo = [one for one in meant if one.result != "unchanged"]
        await house.store.upsert_chargers([one.upsert for one in todo], ask.by)
        for one in todo:
            if one.hang_up:
                await house.fleet.disconnect(one.upsert.id, "its settings were changed")
    if wanted is not Format.JSON:
        lines = sorted([*map(_told, meant), *map(_refused, rows.errors)], key=lambda line: line.line)
        return await stream(ask.request, wanted, "imported-chargers", each(lines), ImportedLine.__struct_fields__)
    results = [one.result for one in meant]
    return ChargerImportView(
        dry_run=query.dry_run,
        added=results.count("added"),
        changed=results.count("changed"),
        unchanged=results.count("unchanged"),
        wrong=rows.wrong,
        errors=sorted(rows.errors, key=lambda error: error.line),
        passwords=[MadePassword(one.upsert.id, one.made) for one in meant if one.made is not None],
    )


class _Wrong(Exception):
    """A line asks for what cannot be."""

    def __init__(self, column: str, detail: str) -> None:
        super().__init__(detail)
        self.column = column
        self.detail = detail


def _all_meant(
    house: House, rows: Rows[ChargerLine], known: Mapping[str, KnownCharger], strays: Collection[str], *, make: bool
) -> list[_Meant]:
    """What the lines ask for; what is wrong with others is added to ``rows``. ``strays`` name no site."""
    meant = []
    for row in rows.good:
        if row.value.site_id in strays:
            rows.refuse(row.line, "site_id", "names no site")
            continue
        try:
            meant.append(_meant(house, row, known.get(row.value.id), make=make))
        except _Wrong as wrong:
            rows.refuse(row.line, wrong.column, wrong.detail)
    return meant


def _meant(house: House, row: Row[ChargerLine], known: KnownCharger | None, *, make: bool) -> _Meant:
    """What a line asks for. Raises _Wrong."""
    line, given = row.value, row.given
    try:
        check_identity(line.id)
    except BadIdentity as error:
        raise _Wrong("id", str(error)) from error
    for name in ("registration", "security_profile"):
        if name in given and getattr(line, name) is None:
            raise _Wrong(name, "cannot be null")
    values: dict[str, Any] = {name: getattr(line, name) for name in _PLAIN if name in given}
    profile = line.security_profile
    if profile is None:
        profile = 1 if known is None else known.values["security_profile"]
    if line.password is not None and profile not in (1, 2):
        raise _Wrong("password", f"security profile {profile} has no password")
    needs = profile in (1, 2) and (known is None or not known.has_password)
    password: str | None = None
    credential: tuple[bytes, bytes | None] | None = None
    if line.password is not None or (needs and make):
        try:
            password, salt, digest = house.new_password(line.password)
        except ValueError as error:
            raise _Wrong("password", str(error)) from error
        credential = (salt, digest)
    elif known is not None and known.has_password and profile not in (1, 2):
        credential = (b"", None)
    if known is not None:
        values = {name: value for name, value in values.items() if value != known.values[name]}
    elif profile != 1:
        values["security_profile"] = profile
    result = "added" if known is None else "changed" if values or credential is not None or needs else "unchanged"
    hang_up = known is not None and (credential is not None or bool(values.keys() & {"registration", "security_profile"}))
    return _Meant(row.line, ChargerUpsert(line.id, values, credential), result, password if line.password is None else None, hang_up)


def _told(one: _Meant) -> ImportedLine:
    return ImportedLine(one.line, one.upsert.id, one.result, one.made, None)


def _refused(error: RowError) -> ImportedLine:
    return ImportedLine(error.line, "", "wrong", None, f"{error.column}: {error.detail}" if error.column else error.detail)
