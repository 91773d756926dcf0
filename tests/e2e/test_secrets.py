"""Every secret that Voltaro meets is used once; then everything it has written, stored and shown is searched for them."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import sys
import zipfile
from asyncio.subprocess import PIPE, STDOUT
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import psycopg
import pytest
import pytest_asyncio
from psycopg import sql
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import InvalidStatus

from tests.e2e.talking import answer, ask, boot, dial
from tests.running import ADMIN_TOKEN, RunningServer, running_server

BOOT_2 = {"reason": "PowerUp", "chargingStation": {"vendorName": "V", "model": "M"}}
NOON = "2026-06-01T12:00:00Z"


@dataclass
class Canaries:
    """The secrets in use, by what each is."""

    of: dict[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> str:
        """The secret of that name, made when it is first asked for; nothing else is spelled like it."""
        return self.of.setdefault(name, "Can" + "".join(filter(str.isalpha, name.title()))[:15].ljust(15, "x") + f"{len(self.of):02}")

    def found_in(self, text: str) -> list[str]:
        """Those that stand in a text, also base64-encoded or as hex digits."""
        folded = text.lower()
        return [
            name
            for name, secret in self.of.items()
            if secret.lower() in folded
            or secret.encode().hex() in folded
            or any(base64.b64encode(pad + secret.encode()).decode()[4:-4] in text for pad in (b"", b"1", b"12"))
        ]


@dataclass
class Aftermath:
    """All that the server left behind."""

    canaries: Canaries
    log: str
    stream: str
    shown: Mapping[str, str]
    rows: Mapping[str, str]


@pytest_asyncio.fixture
async def aftermath(database_url: str, tmp_path: Path) -> AsyncIterator[Aftermath]:
    """A server in which each secret was used: right, wrong, in commands, in answers, in reports, and in what went wrong."""
    canaries = Canaries()
    canaries.of["admin token"] = ADMIN_TOKEN
    with_password = database_url.replace("@/", f":{canaries['database password']}@/")
    assert with_password != database_url
    async with running_server(with_password, tmp_path, "--log-level", "debug", "--log-format", "json", "--frame-log") as server:
        stream: list[bytes] = []
        listening = asyncio.create_task(_listen(server, stream))
        await _use_peoples_secrets(server, canaries)
        await _use_secrets_of_16(server, canaries)
        await _use_secrets_of_201(server, canaries)
        async with asyncio.timeout(30):
            while b"charger.disconnected" not in b"".join(stream) or b"command." not in b"".join(stream):
                await asyncio.sleep(0.05)
        shown = {path: text async for path, text in _everything_shown(server)}
        listening.cancel()
        yield Aftermath(canaries, "\n".join(server.log), b"".join(stream).decode(), shown, _everything_stored(database_url))


@pytest.mark.conformance("VT-S02", "TR-25")
async def test_no_secret_is_logged_shown_told_or_stored_in_the_clear(aftermath: Aftermath) -> None:
    canaries = aftermath.canaries
    leaks = {"the log": canaries.found_in(aftermath.log), "the live stream": canaries.found_in(aftermath.stream)}
    leaks |= {f"GET {path}": canaries.found_in(text) for path, text in aftermath.shown.items()}
    leaks |= {f"table {table}": canaries.found_in(text) for table, text in aftermath.rows.items() if table != "kept_frames"}
    assert {place: names for place, names in leaks.items() if names} == {}
    # and the search has something to search in
    assert "http.answered" in aftermath.log
    assert "***" in aftermath.stream
    assert "***" in aftermath.shown["/api/v1/chargers/CP16/messages"]
    assert "***" in aftermath.shown["/api/v1/dead-letters"]
    assert "$argon2" in aftermath.rows["users"]
    assert not any("$argon2" in text for text in aftermath.shown.values())
    assert len(canaries.of) > 15


@pytest.mark.parametrize("rest", ["@127.0.0.1:1/voltaro", " @127.0.0.1:port/voltaro"])
@pytest.mark.parametrize("command", [("serve", "--http-port", "0", "--ocpp-port", "0"), ("doctor",)], ids=["serve", "doctor"])
async def test_a_database_that_cannot_be_reached_is_told_without_its_password(tmp_path: Path, command: tuple[str, ...], rest: str) -> None:
    url = f"postgresql://voltaro:CanaryOfTheDatabase{rest}"
    flags = (*command, "--data-dir", str(tmp_path), "--database-url", url)
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "voltaro", *flags, stdout=PIPE, stderr=STDOUT)
    said, _ = await process.communicate()
    process._transport.close()  # type: ignore[attr-defined]
    assert process.returncode != 0
    assert said
    assert b"Canary" not in said, said.decode()


async def _use_peoples_secrets(server: RunningServer, canaries: Canaries) -> None:
    person = {"name": "alice", "role": "admin", "password": canaries["person's password"]}
    await server.api("POST", "/api/v1/users", person)
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as browser:
        for password, status in ((canaries["wrong password of a person"], 401), (canaries["person's password"], 200)):
            async with browser.post(f"{server.http_url}/api/v1/login", json={"name": "alice", "password": password}) as response:
                assert response.status == status
                told = await response.json()
        (cookie,) = browser.cookie_jar
        canaries.of["login cookie"] = cookie.value
        change = {"current": canaries["person's password"], "new": canaries["person's new password"]}
        headers = {"X-Voltaro-CSRF": told["csrf"]}
        async with browser.post(f"{server.http_url}/api/v1/me/password", json=change, headers=headers) as response:
            assert response.status == 204, await response.text()
        async with browser.get(f"{server.http_url}/login/{canaries['login link']}") as response:
            assert response.status == 410
    made = await server.api("POST", "/api/v1/tokens", {"name": "of a script", "scopes": ["admin"]})
    canaries.of["API token"] = made["token"]
    async with aiohttp.ClientSession() as client:
        for token in (canaries.of["API token"], canaries["token that is none"]):
            headers = {"Authorization": f"Bearer {token}"}
            for path in ("chargers", "nowhere", f"events?token={canaries['token in an address']}"):
                async with client.get(f"{server.http_url}/api/v1/{path}", headers=headers) as response:
                    await response.read()


async def _use_secrets_of_16(server: RunningServer, canaries: Canaries) -> None:
    body = {"id": "CP16", "password": canaries["charger's password"]}
    await server.api("POST", "/api/v1/chargers", body)
    try:
        async with dial(server, "CP16", password=canaries["wrong charger's password"]):
            raise AssertionError("let in")
    except InvalidStatus:
        pass
    async with dial(server, "CP16", password=canaries["charger's password"]) as socket:
        assert await boot(socket) == "Accepted"
        key = canaries["AuthorizationKey"]
        change = {"key": "AuthorizationKey", "value": key}
        await _command(server, socket, "CP16", "ChangeConfiguration", change, [3, "", {"status": "Accepted"}])
        await _command(
            server, socket, "CP16", "ChangeConfiguration", change, [4, "", "GenericError", f"cannot store {key}", {"value": key}]
        )
        known = [{"key": "AuthorizationKey", "readonly": False, "value": canaries["AuthorizationKey that is told"]}]
        await _command(server, socket, "CP16", "GetConfiguration", {}, [3, "", {"configurationKey": known}])
        await _command(server, socket, "CP16", "GetConfiguration", {}, [3, "", {"configurationKey": known, "more": 1}])
        location = f"ftp://backup:{canaries['password in an address']}@files.example/up"
        await _command(server, socket, "CP16", "GetDiagnostics", {"location": location}, [3, "", {"fileName": location}])
        log = {"remoteLocation": location}
        get_log = {"logType": "SecurityLog", "requestId": 1, "log": log}
        await _command(server, socket, "CP16", "GetLog", get_log, [3, "", {"status": "Accepted", "filename": "log"}])
        vendors = {"key": "WiFi_Password", "value": canaries["password of a vendor's key"]}
        await _command(server, socket, "CP16", "ChangeConfiguration", vendors, [3, "", {"status": "RebootRequired"}])
        broken = {"connectorId": 1, "password": canaries["password in a session message"]}
        assert (await ask(socket, "StartTransaction", broken))[0] == 3
        assert (await ask(socket, "Authorize", {"idTag": "T", "password": canaries["password in a bad message"]}))[0] == 3
        await socket.send(f'[2,"x","Authorize",{{"password":"{canaries["password in no JSON"]}"')
        await socket.send(f'[2,"x","Authorize",{{"p\\u0061ssword":"{canaries["password in escapes in no JSON"]}"')
        await socket.send(f'[9,"x",{{"password":"{canaries["password in a message of no type"]}"}}]')
        await socket.send(f'[2,{{"password":"{canaries["password in a refused message"]}"}},"Authorize"]')
        assert (await ask(socket, "Heartbeat", {}))[0] == 3
    changed = await server.api("POST", "/api/v1/chargers/CP16/password", {})
    canaries.of["charger's new password"] = changed["password"]


async def _use_secrets_of_201(server: RunningServer, canaries: Canaries) -> None:
    await server.api("POST", "/api/v1/chargers", {"id": "CP201", "security_profile": 0})
    async with dial(server, "CP201", "ocpp2.0.1") as socket:
        assert (await ask(socket, "BootNotification", BOOT_2))[2]["status"] == "Accepted"
        component, variable = {"name": "SecurityCtrlr"}, {"name": "BasicAuthPassword"}
        password = canaries["BasicAuthPassword"]
        setting = {"component": component, "variable": variable, "attributeValue": password}
        refused = {"component": component, "variable": variable, "attributeStatus": "Rejected"}
        info = {"reasonCode": "InvalidValue", "additionalInfo": f"{password} is too short"}
        result = {"setVariableResult": [refused | {"attributeStatusInfo": info}]}
        await _command(server, socket, "CP201", "SetVariables", {"setVariableData": [setting]}, [3, "", result])
        told = {"component": component, "variable": variable, "attributeStatus": "Accepted"}
        result = {"getVariableResult": [told | {"attributeValue": canaries["BasicAuthPassword that is told"]}]}
        asked = {"getVariableData": [{"component": component, "variable": variable}]}
        await _command(server, socket, "CP201", "GetVariables", asked, [3, "", result])
        profile = {
            "configurationSlot": 1,
            "connectionData": {
                "ocppVersion": "OCPP20",
                "ocppTransport": "JSON",
                "ocppCsmsUrl": "wss://csms.example",
                "messageTimeout": 30,
                "securityProfile": 2,
                "ocppInterface": "Wired0",
                "vpn": {"server": "v", "user": "u", "password": canaries["VPN password"], "key": canaries["VPN key"], "type": "IKEv2"},
                "apn": {"apn": "a", "apnPassword": canaries["APN password"], "apnAuthentication": "AUTO"},
            },
        }
        await _command(server, socket, "CP201", "SetNetworkProfile", profile, [3, "", {"status": "Accepted"}])
        reported = {"component": component, "variable": variable, "variableAttribute": [{"value": canaries["password in a report"]}]}
        report = {"requestId": 1, "generatedAt": NOON, "seqNo": 0, "reportData": [reported]}
        assert (await ask(socket, "NotifyReport", report))[0] == 3
        event = {
            "eventId": 1,
            "timestamp": NOON,
            "trigger": "Delta",
            "actualValue": canaries["password in an event"],
            "eventNotificationType": "HardWiredNotification",
            "component": component,
            "variable": variable,
        }
        assert (await ask(socket, "NotifyEvent", {"generatedAt": NOON, "seqNo": 0, "eventData": [event]}))[0] == 3


async def _command(server: RunningServer, socket: ClientConnection, charger_id: str, action: str, payload: object, says: list[Any]) -> None:
    """Have a command sent, and answer it as a charger."""
    body = {"action": action, "payload": payload}
    asked = asyncio.create_task(server.api("POST", f"/api/v1/chargers/{charger_id}/commands", body, {"Prefer": "wait=10"}))
    heard = asyncio.create_task(answer(socket))
    await asyncio.wait((heard, asked), return_when=asyncio.FIRST_COMPLETED)
    assert not asked.done(), asked.result()
    call = await heard
    assert call[2:] == [action, payload], "the charger is sent what was asked, secrets and all"
    await socket.send(json.dumps([says[0], call[1], *says[2:]]))
    assert (await asked)["state"] in ("accepted", "rejected", "failed")


async def _listen(server: RunningServer, stream: list[bytes]) -> None:
    topics = "chargers,sessions,commands,actors,charger:CP16,messages:CP16,messages:CP201"
    headers = {"Authorization": f"Bearer {ADMIN_TOKEN}"}
    async with (
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None)) as client,
        client.get(f"{server.http_url}/api/v1/events?topics={topics}", headers=headers) as response,
    ):
        async for chunk in response.content.iter_any():
            stream.append(chunk)


async def _everything_shown(server: RunningServer) -> AsyncIterator[tuple[str, str]]:
    """Every operation that only reads, for each of what it reads."""
    document = await server.api("GET", "/api/v1/openapi.json")
    headers = {"Authorization": f"Bearer {ADMIN_TOKEN}"}
    async with aiohttp.ClientSession(headers=headers) as client:

        async def read(path: str) -> str:
            async with client.get(server.http_url + path) as response:
                # 400: it asks for more; 403: it is about who is signed in, and a token is nobody
                assert response.status in (200, 400, 403, 404, 409, 410), (path, response.status)
                body = await response.read()
                return _unpacked(body) if response.content_type == "application/zip" else body.decode("utf-8", "replace")

        commands = [
            command["id"]
            for charger_id in ("CP16", "CP201")
            for command in json.loads(await read(f"/api/v1/chargers/{charger_id}/commands"))["items"]
        ]
        assert len(commands) >= 7
        for path, methods in document["paths"].items():
            if "get" not in methods or path == "/api/v1/events":
                continue
            for charger_id in ("CP16", "CP201") if "{charger_id}" in path else ("",):
                for command_id in commands if "{command_id}" in path else ("",):
                    asked = path.replace("{charger_id}", charger_id).replace("{command_id}", command_id)
                    asked = asked.replace("{user_id}", "1").replace("{action}", "Reset").partition("{")[0]
                    yield asked, await read(asked)


def _unpacked(archive: bytes) -> str:
    """The text of every file in a zip archive."""
    with zipfile.ZipFile(io.BytesIO(archive)) as packed:
        return "\n".join(f"{name}\n{packed.read(name).decode('utf-8', 'replace')}" for name in packed.namelist())


def _everything_stored(database_url: str) -> dict[str, str]:
    """Every row of every table, as text; what is stored as bytes as hex digits."""
    tables = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
    with psycopg.connect(database_url) as connection:
        return {
            name: "\n".join(
                row[0] for row in connection.execute(sql.SQL("SELECT {}::text FROM {}").format(sql.Identifier(name), sql.Identifier(name)))
            )
            for (name,) in connection.execute(tables).fetchall()
        }
