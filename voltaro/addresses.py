"""Addresses: how one is written, and those of this machine on its networks, as others there would call it."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable
from contextlib import suppress


def written(host: str, port: int) -> str:
    """A host with its port.

    >>> written("::1", 9000)
    '[::1]:9000'
    """
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def lan_addresses() -> list[str]:
    """IPv4 addresses that are neither the loopback's nor self-given; empty where there is no network. Asks nobody outside."""
    return _of_networks(_of_interfaces() or _of_routes())


def _of_networks(addresses: Iterable[str]) -> list[str]:
    found = {ipaddress.ip_address(address) for address in addresses}
    return [
        str(address) for address in sorted(found, key=str) if not (address.is_loopback or address.is_link_local or address.is_unspecified)
    ]


def _of_interfaces() -> list[str]:
    """Of every interface; psutil comes with the embedded PostgreSQL and may be missing elsewhere."""
    try:
        import psutil  # type: ignore[import-untyped]
    except ImportError:
        return []
    return [one.address for every in psutil.net_if_addrs().values() for one in every if one.family == socket.AF_INET]


def _of_routes() -> list[str]:
    """The one that would be used to reach another network. No packet is sent: connecting a datagram socket only chooses a route."""
    with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))
        return [probe.getsockname()[0]]
    return []
