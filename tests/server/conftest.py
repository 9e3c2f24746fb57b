"""One server process for each era, which most tests share."""

from collections.abc import AsyncIterator

import pytest

from tests.gradio_server import RunningApp
from tests.server.stdio_server import ERAS, Server, serve


@pytest.fixture(scope="session", params=ERAS)
def era(request: pytest.FixtureRequest) -> str:
    """`legacy` (a handshake, then a session) or `modern` (2026-07-28, no session)."""
    name: str = request.param
    return name


@pytest.fixture(scope="session")
async def server(kitchen_sink: RunningApp, era: str) -> AsyncIterator[Server]:
    """The kitchen sink as `ks`, served to one client."""
    async with serve("--space", f"ks={kitchen_sink.url}", era=era) as running:
        yield running
