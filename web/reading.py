"""Reading requests: JSON bodies and query strings into structs, with a pointer to what is wrong."""

from __future__ import annotations

import asyncio
import re
from typing import Any, TypeVar

import msgspec
from aiohttp import web

from web.problem import Offender, Problem, invalid

BODY_LIMIT = 1024 * 1024
BODY_S = 30.0
IMPORT_LIMIT = 32 * 1024 * 1024
IMPORT_S = 300.0
_KEPT = web.RequestKey("kept_body", bytes)
T = TypeVar("T")


async def read_bytes(request: web.Request, limit: int, within_s: float = BODY_S) -> bytes:
    """The whole body, once more where it was kept (``keep_bytes``).

    Raises Problem: 413 as soon as it is longer than ``limit`` bytes, 408 when it does not come in time,
    415 when it is compressed: a small body must not become a huge one."""
    kept: bytes | None = request.get(_KEPT)
    if kept is not None:
        if len(kept) > limit:
            raise _too_large(limit)
        return kept
    if request.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
        raise Problem(415, "unsupported_media_type", "Send the body as it is, without a Content-Encoding.")
    declared = request.content_length
    if declared is not None and declared > limit:
        raise _too_large(limit)
    body = bytearray()
    try:
        async with asyncio.timeout(within_s):
            async for chunk in request.content.iter_any():
                body += chunk
                if len(body) > limit:
                    raise _too_large(limit)
    except TimeoutError as error:
        raise Problem(408, "request_timeout", f"The body did not come within {within_s:g} s; send it again.") from error
    return bytes(body)


async def keep_bytes(request: web.Request) -> bytes:
    """The whole body of a file that is imported, read before its endpoint reads it. Raises what ``read_bytes`` raises."""
    request[_KEPT] = await read_bytes(request, IMPORT_LIMIT, IMPORT_S)
    return request[_KEPT]


async def read_body(request: web.Request, kind: type[T]) -> T:
    """The JSON body as ``kind``. An empty body is an empty object.

    Raises Problem: 400 when it is not JSON, 415 when it is declared to be something else, 422 when it does not fit.
    """
    raw = await read_bytes(request, BODY_LIMIT) if request.can_read_body else b""
    if raw and request.content_type != "application/json":
        raise Problem(415, "unsupported_media_type", "Send the body as JSON, with Content-Type: application/json.")
    return decode_body(raw or b"{}", kind)


def decode_body(raw: bytes, kind: type[T]) -> T:
    """``raw`` JSON as ``kind``; see ``read_body`` for what is raised."""
    try:
        if b"\\u0000" in raw:
            _refuse_nul(msgspec.json.decode(raw), "")
        return msgspec.json.decode(raw, type=kind)
    except msgspec.ValidationError as error:
        pointer, detail = pointer_of(str(error))
        raise invalid(pointer, detail) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Problem(400, "not_json", f"The body is not JSON: {error}") from error


def read_query(request: web.Request, kind: type[T] | None) -> T | None:
    """The query string as ``kind``; None takes no parameters. Raises Problem 400 for one that is unknown, doubled or wrong."""
    given: dict[str, str] = {}
    for name, value in request.query.items():
        if name in given:
            raise _bad_query(name, "is given more than once")
        if "\0" in value or not _encodes(value):
            raise _bad_query(name, "holds characters that no text here may hold")
        given[name] = value
    if kind is None:
        for name in given:
            raise _bad_query(name, "is not known here")
        return None
    try:
        return msgspec.convert(given, type=kind, strict=False)
    except msgspec.ValidationError as error:
        pointer, detail = pointer_of(str(error))
        name = pointer[1:]
        if name not in given and detail.startswith("is required"):
            raise _bad_query(name, "is required") from error
        raise _bad_query(name, "is not known here" if detail.startswith("is not known") else detail) from error


def pointer_of(message: str) -> tuple[str, str]:
    """The JSON pointer in a msgspec message, and the message without it.

    >>> pointer_of("Expected `int`, got `str` - at `$.a[1].b`")
    ('/a/1/b', 'expected int, got str')
    """
    text, _, path = message.partition(" - at `")
    path = path.removesuffix("`").removeprefix("$")
    pointer = ""
    for name, index in _STEP.findall(path):
        if index == "...":
            break
        pointer += "/" + (index if index else escaped(name))
    member = _MEMBER.search(text)
    if member is not None:
        pointer += "/" + escaped(member.group(2))
        return pointer, "is not known here" if member.group(1).startswith("contains unknown") else "is required"
    text = text.replace("`", "")
    return pointer, text[:1].lower() + text[1:]


def escaped(name: str) -> str:
    """A member's name as a step of a JSON pointer (RFC 6901 section 3)."""
    return name.replace("~", "~0").replace("/", "~1")


def _refuse_nul(value: Any, pointer: str) -> None:
    """PostgreSQL stores no NUL in text, so no text may hold one."""
    if isinstance(value, str) and "\0" in value:
        raise invalid(pointer, "holds a NUL character, which no text here may hold")
    if isinstance(value, dict):
        for name, member in value.items():
            if "\0" in name:
                raise invalid(pointer, "holds a member with a NUL character in its name")
            _refuse_nul(member, f"{pointer}/{escaped(name)}")
    elif isinstance(value, list):
        for index, member in enumerate(value):
            _refuse_nul(member, f"{pointer}/{index}")


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _bad_query(name: str, detail: str) -> Problem:
    return Problem(400, "bad_query", f"The query parameter {name!r} {detail}.", errors=[Offender(f"?{name}", detail)])


def _too_large(limit: int) -> Problem:
    return Problem(413, "content_too_large", f"The body is larger than the {limit} bytes this address takes.")


_STEP = re.compile(r"\.([^.\[\]]+)|\[([^\]]+)\]")
_MEMBER = re.compile(r"Object (contains unknown|missing required) field `([^`]*)`")
