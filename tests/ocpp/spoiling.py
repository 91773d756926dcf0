"""Examples with a few things changed, taken away or added, for generated tests."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import strategies as st

from tests.ocpp.examples import Example, examples

CASES = examples("from_charger") + examples("to_charger")
VALUES = (
    st.none()
    | st.booleans()
    | st.integers(-(2**31), 2**31 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
    | st.sampled_from(["Accepted", "Available", "L1", [], {}, [1], {"vendorId": "v"}, "2026-01-01T00:00:00Z", "x" * 600])
)


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every (container, key) in a JSON value."""
    found: list[tuple[Any, Any]] = []
    pairs = list(value.items()) if isinstance(value, dict) else list(enumerate(value)) if isinstance(value, list) else []
    for key, item in pairs:
        found.append((value, key))
        found.extend(places(item))
    return found


@st.composite
def spoilt(draw: st.DrawFn) -> tuple[Example, Any]:
    """An example with a few things changed, taken away or added."""
    case = draw(st.sampled_from(CASES))
    payload = copy.deepcopy(case.payload)
    for _ in range(draw(st.integers(0, 3))):
        found = places(payload)
        deed = draw(st.sampled_from(["change", "remove", "add", "double"]))
        if deed == "add" or not found:
            objects = [payload, *(container[key] for container, key in found if isinstance(container[key], dict))]
            draw(st.sampled_from(objects))[draw(st.sampled_from(["foo", "timestamp", "status", "customData"]))] = copy.deepcopy(
                draw(VALUES)
            )
            continue
        container, key = draw(st.sampled_from(found))
        if deed == "change":
            container[key] = copy.deepcopy(draw(VALUES))
        elif deed == "remove":
            del container[key]
        elif isinstance(container[key], list):
            container[key] = copy.deepcopy(container[key]) + container[key]
    return case, payload
