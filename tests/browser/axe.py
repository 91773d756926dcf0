"""What axe-core finds wrong with a page, by the rules of WCAG 2.2 AA."""

from __future__ import annotations

import json
from pathlib import Path

import axe_playwright_python
from playwright.async_api import Page

RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
_SETTLED = """async () => {
  const moving = document.getAnimations().filter((one) => Number.isFinite(one.effect?.getComputedTiming().endTime));
  await Promise.all(moving.map((one) => one.finished.catch(() => undefined)));
}"""
"""What fades in is judged when it is there: half of a colour has half of its contrast."""
_AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()


async def violations(page: Page) -> list[str]:
    """One line for each element that breaks a rule: the rule, what helps, and where."""
    await page.evaluate(_SETTLED)
    await page.evaluate(f"() => {{ {_AXE} }}")
    found = await page.evaluate("rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']})", list(RULES))
    return [
        f"{rule['id']}: {rule['help']}: {json.dumps(node['target'])} {node.get('failureSummary', '')}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]
