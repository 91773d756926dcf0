"""The live stream of a real server: it ends with the right to read it, however that was lost."""

from __future__ import annotations

import asyncio
from pathlib import Path

import aiohttp
import psycopg
import pytest

from persistence.store import PostgresStore
from tests.running import running_server


@pytest.mark.parametrize("how", ["revoked by another process", "revoked and the notice lost", "expired"])
async def test_a_stream_ends_with_its_token(database_url: str, tmp_path: Path, how: str) -> None:
    async with running_server(database_url, tmp_path) as server, aiohttp.ClientSession() as client:
        made = await server.api("POST", "/api/v1/tokens", {"name": "reader", "scopes": ["chargers:read"]})
        kept = await server.api("POST", "/api/v1/tokens", {"name": "other", "scopes": ["chargers:read"]})
        streams = []
        for token in (made["token"], kept["token"]):
            response = await client.get(f"{server.http_url}/api/v1/events", headers={"Authorization": f"Bearer {token}"})
            assert (await response.content.readuntil(b"\n\n")).startswith(b"retry:")
            streams.append(response)
        if how == "revoked by another process":
            store = PostgresStore(database_url)
            assert await store.revoke_token(made["id"], by="test")
            await store.close()
        else:
            column = "expires_at" if how == "expired" else "revoked_at"
            async with await psycopg.AsyncConnection.connect(database_url) as connection:
                await connection.execute(f"UPDATE tokens SET {column} = now() WHERE id = %s", (made["id"],))
        async with asyncio.timeout(30):
            assert await streams[0].content.read() == b"", "it is hung up on"
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0):
                await streams[1].content.readuntil(b"\n\n")
        for response in streams:
            response.close()
