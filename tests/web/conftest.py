"""Fixtures of the web's tests: the application on the real store, with a small fake fleet behind it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.web.site import Site, open_site
from voltaro.ports import Store


@pytest.fixture
async def site(store: Store) -> AsyncIterator[Site]:
    """A served application."""
    async with open_site(store) as opened:
        yield opened
