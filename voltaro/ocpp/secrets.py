"""Secrets in frames, masked before a frame is logged, stored or shown (conformance TR-25)."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from voltaro.domain.configuration import is_secret
from voltaro.domain.upload import HINT, veiled
from voltaro.ocpp import frames

MASK = "***"
UNREADABLE = '"(not shown: a frame that names a secret and is not JSON)"'

SHORTEST_TOLD = 4
"""A secret shorter than this is not searched for in answers: it would be found everywhere."""

_MEMBERS = frozenset({"basicauthpassword", "password", "apnpassword", "authorizationkey", "simpin", "sharedsecret"})
"""Members that are secret wherever they stand."""
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")
_VALUES = frozenset({"value", "attributeValue", "actualValue"})


def mask_secrets(frame: str) -> str:
    """The text of a frame with every secret value replaced; the same text when it names none."""
    lowered = frame.lower()
    if "\\u" not in frame and "@" not in frame and HINT not in frame and not _is_hinted(lowered):
        return frame
    try:
        value = frames.read(frame.encode("utf-8", "surrogatepass"))
    except ValueError:
        plain = _ESCAPE.sub(lambda found: chr(int(found[1], 16)), frame).lower()
        return UNREADABLE if "@" in plain or HINT in plain or _is_hinted(plain) else frame
    masked = _masked(value)
    return frame if masked == value else json.dumps(masked, separators=(",", ":"))


def _is_hinted(lowered: str) -> bool:
    """Whether anything in a frame, in lower case, hints at a secret: the commonest frames have none of it."""
    return "passw" in lowered or "key" in lowered or "secret" in lowered


def mask_answer(answer: str, payload: Mapping[str, Any]) -> str:
    """The text of the answer to a CALL with ``payload``, masked; an answer that repeats a secret of its CALL hides it too."""
    told = secrets_of(payload)
    if not told:
        return mask_secrets(answer)
    try:
        return json.dumps(conceal(frames.read(answer.encode()), told), separators=(",", ":"))
    except ValueError:
        return UNREADABLE


def secrets_of(payload: Any) -> frozenset[str]:
    """The secret values in a payload, as texts."""
    return frozenset(_differing(payload, _masked(payload)))


def conceal(value: Any, told: Collection[str]) -> Any:
    """A JSON value masked, and without the secrets in ``told`` wherever they stand in it."""
    return _without(_masked(value), sorted(told, key=len, reverse=True))


def mask_payload(payload: Mapping[str, Any]) -> Mapping[str, Any]:
    """A payload of a command with every secret value replaced; it is no deeper than a frame may be."""
    masked: Mapping[str, Any] = _masked(payload)
    return masked


def _masked(value: Any) -> Any:
    if isinstance(value, list):
        return [_masked(item) for item in value]
    if isinstance(value, str):
        return veiled(value) if "@" in value or HINT in value else value
    if not isinstance(value, dict):
        return value
    secret = _names_secret(value)
    return {name: MASK if _is_secret(name, item, secret) else _masked_member(name, item, secret) for name, item in value.items()}


def _masked_member(name: str, item: Any, secret: bool) -> Any:
    if secret and name == "variableAttribute" and isinstance(item, list):
        return [
            {key: MASK if key == "value" else member for key, member in attribute.items()} if isinstance(attribute, dict) else MASK
            for attribute in item
        ]
    if name == "vpn" and isinstance(item, dict):
        return {key: MASK if key in ("key", "password") else member for key, member in item.items()}
    return _masked(item)


def _differing(value: Any, masked: Any) -> Iterator[str]:
    """Where an object was masked: the texts that stood there."""
    if isinstance(value, dict) and isinstance(masked, dict):
        for name, item in value.items():
            yield from _differing(item, masked[name])
    elif isinstance(value, list) and isinstance(masked, list):
        for item, shown in zip(value, masked, strict=True):
            yield from _differing(item, shown)
    elif value is not masked and masked == MASK and isinstance(value, str) and len(value) >= SHORTEST_TOLD:
        yield value


def _without(value: Any, told: Sequence[str]) -> Any:
    if isinstance(value, str):
        for secret in told:
            value = value.replace(secret, MASK)
        return value
    if isinstance(value, list):
        return [_without(item, told) for item in value]
    if isinstance(value, dict):
        return {_without(name, told): _without(item, told) for name, item in value.items()}
    return value


def _is_secret(name: str, item: Any, secret: bool) -> bool:
    if isinstance(item, (list, dict)):
        return False
    return name.lower() in _MEMBERS or (secret and name in _VALUES)


def _names_secret(value: dict[str, Any]) -> bool:
    """Whether an object is a setting with a secret's name: ``{"key": ...}`` or ``{"variable": {"name": ...}}``."""
    variable = value.get("variable")
    name = variable.get("name") if isinstance(variable, dict) else value.get("key")
    return isinstance(name, str) and is_secret(name)
