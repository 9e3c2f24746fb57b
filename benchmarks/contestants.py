"""Who is measured: one small class for each way of calling the app, and the table of them.

This module is imported in the environment of each contestant, so what not every environment has
is imported in `start`.
"""

import asyncio
import functools
import os
import re
import sys
import tempfile
from base64 import b64decode
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from benchmarks.echo_app import PICTURE, SIZE_OF, WHOSE
from benchmarks.floor import Floor
from benchmarks.processes import ROOT, children_of
from benchmarks.samples import picture

MODERN = "2026-07-28"
LEGACY = "legacy"
# As many as the most calls that are made at once, so that no caller waits for a thread.
THREADS = 500
USERS = 50


@dataclass(frozen=True)
class EchoApp:
    """The app being called."""

    url: str
    pid: int


class Contestant(Protocol):
    """A way of calling the app."""

    async def start(self) -> None:
        """Connect. `stop` is awaited in the same task."""

    async def call(self, endpoint: str, text: str) -> str:
        """Call `endpoint` ("echo", "echo_direct") once; returns what came back."""

    async def stop(self) -> None:
        """Disconnect and end what was started."""


@dataclass
class _Tools:
    """An MCP server in a process of its own, called by the MCP SDK's client.

    `command` may name the `{url}` and the `{host}` of its app, and a `{folder}` that is gone
    in the end.
    """

    command: tuple[str, ...]
    mode: str
    app: EchoApp
    pids: list[int] = field(default_factory=list)
    _stack: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def _connect(self, server: Any) -> None:
        from mcp import Client

        self.client = await self._stack.enter_async_context(Client(server, mode=self.mode))
        await self.client.list_tools()

    def argv(self) -> list[str]:
        """The command of this server."""
        folder = self._stack.enter_context(tempfile.TemporaryDirectory(prefix="benchmark-"))
        host = urlsplit(self.app.url).netloc
        return [part.format(url=self.app.url, host=host, folder=folder) for part in self.command]

    async def call(self, endpoint: str, text: str) -> str:
        result = await self.client.call_tool(f"t_{endpoint}", await self.arguments(endpoint, text))
        structured = result.structured_content or {}
        for name, value in structured.items():
            if name.endswith("_whole"):
                return await self.read(value)
        return _said(result.is_error, structured, result.content)

    async def read(self, file: dict[str, Any]) -> str:
        """All of a text that was too long for its result, from where that says that it is."""
        raise NotImplementedError

    async def arguments(self, endpoint: str, text: str) -> dict[str, str]:
        """What the tool of an endpoint is called with."""
        return _arguments(endpoint, text)

    async def stop(self) -> None:
        await self._stack.aclose()


class StdioTools(_Tools):
    """Over stdio."""

    async def start(self) -> None:
        from mcp import StdioServerParameters

        before = children_of(os.getpid())
        await self._connect(
            StdioServerParameters(
                command=sys.executable, args=self.argv(), cwd=ROOT, env={"PYTHONPATH": str(ROOT)}
            )
        )
        self.pids = [pid for pid in children_of(os.getpid()) if pid not in before]

    async def read(self, file: dict[str, Any]) -> str:
        return _text_of(file["path"])


class HttpTools(_Tools):
    """Over streamable HTTP."""

    async def start(self) -> None:
        url = await self._serve()
        self._files = url.replace("/mcp", "/files?name=noise.png")
        self._http, streams = await self._as_user(url, {"authorization": "Bearer hf_benchmark"})
        await self._connect(streams)

    async def arguments(self, endpoint: str, text: str) -> dict[str, str]:
        if endpoint == SIZE_OF:  # it takes no paths: the file is sent there first
            sent = await self._http.post(self._files, content=picture().read_bytes())
            return {"file": sent.json()["uri"]}
        return _arguments(endpoint, text)

    async def read(self, file: dict[str, Any]) -> str:
        return (await self._http.get(file["url"])).text

    async def _serve(self) -> str:
        """Starts the server; where it is."""
        # Into a pipe that nobody reads, it could not write its log, and would wait.
        log = tempfile.NamedTemporaryFile("w")  # noqa: SIM115
        self._stack.enter_context(log)
        server = await asyncio.create_subprocess_exec(
            sys.executable, *self.argv(), "--transport", "http", "--port", "0",
            cwd=ROOT, stdin=asyncio.subprocess.DEVNULL, stderr=log,
        )  # fmt: skip
        self.pids = [server.pid]
        self._stack.push_async_callback(server.wait)
        self._stack.callback(server.terminate)
        while not (found := re.search(r"http\S+/mcp", _text_of(log.name))):
            assert server.returncode is None, "the server did not start"
            await asyncio.sleep(0.05)
        return found[0]

    async def _as_user(self, url: str, headers: dict[str, str]) -> tuple[Any, Any]:
        """Plain HTTP with these headers, and MCP over it."""
        import httpx2
        from mcp.client.streamable_http import streamable_http_client

        limits = httpx2.Limits(max_connections=None)  # each call has one of its own
        http = httpx2.AsyncClient(headers=headers, timeout=None, limits=limits)
        await self._stack.enter_async_context(http)
        return http, streamable_http_client(url, http_client=http)


