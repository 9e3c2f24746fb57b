"""What these tests share: a clean slate before and after each, and the apps as clients see them."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from space_tools.gradio.app import GradioApp
from tests.gradio.calling import connected, with_new_connections
from tests.gradio.leftovers import nothing_left_behind
from tests.gradio_server import RunningApp


@pytest.fixture
async def clean() -> AsyncIterator[None]:
    """No task and no connection outlives the test."""
    async with nothing_left_behind():
        yield


async def _described(url: str) -> GradioApp:
    async with connected(url) as app:
        return app


@pytest.fixture(scope="session")
def sink_described(kitchen_sink: RunningApp) -> GradioApp:
    """The kitchen sink as it described itself, which takes a while; not connected to."""
    return asyncio.run(_described(kitchen_sink.url))


@pytest.fixture
async def sink(clean: None, sink_described: GradioApp) -> AsyncIterator[GradioApp]:
    """The kitchen sink."""
    async with with_new_connections(sink_described) as app:
        yield app


@pytest.fixture
async def strict(clean: None, strict_app: RunningApp) -> AsyncIterator[GradioApp]:
    """The strict app."""
    async with connected(strict_app.url) as app:
        yield app
