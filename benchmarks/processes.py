"""Processes that are told and answer one JSON object a line, and what the kernel says they cost."""

import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

ROOT = Path(__file__).resolve().parent.parent
STOP_SECONDS = 5.0
QUIET_SHARE = 0.2
QUIET_STEP_SECONDS = 0.1
MIB = 1 << 20
LINE_LIMIT = MIB


class ProcessFailed(Exception):
    """A process of the benchmark ended, or fell silent, before it answered."""


def say(answer: dict[str, Any]) -> None:
    """Write one answer to the process that started this one."""
    sys.__stdout__.write(json.dumps(answer) + "\n")  # type: ignore[union-attr]
    sys.__stdout__.flush()  # type: ignore[union-attr]


@dataclass(frozen=True)
class JsonProcess:
    """A running process and the way to talk with it."""

    process: asyncio.subprocess.Process
    log: BinaryIO

    @property
    def pid(self) -> int:
        return self.process.pid

    async def answer(self, seconds: float) -> dict[str, Any]:
        """The next line it says. Raises ProcessFailed if none comes within `seconds`."""
        assert self.process.stdout is not None
        try:
            async with asyncio.timeout(seconds):
                line = await self.process.stdout.readline()
        except TimeoutError:
            raise ProcessFailed(f"no answer within {seconds:g} s{self.last_words()}") from None
        if not line:
            raise ProcessFailed(f"ended before it answered{self.last_words()}")
        answer: dict[str, Any] = json.loads(line)
        return answer

    async def ask(self, question: dict[str, Any], seconds: float) -> dict[str, Any]:
        """Say one line to it and wait for the answer, at most `seconds`."""
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(json.dumps(question).encode() + b"\n")
            await self.process.stdin.drain()
        except ConnectionError:
            raise ProcessFailed(f"ended before it was asked{self.last_words()}") from None
        return await self.answer(seconds)

    def last_words(self) -> str:
        """The last line of its stderr, to go behind a message, or nothing."""
        self.log.seek(0)
        lines = self.log.read().decode(errors="replace").strip().splitlines()
        return f": {lines[-1].strip()}" if lines else ""


@asynccontextmanager
async def json_process(argv: Sequence[str]) -> AsyncIterator[JsonProcess]:
    """Run a command in the repository's root; at the end its stdin is closed, then it is killed."""
    with tempfile.TemporaryFile() as log:
        process = await asyncio.create_subprocess_exec(
            *argv,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
            cwd=ROOT,
            limit=LINE_LIMIT,
        )
        try:
            yield JsonProcess(process, log)
        finally:
            await _end(process)


async def _end(process: asyncio.subprocess.Process) -> None:
    assert process.stdin is not None
    process.stdin.close()
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


def cpu_seconds(pids: Iterable[int]) -> float | None:
    """Processor time these processes have used so far, user and system, with children that ended.

    None where the system has no `/proc` (then the tables show a dash).
    """
    ticks = 0
    for pid in pids:
        fields = _stat_fields(pid)
        if fields is None:
            return None
        ticks += sum(int(field) for field in fields[11:15])
    return ticks / os.sysconf("SC_CLK_TCK")


async def settle(pids: Iterable[int], *, seconds: float) -> None:
    """Wait until these processes are idle (a fifth of a core at most), but not over `seconds`."""
    pids = list(pids)
    deadline = time.perf_counter() + seconds
    before = cpu_seconds(pids)
    while before is not None and time.perf_counter() < deadline:
        await asyncio.sleep(QUIET_STEP_SECONDS)
        after = cpu_seconds(pids)
        if after is None or after - before <= QUIET_SHARE * QUIET_STEP_SECONDS:
            return
        before = after


def children_of(pid: int) -> list[int]:
    """The running processes that `pid` started."""
    proc = Path("/proc")
    candidates = [int(entry.name) for entry in proc.glob("[0-9]*")] if proc.is_dir() else []
    stats = {candidate: _stat_fields(candidate) for candidate in candidates}
    return [child for child, fields in stats.items() if fields and int(fields[1]) == pid]


def _stat_fields(pid: int) -> list[str] | None:
    """Fields of /proc/PID/stat from the third (state) on: the second may hold spaces."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    return stat.rpartition(")")[2].split()


@dataclass(frozen=True)
class Memory:
    """Resident memory of a process in bytes: now, and the most since `forget_peak`."""

    now: int
    peak: int


def resident_memory(pid: int) -> Memory | None:
    """What the kernel says of a process; None where the system has no `/proc`."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    lines = dict(line.split(":", 1) for line in status.splitlines())
    now, peak = (int(lines[name].split()[0]) * 1024 for name in ("VmRSS", "VmHWM"))
    return Memory(now, max(now, peak))


@dataclass(frozen=True)
class Holdings:
    """What a process has open: descriptors, and threads."""

    descriptors: int
    threads: int


def holdings(pid: int) -> Holdings | None:
    """What the kernel says of a process; None where the system has no `/proc`."""
    try:
        descriptors, threads = (len(os.listdir(f"/proc/{pid}/{kind}")) for kind in ("fd", "task"))
    except OSError:
        return None
    return Holdings(descriptors, threads)


def open_many_files(most: int | None = None) -> None:
    """Let this process open so many files, and connections, or as many as the system lets it."""
    with suppress(ImportError):  # Windows, where there is no such limit
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most or hard, hard))


def forget_peak(pid: int | str = "self") -> None:
    """Let a process's peak begin again from what is resident now."""
    with suppress(OSError):
        Path(f"/proc/{pid}/clear_refs").write_text("5", encoding="utf-8")


def touch_memory(size: int) -> None:
    """Have the kernel own the memory that so many bytes of files will be in.

    On virtual machines writing into memory that was never used takes ten times as long, and
    whoever came first would pay for it.
    """
    with tempfile.TemporaryFile() as file:
        for _ in range(0, size, MIB):
            file.write(bytes(MIB))
