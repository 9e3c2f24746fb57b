"""How long a list of tools takes, by how many there are, and what building each costs.

    python benchmarks/listing.py [--rounds N] [--json FILE]

The app is scripted, and describes as many endpoints as are asked for. Beside it, a server on the
same SDK that has as many tools written down.
"""

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from starlette.responses import JSONResponse

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.command import TABLE_WIDTH, describe_machine, numbers
from benchmarks.report import show_median, show_range, spread
from benchmarks.start import list_tools, say_hello, started
from space_tools.tools.toolset import Toolset
from tests.minimal_app import PREFIX, minimal_app
from tests.scripted_app import Script, scripted_app

COUNTS = (10, 100, 1000)
LISTS = 5
"""Lists of each server; the first, for which the answer is made, is told by itself."""


@dataclass
class Found:
    """Milliseconds of every round, for so many tools."""

    build: list[float] = field(default_factory=list)
    first: list[float] = field(default_factory=list)
    again: list[float] = field(default_factory=list)
    least: list[float] = field(default_factory=list)


def describing(count: int) -> Script:
    """An app with so many endpoints, each a text to a text."""
    config, info = minimal_app()
    [dependency], described = config["dependencies"], info["named_endpoints"]["/echo"]
    names = [f"echo_{number}" for number in range(count)]
    config["dependencies"] = [
        {**dependency, "id": number, "api_name": name} for number, name in enumerate(names)
    ]
    info["named_endpoints"] = {f"/{name}": described for name in names}
    routes: Any = {
        ("GET", "/config"): lambda _: JSONResponse(config),
        ("GET", f"{PREFIX}/info"): lambda _: JSONResponse(info),
    }
    return Script({}, {}, routes=routes)


async def list_times(command: Sequence[str], count: int) -> list[float]:
    """Milliseconds of each list that a server gives over stdio, once it has all its tools."""
    async with started(command) as process:
        await say_hello(process)
        while True:
            times = []
            for number in range(LISTS):
                began = time.perf_counter()
                tools = await list_tools(process, 10 + number)
                times.append(1000 * (time.perf_counter() - began))
            if len(tools) == count:
                return times
            await asyncio.sleep(0.2)


async def build_time(url: str, count: int) -> float:
    """Milliseconds from an app's address to its tools, all told, for each tool."""
    began = time.perf_counter()
    async with Toolset([f"t={url}"]) as toolset:
        assert len(toolset) == count, toolset.problems
        return 1000 * (time.perf_counter() - began) / count


async def run(rounds: int, counts: Sequence[int]) -> dict[int, Found]:
    found = {count: Found() for count in counts}
    for _ in range(rounds):
        for count in counts:
            with scripted_app(describing(count)) as app:
                found[count].build.append(await build_time(app.url, count))
                serving = ["space_tools", "serve", "--log-level", "error", "--space", app.url]
                times = await list_times(["-m", *serving], count)
            found[count].first.append(times[0])
            found[count].again.extend(times[1:])
            least = await list_times(["-m", "benchmarks.minimal_server", str(count)], count)
            found[count].least.extend(least[1:])
    return found


def build_table(found: Mapping[int, Found]) -> Table:
    columns = (
        "tools",
        "build, ms a tool",
        "min..max",
        "list, ms",
        "min..max",
        "minimal server, ms",
    )
    table = Table(*columns)
    for count, each in found.items():
        build, again, least = map(spread, (each.build, each.again, each.least))
        table.add_row(
            str(count),
            show_median(build, ".2f"),
            show_range(build, ".2f"),
            show_median(again, ".1f"),
            show_range(again, ".1f"),
            show_median(least, ".1f"),
        )
    return table


def main() -> None:
    """Measure, show, save."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--counts", type=numbers, default=COUNTS)
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args()
    found = asyncio.run(run(options.rounds, options.counts))
    Console(width=TABLE_WIDTH).print(build_table(found))
    if options.json:
        results = {count: vars(each) for count, each in found.items()}
        document = {"milliseconds": results, **describe_machine(("space-tools", "mcp"))}
        options.json.write_text(json.dumps(document, indent=2) + "\n")


if __name__ == "__main__":
    main()
