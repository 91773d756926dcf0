"""The ocpp package's JSON schemas, compiled, and what is wrong with a payload in the words of OCPP.

The schemas are used as they are, with two additions: an integer has the 32 bits that OCPP gives it (1.6 section 3.14,
2.x part 2), so that none passes which no column can hold; a meter register has 63, because a counter may run on,
and a unit's multiplier lies within 30, because nothing measured does not.
All are read as draft-04, also those that call themselves draft-06: that one takes ``1.0`` for an integer, a column does not.
Their ``format`` is checked for ``date-time`` alone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

import jsonschema_rs
import msgspec
from ocpp.charge_point import camel_to_snake_case

from voltaro.domain.meter import LARGEST_FIGURE

_INT32 = (-(2**31), 2**31 - 1)
_BOUNDS = {"meterStart": (-LARGEST_FIGURE, LARGEST_FIGURE), "meterStop": (-LARGEST_FIGURE, LARGEST_FIGURE), "multiplier": (-30, 30)}


class Violation(NamedTuple):
    """Why a payload does not fit. ``code`` is a CALLERROR code in 2.x spelling.

    ``pointer`` (RFC 6901) leads to the offending or missing member, ``known`` to the deepest member on that way whose name
    the schema knows: only that one is repeated to a charger or a log. ``message`` never holds a value of the payload.
    """

    code: str
    pointer: str
    message: str
    known: str

    @property
    def description(self) -> str:
        """One line for a CALLERROR or an operator's eyes."""
        return f"{self.known or 'the payload'} {self.message}"


Excuse = tuple[str, str]
"""Where something is wrong (RFC 6901), and the name of the rule that it breaks (``maxLength``, ``enum`` ...)."""


class Schema:
    """One compiled schema: of the request or of the response of an action."""

    __slots__ = ("_is_valid", "_iter_errors", "_validate", "document")

    def __init__(self, document: dict[str, Any]) -> None:
        validator = jsonschema_rs.Draft4Validator(document, validate_formats=True)
        self.document = document
        self._is_valid = validator.is_valid
        self._iter_errors = validator.iter_errors
        self._validate = validator.validate

    def violation(self, payload: Any, excused: Collection[Excuse] = ()) -> Violation | None:
        """What is wrong first, or None. ``excused`` is what is known to be wrong, and may be so: a pointer and the name of its rule."""
        try:
            if self._is_valid(payload):
                return None
            if not excused:
                self._validate(payload)
            for error in self._iter_errors(payload):  # all at once, each with what it is about: for what has few of them
                if (_pointer(error.instance_path), error.kind.name) not in excused:
                    return _violation(error)
        except jsonschema_rs.ValidationError as first:
            return _violation(first)
        except UnicodeEncodeError:
            return UNSTORABLE
        except (ValueError, RecursionError):
            return Violation("FormatViolation", "", "cannot be checked: it is nested too deeply or has members without a name", "")
        return None


class Schemas(NamedTuple):
    """All schemas of one OCPP version by action, and its member names in snake_case as the ocpp package spells them."""

    requests: Mapping[str, Schema]
    responses: Mapping[str, Schema]
    snake_names: Mapping[str, str]


UNSTORABLE = Violation("PropertyConstraintViolation", "", "holds text that is no text: NUL or half a surrogate pair", "")


@cache
def load(version: str) -> Schemas:
    """Read and compile a version's schemas (``v16``, ``v201``, ``v21``), once. Reads files: call it while starting, not while serving."""
    requests: dict[str, Schema] = {}
    responses: dict[str, Schema] = {}
    names: set[str] = set()
    for entry in files("ocpp").joinpath(version, "schemas").iterdir():
        if not entry.name.endswith(".json"):
            continue
        document = msgspec.json.decode(entry.read_bytes().removeprefix(b"\xef\xbb\xbf"))
        _amend(document, "")
        names.update(member_names(document))
        action = entry.name.removesuffix(".json")
        if action.endswith("Response"):
            responses[action.removesuffix("Response")] = Schema(document)
        else:
            requests[action.removesuffix("Request")] = Schema(document)
    return Schemas(requests, responses, {name: snake_name(name) for name in names})


def snake_name(name: str) -> str:
    """A member name as the ocpp package spells it in Python: ``iccid``, ``evse_id``, ``soc``."""
    (spelled,) = camel_to_snake_case({name: None})
    return str(spelled)


def member_names(document: Any) -> Iterator[str]:
    """Every member name a schema knows, at any depth."""
    if isinstance(document, dict):
        for key, value in document.items():
            if key == "properties" and isinstance(value, dict):
                yield from value
            yield from member_names(value)
    elif isinstance(document, list):
        for value in document:
            yield from member_names(value)


def _amend(document: Any, name: str) -> None:
    if isinstance(document, list):
        for value in document:
            _amend(value, name)
        return
    if not isinstance(document, dict):
        return
    if document.get("type") == "integer":
        low, high = _BOUNDS.get(name, _INT32)
        document.setdefault("minimum", low)
        document.setdefault("maximum", high)
    if document.get("format") not in (None, "date-time") and isinstance(document["format"], str):
        del document["format"]
    document.pop("javaType", None)
    for key, value in document.items():
        _amend(value, key)


def _violation(error: jsonschema_rs.ValidationError) -> Violation:
    kind = error.kind
    code, message = _SAID.get(kind.name, ("PropertyConstraintViolation", "has a value that OCPP does not allow there"))
    known = _pointer(error.instance_path)
    pointer = known
    facts = kind.as_dict()
    if kind.name == "required":
        pointer = known = f"{known}/{_escaped(facts['property'])}"
    elif kind.name == "additionalProperties":
        pointer = f"{known}/{_escaped(facts['unexpected'][0])}"
    elif kind.name == "type":
        message = message.format(types=" or ".join(facts["types"]))
    elif "limit" in facts:
        message = message.format(limit=facts["limit"])
    return Violation(code, pointer, message, known)


def _pointer(path: list[str | int]) -> str:
    return "".join(f"/{_escaped(str(step))}" for step in path)


def _escaped(step: str) -> str:
    return step.replace("~", "~0").replace("/", "~1")


_SAID = {
    "required": ("OccurrenceConstraintViolation", "is missing"),
    "minItems": ("OccurrenceConstraintViolation", "has fewer than {limit} elements"),
    "maxItems": ("OccurrenceConstraintViolation", "has more than {limit} elements"),
    "type": ("TypeConstraintViolation", "is not of type {types}"),
    "enum": ("PropertyConstraintViolation", "is not one of the words that OCPP allows there"),
    "maxLength": ("PropertyConstraintViolation", "is longer than {limit} characters"),
    "minLength": ("PropertyConstraintViolation", "is shorter than {limit} characters"),
    "minimum": ("PropertyConstraintViolation", "is less than {limit}"),
    "maximum": ("PropertyConstraintViolation", "is more than {limit}"),
    "multipleOf": ("PropertyConstraintViolation", "has more decimals than OCPP allows there"),
    "format": ("PropertyConstraintViolation", "is not a timestamp with its zone (RFC 3339)"),
    "additionalProperties": ("FormatViolation", "has a member that the schema does not know"),
}
