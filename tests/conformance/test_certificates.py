"""Certificates of chargers (security whitepaper): asked for, signed, sent, installed, deleted; on a real socket."""

from __future__ import annotations

import asyncio
import json
import ssl
import urllib.error
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from persistence.store import PostgresStore
from tests.conformance.bench import Bench, a_bench
from tests.e2e.talking import BOOT, answer, ask, dial

AT = "2026-06-01T12:00:00Z"
CPO = "Acme Charging"
SERIAL = "SN-0001"
HASHES = {"SHA256": 32, "SHA384": 48, "SHA512": 64}
Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


@pytest_asyncio.fixture
async def bench(database_url: str, tmp_path: Path) -> AsyncIterator[Bench]:
    async with a_bench(database_url, tmp_path, "--cpo-name", CPO, "--settle-s", "86400") as opened:
        await boot_with_serial(opened)
        yield opened


async def boot_with_serial(bench: Bench, serial_number: str = SERIAL) -> None:
    assert (await ask(bench.socket, "BootNotification", {**BOOT, "chargePointSerialNumber": serial_number}))[2]["status"] == "Accepted"


def request_of(key: Key, common_name: str = SERIAL, organization: str | None = CPO) -> str:
    """A signing request in PEM."""
    names = [x509.NameAttribute(NameOID.COMMON_NAME, common_name)]
    if organization is not None:
        names.append(x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization))
    built = x509.CertificateSigningRequestBuilder(x509.Name(names)).sign(key, hashes.SHA256())
    return built.public_bytes(Encoding.PEM).decode()


def tampered(csr: str) -> str:
    """The same request with another signature."""
    der = bytearray(x509.load_pem_x509_csr(csr.encode()).public_bytes(Encoding.DER))
    der[-1] ^= 1
    return x509.load_der_x509_csr(bytes(der)).public_bytes(Encoding.PEM).decode()


def public(key: Any) -> bytes:
    return bytes(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


def hash_data(algorithm: str, serial_number: str = "0A1b") -> dict[str, str]:
    length = HASHES[algorithm]
    return {
        "hashAlgorithm": algorithm,
        "issuerNameHash": "aB" * length,
        "issuerKeyHash": "Cd" * length,
        "serialNumber": serial_number,
    }


async def receive_certificate(bench: Bench, key: Key, status: str = "Accepted") -> str:
    """Ask for a certificate, take the one that comes as a CALL of its own, and answer it; the chain."""
    assert await ask(bench.socket, "SignCertificate", {"csr": request_of(key)}) == [3, "m", {"status": "Accepted"}]
    kind, message_id, action, payload = await answer(bench.socket)
    assert (kind, action) == (2, "CertificateSigned")
    await bench.socket.send(json.dumps([3, message_id, {"status": status}]))
    return str(payload["certificateChain"])


async def certificates(bench: Bench, kind: str) -> list[dict[str, Any]]:
    items = (await bench.server.api("GET", f"/api/v1/chargers/{bench.charger_id}/certificates"))["items"]
    return [item for item in items if item["kind"] == kind]


async def issued_once(bench: Bench, state: str) -> dict[str, Any]:
    """The newest issued certificate, once it is in this state."""
    return (await once(bench, "issued", lambda found: bool(found) and found[0]["state"] == state))[0]


async def once(bench: Bench, kind: str, are_so: Callable[[list[dict[str, Any]]], bool]) -> list[dict[str, Any]]:
    """The certificates of a kind, once they are so."""
    async with asyncio.timeout(30):
        while not are_so(found := await certificates(bench, kind)):
            await asyncio.sleep(0.05)
    return found


async def installed_once(bench: Bench, told: list[dict[str, str]]) -> list[dict[str, Any]]:
    """The installed certificates, once they are these."""
    return await once(bench, "installed", lambda found: [item["hash_data"] for item in found] == told)


async def tell_installed(bench: Bench, found: list[dict[str, str]]) -> str:
    """Answer the question what is installed, which comes by itself; the type that was asked for."""
    kind, message_id, action, payload = await answer(bench.socket)
    assert (kind, action) == (2, "GetInstalledCertificateIds")
    told = {"status": "Accepted", "certificateHashData": found} if found else {"status": "NotFound"}
    await bench.socket.send(json.dumps([3, message_id, told]))
    return str(payload["certificateType"])


async def whose(database_url: str, chain: str, common_name: str = SERIAL) -> str | None:
    store = PostgresStore(database_url)
    try:
        fingerprint = x509.load_pem_x509_certificate(chain.encode()).fingerprint(hashes.SHA256()).hex()
        return await store.charger_of_certificate(fingerprint, common_name)
    finally:
        await store.close()


@pytest.mark.conformance("TC_074")
@pytest.mark.parametrize("kind", ["EC", "RSA"])
async def test_a_certificate_is_renewed_on_request_and_opens_a_tls_line(bench: Bench, database_url: str, tmp_path: Path, kind: str) -> None:
    action, payload, command = await bench.order("certificates/renew", {}, {"status": "Accepted"})
    assert (action, payload, command["state"]) == ("ExtendedTriggerMessage", {"requestedMessage": "SignChargePointCertificate"}, "accepted")
    key: Key = ec.generate_private_key(ec.SECP256R1()) if kind == "EC" else rsa.generate_private_key(65537, 2048)
    chain = await receive_certificate(bench, key)
    assert len(chain) <= 10_000
    leaf, root = x509.load_pem_x509_certificates(chain.encode())
    assert public(leaf.public_key()) == public(key.public_key())
    assert leaf.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value == SERIAL
    assert leaf.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)[0].value == CPO
    assert list(leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value) == [ExtendedKeyUsageOID.CLIENT_AUTH]
    assert not leaf.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    leaf.verify_directly_issued_by(root)
    shown = await issued_once(bench, "accepted")
    assert (shown["common_name"], shown["fingerprint"]) == (SERIAL, leaf.fingerprint(hashes.SHA256()).hex())
    authority = await bench.server.api("GET", "/api/v1/ca")
    assert authority["certificate"] == root.public_bytes(Encoding.PEM).decode()
    assert await whose(database_url, chain) == "CP1"
    assert await seen_over_tls(tmp_path, key, chain, authority["certificate"]) == leaf.public_bytes(Encoding.DER)
    assert [entry["action"] for entry in (await bench.server.api("GET", "/api/v1/audit"))["items"]].count("certificate.issued") == 1


