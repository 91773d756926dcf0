"""Whose word about an address is believed."""

from __future__ import annotations

import pytest

from voltaro.domain.proxies import Proxies

TRUSTED = Proxies(("10.0.0.0/8", "2001:db8::1"))


@pytest.mark.parametrize(
    ("peer", "headers", "client"),
    [
        ("203.0.113.9", [], "203.0.113.9"),
        ("203.0.113.9", ["198.51.100.7"], "203.0.113.9"),
        ("10.0.0.1", ["198.51.100.7"], "198.51.100.7"),
        ("10.0.0.1", ["6.6.6.6, 198.51.100.7"], "198.51.100.7"),
        ("10.0.0.1", ["6.6.6.6", "198.51.100.7, 10.9.9.9"], "198.51.100.7"),
        ("::ffff:10.0.0.1", ["198.51.100.7"], "198.51.100.7"),
        ("2001:db8::1", ["2001:db8::7"], "2001:db8::7"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", [" , "], "10.0.0.1"),
        ("10.0.0.1", ["x" * 1000], "x" * 64),
        ("unknown", ["198.51.100.7"], "unknown"),
    ],
)
def test_the_last_hop_that_is_no_trusted_proxy_is_the_client(peer: str, headers: list[str], client: str) -> None:
    assert TRUSTED.client(peer, headers) == client


def test_nobody_is_trusted_by_default() -> None:
    assert Proxies().client("127.0.0.1", ["198.51.100.7"]) == "127.0.0.1"


def test_what_is_no_address_cannot_be_trusted() -> None:
    with pytest.raises(ValueError):
        Proxies(("proxy.example",))
