"""What the web is told of the settings, and of the doors that are open."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from actors.fleet import Fleet
from voltaro.addresses import written
from voltaro.config import BadSetting, Settings
from voltaro.domain.attention import Patience
from voltaro.domain.person import Role
from voltaro.gateway.server import Gateway
from web.doors import Door
from web.house import WebSettings
from web.oidc import OidcSettings, is_safe, require_extra


def web_settings(settings: Settings, gateway: Gateway, fleet: Fleet) -> WebSettings:
    """The settings of the web. Raises what ``oidc_settings`` raises."""
    return WebSettings(
        admin_token_hash=None if settings.admin_token is None else hashlib.sha256(settings.admin_token.encode()).digest(),
        trusted_proxies=trusted(settings),
        is_draining=lambda: fleet.draining,
        fault_injection=settings.fault_injection,
        simulator=settings.simulator,
        public_url=settings.public_url,
        upload_hours=settings.upload_hours,
        requests_per_minute=settings.requests_per_minute,
        public_requests_per_minute=settings.public_requests_per_minute,
        patience=Patience(
            offline=timedelta(seconds=settings.attention_offline_s),
            not_started=timedelta(seconds=settings.attention_not_started_s),
            stalled=timedelta(seconds=settings.attention_stalled_s),
            suspended=timedelta(seconds=settings.attention_suspended_s),
        ),
        ocpp_url=f"ws://{written(*gateway.addresses[0])}",
        has_tls=settings.ocpps_port is not None,
        has_client_ca=settings.tls_client_ca is not None,
        login_hours=settings.login_hours,
        password_login=settings.password_login,
        oidc=oidc_settings(settings),
        doors=_doors(settings, gateway),
    )


def oidc_settings(settings: Settings) -> OidcSettings | None:
    """Where people sign in by OpenID Connect. Raises MissingExtra, BadSetting."""
    if settings.oidc_issuer is None or settings.oidc_client_id is None:
        return None
    require_extra()
    if not is_safe(settings.oidc_issuer):
        raise BadSetting("oidc_issuer must be an https address, unless it is on this machine")
    return OidcSettings(
        issuer=settings.oidc_issuer,
        client_id=settings.oidc_client_id,
        client_secret=settings.oidc_client_secret,
        role_claim=settings.oidc_role_claim,
        role_map={word: Role(role) for word, role in settings.oidc_role_map},
        scopes=settings.oidc_scopes,
        label=settings.oidc_label,
    )


def _doors(settings: Settings, gateway: Gateway) -> tuple[Door, ...]:
    """Where chargers knock; the listeners with TLS come after those without, as many of each as the host has addresses."""
    bound = gateway.addresses
    plain = len(bound) if settings.ocpps_port is None else len(bound) // 2
    return tuple(Door("ws" if place < plain else "wss", host, port) for place, (host, port) in enumerate(bound))


def trusted(settings: Settings) -> tuple[str, ...]:
    """The proxies whose word of who connects is taken."""
    return () if settings.trusted_proxy is None else (settings.trusted_proxy,)
