"""Upload places: where a charger may put one file, once. The address holds a secret; all that is stored of it is its key."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

PREFIX = "vup~"
HINT = "~"
"""What stands in every secret and in hardly any frame: one look for one character says whether there is anything to hide."""
_SECRET = re.compile(r"vup~[A-Za-z0-9_-]{43}")
_CREDENTIALS = re.compile(r"([a-z][a-z0-9+.-]{0,19}://)[^/\s@\"\\]+@", re.IGNORECASE)
LONGEST_NAME = 255


class UploadState(StrEnum):
    """OPEN: waits for its file. RECEIVING: somebody sends it just now. RECEIVED: it is there, and nobody may send another."""

    OPEN = "open"
    RECEIVING = "receiving"
    RECEIVED = "received"


@dataclass(frozen=True, slots=True)
class Upload:
    """An upload place. ``file_name`` is what the charger called the file: a text, never a path. ``stored_name`` is ours."""

    key: str
    charger_id: str
    state: UploadState
    created_at: datetime
    expires_at: datetime
    created_by: str | None = None
    file_name: str | None = None
    stored_name: str | None = None
    size_bytes: int | None = None
    sha256: str | None = None
    received_at: datetime | None = None


def secret_in(address: str) -> tuple[str, str] | None:
    """The secret of an upload place in an address, and what follows it; None when there is none."""
    found = _SECRET.search(address)
    return None if found is None else (found.group(), address[found.end() :])


def key_of(address: str | None) -> str | None:
    """The key of the upload place that an address leads to."""
    found = None if address is None else secret_in(address)
    return None if found is None else hashlib.sha256(found[0].encode()).hexdigest()


def veiled(text: str) -> str:
    """A text without the secrets that addresses in it hold: those of upload places, names and passwords before an ``@``."""
    return _CREDENTIALS.sub(r"\1***@", _SECRET.sub("***", text))


def plain_name(text: str | None) -> str | None:
    """A charger's name for a file as a text that can be stored and shown."""
    if not text:
        return None
    return "".join(letter if letter.isprintable() else "?" for letter in text[:LONGEST_NAME]) or None
