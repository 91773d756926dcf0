"""Settings: who wins, and what is said of wrong ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from voltaro.config import BadSetting, Settings, UnknownChargers, load


def test_flags_win_over_the_environment_over_the_file_over_defaults(tmp_path: Path) -> None:
    file = tmp_path / "voltaro.toml"
    file.write_text('http_port = 1\nocpp_port = 2\nhost = "::1"\n')
    settings = load({"http_port": "3", "ocpp_port": None}, {"VOLTARO_HTTP_PORT": "4", "VOLTARO_OCPP_PORT": "5"}, file)
    assert (settings.http_port, settings.ocpp_port, settings.host) == (3, 5, "::1")
    assert settings.unknown_chargers is UnknownChargers.PENDING


def test_the_file_may_be_named_by_the_environment(tmp_path: Path) -> None:
    file = tmp_path / "voltaro.toml"
    file.write_text("fault_injection = true\n")
    assert load({}, {"VOLTARO_CONFIG": str(file)}).fault_injection is True


@pytest.mark.parametrize(
    ("text", "said"), [("http_prot = 1", "unknown keys: http_prot"), ("http_port = ", "is not TOML"), ("http_port = 70000", "http_port in")]
)
def test_a_file_with_a_mistake_is_refused_by_name(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "voltaro.toml"
    file.write_text(text)
    with pytest.raises(BadSetting, match=said):
        load({}, {}, file)


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="cannot be read"):
        load({}, {}, tmp_path / "nowhere.toml")


def test_defaults_serve_loopback_only() -> None:
    assert (Settings().host, Settings().http_port, Settings().ocpp_port) == ("127.0.0.1", 8080, 9000)
