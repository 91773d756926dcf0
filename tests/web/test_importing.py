"""Files of rows that come in: what is read of them, and how what is wrong is told."""

from __future__ import annotations

import msgspec
import pytest

from voltaro.domain.tag import TagStatus, fold_tag
from web.importing import Rows, rows_of
from web.problem import Problem
from web.routes.tags import TagBody, TagView

CSV, NDJSON = "text/csv", "application/x-ndjson"


async def _read(raw: bytes, media: str = CSV, most: int | None = None) -> Rows[TagBody]:
    return await rows_of(raw, media, TagBody, columns=TagView.__struct_fields__, key="id_tag", fold=fold_tag, most=most)


@pytest.mark.parametrize(
    ("raw", "line", "column"),
    [
        (b"", 1, "id_tag"),
        (b"status\naccepted\n", 1, "id_tag"),
        (b"id_tag,colour\nA,red\n", 1, "colour"),
        (b"id_tag\nA\n\xff\n", 3, ""),
        (b"id_tag\nA\na\n", 3, "id_tag"),
        (b"id_tag,note\nA\n,x\n", 3, "id_tag"),
        (b"id_tag\nA,B\n", 2, ""),
        (b"id_tag,note\nA,x\0y\n", 2, "note"),
        (b"id_tag,max_active_sessions\nA,many\n", 2, "max_active_sessions"),
        (b"id_tag,expires_at\nA,2030-01-01\n", 2, "expires_at"),
        (b"id_tag,note,note\nA,x,y\n", 1, "note"),
        (b'id_tag,note\nA,x\nB,"van 7\nC,van 8\n', 3, ""),
        (b'id_tag,note\nA,"5" wire\n', 2, ""),
        (b'id_tag\n"' + b"x" * 140_000 + b'"\n', 2, ""),
    ],
)
async def test_a_wrong_line_of_csv_is_told_by_line_and_column(raw: bytes, line: int, column: str) -> None:
    rows = await _read(raw)
    assert (rows.errors[0].line, rows.errors[0].column) == (line, column)


@pytest.mark.parametrize(
    ("raw", "line", "column"),
    [
        (b'{"id_tag": "A"}\nnonsense', 2, ""),
        (b"[1]", 1, ""),
        (b'{"id_tag": "A"}\n\n{"id_tag": "a"}', 3, "id_tag"),
        (b'{"id_tag": "A", "colour": "red"}', 1, "colour"),
        (b'{"note": "A"}', 1, "id_tag"),
        (b'{"id_tag": "A", "note": "a\\u0000b"}', 1, "note"),
        (b'{"id_tag": "A", "note": "\\ud800"}', 1, ""),
        (b'{"id_tag": 7}', 1, "id_tag"),
        (b"[" * 100_000, 1, ""),
        (b'{"id_tag": "\xff"}', 1, ""),
    ],
)
async def test_a_wrong_line_of_ndjson_is_told_by_line_and_member(raw: bytes, line: int, column: str) -> None:
    rows = await _read(raw, NDJSON)
    assert (rows.errors[0].line, rows.errors[0].column) == (line, column)


async def test_a_spreadsheets_semicolons_and_mark_are_understood() -> None:
    rows = await _read(b"\xef\xbb\xbfid_tag;status\r\nA;blocked\r\n")
    assert [(row.line, row.value.id_tag, row.value.status, row.given) for row in rows.good] == [
        (2, "A", TagStatus.BLOCKED, frozenset({"id_tag", "status"}))
    ]


async def test_an_empty_cell_says_nothing_and_null_says_that_there_is_none() -> None:
    [cell] = (await _read(b"id_tag,note\nA,\n")).good
    [member] = (await _read(b'{"id_tag": "A", "note": null}', NDJSON)).good
    assert ("note" in cell.given, "note" in member.given, member.value.note) == (False, True, None)


async def test_good_rows_are_read_beside_wrong_ones_and_no_more_than_a_hundred_errors_are_told() -> None:
    rows = await _read(b"id_tag,status\n" + b"".join(b"T%d,%s\n" % (n, b"no" if n % 2 else b"accepted") for n in range(500)))
    assert (len(rows.good), len(rows.errors), rows.wrong, rows.broken) == (250, 100, 250, False)
    with pytest.raises(Problem):
        rows.must_be_right()


async def test_a_file_has_so_many_rows_and_no_more() -> None:
    rows = await _read(b"id_tag\nA\nB\nC\n", most=2)
    assert (len(rows.good), rows.errors[0].line, rows.broken) == (2, 4, True)


def test_an_error_is_spelled_as_the_api_spells_it() -> None:
    from web.importing import RowError

    assert msgspec.to_builtins(RowError(2, "id", "is wrong")) == {"line": 2, "column": "id", "detail": "is wrong"}
