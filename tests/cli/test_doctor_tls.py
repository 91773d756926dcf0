"""What the doctor finds of TLS files."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.authority import Authority, Pair
from voltaro.cli.doctor_tls import Seen, examine
from voltaro.config import BadSetting, Settings, TlsPreset, load


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"), "Lab")


@pytest.fixture(scope="module")
def pairs(authority: Authority) -> list[Pair]:
    return authority.server("ec", "rsa")


def _settings(pairs: list[Pair], **more: Any) -> Settings:
    certificates, keys = tuple(pair.certificate for pair in pairs), tuple(pair.key for pair in pairs)
    return Settings(ocpps_port=0, tls_cert=certificates, tls_key=keys, **more)


def _ill(settings: Settings, now: datetime | None = None) -> list[Seen]:
    return [seen for seen in examine(settings, now) if seen.advice]


def test_two_good_pairs_are_well_and_without_a_port_nothing_is_looked_at(pairs: list[Pair]) -> None:
    assert _ill(_settings(pairs)) == []
    assert [seen.seen.partition(": ")[2][:7] for seen in examine(_settings(pairs))] == ["EC 256,", "RSA 204"]
    assert list(examine(Settings())) == []


def test_one_kind_of_key_is_too_little_for_all_suites(pairs: list[Pair]) -> None:
    (found,) = _ill(_settings(pairs[:1]))
    assert "an RSA key" in found.seen
    assert _ill(_settings(pairs[:1], tls_preset=TlsPreset.MODERN)) == []


@pytest.mark.parametrize(("days", "said"), [(80, "expires in"), (120, "has expired"), (-3, "not valid before")])
def test_the_time_that_is_left_is_looked_at(pairs: list[Pair], days: int, said: str) -> None:
    found = _ill(_settings(pairs), datetime.now(UTC) + timedelta(days=days))
    assert len(found) == 2
    assert all(said in seen.advice for seen in found)


def test_keys_that_do_not_belong_together_are_named(pairs: list[Pair]) -> None:
    mixed = [Pair(pairs[0].certificate, pairs[1].key), pairs[1]]
    assert "is not the key of" in _ill(_settings(mixed))[0].seen


def test_small_keys_and_certificates_without_a_host_are_ill(authority: Authority, pairs: list[Pair]) -> None:
    nameless = authority.issue("nameless", "csms")
    assert "subjectAltName" in _ill(_settings([nameless, pairs[1]]))[0].advice
    weak = authority.issue("weak", "csms", kind="weak", names=("csms",))
    assert _ill(_settings([pairs[0], weak]))


def test_files_that_are_not_there_or_no_certificates_are_said(pairs: list[Pair], tmp_path: Path) -> None:
    missing = Pair(tmp_path / "none.pem", pairs[0].key)
    assert "No such file" in _ill(_settings([missing]))[0].seen
    (tmp_path / "text.pem").write_text("hello")
    assert "no certificate" in _ill(_settings([Pair(tmp_path / "text.pem", pairs[0].key)]))[0].seen
    assert "without a certificate" in _ill(Settings(ocpps_port=0))[0].seen


def test_the_authority_of_chargers_is_looked_at(authority: Authority, pairs: list[Pair], tmp_path: Path) -> None:
    (named,) = _ill(_settings(pairs, tls_client_ca=authority.own.certificate))
    assert named.check == "cpo name"
    assert _ill(_settings(pairs, tls_client_ca=authority.own.certificate, cpo_name="Acme")) == []
    assert _ill(_settings(pairs, tls_client_ca=tmp_path / "none.pem"))[0].check == "tls client ca"


def test_pairs_are_listed_by_repeated_flags_by_a_divided_variable_and_by_a_list_in_toml(tmp_path: Path) -> None:
    file = tmp_path / "voltaro.toml"
    file.write_text('tls_cert = ["/a.pem", "/b.pem"]\ntls_key = "/a.key"\n')
    assert load({"tls_cert": ("/c.pem", "/d.pem")}, {}, file).tls_cert == (Path("/c.pem"), Path("/d.pem"))
    assert load({"tls_cert": ()}, {"VOLTARO_TLS_CERT": "/e.pem:/f.pem"}, file).tls_cert == (Path("/e.pem"), Path("/f.pem"))
    settings = load({}, {}, file)
    assert (settings.tls_cert, settings.tls_key) == ((Path("/a.pem"), Path("/b.pem")), (Path("/a.key"),))
    with pytest.raises(BadSetting, match="VOLTARO_TLS_CERT"):
        load({}, {"VOLTARO_TLS_CERT": ":"}, None)
