"""However the connection ends, the app's calls are cancelled and the process is gone."""

import os
import pty
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from itertools import count
from pathlib import Path
from typing import Any

import anyio
import pytest

from tests.gradio_server import RunningApp
from tests.server.app_counters import counted, counters
from tests.server.raw_client import RawClient, raw_client, to_line
from tests.server.stdio_server import ROOT, command_line, environment

TOLD_WITHIN = 2.0
GONE_WITHIN = 3.0
"""Seconds after the end of the connection."""

numbers = count(1)

CLIENT = """
import sys
import anyio
from mcp import Client
from mcp.client.stdio import StdioServerParameters

mode, tool, tag, pid_file, *command = sys.argv[1:]
# The shell becomes the server, and so tells the server's process id.
told = ["-c", 'echo $$ > "$0"; exec "$@"', pid_file, *command]

async def main():
    async with Client(StdioServerParameters(command="sh", args=told), mode=mode) as client:
        await client.call_tool(tool, {"tag": tag})

anyio.run(main)
"""
"""A host: it starts the server, and makes a call that lasts."""


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where servers have their temporary files."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    return tmp_path


@pytest.fixture
async def wire(kitchen_sink: RunningApp, temporary: Path) -> AsyncIterator[RawClient]:
    """A legacy session, made by hand."""
    async with raw_client("--space", f"ks={kitchen_sink.url}") as client:
        await client.handshake()
        yield client


async def begin(client: RawClient, app: RunningApp, endpoint: str) -> str:
    """Starts a call that lasts; its tag, once the app runs it."""
    tag = f"ending-{next(numbers)}"
    await client.send(client.call(endpoint, tag=tag))
    await counted(app.url, f"started:{tag}", within=10)
    return tag


async def hang_up(client: RawClient) -> None:
    await client.close_stdin()


async def look_away(client: RawClient) -> None:
    """Only what the server says is read no more."""
    stdout: Any = client.process.stdout
    stdout._stream._transport.close()  # `aclose` leaves the pipe open


async def vanish(client: RawClient) -> None:
    """Both pipes at once, as when a client dies."""
    await look_away(client)
    await client.close_stdin()


async def terminate(client: RawClient) -> None:
    client.process.send_signal(signal.SIGTERM)


async def interrupt(client: RawClient) -> None:
    client.process.send_signal(signal.SIGINT)


ENDS: dict[str, tuple[Callable[[RawClient], Awaitable[None]], int]] = {
    "stdin closed": (hang_up, 0),
    "stdout closed": (look_away, 0),
    "pipes broken": (vanish, 0),
    "SIGTERM": (terminate, 128 + signal.SIGTERM),
    "SIGINT": (interrupt, 128 + signal.SIGINT),
}
"""How a connection ends → what does that, and the exit code of the server."""


@pytest.mark.parametrize("end", ENDS)
async def test_an_end_in_the_middle_of_calls_cancels_them_in_the_app(
    wire: RawClient, kitchen_sink: RunningApp, temporary: Path, end: str
) -> None:
    kept = wire.call("file_out")
    await wire.send(kept)
    await wire.answer(kept)
    assert os.listdir(temporary)
    endpoints = ("held", "held_generator", "held", "held_generator")
    tags = [await begin(wire, kitchen_sink, endpoint) for endpoint in endpoints]
    bring_about, exit_code = ENDS[end]
    await bring_about(wire)
    for tag in tags:
        await counted(kitchen_sink.url, f"cancelled:{tag}", within=TOLD_WITHIN)
    assert await wire.exit_code(within=GONE_WITHIN) == exit_code
    assert "Traceback" not in wire.stderr(), wire.stderr()
    assert " ERROR " not in wire.stderr(), wire.stderr()
    assert os.listdir(temporary) == []


@pytest.mark.parametrize("end", ENDS)
async def test_an_idle_server_ends_at_once(wire: RawClient, end: str) -> None:
    bring_about, exit_code = ENDS[end]
    await bring_about(wire)
    assert await wire.exit_code(within=GONE_WITHIN) == exit_code
    assert "Traceback" not in wire.stderr(), wire.stderr()


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
async def test_a_server_in_a_terminal_ends_without_another_key(
    kitchen_sink: RunningApp, sent: signal.Signals
) -> None:
    terminal, typed = pty.openpty()
    async with raw_client("--space", f"ks={kitchen_sink.url}", stdin=typed) as client:
        ping = client.request("ping")
        os.write(terminal, to_line(ping))
        await client.answer(ping)
        client.process.send_signal(sent)
        assert await client.exit_code(within=GONE_WITHIN) == 128 + sent
    os.close(terminal)
    os.close(typed)


async def test_an_end_while_an_app_is_still_being_read(kitchen_sink: RunningApp) -> None:
    """An address that swallows packets: connecting there takes until its deadline."""
    nowhere = "http://192.0.2.1:7860"
    async with raw_client("--space", f"ks={kitchen_sink.url}", "--space", nowhere) as client:
        await client.handshake()
        await client.close_stdin()
        assert await client.exit_code(within=GONE_WITHIN) == 0


@pytest.mark.parametrize("mode", ["legacy", "auto"])
async def test_a_host_that_is_killed_leaves_nothing_behind(
    kitchen_sink: RunningApp, tmp_path: Path, mode: str
) -> None:
    tag, pid_file = f"ending-{next(numbers)}", tmp_path / "pid"
    server = command_line("--space", f"ks={kitchen_sink.url}")
    arguments = [mode, "ks_held", tag, str(pid_file), *server]
    host = await anyio.open_process(
        [sys.executable, "-c", CLIENT, *arguments], cwd=ROOT, env=environment()
    )
    async with host:
        await counted(kitchen_sink.url, f"started:{tag}", within=20)
        host.kill()
        await counted(kitchen_sink.url, f"cancelled:{tag}", within=TOLD_WITHIN)
    await gone(int(pid_file.read_text()), within=GONE_WITHIN)


async def test_a_killed_server_leaves_the_app_to_itself(
    wire: RawClient, kitchen_sink: RunningApp
) -> None:
    """Nobody is there to cancel; what the app notices of it is the app's affair."""
    tag = await begin(wire, kitchen_sink, "held_generator")
    wire.process.kill()
    assert await wire.exit_code(within=GONE_WITHIN) == -signal.SIGKILL
    await counted(kitchen_sink.url, f"cancelled:{tag}", within=5)
    assert f"finished:{tag}" not in await counters(kitchen_sink.url)


async def gone(pid: int, *, within: float) -> None:
    """Waits until there is no such process."""
    deadline = anyio.current_time() + within
    while runs(pid):
        assert anyio.current_time() < deadline, f"process {pid} is still there"
        await anyio.sleep(0.02)


def runs(pid: int) -> bool:
    """Whether there is such a process, one that ended and that nobody waited for left aside."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat")
    return not (status.exists() and status.read_text().rpartition(")")[2].split()[0] == "Z")
