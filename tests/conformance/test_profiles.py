"""Passwords and security profiles changed over OCPP, on a running server: a charger is never locked out, and never let in with less."""

from __future__ import annotations

import asyncio
import base64
import json
import signal
import ssl
import urllib.error
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Subprotocol

from tests.conformance.authority import HERE, Authority, Pair, flags
from tests.e2e.talking import answer, ask, boot
from tests.looking import until
from tests.running import RunningServer, running_server

BOOT_2 = {"reason": "PowerUp", "chargingStation": {"vendorName": "V", "model": "M", "serialNumber": "S1"}}
PATIENCE_S = 20


def come(
    server: RunningServer, key: bytes | None, context: ssl.SSLContext | None = None, protocol: str = "ocpp1.6", identity: str = "CP1"
) -> connect:
    """A connection with a password as bytes, over TLS where a context is given."""
    headers = {} if key is None else {"Authorization": "Basic " + base64.b64encode(identity.encode() + b":" + key).decode()}
    url = server.ocpp_url if context is None else server.ocpps_url
    return connect(
        f"{url}/ocpp/{identity}",
        subprotocols=[Subprotocol(protocol)],
        additional_headers=headers,
        compression=None,
        ssl=context,
        proxy=None,
    )


async def refused(connection: connect) -> bool:
    """Whether a connection is answered with 401."""
    try:
        async with connection:
            return False
    except InvalidStatus as error:
        return error.response.status_code == 401


async def security(server: RunningServer, holds: Callable[[dict[str, Any]], object] = lambda _: True) -> dict[str, Any]:
    """The charger's security as the API shows it, once something holds of it."""

    async def shown() -> dict[str, Any]:
        return dict((await server.api("GET", "/api/v1/chargers/CP1"))["security"])

    return await until(shown, holds)


async def problem(server: RunningServer, path: str, body: object) -> tuple[int, str]:
    """The status and kind of a refused request."""
    with pytest.raises(urllib.error.HTTPError) as error:
        await server.api("POST", path, body)
    with error.value as answer:
        return answer.code, json.loads(answer.read())["type"].rpartition(":")[2]


async def called(socket: ClientConnection, action: str) -> list[Any]:
    """The server's next CALL of this action; what it asks for on its own account meanwhile is answered that we know nothing of it."""
    while True:
        call = await answer(socket)
        if call[2] == action:
            return call
        assert call[2] in ("GetConfiguration", "TriggerMessage", "GetLocalListVersion"), call
        await socket.send(json.dumps([4, call[1], "NotImplemented", "", {}]))


async def rotate(server: RunningServer, socket: ClientConnection) -> tuple[str, bytes]:
    """Ask for a new password; the id of the CALL that brings it, and the password as the charger is to send it."""
    command = await server.api("POST", "/api/v1/chargers/CP1/password/rotate", {})
    call = await called(socket, "ChangeConfiguration")
    assert call[3]["key"] == "AuthorizationKey"
    key = bytes.fromhex(call[3]["value"])
    assert 16 <= len(key) <= 20
    assert call[3]["value"] not in json.dumps(command)
    return call[1], key


async def reply(socket: ClientConnection, message_id: str, status: str) -> None:
    await socket.send(json.dumps([3, message_id, {"status": status}]))


# --- passwords -------------------------------------------------------------------------------------------------------


@pytest.mark.conformance("TC_073", "TR-26", "TR-23", "TR-25")
async def test_after_accepted_only_the_new_password_is_good_and_it_is_shown_nowhere(database_url: str, tmp_path: Path) -> None:
    async with running_server(database_url, tmp_path, "--log-level", "debug", "--frame-log") as server:
        await server.api("POST", "/api/v1/chargers", {"id": "CP1", "password": "sixteen-old-ones"})
        old = b"sixteen-old-ones"
        async with come(server, old) as socket:
            assert await boot(socket) == "Accepted"
            call, new = await rotate(server, socket)
            assert (await security(server))["rotation"]["state"] == "sent"
            assert (await problem(server, "/api/v1/chargers/CP1/password/rotate", {})) == (409, "not_now")
            await reply(socket, call, "Accepted")
            await security(server, lambda shown: shown["rotation"]["state"] == "accepted")
        assert await refused(come(server, old))
        assert await refused(come(server, new.hex().encode())), "as text only where an operator has said so (Q-11)"
        async with come(server, new) as socket:
            assert await boot(socket) == "Accepted"
        shown = [json.dumps(await server.api("GET", f"/api/v1/chargers/CP1/{what}")) for what in ("messages", "commands", "security")]
        assert "***" in shown[0]
        assert not any(new.hex() in text.lower() for text in [*shown, *server.log])


