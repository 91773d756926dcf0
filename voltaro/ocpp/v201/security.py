"""OCPP 2.x security: the password of a charger, which is a variable (block A, use case A01)."""

from __future__ import annotations

from collections.abc import Coroutine, Iterator, Mapping
from typing import Any

from voltaro.domain.command import Order
from voltaro.ocpp.dialect import Handlers, after, before
from voltaro.ports import InvalidPayload, Station


class Securing(Handlers):
    """What must be known before ``BasicAuthPassword`` is sent, and what follows from the answer."""

    @before("SetVariables")
    def before_change_of_security(
        self, station: Station, asked: Mapping[str, Any], order: Order | None
    ) -> Coroutine[Any, Any, None] | None:
        passwords = [item["attributeValue"] for item in _passwords(asked["setVariableData"])]
        if len(passwords) > 1:
            raise InvalidPayload("/setVariableData", "one password at a time")
        return station.security.password_sent(passwords[0]) if passwords else None

    @after("SetVariables")
    def after_change_of_security(
        self, station: Station, asked: Mapping[str, Any], answered: Mapping[str, Any] | None
    ) -> Coroutine[Any, Any, None] | None:
        for item in _passwords(asked["setVariableData"]):
            results = [] if answered is None else list(_passwords(answered["setVariableResult"]))
            accepted = results[0]["attributeStatus"] in ("Accepted", "RebootRequired") if results else None
            return station.security.password_answered(item["attributeValue"], accepted)
        return None


def _passwords(items: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    return (item for item in items if item["variable"]["name"].lower() == "basicauthpassword")
