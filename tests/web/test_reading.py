"""Requests into structs: what is wrong is named by a pointer."""

from __future__ import annotations

import contextlib
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.problem import Problem
from web.reading import decode_body, pointer_of


class Inner(msgspec.Struct, forbid_unknown_fields=True):
    number: int


class Outer(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    inner: list[Inner] = []
    free: dict[str, Any] = {}


def refused(raw: bytes) -> Problem:
    with pytest.raises(Problem) as caught:
        decode_body(raw, Outer)
    return caught.value


@pytest.mark.parametrize(
    ("raw", "pointer"),
    [
        (b'{"name": 5}', "/name"),
        (b'{"name": "x", "inner": [{"number": 1}, {"number": "y"}]}', "/inner/1/number"),
        (b'{"name": "x", "inner": [{}]}', "/inner/0/number"),
        (b'{"name": "x", "inner": [{"number": 1, "more": 2}]}', "/inner/0/more"),
        (b"{}", "/name"),
        (b'{"name": "x", "a/b~": 1}', "/a~1b~0"),
        (b'{"name": "a\\u0000b"}', "/name"),
        (b'{"name": "x", "free": {"deep": [1, "\\u0000"]}}', "/free/deep/1"),
    ],
)
def test_what_does_not_fit_is_422_with_a_pointer(raw: bytes, pointer: str) -> None:
    problem = refused(raw)
    assert problem.status == 422
    assert [offender.pointer for offender in problem.errors or []] == [pointer]


@pytest.mark.parametrize("raw", [b"{", b"\xff", b'{"name": "\\ud800"}', b"nope", b'{"name": "x", "free": {"a": ' + b"[" * 100_000])
def test_what_is_no_json_is_400(raw: bytes) -> None:
    assert refused(raw).status == 400


def test_an_escaped_backslash_before_u0000_is_no_nul() -> None:
    assert decode_body(b'{"name": "\\\\u0000"}', Outer).name == "\\u0000"


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    with contextlib.suppress(Problem):
        decode_body(raw, Outer)


def test_a_message_without_a_path_points_to_the_whole() -> None:
    assert pointer_of("Expected `object`, got `array`") == ("", "expected object, got array")
