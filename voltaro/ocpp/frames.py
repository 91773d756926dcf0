"""Frames of OCPP-J: JSON text read under limits, and CALL, CALLRESULT and CALLERROR written (OCPP-J 1.6 section 4, 2.x part 4).

Rule 1: whatever is legal JSON within the limits is read, also what a fast decoder refuses (lone surrogates, ``1e400``,
integers of thousands of digits): its sender is owed an answer. A number that no double and no integer of ours can hold becomes the
text it was written as: no schema takes that for a number, and where anything may stand it can be stored and sent on.
Rule 2: a message id that came as a JSON number goes back as that same number.
Rule 3: of a member that stands twice the last counts (RFC 8259 leaves it open). Both decoders here and PostgreSQL's agree on it, so
nothing is checked in one and used from the other; the frame itself is in the message log as it came.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any, NoReturn

import msgspec

CALL = 2
CALL_RESULT = 3
CALL_ERROR = 4
CALL_RESULT_ERROR = 5
SEND = 6

DEEPEST = 64
"""Objects and arrays may lie this deep in each other; OCPP's own messages use about ten."""
LONGEST_DESCRIPTION = 255
LONGEST_INTEGER = 4300
"""Decimal digits."""

NO_ID = "-1"
"""The message id of an error about a frame whose own id cannot be read (2.x part 4, section 4.2.3)."""


class NotJson(ValueError):
    """The bytes are no JSON text: the charger's fault. The text is not repeated to anyone."""


class TooDeep(ValueError):
    """The text is JSON, nested more than ``DEEPEST`` levels deep: the charger's fault."""


class NumberId(str):
    """A message id that came as a JSON number; the text is the number as it was written."""

    __slots__ = ()


class Written(str):
    """A JSON number as it was written, digit by digit."""

    __slots__ = ()

    def number(self) -> int | float | str:
        """What ``read`` makes of it."""
        if not _INTEGER.fullmatch(self):
            return _read_float(self)
        value = _read_integer(self)
        return value if isinstance(value, str) or -(2**63) <= value < 2**64 else _read_float(self)


_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode
_encode_ordered = msgspec.json.Encoder(order="deterministic").encode
_INTEGER = re.compile("-?[0-9]+")
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
_NUMBER_ID = re.compile(rb"\s*\[\s*[-+.0-9eE]+\s*,\s*(-?[0-9][-+.0-9eE]*)")
_TEXT = rb'("(?:[^"\\\x00-\x1f]|\\.){0,255}")'
_CALL_HEAD = re.compile(rb"\s*\[\s*2\s*,\s*%b\s*,(?:\s*%b\s*,)?" % (_TEXT, _TEXT))


def read(raw: bytes) -> Any:
    """The JSON value of a frame. Raises NotJson, TooDeep."""
    try:
        value = _decode(raw)
    except RecursionError:
        raise TooDeep("nested deeper than a message of OCPP can be") from None
    except (msgspec.MsgspecError, UnicodeDecodeError):
        value = _read_leniently(raw)
    if raw.count(b"[") + raw.count(b"{") > DEEPEST and _is_deeper(value, DEEPEST):
        raise TooDeep("nested deeper than a message of OCPP can be")
    return value


def read_as_written(raw: bytes) -> Any:
    """The JSON value of a frame that ``read`` has read, its numbers ``Written``. Raises ValueError, RecursionError."""
    return json.loads(raw.decode("utf-8-sig"), parse_constant=_refuse_constant, parse_int=Written, parse_float=Written)


def text_of(payload: Any) -> str:
    """JSON text of a payload, for the message log."""
    return canonical(payload).decode()


def is_too_deep(payload: Any) -> bool:
    """Whether a payload would lie deeper in its frame than ``read`` takes."""
    return _is_deeper(payload, DEEPEST - 1)


