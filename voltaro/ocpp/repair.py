"""Repairing what a charger said so that it fits the official schema, where that loses nothing (conformance section 4, Q-13 to Q-17).

It is done on a copy, member by member in the order of the message, and each repair is told as an anomaly. What is left wrong on
purpose, a text that is longer than it may be, say, is excused by its pointer and its rule, so that the repaired copy is checked
against the schema in everything else.

Rule 1: nothing is guessed. A number is read from text where the text spells it exactly; a word is replaced where it is
the same word in another spelling.
Rule 2: what says who pays is never cut, and a transaction id is never cleaned: two must not become one.
Rule 3: the repaired copy depends on what was said alone, never on when: a repeat is repaired to the same.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from voltaro.domain.anomaly import LONGEST_EXAMPLE, Anomaly
from voltaro.domain.instant import has_zone, read_moment
from voltaro.ocpp import frames
from voltaro.ocpp.frames import Written
from voltaro.ocpp.schemas import Excuse, Schema
from voltaro.ocpp.secrets import mask_payload

LONGEST_TEXT = 4096
LONGEST_WORD = 50
MOST_WORDS = 500
"""Different unknown words that are kept: what a sample measures is a row of its own in the database."""
MOST_EXCUSED = 5000
"""Places left wrong in one message: checking it then takes a look at each of them."""
MOST_ANOMALIES = 50
"""Anomalies that are told of one message; the rest is repaired silently."""


class Rules(NamedTuple):
    """What one OCPP version's actions may be repaired by. Places are an action and a field: ``Action/member/*/member``."""

    aliases: Mapping[str, Mapping[str, str]]
    """By member name: other spellings of its words, in the form of ``compact``."""
    open_words: frozenset[str]
    """Places where a word that OCPP does not have is kept, because whoever reads it can stand any."""
    json_texts: frozenset[str]
    """Places of text where an object or list is kept as its JSON."""
    spare: frozenset[str]
    """Actions whose optional members are left out where they cannot be read: nothing depends on them."""
    empty: Mapping[str, Any]
    """What is put in the place of a required member that is missing or cannot be read."""
    words: set[str]
    """The unknown words that were kept so far."""


class Repaired(NamedTuple):
    """A payload that fits, and what was done to it."""

    payload: dict[str, Any]
    anomalies: tuple[Anomaly, ...]


def repaired(action: str, payload: Any, schema: Schema, rules: Rules) -> Repaired | None:
    """The payload made to fit, or None where it cannot be. ``payload`` has its numbers as they were written, where that is known."""
    if type(payload) is not dict:
        return None
    mender = _Mender(action, schema.document, rules)
    try:
        mended = mender.whole(payload)
        if len(mender.excused) > MOST_EXCUSED:
            return None
        if schema.violation(mended, mender.excused) is not None or frames.has_unstorable_text(mended):
            return None
    except RecursionError:
        return None
    return Repaired(mended, tuple(mender.anomalies))


def compact(word: str) -> str:
    """A word without case, spaces and joints: what stays the same in other spellings of it."""
    return _JOINTS.sub("", word).casefold()


_ABSENT = object()
"""A member that is to be left out."""
_JOINTS = re.compile(r"[\s_\-]+")
_WHOLE_TEXT = re.compile(r"[+-]?[0-9]{1,19}(?:\.0*)?")
_NUMBER = re.compile(r"[+-]?[0-9]{1,30}(?:[.,][0-9]{1,30})?")
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)")


