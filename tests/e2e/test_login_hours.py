"""How long a sign-in holds is set for the whole server."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest

from tests.running import running_server

PASSWORD = "a-password-for-tests"


@pytest.mark.parametrize(("flags", "hours"), [((), 12), (("--login-hours", "720"), 720)])
async def test_a_sign_in_holds_as_long_as_is_set(database_url: str, tmp_path: Path, flags: tuple[str, ...], hours: int) -> None:
    async with running_server(database_url, tmp_path, *flags) as server:
        ada = await server.api("POST", "/api/v1/users", {"name": "ada", "role": "viewer", "password": PASSWORD})
        async with aiohttp.ClientSession() as browser:
            answer = await browser.post(f"{server.http_url}/api/v1/login", json={"name": "ada", "password": PASSWORD})
        assert answer.status == 200
        assert [cookie["max-age"] for cookie in answer.cookies.values()] == [str(hours * 3600)]
        (login,) = (await server.api("GET", f"/api/v1/users/{ada['id']}/logins"))["items"]
        left = datetime.fromisoformat(login["expires_at"]) - datetime.now(UTC)
        assert timedelta(hours=hours) - timedelta(minutes=10) < left <= timedelta(hours=hours)
