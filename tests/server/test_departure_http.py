"""However a client of a shared server goes, or the server itself, its calls end in the app."""

import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path

import anyio
import pytest
from anyio.abc import TaskGroup, TaskStatus
from mcp_types import CallToolResult

from tests.gradio_server import RunningApp
from tests.server.app_counters import counted, counters
from tests.server.http_server import HttpServer, http_client, http_server
from tests.server.stdio_server import ERAS, ROOT, data_of, environment, error_of

TOLD_WITHIN = 1.0
"""Seconds until the app knows that a call is cancelled."""

GONE_WITHIN = 3.0
"""Seconds until a process is gone that has nothing left to wait for."""

numbers = count(1)

CLIENT = """
import sys
import anyio
from mcp import Client

url, mode, tag = sys.argv[1:]

async def main():
    async with Client(url, mode=mode) as client:
        await client.call_tool("ks_held", {"tag": tag})

anyio.run(main)
"""
"""A host that makes a call which lasts."""


@pytest.fixture
async def own_server(kitchen_sink: RunningApp, tmp_path: Path) -> AsyncIterator[HttpServer]:
    """A server that the test may end; it must leave no temporary file."""
    env = {"TMPDIR": str(tmp_path)}
    async with http_server("--space", f"ks={kitchen_sink.url}", env=env) as running:
        yield running
    assert os.listdir(tmp_path) == []


def new_tag() -> str:
    """A tag that no other call has."""
    return f"departure-{next(numbers)}"


class Calls:
    """Calls that run beside the test, each of a client of its own."""

    def __init__(self, server: HttpServer, app: RunningApp, task_group: TaskGroup) -> None:
        self._server = server
        self._app = app
        self._task_group = task_group
        self._ended: dict[str, anyio.Event] = {}
        self._results: dict[str, CallToolResult] = {}

    async def start(self, era: str, endpoint: str, **arguments: object) -> str:
        """Starts one; its tag, once the app runs it."""
        tag = new_tag()
        self._ended[tag] = anyio.Event()
        arguments["tag"] = tag
        await self._task_group.start(self._run, era, f"ks_{endpoint}", tag, arguments)
        await counted(self._app.url, f"started:{tag}", within=20)
        return tag

    async def result(self, tag: str) -> CallToolResult:
        """What it gave, once it has ended."""
        with anyio.fail_after(30):
            await self._ended[tag].wait()
        return self._results[tag]

    async def _run(
        self,
        era: str,
        tool: str,
        tag: str,
        arguments: dict[str, object],
        *,
        task_status: TaskStatus[None],
    ) -> None:
        async with http_client(self._server.mcp, era=era) as client:
            await client.list_tools()  # else it would, after the call, to check its result
            task_status.started()
            self._results[tag] = await client.call_tool(tool, arguments)
            self._ended[tag].set()


@asynccontextmanager
async def calls_of(server: HttpServer, app: RunningApp) -> AsyncIterator[Calls]:
    """Calls of that server; those that still run at the end are given up."""
    async with anyio.create_task_group() as task_group:
        yield Calls(server, app, task_group)
        task_group.cancel_scope.cancel()


@pytest.mark.parametrize("mode", ERAS.values())
async def test_the_call_of_a_client_that_is_killed_is_cancelled_in_the_app(
    own_server: HttpServer, kitchen_sink: RunningApp, mode: str
) -> None:
    tag = new_tag()
    command = [sys.executable, "-c", CLIENT, own_server.mcp, mode, tag]
    host = await anyio.open_process(command, cwd=ROOT, env=environment())
    async with host:
        await counted(kitchen_sink.url, f"started:{tag}", within=30)
        host.kill()
        await counted(kitchen_sink.url, f"cancelled:{tag}", within=TOLD_WITHIN)
    assert await own_server.stop(within=GONE_WITHIN) == 0  # nothing of it is waited for


async def test_calls_may_end_after_sigterm(
    own_server: HttpServer, kitchen_sink: RunningApp
) -> None:
    async with calls_of(own_server, kitchen_sink) as calls:
        # Of each of these the app runs one at a time.
        lasting = {"legacy": "sleep_counted", "modern": "sleep_plain"}
        tags = [await calls.start(era, lasting[era], seconds=5) for era in ERAS]
        own_server.process.send_signal(signal.SIGTERM)
        for tag in tags:
            assert data_of(await calls.result(tag)) == {"Out": "slept 5"}
    with anyio.fail_after(GONE_WITHIN):
        assert await own_server.process.wait() == 0


async def test_calls_that_take_longer_are_cancelled_in_the_app_and_their_clients_told(
    own_server: HttpServer, kitchen_sink: RunningApp
) -> None:
    async with calls_of(own_server, kitchen_sink) as calls:
        tags = [await calls.start(era, "held") for era in ERAS]
        own_server.process.send_signal(signal.SIGTERM)
        for tag in tags:
            assert "server was stopped" in error_of(await calls.result(tag))[0]
    with anyio.fail_after(GONE_WITHIN):
        assert await own_server.process.wait() == 0
    for tag in tags:
        await counted(kitchen_sink.url, f"cancelled:{tag}", within=TOLD_WITHIN)
        assert f"finished:{tag}" not in await counters(kitchen_sink.url)


async def test_jobs_that_nobody_waits_for_end_like_calls(
    kitchen_sink: RunningApp, tmp_path: Path
) -> None:
    options = ("--space", f"ks={kitchen_sink.url}", "--max-wait", "0.5")
    async with (
        http_server(*options, env={"TMPDIR": str(tmp_path)}) as server,
        http_client(server.mcp, era="legacy") as client,
    ):
        short, held = new_tag(), new_tag()
        for tool, given in (
            ("ks_sleep_counted", {"tag": short, "seconds": 3}),
            ("ks_held", {"tag": held}),
        ):
            assert data_of(await client.call_tool(tool, given))["status"] == "working"
        server.process.send_signal(signal.SIGTERM)
        await counted(kitchen_sink.url, f"finished:{short}", within=10)
        assert f"cancelled:{held}" not in await counters(kitchen_sink.url)
        server.process.send_signal(signal.SIGTERM)
        await counted(kitchen_sink.url, f"cancelled:{held}", within=TOLD_WITHIN)
        with anyio.fail_after(GONE_WITHIN):
            assert await server.process.wait() == 0
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
async def test_while_it_stops_calls_are_refused_and_a_second_signal_ends_all_at_once(
    own_server: HttpServer, kitchen_sink: RunningApp, sent: signal.Signals
) -> None:
    async with (
        calls_of(own_server, kitchen_sink) as calls,
        http_client(own_server.mcp, era="legacy") as legacy,
        http_client(own_server.mcp, era="modern") as modern,
    ):
        assert not (await legacy.call_tool("ks_file_out", {})).is_error
        tags = [await calls.start(era, "held") for era in ERAS]
        own_server.process.send_signal(sent)
        await own_server.says_it_stops()
        for late in (legacy, modern):
            refused, outcome = error_of(await late.call_tool("ks_echo_text", {"x": "late"}))
            assert "server is being stopped" in refused
            assert outcome == "not_started"
        own_server.process.send_signal(sent)
        for tag in tags:
            await counted(kitchen_sink.url, f"cancelled:{tag}", within=TOLD_WITHIN)
            assert "server was stopped" in error_of(await calls.result(tag))[0]
        with anyio.fail_after(GONE_WITHIN):
            assert await own_server.process.wait() == 0