@pytest.mark.conformance("Q-11", "VT-T08")
async def test_a_charger_that_sends_its_key_as_text_is_let_in_where_an_operator_has_said_so(database_url: str, tmp_path: Path) -> None:
    async with running_server(database_url, tmp_path) as server:
        made = await server.api("POST", "/api/v1/chargers", {"id": "CP1"})
        async with come(server, made["password"].encode()) as socket:
            assert await boot(socket) == "Accepted"
            path = "/api/v1/chargers/CP1/password/rotate"
            assert await problem(server, path, {}) == (409, "key_as_text"), "it would lock itself out"
            await server.api("PATCH", "/api/v1/chargers/CP1/security", {"key_as_text": True})
            call, new = await rotate(server, socket)
            await reply(socket, call, "Accepted")
            await security(server, lambda shown: shown["rotation"]["state"] == "accepted")
        async with come(server, new.hex().encode()):
            pass
        await server.api("PATCH", "/api/v1/chargers/CP1/security", {"key_as_text": False})
        assert await refused(come(server, new.hex().encode()))


@pytest.mark.conformance("TC_073", "TR-26")
@pytest.mark.parametrize("status", ["Rejected", "NotSupported"])
async def test_after_rejected_the_old_password_stays(database_url: str, tmp_path: Path, status: str) -> None:
    async with running_server(database_url, tmp_path) as server:
        await server.api("POST", "/api/v1/chargers", {"id": "CP1", "password": "sixteen-old-ones"})
        async with come(server, b"sixteen-old-ones") as socket:
            assert await boot(socket) == "Accepted"
            call, new = await rotate(server, socket)
            await reply(socket, call, status)
            await security(server, lambda shown: shown["rotation"]["state"] == "rejected")
        assert await refused(come(server, new))
        async with come(server, b"sixteen-old-ones"):
            pass


@pytest.mark.conformance("TC_073", "TR-26")
@pytest.mark.parametrize("used", ["old", "new"])
async def test_when_the_answer_is_lost_both_are_good_until_one_is_used(database_url: str, tmp_path: Path, used: str) -> None:
    old = b"sixteen-old-ones"
    async with running_server(database_url, tmp_path) as server:
        await server.api("POST", "/api/v1/chargers", {"id": "CP1", "password": old.decode()})
        async with come(server, old) as socket:
            assert await boot(socket) == "Accepted"
            _, new = await rotate(server, socket)
        await security(server, lambda shown: shown["rotation"]["state"] == "unknown")
        async with come(server, new if used == "new" else old) as socket:
            assert await boot(socket) == "Accepted"
        await security(server, lambda shown: shown["rotation"]["state"] == ("accepted" if used == "new" else "rejected"))
        assert await refused(come(server, old if used == "new" else new))
        async with come(server, new if used == "new" else old):
            pass


@pytest.mark.conformance("TR-26")
async def test_a_change_of_password_survives_the_servers_death(database_url: str, tmp_path: Path) -> None:
    old = b"sixteen-old-ones"
    async with running_server(database_url, tmp_path) as server:
        await server.api("POST", "/api/v1/chargers", {"id": "CP1", "password": old.decode()})
        async with come(server, old) as socket:
            assert await boot(socket) == "Accepted"
            _, new = await rotate(server, socket)
            await server.kill()
    async with running_server(database_url, tmp_path) as server:
        async with come(server, old):
            pass
        async with come(server, new):
            pass
        assert await refused(come(server, old))


