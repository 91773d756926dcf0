"""What a charger's actor knows of its security profile, from the moment it has come with a higher one."""

from __future__ import annotations

import pytest

from tests.actors.house import House
from voltaro.domain.profiles import Entry
from voltaro.ports import InvalidPayload

LOWER = {"key": "SecurityProfile", "value": "1"}


async def test_a_line_with_a_higher_profile_takes_no_lower_one_whether_the_row_was_read_again_or_not(house: House) -> None:
    await house.charger("CP1")
    assert await house.fleet.entered(Entry("CP1", house.now(), profile=2))
    await house.line("CP1")
    with pytest.raises(InvalidPayload, match="has security profile 2"):
        await house.fleet.command("CP1", "ChangeConfiguration", LOWER, by="ada")
