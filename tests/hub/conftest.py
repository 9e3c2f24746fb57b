"""What these tests share: who waits, and connections to the Spaces that the Hub names."""

from collections.abc import AsyncIterator

import pytest

from space_tools.egress.http import Http


class Told(list[str]):
    """The sentences that somebody who waits was told."""

    async def __call__(self, sentence: str) -> None:
        self.append(sentence)


@pytest.fixture
async def http() -> AsyncIterator[Http]:
    """Connections of the test's own."""
    async with Http() as http:
        yield http
