"""The example frames of ``tests/examples``: one file an action, frames from the charger and to it.

2.1 has files only for what it adds; the examples of 2.0.1 are valid in it, and are run in it too.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from voltaro.ocpp import dialect_for
from voltaro.ocpp.dialect import OcppDialect

FOLDER = Path(__file__).parent.parent / "examples"
_FOLDERS = {"ocpp1.6": ("v16",), "ocpp2.0.1": ("v201",), "ocpp2.1": ("v201", "v21")}
PACKAGES = {"ocpp1.6": "v16", "ocpp2.0.1": "v201", "ocpp2.1": "v21"}
VERSIONS = {"ocpp1.6": "1.6", "ocpp2.0.1": "2.0.1", "ocpp2.1": "2.1"}


class Example(NamedTuple):
    """A frame and what answers it: from a charger the kind of answer, to a charger the whole answer."""

    protocol: str
    action: str
    frame: list[Any]
    answer: Any

    @property
    def payload(self) -> dict[str, Any]:
        payload: dict[str, Any] = self.frame[3]
        return payload

    def __str__(self) -> str:
        return f"{self.protocol}-{self.action}"


def examples(direction: str) -> list[Example]:
    """All examples of ``from_charger`` or ``to_charger``."""
    return list(_read(direction))


def example(protocol: str, action: str, direction: str = "from_charger") -> Example:
    """The last example of an action: the version's own, where it has one."""
    return [found for found in examples(direction) if (found.protocol, found.action) == (protocol, action)][-1]


@cache
def dialect(protocol: str) -> OcppDialect:
    found = dialect_for(protocol)
    assert isinstance(found, OcppDialect)
    return found


def _read(direction: str) -> Iterator[Example]:
    for protocol, folders in _FOLDERS.items():
        for folder in folders:
            for path in sorted((FOLDER / folder).glob("*.json")):
                content = json.loads(path.read_text())
                if direction in content:
                    yield Example(protocol, path.stem, content[direction]["frame"], content[direction]["answer"])
