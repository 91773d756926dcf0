"""OCPP 2.x block C, charger to central system: Authorize."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ocpp.v201 import call_result
from ocpp.v201.enums import Action, AuthorizeCertificateStatusEnumType

from voltaro.domain.tag import Authorization, Verdict
from voltaro.ocpp.dialect import Handlers, on
from voltaro.ocpp.v201.tokens import FREE, id_token_info, is_free
from voltaro.ports import Station


class Authorizing(Handlers):
    """What a charger asks about tokens."""

    longest_group = 36

    @on(Action.authorize)
    async def on_authorize(
        self,
        station: Station,
        *,
        id_token: Mapping[str, Any],
        certificate: str | None = None,
        iso15118_certificate_hash_data: list[Any] | None = None,
        **_: Any,
    ) -> call_result.Authorize:
        if certificate is not None or iso15118_certificate_hash_data is not None:
            # No certificate is checked here, and one that nobody checked must open nothing (201-C-05).
            return call_result.Authorize(
                id_token_info=id_token_info(Authorization(Verdict.INVALID), self.longest_group),
                certificate_status=AuthorizeCertificateStatusEnumType.cert_chain_error,
            )
        verdict = FREE if is_free(id_token) else await station.authorize(id_token["id_token"], id_token["type"])
        return call_result.Authorize(id_token_info=id_token_info(verdict, self.longest_group))
