"""An external authoriser of tags over HTTP, for operators who keep their customers elsewhere."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import aiohttp
import msgspec

from voltaro.domain.tag import Authorization, Verdict
from voltaro.ports import AuthoriserFailed

LONGEST_ANSWER = 64 * 1024


class _Answer(msgspec.Struct, frozen=True):
    verdict: Verdict
    parent: str | None = None
    expires_at: Annotated[datetime, msgspec.Meta(tz=True)] | None = None


class HttpAuthoriser:
    """Asks ``POST url {"id_tag", "charger_id"}``; the answer is ``{"verdict": "Accepted", "parent": ..., "expires_at": ...}``.

    ``verdict`` is a word of ``domain.tag.Verdict``. A 404 means an unknown tag. Redirects are not followed.
    """

    def __init__(self, url: str, *, timeout_s: float = 3.0, token: str | None = None) -> None:
        self._url = url
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)
        self._headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        self._client: aiohttp.ClientSession | None = None

    async def authorize(self, id_tag: str, charger_id: str) -> Authorization:
        """The verdict on a tag. Raises AuthoriserFailed."""
        if self._client is None:
            self._client = aiohttp.ClientSession(timeout=self._timeout, headers=self._headers)
        question = {"id_tag": id_tag, "charger_id": charger_id}
        try:
            async with self._client.post(self._url, json=question, allow_redirects=False) as response:
                if response.status == 404:
                    return Authorization(Verdict.UNKNOWN)
                if response.status != 200:
                    raise AuthoriserFailed(f"the authoriser answered {response.status}")
                raw = await response.content.read(LONGEST_ANSWER)
        except TimeoutError as error:
            raise AuthoriserFailed("the authoriser did not answer in time") from error
        except aiohttp.ClientError as error:
            raise AuthoriserFailed(f"the authoriser cannot be reached: {type(error).__name__}") from error
        try:
            answer = msgspec.json.decode(raw, type=_Answer)
        except msgspec.DecodeError as error:
            raise AuthoriserFailed(f"the authoriser's answer is not understood: {error}") from error
        return Authorization(answer.verdict, answer.parent, None if answer.expires_at is None else answer.expires_at.astimezone(UTC))

    async def close(self) -> None:
        """Let the connections go."""
        if self._client is not None:
            await self._client.close()
            self._client = None
