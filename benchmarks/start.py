"""How long a server takes to start: from its process to its first list of tools.

    python benchmarks/start.py [--rounds N] [--latency SECONDS] [--json FILE]

Warm, the Spaces were seen before, and neither they nor the Hub can be reached; cold, both answer,
each request late. Beside them, the least that a server on the same SDK can be. A second table has
what many Spaces take more than one, within each round.
"""

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.command import TABLE_WIDTH, describe_machine
from benchmarks.processes import ROOT
from benchmarks.report import Spread, show_median, show_range, spread
from tests.scripted_app import on_loopback, scripted_app
from tests.stand_in_hub import StandInHub
from tests.tools.deployed import CONFIG, Deployed

LATENCY = 0.2
"""Seconds that each answer of the Hub, and each description of an app, takes."""

WANTED_MORE = 0.5
"""Seconds that a hundred Spaces may take more than one, cold."""

PATIENCE = 60.0
COUNTS = (1, 20, 100)
MINIMAL = "minimal server"
VERSIONS = ("space-tools", "mcp", "huggingface_hub")


@dataclass(frozen=True)
class Start:
    """One way of starting a server that lists `tools`; cold, it has nothing in its cache."""

    name: str
    command: Sequence[str]
    env: Mapping[str, str]
    tools: int
    cold: bool = False


class Late(Response):
    """An answer that takes its time."""

    def __init__(self, answer: ASGIApp, latency: float) -> None:
        super().__init__()
        self._answer = answer
        self._latency = latency

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.sleep(self._latency)
        await self._answer(scope, receive, send)


def spaces(count: int) -> list[str]:
    return [f"owner/name{number}" for number in range(count)]


def serving(count: int) -> list[str]:
    named = [part for space in spaces(count) for part in ("--space", space)]
    return ["-m", "space_tools", "serve", "--log-level", "error", *named]


async def measure(start: Start, folder: Path) -> float:
    """Seconds from the process to its whole list."""
    own = {"XDG_CACHE_HOME": tempfile.mkdtemp(dir=folder)} if start.cold else {}
    began = time.perf_counter()
    async with started(start.command, {**start.env, **own}) as process:
        await say_hello(process)
        tools = await list_tools(process, 2)
        took = time.perf_counter() - began
    if len(tools) != start.tools:
        raise SystemExit(f"{start.name}: {len(tools)} tools were listed, not {start.tools}")
    return took


@asynccontextmanager
async def started(
    command: Sequence[str], env: Mapping[str, str] | None = None
) -> AsyncIterator[asyncio.subprocess.Process]:
    """A server of this Python's, which ends with the block; it has `PATIENCE` for all of it."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *command,
        cwd=ROOT,
        env={**os.environ, **(env or {})},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=1 << 26,
    )
    try:
        async with asyncio.timeout(PATIENCE):
            yield process
    finally:
        assert process.stdin is not None
        process.stdin.close()
        await process.wait()


async def say_hello(process: asyncio.subprocess.Process) -> None:
    """What a client says first."""
    client = {"name": "benchmark", "version": "0"}
    hello = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": client}
    await _ask(process, 1, "initialize", hello)
    _say(process, {"method": "notifications/initialized"})


async def list_tools(process: asyncio.subprocess.Process, number: int) -> list[dict[str, Any]]:
    """The tools of its apps, asked for by a request of that id."""
    listed = (await _ask(process, number, "tools/list", {}))["tools"]
    return [tool for tool in listed if not tool["name"].startswith("job_")]


async def _ask(
    process: asyncio.subprocess.Process, number: int, method: str, params: Mapping[str, Any]
) -> dict[str, Any]:
    """The server's answer to a request of that id."""
    _say(process, {"id": number, "method": method, "params": params})
    assert process.stdout is not None
    while line := await process.stdout.readline():
        if (answer := json.loads(line)).get("id") == number:
            result: dict[str, Any] = answer["result"]
            return result
    raise SystemExit("a server ended before it answered")


