"""The marks and the table in docs say the same."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.conformance.__main__ import DOCUMENT
from tests.conformance.rows import ALL, NOT_APPLICABLE, row_of

TESTS = Path(__file__).parents[1]


def _marked() -> Iterator[tuple[str, str]]:
    """Every id in a conformance mark, with its file."""
    for path in TESTS.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "conformance":
                for argument in node.args:
                    if isinstance(argument, ast.Constant):
                        yield row_of(str(argument.value)), str(path.relative_to(TESTS))


def test_every_mark_names_a_row() -> None:
    assert [(row, path) for row, path in _marked() if row not in ALL] == []


def test_every_row_has_a_test_or_does_not_apply() -> None:
    shown = {row for row, _ in _marked()} | set(NOT_APPLICABLE)
    assert sorted(ALL - shown) == []


def test_the_table_in_the_documentation_is_that_of_the_marks() -> None:
    told = dict(re.findall(r"^\| ([A-Z0-9][\w-]+) \| ([a-zA-Z ]+)", (TESTS.parent / DOCUMENT).read_text(), re.MULTILINE))
    assert sorted(told) == sorted(ALL)
    shown = {row for row, _ in _marked()}
    assert {row: result for row, result in told.items() if (result.strip() == "pass") is not (row in shown)} == {}
