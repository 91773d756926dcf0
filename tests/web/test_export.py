"""Lists as CSV and NDJSON."""

from __future__ import annotations

import pytest
from aiohttp.test_utils import make_mocked_request
from hypothesis import given
from hypothesis import strategies as st

from web.export import Format, attachment, cell, uncell, wanted_format
from web.problem import Problem


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "\nx", "\0x"])
def test_a_formula_is_made_harmless(text: str) -> None:
    assert cell(text) == "'" + text


@pytest.mark.parametrize("number", [-5, -0.5])
def test_a_negative_number_stays_a_number(number: float) -> None:
    assert cell(number) == str(number)


@given(st.text())
def test_what_is_exported_is_imported_the_same(text: str) -> None:
    assert uncell(cell(text)) == text


@pytest.mark.parametrize("text", ["'", "'=1", "''+1", "'x", "'''"])
def test_an_apostrophe_of_ones_own_stays(text: str) -> None:
    assert uncell(cell(text)) == text


@pytest.mark.parametrize(
    ("accept", "wanted"),
    [
        ("*/*", Format.JSON),
        ("text/csv", Format.CSV),
        ("application/x-ndjson", Format.NDJSON),
        ("text/html, text/csv;q=0.5", Format.CSV),
        ("text/csv;q=0.5, application/json", Format.JSON),
        ("text/csv;q=0, */*;q=0.1", Format.JSON),
        ("application/json;q=0, */*", Format.CSV),
        ("application/json;q=0, text/csv;q=0, */*", Format.NDJSON),
        ("*/*, text/csv;q=0.9", Format.JSON),
    ],
)
def test_the_best_of_the_accepted_formats_is_given(accept: str, wanted: Format) -> None:
    assert wanted_format(make_mocked_request("GET", "/", headers={"Accept": accept})) is wanted


def test_a_format_that_is_not_had_is_406() -> None:
    with pytest.raises(Problem) as caught:
        wanted_format(make_mocked_request("GET", "/", headers={"Accept": "application/pdf"}))
    assert caught.value.status == 406


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("tags", 'attachment; filename="tags.csv"'),
        ('messages-a"b', "attachment; filename=\"messages-a_b.csv\"; filename*=UTF-8''messages-a%22b.csv"),
        ("messages-Ünï/x\\y", "attachment; filename=\"messages-_n__x_y.csv\"; filename*=UTF-8''messages-%C3%9Cn%C3%AF%2Fx%5Cy.csv"),
    ],
)
def test_a_file_is_named_so_that_every_browser_understands_it(name: str, header: str) -> None:
    assert attachment(f"{name}.csv") == header
