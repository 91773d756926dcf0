"""The certificates of a 1.6 charger, signed firmware, and lines over TLS."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.simulator.authority import Authority, signed
from tests.simulator.central import CentralSystem, pass_time
from tests.simulator.files import FileServer
from voltaro.simulator import SimulatedCharger, Trust
from voltaro.simulator.clock import stamp
from voltaro.simulator.keys import hash_data

CENTRAL, MAKER = "CentralSystemRootCertificate", "ManufacturerRootCertificate"
SIGNED = "SignedFirmwareStatusNotification"


async def ask_for_request(central: CentralSystem, charger: SimulatedCharger) -> str:
    """Have the charger ask for a certificate; its request."""
    trigger = {"requestedMessage": "SignChargePointCertificate"}
    assert await central.command("ExtendedTriggerMessage", trigger) == {"status": "Accepted"}
    central.answer("SignCertificate", {"status": "Accepted"})
    heard = await central.wait("SignCertificate", count=len(central.of("SignCertificate")) or 1)
    await charger.settled()
    return str(heard[-1].payload["csr"])


@pytest.fixture(autouse=True)
def accepting(monkeypatch: pytest.MonkeyPatch) -> None:
    """A central system that takes every request for a certificate."""
    usual = CentralSystem._usual

    def answer(self: CentralSystem, action: str, payload: dict[str, Any]) -> dict[str, Any]:
        return {"status": "Accepted"} if action == "SignCertificate" else usual(self, action, payload)

    monkeypatch.setattr(CentralSystem, "_usual", answer)


async def test_a_certificate_is_asked_for_signed_and_kept(place: Callable[..., Any]) -> None:
    central, charger, clock = await place("ocpp1.6")
    await central.command("ChangeConfiguration", {"key": "CpoName", "value": "Example Charging"})
    request = await ask_for_request(central, charger)
    subject = x509.load_pem_x509_csr(request.encode()).subject.rfc4514_string()
    assert subject == f"CN={charger.machine.serial},O=Example Charging"
    chain = Authority(now=clock.now()).sign_request(request)
    assert await central.command("CertificateSigned", {"certificateChain": chain}) == {"status": "Accepted"}
    assert charger.machine.own_certificate.chain == chain
    assert await central.command("CertificateSigned", {"certificateChain": chain}) == {"status": "Rejected"}, "it was asked for once"
    await charger.settled()


@pytest.mark.parametrize("flaw", ["another key", "another name", "over", "nonsense", "unasked"])
async def test_a_certificate_that_does_not_fit_is_rejected_and_told(place: Callable[..., Any], flaw: str) -> None:
    central, charger, clock = await place("ocpp1.6")
    authority = Authority(now=clock.now())
    request = "" if flaw == "unasked" else await ask_for_request(central, charger)
    match flaw:
        case "another key":
            chain = authority.sign_request(request)
            await ask_for_request(central, charger)
        case "another name":
            chain = authority.sign_request(request, common_name="somebody")
        case "over":
            chain = authority.sign_request(request, late=True)
        case _:
            chain = "nonsense"
    assert await central.command("CertificateSigned", {"certificateChain": chain}) == {"status": "Rejected"}
    await central.wait("SecurityEventNotification", type="InvalidChargePointCertificate")
    assert charger.machine.own_certificate is None


@pytest.mark.parametrize("algorithm", ["SHA256", "SHA384", "SHA512"])
async def test_roots_are_installed_listed_and_deleted(place: Callable[..., Any], algorithm: str) -> None:
    central, charger, clock = await place("ocpp1.6")
    charger.machine.papers.hashes = algorithm
    roots = {kind: Authority(kind[:20], clock.now()) for kind in (CENTRAL, MAKER)}
    for kind, authority in roots.items():
        assert await central.command("GetInstalledCertificateIds", {"certificateType": kind}) == {"status": "NotFound"}
        install = {"certificateType": kind, "certificate": authority.root}
        assert await central.command("InstallCertificate", install) == {"status": "Accepted"}
        answer = await central.command("GetInstalledCertificateIds", {"certificateType": kind})
        (found,) = answer["certificateHashData"]
        assert (found["hashAlgorithm"], len(found["issuerKeyHash"])) == (algorithm, int(algorithm[3:]) // 4)
        assert await central.command("DeleteCertificate", {"certificateHashData": found}) == {"status": "Accepted"}
        assert await central.command("DeleteCertificate", {"certificateHashData": found}) == {"status": "NotFound"}


def test_a_root_is_named_by_the_hashes_of_its_name_and_its_bare_key() -> None:
    root = Authority().root
    certificate = x509.load_pem_x509_certificate(root.encode())
    point = certificate.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    assert hash_data(root) == {
        "hashAlgorithm": "SHA256",
        "issuerNameHash": hashlib.sha256(certificate.issuer.public_bytes()).hexdigest(),
        "issuerKeyHash": hashlib.sha256(point).hexdigest(),
        "serialNumber": f"{certificate.serial_number:x}",
    }


async def test_what_is_no_root_is_rejected_and_told(place: Callable[..., Any]) -> None:
    central, charger, clock = await place("ocpp1.6")
    leaf = Authority(now=clock.now()).sign_request(await ask_for_request(central, charger)).split("-----BEGIN", 2)[1]
    for pem in ("nonsense", "-----BEGIN" + leaf):
        install = {"certificateType": CENTRAL, "certificate": pem}
        assert await central.command("InstallCertificate", install) == {"status": "Rejected"}
    await central.wait("SecurityEventNotification", count=2, type="InvalidCentralSystemCertificate")


@pytest.mark.parametrize("tampered", [False, True])
async def test_signed_firmware_is_installed_only_as_it_was_signed(place: Callable[..., Any], tampered: bool) -> None:
    central, charger, clock = await place("ocpp1.6")
    certificate, signature = signed(b"firmware", clock.now())
    async with FileServer() as server:
        server.files["/polar-3.0.0.bin"] = b"tampered" if tampered else b"firmware"
        firmware = {
            "location": server.url + "/polar-3.0.0.bin",
            "retrieveDateTime": stamp(clock.now()),
            "signingCertificate": certificate,
            "signature": base64.b64encode(signature).decode(),
        }
        assert await central.command("SignedUpdateFirmware", {"requestId": 7, "firmware": firmware}) == {"status": "Accepted"}
        await central.wait(SIGNED, status="InvalidSignature" if tampered else "SignatureVerified")
    if tampered:
        await central.wait("SecurityEventNotification", type="InvalidFirmwareSignature")
        expected = ["Downloading", "Downloaded", "InvalidSignature"]
    else:
        await pass_time(charger, clock, 4)
        await charger.wait_until(lambda: not charger.online)
        clock.advance(10)
        await central.wait("SecurityEventNotification", type="FirmwareUpdated", techInfo="3.0.0")
        expected = ["Downloading", "Downloaded", "SignatureVerified", "Installing", "InstallRebooting", "Installed"]
    assert [(each.payload["status"], each.payload["requestId"]) for each in central.of(SIGNED)] == [(word, 7) for word in expected]


async def test_signed_firmware_waits_for_its_dates_and_can_be_replaced(place: Callable[..., Any]) -> None:
    central, charger, clock = await place("ocpp1.6")
    certificate, _ = signed(b"firmware", clock.now())
    firmware = {
        "location": "ftp://example.org/x",
        "retrieveDateTime": "2031-05-04T03:03:01Z",
        "installDateTime": "2031-05-04T03:05:01Z",
        "signingCertificate": certificate,
        "signature": "AA==",
    }
    words = [await central.command("SignedUpdateFirmware", {"requestId": number, "firmware": firmware}) for number in (7, 8)]
    assert words == [{"status": "Accepted"}, {"status": "AcceptedCanceled"}]
    await pass_time(charger, clock, 170)
    told = [(each.payload["requestId"], each.payload["status"]) for each in central.of(SIGNED)]
    assert told == [
        (7, "DownloadScheduled"),
        *((8, word) for word in ("DownloadScheduled", "Downloading", "Downloaded", "SignatureVerified", "InstallScheduled")),
    ]
    wrong = {"requestId": 9, "firmware": firmware | {"signingCertificate": "nonsense"}}
    assert await central.command("SignedUpdateFirmware", wrong) == {"status": "InvalidCertificate"}
    await central.wait("SecurityEventNotification", type="InvalidFirmwareSigningCertificate")


async def test_a_line_over_tls_is_opened_to_whom_is_trusted(tmp_path: Path) -> None:
    authority = Authority()
    async with CentralSystem("ocpp1.6", tls=authority.server_context(tmp_path)) as central:
        for trust, well in ((Trust(authority.root_file(tmp_path)), True), (Trust(insecure=True), True), (Trust(), False)):
            charger = SimulatedCharger(central.url, "SIM-1", trust=trust)
            try:
                charger.start()
                refused = charger.tally.refusals
                await charger.wait_until(lambda charger=charger, refused=refused: charger.online or bool(refused), "dialled")
                assert (charger.online, dict(refused)) == (well, {} if well else {"SSLCertVerificationError": 1})
            finally:
                await charger.close()


@pytest.mark.parametrize("by", ["right", "stranger", "nobody"])
async def test_a_client_certificate_is_shown_from_files(tmp_path: Path, by: str) -> None:
    authority, stranger = Authority(), Authority("Stranger")
    cert, key = (authority if by == "right" else stranger).pair(tmp_path, "SIM-1")
    trust = Trust(authority.root_file(tmp_path), cert=None if by == "nobody" else cert, key=None if by == "nobody" else key)
    async with CentralSystem("ocpp1.6", tls=authority.server_context(tmp_path, ask_for_clients=True)) as central:
        charger = SimulatedCharger(central.url, "SIM-1", trust=trust)
        try:
            charger.start()
            await charger.wait_until(lambda: charger.accepted or charger.tally.refusals.total() > 0, "dialled")
            assert charger.accepted == (by == "right")
            assert central.authorizations == ([None] if by == "right" else [])
            assert charger.machine.security_profile == (2 if by == "nobody" else 3)
        finally:
            await charger.close()


async def test_a_charger_is_raised_to_client_certificates_without_a_file(tmp_path: Path) -> None:
    """ws with a password, then wss, then wss with the certificate that was signed over OCPP: security profiles 1 to 3."""
    authority = Authority()
    plain = CentralSystem("ocpp1.6", b"password-16-bytes")
    secure = CentralSystem("ocpp1.6", tls=authority.server_context(tmp_path, ask_for_clients=True))
    async with plain, secure:
        charger = SimulatedCharger(plain.url, "SIM-1", password="password-16-bytes", secure_url=secure.url, trust=Trust(), reboot_s=0.01)
        try:
            await charger.connect()
            await charger.booted()
            install = {"certificateType": CENTRAL, "certificate": authority.root}
            assert await plain.command("InstallCertificate", install) == {"status": "Accepted"}
            chain = authority.sign_request(await ask_for_request(plain, charger))
            assert await plain.command("CertificateSigned", {"certificateChain": chain}) == {"status": "Accepted"}
            change = {"key": "SecurityProfile", "value": "3"}
            assert await plain.command("ChangeConfiguration", change) == {"status": "Accepted"}
            assert await plain.command("Reset", {"type": "Hard"}) == {"status": "Accepted"}
            await secure.wait("BootNotification")
            assert secure.authorizations == [None]
            (found,) = (await secure.command("GetInstalledCertificateIds", {"certificateType": CENTRAL}))["certificateHashData"]
            assert await secure.command("DeleteCertificate", {"certificateHashData": found}) == {"status": "Failed"}
        finally:
            await charger.close()
