"""Files that a charger fetches and brings: HTTP with the standard library, in a thread of its own."""

from __future__ import annotations

import asyncio
import ssl
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.client import HTTPException
from urllib.parse import urlsplit

LARGEST_DOWNLOAD = 64 << 20
TIMEOUT_S = 20.0


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came of an errand. ``status`` is HTTP's, 0 where nobody answered; ``reason`` says why in that case."""

    status: int
    body: bytes = b""
    reason: str = ""

    @property
    def well(self) -> bool:
        return 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class Errand:
    """One request. ``done`` is called on the event loop, within the charger."""

    method: str
    url: str
    done: Callable[[Fetched], None]
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    async def run(self, tls: ssl.SSLContext | None = None) -> Fetched:
        """Do it, in a thread. Whatever goes wrong is in what came of it."""
        return await asyncio.to_thread(self._run, tls)

    def _run(self, tls: ssl.SSLContext | None) -> Fetched:
        if not reachable(self.url):
            return Fetched(0, reason=f"This charger fetches and brings files over HTTP only, not {self.url!r}.")
        request = urllib.request.Request(self.url, self.body, dict(self.headers), method=self.method)  # noqa: S310 - looked at above
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_S, context=tls) as answer:  # noqa: S310 - as above
                body = answer.read(LARGEST_DOWNLOAD + 1)
                if len(body) > LARGEST_DOWNLOAD:
                    return Fetched(0, reason=f"The file is larger than {LARGEST_DOWNLOAD} bytes.")
                return Fetched(int(answer.status), body)
        except urllib.error.HTTPError as error:
            with error:
                return Fetched(error.code, reason=str(error.reason))
        except (OSError, HTTPException, ValueError) as error:
            return Fetched(0, reason=str(error))


def reachable(url: str) -> bool:
    """Whether a virtual charger can really go there: HTTP with a host. Anything else it only acts as if."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme.lower() in ("http", "https") and bool(parts.hostname)


def file_name(url: str) -> str:
    """The last part of a location, for a version or a file to be named after; empty when there is none."""
    try:
        return urlsplit(url).path.rsplit("/", 1)[-1]
    except ValueError:
        return ""