@pytest.mark.conformance("TR-26", "TR-23")
async def test_a_key_that_an_operator_sends_as_it_is_is_learned_as_well(database_url: str, tmp_path: Path) -> None:
    async with running_server(database_url, tmp_path) as server:
        await server.api("POST", "/api/v1/chargers", {"id": "CP1", "password": "sixteen-old-ones"})
        async with come(server, b"sixteen-old-ones") as socket:
            assert await boot(socket) == "Accepted"
            payload = {"key": "AuthorizationKey", "value": "a-plain-key-of-20-by"}
            await server.api("POST", "/api/v1/chargers/CP1/commands", {"action": "ChangeConfiguration", "payload": payload})
            await reply(socket, (await called(socket, "ChangeConfiguration"))[1], "Accepted")
            await security(server, lambda shown: shown["rotation"]["state"] == "accepted")
        async with come(server, b"a-plain-key-of-20-by"):
            pass
        assert await refused(come(server, b"sixteen-old-ones"))


@pytest.mark.conformance("TR-24", "TR-26")
async def test_a_charger_of_2_0_1_is_given_its_password_as_text(database_url: str, tmp_path: Path) -> None:
    async with running_server(database_url, tmp_path) as server:
        made = await server.api("POST", "/api/v1/chargers", {"id": "CP1"})
        async with come(server, made["password"].encode(), protocol="ocpp2.0.1") as socket:
            await socket.send(json.dumps([2, "b", "BootNotification", BOOT_2]))
            await answer(socket)
            await server.api("POST", "/api/v1/chargers/CP1/password/rotate", {})
            call = await called(socket, "SetVariables")
            (item,) = call[3]["setVariableData"]
            assert (item["component"]["name"], item["variable"]["name"]) == ("SecurityCtrlr", "BasicAuthPassword")
            result = {"attributeStatus": "Accepted", "component": item["component"], "variable": item["variable"]}
            await socket.send(json.dumps([3, call[1], {"setVariableResult": [result]}]))
            await security(server, lambda shown: shown["rotation"]["state"] == "accepted")
        async with come(server, item["attributeValue"].encode(), protocol="ocpp2.0.1"):
            pass
        assert await refused(come(server, made["password"].encode(), protocol="ocpp2.0.1"))


# --- profiles --------------------------------------------------------------------------------------------------------


async def upgrade(server: RunningServer, socket: ClientConnection, profile: int) -> None:
    """Take the charger to a profile, which it accepts; it is told to restart."""
    await server.api("POST", "/api/v1/chargers/CP1/security-profile", {"profile": profile})
    call = await called(socket, "ChangeConfiguration")
    assert call[3] == {"key": "SecurityProfile", "value": str(profile)}
    await reply(socket, call[1], "Accepted")
    reset = await called(socket, "Reset")
    assert reset[3] == {"type": "Hard"}
    await reply(socket, reset[1], "Accepted")


@pytest.mark.conformance("TC_083", "TR-34", "TR-21", "VT-T11", "TR-20", "TR-32")
async def test_a_charger_goes_from_profile_0_to_3_and_is_refused_with_less(
    database_url: str, tmp_path: Path, authority: Authority, server_pairs: list[Pair], charger_pair: Pair
) -> None:
    tls = authority.trusting()
    with_certificate = authority.trusting(charger_pair)
    async with running_server(database_url, tmp_path, *flags(server_pairs, authority), "--cpo-name", "Acme") as server:
        await server.api("POST", "/api/v1/chargers", {"id": "CP1", "security_profile": 0})
        path = "/api/v1/chargers/CP1/security-profile"
        assert await problem(server, path, {"profile": 1}) == (409, "not_connected")
        async with come(server, None) as socket:
            assert await boot(socket) == "Accepted"
            assert await problem(server, path, {"profile": 1}) == (409, "no_password")
            call, key = await rotate(server, socket)
            await reply(socket, call, "Accepted")
            await security(server, lambda shown: shown["has_password"])
            await upgrade(server, socket, 1)
        async with come(server, None):
            pass  # until it has come with the new profile, the one before is good
        async with come(server, key) as socket:
            shown = await security(server, lambda shown: shown["profile"] == 1)
            assert shown["upgrade"]["state"] == "done"
            assert await boot(socket) == "Accepted"
            await upgrade(server, socket, 2)
        assert await refused(come(server, None))
        async with come(server, key):
            pass
        async with come(server, key, tls) as socket:
            shown = await security(server, lambda shown: shown["profile"] == 2 and shown["link"] and shown["link"]["scheme"] == "wss")
            assert shown["link"]["tls_version"] in ("TLSv1.2", "TLSv1.3")
            assert await boot(socket) == "Accepted"
            assert await problem(server, path, {"profile": 3}) == (409, "no_certificate")
            assert await problem(server, path, {"profile": 2}) == (422, "invalid")
            assert await problem(server, path, {"profile": 1}) == (422, "invalid")
            lower = {"action": "ChangeConfiguration", "payload": {"key": "SecurityProfile", "value": "1"}}
            assert await problem(server, "/api/v1/chargers/CP1/commands", lower) == (422, "invalid")
            await server.api("PATCH", "/api/v1/chargers/CP1/security", {"certificate_name": "CP1"})
            await upgrade(server, socket, 3)
        assert await refused(come(server, key))
        async with come(server, key, tls):
            pass
        async with come(server, None, with_certificate) as socket:
            shown = await security(server, lambda shown: shown["profile"] == 3 and shown["link"] and shown["link"]["certificate"])
            assert shown["link"]["certificate"]["common_name"] == "CP1"
            assert shown["certificate"]["fingerprint"] == shown["link"]["certificate"]["fingerprint"]
            assert await boot(socket) == "Accepted"
        assert await refused(come(server, key, tls))
        assert await refused(come(server, key))
        listed = (await server.api("GET", "/api/v1/audit?limit=100"))["items"]
        assert [entry["detail"]["security_profile"] for entry in listed if entry["action"] == "charger.profile"] == [3, 2, 1]


