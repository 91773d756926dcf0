"""Frames that are no JSON, made JSON where that takes little (quirk Q-18).

The repairs come in a fixed order, each with what the ones before it have made; the first text that is JSON is taken. What the frame
then says must fit its schema like any other: that is for whoever reads it to see.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from voltaro.domain.anomaly import Anomaly
from voltaro.ocpp import frames

LONGEST = 64 * 1024
"""Longer frames are not mended: it takes a look at each character."""


class Mended(NamedTuple):
    """A frame that is JSON now: its text, its value, and what was done to it."""

    text: bytes
    value: Any
    anomalies: tuple[Anomaly, ...]


def mended(raw: bytes) -> Mended | None:
    """The frame made JSON, or None where it cannot be. Raises nothing."""
    if len(raw) > LONGEST:
        return None
    done: list[Anomaly] = []
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
        done.append(Anomaly("not_utf8"))
    for repair in (_as_it_is, _without_controls, _cut, _filled):
        better, code = repair(text)
        if better != text:
            text = better
            done.append(Anomaly(code))
        if not done:
            continue
        encoded = text.encode()
        try:
            return Mended(encoded, frames.read(encoded), tuple(done))
        except ValueError:
            continue
    return None


def value_of(raw: bytes) -> Any:
    """The value of a frame, mended where it has to be; None where it has none."""
    try:
        return frames.read(raw)
    except frames.NotJson:
        found = mended(raw)
        return None if found is None else found.value
    except frames.TooDeep:
        return None


def _as_it_is(text: str) -> tuple[str, str]:
    return text, ""


def _without_controls(text: str) -> tuple[str, str]:
    return _CONTROLS.sub("", text).replace("\n", " ").replace("\r", " ").replace("\t", " "), "control_characters"


def _cut(text: str) -> tuple[str, str]:
    """Nothing behind the end of the first array."""
    depth = 0
    for place, letter in _structure(text):
        if letter in "[{":
            depth += 1
        elif letter in "]}":
            depth -= 1
            if depth <= 0:
                return text[: place + 1] + " " * (text[place + 1 :].isspace()), "trailing_garbage"
    return text, "trailing_garbage"


def _filled(text: str) -> tuple[str, str]:
    """``null`` where a member has a name and no value."""
    parts: list[str] = []
    taken, colon = 0, -1
    for place, letter in _structure(text):
        if colon >= 0 and letter in ",}]" and text[colon + 1 : place].strip() == "":
            parts += (text[taken : colon + 1], "null")
            taken = colon + 1
        colon = place if letter == ":" else -1
    return "".join((*parts, text[taken:])), "missing_value"


def _structure(text: str) -> list[tuple[int, str]]:
    """Brackets, commas and colons outside of strings, with their places."""
    found = []
    inside = False
    for token in _TOKENS.finditer(text):
        letter = token[0]
        if letter == '"':
            inside = not inside
        elif not inside and letter[0] != "\\":
            found.append((token.start(), letter))
    return found


_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufeff]")
_TOKENS = re.compile(r'\\.|["\[\]{},:]', re.DOTALL)
