"""Finding a Chromium, and getting one from the system's packages where that may be done.

``python -m tests.browser.chromium`` is what ``make test`` runs first: it says where the browser is, or why there is none. With
``--light`` it gets the light one also where another is at hand.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import sync_playwright

LIGHT = "chromium-headless-shell"
"""Chromium without windows and all that belongs to them: the same engine at a quarter of the work."""
WHOLE = ("chromium", "chromium-browser", "google-chrome")
"""What people look with."""
NAMES = (LIGHT, *WHOLE)
NONE_FOUND = (
    "NO CHROMIUM, SO THE DASHBOARD IS NOT TESTED. Name one with VOLTARO_CHROMIUM, put one of "
    f"{', '.join(NAMES)} on the PATH, or run: python -m playwright install chromium"
)


def at_hand(names: Sequence[str] = NAMES) -> str | None:
    """The one VOLTARO_CHROMIUM names, or the first on the PATH."""
    return os.environ.get("VOLTARO_CHROMIUM") or next(filter(None, map(shutil.which, names)), None)


def main() -> None:
    found = at_hand()
    if found is None or "--light" in sys.argv[1:]:
        found = _installed() or found or _playwrights_own()
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
    install = ["apt-get", "install", "--yes", "--no-install-recommends", "fonts-dejavu-core"]

    def works(*command: str) -> bool:
        return bool(subprocess.run(command, check=False, **quiet).returncode == 0)  # type: ignore[call-overload]

    if not shutil.which(LIGHT) and works("apt-get", "update"):
        works(*install, LIGHT) or works(*install, "chromium")
    return at_hand()


if __name__ == "__main__":
    main()