@pytest.mark.conformance("TC_083", "TR-34")
async def test_a_profile_that_the_charger_rejects_changes_nothing(
    database_url: str, tmp_path: Path, authority: Authority, server_pairs: list[Pair]
) -> None:
    async with running_server(database_url, tmp_path, *flags(server_pairs)) as server:
        await server.api("POST", "/api/v1/chargers", {"id": "CP1", "password": "sixteen-old-ones"})
        async with come(server, b"sixteen-old-ones") as socket:
            assert await boot(socket) == "Accepted"
            await server.api("POST", "/api/v1/chargers/CP1/security-profile", {"profile": 2})
            await reply(socket, (await called(socket, "ChangeConfiguration"))[1], "Rejected")
            await security(server, lambda shown: shown["upgrade"]["state"] == "rejected")
        async with come(server, b"sixteen-old-ones", authority.trusting()):
            assert (await security(server))["profile"] == 1, "it may come over TLS, and need not"


@pytest.mark.conformance("TR-34")
async def test_a_profile_that_an_operator_sends_as_it_is_is_learned_without_a_reset_and_given_up_in_time(
    database_url: str, tmp_path: Path, authority: Authority, server_pairs: list[Pair]
) -> None:
    async with running_server(database_url, tmp_path, *flags(server_pairs), "--profile-upgrade-s", "0.001") as server:
        await server.api("POST", "/api/v1/chargers", {"id": "CP1", "password": "sixteen-old-ones"})
        async with come(server, b"sixteen-old-ones") as socket:
            assert await boot(socket) == "Accepted"
            payload = {"key": "SecurityProfile", "value": "2"}
            await server.api("POST", "/api/v1/chargers/CP1/commands", {"action": "ChangeConfiguration", "payload": payload})
            await reply(socket, (await called(socket, "ChangeConfiguration"))[1], "Accepted")
            shown = await security(server, lambda shown: shown["upgrade"]["state"] == "accepted")
            assert shown["upgrade"]["given_up"]
            await server.api("POST", "/api/v1/chargers/CP1/trigger", {"message": "Heartbeat"})
            while (await called(socket, "TriggerMessage"))[3] != {"requestedMessage": "Heartbeat"}:
                pass  # no reset comes before it
        async with come(server, b"sixteen-old-ones", authority.trusting()):
            await security(server, lambda shown: shown["profile"] == 2)


async def test_without_tls_or_a_ca_for_chargers_the_operator_is_told_so(database_url: str, tmp_path: Path) -> None:
    async with running_server(database_url, tmp_path) as server:
        await server.api("POST", "/api/v1/chargers", {"id": "CP1", "password": "sixteen-old-ones"})
        async with come(server, b"sixteen-old-ones"):
            await security(server, lambda shown: shown["link"])
            assert await problem(server, "/api/v1/chargers/CP1/security-profile", {"profile": 2}) == (409, "no_tls_listener")


