"""The schemas as others read them (``ports.schema_book``): the dialects' own, with what is said in which direction."""

from __future__ import annotations

from collections.abc import Sequence

from voltaro.ocpp.schemas import Schemas, load
from voltaro.ocpp.v16 import Ocpp16
from voltaro.ocpp.v21 import Ocpp21
from voltaro.ocpp.v201 import Ocpp201
from voltaro.ports.schema_book import ActionSchemas, SpokenAction

_DIALECTS = {dialect.protocol: dialect for dialect in (Ocpp16, Ocpp201, Ocpp21)}
_BOTH_WAYS = frozenset({"DataTransfer"})


class Book:
    """``ports.schema_book.SchemaBook``. Make it while starting: the first reading of a version takes 0.1 to 0.3 s."""

    def __init__(self) -> None:
        self._schemas: dict[str, Schemas] = {protocol: load(dialect.package) for protocol, dialect in _DIALECTS.items()}

    def actions(self, protocol: str) -> Sequence[SpokenAction] | None:
        known = self._schemas.get(protocol)
        return None if known is None else [_spoken(protocol, action) for action in sorted(known.requests)]

    def schemas(self, protocol: str, action: str) -> ActionSchemas | None:
        known = self._schemas.get(protocol)
        if known is None or action not in known.requests:
            return None
        answer = known.responses.get(action)
        return ActionSchemas(_spoken(protocol, action), known.requests[action].document, None if answer is None else answer.document)


def _spoken(protocol: str, action: str) -> SpokenAction:
    ours = action in _DIALECTS[protocol].to_charger
    return SpokenAction(action, ours, not ours or action in _BOTH_WAYS)
