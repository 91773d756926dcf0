"""The security of a charger: a new password or a higher profile over OCPP, its certificate, what it may do otherwise than others."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from voltaro.domain.certificate import CertificateState
from voltaro.domain.charger import Charger
from voltaro.domain.command import ChangePassword, RaiseProfile
from voltaro.domain.person import Scope
from voltaro.domain.profiles import ChargerSecurity, Link
from voltaro.ports import NotConnected
from web.house import House
from web.problem import Problem, invalid, not_found
from web.route import Ask, Body, Reply, Routes
from web.routes.chargers import known_charger
from web.routes.commands import CommandView, NoBody, ordered
from web.security import SecurityView, security_view

routes = Routes("chargers")

CommonName = Annotated[str, msgspec.Meta(min_length=1, max_length=64, description="The common name (CN) of the charger's certificate.")]
Fingerprint = Annotated[str, msgspec.Meta(pattern="^[0-9a-fA-F]{64}$", description="The SHA-256 of the certificate (DER).")]


class SecurityProfileBody(Body, frozen=True):
    """The security profile to go to: 1 password, 2 password over TLS, 3 client certificate."""

    profile: Annotated[int, msgspec.Meta(ge=0, le=3)]


class SecurityPatch(Body, frozen=True, kw_only=True):
    """What to change; members left out stay, null forgets. A certificate named by its fingerprint alone is the only one that will do.

    ``key_as_text``: the charger may send the digits of its AuthorizationKey as text. ``lenient_handshake``: its handshake may lack
    ``Connection: Upgrade``.
    """

    certificate_name: CommonName | UnsetType | None = UNSET
    certificate_fingerprint: Fingerprint | UnsetType | None = UNSET
    key_as_text: bool | UnsetType = UNSET
    lenient_handshake: bool | UnsetType = UNSET


@routes.get("/chargers/{charger_id}/security", "Show a charger's security.", scope=Scope.CHARGERS_READ, response=SecurityView)
async def show_security(ask: Ask[None, None]) -> SecurityView:
    return await view_of(ask.house, await known_charger(ask))


@routes.patch(
    "/chargers/{charger_id}/security",
    "Say by which certificate a charger is known, and what it may do otherwise than others.",
    scope=Scope.CHARGERS_WRITE,
    body=SecurityPatch,
    response=SecurityView,
)
async def change_security(ask: Ask[None, SecurityPatch]) -> SecurityView:
    charger, patch = await known_charger(ask), ask.body
    names = ("certificate_name", "certificate_fingerprint", "key_as_text", "lenient_handshake")
    values = {name: getattr(patch, name) for name in names if getattr(patch, name) is not UNSET}
    if values.get("certificate_fingerprint") is not None:
        values["certificate_fingerprint"] = values["certificate_fingerprint"].lower()
    if values and not await ask.house.store.change_security(charger.id, values, ask.by):
        raise Problem(409, "certificate_taken", "Another charger is known by that certificate; take it from that one first.")
    return await view_of(ask.house, charger)


@routes.post(
    "/chargers/{charger_id}/password/rotate",
    "Give a charger a new password over OCPP. It is not shown; the old one is good until the charger has taken the new one.",
    scope=Scope.CHARGERS_WRITE,
    body=NoBody,
    response=CommandView,
    status=202,
)
async def rotate_password(ask: Ask[None, NoBody]) -> Reply:
    charger, house = await known_charger(ask), ask.house
    if charger.security_profile == 3:
        raise Problem(409, "no_password", "Security profile 3 has no password: the charger is known by its certificate.")
    kept, link = await _kept(house, charger), await _link(house, charger)
    if link.key_as_text and not kept.key_as_text:
        raise Problem(
            409,
            "key_as_text",
            "The charger sends the digits of its key as text, where OCPP 1.6 wants the bytes they stand for. It would be refused with "
            "the new one: set key_as_text for it first (PATCH .../security).",
        )
    password, _, _ = house.new_password(None)
    return await ordered(ask, ChangePassword(password))


@routes.post(
    "/chargers/{charger_id}/security-profile",
    "Take a charger to a higher security profile (1.6). It is reset when it accepts, and is refused as before once it has come anew.",
    scope=Scope.CHARGERS_WRITE,
    body=SecurityProfileBody,
    response=CommandView,
    status=202,
)
async def raise_profile(ask: Ask[None, SecurityProfileBody]) -> Reply:
    charger, house, profile = await known_charger(ask), ask.house, ask.body.profile
    if profile <= charger.security_profile:
        raise invalid("/profile", f"the charger has security profile {charger.security_profile}; over OCPP it can only be raised")
    await _link(house, charger)
    kept = await _kept(house, charger)
    named = kept.certificate_name is not None or kept.certificate_fingerprint is not None
    issued = await house.store.certificates(charger.id) if profile == 3 and not named else ()
    has_certificate = named or any(certificate.state is CertificateState.ACCEPTED for certificate in issued)
    _check_prerequisites(house, profile, kept, has_certificate=has_certificate)
    return await ordered(ask, RaiseProfile(profile))


async def view_of(house: House, charger: Charger) -> SecurityView:
    """A charger's security as it is now."""
    live = (await house.fleet.live([charger.id])).get(charger.id)
    return security_view(charger.security_profile, await _kept(house, charger), None if live is None else live.link, house.clock.now())


def _check_prerequisites(house: House, profile: int, kept: ChargerSecurity, *, has_certificate: bool) -> None:
    if profile >= 2 and not house.settings.has_tls:
        raise Problem(
            409, "no_tls_listener", "This server has no TLS for chargers: serve with --ocpps-port, --tls-cert and --tls-key first."
        )
    if profile < 3 and not kept.has_password:
        raise Problem(409, "no_password", "The charger has no password to come with: give it one first (POST .../password/rotate).")
    if profile == 3 and not house.settings.has_client_ca:
        raise Problem(409, "no_client_ca", "This server takes no client certificates: serve with --tls-client-ca first.")
    if profile == 3 and not has_certificate:
        raise Problem(
            409,
            "no_certificate",
            "No certificate is known of this charger: let it have one signed here, or install one on it and name it by certificate_name "
            "(PATCH .../security).",
        )


async def _kept(house: House, charger: Charger) -> ChargerSecurity:
    kept = await house.store.charger_security(charger.id)
    if kept is None:
        raise not_found(f"charger {charger.id!r}")
    return kept


async def _link(house: House, charger: Charger) -> Link:
    live = (await house.fleet.live([charger.id])).get(charger.id)
    if live is None or live.link is None:
        raise NotConnected
    return live.link
