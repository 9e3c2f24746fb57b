"""What a shared server keeps of a client that has gone: nothing."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
import pytest

from space_tools.config.file import load
from space_tools.server.http import create_app
from space_tools.server.http.serving import listen, run_server
from tests.gradio.leftovers import nothing_left_behind
from tests.gradio_server import RunningApp
from tests.server.app_counters import counted
from tests.server.http_server import http_client

IDLE = 5.0
"""Seconds until connections are gone that nobody uses any more."""


@asynccontextmanager
async def served(app: RunningApp) -> AsyncIterator[str]:
    """A server in this process; where it speaks MCP."""
    settings = load(None, {"space": (f"ks={app.url}",), "transport": ("http",)}, {})
    listening, started = listen("127.0.0.1", 0), anyio.Event()
    with listening:
        async with anyio.create_task_group() as task_group:
            task_group.start_soon(run_server, create_app(settings), listening, started.set)
            await started.wait()
            yield f"http://127.0.0.1:{listening.getsockname()[1]}/mcp"
            task_group.cancel_scope.cancel()


async def give_up(url: str, era: str, app: RunningApp, tag: str) -> None:
    """Makes a call, cancels it while it runs, and closes the connection."""
    async with http_client(url, era=era) as client, anyio.create_task_group() as task_group:
        task_group.start_soon(client.call_tool, "ks_held", {"tag": tag})
        await counted(app.url, f"started:{tag}", within=20)
        task_group.cancel_scope.cancel()
    await counted(app.url, f"cancelled:{tag}", within=5)


@pytest.mark.parametrize("count", [1, 5])
async def test_calls_that_were_given_up_leave_no_task_and_no_connection(
    kitchen_sink: RunningApp, era: str, count: int
) -> None:
    async with served(kitchen_sink) as url:
        await give_up(url, era, kitchen_sink, f"left-{era}-{count}-first")
        async with nothing_left_behind(within=IDLE), anyio.create_task_group() as task_group:
            for number in range(count):
                tag = f"left-{era}-{count}-{number}"
                task_group.start_soon(give_up, url, era, kitchen_sink, tag)


async def test_calls_that_came_to_their_end_leave_neither(
    kitchen_sink: RunningApp, era: str
) -> None:
    async with served(kitchen_sink) as url:
        async with http_client(url, era=era) as client:  # once it is all there
            await client.call_tool("ks_echo_text", {})
        for tool in ("ks_echo_text", "ks_file_out"):
            async with nothing_left_behind(within=IDLE), http_client(url, era=era) as client:
                assert not (await client.call_tool(tool, {})).is_error