class HttpUsers(HttpTools):
    """Many users of one server over streamable HTTP, each with a client and tokens of their own.

    Calls are made by one user after the other; an answer with another's token is a wrong one.
    """

    async def start(self) -> None:
        url = await self._serve()
        self._users: deque[tuple[str, Any]] = deque()
        for number in range(USERS):
            own = f"visitor-{number}"
            headers = {"authorization": f"Bearer hf_user_{number}", "x-ip-token": own}
            _, streams = await self._as_user(url, headers)
            await self._connect(streams)
            self._users.append((own, self.client))

    async def call(self, endpoint: str, text: str) -> str:
        own, client = user = self._users.popleft()
        self._users.append(user)
        result = await client.call_tool(f"t_{endpoint}", _arguments(endpoint, text))
        answer = _said(result.is_error, result.structured_content, result.content)
        if endpoint != WHOSE:
            return answer
        return answer.removeprefix(f"{own}: ") if answer != text else "it had no token"


@dataclass
class GradioClient:
    """The `gradio_client` package: blocking calls, one thread for each call in flight."""

    url: str
    _threads: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(THREADS))

    async def start(self) -> None:
        from gradio_client import Client  # type: ignore[import-untyped]

        self._client = await asyncio.to_thread(
            Client, self.url, verbose=False, max_workers=THREADS, analytics_enabled=False
        )

    async def call(self, endpoint: str, text: str) -> str:
        from gradio_client import handle_file

        given = {PICTURE: (), SIZE_OF: (handle_file(str(picture())),)}.get(endpoint, (text,))
        predict = functools.partial(self._client.predict, *given, api_name=f"/{endpoint}")
        answer = await asyncio.get_running_loop().run_in_executor(self._threads, predict)
        return str(os.stat(answer).st_size if endpoint == PICTURE else answer)

    async def stop(self) -> None:
        self._client.close()
        self._threads.shutdown(wait=False, cancel_futures=True)


@dataclass
class GradioMcp:
    """Gradio's own MCP server, part of the app, called by the SDK's client over streamable HTTP."""

    app: EchoApp
    _stack: AsyncExitStack = field(default_factory=AsyncExitStack)

    @property
    def pids(self) -> list[int]:
        return [self.app.pid]

    async def start(self) -> None:
        from mcp import ClientSession
        from mcp.client.streamable_http import streamable_http_client

        streams = streamable_http_client(f"{self.app.url}/gradio_api/mcp/")
        read, write, *_ = await self._stack.enter_async_context(streams)
        self._session = await self._stack.enter_async_context(ClientSession(read, write))
        await self._session.initialize()
        await self._session.list_tools()

    async def call(self, endpoint: str, text: str) -> str:
        name = "show_picture" if endpoint == PICTURE else endpoint
        result: Any = await self._session.call_tool(name, _arguments(endpoint, text))
        return _said(result.isError, None, result.content)

    async def stop(self) -> None:
        await self._stack.aclose()


def _text_of(path: str) -> str:
    return Path(path).read_text()


def _arguments(endpoint: str, text: str) -> dict[str, str]:
    if endpoint == PICTURE:
        return {}
    return {"file": str(picture())} if endpoint == SIZE_OF else {"text": text}


def _said(is_error: bool, structured: Any, content: list[Any]) -> str:
    """What a tool's result says: the size of its picture, the one structured value, or its text."""
    text = "\n".join(getattr(block, "text", "") for block in content)
    if is_error:
        raise RuntimeError(text)
    if pictures := [block.data for block in content if block.type == "image"]:
        return str(len(b64decode(pictures[0])))
    return str(next(iter(structured.values()))) if structured else text


def mcp_server(
    kind: Callable[[tuple[str, ...], str, EchoApp], Contestant], mode: str, *command: str
) -> Callable[[EchoApp], Contestant]:
    """What makes an MCP server with that command."""
    return functools.partial(kind, command, mode)


_SDK = ("-m", "benchmarks.sdk_server", "{url}")
SPACE_TOOLS = ("-m", "space_tools", "serve", "--space", "t={url}")
INLINE = ("--inline-limit", "4194304")
BY_PATH = (*SPACE_TOOLS, "--root", str(picture().parent), "--output-dir", "{folder}", *INLINE)
# Whose callers' tokens go to the app.
TRUSTED = (*SPACE_TOOLS, "--trust-host", "{host}", "--log-level", "warning")
GRADIO_MCP = "gradio-mcp"
SDK_HTTP = "sdk-http"
FILELESS = frozenset({SDK_HTTP, GRADIO_MCP})
"""Who takes no files of its caller's, and is not asked to."""

USERS_MODERN, USERS_LEGACY = "users", "users-legacy"
FLOOR = "floor"

CONTESTANTS: dict[str, Callable[[EchoApp], Contestant]] = {
    FLOOR: lambda app: Floor(app.url),
    "sdk": mcp_server(StdioTools, MODERN, *_SDK),
    "sdk-legacy": mcp_server(StdioTools, LEGACY, *_SDK),
    SDK_HTTP: mcp_server(HttpTools, MODERN, *_SDK),
    "space-tools": mcp_server(StdioTools, MODERN, *BY_PATH),
    "space-tools-legacy": mcp_server(StdioTools, LEGACY, *BY_PATH),
    "space-tools-http": mcp_server(HttpTools, MODERN, *SPACE_TOOLS, *INLINE),
    USERS_MODERN: mcp_server(HttpUsers, MODERN, *TRUSTED),
    USERS_LEGACY: mcp_server(HttpUsers, LEGACY, *TRUSTED),
    "gradio_client": lambda app: GradioClient(app.url),
    GRADIO_MCP: GradioMcp,
}
