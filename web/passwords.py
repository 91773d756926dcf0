"""Passwords of people: argon2id, in a few threads of their own so that the event loop never waits for it."""

from __future__ import annotations

import asyncio
import os
import secrets
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError


def new_hasher() -> PasswordHasher:
    """Argon2id at the settings OWASP names: 19 MiB, two passes, one lane."""
    return PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


class Passwords:
    """Hashes and checks passwords, at most one a core at a time. An unknown user costs the same time as a wrong password."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        cores = os.cpu_count() or 1
        self._hasher = hasher or new_hasher()
        self._threads = ThreadPoolExecutor(cores, thread_name_prefix="argon2")
        self._turn = asyncio.Semaphore(cores)
        self._decoy = self._hasher.hash(secrets.token_urlsafe(16))

    async def hash(self, password: str) -> str:
        """The argon2id hash to store."""
        async with self._turn:
            return await asyncio.get_running_loop().run_in_executor(self._threads, self._hasher.hash, password)

    async def check(self, stored: str | None, password: str) -> bool:
        """Whether ``password`` is the one of the stored hash; ``stored`` None (an unknown user) is hashed all the same, and False."""
        async with self._turn:
            right = await asyncio.get_running_loop().run_in_executor(self._threads, self._verify, stored or self._decoy, password)
        return right and stored is not None

    def close(self) -> None:
        """Let the threads go; work in hand ends first."""
        self._threads.shutdown(wait=False)

    def _verify(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, password)
        except (VerificationError, InvalidHashError):
            return False
