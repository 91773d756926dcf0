"""The API's own description: the OpenAPI document, and a small page to read it and try it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from aiohttp import web

from web.dashboard import page_policy
from web.openapi import DOCUMENT
from web.route import Ask, Routes

routes = Routes("docs")
pages = Routes("docs", prefix="")

_FOLDER = Path(__file__).parent.parent / "docs"
_FILES = {
    name: ((_FOLDER / name).read_bytes(), media)
    for name, media in (("page.html", "text/html"), ("page.js", "text/javascript"), ("page.css", "text/css"))
}


@routes.get("/openapi.json", "This document.", public=True, response=dict[str, Any])
async def show_openapi(ask: Ask[None, None]) -> bytes:
    return ask.request.app[DOCUMENT]


@pages.get("/api/docs", "A page to read this API and try it.", public=True, media=("text/html",))
async def show_docs(_: Ask[None, None]) -> web.Response:
    return _file("page.html")


@pages.get("/api/docs/page.js", "The script of that page.", public=True, media=("text/javascript",))
async def show_docs_script(_: Ask[None, None]) -> web.Response:
    return _file("page.js")


@pages.get("/api/docs/page.css", "The style of that page.", public=True, media=("text/css",))
async def show_docs_style(_: Ask[None, None]) -> web.Response:
    return _file("page.css")


def _file(name: str) -> web.Response:
    body, media = _FILES[name]
    headers = {"Content-Security-Policy": page_policy(), "Cache-Control": "no-cache"}
    return web.Response(body=body, content_type=media, charset="utf-8", headers=headers)
