"""A real server with every hostile app configured, and real clients of it, each with secrets."""

import gzip
import os
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from mcp import Client

from benchmarks.processes import Memory, children_of, forget_peak, resident_memory
from tests.server.http_server import http_client, http_server
from tests.server.stdio_server import serve

OWN = ("hf_canaryCanaryCanaryCanaryCanaryOwn0", "canary-of-an-ip-token-of-ones-own")
OTHERS = ("hf_canaryCanaryCanaryCanaryCanaryOthr", "canary-of-an-ip-token-of-anothers")
"""The Hub token and the X-IP-Token of who calls hostile apps, and of who calls a good one."""

CANARIES = tuple(token.encode() for token in (*OWN, *OTHERS))


@dataclass(frozen=True, slots=True)
class Host:
    """A server process with two users, who are one over stdio.

    `disk` is the only folder it is to write to.
    """

    client: Client
    bystander: Client
    pid: int
    stderr: Path
    disk: Path
    _seen: dict[Path, int] = field(default_factory=dict)

    def begin(self) -> Memory:
        """Its memory, whose peak is counted from here."""
        forget_peak(self.pid)
        return self.memory()

    def memory(self) -> Memory:
        """Its resident memory, now and at the peak since `begin`."""
        memory = resident_memory(self.pid)
        assert memory is not None, "there is no /proc"
        return memory

    def written(self) -> Iterator[tuple[str, bytes]]:
        """All that it has written anywhere since this was asked last: (where, what).

        What was packed is unpacked.
        """
        for path in [self.stderr, *self.disk.rglob("*")]:
            if path.is_file() and self._seen.get(path) != (changed := path.stat().st_mtime_ns):
                content = path.read_bytes()
                yield str(path), gzip.decompress(content) if path.suffix == ".gz" else content
                self._seen[path] = changed


@contextmanager
def environment_in(disk: Path, **more: str) -> Iterator[None]:
    """What a process that starts now inherits: folders of its own for everything."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("CACHE", "CONFIG", "DATA", "STATE"):
            patch.setenv(f"XDG_{name}_HOME", str(disk / name.lower()))
        for name in ("HF_HOME", "TMPDIR", "HOME"):
            (folder := disk / name.lower()).mkdir()
            patch.setenv(name, str(folder))
        for name, value in more.items():
            patch.setenv(name, value)
        yield


@asynccontextmanager
async def over_stdio(options: Sequence[str], disk: Path) -> AsyncIterator[Host]:
    """A server of one person's, whose token is in its environment."""
    with environment_in(disk, HF_TOKEN=OWN[0]):
        before = set(children_of(os.getpid()))
        saved = ("--output-dir", str(disk / "output"))
        async with serve(*options, *saved, era="legacy") as server:
            [pid] = set(children_of(os.getpid())) - before
            yield Host(server.client, server.client, pid, server.stderr_file, disk)


@asynccontextmanager
async def over_http(options: Sequence[str], disk: Path) -> AsyncIterator[Host]:
    """A server of two people's, each with a token of either kind in every request."""
    async with AsyncExitStack() as stack:
        with environment_in(disk):
            server = await stack.enter_async_context(http_server(*options))
        mine, theirs = [
            await stack.enter_async_context(
                http_client(server.mcp, era="modern", token=token, headers={"x-ip-token": ip_token})
            )
            for token, ip_token in (OWN, OTHERS)
        ]
        yield Host(mine, theirs, server.process.pid, server.stderr_file, disk)


HOSTS = {"stdio": over_stdio, "http": over_http}
