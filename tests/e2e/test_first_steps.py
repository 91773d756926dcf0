"""How the first person gets in, and that what the command line changes ends what runs."""

from __future__ import annotations

import asyncio
import sys
import urllib.error
from pathlib import Path

import aiohttp
import pytest

from tests.running import running_server

PASSWORD = "a-password-for-tests"


async def voltaro(*words: str, database_url: str) -> str:
    """The command line in a process of its own."""
    command = (sys.executable, "-m", "voltaro", *words, "--database-url", database_url)
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT)
    output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()
    return output.decode()


async def test_a_link_is_printed_until_somebody_can_sign_in(database_url: str, tmp_path: Path) -> None:
    for _ in range(2):
        async with running_server(database_url, tmp_path) as server:
            [line] = [line for line in server.log if "this link makes you admin" in line]
            link = line.rpartition(" ")[2]
            assert link.startswith(server.http_url)
    async with (
        running_server(database_url, tmp_path) as server,
        aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as browser,
    ):
        [line] = [line for line in server.log if "this link makes you admin" in line]
        async with browser.get(line.rpartition(" ")[2], allow_redirects=False) as answer:
            assert answer.status == 303
        async with browser.get(f"{server.http_url}/api/v1/me") as answer:
            me = await answer.json()
        assert (me["name"], me["role"], me["has_password"]) == ("admin", "admin", False)
        headers = {"X-Voltaro-CSRF": me["csrf"]}
        async with browser.post(f"{server.http_url}/api/v1/me/password", json={"new": "password123"}, headers=headers) as answer:
            assert answer.status == 422
        async with browser.post(f"{server.http_url}/api/v1/me/password", json={"new": PASSWORD}, headers=headers) as answer:
            assert answer.status == 204
        with pytest.raises(urllib.error.HTTPError, match="410"):
            await server.api("GET", line.rpartition(" ")[2])
    async with running_server(database_url, tmp_path) as server:
        assert not [line for line in server.log if "this link makes you admin" in line]


async def test_what_the_command_line_takes_away_ends_streams_of_a_running_server(database_url: str, tmp_path: Path) -> None:
    await voltaro("user", "add", "otto", "--role", "operator", "--password", PASSWORD, database_url=database_url)
    made = await voltaro("token", "create", "script", "--scope", "chargers:read", database_url=database_url)
    token = made.split()[-1]
    async with (
        running_server(database_url, tmp_path) as server,
        aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as browser,
    ):
        async with browser.post(f"{server.http_url}/api/v1/login", json={"name": "otto", "password": PASSWORD}) as answer:
            assert answer.status == 200
        bearer = {"Authorization": f"Bearer {token}"}
        url = f"{server.http_url}/api/v1/events"
        async with browser.get(url) as persons, browser.get(url, headers=bearer) as programs:
            for stream in (persons, programs):
                await stream.content.readuntil(b"id: ")
            await voltaro("user", "password", "otto", "--password", "another-long-password", database_url=database_url)
            await voltaro("token", "revoke", "1", database_url=database_url)
            async with asyncio.timeout(30):
                await asyncio.gather(persons.content.read(), programs.content.read())
        for headers in ({}, bearer):
            async with browser.get(f"{server.http_url}/api/v1/chargers", headers=headers) as answer:
                assert answer.status == 401
