"""OCPP 1.6 certificates (security whitepaper, use cases A02 to A05 and M03 to M05)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ocpp.v16 import call_result
from ocpp.v16.enums import Action

from voltaro.domain.certificate import RootUse
from voltaro.ocpp.dialect import Handlers, after, on
from voltaro.ports import Station

ROOT_TYPES = {RootUse.CENTRAL_SYSTEM: "CentralSystemRootCertificate", RootUse.MANUFACTURER: "ManufacturerRootCertificate"}
ROOT_USES = {name: use for use, name in ROOT_TYPES.items()}


class Certificates(Handlers):
    """A signing request is answered at once and served later, whether it was triggered or came unasked (16-16, quirk Q-23)."""

    @on(Action.sign_certificate)
    async def on_sign_certificate(self, station: Station, *, csr: str, **_: Any) -> call_result.SignCertificate:
        refused = await station.certificates.requested(csr)
        return call_result.SignCertificate(status="Accepted" if refused is None else "Rejected")

    @after("InstallCertificate")
    async def after_install_certificate(self, station: Station, asked: Mapping[str, Any], answered: Mapping[str, Any] | None) -> None:
        use = ROOT_USES[asked["certificateType"]]
        await station.certificates.installed(use, None if answered is None else answered["status"])

    @after("GetInstalledCertificateIds")
    async def after_get_installed_certificate_ids(
        self, station: Station, asked: Mapping[str, Any], answered: Mapping[str, Any] | None
    ) -> None:
        if answered is not None:
            kind = asked["certificateType"]
            await station.certificates.told([kind], [(kind, hash_data, ()) for hash_data in answered.get("certificateHashData", ())])