async def seen_over_tls(folder: Path, key: Key, chain: str, root: str) -> bytes | None:
    """The client certificate that a TLS server, which trusts this root only, sees of whoever has this key and chain."""
    (folder / "charger.pem").write_text(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode() + chain)
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    own = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = x509.load_pem_x509_certificate(root.encode()).not_valid_before_utc
    until = x509.load_pem_x509_certificate(root.encode()).not_valid_after_utc
    signed = x509.CertificateBuilder(name, name, own.public_key(), 1, now, until).sign(own, hashes.SHA256())
    own_pem = own.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + signed.public_bytes(Encoding.PEM)
    (folder / "server.pem").write_bytes(own_pem)
    server.load_cert_chain(folder / "server.pem")
    server.load_verify_locations(cadata=root)
    server.verify_mode = ssl.CERT_REQUIRED
    client.check_hostname, client.verify_mode = False, ssl.CERT_NONE
    client.load_cert_chain(folder / "charger.pem")
    seen: asyncio.Future[bytes | None] = asyncio.get_running_loop().create_future()

    def came(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.set_result(writer.get_extra_info("ssl_object").getpeercert(binary_form=True))
        writer.close()

    listener = await asyncio.start_server(came, "127.0.0.1", 0, ssl=server)
    async with listener, asyncio.timeout(30):
        reader, writer = await asyncio.open_connection(*listener.sockets[0].getsockname(), ssl=client)
        await reader.read()
        writer.close()
        return await seen


@pytest.mark.conformance("16-16")
async def test_an_unasked_renewal_leaves_the_certificate_before_good_until_it_ends(bench: Bench, database_url: str) -> None:
    first = await receive_certificate(bench, ec.generate_private_key(ec.SECP256R1()))
    second = await receive_certificate(bench, ec.generate_private_key(ec.SECP384R1()))
    await issued_once(bench, "accepted")
    assert [await whose(database_url, chain) for chain in (first, second)] == ["CP1", "CP1"]
    newest = (await certificates(bench, "issued"))[0]
    await bench.server.api("DELETE", f"/api/v1/chargers/CP1/certificates/{newest['id']}")
    assert [await whose(database_url, chain) for chain in (first, second)] == ["CP1", None]
    assert await whose(database_url, first, "another name") == "CP1"


@pytest.mark.conformance("TC_077")
async def test_a_certificate_that_the_charger_rejects_is_shown_and_not_sent_again(bench: Bench, database_url: str) -> None:
    chain = await receive_certificate(bench, ec.generate_private_key(ec.SECP256R1()), "Rejected")
    event = {"type": "InvalidChargePointCertificate", "timestamp": AT}
    assert await ask(bench.socket, "SecurityEventNotification", event) == [3, "m", {}]
    await issued_once(bench, "rejected")
    assert await whose(database_url, chain) is None
    (shown,) = await bench.events("charger.security_event")
    assert (shown["type"], shown["critical"]) == ("InvalidChargePointCertificate", True)
    await bench.socket.close()
    async with dial(bench.server, "CP1") as again:  # a new line, and time to settle: nothing is sent over it
        bench.socket = again
        await boot_with_serial(bench)
        action, _, _ = await bench.order("certificates/read", {"use": "manufacturer_root"}, {"status": "NotFound"})
        assert action == "GetInstalledCertificateIds"


@pytest.mark.conformance("TC_075_1", "TC_075_2")
@pytest.mark.parametrize(
    ("use", "kind"), [("manufacturer_root", "ManufacturerRootCertificate"), ("central_system_root", "CentralSystemRootCertificate")]
)
async def test_a_root_is_installed_and_what_the_charger_then_tells_is_shown(bench: Bench, use: str, kind: str) -> None:
    root = (await bench.server.api("GET", "/api/v1/ca"))["certificate"]
    action, payload, command = await bench.order("certificates", {"use": use, "certificate": root}, {"status": "Accepted"})
    assert (action, payload, command["state"]) == ("InstallCertificate", {"certificateType": kind, "certificate": root}, "accepted")
    assert len(root) <= 5500
    told = [hash_data("SHA256"), hash_data("SHA256", "0002")]
    assert await tell_installed(bench, told) == kind
    shown = await installed_once(bench, told)
    assert [(item["type"], item["hash_data"]) for item in shown] == [(kind, told[0]), (kind, told[1])]
    await bench.order("certificates/read", {"use": use}, {"status": "Accepted", "certificateHashData": told[1:]})
    left = await installed_once(bench, told[1:])
    assert (left[0]["id"], left[0]["hash_data"]) == (shown[1]["id"], told[1])


@pytest.mark.conformance("TC_076")
@pytest.mark.parametrize("algorithm", HASHES)
async def test_a_certificate_is_deleted_by_the_very_hash_data_that_was_reported(bench: Bench, algorithm: str) -> None:
    told = [hash_data(algorithm), hash_data(algorithm, "00ff")]
    answered = {"status": "Accepted", "certificateHashData": told}
    await bench.order("certificates/read", {"use": "manufacturer_root"}, answered)
    shown = await installed_once(bench, told)
    for item, verdict in zip(shown, ("Failed", "Accepted"), strict=True):
        path = f"/api/v1/chargers/CP1/certificates/{item['id']}"
        deleting = asyncio.create_task(bench.server.api("DELETE", path, None, {"Prefer": "wait=10"}))
        kind, message_id, action, payload = await answer(bench.socket)
        assert (kind, action, payload) == (2, "DeleteCertificate", {"certificateHashData": item["hash_data"]})
        await bench.socket.send(json.dumps([3, message_id, {"status": verdict}]))
        assert (await deleting)["response"] == {"status": verdict}
    await installed_once(bench, told[:1])


@pytest.mark.conformance("TC_076")
async def test_the_root_by_which_the_charger_knows_us_is_not_deleted(bench: Bench) -> None:
    root = x509.load_pem_x509_certificate((await bench.server.api("GET", "/api/v1/ca"))["certificate"].encode())
    point = root.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    ours = {
        "hashAlgorithm": "SHA256",
        "issuerNameHash": digest(root.issuer.public_bytes()),
        "issuerKeyHash": digest(point).upper(),
        "serialNumber": f"{root.serial_number:X}".zfill(40),
    }
    for told in ([ours, hash_data("SHA256")], [hash_data("SHA256")]):
        await bench.order("certificates/read", {"use": "central_system_root"}, {"status": "Accepted", "certificateHashData": told})
        shown = await installed_once(bench, told)
        assert [item["in_use"] for item in shown] == [True, False][: len(told)]
        with pytest.raises(urllib.error.HTTPError, match="409"):
            await bench.server.api("DELETE", f"/api/v1/chargers/CP1/certificates/{shown[0]['id']}")


def digest(data: bytes) -> str:
    made = hashes.Hash(hashes.SHA256())
    made.update(data)
    return made.finalize().hex()


@pytest.mark.conformance("TC_078")
@pytest.mark.parametrize("verdict", ["Rejected", "Failed"])
async def test_a_root_that_the_charger_refuses_is_told(bench: Bench, verdict: str) -> None:
    _, _, command = await bench.order("certificates", {}, {"status": verdict})
    assert (command["state"], command["response"]) == ("rejected", {"status": verdict})
    event = {"type": "InvalidCentralSystemCertificate", "timestamp": AT}
    assert await ask(bench.socket, "SecurityEventNotification", event) == [3, "m", {}]
    events = await bench.events("certificate.not_installed", "charger.security_event")
    assert {event.get("status") or event.get("type") for event in events} == {verdict, "InvalidCentralSystemCertificate"}
    assert await certificates(bench, "installed") == []


@pytest.mark.conformance("VT-S01", "16-16")
@pytest.mark.parametrize("fault", ["name", "signature", "organization", "no organization", "small key", "no request", "name of another"])
async def test_a_request_that_may_not_be_signed_is_rejected_and_is_an_event(bench: Bench, fault: str) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    if fault == "name of another":
        await bench.server.api("POST", "/api/v1/chargers", {"id": "CP9"})
        await boot_with_serial(bench, "CP9")
    csr = {
        "name": lambda: request_of(key, "SN-9999"),
        "signature": lambda: tampered(request_of(key)),
        "organization": lambda: request_of(key, organization="Somebody"),
        "no organization": lambda: request_of(key, organization=None),
        "small key": lambda: request_of(rsa.generate_private_key(65537, 1024)),
        "no request": lambda: "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n",
        "name of another": lambda: request_of(key, "CP9"),
    }[fault]()
    assert await ask(bench.socket, "SignCertificate", {"csr": csr}) == [3, "m", {"status": "Rejected"}]
    (shown,) = await certificates(bench, "issued")
    assert (shown["state"], shown["fingerprint"]) == ("refused", None)
    (event,) = await bench.events("charger.security_event")
    assert (event["type"], event["critical"]) == ("CertificateRequestRefused", True)
    assert shown["reason"] in event["tech_info"]
    assert (await ask(bench.socket, "Heartbeat", {}))[0] == 3  # no CertificateSigned came in between


async def test_a_charger_that_asks_on_and_on_is_refused(bench: Bench) -> None:
    csr = request_of(ec.generate_private_key(ec.SECP256R1()), "SN-9999")
    for _ in range(11):
        assert (await ask(bench.socket, "SignCertificate", {"csr": csr}))[2] == {"status": "Rejected"}
    assert len(await certificates(bench, "issued")) == 10


async def test_the_authority_outlives_the_server_and_its_key_is_encrypted(database_url: str, tmp_path: Path) -> None:
    roots = []
    for _ in range(2):
        async with a_bench(database_url, tmp_path) as bench:
            roots.append((await bench.server.api("GET", "/api/v1/ca"))["certificate"])
    assert roots[0] == roots[1]
    key = tmp_path / "authority" / "root-key.pem"
    assert key.stat().st_mode & 0o777 == 0o600
    assert key.read_text().startswith("-----BEGIN ENCRYPTED PRIVATE KEY-----")


async def test_a_charger_of_2x_is_given_a_certificate_and_its_type_comes_back(bench: Bench) -> None:
    async with dial(bench.server, "CP201", "ocpp2.0.1") as socket:
        boot = {"reason": "PowerUp", "chargingStation": {"vendorName": "V", "model": "M", "serialNumber": "SN-201"}}
        assert (await ask(socket, "BootNotification", boot))[2]["status"] == "Accepted"
        csr = request_of(ec.generate_private_key(ec.SECP256R1()), "SN-201")
        v2g = await ask(socket, "SignCertificate", {"csr": csr, "certificateType": "V2GCertificate"})
        assert v2g[2]["status"] == "Rejected"
        told = await ask(socket, "SignCertificate", {"csr": csr, "certificateType": "ChargingStationCertificate"})
        assert told[2] == {"status": "Accepted"}
        _, _, action, payload = await answer(socket)
        assert (action, payload["certificateType"]) == ("CertificateSigned", "ChargingStationCertificate")


async def test_a_removed_charger_leaves_no_good_certificate(bench: Bench, database_url: str) -> None:
    chain = await receive_certificate(bench, ec.generate_private_key(ec.SECP256R1()))
    await issued_once(bench, "accepted")
    await bench.server.api("DELETE", "/api/v1/chargers/CP1")
    assert await whose(database_url, chain) is None
