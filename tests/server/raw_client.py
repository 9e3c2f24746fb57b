"""A client made by hand: it sees every byte that the server writes, and can misbehave."""

import json
import subprocess
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anyio
from anyio.abc import Process
from anyio.streams.buffered import BufferedByteReceiveStream

from tests.server.stdio_server import ANSWER_DEADLINE, ROOT, command_line, environment, stderr_file

LONGEST_LINE = 64 * 1024 * 1024
"""Bytes."""

LEGACY_VERSION = "2025-11-25"
MODERN_VERSION = "2026-07-28"

Message = dict[str, Any]


@dataclass(slots=True)
class RawClient:
    """One server process. `lines` is all that it has written to stdout so far, as messages."""

    process: Process
    stderr_file: Path
    lines: list[Message] = field(default_factory=list)
    _stdout: BufferedByteReceiveStream = field(init=False)
    _last_id: int = 0

    def __post_init__(self) -> None:
        assert self.process.stdout is not None
        self._stdout = BufferedByteReceiveStream(self.process.stdout)

    async def write(self, content: bytes) -> None:
        """Sends bytes as they are."""
        assert self.process.stdin is not None
        await self.process.stdin.send(content)

    async def send(self, *messages: Message) -> None:
        """Sends messages, at once."""
        await self.write(b"".join(to_line(message) for message in messages))

    def request(self, method: str, **params: Any) -> Message:
        """A request with an id of its own, not sent yet."""
        self._last_id += 1
        return {"jsonrpc": "2.0", "id": self._last_id, "method": method, "params": params}

    def call(self, endpoint: str, **arguments: Any) -> Message:
        """A legacy `tools/call`, not sent yet."""
        return self.request("tools/call", name=f"ks_{endpoint}", arguments=arguments)

    async def handshake(self) -> None:
        """Begins a legacy session."""
        client = {"name": "by-hand", "version": "1"}
        hello = self.request(
            "initialize", protocolVersion=LEGACY_VERSION, capabilities={}, clientInfo=client
        )
        await self.send(hello)
        answer = await self.answer(hello)
        assert answer["result"]["protocolVersion"] == LEGACY_VERSION
        await self.send({"jsonrpc": "2.0", "method": "notifications/initialized"})

    async def answer(self, request: Message) -> Message:
        """The answer to a request, reading on until it is there."""
        with anyio.fail_after(ANSWER_DEADLINE):
            while True:
                for line in self.lines:
                    if line.get("id") == request["id"] and "method" not in line:
                        return line
                await self.read_line()

    async def read_line(self) -> None:
        """Reads one line of stdout, which must be a JSON-RPC message."""
        line = await self._stdout.receive_until(b"\n", LONGEST_LINE)
        message = json.loads(line)
        assert message["jsonrpc"] == "2.0", line
        self.lines.append(message)

    async def read_to_the_end(self) -> None:
        """Reads what is left on stdout, once the server is ending."""
        with anyio.fail_after(ANSWER_DEADLINE):
            try:
                while True:
                    await self.read_line()
            except (anyio.EndOfStream, anyio.IncompleteRead):
                assert self._stdout.buffer == b""

    async def close_stdin(self) -> None:
        """Ends the connection, as a client does that is done."""
        assert self.process.stdin is not None
        await self.process.stdin.aclose()

    async def exit_code(self, *, within: float) -> int:
        """How the process ended. Raises TimeoutError if it has not, after so many seconds."""
        with anyio.fail_after(within):
            return await self.process.wait()

    def stderr(self) -> str:
        """What the process has written there so far."""
        return self.stderr_file.read_text(encoding="utf-8", errors="replace")


def to_line(message: Message) -> bytes:
    """A message as it goes over the wire."""
    return json.dumps(message).encode() + b"\n"


@asynccontextmanager
async def raw_client(
    *options: str, command: Sequence[str] | None = None, stdin: int = subprocess.PIPE
) -> AsyncIterator[RawClient]:
    """A server with these options, or started by `command`; killed if it outlives the block.

    `stdin` may be an open file instead of a pipe; then it is the test's to write to.
    """
    with stderr_file() as errlog:
        process = await anyio.open_process(
            command or command_line(*options),
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=errlog,
            cwd=ROOT,
            env=environment(),
            start_new_session=True,
        )
        async with process:
            try:
                yield RawClient(process, Path(errlog.name))
            finally:
                if process.returncode is None:
                    process.kill()
