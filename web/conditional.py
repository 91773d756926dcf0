"""Validators of what is read: strong ETags, ``If-None-Match`` and ``If-Match`` (RFC 9110 sections 8.8 and 13.1).

Rule 1: an ETag changes with every byte of the answer, for 304 must be true also of what is live in it.
Rule 2: an item with a version has it at the head of its ETag, and a change is judged by the version alone: a charger that has
reported a new status meanwhile is no conflict. ``"7"`` and ``"7-4hJ0..."`` are the same version.
"""

from __future__ import annotations

import hashlib
import re
from base64 import urlsafe_b64encode

from aiohttp import web

from web.problem import Problem


def etag(version: int) -> str:
    """The ETag of an item's version."""
    return f'"{version}"'


def etag_of(body: bytes, version: str | None) -> str:
    """The strong ETag of an answer; ``version`` is the ETag of the item's version, where it has one."""
    digest = urlsafe_b64encode(hashlib.blake2b(body, digest_size=12).digest()).decode()
    return f'"{digest}"' if version is None else f'"{version.strip(chr(34))}-{digest}"'


def is_known(request: web.Request, tag: str) -> bool:
    """Whether the asker has this very answer already (``If-None-Match``, compared weakly)."""
    header = ", ".join(request.headers.getall("If-None-Match", ()))
    return header.strip() == "*" or tag in _tags(header)


def expected_version(request: web.Request) -> int | None:
    """The version that ``If-Match`` asks for, of several the one that ``check_match`` found to be there; None when it asks for none.
    Raises Problem 412 for what no item can have."""
    header = _if_match(request)
    if header is None or header == "*":
        return None
    version = request.get(_MATCHED)
    if version is None:
        version = next(filter(None, map(version_of, _strong(header))), None)
    if version is None:
        raise changed("If-Match holds no ETag of this item; read it again and repeat the change.")
    return version


def version_of(tag: str | None) -> int | None:
    """The version at the head of an ETag; None where there is none."""
    found = None if tag is None else _VERSION.fullmatch(tag.strip())
    return None if found is None else int(found.group(1))


def check_match(request: web.Request, tag: str, version: int | None) -> None:
    """Refuse a change of what the asker has not read in this state; a weak tag proves nothing. Raises Problem 412."""
    header = _if_match(request)
    if header is None or header == "*":
        return
    if version is not None:
        if any(version_of(given) == version for given in _strong(header)):
            request[_MATCHED] = version
            return
    elif tag in _strong(header):
        return
    raise changed("It has changed since you read it; read it again and repeat the change.")


def changed(detail: str) -> Problem:
    """412: the item is not what the asker has read."""
    return Problem(412, "version_conflict", detail)


def _if_match(request: web.Request) -> str | None:
    lines = request.headers.getall("If-Match", None)
    return None if lines is None else ", ".join(lines).strip()


def _tags(header: str) -> list[str]:
    return [tag for _, tag in _TAG.findall(header)]


def _strong(header: str) -> list[str]:
    return [tag for weak, tag in _TAG.findall(header) if not weak]


_MATCHED = web.RequestKey("matched_version", int)
_TAG = re.compile(r'(W/)?("[\x21\x23-\x7e\x80-\xff]*")')
_VERSION = re.compile(r'"(\d{1,18})(?:-[A-Za-z0-9_-]{1,40})?"', re.ASCII)
