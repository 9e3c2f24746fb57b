"""What these tests share: clients of the kitchen sink, and a clean slate after each."""

import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from space_tools import AsyncClient, Client
from tests.client.watching import client_threads, soon
from tests.gradio_server import RunningApp


@pytest.fixture
def no_thread_left() -> Iterator[None]:
    """No thread of the clients' own outlives the test."""
    yield
    assert soon(lambda: not client_threads()), threading.enumerate()


@pytest.fixture
def client(no_thread_left: None, kitchen_sink: RunningApp, tmp_path: Path) -> Iterator[Client]:
    """A client of the kitchen sink."""
    with Client(kitchen_sink.url, verbose=False, download_files=tmp_path / "files") as client:
        yield client


@pytest.fixture
async def async_client(kitchen_sink: RunningApp, tmp_path: Path) -> AsyncIterator[AsyncClient]:
    """The same, awaited."""
    folder = tmp_path / "files"
    async with AsyncClient(kitchen_sink.url, verbose=False, download_files=folder) as client:
        yield client
