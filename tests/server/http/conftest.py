"""Servers over HTTP that the tests of this folder share."""

from collections.abc import AsyncIterator

import httpx2
import pytest

from tests.gradio_server import RunningApp
from tests.server.http_server import HttpServer, http_server
from tests.stand_in_hub import StandInHub


@pytest.fixture(scope="module")
async def open_server(kitchen_sink: RunningApp) -> AsyncIterator[HttpServer]:
    """The kitchen sink for whoever comes, which is trusted with their tokens."""
    trusted = ("--trust-host", f"127.0.0.1:{kitchen_sink.port}")
    async with http_server("--space", f"ks={kitchen_sink.url}", *trusted) as server:
        yield server


@pytest.fixture
async def hub_server(kitchen_sink: RunningApp, hub: StandInHub) -> AsyncIterator[HttpServer]:
    """The kitchen sink for users of the stand-in Hub."""
    options = ("--space", f"ks={kitchen_sink.url}", "--auth", "hf")
    async with http_server(*options, env={"HF_ENDPOINT": hub.url}) as server:
        yield server


@pytest.fixture
async def web() -> AsyncIterator[httpx2.AsyncClient]:
    """Plain HTTP."""
    async with httpx2.AsyncClient(trust_env=False, timeout=30) as client:
        yield client
