"""`space-tools serve --transport http` as a process of its own, and real clients of it."""

import re
import signal
import subprocess
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import anyio
import httpx2
from anyio.abc import Process
from mcp import Client
from mcp.client.session import MessageHandlerFnT
from mcp.client.streamable_http import streamable_http_client

from tests.server.stdio_server import (
    ERAS,
    ROOT,
    Server,
    command_line,
    environment,
    serve,
    stderr_file,
)

SOMEBODY = "hf_somebody"
"""A token: its bearer has files and sessions of their own, of either era."""

START_SECONDS = 60.0
"""How long a server may take to listen, on a machine that is busy with other tests."""


@dataclass(frozen=True, slots=True)
class HttpServer:
    """A server process; its base URL has no closing slash."""

    url: str
    process: Process
    stderr_file: Path

    @property
    def mcp(self) -> str:
        """Where MCP clients connect to."""
        return f"{self.url}/mcp"

    def stderr(self) -> str:
        """What the process has written there so far."""
        return self.stderr_file.read_text(encoding="utf-8", errors="replace")

    async def says_it_stops(self) -> None:
        """Returns once it takes no more calls."""
        async with httpx2.AsyncClient(trust_env=False) as http:
            with anyio.fail_after(START_SECONDS):
                while True:
                    told = await http.get(f"{self.url}/readyz")
                    if told.json()["state"] == "stopping":
                        return
                    await anyio.sleep(0.02)

    async def stop(self, *, within: float) -> int:
        """Ends it as a supervisor does; its exit code."""
        self.process.send_signal(signal.SIGTERM)
        with anyio.fail_after(within):
            return await self.process.wait()


@asynccontextmanager
async def http_server(
    *options: str, env: Mapping[str, str] | None = None
) -> AsyncIterator[HttpServer]:
    """A server with these options at a port that is free.

    Raises AssertionError if it wrote a traceback to stderr by the time it ended.
    """
    command = command_line("--transport", "http", "--port", "0", *options)
    async with http_process(command, env or {}) as server:
        yield server


@asynccontextmanager
async def http_process(command: Sequence[str], env: Mapping[str, str]) -> AsyncIterator[HttpServer]:
    """The same, however it is started."""
    with stderr_file() as errlog:
        process = await anyio.open_process(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errlog,
            cwd=ROOT,
            env={**environment(), **env},
            start_new_session=True,
        )
        async with process:
            try:
                url = await _url_of(process, Path(errlog.name))
                server = HttpServer(url, process, Path(errlog.name))
                yield server
                if process.returncode is None:
                    await server.stop(within=30)
                assert "Traceback" not in server.stderr(), server.stderr()
            finally:
                if process.returncode is None:
                    process.kill()


async def _url_of(process: Process, stderr: Path) -> str:
    with anyio.fail_after(START_SECONDS):
        while True:
            said = await anyio.Path(stderr).read_text(encoding="utf-8")
            if found := re.search(r"serves MCP at (http\S+)/mcp", said):
                return found[1]
            assert process.returncode is None, said
            await anyio.sleep(0.02)


@asynccontextmanager
async def http_client(
    url: str,
    *,
    era: str,
    token: str | None = None,
    headers: Mapping[str, str] | None = None,
    message_handler: MessageHandlerFnT | None = None,
) -> AsyncIterator[Client]:
    """A client of that era, which sends this token and these headers with each request."""
    sent = {**(headers or {}), **({"authorization": f"Bearer {token}"} if token else {})}
    limits = httpx2.Timeout(30, read=300)
    async with httpx2.AsyncClient(headers=sent, timeout=limits, trust_env=False) as http:
        transport = streamable_http_client(url, http_client=http)
        async with Client(transport, mode=ERAS[era], message_handler=message_handler) as client:
            yield client


@asynccontextmanager
async def serve_over_http(
    *options: str,
    era: str,
    alias: str = "ks",
    message_handler: MessageHandlerFnT | None = None,
    token: str | None = SOMEBODY,
) -> AsyncIterator[Server]:
    """As `serve` over stdio: a server of its own, with one client."""
    async with (
        http_server(*options) as running,
        http_client(running.mcp, era=era, token=token, message_handler=message_handler) as client,
    ):
        yield Server(client, era, running.stderr_file, alias)


TRANSPORTS = {"stdio": serve, "http": serve_over_http}
"""Transport → what starts a server that speaks it, with one client."""
