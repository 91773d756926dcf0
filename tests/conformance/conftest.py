"""Authorities that the tests of a run share, since making keys takes a while; and a name for each test's charger."""

from __future__ import annotations

import pytest

from tests.conformance.authority import Authority, Pair


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """The authority that everybody trusts."""
    return Authority(tmp_path_factory.mktemp("authority"), "Lab")


@pytest.fixture(scope="session")
def stranger_authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """One that nobody trusts."""
    return Authority(tmp_path_factory.mktemp("stranger"), "Stranger")


@pytest.fixture(scope="session")
def server_pairs(authority: Authority) -> list[Pair]:
    """An ECDSA and an RSA pair."""
    return authority.server("ec", "rsa")


@pytest.fixture(scope="session")
def charger_pair(authority: Authority) -> Pair:
    """The certificate of CP1."""
    return authority.issue("CP1", "CP1")


@pytest.fixture
def identity(request: pytest.FixtureRequest) -> str:
    """A charger of this test's own."""
    return f"CP{abs(hash(request.node.name)) % 10**9}"
