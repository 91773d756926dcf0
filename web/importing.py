"""Files of rows that come in: CSV or NDJSON, each line read into a struct, and what is wrong with a line said with its number.

CSV as the export writes it: a header, ``,`` or ``;`` between cells, an apostrophe before what a spreadsheet would run. An empty
cell says nothing. NDJSON: an object a line; null says that there is none.
"""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import Callable, Collection, Hashable, Iterator
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import msgspec
from aiohttp import web

from web.export import uncell
from web.problem import Offender, Problem
from web.reading import BEYOND_UTC, beyond_utc, pointer_of, read_bytes
from web.route import Body

IMPORT_LIMIT = 20 * 1024 * 1024
IMPORT_S = 300.0
IMPORT_MEDIA = ("text/csv", "application/x-ndjson")
MOST_ERRORS = 100
_ROWS_A_TURN = 500
T = TypeVar("T", bound=Body)


class RowError(msgspec.Struct, frozen=True):
    """What is wrong with a line; line 1 of a CSV file is its header. ``column`` is empty where the whole line is meant."""

    line: int
    column: str
    detail: str


@dataclass(frozen=True, slots=True)
class Row(Generic[T]):
    """A line that could be read. ``given`` are the members that it names; ``named`` those and, in CSV, all that the file has a column
    for: an empty cell there may mean that there is none."""

    line: int
    value: T
    given: frozenset[str]
    named: frozenset[str]


@dataclass(slots=True)
class Rows(Generic[T]):
    """What a file holds. ``errors`` are the first hundred; ``broken``: it could not be read to its end, or is no such file at all."""

    good: list[Row[T]] = field(default_factory=list)
    errors: list[RowError] = field(default_factory=list)
    wrong: int = 0
    broken: bool = False

    def refuse(self, line: int, column: str, detail: str) -> None:
        self.wrong += 1
        if len(self.errors) < MOST_ERRORS:
            self.errors.append(RowError(line, column, detail))

    def must_be_right(self) -> None:
        """Raises Problem 422 when anything is wrong."""
        if self.wrong:
            offenders = [Offender(f"/{error.line}/{error.column}", error.detail) for error in self.errors]
            raise Problem(422, "invalid", "Nothing was imported: some lines are wrong. Pointers are /line/column.", errors=offenders)


async def read_rows(
    request: web.Request,
    kind: type[T],
    *,
    columns: Collection[str],
    key: str,
    fold: Callable[[Any], Hashable] = lambda value: value,
    most: int | None = None,
    strict: bool = False,
) -> Rows[T]:
    """The rows of a request's body. Raises Problem 415, 413, 408; see ``rows_of``."""
    if request.content_type not in IMPORT_MEDIA:
        raise Problem(415, "unsupported_media_type", f"Send the rows with Content-Type: {' or '.join(IMPORT_MEDIA)}.")
    raw = await read_bytes(request, IMPORT_LIMIT, IMPORT_S)
    return await rows_of(raw, request.content_type, kind, columns=columns, key=key, fold=fold, most=most, strict=strict)


async def rows_of(
    raw: bytes,
    media: str,
    kind: type[T],
    *,
    columns: Collection[str],
    key: str,
    fold: Callable[[Any], Hashable] = lambda value: value,
    most: int | None = None,
    strict: bool = False,
) -> Rows[T]:
    """The rows of a file, each read as ``kind``. Others run between some hundred lines.

    ``columns`` are those that there may be; what ``kind`` does not have of them is read over: the export tells it. ``key`` is the
    member that names a row, and may come once, as ``fold`` compares it; where ``kind`` can be without it, so can a row. ``strict``:
    members of NDJSON are of their own type, and no text is read as a number or a truth value.
    """
    rows: Rows[T] = Rows()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        rows.broken = True
        rows.refuse(raw.count(b"\n", 0, error.start) + 1, "", "is not UTF-8")
        return rows
    lines = _csv_lines(text, rows, columns, key if _is_required(kind, key) else None) if media == "text/csv" else _json_lines(text, rows)
    seen: dict[Hashable, int] = {}
    for count, (line, given, named) in enumerate(lines, start=1):
        if count % _ROWS_A_TURN == 0:
            await asyncio.sleep(0)
        if most is not None and count > most:
            rows.broken = True
            rows.refuse(line, "", f"is beyond the {most} rows that one file may have")
            break
        found = _read(line, given, named, kind, columns, strict=strict and media != "text/csv")
        if isinstance(found, RowError):
            rows.refuse(found.line, found.column, found.detail)
            continue
        name = getattr(found.value, key)
        twin = line if name is None else seen.setdefault(fold(name), line)
        if twin == line:
            rows.good.append(found)
        else:
            rows.refuse(line, key, f"is the {key} of line {twin} again")
    return rows


def _is_required(kind: type[Body], name: str) -> bool:
    return next(field.required for field in msgspec.structs.fields(kind) if field.name == name)


def _read(
    line: int, given: dict[str, Any], named: Collection[str], kind: type[T], columns: Collection[str], *, strict: bool
) -> Row[T] | RowError:
    for name in given:
        if name not in columns:
            return RowError(line, name[:100], f"is not known; there may be {', '.join(columns)}")
    own = {name: value for name, value in given.items() if name in kind.__struct_fields__}
    for name, value in own.items():
        if isinstance(value, str) and ("\0" in value or not _encodes(value)):
            return RowError(line, name, "holds characters that no text here may hold")
    try:
        value = msgspec.convert(own, kind, strict=strict)
    except msgspec.ValidationError as error:
        pointer, detail = pointer_of(str(error))
        return RowError(line, pointer[1:], detail)
    beyond = beyond_utc(value)
    if beyond is not None:
        return RowError(line, beyond[1:], BEYOND_UTC)
    return Row(line, value, frozenset(own), frozenset(named) & frozenset(kind.__struct_fields__))


def _csv_lines(
    text: str, rows: Rows[Any], columns: Collection[str], required: str | None
) -> Iterator[tuple[int, dict[str, Any], Collection[str]]]:
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    read = 0
    try:
        names = reader.fieldnames or []
        for name in names:
            if name not in columns:
                rows.refuse(1, name[:100], f"is no column here; they are {', '.join(columns)}")
        for name in {name for name in names if names.count(name) > 1}:
            rows.refuse(1, name[:100], "is there more than once")
        if required is not None and required not in names:
            rows.refuse(1, required, "is required")
        if rows.wrong:
            rows.broken = True
            return
        read = reader.line_num
        for row in reader:
            read = reader.line_num
            if None in row:
                rows.refuse(read, "", "has more cells than the header")
            else:
                yield read, {name: uncell(value) for name, value in row.items() if value}, names
    except csv.Error as error:
        rows.broken = True
        rows.refuse(read + 1, "", f"is not CSV from here on: {error}")


def _json_lines(text: str, rows: Rows[Any]) -> Iterator[tuple[int, dict[str, Any], Collection[str]]]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            given = msgspec.json.decode(line)
        except (msgspec.DecodeError, RecursionError, UnicodeEncodeError) as error:
            rows.refuse(number, "", f"is not JSON: {error}")
            continue
        if isinstance(given, dict):
            yield number, given, given
        else:
            rows.refuse(number, "", "is no JSON object")


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _delimiter(text: str) -> str:
    """Spreadsheets of some countries write semicolons."""
    header = text[: text.find("\n")] if "\n" in text else text
    return ";" if header.count(";") > header.count(",") else ","
