"""What may be said in each version of OCPP, and in what form: the book that forms and explanations are made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol


class SpokenAction(NamedTuple):
    """An action of a version of OCPP. ``to_charger``: we may send it; ``from_charger``: a charger may."""

    name: str
    to_charger: bool
    from_charger: bool


class ActionSchemas(NamedTuple):
    """An action with the JSON schemas (draft 4) of its request and its answer; ``response`` None: it has no answer (a SEND)."""

    action: SpokenAction
    request: Mapping[str, Any]
    response: Mapping[str, Any] | None


class SchemaBook(Protocol):
    """The schemas by sub-protocol: ``ocpp1.6``, ``ocpp2.0.1``, ``ocpp2.1``. Read once; asking waits for nothing."""

    def actions(self, protocol: str) -> Sequence[SpokenAction] | None:
        """All actions by name; None for a protocol that we do not speak."""
        ...

    def schemas(self, protocol: str, action: str) -> ActionSchemas | None:
        """None where there is no such protocol or action."""
        ...
