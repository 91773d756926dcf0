"""Reading requests: JSON bodies and query strings into structs, with a pointer to what is wrong."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from enum import Enum
from typing import Any, TypeVar, get_args, get_type_hints

import msgspec
from aiohttp import web

from web.problem import Offender, Problem, invalid

BODY_LIMIT = 1024 * 1024
BODY_S = 30.0
IMPORT_LIMIT = 32 * 1024 * 1024
IMPORT_S = 300.0
BEYOND_UTC = "is before the year 1 or after the year 9999 in UTC"
_KEPT = web.RequestKey("kept_body", bytes)
T = TypeVar("T")
W = TypeVar("W", bound=str)


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
        found = msgspec.json.decode(raw, type=kind)
    except msgspec.ValidationError as error:
        pointer, detail = pointer_of(str(error))
        raise invalid(pointer, detail) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Problem(400, "not_json", f"The body is not JSON: {error}") from error
    beyond = beyond_utc(found)
    if beyond is not None:
        raise invalid(beyond, BEYOND_UTC)
    return found


def beyond_utc(value: object, pointer: str = "") -> str | None:
    """Where in what was read a time stands that UTC has no year for, as a JSON pointer; None where all is well."""
    if isinstance(value, datetime):
        try:
            value.astimezone(UTC)
        except OverflowError:
            return pointer
    elif isinstance(value, msgspec.Struct):
        members = ((name, getattr(value, name)) for name in value.__struct_fields__)
        return next((found for name, member in members if (found := beyond_utc(member, f"{pointer}/{name}")) is not None), None)
    elif isinstance(value, list | tuple):
        items = enumerate(value)
        return next((found for index, item in items if (found := beyond_utc(item, f"{pointer}/{index}")) is not None), None)
    return None


def read_query(request: web.Request, kind: type[T] | None) -> T | None:
    """The query string as ``kind``; None takes no parameters. Raises Problem 400 that names all that is unknown, doubled or wrong.
    A ``kind`` that forbids no unknown fields is for what others send: what it does not know is left out."""
    known = () if kind is None else kind.__struct_fields__  # type: ignore[attr-defined]
    is_open = kind is not None and not kind.__struct_config__.forbid_unknown_fields  # type: ignore[attr-defined]
    given: dict[str, str] = {}
    wrong: dict[str, str] = {}
    for name, value in request.query.items():
        if name not in known and is_open:
            continue
        if name not in known:
            wrong[name] = f"is not known here; known are {', '.join(known)}" if known else "is not known here; this takes none"
        elif name in given:
            wrong[name] = "is given more than once"
        elif "\0" in value or not _encodes(value):
            wrong[name] = "holds characters that no text here may hold"
        given[name] = value
    given = {name: value for name, value in given.items() if name not in wrong}
    found = None if kind is None else _converted(given, kind, wrong)
    if wrong:
        raise bad_query(wrong)
    return found


def _converted(given: dict[str, str], kind: type[T], wrong: dict[str, str]) -> T | None:
    """The parameters as ``kind``; what is wrong with them is put to the rest, one after the other."""
    while True:
        try:
            found = msgspec.convert(given, type=kind, strict=False)
        except msgspec.ValidationError as error:
            pointer, detail = pointer_of(str(error))
            name = pointer[1:]
            if name not in given:
                wrong.setdefault(name, detail)
                return None
            wrong[name] = detail + _choices(kind, name)
            del given[name]
            continue
        beyond = beyond_utc(found)
        if beyond is not None:
            wrong[beyond[1:]] = BEYOND_UTC
            del given[beyond[1:]]
            continue
        # What is meant for a filter must not be none: msgspec reads the word null as None.
        wrong |= {name: f"is not {given[name]}" + _choices(kind, name) for name in given if getattr(found, name) is None}
        return found


def _choices(kind: type[Any], name: str) -> str:
    """The words that a parameter may be, where they are few."""
    waiting = [get_type_hints(kind)[name]]
    while waiting:
        of = waiting.pop()
        if isinstance(of, type) and issubclass(of, Enum):
            return f"; it is one of {', '.join(str(member.value) for member in of)}"
        waiting += get_args(of)
    return ""


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


def words_of(name: str, given: str | None, known: Iterable[W]) -> tuple[W, ...]:
    """What a query parameter lists with commas between, each of the known words. Raises Problem 400 for any other."""
    words = [word.strip() for word in (given or "").split(",") if word.strip()]
    meant = {str(word): word for word in known}
    for word in words:
        if word not in meant:
            raise bad_query({name: f"holds {word[:40]!r}; it may hold {', '.join(meant)}"})
    return tuple(meant[word] for word in dict.fromkeys(words))


def bad_query(wrong: Mapping[str, str]) -> Problem:
    """400: what is wrong with query parameters, by their names; it reads on from the name."""
    name, detail = next(iter(wrong.items()))
    offenders = [Offender(f"?{name}", detail) for name, detail in wrong.items()]
    more = f" {len(wrong) - 1} more are wrong: see errors." if len(wrong) > 1 else ""
    return Problem(400, "bad_query", f"The query parameter {name!r} {detail}.{more}", errors=offenders)


def _too_large(limit: int) -> Problem:
    return Problem(413, "content_too_large", f"The body is larger than the {limit} bytes this address takes.")


_STEP = re.compile(r"\.([^.\[\]]+)|\[([^\]]+)\]")
_MEMBER = re.compile(r"Object (contains unknown|missing required) field `([^`]*)`")
