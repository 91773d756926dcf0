"""OpenID Connect as it is set up: what is said when it cannot be."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.web.identity import CLIENT, identity_provider
from voltaro.cli import main
from voltaro.config import Settings
from web.oidc import is_safe

MAP = ("--oidc-role-map", "ops=operator")


def typed(*words: str, **environment: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, words, env=environment)
    return result.exit_code, result.output


def without_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "joserfc", None)


def test_without_the_extra_serve_says_which_one_before_anything_is_started(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    without_extra(monkeypatch)
    code, said = typed("serve", "--data-dir", str(tmp_path / "data"), "--oidc-issuer", "https://id.example", "--oidc-client-id", "v", *MAP)
    assert (code, "voltaro[oidc]" in said) == (2, True), said
    assert not (tmp_path / "data").exists()


def test_an_issuer_without_https_is_refused_unless_it_is_this_machine(tmp_path: Path) -> None:
    code, said = typed("serve", "--data-dir", str(tmp_path), "--oidc-issuer", "http://id.example", "--oidc-client-id", "v", *MAP)
    assert (code, "https" in said) == (2, True), said
    assert [is_safe(url) for url in ("https://x", "http://127.0.0.1:8", "http://localhost/x", "http://10.0.0.1", "ftp://x")] == [
        True
    ] * 3 + [False] * 2


def doctor(tmp_path: Path, database_url: str, issuer: str) -> dict[str, str]:
    words = ("doctor", "--json", "--http-port", "0", "--ocpp-port", "0", "--data-dir", str(tmp_path), "--database-url", database_url)
    _, said = typed(*words, "--oidc-issuer", issuer, "--oidc-client-id", CLIENT, *MAP)
    [finding] = [finding for finding in json.loads(said) if finding["check"] == "openid connect"]
    return dict(finding)


async def test_the_doctor_asks_the_issuer(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async with identity_provider() as provider:
        well = await asyncio.to_thread(doctor, tmp_path, database_url, provider.url)
        assert (well["well"], provider.asked) == (True, ["document"])
        away = await asyncio.to_thread(doctor, tmp_path, database_url, provider.url + "/nowhere")
        assert (away["well"], "404" in away["seen"]) == (False, True)
        without_extra(monkeypatch)
        missing = await asyncio.to_thread(doctor, tmp_path, database_url, provider.url)
        assert (missing["well"], "voltaro[oidc]" in missing["advice"]) == (False, True)


def test_the_secret_is_in_no_message(tmp_path: Path) -> None:
    file = tmp_path / "voltaro.toml"
    file.write_text("oidc_client_secret = 7\n")
    code, said = typed("serve", "--config", str(file), VOLTARO_OIDC_CLIENT_SECRET="")
    assert code == 2
    assert "not shown" in said
    assert Settings().oidc_client_secret is None