async def test_a_certificate_belongs_to_one_charger(database_url: str, tmp_path: Path) -> None:
    async with running_server(database_url, tmp_path) as server:
        for identity in ("CP1", "CP2"):
            await server.api("POST", "/api/v1/chargers", {"id": identity})
        named = {"certificate_name": "S-1"}
        assert (await server.api("PATCH", "/api/v1/chargers/CP1/security", named))["certificate"]["common_name"] == "S-1"
        with pytest.raises(urllib.error.HTTPError) as taken:
            await server.api("PATCH", "/api/v1/chargers/CP2/security", named)
        with taken.value as error:
            assert error.code == 409


# --- the server's own certificates -----------------------------------------------------------------------------------


@pytest.mark.conformance("Q-12", "TC_086")
async def test_a_hangup_signal_brings_renewed_certificates_and_leaves_lines_alone(
    database_url: str, tmp_path: Path, authority: Authority
) -> None:
    """The only pair here is a small RSA one, directly under its CA, which the weakest chargers take."""
    pair = authority.issue("renewable", "localhost", kind="rsa", names=HERE)
    async with running_server(database_url, tmp_path, *flags([pair]), "--unknown-chargers", "accept") as server:
        assert server.ocpps_url.startswith("wss://127.0.0.1:")
        async with come(server, None, authority.trusting()) as old:
            before = old.transport.get_extra_info("ssl_object").getpeercert()["serialNumber"]
            authority.issue("renewable", "localhost", kind="rsa", names=HERE)
            server.process.send_signal(signal.SIGHUP)
            async with asyncio.timeout(PATIENCE_S):
                while not any("tls.reloaded" in line for line in server.log):
                    await asyncio.sleep(0.01)
            async with come(server, None, authority.trusting(), identity="CP2") as new:
                assert new.transport.get_extra_info("ssl_object").getpeercert()["serialNumber"] != before
            assert await boot(old) == "Accepted"


@pytest.mark.conformance("TC_074", "TC_087", "TR-30", "16-16")
async def test_a_certificate_of_our_own_authority_lets_its_charger_in_and_nobody_else(
    database_url: str, tmp_path: Path, authority: Authority, server_pairs: list[Pair]
) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    names = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Acme"), x509.NameAttribute(NameOID.COMMON_NAME, "CP1")])
    csr = x509.CertificateSigningRequestBuilder(names).sign(key, SHA256()).public_bytes(Encoding.PEM).decode()
    async with running_server(database_url, tmp_path, "--cpo-name", "Acme") as server:
        for identity in ("CP1", "CP2"):
            await server.api("POST", "/api/v1/chargers", {"id": identity, "security_profile": 0})
        async with come(server, None) as socket:
            assert await boot(socket) == "Accepted"
            assert (await ask(socket, "SignCertificate", {"csr": csr}))[2] == {"status": "Accepted"}
            signed = await called(socket, "CertificateSigned")
            await reply(socket, signed[1], "Accepted")
            assert (await ask(socket, "Heartbeat", {}))[0] == 3
        root = (await server.api("GET", "/api/v1/ca"))["certificate"]
        for identity in ("CP1", "CP2"):
            await server.api("PATCH", f"/api/v1/chargers/{identity}", {"security_profile": 3})
    pair = Pair(tmp_path / "charger.pem", tmp_path / "charger.key")
    pair.certificate.write_text(signed[3]["certificateChain"])
    pair.key.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    (tmp_path / "clients.pem").write_text(root)
    given = [*flags(server_pairs), "--tls-client-ca", str(tmp_path / "clients.pem"), "--cpo-name", "Acme"]
    async with running_server(database_url, tmp_path, *given) as server:
        context = authority.trusting(pair)
        async with come(server, None, context) as socket:
            assert (await ask(socket, "Heartbeat", {}))[0] == 3
            shown = await security(server, lambda shown: shown["link"] and shown["link"]["certificate"])
            assert (shown["profile"], shown["link"]["certificate"]["common_name"]) == (3, "CP1")
        assert await refused(come(server, None, context, identity="CP2"))
        assert await refused(come(server, None, authority.trusting()))
