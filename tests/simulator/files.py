"""A small web server for what chargers fetch and bring."""

from __future__ import annotations

from typing import NamedTuple

from aiohttp import web


class Brought(NamedTuple):
    method: str
    path: str
    body: bytes


class FileServer:
    """Gives ``files`` by path; takes what is brought by the methods in ``takes``, 403 below /forbidden."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.takes = {"PUT"}
        self.brought: list[Brought] = []

    async def __aenter__(self) -> FileServer:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._serve)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._runner.cleanup()

    async def _serve(self, request: web.Request) -> web.Response:
        if request.path.startswith("/forbidden"):
            return web.Response(status=403)
        if request.method == "GET":
            file = self.files.get(request.path)
            return web.Response(status=404) if file is None else web.Response(body=file)
        if request.method not in self.takes:
            return web.Response(status=405)
        self.brought.append(Brought(request.method, request.path, await request.read()))
        return web.Response(status=201)
