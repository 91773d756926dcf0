"""Finding a Chromium, and getting one from the system's packages where that may be done.

``python -m tests.browser.chromium`` is what ``make test`` runs first: it says where the browser is, or why there is none.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from playwright.sync_api import sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
NONE_FOUND = (
    "NO CHROMIUM, SO THE DASHBOARD IS NOT TESTED. Name one with VOLTARO_CHROMIUM, put one of "
    f"{', '.join(NAMES)} on the PATH, or run: python -m playwright install chromium"
)


def at_hand() -> str | None:
    """The one VOLTARO_CHROMIUM names, or one on the PATH."""
    return os.environ.get("VOLTARO_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


def main() -> None:
    found = at_hand() or _playwrights_own() or _installed()
    print(f"browser tests use {found}" if found else NONE_FOUND)


def _playwrights_own() -> str | None:
    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    return own if Path(own).exists() else None


def _installed() -> str | None:
    """From Debian's packages, where we are root on such a system."""
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return None
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}}
    for command in (["apt-get", "update"], ["apt-get", "install", "--yes", "--no-install-recommends", "chromium", "fonts-dejavu-core"]):
        if subprocess.run(command, check=False, **quiet).returncode != 0:  # type: ignore[call-overload]
            return None
    return at_hand()


if __name__ == "__main__":
    main()
