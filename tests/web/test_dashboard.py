"""The dashboard's files: versions, import map, preload, policy."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from pathlib import Path

import pytest

from web.dashboard import Dashboard

INDEX = """<!doctype html><html><head><link rel="icon" href="/ui/app/icon.svg" />
<!-- importmap --></head><body></body></html>"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in {
        "index.html": INDEX,
        "style.css": "body { color: red }\n" * 100,
        "styles/sites.css": "main { color: blue }\n",
        "styles/actors.css": "main { color: green }\n",
        "app/icon.svg": "<svg/>",
        "app/main.js": 'import { h } from "preact";\nimport { api } from "app/api.js";\nimport {\n  a,\n} from "./pages/a.js";\n'
        'const late = () => import("./pages/late.js");\n',
        "app/api.js": "export const api = 1;\n",
        "app/pages/a.js": 'import "../api.js";\nexport const a = 1;\n',
        "app/pages/late.js": "export {};\n",
        "app/types.d.ts": "export {};\n",
        "vendor/preact.js": "export const h = 1;\n",
        "vendor/types/x.json": "{}",
        "vendor/vendor.json": json.dumps({"imports": {"preact": "preact.js"}}),
    }.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return tmp_path


def test_the_page_gets_an_import_map_that_its_policy_allows(folder: Path) -> None:
    dashboard = Dashboard.load(folder)
    page = dashboard.page.body.decode()
    [script] = re.findall(r'<script type="importmap">(.*?)</script>', page)
    assert json.loads(script)["imports"] == {
        "app/": f"/ui/{dashboard.version}/app/",
        "preact": f"/ui/{dashboard.version}/vendor/preact.js",
    }
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'self' 'sha256-{digest}';" in dashboard.policy
    assert "unsafe" not in dashboard.policy


def test_what_the_first_screen_needs_is_preloaded_and_nothing_else(folder: Path) -> None:
    dashboard = Dashboard.load(folder)
    preloaded = re.findall(rf'modulepreload" href="/ui/{dashboard.version}/([^"]+)"', dashboard.page.body.decode())
    assert sorted(preloaded) == ["app/api.js", "app/main.js", "app/pages/a.js", "vendor/preact.js"]


def test_the_first_script_and_the_styles_are_named_by_version(folder: Path) -> None:
    dashboard = Dashboard.load(folder)
    page = dashboard.page.body.decode()
    assert f'<script type="module" src="/ui/{dashboard.version}/app/main.js"></script>' in page
    sheets = re.findall(rf'rel="stylesheet" href="/ui/{dashboard.version}/([^"]+)"', page)
    assert sheets == ["style.css", "styles/actors.css", "styles/sites.css"]
    assert f'href="/ui/{dashboard.version}/app/icon.svg"' in page


def test_a_changed_file_changes_the_version(folder: Path) -> None:
    before = Dashboard.load(folder).version
    (folder / "app/api.js").write_text("export const api = 2;\n")
    assert Dashboard.load(folder).version != before


def test_types_are_not_served(folder: Path) -> None:
    assert not [name for name in Dashboard.load(folder).assets if "types" in name]


def test_a_missing_dashboard_says_so(tmp_path: Path) -> None:
    assert b"/api/docs" in Dashboard.load(tmp_path).page.body
