"""Certificates of chargers: those they were given, those they say are installed, and the root that all of them trust."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

import msgspec

from voltaro.domain.certificate import ChargerCertificate, InstalledCertificate, RootUse
from voltaro.domain.maintenance import DeleteCertificate, InstallCertificate, ReadCertificates, RenewCertificate
from voltaro.domain.person import Scope
from voltaro.ports import BadCertificate, CannotSign, CertificateAuthority
from web.house import House
from web.problem import Problem, invalid, not_found
from web.route import Ask, Body, Listing, Reply, Routes
from web.routes.chargers import known_charger
from web.routes.commands import CommandView, NoBody, ordered

routes = Routes("certificates")


class CertificateKind(StrEnum):
    """Issued: the charger's own, for its line. Installed: what it says it trusts or has."""

    ISSUED = "issued"
    INSTALLED = "installed"


class CertificateView(msgspec.Struct, frozen=True, kw_only=True):
    """A certificate. Of an issued one ``state`` says what became of it and ``reason`` why it was refused; of an installed one
    ``hash_data`` is what the charger has reported, and ``in_use`` that it must not be deleted."""

    id: str
    kind: CertificateKind
    type: str | None
    at: datetime
    state: str | None = None
    reason: str | None = None
    origin: str | None = None
    common_name: str | None = None
    serial_number: str | None = None
    fingerprint: str | None = None
    not_before: datetime | None = None
    not_after: datetime | None = None
    hash_data: dict[str, Any] | None = None
    in_use: bool | None = None


class InstallBody(Body, frozen=True, kw_only=True):
    """Trust a root certificate (PEM). Without one, the root of this server's own authority."""

    use: RootUse = RootUse.CENTRAL_SYSTEM
    certificate: Annotated[str, msgspec.Meta(min_length=1, max_length=5500)] | None = None


class ReadBody(Body, frozen=True, kw_only=True):
    """Which certificates the charger is to tell; without ``use`` all, which OCPP 1.6 cannot be asked for."""

    use: RootUse | None = None


class AuthorityView(msgspec.Struct, frozen=True, kw_only=True):
    """The root of the certificate authority, to be installed on chargers and servers."""

    certificate: str
    common_name: str
    fingerprint: str
    not_before: datetime
    not_after: datetime


@routes.get(
    "/chargers/{charger_id}/certificates",
    "List the certificates of a charger: those it was given, newest first, and those it has reported.",
    scope=Scope.CHARGERS_READ,
    response=Listing[CertificateView],
)
async def list_certificates(ask: Ask[None, None]) -> Listing[CertificateView]:
    charger, store = await known_charger(ask), ask.house.store
    installed = await store.installed_certificates(charger.id)
    views = [_issued(known) for known in await store.certificates(charger.id)]
    views += [_installed(known, await _is_in_use(ask.house, known, installed)) for known in installed]
    return Listing(views, None)


@routes.post(
    "/chargers/{charger_id}/certificates",
    "Install a root certificate on the charger.",
    scope=Scope.COMMANDS_WRITE,
    body=InstallBody,
    response=CommandView,
    status=202,
)
async def install_certificate(ask: Ask[None, InstallBody]) -> Reply:
    body, authority = ask.body, _authority(ask.house)
    if body.certificate is None and body.use is not RootUse.CENTRAL_SYSTEM:
        raise invalid("/certificate", f"is required for {body.use}")
    try:
        pem = (await _root(authority)).certificate if body.certificate is None else authority.describe(body.certificate).pem
    except BadCertificate as error:
        raise invalid("/certificate", str(error)) from error
    return await ordered(ask, InstallCertificate(body.use.value, pem))


@routes.post(
    "/chargers/{charger_id}/certificates/read",
    "Ask the charger which certificates it has.",
    scope=Scope.COMMANDS_WRITE,
    body=ReadBody,
    response=CommandView,
    status=202,
)
async def read_certificates(ask: Ask[None, ReadBody]) -> Reply:
    return await ordered(ask, ReadCertificates(None if ask.body.use is None else ask.body.use.value))


