"""Notes during a run of pytest which test shows which row, and how it ended."""

from __future__ import annotations

from collections import defaultdict

import pytest

from tests.conformance.rows import row_of

OVER_A_SOCKET = ("tests/conformance/", "tests/e2e/", "tests/gateway/test_server", "tests/simulator/", "tests/browser/", "tests/faults/")
"""Where tests drive a real socket."""


class Recorder:
    """A plugin. ``tests`` are node ids without parameters, by row; ``outcomes`` how they ended, the worst of their parameters."""

    def __init__(self) -> None:
        self.tests: dict[str, set[str]] = defaultdict(set)
        self.outcomes: dict[str, str] = {}
        self._of: dict[str, str] = {}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        for item in items:
            node = item.nodeid.partition("[")[0]
            self._of[item.nodeid] = node
            for mark in item.iter_markers("conformance"):
                for row in mark.args:
                    self.tests[row_of(row)].add(node)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" or report.outcome != "passed":
            node = self._of.get(report.nodeid, report.nodeid)
            if self.outcomes.get(node) != "failed":
                self.outcomes[node] = report.outcome

    def result(self, row: str) -> str:
        """``pass``, ``FAIL`` or ``not run``."""
        outcomes = {self.outcomes.get(node) for node in self.tests.get(row, ())}
        if "failed" in outcomes:
            return "FAIL"
        return "pass" if "passed" in outcomes else "not run"


def is_over_a_socket(node: str) -> bool:
    return node.startswith(OVER_A_SOCKET)
