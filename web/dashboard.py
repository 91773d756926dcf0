"""The dashboard's files: read once at start, named by their content so that browsers keep them for ever, compressed beforehand."""

from __future__ import annotations

import base64
import gzip
import hashlib
import html
import json
import mimetypes
import posixpath
import re
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

_TEXT = {".js", ".css", ".html", ".svg", ".json", ".map", ".txt", ".webmanifest"}
_SERVED = _TEXT | {".png", ".ico", ".woff2", ".jpg", ".webp"}
_SMALLEST_ZIPPED = 512
FOREVER = "public, max-age=31536000, immutable"
PLACEHOLDER = "<!-- importmap -->"
"""Where the page gets its import map, the list of modules to load at once, and its first script where it names none."""
ENTRY = "app/main.js"
TRUSTED_POLICY = "voltaro"
"""The one policy of Trusted Types: ``app/trusted.js`` makes it, for the address of the shared worker alone."""
REPORTS = "/api/v1/reports"
REPORT_GROUP = "voltaro"
REPORTING_ENDPOINTS = f'{REPORT_GROUP}="{REPORTS}"'
PERMISSIONS = ", ".join(
    f"{feature}=()"
    for feature in (
        "accelerometer", "browsing-topics", "camera", "display-capture", "geolocation", "gyroscope", "hid", "microphone",
        "midi", "payment", "publickey-credentials-get", "serial", "usb",
    )
)  # fmt: skip
"""What our pages never ask a browser for (Permissions Policy); the clipboard and full screen are theirs."""


@dataclass(frozen=True, slots=True)
class Asset:
    """A file as it is served; ``zipped`` where that is smaller."""

    body: bytes
    zipped: bytes | None
    media: str
    etag: str

    def response(self, request: web.Request, cache: str, headers: dict[str, str] | None = None) -> web.Response:
        """Answer with the file, 304 when the browser has it."""
        own = {"Cache-Control": cache, "ETag": self.etag, "Vary": "Accept-Encoding", **(headers or {})}
        if self.etag in request.headers.get("If-None-Match", ""):
            return web.Response(status=304, headers=own)
        body = self.body
        if self.zipped is not None and "gzip" in request.headers.get("Accept-Encoding", ""):
            body = self.zipped
            own["Content-Encoding"] = "gzip"
        return web.Response(body=body, headers={**own, "Content-Type": self.media})


@dataclass(frozen=True, slots=True)
class Dashboard:
    """The page, its assets by path below ``/ui/<version>/``, and the content policy under which it runs."""

    page: Asset
    version: str
    assets: dict[str, Asset]
    policy: str

    @classmethod
    def load(cls, folder: Path) -> Dashboard:
        """Read the dashboard from ``folder``. Without an ``index.html`` the page says that there is none."""
        files = {
            file.relative_to(folder).as_posix(): file.read_bytes()
            for file in sorted(folder.rglob("*"))
            if file.is_file() and file.suffix in _SERVED and "types" not in file.relative_to(folder).parts
        }
        index = files.pop("index.html", _NO_DASHBOARD).decode()
        digest = hashlib.sha256(index.encode())
        for name, body in files.items():
            digest.update(name.encode() + b"\0" + hashlib.sha256(body).digest())
        version = digest.hexdigest()[:16]
        root = f"/ui/{version}/"
        bare = json.loads(files["vendor/vendor.json"])["imports"] if "vendor/vendor.json" in files else {}
        imports = {"app/": f"{root}app/"} | {name: f"{root}vendor/{file}" for name, file in bare.items()}
        import_map = json.dumps({"imports": imports}, separators=(",", ":")).replace("<", "\\u003c")
        index = _REFERENCE.sub(lambda found: _versioned(found, files, root), index)
        entry = "" if 'type="module"' in index or ENTRY not in files else f'<script type="module" src="{root}{ENTRY}"></script>'
        preload = [f'<link rel="modulepreload" href="{html.escape(url)}">' for url in _first_modules(index + entry, files, imports, root)]
        head = [f'<script type="importmap">{import_map}</script>', *preload, entry]
        sheets = sorted((name for name in files if _SHEET.fullmatch(name)), key=lambda name: ("/" in name, name))
        head[:0] = [f'<link rel="stylesheet" href="{root}{html.escape(name)}">' for name in sheets]
        index = index.replace(PLACEHOLDER, "\n".join(head))
        return cls(
            page=_asset("index.html", index.encode()),
            version=version,
            assets={name: _asset(name, body) for name, body in files.items()},
            policy=page_policy(import_map),
        )


def page_policy(*inline_scripts: str) -> str:
    """The content policy of a page of ours: nothing but our own files, and exactly these inline scripts."""
    hashes = "".join(f" 'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'" for script in inline_scripts)
    return (
        f"default-src 'none'; script-src 'self'{hashes}; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
        "worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
        f"require-trusted-types-for 'script'; trusted-types {TRUSTED_POLICY}; report-uri {REPORTS}; report-to {REPORT_GROUP}"
    )


def _asset(name: str, body: bytes) -> Asset:
    suffix = posixpath.splitext(name)[1]
    zipped = None
    if suffix in _TEXT and len(body) >= _SMALLEST_ZIPPED:
        packed = gzip.compress(body, 9, mtime=0)
        zipped = packed if len(packed) < len(body) else None
    media = "text/javascript" if suffix == ".js" else mimetypes.guess_type(name)[0] or "application/octet-stream"
    if media.startswith("text/"):
        media += "; charset=utf-8"
    return Asset(body, zipped, media, f'"{hashlib.sha256(body).hexdigest()[:24]}"')


def _versioned(found: re.Match[str], files: dict[str, bytes], root: str) -> str:
    name = found.group(2)
    return f'{found.group(1)}="{root}{name}"' if name in files else found.group(0)


def _first_modules(index: str, files: dict[str, bytes], imports: dict[str, str], root: str) -> list[str]:
    """The modules that the page's first script imports, directly or not, leaving out what is imported only when needed."""
    seen: list[str] = []
    waiting = [url.removeprefix(root) for url in _MODULE_SCRIPT.findall(index) if url.startswith(root)]
    while waiting:
        name = waiting.pop(0)
        if name in seen or name not in files:
            continue
        seen.append(name)
        for wish in _STATIC_IMPORT.findall(files[name].decode("utf-8", "replace")):
            if wish.startswith("."):
                waiting.append(posixpath.normpath(posixpath.join(posixpath.dirname(name), wish)))
            elif wish in imports:
                waiting.append(imports[wish].removeprefix(root))
            elif wish.startswith("app/"):
                waiting.append(wish)
    return [root + name for name in seen]


_SHEET = re.compile(r"style\.css|styles/[^/]+\.css")
"""The style sheets of the page: what all pages share first, then those of single pages."""
_REFERENCE = re.compile(r'\b(href|src)="/ui/([^"]+)"')
_MODULE_SCRIPT = re.compile(r'<script type="module" src="([^"]+)"')
_STATIC_IMPORT = re.compile(r'^\s*(?:import|export)\b[^"\';()]*?["\']([^"\']+)["\']', re.MULTILINE)
_NO_DASHBOARD = (
    b"<!doctype html><html lang=en><title>Voltaro</title><p>This installation has no dashboard. The API is at "
    b"<a href=/api/docs>/api/docs</a>.</html>"
)
