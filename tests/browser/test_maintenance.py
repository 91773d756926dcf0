"""Firmware, logs and certificates on the charger's page."""

from __future__ import annotations

import json

import aiohttp
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from playwright.async_api import expect

from tests.browser.conftest import Look
from tests.e2e.talking import ask, asked, boot, dial
from tests.running import RunningServer

expect.set_options(timeout=20_000)


async def test_a_log_is_fetched_followed_and_given_out_and_a_certificate_appears(look: Look, voltaro_server: RunningServer) -> None:
    onlooker = await look()
    await onlooker.sign_in()
    async with dial(voltaro_server, "CP1") as socket:
        assert await boot(socket) == "Accepted"
        await onlooker.open("/chargers/CP1?tab=maintenance")
        page = onlooker.page
        await expect(page.get_by_text("No job yet")).to_be_visible()
        await page.get_by_role("button", name="Fetch diagnostics").click()
        _, message_id, _, payload = await asked(socket, "GetDiagnostics")
        await socket.send(json.dumps([3, message_id, {"fileName": "<b>diag</b>.zip"}]))
        job = page.locator("[data-job]")
        await expect(job).to_have_attribute("data-state", "accepted")
        assert await ask(socket, "DiagnosticsStatusNotification", {"status": "Uploading"}) == [3, "m", {}]
        await expect(job).to_contain_text("Uploading")
        async with aiohttp.ClientSession() as client, client.put(payload["location"] + "diag.zip", data=b"x" * 2048) as response:
            assert response.status == 201
        assert await ask(socket, "DiagnosticsStatusNotification", {"status": "Uploaded"}) == [3, "m", {}]
        await expect(job).to_have_attribute("data-state", "finished")
        async with page.expect_download() as download:
            await job.get_by_role("link", name="2.0 KiB").click()
        assert (await (await download.value).path()).read_bytes() == b"x" * 2048

        await page.get_by_role("button", name="Security", exact=True).click()
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "CP1")])
        csr = x509.CertificateSigningRequestBuilder(subject).sign(key, hashes.SHA256()).public_bytes(Encoding.PEM).decode()
        assert (await ask(socket, "SignCertificate", {"csr": csr}))[2] == {"status": "Accepted"}
        _, message_id, _, _ = await asked(socket, "CertificateSigned")
        await socket.send(json.dumps([3, message_id, {"status": "Accepted"}]))
        certificate = page.locator("[data-certificate]")
        await expect(certificate).to_have_attribute("data-state", "accepted")
        await certificate.get_by_role("button", name="Revoke").click()
        await expect(certificate).to_have_attribute("data-state", "revoked")
