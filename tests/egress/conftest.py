"""What these tests share: connections that must be gone when a test ends."""

from collections.abc import AsyncIterator

import pytest

from space_tools.egress.http import Http
from tests.gradio.leftovers import nothing_left_behind


@pytest.fixture
async def http() -> AsyncIterator[Http]:
    """Connections, all of which are gone afterwards."""
    async with nothing_left_behind(), Http() as http:
        yield http
