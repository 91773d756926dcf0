"""The menu of the dashboard."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

MENU = Path(__file__).parents[2] / "web" / "ui" / "app" / "menu.js"


def test_no_two_pages_are_reached_by_the_same_key() -> None:
    keys = Counter(re.findall(r'key: "(\w)"', MENU.read_text()))
    assert len(keys) > 10
    assert [key for key, times in keys.items() if times > 1] == []
