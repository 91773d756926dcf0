"""Who is really at the other end: address, scheme and host, believing forwarded headers only of trusted proxies."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

from aiohttp import web

_Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Peers:
    """Reads the peer of a request. ``trusted`` holds addresses or networks of proxies; raises ValueError for what is neither."""

    def __init__(self, trusted: Sequence[str] = ()) -> None:
        self._trusted: list[_Network] = [ipaddress.ip_network(entry, strict=False) for entry in trusted]

    def address(self, request: web.Request) -> str:
        """The client's address: the last hop that is not a trusted proxy."""
        peer = request.remote or "unknown"
        if not self._is_trusted(peer):
            return peer
        for hop in reversed(request.headers.get("X-Forwarded-For", "").split(",")):
            hop = hop.strip()
            if hop and not self._is_trusted(hop):
                return hop[:64]
        return peer

    def secure(self, request: web.Request) -> bool:
        """Whether the browser speaks https."""
        if self._is_trusted(request.remote or ""):
            forwarded = request.headers.get("X-Forwarded-Proto")
            if forwarded is not None:
                return forwarded.strip().lower() == "https"
        return request.secure

    def host(self, request: web.Request) -> str:
        """The host and port that the browser has in its address bar."""
        if self._is_trusted(request.remote or ""):
            forwarded = request.headers.get("X-Forwarded-Host")
            if forwarded:
                return forwarded.strip()
        return request.headers.get("Host", "")

    def _is_trusted(self, peer: str) -> bool:
        if not self._trusted:
            return False
        try:
            address = ipaddress.ip_address(peer)
        except ValueError:
            return False
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        return any(address in network for network in self._trusted)
