"""Frames from the official schemas, made by a seeded generator: valid ones, ones with a single thing wrong, and structural junk.

The schemas are read as the ocpp package ships them, and nothing of the server is used to make or to judge a frame.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from enum import StrEnum
from functools import cache
from importlib.resources import files
from random import Random
from typing import Any, NamedTuple

import jsonschema_rs

PACKAGES = {"ocpp1.6": "v16", "ocpp2.0.1": "v201", "ocpp2.1": "v21"}
DURABLE = {
    "ocpp1.6": {"StartTransaction", "StopTransaction", "MeterValues", "SecurityEventNotification"},
    "ocpp2.0.1": {"TransactionEvent", "MeterValues", "SecurityEventNotification"},
    "ocpp2.1": {"TransactionEvent", "MeterValues", "SecurityEventNotification"},
}
"""Messages of class A: whatever they say, they are never answered with an error."""

TIMES = (
    "2026-06-01T10:00:00Z",
    "2026-06-01T10:00:00.123456789+02:00",
    "2026-06-01t10:00:00z",
    "0001-01-01T00:00:00Z",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59Z",
    "9999-12-31T23:59:59.999999-12:00",
    "1970-01-01T00:00:00Z",
    "2016-12-31T23:59:60Z",
)
ODD_TIMES = (
    "222222017-01-01T00:00:00Z",
    "+222222017-01-01T00:00:00Z",
    "-0001-01-01T00:00:00Z",
    "2026-02-30T00:00:00Z",
    "2026-06-01T10:00:00",
    "2026-06-01",
    "20260601T100000Z",
    "1000000",
    "yesterday",
    "",
)
TEXTS = (
    "",
    "TAG",
    "\u202egnp.exe",
    "مرحبا שלום",
    "é" * 9,
    "🔌⚡",
    "__proto__",
    "constructor",
    "<script>alert(1)</script>",
    "=cmd|' /C calc'!A0",
    "'; DROP TABLE sessions; --",
    "${jndi:ldap://x}",
    "../../etc/passwd",
    "line\r\nbreak\u2028\u2029",
    "\x1b[31m\x7f\x01",
    "\ufffe\uffff",
    "%00%s%n",
    "null",
)
BAD_TEXTS = ("a\0b", "\ud800", "x\udfff", "\ud800" * 5, "x" * 70_000)
TOKENS = ("9" * 4301, "-" + "9" * 4301, "1e999", "-1e999", "1e-999", "0." + "3" * 400, "-0", "1.0", "1E400", "9007199254740993", "1e5")
"""Numbers as they may stand in JSON and few programs expect them."""
NOT_JSON_TOKENS = ("NaN", "Infinity", "-Infinity", "01", "+1", "0x1F", "'x'", "undefined", '"\\x"', '"\t"')
NUMBERS = (0, -1, 2**31 - 1, 2**31, -(2**31) - 1, 2**53 + 1, 2**63 - 1, 2**63, -(2**63) - 1, 10**30, 0.1, -0.0, 1e308)
VALUES: tuple[Any, ...] = (*NUMBERS, None, True, False, [], {}, [[]], [None], {"__proto__": {"a": 1}}, {"": ""})


class Kind(StrEnum):
    """What has been done to a frame."""

    VALID = "valid"
    MUTATED = "one thing wrong"
    RAW = "odd JSON"
    JUNK = "no frame of OCPP"


class Frame(NamedTuple):
    """Text to be sent. ``call_id`` is set for a CALL, which is owed an answer, and ``durable`` where that must be a CALLRESULT."""

    kind: Kind
    text: str
    action: str = ""
    call_id: str | None = None
    durable: bool = False


class Wild:
    """Makes frames of one version. The same random numbers give the same frames."""

    def __init__(self, protocol: str, random: Random) -> None:
        self.protocol = protocol
        self.random = random
        self._requests = {name: document for name, document in _documents(PACKAGES[protocol]).items() if not name.endswith("Response")}
        self._made = 0

    def frame(self) -> Frame:
        """The next frame."""
        make = self.random.choices((self._valid, self._mutated, self._raw, self._junk), (2, 4, 3, 1))[0]
        return make()

    def payload(self, action: str) -> Any:
        """A valid payload of an action."""
        document = self._requests[action]
        return self._value(document, document, "", 0)

    def answer(self, action: str, message_id: str) -> str:
        """An answer to a CALL of the central system: a result, valid or not, or an error; always JSON of that id."""
        identifier = json.dumps(message_id)
        if self._maybe(0.3):
            code, description, details = (json.dumps(self._odd()) for _ in range(3))
            return f"[4, {identifier}, {code}, {description}, {details}]"
        document = _documents(PACKAGES[self.protocol])[f"{action}Response"]
        payload = self._value(document, document, "", 0)
        if self._maybe(0.7):
            self._mutate(payload)
        text = json.dumps(payload)
        if self._maybe(0.3):
            container, key = self._place(payload)
            container[key] = "@@here@@"
            text = json.dumps(payload).replace('"@@here@@"', self.random.choice((*TOKENS, "[" * 50 + "]" * 50)))
        return f"[3, {identifier}, {text if self._maybe(0.9) else json.dumps(self._odd())}]"

    def action(self) -> str:
        """An action, more often one of those that charge money."""
        return self.random.choice(sorted(DURABLE[self.protocol]) if self.random.random() < 0.4 else sorted(self._requests))

    # --- the four kinds ---

    def _valid(self) -> Frame:
        action = self.action()
        return self._call(Kind.VALID, action, json.dumps(self.payload(action), ensure_ascii=self._maybe(0.5)))

    def _mutated(self) -> Frame:
        action = self.action()
        payload = self.payload(action)
        self._mutate(payload)
        return self._call(Kind.MUTATED, action, json.dumps(payload))

    def _raw(self) -> Frame:
        """A payload with something that only its text can say."""
        action = self.action()
        text = json.dumps(payload := self.payload(action))
        deed = self.random.choice(("token", "token", "not json", "twice", "deep", "bom", "space", "cut", "proto"))
        if deed in ("token", "not json"):
            container, key = self._place(payload)
            container[key] = "@@here@@"
            tokens = TOKENS if deed == "token" else NOT_JSON_TOKENS
            text = json.dumps(payload).replace('"@@here@@"', self.random.choice(tokens))
        elif deed == "twice" and isinstance(payload, dict) and payload:
            name = self.random.choice(sorted(payload))
            text = text[:-1] + f", {json.dumps(name)}: {json.dumps(self._odd())}}}"
        elif deed == "deep":
            levels = self.random.choice((30, 63, 70, 500, 5_000, 100_000))
            opening, closing = self.random.choice((("[", "]"), ('{"a":', "}")))
            container, key = self._place(payload)
            container[key] = "@@here@@"
            text = json.dumps(payload).replace('"@@here@@"', opening * levels + "1" + closing * levels)
        elif deed == "proto":
            text = text[:-1] + (", " if len(text) > 2 else "") + '"__proto__": {"admin": true}, "\\u005f_class__": 1}'
        frame = self._call(Kind.RAW, action, text)
        if deed == "bom":
            return frame._replace(text="\ufeff" + frame.text)
        if deed == "space":
            return frame._replace(text=f" \t\r\n{frame.text}\n ")
        if deed == "cut":
            return Frame(Kind.RAW, frame.text[: self.random.randrange(len(frame.text))], action)
        return Frame(Kind.RAW, frame.text, action) if deed == "not json" else frame

    def _junk(self) -> Frame:
        made: list[Callable[[], Any]] = [
            lambda: self._odd(),
            lambda: [self._odd() for _ in range(self.random.randint(0, 7))],
            lambda: [self.random.choice((0, 1, 3, 4, 5, 6, 7, -2, 2**63, "2", 2.5, None)), self._id(), self._odd(), self._odd(), {}],
            lambda: [2, self._odd(), self.action(), {}],
            lambda: [2, self._id(), self._odd(), {}],
            lambda: [2, self._id(), self.action(), self.random.choice((1, "x", [], True))],
            lambda: [2, self._id()],
            lambda: [2, self._id(), self.action()],
            lambda: [3, self._id(), self._odd()],
            lambda: [4, self._id(), self._odd(), self._odd(), self._odd()],
        ]
        value = self.random.choice(made)()
        text = json.dumps(value)
        owed = type(value) is list and len(value) >= 2 and value[0] == 2 and type(value[0]) is int and type(value[1]) is str
        action = value[2] if type(value) is list and len(value) > 2 and type(value[2]) is str else ""
        return Frame(Kind.JUNK, text, action, value[1] if owed else None)

    def _call(self, kind: Kind, action: str, payload: str) -> Frame:
        identifier = self._id()
        more = self.random.choice(("", "", "", "", ", null", ', {"more": 1}'))
        durable = action in DURABLE[self.protocol]
        return Frame(kind, f"[2, {json.dumps(identifier)}, {json.dumps(action)}, {payload}{more}]", action, identifier, durable)

    def _id(self) -> str:
        """An id of a message; none is used twice."""
        self._made += 1
        return self.random.choice(("", "", "", "é", "\u202e", '"', "\\", "x" * 200)) + f"f{self._made}"

    # --- values ---

    def _value(self, schema: Any, document: Any, name: str, depth: int) -> Any:
        while "$ref" in schema:
            schema = document["definitions"][schema["$ref"].rpartition("/")[2]]
        if "enum" in schema:
            return self.random.choice(schema["enum"])
        match schema.get("type"):
            case "object":
                return self._object(schema, document, depth)
            case "array":
                most = min(schema.get("maxItems", 3), 3)
                count = self.random.randint(min(schema.get("minItems", 0), most), most)
                return [self._value(schema.get("items", {}), document, name, depth + 1) for _ in range(count)]
            case "string":
                return self._text(schema)
            case "integer":
                low, high = schema.get("minimum", -(2**31)), schema.get("maximum", 2**31 - 1)
                return max(int(low), min(int(high), self.random.choice((0, 1, 2, 3, 1000, -1, 2**31 - 1, self.random.randint(0, 10**6)))))
            case "number":
                value = self.random.choice((0, 0.1, 16.5, -1.5, 1e9, 230.4, self.random.randint(0, 10**6)))
                return max(schema.get("minimum", value), min(schema.get("maximum", value), value))
            case "boolean":
                return self._maybe(0.5)
        return self.random.choice(VALUES)

    def _object(self, schema: Any, document: Any, depth: int) -> dict[str, Any]:
        required = set(schema.get("required", ()))
        made = {}
        for name, member in schema.get("properties", {}).items():
            if name in required or (depth < 6 and self._maybe(0.25)):
                made[name] = self._value(member, document, name, depth + 1)
        return made

    def _text(self, schema: Any) -> str:
        if schema.get("format") == "date-time":
            return self.random.choice(TIMES)
        longest = schema.get("maxLength", 100)
        text = self.random.choice((*TEXTS, str(self.random.randint(0, 99_999)), "x" * longest))
        return text[:longest]

    def _odd(self) -> Any:
        return copy.deepcopy(self.random.choice((*VALUES, *TEXTS, *TIMES, *ODD_TIMES, *BAD_TEXTS)))

    def _mutate(self, payload: Any) -> None:
        container, key = self._place(payload)
        match self.random.choice(("change", "change", "remove", "add", "many", "wrap", "time")):
            case "remove":
                del container[key]
            case "add" if isinstance(container, dict):
                container[self.random.choice(("foo", "customData", "__proto__", "call", "self", "a\0b", ""))] = self._odd()
            case "many" if isinstance(container[key], list):
                container[key] = container[key] * self.random.choice((0, 2, 500))
            case "wrap":
                container[key] = [container[key]]
            case "time":
                container[key] = self.random.choice(ODD_TIMES)
            case _:
                container[key] = self._odd()

    def _place(self, payload: Any) -> tuple[Any, Any]:
        """Some (container, key) in a payload; one is made in an empty one."""
        found: list[tuple[Any, Any]] = []
        heap = [payload]
        while heap:
            container = heap.pop()
            pairs = list(container.items()) if isinstance(container, dict) else list(enumerate(container))
            for key, item in pairs:
                found.append((container, key))
                if isinstance(item, (dict, list)):
                    heap.append(item)
        if not found:
            payload["none"] = None
            return payload, "none"
        return self.random.choice(found)

    def _maybe(self, share: float) -> bool:
        return self.random.random() < share


def owed_answer(frame: Frame) -> bool:
    """Whether the text is a CALL at all: JSON by RFC 8259 that reads ``[2, id, ...]``."""
    if frame.call_id is None:
        return False
    return not any("\ud800" <= letter <= "\udfff" or letter == "\0" for letter in frame.call_id)


def result_errors(protocol: str, action: str, payload: Any) -> list[str]:
    """What the official schema of the answer says against a payload."""
    return [error.message for error in _result_validator(protocol, action).iter_errors(payload)]


@cache
def _result_validator(protocol: str, action: str) -> jsonschema_rs.Draft4Validator:
    return jsonschema_rs.Draft4Validator(_documents(PACKAGES[protocol])[f"{action}Response"])


@cache
def _documents(package: str) -> dict[str, Any]:
    found = {}
    for entry in files(f"ocpp.{package}").joinpath("schemas").iterdir():
        if entry.name.endswith(".json"):
            found[entry.name.removesuffix(".json").removesuffix("Request")] = json.loads(entry.read_bytes().decode("utf-8-sig"))
    return found
