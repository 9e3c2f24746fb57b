"""A server process for each era and transport, which most tests share."""

from collections.abc import AsyncIterator

import pytest

from tests.gradio_server import RunningApp
from tests.server.http_server import TRANSPORTS
from tests.server.stdio_server import ERAS, Server


@pytest.fixture(scope="session", params=ERAS)
def era(request: pytest.FixtureRequest) -> str:
    """`legacy` (a handshake, then a session) or `modern` (2026-07-28, no session)."""
    name: str = request.param
    return name


@pytest.fixture(scope="session", params=TRANSPORTS)
def transport(request: pytest.FixtureRequest) -> str:
    """`stdio` or `http`."""
    name: str = request.param
    return name


@pytest.fixture(scope="session")
async def server(kitchen_sink: RunningApp, era: str, transport: str) -> AsyncIterator[Server]:
    """The kitchen sink as `ks`, served to one client, who is somebody over HTTP too."""
    serving = TRANSPORTS[transport]
    async with serving("--space", f"ks={kitchen_sink.url}", era=era) as running:
        yield running
