"""A Hub that is down, or says nothing, holds nobody up."""

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator

import anyio
import pytest

from space_tools.errors import HubUnavailable
from space_tools.hub import api
from space_tools.hub.spaces import fetch_space
from space_tools.hub.users import whoami
from tests.gradio_server import free_port
from tests.stand_in_hub import TOKEN


@pytest.fixture
def silent_hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A Hub that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        monkeypatch.setenv("HF_ENDPOINT", url)
        yield url


async def test_a_hub_that_is_down_is_said_to_be_so(monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    monkeypatch.setenv("HF_ENDPOINT", url)
    with pytest.raises(HubUnavailable, match=f"the Hub at {url} cannot be reached: nothing is"):
        await fetch_space("owner/name", token=TOKEN)


async def test_a_server_that_asks_whose_a_token_is_hears_soon_that_nobody_says(
    silent_hub: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "ANSWER_TIMEOUT", 0.1)
    with anyio.fail_after(5), pytest.raises(HubUnavailable, match="it did not answer in time"):
        await whoami(TOKEN)


async def test_a_silent_hub_is_not_waited_for_for_ever(
    silent_hub: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "ANSWER_DEADLINE", 0.1)
    with anyio.fail_after(5), pytest.raises(HubUnavailable, match=r"within 0\.1 s"):
        await fetch_space("owner/name", token=None)


async def test_a_silent_hub_does_not_fill_the_process_with_threads(
    silent_hub: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "ANSWER_DEADLINE", 0.3)
    before = set(threading.enumerate())
    unavailable: list[HubUnavailable] = []

    async def ask() -> None:
        with pytest.raises(HubUnavailable) as caught:
            await fetch_space("owner/name", token=None)
        unavailable.append(caught.value)

    async with anyio.create_task_group() as task_group:
        for _ in range(api.MOST_AT_ONCE + 10):
            task_group.start_soon(ask)
    assert len(unavailable) == api.MOST_AT_ONCE + 10
    assert len(set(threading.enumerate()) - before) <= api.MOST_AT_ONCE


async def test_a_cancelled_caller_does_not_wait_for_the_hub(silent_hub: str) -> None:
    with anyio.fail_after(5), anyio.move_on_after(0.1) as scope:
        await fetch_space("owner/name", token=None)
    assert scope.cancelled_caught


def test_a_silent_hub_does_not_keep_the_process_from_ending(silent_hub: str) -> None:
    program = """
import anyio
from space_tools.hub.users import whoami

async def main():
    with anyio.move_on_after(1):
        await whoami("hf_canary")
    print("left")

anyio.run(main)
"""
    command = [sys.executable, "-c", program]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True)
    assert (ended.stdout, ended.stderr) == ("left\n", "")
