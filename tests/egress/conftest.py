"""What these tests share: connections that must be gone when a test ends, and a certificate."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from space_tools.egress.http import Http
from tests.egress.secure import make_certificate
from tests.gradio.leftovers import nothing_left_behind


@pytest.fixture
async def http() -> AsyncIterator[Http]:
    """Connections, all of which are gone afterwards."""
    async with nothing_left_behind(), Http() as http:
        yield http


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One for `localhost` and `NAME`, with its key in the same file."""
    return make_certificate(tmp_path_factory.mktemp("tls"))
