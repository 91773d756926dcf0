"""The fingerprint of a frame: what it says, whatever message id it came with."""

from __future__ import annotations

import hashlib
import json


def fingerprint(action: str, payload: object) -> str:
    """32 hexadecimal digits of the action and the payload's content; the order of members makes no difference."""
    try:
        said = json.dumps(payload, sort_keys=True, separators=(",", ":"), default=repr)
    except (RecursionError, ValueError, TypeError):
        said = repr(type(payload))
    return hashlib.sha256(f"{action}\n{said}".encode()).hexdigest()[:32]


def fingerprint_of(frame: bytes) -> str | None:
    """The fingerprint of a whole CALL as it was received; None when it is none."""
    try:
        decoded = json.loads(frame)
    except (RecursionError, ValueError):
        return None
    if not isinstance(decoded, list) or len(decoded) < 4 or not isinstance(decoded[2], str):
        return None
    return fingerprint(decoded[2], decoded[3])
