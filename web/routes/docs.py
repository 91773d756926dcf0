"""The API's own description: the OpenAPI document, and a small page to read it and try it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from aiohttp import web

from web.dashboard import page_policy
from web.openapi import DOCUMENT
from web.problem import not_found
from web.route import Ask, Routes

routes = Routes("docs")
pages = Routes("docs", prefix="")

_FOLDER = Path(__file__).parent.parent / "docs"
_MEDIA = {".html": "text/html", ".js": "text/javascript", ".css": "text/css"}
_FILES = {file.name: (file.read_bytes(), _MEDIA[file.suffix]) for file in sorted(_FOLDER.iterdir()) if file.suffix in _MEDIA}
_PAGE = "page.html"


@routes.get("/openapi.json", "This document.", public=True, response=dict[str, Any])
async def show_openapi(ask: Ask[None, None]) -> bytes:
    return ask.request.app[DOCUMENT]


@pages.get("/api/docs", "A page to read this API and try it.", public=True, media=("text/html",))
async def show_docs(_: Ask[None, None]) -> web.Response:
    return _file(_PAGE)


@pages.get("/api/docs/{file}", "The scripts and styles of that page.", public=True, media=tuple(sorted(_MEDIA.values())))
async def show_docs_file(ask: Ask[None, None]) -> web.Response:
    name = ask.text("file")
    if name not in _FILES:
        raise not_found(f"file {name[:80]!r}")
    return _file(name)


def _file(name: str) -> web.Response:
    body, media = _FILES[name]
    headers = {"Content-Security-Policy": page_policy(), "Cache-Control": "no-cache"}
    return web.Response(body=body, content_type=media, charset="utf-8", headers=headers)
