"""A day's calls in minutes: whether the server's memory grows with them, and what it keeps open.

    python benchmarks/soak.py [--minutes N] [--transport stdio|http] [--json FILE]

A server for which an hour is twenty seconds (`hasty.py`) takes calls of all kinds, some at a
time: echoes through the queue and past it, failing and cancelled ones, pictures, files and jobs.
Beside it, in turn every few seconds, a server on the same SDK takes echoes only. Resident memory,
descriptors and threads are read every second; the result is the slope of memory over the calls of
the second half, with its 95 % interval.
"""

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from rich.console import Console
from rich.table import Table

from benchmarks.apps import running_app
from benchmarks.command import TABLE_WIDTH, describe_machine
from benchmarks.contestants import (
    BY_PATH,
    CONTESTANTS,
    INLINE,
    MODERN,
    SPACE_TOOLS,
    HttpTools,
    StdioTools,
    mcp_server,
)
from benchmarks.mixed import DAY, ECHOES, MAX_WAIT, Call
from benchmarks.processes import MIB, holdings, resident_memory
from benchmarks.slope import Slope, fit

PEER = "sdk"
AT_ONCE = 8
SLICE_SECONDS = 5.0
SAMPLE_SECONDS = 1.0
CALL_SECONDS = 60.0
SMALL = {"minutes": 0.25}
HASTY = ("-m", "benchmarks.hasty")
KINDS: dict[str, Any] = {
    "stdio": (StdioTools, (*HASTY, *BY_PATH[2:])),
    "http": (HttpTools, (*HASTY, *SPACE_TOOLS[2:], *INLINE)),
}


@dataclass(frozen=True)
class Moment:
    """What a server had after so many calls; memory in MiB."""

    calls: int
    memory: float
    descriptors: int
    threads: int


@dataclass
class Soaked:
    """One server, and what was seen of it."""

    server: Any
    mix: Sequence[Call]
    calls: int = 0
    errors: list[str] = field(default_factory=list)
    moments: list[Moment] = field(default_factory=list)

    def look(self) -> None:
        [pid] = self.server.pids
        memory, open_now = resident_memory(pid), holdings(pid)
        if memory is None or open_now is None:
            raise SystemExit("the server is gone, or this system has no /proc")
        moment = Moment(self.calls, memory.now / MIB, open_now.descriptors, open_now.threads)
        self.moments.append(moment)

    @property
    def slope(self) -> Slope | None:
        """MiB for each 1,000 calls, over the second half of them."""
        half = [each for each in self.moments if each.calls >= self.calls / 2]
        return fit([(each.calls / 1000, each.memory) for each in half])

    async def take(self, seconds: float) -> None:
        """Calls, some at a time, for so long."""
        until, numbers = time.monotonic() + seconds, count()
        looking = asyncio.create_task(self._keep_looking())
        try:
            await asyncio.gather(*(self._work(numbers, until) for _ in range(AT_ONCE)))
        finally:
            looking.cancel()
            with suppress(asyncio.CancelledError):
                await looking

    async def _keep_looking(self) -> None:
        while True:
            await asyncio.sleep(SAMPLE_SECONDS)
            self.look()

    async def _work(self, numbers: Any, until: float) -> None:
        while time.monotonic() < until:
            call, text = self.mix[next(numbers) % len(self.mix)], f"text-{self.calls}"
            try:
                async with asyncio.timeout(CALL_SECONDS):
                    right = await call(self.server, text)
            except Exception as error:  # noqa: BLE001 - whatever a server does is its error, counted
                self.errors.append(f"{call.__qualname__}: {type(error).__name__}: {error}")
            else:
                self.calls += 1
                if not right:
                    self.errors.append(f"{call.__qualname__} did not end as it should have")


async def run(transport: str, minutes: float) -> dict[str, Soaked]:
    """Both servers, each with an app of its own, in turn until the time is over."""
    kind, command = KINDS[transport]
    options = ("--max-wait", str(MAX_WAIT), "--log-level", "warning")
    own = mcp_server(kind, MODERN, *command, *options)
    async with (
        running_app(sys.executable, "--more") as app,
        running_app(sys.executable, "--more") as other,
    ):
        found = {
            "space-tools": Soaked(own(app), DAY),
            PEER: Soaked(CONTESTANTS[PEER](other), ECHOES),
        }
        await _soak(list(found.values()), minutes)
    return found


async def _soak(all_of_them: Sequence[Soaked], minutes: float) -> None:
    for soaked in all_of_them:
        await soaked.server.start()
    try:
        until = time.monotonic() + 60 * minutes
        while time.monotonic() < until:
            for soaked in all_of_them:
                await soaked.take(SLICE_SECONDS)
    finally:
        for soaked in reversed(all_of_them):
            await soaked.server.stop()


def verdict(slope: Slope | None) -> str:
    if slope is None:
        return "too few calls to tell"
    if slope.is_none:
        return "not to be told from zero"
    return "grows" if slope.slope > 0 else "shrinks"


def build_table(found: dict[str, Soaked]) -> Table:
    table = Table("server", "calls", "errors", "MiB", "MiB per 1,000 calls", "95 %", "memory",
                  "descriptors", "threads")  # fmt: skip
    for name, soaked in found.items():
        slope, first, last = soaked.slope, soaked.moments[0], soaked.moments[-1]
        table.add_row(
            name,
            str(soaked.calls),
            str(len(soaked.errors)),
            f"{first.memory:.1f} → {last.memory:.1f}",
            "-" if slope is None else f"{slope.slope:+.3f}",
            "-" if slope is None else f"{slope.low:+.3f}..{slope.high:+.3f}",
            verdict(slope),
            f"{first.descriptors} → {last.descriptors}",
            f"{first.threads} → {last.threads}",
        )
    return table


def build_document(found: dict[str, Soaked]) -> dict[str, Any]:
    """Everything that was found, for `--json`."""
    servers = {
        name: {
            "calls": soaked.calls,
            "errors": soaked.errors,
            "slope": soaked.slope and asdict(soaked.slope),
            "verdict": verdict(soaked.slope),
            "moments": [asdict(moment) for moment in soaked.moments],
        }
        for name, soaked in found.items()
    }
    return {"servers": servers, **describe_machine(("space-tools", "mcp", "gradio"))}


def main() -> int:
    """Measure, show, save. Exits with 1 if a call did not end as it should have."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=5.0, help="for both (default 5)")
    parser.add_argument("--transport", choices=list(KINDS), default="stdio")
    parser.add_argument("--small", action="store_true", help="some seconds")
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args()
    if options.small:
        vars(options).update(SMALL)
    found = asyncio.run(run(options.transport, options.minutes))
    console = Console(width=TABLE_WIDTH)
    console.print(build_table(found))
    for name, soaked in found.items():
        for error in list(dict.fromkeys(soaked.errors))[:5]:
            console.print(f"{name}: {error}", markup=False)
    if options.json:
        options.json.write_text(json.dumps(build_document(found), indent=1), encoding="utf-8")
    return 1 if any(soaked.errors for soaked in found.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