@routes.post(
    "/chargers/{charger_id}/certificates/renew",
    "Let the charger make a new key and ask for a certificate of it.",
    scope=Scope.COMMANDS_WRITE,
    body=NoBody,
    response=CommandView,
    status=202,
)
async def renew_certificate(ask: Ask[None, NoBody]) -> Reply:
    return await ordered(ask, RenewCertificate())


@routes.delete(
    "/chargers/{charger_id}/certificates/{certificate_id}",
    "Delete an installed certificate from the charger (202, a command); or revoke one that was issued (204).",
    scope=Scope.COMMANDS_WRITE,
    response=CommandView,
    status=202,
    also={204: None},
)
async def delete_certificate(ask: Ask[None, None]) -> Reply:
    charger, store, given = await known_charger(ask), ask.house.store, ask.text("certificate_id")
    kind, _, digits = given.partition("-")
    number = int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 19 else 0
    if kind == CertificateKind.ISSUED and await store.revoke_certificate(number, charger.id, ask.by):
        return Reply(None, 204)
    installed = await store.installed_certificates(charger.id)
    known = next((known for known in installed if kind == CertificateKind.INSTALLED and known.id == number), None)
    if known is None:
        raise not_found(f"certificate {given[:40]!r} of this charger that could be deleted")
    if await _is_in_use(ask.house, known, installed):
        raise Problem(409, "certificate_in_use", "The charger needs this certificate to know this server: install another root first.")
    return await ordered(ask, DeleteCertificate(known.hash_data))


@routes.get("/ca", "The root certificate of this server's authority, as PEM.", scope=Scope.CHARGERS_READ, response=AuthorityView)
async def show_authority(ask: Ask[None, None]) -> AuthorityView:
    return await _root(_authority(ask.house))


async def _root(authority: CertificateAuthority) -> AuthorityView:
    try:
        root = await authority.root()
    except CannotSign as error:
        raise Problem(503, "authority_unavailable", f"The certificate authority does not serve now: {error}.") from error
    return AuthorityView(
        certificate=root.pem,
        common_name=root.common_name,
        fingerprint=root.fingerprint,
        not_before=root.not_before,
        not_after=root.not_after,
    )


def _authority(house: House) -> CertificateAuthority:
    if house.authority is None:
        raise Problem(503, "authority_unavailable", "This server has no certificate authority.")
    return house.authority


async def _is_in_use(house: House, known: InstalledCertificate, all_of_them: Sequence[InstalledCertificate]) -> bool:
    """Whether the charger's trust in this server hangs on it: the root of our authority, or its only root of a central system."""
    if known.type not in _CENTRAL_TYPES:
        return False
    others = [other for other in all_of_them if other.type in _CENTRAL_TYPES and other.id != known.id]
    if not others:
        return True
    try:
        return house.authority is not None and await house.authority.is_root(known.hash_data)
    except CannotSign:
        return True


def _issued(known: ChargerCertificate) -> CertificateView:
    return CertificateView(
        id=f"{CertificateKind.ISSUED}-{known.id}",
        kind=CertificateKind.ISSUED,
        type=known.certificate_type,
        at=known.updated_at,
        state=known.state,
        reason=known.reason,
        origin=known.origin,
        common_name=known.common_name,
        serial_number=known.serial_number,
        fingerprint=known.fingerprint,
        not_before=known.not_before,
        not_after=known.not_after,
    )


def _installed(known: InstalledCertificate, in_use: bool) -> CertificateView:
    return CertificateView(
        id=f"{CertificateKind.INSTALLED}-{known.id}",
        kind=CertificateKind.INSTALLED,
        type=known.type,
        at=known.reported_at,
        serial_number=str(known.hash_data.get("serialNumber", ""))[:100],
        hash_data=dict(known.hash_data),
        in_use=in_use,
    )


_CENTRAL_TYPES = frozenset({"CentralSystemRootCertificate", "CSMSRootCertificate"})
