"""Who is really at the other end of a connection: forwarded addresses are believed of trusted proxies alone."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

_Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_LONGEST = 64


class Proxies:
    """The trusted proxies, as addresses or networks. Raises ValueError for what is neither."""

    def __init__(self, trusted: Sequence[str] = ()) -> None:
        self._trusted: list[_Network] = [ipaddress.ip_network(entry, strict=False) for entry in trusted]

    def client(self, peer: str, forwarded_for: Sequence[str]) -> str:
        """The client's address: the last hop that is no trusted proxy. ``forwarded_for`` holds the ``X-Forwarded-For`` headers."""
        if not self.trust(peer):
            return peer
        for hop in reversed(",".join(forwarded_for).split(",")):
            hop = hop.strip()
            if hop and not self.trust(hop):
                return hop[:_LONGEST]
        return peer

    def trust(self, peer: str) -> bool:
        """Whether ``peer`` is a trusted proxy."""
        if not self._trusted:
            return False
        try:
            address = ipaddress.ip_address(peer)
        except ValueError:
            return False
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        return any(address in network for network in self._trusted)
