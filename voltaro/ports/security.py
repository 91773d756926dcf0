"""What the door, the dialects and the routes ask about the security of a charger (profiles 0 to 3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from voltaro.domain.profiles import ChargerSecurity, Entry
from voltaro.ports.door import Credential


class SecurityRecords(Protocol):
    """The part of ``Store`` that is about security. Every method may raise StoreUnavailable."""

    async def credentials(self, charger_ids: Sequence[str]) -> Mapping[str, Credential]: ...  # by id; unknown ones are missing
    async def credentials_like(self, readings: Sequence[str]) -> Mapping[str, Sequence[Credential]]: ...  # without case, by reading
    async def charger_security(self, charger_id: str) -> ChargerSecurity | None: ...
    async def change_security(self, charger_id: str, values: Mapping[str, Any], by: str) -> bool: ...  # False: another's certificate
    async def was_issued(self, fingerprint: str) -> bool: ...  # by our own authority, to whomever, however long ago
    async def enter(self, entry: Entry) -> bool: ...  # see ``Calls.entered``