def number_id(raw: bytes, value: float) -> NumberId:
    """The id of a frame whose id is a JSON number, in the frame's own spelling."""
    found = _NUMBER_ID.match(raw)
    return NumberId(found[1].decode() if found is not None and len(found[1]) <= LONGEST_DESCRIPTION else repr(value))


def call_head(raw: bytes) -> tuple[str, str] | None:
    """The message id and the action (empty when it is none) of a CALL that is too deep to be read whole, or None."""
    found = _CALL_HEAD.match(raw)
    if found is None:
        return None
    try:
        return json.loads(found[1]), "" if found[2] is None else json.loads(found[2])
    except ValueError:
        return None


def call(message_id: str, action: str, payload: Mapping[str, Any]) -> bytes:
    """A CALL frame."""
    return _encode((CALL, message_id, action, payload))


def result(message_id: str, payload: Mapping[str, Any]) -> bytes:
    """A CALLRESULT frame."""
    if type(message_id) is str:
        try:
            return _encode((CALL_RESULT, message_id, payload))
        except UnicodeEncodeError:
            pass  # an id with a lone surrogate: written with escapes, as it came
    return b"[3,%b,%b]" % (_id_text(message_id), _encode(payload))


def acknowledgement(message_id: str) -> bytes:
    """A CALLRESULT that says nothing."""
    return b"[3,%b,{}]" % _id_text(message_id)


def error(message_id: str, code: str, description: str) -> bytes:
    """A CALLERROR frame. Its details are always empty: they would show parts of the request (conformance TR-25)."""
    return b'[4,%b,"%b",%b,{}]' % (_id_text(message_id), code.encode(), _text(description[:LONGEST_DESCRIPTION]))


def canonical(payload: Any) -> bytes:
    """JSON text of a payload that does not depend on the order of members or on spaces."""
    try:
        return _encode_ordered(payload)
    except UnicodeEncodeError:
        return json.dumps(payload, sort_keys=True, separators=(",", ":")).encode()


def has_unstorable_text(value: Any) -> bool:
    """Whether any string in a JSON value holds NUL or a lone surrogate, which PostgreSQL's text cannot."""
    heap = [value]
    while heap:
        item = heap.pop()
        if isinstance(item, str):
            if _UNSTORABLE.search(item):
                return True
        elif isinstance(item, dict):
            heap.extend(item)
            heap.extend(item.values())
        elif isinstance(item, list):
            heap.extend(item)
    return False


def storable(value: Any) -> Any:
    """A copy of a JSON value with U+FFFD in place of NUL and of lone surrogates."""
    if isinstance(value, str):
        return _UNSTORABLE.sub("\ufffd", value)
    if isinstance(value, dict):
        return {storable(key): storable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [storable(item) for item in value]
    return value


def _read_leniently(raw: bytes) -> Any:
    """Read with the standard library's decoder, which takes lone surrogates; NaN and Infinity are no JSON."""
    try:
        return json.loads(raw.decode("utf-8-sig"), parse_constant=_refuse_constant, parse_int=_read_integer, parse_float=_read_float)
    except RecursionError:
        raise TooDeep("nested deeper than a message of OCPP can be") from None
    except ValueError:
        raise NotJson("the frame is not JSON text") from None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _read_integer(text: str) -> int | str:
    return int(text) if len(text) <= LONGEST_INTEGER else text


def _read_float(text: str) -> float | str:
    value = float(text)
    return value if math.isfinite(value) else text


def _is_deeper(value: Any, levels: int) -> bool:
    level = [value]
    for _ in range(levels):
        level = [
            child
            for parent in level
            for child in (parent.values() if type(parent) is dict else parent)
            if type(child) is dict or type(child) is list
        ]
        if not level:
            return False
    return True


def _id_text(message_id: str) -> bytes:
    return message_id.encode() if type(message_id) is NumberId else _text(message_id)


def _text(text: str) -> bytes:
    try:
        return _encode(text)
    except UnicodeEncodeError:
        return json.dumps(text).encode()
