"""The audit as the writer of facts writes it: by the wire, in the transaction of the facts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from persistence.database import audit_row, json_text
from persistence.outcome import json_rows
from persistence.wire import Wire

_AUDIT = """
INSERT INTO audit (actor, action, target, detail, before, after, address, request_id)
SELECT actor, action, target, detail::json, before::json, after::json, address, request_id
FROM json_to_recordset($1::json) AS new (actor text, action text, target text, detail text, before text, after text, address text,
    request_id text)"""


async def note_by_wire(
    wire: Wire,
    by: str,
    action: str,
    target: str,
    detail: Mapping[str, Any] | None = None,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """As ``database.note``."""
    row = audit_row(by, action, target, detail or {}, before, after)
    texts = {name: None if row[name] is None else json_text(row[name]) for name in ("detail", "before", "after")}
    await wire.run(_AUDIT, json_rows([row | texts]))
