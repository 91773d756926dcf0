"""The OpenAPI document is made from the routes and is valid."""

from __future__ import annotations

import msgspec
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from web.app import all_endpoints
from web.openapi import openapi


@pytest.fixture(scope="module")
def document() -> dict[str, object]:
    return msgspec.json.decode(openapi(all_endpoints()), type=dict)


def test_the_document_is_valid_openapi(document: dict[str, object]) -> None:
    OpenAPIV31SpecValidator(document).validate()  # type: ignore[arg-type]


def test_every_endpoint_is_in_it(document: dict[str, object]) -> None:
    paths = document["paths"]
    assert isinstance(paths, dict)
    described = {(method.upper(), path) for path, methods in paths.items() for method in methods}
    assert described == {(endpoint.method, endpoint.path) for endpoint in all_endpoints()}


def test_operation_ids_are_unique() -> None:
    names = [endpoint.name for endpoint in all_endpoints()]
    assert len(names) == len(set(names))
