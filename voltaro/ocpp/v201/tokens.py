"""Tokens of OCPP 2.x: what a charger shows and what we say of it (blocks C and E)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ocpp.v201.datatypes import IdTokenInfoType, IdTokenType

from voltaro.domain.tag import Authorization, Verdict
from voltaro.ocpp.moments import wire_time

DEFAULT_TYPE = "ISO14443"
GROUP_TYPE = "Central"
"""The type of a group token: the group is the central system's own word."""
FREE = Authorization(Verdict.ACCEPTED)
"""The answer to ``NoAuthorization``: the charger is told to charge whoever comes (conformance X-22)."""


def is_free(id_token: Mapping[str, Any]) -> bool:
    """Whether a charger vends without a token."""
    return id_token["type"] == "NoAuthorization" and not id_token["id_token"].strip()


def id_token_info(authorization: Authorization, longest_group: int) -> IdTokenInfoType:
    """The verdict in 2.x words. A group longer than the version can say is left out."""
    parent = authorization.parent
    return IdTokenInfoType(
        status=authorization.verdict,
        group_id_token=IdTokenType(id_token=parent, type=GROUP_TYPE) if parent and len(parent) <= longest_group else None,
        cache_expiry_date_time=None if authorization.expires_at is None else wire_time(authorization.expires_at),
    )