class _Mender:
    """Goes through one payload along its schema."""

    def __init__(self, action: str, document: Mapping[str, Any], rules: Rules) -> None:
        self._action = action
        self._document = document
        self._rules = rules
        self.anomalies: list[Anomaly] = []
        self.excused: set[Excuse] = set()

    def whole(self, payload: dict[str, Any]) -> dict[str, Any]:
        return self._object(payload, self._document, "", "")

    def _value(self, value: Any, schema: Mapping[str, Any], pointer: str, field: str, *, needed: bool) -> Any:
        while "$ref" in schema:
            schema = self._document["definitions"][schema["$ref"].rpartition("/")[2]]
        if "enum" in schema:
            return self._word(value, schema["enum"], pointer, field, needed=needed)
        match schema.get("type"):
            case "object" if type(value) is dict:
                return self._object(value, schema, pointer, field)
            case "array" if type(value) is list:
                return self._list(value, schema, pointer, field, needed=needed)
            case "string":
                return self._text(value, schema, pointer, field, needed=needed)
            case "integer":
                return self._number(value, field, needed=needed, whole=True)
            case "number":
                return self._number(value, field, needed=needed, whole=False)
            case "boolean":
                return self._boolean(value, field, needed=needed)
        return _plain(value)

    def _object(self, told: dict[str, Any], schema: Mapping[str, Any], pointer: str, field: str) -> dict[str, Any]:
        members: Mapping[str, Any] = schema.get("properties", {})
        required = schema.get("required", ())
        is_open = schema.get("additionalProperties", True)
        made: dict[str, Any] = {}
        for name, value in told.items():
            member = members.get(name)
            place = f"{field}/{name}"
            if member is None:
                if is_open:
                    made[frames.storable(name)] = _plain(value)
                else:
                    self._note("unknown_member", f"{field}/{frames.storable(name)[:LONGEST_WORD]}", value)
            elif value is None:
                self._note("null_member", place, value)
            else:
                mended = self._value(value, member, f"{pointer}/{_escaped(name)}", place, needed=name in required)
                if mended is not _ABSENT:
                    made[name] = mended
        if not pointer or any(name not in made for name in required):
            self._fill(made, required, members, pointer, field)
        return made

    def _fill(self, made: dict[str, Any], required: Any, members: Mapping[str, Any], pointer: str, field: str) -> None:
        """Put in what is missing and may be empty, take out what cannot be read and may be absent."""
        for name in required:
            place = f"{field}/{name}"
            if name not in made and members.get(name, {}).get("format") == "date-time":
                made[name] = ""
                self._note("timestamp_missing", place, None)
                self.excused.add((f"{pointer}/{_escaped(name)}", "format"))
        for place, empty in self._rules.empty.items():
            action, _, name = place.partition("/")
            if action == self._action and not pointer and not self._fits(made.get(name, _ABSENT), members[name]):
                made[name] = empty
                self._note("member_missing", f"/{name}", None)
        if self._action in self._rules.spare and not pointer:
            for name in [name for name in made if name not in required and not self._fits(made[name], members[name])]:
                self._note("unreadable_member", f"/{name}", made.pop(name))

    def _fits(self, value: Any, schema: Mapping[str, Any]) -> bool:
        """Whether a mended member is of its type at all; the rest is the schema's to say."""
        while "$ref" in schema:
            schema = self._document["definitions"][schema["$ref"].rpartition("/")[2]]
        if "enum" in schema:
            return any(value == word for word in schema["enum"])
        if schema.get("type") == "object":
            return type(value) is dict and all(
                self._fits(value.get(name, _ABSENT), schema["properties"][name]) for name in schema.get("required", ())
            )
        if schema.get("type") == "string" and type(value) is str:
            return len(value) <= max(LONGEST_TEXT, int(schema.get("maxLength", 0)))
        return type(value) in _TYPES.get(schema.get("type", ""), ())

    def _list(self, told: list[Any], schema: Mapping[str, Any], pointer: str, field: str, *, needed: bool) -> Any:
        member = schema.get("items", {})
        made: list[Any] = []
        for value in told:
            if value is None:
                self._note("null_member", f"{field}/*", value)
            else:
                made.append(self._value(value, member, f"{pointer}/{len(made)}", f"{field}/*", needed=True))
        if not made and schema.get("minItems"):
            self._note("empty_list", field, told)
            if not needed:
                return _ABSENT
            self.excused.add((pointer, "minItems"))
        return made

    def _text(self, value: Any, schema: Mapping[str, Any], pointer: str, field: str, *, needed: bool) -> Any:
        if schema.get("format") == "date-time":
            return self._time(value, pointer, field, needed=needed)
        if isinstance(value, bool):
            self._note("boolean_as_text", field, value)
            return "true" if value else "false"
        if isinstance(value, (Written, int, float)):
            self._note("number_as_text", field, value)
            return str(value)
        if isinstance(value, (dict, list)):
            if f"{self._action}{field}" not in self._rules.json_texts:
                return _plain(value)
            self._note("object_as_text", field, value)
            value = json.dumps(_plain(value), ensure_ascii=False, separators=(",", ":"))
        text: str = value
        if frames.has_unstorable_text(text) and not field.endswith("/transactionId"):
            self._note("control_characters", field, None)
            text = frames.storable(text.rstrip("\0"))
        if len(text) > schema.get("maxLength", LONGEST_TEXT) and len(text) <= LONGEST_TEXT:
            self._note("long_text", field, text)
            self.excused.add((pointer, "maxLength"))
        return text

    def _word(self, value: Any, words: list[Any], pointer: str, field: str, *, needed: bool) -> Any:
        if value in words and type(value) is str:
            return value
        if isinstance(value, (dict, list, bool)):
            return _plain(value)
        text = str(value)
        known = compact(text)
        if not needed and known in ("", "null"):
            self._note("empty_member", field, value)
            return _ABSENT
        name = field.rpartition("/")[2]
        right = self._rules.aliases.get(name, {}).get(known)
        if right not in words:
            right = next((word for word in words if compact(word) == known), None)
        if right is not None:
            self._note("alias", field, value)
            return right
        if known and f"{self._action}{field}" in self._rules.open_words and self._may_keep(text):
            self._note("unknown_word", field, value)
            self.excused.add((pointer, "enum"))
        return text

    def _may_keep(self, word: str) -> bool:
        if len(word) > LONGEST_WORD or frames.has_unstorable_text(word):
            return False
        if word not in self._rules.words:
            if len(self._rules.words) >= MOST_WORDS:
                return False
            self._rules.words.add(word)
        return True

    def _number(self, value: Any, field: str, *, needed: bool, whole: bool) -> Any:
        if type(value) is str:
            text = value.strip()
            if not needed and text.casefold() in ("", "null"):
                self._note("empty_member", field, value)
                return _ABSENT
            if not (_WHOLE_TEXT if whole else _NUMBER).fullmatch(text):
                return value
            if not whole and Decimal(repr(float(text.replace(",", ".")))) != Decimal(text.replace(",", ".")):
                return value  # more digits than a number of JSON keeps
            self._note("text_as_number", field, value)
            value = Written(text.removeprefix("+").replace(",", "."))
        if isinstance(value, (bool, dict, list)):
            return _plain(value)
        made = _plain(value)
        if not whole or type(made) is int:
            return made
        number = _whole(value)
        if number is None:
            return made
        if not (type(value) is Written and _WHOLE_TEXT.fullmatch(value)):
            self._note("whole_number", field, value)
        return number

    def _boolean(self, value: Any, field: str, *, needed: bool) -> Any:
        if isinstance(value, (bool, dict, list)):
            return _plain(value)
        text = str(value).strip().casefold()
        if not needed and text in ("", "null"):
            self._note("empty_member", field, value)
            return _ABSENT
        if text not in ("true", "false", "0", "1"):
            return _plain(value)
        self._note("boolean_as_text", field, value)
        return text in ("true", "1")

    def _time(self, value: Any, pointer: str, field: str, *, needed: bool) -> Any:
        """One that can be read and names its zone is written as OCPP writes it. Without a zone, or unreadable, it stays as it is:
        whoever reads it knows when it came, and where the charger stands."""
        if isinstance(value, (dict, list, bool)):
            return _plain(value)
        text = frames.storable(str(value))
        if _RFC3339.fullmatch(text):
            self.excused.add((pointer, "format"))  # a leap second, or a day that is in no calendar
            return text
        if not text.strip() or text.casefold() == "null":
            if not needed:
                self._note("empty_member", field, value)
                return _ABSENT
            self._note("timestamp_missing", field, value)
            text = ""
        elif has_zone(text):
            self._note("timestamp_format", field, value)
            return read_moment(text).isoformat().replace("+00:00", "Z")
        elif _is_moment(text):
            self._note("timestamp_without_zone", field, value)
        elif not needed:
            self._note("unreadable_member", field, value)
            return _ABSENT
        elif len(text) > LONGEST_EXAMPLE:
            return text
        self.excused.add((pointer, "format"))
        return text

    def _note(self, code: str, field: str, value: Any) -> None:
        if len(self.anomalies) < MOST_ANOMALIES:
            self.anomalies.append(Anomaly(code, field, None if value is None else _example(field.rpartition("/")[2], value)))


