"""Who is really at the other end: address, scheme and host, believing forwarded headers only of trusted proxies."""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp import web

from voltaro.domain.proxies import Proxies


class Peers:
    """Reads the peer of a request. ``trusted`` holds addresses or networks of proxies; raises ValueError for what is neither."""

    def __init__(self, trusted: Sequence[str] = ()) -> None:
        self._proxies = Proxies(trusted)

    def address(self, request: web.Request) -> str:
        """The client's address: the last hop that is not a trusted proxy."""
        return self._proxies.client(request.remote or "unknown", request.headers.getall("X-Forwarded-For", []))

    def secure(self, request: web.Request) -> bool:
        """Whether the browser speaks https."""
        if self._proxies.trust(request.remote or ""):
            forwarded = request.headers.get("X-Forwarded-Proto")
            if forwarded is not None:
                return forwarded.strip().lower() == "https"
        return request.secure

    def host(self, request: web.Request) -> str:
        """The host and port that the browser has in its address bar."""
        if self._proxies.trust(request.remote or ""):
            forwarded = request.headers.get("X-Forwarded-Host")
            if forwarded:
                return forwarded.strip()
        return request.headers.get("Host", "")
