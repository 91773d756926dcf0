"""Why a charger does not come: every refusal of a real server, made over real sockets, and what the API says of it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import ssl
import urllib.error
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from tests.conformance.authority import Authority, flags
from tests.e2e.talking import boot, closing, dial
from tests.running import RunningServer, running_server
from tests.websocket import basic, upgrade


async def _attempts(server: RunningServer, query: str = "") -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await server.api("GET", f"/api/v1/connection-attempts{query}"))["items"]
    return items


async def _say(url: str, raw: bytes) -> bytes:
    """Bytes to a port, and what comes back until it is closed."""
    host, _, port = url.rpartition("/")[2].rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(raw)
    answer = b""
    async with asyncio.timeout(30):
        with contextlib.suppress(ConnectionError):
            answer = await reader.read()
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()
    return answer


def _shake_hands(host: str, port: int, context: ssl.SSLContext) -> None:
    """As a charger does, which says why it does not like what it is shown; asyncio just hangs up."""
    with socket.create_connection((host, port), timeout=15) as plain, context.wrap_socket(plain, server_hostname="csms"):
        pass


async def test_each_refusal_of_a_real_server_is_explained_by_its_reason(database_url: str, tmp_path: Path) -> None:
    async with running_server(database_url, tmp_path, "--unknown-chargers", "reject") as server:
        for body in ({"id": "OPEN", "security_profile": 0}, {"id": "SECURED", "password": "the-right-one"}):
            await server.api("POST", "/api/v1/chargers", body)
        await server.api("POST", "/api/v1/chargers", {"id": "TLS", "password": "the-right-one", "security_profile": 2})
        said = [
            ("no_identity", upgrade("/")),
            ("bad_identity", upgrade("/ocpp/CP%3A1")),
            ("unknown_refused", upgrade("/ocpp/open_")),
            ("password_missing", upgrade("/ocpp/SECURED")),
            ("password_wrong", upgrade("/ocpp/SECURED", basic("SECURED", "a-wrong-one"))),
            ("other_user", upgrade("/ocpp/SECURED", basic("admin", "the-right-one"))),
            ("tls_required", upgrade("/ocpp/TLS", basic("TLS", "the-right-one"))),
            ("not_websocket", b"GET /ocpp/OPEN HTTP/1.1\r\nHost: csms\r\n\r\n"),
            ("tls_on_plain_port", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(64)),
        ]
        for _, raw in said:
            assert await _say(server.ocpp_url, raw) != b"", "each is answered"
        async with dial(server, "OPEN", "ocpp1.5") as client:
            await closing(client)
        async with connect(f"{server.ocpp_url}/ocpp/OPEN", compression=None) as client:
            await closing(client)
        async with dial(server, "open") as client:
            assert await boot(client) == "Accepted"
            found = await _attempts(server)
        reasons = [attempt["reason"] for attempt in reversed(found)]
        assert reasons == [*(reason for reason, _ in said), "other_subprotocol", "no_subprotocol", "connected"]
        assert {attempt["outcome"] for attempt in found[1:]} == {"refused"}
        assert (found[0]["identity"], found[0]["charger_id"], found[0]["outcome"]) == ("open", "OPEN", "accepted")
        assert next(attempt for attempt in found if attempt["reason"] == "unknown_refused")["similar"] == ["OPEN"]
        assert "the-right-one" not in json.dumps(found)
        assert [attempt["reason"] for attempt in await _attempts(server, "?charger_id=SECURED")] == [
            "other_user",
            "password_wrong",
            "password_missing",
        ]
        assert await _attempts(server, "?address=192.0.2.1") == []
        page = await server.api("GET", "/api/v1/connection-attempts?outcome=refused&limit=10")
        rest = await server.api("GET", f"/api/v1/connection-attempts?outcome=refused&limit=10&cursor={page['next']}")
        assert [*page["items"], *rest["items"]] == found[1:]
        with pytest.raises(urllib.error.HTTPError) as wrong:
            await server.api("GET", "/api/v1/connection-attempts?outcome=perhaps")
        with wrong.value as error:
            assert error.code == 400


async def test_a_stranger_and_chargers_that_are_not_accepted_are_told_apart(database_url: str, tmp_path: Path) -> None:
    async with running_server(database_url, tmp_path) as server:
        for registration in ("pending", "rejected"):
            await server.api("POST", "/api/v1/chargers", {"id": registration, "security_profile": 0})
            await server.api("PATCH", f"/api/v1/chargers/{registration}", {"registration": registration})
        async with dial(server, "NEW") as stranger, dial(server, "pending") as pending, dial(server, "rejected") as rejected:
            assert [await boot(each) for each in (stranger, pending, rejected)] == ["Pending", "Pending", "Rejected"]
            found = {attempt["identity"]: (attempt["outcome"], attempt["reason"]) for attempt in await _attempts(server)}
        assert found == {
            "NEW": ("waiting", "unknown_waits"),
            "pending": ("accepted", "boot_pending"),
            "rejected": ("accepted", "boot_rejected"),
        }


async def test_what_goes_wrong_before_a_word_is_said_over_tls_is_told(database_url: str, tmp_path: Path) -> None:
    given = flags(Authority(tmp_path, "ca").server("ecdsa"))
    async with running_server(database_url, tmp_path / "data", *given) as server:
        host, _, port = server.ocpps_url.rpartition("/")[2].rpartition(":")
        await _say(server.ocpps_url, upgrade("/ocpp/CP1"))
        with pytest.raises(ssl.SSLError):
            await asyncio.to_thread(_shake_hands, host, int(port), ssl.create_default_context())
        old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
        with pytest.warns(DeprecationWarning, match="deprecated"):
            old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
        old.set_ciphers("ALL:@SECLEVEL=0")
        with pytest.raises((ssl.SSLError, ConnectionError)):
            await asyncio.to_thread(_shake_hands, host, int(port), old)
        async with asyncio.timeout(30):
            while len(found := await _attempts(server)) < 3:
                await asyncio.sleep(0.05)
        assert [attempt["reason"] for attempt in reversed(found)] == ["plain_on_tls_port", "tls_refused_us", "tls_version"]
        assert all(attempt["secure"] for attempt in found)
        addresses = await server.api("GET", "/api/v1/connection-addresses?test=true")
        assert (addresses["has_tls"], addresses["loopback_only"]) == (True, True)
        assert [(item["kind"], item["scheme"], item["reached"]) for item in addresses["items"]] == [
            ("loopback", "ws", True),
            ("loopback", "wss", True),
        ]


async def test_an_attempt_is_on_the_live_stream_as_it_happens(database_url: str, tmp_path: Path) -> None:
    async with running_server(database_url, tmp_path, "--unknown-chargers", "reject") as server:
        host, _, port = server.http_url.rpartition("/")[2].rpartition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        token = "an-admin-token-for-tests-of-40-characters"
        writer.write(f"GET /api/v1/events?topics=connections HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n".encode())
        async with asyncio.timeout(30):
            await reader.readuntil(b"retry: 2000")
            await reader.readuntil(b"\n\n")
            while True:
                with pytest.raises(InvalidStatus):
                    await dial(server, "NOBODY")
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(1):
                        await reader.readuntil(b"event: connection.attempt\ndata: ")
                        break
            told = json.loads(await reader.readuntil(b"\n"))
        writer.close()
        assert (told["reason"], told["identity"]) == ("unknown_refused", "NOBODY")


async def test_a_server_for_all_says_its_addresses_on_the_network(database_url: str, tmp_path: Path) -> None:
    async with running_server(database_url, tmp_path, "--host", "0.0.0.0") as server:
        addresses = await server.api("GET", "/api/v1/connection-addresses?test=true")
        assert addresses["loopback_only"] is False
        port = int(server.ocpp_url.rpartition(":")[2])
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.connect(("192.0.2.1", 9))
            own = probe.getsockname()[0]
        assert addresses["items"][0] | {"reached": True} == addresses["items"][0]
        assert f"ws://{own}:{port}/" in [item["url"] for item in addresses["items"] if item["kind"] == "network"]
        assert addresses["items"][-1]["url"] == f"ws://127.0.0.1:{port}/"
        qr = await server.api("GET", f"/api/v1/qr.svg?text=ws://{own}:{port}/CP1")
        assert qr.startswith("<svg")
        assert "<path" in qr
