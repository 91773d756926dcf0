"""Fetches the dashboard's few libraries with ``npm pack`` and keeps their ES modules, types and licences here.

``refresh.py`` takes the versions pinned below; ``refresh.py --check`` only compares what is here with ``vendor.json``.
Node is needed for the first, for a contributor; nobody who runs Voltaro needs it.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class Package:
    """One library: which of its files are kept, and under which name. ``fixes`` are exact replacements, each said why."""

    name: str
    version: str
    licence: str
    files: dict[str, str]
    fixes: tuple[tuple[str, str, str], ...] = ()


PACKAGES = (
    Package(
        "preact",
        "11.2.0",
        "MIT",
        {
            "dist/preact.mjs": "preact.js",
            "hooks/dist/hooks.mjs": "preact-hooks.js",
            "src/index.d.ts": "types/preact/src/index.d.ts",
            "src/jsx.d.ts": "types/preact/src/jsx.d.ts",
            "src/dom.d.ts": "types/preact/src/dom.d.ts",
            "hooks/src/index.d.ts": "types/preact/hooks/src/index.d.ts",
            "LICENSE": "licences/preact.txt",
        },
    ),
    Package(
        "@preact/signals-core",
        "1.14.5",
        "MIT",
        {
            "dist/signals-core.mjs": "signals-core.js",
            "dist/signals-core.d.ts": "types/signals-core.d.ts",
            "LICENSE": "licences/signals-core.txt",
        },
    ),
    Package(
        "@preact/signals",
        "2.11.4",
        "MIT",
        {"dist/signals.mjs": "signals.js", "dist/signals.d.ts": "types/signals.d.ts", "LICENSE": "licences/signals.txt"},
    ),
    Package(
        "htm",
        "3.1.1",
        "Apache-2.0",
        {"dist/htm.mjs": "htm.js", "dist/htm.d.ts": "types/htm.d.ts", "LICENSE": "licences/htm.txt"},
    ),
    Package(
        "uplot",
        "1.6.32",
        "MIT",
        {
            "dist/uPlot.esm.js": "uplot.js",
            "dist/uPlot.min.css": "uplot.css",
            "dist/uPlot.d.ts": "types/uplot.d.ts",
            "LICENSE": "licences/uplot.txt",
        },
        (
            # A browser under a C locale names itself "en-US@posix", which Intl refuses; the whole page would not load.
            (
                "uplot.js",
                "const numFormatter = new Intl.NumberFormat(domEnv ? nav.language : 'en-US');",
                "const numFormatter = (() => { try { return new Intl.NumberFormat(domEnv ? nav.language : 'en-US'); }"
                " catch { return new Intl.NumberFormat('en-US'); } })();",
            ),
        ),
    ),
    # The land of Natural Earth at 1:110 million; the data is in the public domain, the package that carries it under ISC.
    Package("world-atlas", "2.0.2", "ISC", {"land-110m.json": "land-110m.json", "LICENSE": "licences/world-atlas.txt"}),
)

IMPORTS = {
    "preact": "preact.js",
    "preact/hooks": "preact-hooks.js",
    "@preact/signals": "signals.js",
    "@preact/signals-core": "signals-core.js",
    "htm": "htm.js",
    "uplot": "uplot.js",
}


def main() -> int:
    """Refresh, or check; 1 when a kept file differs from ``vendor.json``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare the files with vendor.json and fetch nothing")
    if parser.parse_args().check:
        return check()
    packages = [fetched(package) for package in PACKAGES]
    (HERE / "vendor.json").write_text(json.dumps({"imports": IMPORTS, "packages": packages}, indent=2) + "\n")
    return check()


def fetched(package: Package) -> dict[str, object]:
    """Fetch a package, keep its files, and return its entry of ``vendor.json``."""
    with tempfile.TemporaryDirectory() as folder:
        command = ["npm", "pack", "--silent", f"{package.name}@{package.version}"]
        packed = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)  # noqa: S603
        archive = Path(folder) / packed.stdout.split()[-1]
        sha256 = hashlib.sha256(archive.read_bytes()).hexdigest()
        files = {}
        with tarfile.open(archive) as tar:
            for source, kept in package.files.items():
                member = tar.extractfile(f"package/{source}")
                if member is None:
                    raise SystemExit(f"{package.name} {package.version} has no file {source}: see what it is called now")
                text = corrected(package, kept, member.read().decode())
                target = HERE / kept
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(text)
                files[kept] = hashlib.sha256(text.encode()).hexdigest()
    return {"name": package.name, "version": package.version, "sha256": sha256, "licence": package.licence, "files": files}


def corrected(package: Package, kept: str, text: str) -> str:
    """The file without its pointer to a source map that is not kept, and with our fixes."""
    lines = [line for line in text.splitlines() if not line.startswith("//# sourceMappingURL=")]
    text = "\n".join(lines) + "\n"
    for name, old, new in package.fixes:
        if name == kept:
            if old not in text:
                raise SystemExit(
                    f"the fix for {kept} no longer applies to {package.name} {package.version}: look whether it is still needed"
                )
            text = text.replace(old, new)
    return text


def check() -> int:
    """Compare every kept file with its digest."""
    vendor = json.loads((HERE / "vendor.json").read_text())
    wrong = [
        name
        for package in vendor["packages"]
        for name, digest in package["files"].items()
        if not (HERE / name).is_file() or hashlib.sha256((HERE / name).read_bytes()).hexdigest() != digest
    ]
    for name in wrong:
        sys.stderr.write(f"{name} is not the file that vendor.json names: run refresh.py\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
