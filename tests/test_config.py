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


OIDC = {"VOLTARO_OIDC_ISSUER": "https://id.example", "VOLTARO_OIDC_CLIENT_ID": "voltaro"}


@pytest.mark.parametrize(
    ("flag", "pairs"),
    [
        ("ops=operator, the bosses=admin", (("ops", "operator"), ("the bosses", "admin"))),
        (("a=b=viewer", "ops=operator"), (("a=b", "viewer"), ("ops", "operator"))),
    ],
)
def test_groups_are_mapped_to_roles(flag: object, pairs: tuple[tuple[str, str], ...]) -> None:
    assert load({"oidc_role_map": flag}, OIDC).oidc_role_map == pairs


def test_groups_are_mapped_in_a_file_too(tmp_path: Path) -> None:
    file = tmp_path / "voltaro.toml"
    file.write_text('oidc_issuer = "https://id.example"\noidc_client_id = "voltaro"\n[oidc_role_map]\n"cn=ops,dc=example" = "operator"\n')
    assert load({}, {}, file).oidc_role_map == (("cn=ops,dc=example", "operator"),)


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"VOLTARO_OIDC_CLIENT_ID": "voltaro"}, "needs oidc_issuer"),
        (OIDC, "needs oidc_client_id, and oidc_role_map"),
        ({**OIDC, "VOLTARO_OIDC_ROLE_MAP": "ops=king"}, "their-group=admin"),
        ({**OIDC, "VOLTARO_OIDC_ROLE_MAP": "=admin"}, "their-group=admin"),
        ({"VOLTARO_PASSWORD_LOGIN": "0"}, "nobody could sign in"),
        ({"VOLTARO_OIDC_ISSUER": "id.example"}, "begins with http"),
    ],
)
def test_half_a_way_to_sign_in_is_refused(environment: dict[str, str], said: str) -> None:
    with pytest.raises(BadSetting, match=said):
        load({}, environment)
