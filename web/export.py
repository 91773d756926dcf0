"""Lists as CSV and NDJSON: streamed in pieces, with cells that a spreadsheet would run as formulas made harmless."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any, TypeVar
from urllib.parse import quote

import msgspec
from aiohttp import web

from voltaro.ports import Page
from web.problem import Problem

T = TypeVar("T")
Item = TypeVar("Item")
_ROWS = 200
_UNSAFE = re.compile(r"[^A-Za-z0-9 ._@#()+,=~-]")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\0")


class Format(StrEnum):
    """What a list can be had as."""

    JSON = "application/json"
    CSV = "text/csv"
    NDJSON = "application/x-ndjson"


LIST_MEDIA = tuple(Format)
_RANGES: Mapping[str, Sequence[Format]] = {
    "*/*": LIST_MEDIA,
    "": LIST_MEDIA,
    "application/*": (Format.JSON, Format.NDJSON),
    "text/*": (Format.CSV,),
    **{known.value: (known,) for known in Format},
}
"""What a word of ``Accept`` means, the dearest first."""


def wanted_format(request: web.Request) -> Format:
    """The first format of ``Accept`` (by its q values) that we have. Raises Problem 406 when there is none."""
    header = request.headers.get("Accept", "*/*")
    wishes: list[tuple[float, str]] = []
    for entry in header.split(","):
        media, _, parameters = entry.strip().partition(";")
        wishes.append((_quality(parameters), media.strip().lower()))
    refused = {media for quality, media in wishes if quality <= 0}
    for quality, media in sorted(wishes, key=lambda wish: -wish[0]):
        if quality <= 0:
            continue
        for known in _RANGES.get(media, ()):
            if known not in refused:
                return known
    raise Problem(406, "not_acceptable", f"This list is had as {', '.join(Format)}.")


def cell(value: Any) -> str:
    """A value as a cell. Text that a spreadsheet would take for a formula gets an apostrophe before it (OWASP CSV injection)."""
    if value is None or value is msgspec.UNSET:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, list | tuple):
        value = " ".join(str(member) for member in value)
    elif not isinstance(value, str):
        value = msgspec.to_builtins(value)
    text = str(value)
    return "'" + text if _is_formula(text) else text


def uncell(text: str) -> str:
    """What ``cell`` was given: the apostrophe that it put before a formula goes."""
    return text[1:] if text.startswith("'") and _is_formula(text[1:]) else text


def _is_formula(text: str) -> bool:
    """Also where apostrophes of its own stand before it: one more then shows that these are the text's."""
    return text.lstrip("'").startswith(_FORMULA)


def attachment(name: str) -> str:
    """``Content-Disposition`` of a file that is to be kept under this name, whatever characters it has (RFC 6266)."""
    plain = _UNSAFE.sub("_", name)
    return f'attachment; filename="{plain}"' + ("" if plain == name else f"; filename*=UTF-8''{quote(name, safe='')}")


async def stream(request: web.Request, format: Format, name: str, rows: AsyncIterator[T], columns: Sequence[str]) -> web.StreamResponse:
    """Answer with all ``rows`` (structs), a few hundred at a time, as fast as the reader takes them.

    What fails before the first piece becomes a problem; what fails later cuts the connection, so that nobody takes a part for the whole.
    """
    pieces = _pieces(rows, _csv_lines(columns) if format is Format.CSV else _json_lines)
    is_head = request.method == "HEAD"
    head = ",".join(columns).encode() + b"\r\n" if format is Format.CSV else b""
    first = b"" if is_head else await anext(pieces, b"")
    response = web.StreamResponse()
    response.content_type = format.value
    response.charset = "utf-8"
    if format is Format.CSV:
        response.headers["Content-Disposition"] = attachment(f"{name}.csv")
    await response.prepare(request)
    if is_head:
        return response
    try:
        await response.write(head + first)
        async for piece in pieces:
            await response.write(piece)
    except ConnectionError:
        return response  # the reader has gone
    except BaseException:
        if request.transport is not None:
            request.transport.abort()
        raise
    await response.write_eof()
    return response


async def all_pieces(read: Callable[[str | None], Awaitable[Page[T]]]) -> AsyncIterator[Sequence[T]]:
    """Every item of a paged list, a page at a time."""
    cursor: str | None = None
    while True:
        page = await read(cursor)
        yield page.items
        if page.next is None:
            return
        cursor = page.next


async def all_pages(read: Callable[[str | None], Awaitable[Page[Item]]], view: Callable[[Item], T]) -> AsyncIterator[T]:
    """Every item of a paged list, one page after the other."""
    async for items in all_pieces(read):
        for item in items:
            yield view(item)


async def each(items: Iterable[T]) -> AsyncIterator[T]:
    """What is all there already, as ``stream`` takes it."""
    for item in items:
        yield item


async def _pieces(rows: AsyncIterator[T], write: Callable[[Iterable[T]], bytes]) -> AsyncIterator[bytes]:
    batch: list[T] = []
    async for row in rows:
        batch.append(row)
        if len(batch) >= _ROWS:
            yield write(batch)
            batch = []
    if batch:
        yield write(batch)


def _json_lines(rows: Iterable[Any]) -> bytes:
    return msgspec.json.Encoder().encode_lines(rows)


def _csv_lines(columns: Sequence[str]) -> Callable[[Iterable[Any]], bytes]:
    def write(rows: Iterable[Any]) -> bytes:
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerows([cell(getattr(row, column)) for column in columns] for row in rows)
        return text.getvalue().encode("utf-8", "replace")

    return write


def _quality(parameters: str) -> float:
    for parameter in parameters.split(";"):
        name, _, value = parameter.strip().partition("=")
        if name == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0
