"""Where chargers reach this machine: the addresses that are listened on, and those of the machine behind ``0.0.0.0``.

Blocks for a moment at most: it reads what the kernel knows, and asks no name server.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

REACHED_S = 2.0
_FAR_AWAY = (("192.0.2.1", socket.AF_INET), ("2001:db8::1", socket.AF_INET6))
"""Addresses for documentation (RFC 5737, RFC 3849): nothing is sent to them, the kernel only says by which of ours it would go."""
_IPV4_TABLE = Path("/proc/net/fib_trie")
_IPV6_TABLE = Path("/proc/net/if_inet6")
_LINK_LOCAL_SCOPE = "20"


class Door(NamedTuple):
    """A listener for chargers; ``scheme`` is ws or wss, ``host`` as it is bound."""

    scheme: str
    host: str
    port: int

    @property
    def is_for_all(self) -> bool:
        """Whether it listens on every address of the machine."""
        return ipaddress.ip_address(self.host).is_unspecified

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine reaches it."""
        return ipaddress.ip_address(self.host).is_loopback


def url_of(scheme: str, host: str, port: int) -> str:
    """``ws://host:port/``, to which a charger's identity is added. Any path between would do, but a charger that does not add its
    identity would then be known by the path's end."""
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}/"


def machine_addresses() -> list[str]:
    """The addresses of this machine on its networks: the one it talks to the world by first; no loopback, no link-local ones."""
    found = [*_routed(), *_of_ipv4_table(), *_of_ipv6_table()]
    usable = (
        address for address in found if not (ipaddress.ip_address(address).is_loopback or ipaddress.ip_address(address).is_link_local)
    )
    return list(dict.fromkeys(usable))


async def is_reached(host: str, port: int) -> bool:
    """Whether something listens there, as seen from this machine: a connection is made and closed at once."""
    try:
        async with asyncio.timeout(REACHED_S):
            _, writer = await asyncio.open_connection(host, port)
    except (OSError, TimeoutError):
        return False
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    return True


def _routed() -> Sequence[str]:
    found = []
    for address, family in _FAR_AWAY:
        with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((address, 9))
            found.append(str(probe.getsockname()[0]))
    return found


def _of_ipv4_table() -> Sequence[str]:
    """The local addresses in the kernel's routing table, where there is one to read (Linux)."""
    found: list[str] = []
    with contextlib.suppress(OSError):
        before = ""
        for line in _IPV4_TABLE.read_text().splitlines():
            if "/32 host LOCAL" in line:
                found.append(before.rpartition(" ")[2])
            before = line.strip()
    return found


def _of_ipv6_table() -> Sequence[str]:
    found: list[str] = []
    with contextlib.suppress(OSError):
        for line in _IPV6_TABLE.read_text().splitlines():
            digits, _, _, scope, *_ = line.split()
            if scope != _LINK_LOCAL_SCOPE:
                found.append(str(ipaddress.IPv6Address(int(digits, 16))))
    return found
