"""Reading a file of rows: CSV, or NDJSON, each row as a struct, with what is wrong told by line and column."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import msgspec

from web.export import Format, uncell
from web.problem import Offender, Problem
from web.reading import pointer_of

MOST_ERRORS = 100
_ROWS_A_TURN = 500
T = TypeVar("T")


class RowFault(msgspec.Struct, frozen=True):
    """What is wrong with a line of a file; line 1 of a CSV is its header."""

    line: int
    column: str
    detail: str


@dataclass(slots=True)
class Rows(Generic[T]):
    """What was read: the items with their lines, and the first hundred faults."""

    items: list[tuple[int, T]] = field(default_factory=list)
    faults: list[RowFault] = field(default_factory=list)

    def refuse(self) -> None:
        """Raise Problem 422 when anything is wrong; pointers are /line/column."""
        if self.faults:
            offenders = [Offender(f"/{fault.line}/{fault.column}", fault.detail) for fault in self.faults]
            raise Problem(422, "invalid", "Nothing was imported: some lines are wrong. Pointers are /line/column.", errors=offenders)


async def read_rows(raw: bytes, media: str, kind: type[T], also: frozenset[str], key: Callable[[T], str | None]) -> Rows[T]:
    """The rows of a file as ``kind``. ``also`` are columns that an export has and an import ignores; ``key`` names what no two rows may
    share. Lets others run between some hundred rows. Raises Problem 415 for another medium."""
    if media not in (Format.CSV, Format.NDJSON):
        raise Problem(415, "unsupported_media_type", f"Send {Format.CSV} or {Format.NDJSON}.")
    read: Rows[T] = Rows()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        read.faults.append(RowFault(raw.count(b"\n", 0, error.start) + 1, "", "is not UTF-8"))
        return read
    seen: dict[str, int] = {}
    known = frozenset(field.encode_name for field in msgspec.structs.fields(kind))  # type: ignore[arg-type]
    source = _lines_of_csv(text, known | also, read) if media == Format.CSV else _lines_of_json(text, read)
    for count, (line, row) in enumerate(source, start=1):
        if count % _ROWS_A_TURN == 0:
            await asyncio.sleep(0)
        if len(read.faults) >= MOST_ERRORS:
            break
        given = {name: value for name, value in row.items() if name not in also}
        nul = next((name for name, value in given.items() if isinstance(value, str) and "\0" in value), None)
        if nul is not None:
            read.faults.append(RowFault(line, nul, "holds a NUL character"))
            continue
        try:
            item = msgspec.convert(given, kind, strict=media != Format.CSV)
        except msgspec.ValidationError as error:
            pointer, detail = pointer_of(str(error))
            read.faults.append(RowFault(line, pointer[1:], detail))
            continue
        name = key(item)
        twin = line if name is None else seen.setdefault(name, line)
        if twin != line:
            read.faults.append(RowFault(line, "", f"is that of line {twin} again"))
        else:
            read.items.append((line, item))
    return read


def _lines_of_csv(text: str, known: frozenset[str], read: Rows[Any]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    header = text.partition("\n")[0]
    rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=";" if header.count(";") > header.count(",") else ",")
    try:
        unknown = [name for name in rows.fieldnames or [] if name not in known]
        read.faults += [RowFault(1, name, f"is no column here; they are {', '.join(sorted(known))}") for name in unknown]
        if unknown:
            return
        for row in rows:
            if None in row:
                read.faults.append(RowFault(rows.line_num, "", "has more cells than the header"))
            else:
                yield rows.line_num, {name: uncell(value) for name, value in row.items() if value}
    except csv.Error as error:
        read.faults.append(RowFault(rows.line_num + 1, "", f"is not CSV: {error}"))


def _lines_of_json(text: str, read: Rows[Any]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    for line, piece in enumerate(text.splitlines(), start=1):
        if not piece.strip():
            continue
        try:
            row = msgspec.json.decode(piece)
        except (msgspec.DecodeError, RecursionError) as error:
            read.faults.append(RowFault(line, "", f"is not JSON: {error}"))
            continue
        if isinstance(row, dict):
            yield line, row
        else:
            read.faults.append(RowFault(line, "", "is no JSON object"))
