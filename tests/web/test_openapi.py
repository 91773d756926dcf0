"""The OpenAPI document is made from the routes, is valid, and tells everything that may come."""

from __future__ import annotations

import importlib
import json
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

import web
import web.routes
from voltaro.domain.person import Scope
from web.app import all_endpoints
from web.examples import EXAMPLES
from web.openapi import openapi
from web.openapi_types import FILE, types_of
from web.problem_types import PROBLEM_TYPES

IDS = Path(__file__).parent / "operation_ids.txt"
Document = dict[str, Any]


@pytest.fixture(scope="module")
def document() -> Document:
    return msgspec.json.decode(openapi(all_endpoints()), type=dict)


def operations(document: Document) -> dict[str, Document]:
    return {operation["operationId"]: operation for methods in document["paths"].values() for operation in methods.values()}


def test_the_document_is_valid_openapi(document: Document) -> None:
    OpenAPIV31SpecValidator(document).validate()  # type: ignore[arg-type]


def test_every_endpoint_is_in_it(document: Document) -> None:
    described = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    assert described == {(endpoint.method, endpoint.path) for endpoint in all_endpoints()}


def test_operation_ids_are_unique_and_none_is_taken_away(document: Document) -> None:
    names = [endpoint.name for endpoint in all_endpoints()]
    assert len(names) == len(set(names))
    told = {f"{e.name} {e.method} {e.path}" for e in all_endpoints()}
    gone = set(IDS.read_text().split("\n")) - {""} - told
    assert not gone, "within v1 no operation is renamed, moved or removed"


def test_every_group_is_told_of(document: Document) -> None:
    assert all(len(tag["description"]) > 20 for tag in document["tags"])
    assert {tag["name"] for tag in document["tags"]} == {endpoint.group for endpoint in all_endpoints()}


def test_each_operation_says_who_may(document: Document) -> None:
    found = operations(document)
    assert found["send_command"]["x-roles"] == ["operator", "admin"]
    assert found["send_command"]["security"] == [
        {"token": ["commands:write"]},
        {"login": ["commands:write"], "csrf": ["commands:write"]},
    ]
    assert found["list_sessions"]["x-roles"] == ["viewer", "operator", "admin"]
    assert found["live"]["security"] == []
    for endpoint in all_endpoints():
        operation = found[endpoint.name]
        assert ("x-scope" in operation) == (endpoint.scope is not None)
        assert endpoint.scope is not Scope.ADMIN or operation["x-roles"] == ["admin"]


def test_no_answer_is_left_out(document: Document) -> None:
    for endpoint in all_endpoints():
        told = set(operations(document)[endpoint.name]["responses"])
        assert {"400", "500", "503"} <= told
        assert endpoint.public or {"401", "403"} <= told
        assert endpoint.public or endpoint.method == "GET" or {"409", "422"} <= told
        assert "default" not in told


def test_every_problem_that_is_raised_is_told_of() -> None:
    known = {(kind.slug, status) for kind in PROBLEM_TYPES for status in kind.statuses}
    raised = set()
    for file in Path(web.__file__).parent.rglob("*.py"):
        raised |= {(slug, int(status)) for status, slug in re.findall(r'Problem\(\s*(\d{3}),\s*"(\w+)"', file.read_text())}
    assert raised <= known, "say in web/problem_types.py what these mean"
    assert len({kind.slug for kind in PROBLEM_TYPES}) == len(PROBLEM_TYPES)


def test_the_examples_fit_their_types() -> None:
    structs: dict[str, Any] = {}
    for found in pkgutil.iter_modules(web.routes.__path__):
        module = importlib.import_module(f"web.routes.{found.name}")
        structs |= {name: kind for name, kind in vars(module).items() if isinstance(kind, type) and issubclass(kind, msgspec.Struct)}
    for name, example in EXAMPLES.items():
        msgspec.convert(example, structs[name])
        if name.endswith("View"):
            assert example.keys() >= set(structs[name].__struct_fields__[: len(example)]) - {"password", "security"}


def test_every_example_of_the_document_fits_its_schema(document: Document) -> None:
    found = list(examples_of(document))
    assert len(found) > len(EXAMPLES)
    for where, schema, example in found:
        validator = Draft202012Validator({**schema, "components": document["components"]})
        assert [error.message for error in validator.iter_errors(example)] == [], where


def examples_of(node: Any, where: str = "") -> Iterator[tuple[str, Document, Any]]:
    """Every example within, with its schema and where it stands."""
    if isinstance(node, dict):
        if "schema" in node:
            told = [*node.get("examples", {}).values(), *({"value": node[name]} for name in ("example",) if name in node)]
            yield from ((where, node["schema"], example["value"]) for example in told)
        elif isinstance(node.get("examples"), list):
            yield from ((where, node, example) for example in node["examples"])
        for name, member in node.items():
            if name not in ("example", "examples"):
                yield from examples_of(member, f"{where}/{name}")
    elif isinstance(node, list):
        for index, member in enumerate(node):
            yield from examples_of(member, f"{where}/{index}")


def test_faults_that_are_not_enabled_are_told_of(document: Document) -> None:
    assert all(
        "404" in operations(document)[name]["responses"] for name in ("inject_fault", "list_faults", "show_fault_kinds", "show_fault")
    )


def test_the_dashboards_types_are_current(document: Document) -> None:
    assert FILE.read_text() == types_of(document), "run python -m web.openapi_types"


def test_types_are_written_as_typescript() -> None:
    schemas = {
        "A": {"type": "object", "properties": {"x-y": {"anyOf": [{"$ref": "#/components/schemas/B"}, {"type": "null"}]}}, "required": []},
        "B": {"type": "array", "items": {"enum": ["on", "off"]}, "description": "a\nb"},
    }
    made = types_of({"components": {"schemas": schemas}, "paths": {}})
    assert 'export type A = {\n  "x-y"?: B | null;\n};' in made
    assert '/** a b */\nexport type B = ("on" | "off")[];' in made


def test_the_document_is_written_without_duplicates(document: Document) -> None:
    assert json.loads(openapi(all_endpoints())) == document