def _say(process: asyncio.subprocess.Process, message: Mapping[str, Any]) -> None:
    assert process.stdin is not None
    process.stdin.write(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")


async def run(
    rounds: int, counts: Sequence[int], latency: float, folder: Path
) -> dict[str, list[float]]:
    """Start → its seconds in each round."""
    deployed = Deployed()
    script = deployed.script()
    describe = script.routes["GET", CONFIG]
    assert callable(describe)
    script.routes = {**script.routes, ("GET", CONFIG): lambda asked: Late(describe(asked), latency)}
    with scripted_app(script) as app:
        cold, warm = [], []
        with on_loopback(StandInHub) as hub:
            for space in spaces(max(counts)):
                hub.add(space, host=app.url)
                hub.answers["GET", f"/api/spaces/{space}"] = Late(hub.routes, latency)
            env = {"HF_ENDPOINT": hub.url, "HF_HOME": str(folder / "hf"), "HF_TOKEN": ""}
            for count in counts:
                cold.append(Start(f"cold, {count} Spaces", serving(count), env, count, cold=True))
                remembered = {**env, "XDG_CACHE_HOME": str(folder / f"warm-{count}")}
                warm.append(Start(f"warm, {count} Spaces", serving(count), remembered, count))
                await measure(warm[-1], folder)
            found = await _rounds(cold, rounds, folder)
    minimal = Start(MINIMAL, ["-m", "benchmarks.minimal_server"], {}, 1)
    return {**await _rounds([minimal, *warm], rounds, folder), **found}


async def _rounds(starts: Sequence[Start], rounds: int, folder: Path) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {start.name: [] for start in starts}
    for number in range(rounds):
        turn = number % len(starts)
        for start in [*starts[turn:], *starts[:turn]]:
            found[start.name].append(await measure(start, folder))
    return found


def ratios(found: Mapping[str, Sequence[float]], name: str) -> Spread | None:
    """Of each round's time to the minimal server's in the same round."""
    pairs = zip(found[name], found[MINIMAL], strict=True)
    return spread([one / least for one, least in pairs])


def more_than_one(
    found: Mapping[str, Sequence[float]], counts: Sequence[int]
) -> dict[str, list[float]]:
    """Start of several Spaces → seconds that it took more than the fewest, in each round."""
    fewest, *others = sorted(set(counts))
    return {
        name: [many - few for many, few in zip(found[name], found[least], strict=True)]
        for how in ("cold", "warm")
        for least in [f"{how}, {fewest} Spaces"]
        for name in [f"{how}, {count} Spaces" for count in others]
    }


def build_more(more: Mapping[str, Sequence[float]], counts: Sequence[int]) -> Table:
    table = Table("start", f"ms more than {min(counts)}", "min..max", "wanted")
    for name, seconds in more.items():
        ms = spread([1000 * each for each in seconds])
        wanted = f"≤ {1000 * WANTED_MORE:.0f}" if name.startswith("cold") else ""
        table.add_row(name, show_median(ms, "+.0f"), show_range(ms, "+.0f"), wanted)
    return table


def build_table(found: Mapping[str, Sequence[float]]) -> Table:
    table = Table("start", "ms", "min..max", f"x {MINIMAL}", "min..max")
    for name, seconds in found.items():
        ms, times = spread([1000 * each for each in seconds]), ratios(found, name)
        table.add_row(
            name,
            show_median(ms, ".0f"),
            show_range(ms, ".0f"),
            show_median(times, ".2f"),
            show_range(times, ".2f"),
        )
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--latency", type=float, default=LATENCY, help=f"default {LATENCY} s")
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--counts", type=int, nargs="+", default=list(COUNTS))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = asyncio.run(run(options.rounds, options.counts, options.latency, Path(folder)))
    more, console = more_than_one(found, options.counts), Console(width=TABLE_WIDTH)
    console.print(build_table(found))
    if more:
        console.print(build_more(more, options.counts))
    if options.json:
        measured = {"seconds": found, "more": more, "latency": options.latency}
        results = {**measured, **describe_machine(VERSIONS)}
        options.json.write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main()