def _is_moment(text: str) -> bool:
    try:
        read_moment(text)
    except (ValueError, OverflowError):
        return False
    return True


def _example(name: str, value: Any) -> str:
    """What the charger said there, in short, secrets masked."""
    shown = mask_payload({name: value})[name]
    text: str = frames.storable(str(shown) if isinstance(shown, str) else json.dumps(_plain(shown), ensure_ascii=False))
    return text if len(text) <= LONGEST_EXAMPLE else text[: LONGEST_EXAMPLE - 1] + "…"


def _whole(value: Any) -> int | None:
    """An integer from a number that is whole however it was written (``1.0``, ``1e3``)."""
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    if not number.is_finite() or number.adjusted() > 20 or number != number.to_integral_value():
        return None
    return int(number)


def _plain(value: Any) -> Any:
    """A JSON value with plain numbers again, and text that can be stored."""
    if type(value) is Written:
        return value.number()
    if isinstance(value, str):
        return frames.storable(value)
    if isinstance(value, dict):
        return {frames.storable(name): _plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value


def _escaped(step: str) -> str:
    return step.replace("~", "~0").replace("/", "~1")


_TYPES = {"string": (str,), "integer": (int,), "number": (int, float), "boolean": (bool,), "array": (list,), "object": (dict,)}
