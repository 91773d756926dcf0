"""Endpoint, identity, version and credentials, on a running server (conformance section 1.1 and 1.2)."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Subprotocol

from tests.e2e.talking import BOOT, answer, ask, boot, closing
from tests.running import RunningServer, running_server

KEY = bytes(range(240, 250)) + b":" + bytes(9)
"""20 bytes that are no text, with a colon among them."""


def knock(server: RunningServer, path: str, *offered: str, user: str | None = None, key: bytes = b"", **more: Any) -> connect:
    """A connection to a path, offering what is said, 1.6 or nothing."""
    headers = {} if user is None else {"Authorization": "Basic " + base64.b64encode(user.encode() + b":" + key).decode()}
    names = [Subprotocol(name) for name in offered] or None
    settings: dict[str, Any] = {"compression": None, "proxy": None} | more
    return connect(server.ocpp_url + path, subprotocols=names, additional_headers=headers, **settings)


async def status(connection: connect) -> int:
    """The status with which an upgrade is answered."""
    try:
        async with connection:
            return 101
    except InvalidStatus as refused:
        return refused.response.status_code


async def add(server: RunningServer, identity: str, **more: Any) -> None:
    await server.api("POST", "/api/v1/chargers", {"id": identity, **({"security_profile": 0} if "password" not in more else {}), **more})


@pytest.mark.conformance("TR-01", "TR-02", "VT-T01", "TR-04", "VT-T06", "Q-03", "Q-04", "Q-05")
async def test_the_end_of_the_address_names_the_charger_however_it_is_written(database_url: str, tmp_path: Path) -> None:
    spelled = {
        "/ocpp/CP%20%231": "CP #1",
        "/ocpp1.6/CP1": "CP1",
        "/a/b/CP1/": "CP1",
        "//ocpp//CP1": "CP1",
        "/ocpp/CP1?x=/y": "CP1",
        "/ws://csms:9000/ocpp/CP1": "CP1",
        "/ocpp/cp1": "CP1",
        "/ocpp/CP%2531": "CP1",
        "/ocpp/%C3%84%2F1": "Ä/1",
    }
    async with running_server(database_url, tmp_path, "--unknown-chargers", "reject") as server:
        for identity in ("CP #1", "CP1", "Ä/1", "twin", "Twin"):
            await add(server, identity)
        for path, identity in spelled.items():
            async with knock(server, path, "ocpp2.0.1", "ocpp1.6") as socket:
                assert socket.subprotocol == "ocpp2.0.1", "the version in the path decides nothing"
                named = identity.replace(" ", "%20").replace("#", "%23").replace("/", "%2F").replace("Ä", "%C3%84")
                assert (await ask(socket, "Heartbeat", {}))[2] == "SecurityError", "it is known, and must boot first"
                shown = await server.api("GET", f"/api/v1/chargers/{named}")
                assert shown["remote"] == f"127.0.0.1:{socket.local_address[1]}"
        assert await status(knock(server, "/ocpp/TWIN", "ocpp1.6")) == 401, "it may be either"
        assert await status(knock(server, "/ocpp/a%3Ab", "ocpp1.6")) == 404
        assert await status(knock(server, "/ocpp/" + "x" * 49, "ocpp1.6")) == 404


@pytest.mark.conformance("TR-03", "VT-T02", "TR-22", "TR-23", "VT-T07", "TC_085", "TR-20", "TR-25")
async def test_right_credentials_are_let_in_and_all_others_are_answered_alike(database_url: str, tmp_path: Path) -> None:
    async with running_server(database_url, tmp_path, "--unknown-chargers", "reject") as server:
        await add(server, "CP1", password=KEY.hex())
        await add(server, "CP2", password="sixteen-or-more-")
        async with knock(server, "/ocpp/CP1", "ocpp1.6", user="CP1", key=KEY) as socket:
            assert await boot(socket) == "Accepted"
        async with knock(server, "/ocpp/CP2", "ocpp1.6", user="CP2", key=b"sixteen-or-more-") as socket:
            assert await boot(socket) == "Accepted"
        wrong = [
            knock(server, "/ocpp/CP1", "ocpp1.6", user="CP1", key=KEY[:-1] + b"x"),
            knock(server, "/ocpp/CP1", "ocpp1.6"),
            knock(server, "/ocpp/CP1", "ocpp1.6", user="CP2", key=KEY),
            knock(server, "/ocpp/NOBODY", "ocpp1.6", user="NOBODY", key=KEY),
            knock(server, "/ocpp/NOBODY", "ocpp1.6"),
        ]
        answers = []
        for connection in wrong:
            with pytest.raises(InvalidStatus) as refused:
                await connection
            response = refused.value.response
            answers.append((response.status_code, bytes(response.body), sorted(name for name, _ in response.headers.raw_items())))
        assert answers == [answers[0]] * len(wrong)
        assert answers[0][0] == 401


@pytest.mark.conformance("TR-05", "TR-06", "TR-07", "TR-08", "TC_088", "VT-T03", "VT-T04", "VT-T05", "Q-01")
async def test_the_first_offered_that_we_speak_is_chosen_and_without_one_the_line_opens_and_closes(
    database_url: str, tmp_path: Path
) -> None:
    async with running_server(database_url, tmp_path) as server:
        await add(server, "CP1")
        for offered, chosen in (
            (("ocpp1.6", "ocpp2.0.1"), "ocpp1.6"),
            (("ocpp2.0.1", "ocpp1.6"), "ocpp2.0.1"),
            (("ocpp0.1", "ocpp1.6"), "ocpp1.6"),
            (("ocpp2.0", "ocpp1.5", "ocpp1.6"), "ocpp1.6"),
        ):
            async with knock(server, "/ocpp/CP1", *offered) as socket:
                assert socket.subprotocol == chosen
        for names in (("ocpp9.9",), ("ocpp2.0",), ()):
            async with knock(server, "/ocpp/CP1", *names) as socket:
                assert socket.subprotocol is None
                assert await closing(socket) == 1002
        await server.api("PATCH", "/api/v1/chargers/CP1", {"protocol_override": "ocpp1.6"})
        async with knock(server, "/ocpp/CP1") as socket:
            assert socket.subprotocol is None
            assert await boot(socket) == "Accepted"
            assert (await server.api("GET", "/api/v1/chargers/CP1"))["protocol"] == "ocpp1.6"


@pytest.mark.conformance("TR-09", "TR-10", "VT-T12")
async def test_messages_are_text_with_and_without_compression(database_url: str, tmp_path: Path) -> None:
    async with running_server(database_url, tmp_path) as server:
        await add(server, "CP1")
        for compression in ("deflate", None):
            async with knock(server, "/ocpp/CP1", "ocpp1.6", compression=compression) as socket:
                assert bool(socket.protocol.extensions) is (compression is not None)
                told = await ask(socket, "BootNotification", {**BOOT, "chargePointModel": "Säule"})
                assert told[2]["status"] == "Accepted"
        assert (await server.api("GET", "/api/v1/chargers/CP1"))["model"] == "Säule"
        async with knock(server, "/ocpp/CP1", "ocpp1.6") as socket:
            await socket.send(json.dumps([2, "1", "Heartbeat", {}]).encode())
            assert await closing(socket) == 1003


@pytest.mark.conformance("Q-10", "Q-09")
async def test_a_charger_that_redials_every_moment_is_served_each_time(database_url: str, tmp_path: Path) -> None:
    async with running_server(database_url, tmp_path) as server:
        await add(server, "CP1", password="sixteen-or-more-")
        for number in range(12):
            async with knock(server, "/ocpp/CP1", "ocpp1.6", user="CP1", key=b"sixteen-or-more-") as socket:
                await socket.send(json.dumps([2, f"{number}", "Heartbeat", {}]))
                while (await answer(socket))[:2] != [3, f"{number}"]:
                    pass  # it is asked to boot first
        async with (
            knock(server, "/ocpp/CP1", "ocpp1.6", user="CP1", key=b"sixteen-or-more-") as half_open,
            knock(server, "/ocpp/CP1", "ocpp1.6", user="CP1", key=b"sixteen-or-more-") as newest,
        ):
            assert await closing(half_open) == 4001
            assert (await ask(newest, "Heartbeat", {}))[0] in (2, 3)
            assert (await server.api("GET", "/api/v1/chargers/CP1"))["connection"] == "online"
