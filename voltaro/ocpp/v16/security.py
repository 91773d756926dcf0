"""OCPP 1.6 security: the password and the profile of a charger, which are configuration keys (security whitepaper, A00, A01, A05)."""

from __future__ import annotations

from collections.abc import Coroutine, Mapping
from typing import Any

from voltaro.domain.command import Order, RaiseProfile
from voltaro.ocpp.dialect import Handlers, after, before
from voltaro.ports import InvalidPayload, LowerProfile, Station

_PASSWORD, _PROFILE = "authorizationkey", "securityprofile"
_TAKEN = ("Accepted", "RebootRequired")


class Securing(Handlers):
    """What must be known before ``AuthorizationKey`` or ``SecurityProfile`` is sent, and what follows from the answer."""

    @before("ChangeConfiguration")
    def before_change_of_security(
        self, station: Station, asked: Mapping[str, Any], order: Order | None
    ) -> Coroutine[Any, Any, None] | None:
        key = asked["key"].lower()
        if key == _PASSWORD:
            return station.security.password_sent(asked["value"])
        if key != _PROFILE:
            return None
        profile = _profile(asked["value"])
        if profile is None:
            raise InvalidPayload("/value", "a security profile is 0, 1, 2 or 3")
        try:
            return station.security.profile_sent(profile, resets=isinstance(order, RaiseProfile))
        except LowerProfile as error:
            raise InvalidPayload("/value", str(error)) from error

    @after("ChangeConfiguration")
    def after_change_of_security(
        self, station: Station, asked: Mapping[str, Any], answered: Mapping[str, Any] | None
    ) -> Coroutine[Any, Any, None] | None:
        key = asked["key"].lower()
        accepted = None if answered is None else answered["status"] in _TAKEN
        if key == _PASSWORD:
            return station.security.password_answered(asked["value"], accepted)
        profile = _profile(asked["value"]) if key == _PROFILE else None
        return None if profile is None else station.security.profile_answered(profile, accepted)


def _profile(value: str) -> int | None:
    return int(value) if value.strip() in ("0", "1", "2", "3") else None
