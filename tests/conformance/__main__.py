"""Runs every test that shows a case, a rule or a quirk, and writes the table: ``python -m tests.conformance [--to FILE] [PATH ...]``.

Ends with 1 when a row failed, or was neither shown over a real socket nor is declared not to apply.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conformance.recorder import Recorder, is_over_a_socket
from tests.conformance.rows import NOT_APPLICABLE, SECTIONS

DOCUMENT = Path("docs/conformance-1.6.md")

_INTRODUCTION = """\
# What is shown of OCPP 1.6

Made by `python -m tests.conformance`, which runs the tests named here; it is not written by hand. *pass*: the tests ran and held.
Tests marked ° look at a part without a socket; all others drive a real server over a real one. Ids: `TC` the published cases of
a central system (without their ending), `TR`, `X`, `16` rules of the standard and what follows from them, `Q` what chargers are
known to do, `VT` cases of our own. Tested with open tools against the published rules; not certified by the Open Charge Alliance.
"""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.conformance", description=__doc__)
    parser.add_argument("--to", type=Path, default=DOCUMENT, help="where the table goes (default: %(default)s)")
    parser.add_argument("--collect-only", action="store_true", help="run nothing: say which rows have no test")
    parser.add_argument("paths", nargs="*", default=["tests"])
    chosen = parser.parse_args()
    recorder = Recorder()
    options = ["-q", "-m", "conformance", "-p", "no:cacheprovider", *(["--collect-only", "-qq"] if chosen.collect_only else [])]
    pytest.main([*options, *chosen.paths], plugins=[recorder])
    if not chosen.collect_only:
        chosen.to.write_text("\n".join(_document(recorder)) + "\n")
    missing = [row for row in _rows() if row not in NOT_APPLICABLE and not any(map(is_over_a_socket, recorder.tests.get(row, ())))]
    failed = [row for row in _rows() if recorder.result(row) == "FAIL"]
    for what, rows in (("not shown over a socket", missing), ("failed", failed)):
        if rows:
            print(f"{len(rows)} {what}: {' '.join(rows)}")
    return 1 if missing or failed else 0


def _rows() -> Iterator[str]:
    for rows in SECTIONS.values():
        yield from rows


def _document(recorder: Recorder) -> Iterator[str]:
    yield _INTRODUCTION
    results = [_result(recorder, row) for row in _rows()]
    kinds = sorted({result.partition(":")[0] for result in results})
    yield "; ".join(f"{kind}: {sum(result.partition(':')[0] == kind for result in results)}" for kind in kinds) + "."
    for title, rows in SECTIONS.items():
        yield f"\n## {title}\n\n| id | result | shown by |\n| --- | --- | --- |"
        for row in rows:
            yield f"| {row} | {_result(recorder, row)} | {'; '.join(_said(node) for node in sorted(recorder.tests.get(row, ())))} |"


def _result(recorder: Recorder, row: str) -> str:
    result = recorder.result(row)
    return f"not applicable: {NOT_APPLICABLE[row]}" if result == "not run" and row in NOT_APPLICABLE else result


def _said(node: str) -> str:
    path, _, name = node.partition("::")
    place = path.removeprefix("tests/").removesuffix(".py")
    return f"{name.rpartition('::')[2].removeprefix('test_').replace('_', ' ')} (`{place}`){'' if is_over_a_socket(node) else '°'}"


if __name__ == "__main__":
    sys.exit(main())
