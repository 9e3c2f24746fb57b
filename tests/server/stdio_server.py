"""`space-tools serve` as a process of its own, driven by the real MCP client over its pipes."""

import os
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

import anyio
from mcp import Client
from mcp.client.extension import ClientExtension
from mcp.client.session import MessageHandlerFnT
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp_types import CallToolResult, TextContent

ROOT = Path(__file__).parents[2]
"""Of the project: where `python -m space_tools` finds it."""

ERAS = {"legacy": "legacy", "modern": "auto"}
"""Era → the client's `mode`; `auto` finds the modern era on a server that has it."""

ANSWER_DEADLINE = 60.0
"""Seconds that any one answer may take, on a machine that is busy with other tests."""


@dataclass(frozen=True, slots=True)
class Progress:
    """One progress notification, and when it came (seconds, monotonic)."""

    value: float
    total: float | None
    message: str
    at: float


@dataclass(slots=True)
class ProgressLog:
    """Collects the progress of one call; give it as `progress_callback`."""

    seen: list[Progress] = field(default_factory=list)
    _news: anyio.Event = field(default_factory=anyio.Event)

    async def __call__(self, progress: float, total: float | None, message: str | None) -> None:
        """Takes one notification."""
        self.seen.append(Progress(progress, total, message or "", anyio.current_time()))
        self._news.set()
        self._news = anyio.Event()

    @property
    def lines(self) -> list[str]:
        """What was said, line by line; one notification may carry several."""
        return [line for progress in self.seen for line in progress.message.splitlines()]

    async def until(self, words: str, *, more: int = 0) -> None:
        """Returns once `words` were said; with `more`, that many notifications after now."""
        wanted = len(self.seen) + more
        with anyio.fail_after(ANSWER_DEADLINE):
            while len(self.seen) < wanted or not any(words in line for line in self.lines):
                await self._news.wait()


@dataclass(frozen=True, slots=True)
class Server:
    """A server with one client. `alias` is what its tools are named by."""

    client: Client
    era: str
    stderr_file: Path
    alias: str = "ks"

    async def call(
        self, endpoint: str, progress: ProgressLog | None = None, /, **arguments: Any
    ) -> CallToolResult:
        """Calls the tool of an endpoint, by the endpoint's name without its slash."""
        with anyio.fail_after(ANSWER_DEADLINE):
            return await self.client.call_tool(
                f"{self.alias}_{endpoint}", arguments, progress_callback=progress
            )

    def stderr(self) -> str:
        """What the process has written there so far."""
        return self.stderr_file.read_text(encoding="utf-8", errors="replace")


def command_line(*options: str) -> list[str]:
    """The command that starts a server; `options` are those of `space-tools serve`."""
    return [sys.executable, "-m", "space_tools", "serve", *options]


def environment() -> dict[str, str]:
    """What the server inherits: that of the tests, which has nobody's account in it."""
    return {**os.environ, "PYTHONWARNINGS": "error"}


@asynccontextmanager
async def serve(
    *options: str,
    era: str,
    alias: str = "ks",
    message_handler: MessageHandlerFnT | None = None,
    extensions: Sequence[ClientExtension] = (),
    read_timeout: float | None = None,
) -> AsyncIterator[Server]:
    """A server with these options (`--space ks=http://…`), and a client of that era at its pipes.

    Raises AssertionError if the server wrote a traceback to stderr by the time it ended.
    """
    command, *arguments = command_line(*options)
    process = StdioServerParameters(command=command, args=arguments, env=environment(), cwd=ROOT)
    with stderr_file() as errlog:
        transport = stdio_client(process, errlog=errlog)
        async with Client(
            transport,
            mode=ERAS[era],
            message_handler=message_handler,
            extensions=extensions,
            read_timeout_seconds=read_timeout,
        ) as client:
            server = Server(client, era, Path(errlog.name), alias)
            yield server
        assert "Traceback" not in server.stderr(), server.stderr()


@contextmanager
def stderr_file() -> Iterator[TextIO]:
    """A file for what a process writes to stderr; it is gone after the block."""
    folder = tempfile.TemporaryDirectory(prefix="space-tools-serve-")
    with folder, Path(folder.name, "stderr.txt").open("w", encoding="utf-8") as file:
        yield file


def text_of(result: CallToolResult) -> str:
    """The text of a result, which must be its only content."""
    (content,) = result.content
    assert isinstance(content, TextContent)
    return content.text


def error_of(result: CallToolResult) -> tuple[str, str]:
    """What an error says, and whether the app's function ran (`outcome`)."""
    assert result.is_error, result
    structured = result.structured_content
    assert isinstance(structured, dict)
    assert structured["error"] in text_of(result)
    return structured["error"], structured["outcome"]


def data_of(result: CallToolResult) -> dict[str, Any]:
    """The structured content of a result that is no error."""
    assert not result.is_error, text_of(result)
    assert isinstance(result.structured_content, dict)
    return result.structured_content
