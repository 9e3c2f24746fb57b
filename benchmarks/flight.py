"""What memory a thousand calls take that are in flight at once, through one server.

    python benchmarks/flight.py [--rounds N] [--calls N] [--json FILE]

No call is answered before all of them have reached the app: they are in flight together, however
slow the machine. Beside `space-tools serve`, a server on the same SDK that does nothing but pass
calls on. The app and the client are processes of their own, and are not counted.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from rich.console import Console
from rich.table import Table

from benchmarks.apps import running_app
from benchmarks.command import TABLE_WIDTH, describe_machine, names_in
from benchmarks.contestants import (
    CONTESTANTS,
    MODERN,
    SPACE_TOOLS,
    TRUSTED,
    Contestant,
    EchoApp,
    HttpUsers,
    StdioTools,
    mcp_server,
)
from benchmarks.echo_app import GATHERED, QUEUED, TOGETHER
from benchmarks.floor import Floor
from benchmarks.processes import (
    MIB,
    Memory,
    cpu_seconds,
    forget_peak,
    open_many_files,
    resident_memory,
    settle,
)
from benchmarks.report import show_median, show_range, spread

PEER = "sdk"
# A call that waits long for the others is to be waited for, and no job.
PATIENT = ("--max-wait", "off", "--log-level", "warning")
SERVERS = {
    PEER: CONTESTANTS[PEER],
    "stdio": mcp_server(StdioTools, MODERN, *SPACE_TOOLS, *PATIENT),
    "http": mcp_server(HttpUsers, MODERN, *TRUSTED, *PATIENT[:2]),
}
WANTED_MIB = 180
USUAL_FILES = 1024
"""What systems let a process open; a server that wants more has to ask for it."""

PATIENCE = 600.0
POLL = 0.1
SETTLE_SECONDS = 5.0
SMALL = {"rounds": 1, "calls": 60, "wave": 30}


@dataclass(frozen=True)
class Flight:
    """What was found of one server in one round; memory is resident memory in MiB.

    `start`: once its tools were listed and one call made. `before`: after as many calls at once
    as are measured. `peak`: at most, while they were in flight. `after`: when all are over.
    """

    server: str
    start: float
    before: float
    peak: float
    after: float
    cpu_ms: float
    errors: int
    first_error: str


@dataclass(frozen=True)
class Crowd:
    """So many calls at once, started in waves: the app tells all that wait of each that comes."""

    calls: int
    wave: int


async def fly(contestant: Contestant, floor: Floor, crowd: Crowd) -> list[str]:
    """Make all calls, none of which ends before the last has begun; what went wrong."""
    errors: list[str] = []
    expected = f" of {crowd.calls}"

    async def call(number: int) -> None:
        text = f"text-{number}{expected}"
        try:
            answer = await contestant.call(TOGETHER, text)
        except Exception as error:  # noqa: BLE001 - whatever a server answers is its error, counted
            errors.append(f"{type(error).__name__}: {error}")
        else:
            if answer != text:
                errors.append(f"instead of {text!r}, it said {answer!r}")

    async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as tasks:
        for first in range(0, crowd.calls, crowd.wave):
            last = min(first + crowd.wave, crowd.calls)
            for number in range(first, last):
                tasks.create_task(call(number))
            while last < crowd.calls and not errors:
                if int(await floor.call(GATHERED, "")) >= last:
                    break
                await asyncio.sleep(POLL)
    return errors


async def measure(name: str, app: EchoApp, crowd: Crowd) -> Flight:
    """One server, from its start to the end of the second flight; the first warms it up."""
    contestant, floor = SERVERS[name](app), Floor(app.url)
    open_many_files(USUAL_FILES)  # which a server starts with
    await contestant.start()
    open_many_files()
    [pid] = contestant.pids  # type: ignore[attr-defined]
    try:
        await floor.start()
        await contestant.call(QUEUED, "warm")
        start = memory_of(pid)
        errors = await fly(contestant, floor, crowd)
        await settle([pid], seconds=SETTLE_SECONDS)
        forget_peak(pid)
        before, cpu = memory_of(pid), cpu_seconds([pid]) or 0.0
        errors += await fly(contestant, floor, crowd)
        peak, cpu = memory_of(pid).peak, (cpu_seconds([pid]) or 0.0) - cpu
        await settle([pid], seconds=SETTLE_SECONDS)
        after = memory_of(pid).now
    finally:
        await floor.stop()
        await contestant.stop()
    sizes = [size / MIB for size in (start.now, before.now, peak, after)]
    return Flight(name, *sizes, 1000 * cpu / crowd.calls, len(errors), next(iter(errors), ""))


def memory_of(pid: int) -> Memory:
    """Raises SystemExit where the system does not tell."""
    memory = resident_memory(pid)
    if memory is None:
        raise SystemExit("memory is read from /proc, which this system does not have")
    return memory


async def run(rounds: int, names: Sequence[str], crowd: Crowd) -> list[Flight]:
    """Every server in each round, each with an app of its own, in turning order."""
    found = []
    for number in range(rounds):
        turn = number % len(names)
        for name in (*names[turn:], *names[:turn]):
            async with running_app(sys.executable, "--more") as app:
                found.append(await measure(name, app, crowd))
    return found


def build_table(found: Sequence[Flight], calls: int) -> Table:
    columns = ("start", "before", "in flight", "min..max", "x sdk", "KiB a call", "after")
    table = Table(f"{calls} in flight, MiB", *columns, "CPU ms a call", "errors")
    peers = [flight.peak for flight in found if flight.server == PEER]
    for name in dict.fromkeys(flight.server for flight in found):
        own = [flight for flight in found if flight.server == name]
        peak = spread(flight.peak for flight in own)
        times = [flight.peak / peer for flight, peer in zip(own, peers, strict=False)]
        table.add_row(
            name,
            show_median(spread(flight.start for flight in own), ".1f"),
            show_median(spread(flight.before for flight in own), ".1f"),
            show_median(peak, ".1f"),
            show_range(peak, ".1f"),
            show_median(spread(times), ".2f"),
            show_median(spread((each.peak - each.start) * 1024 / calls for each in own), ".1f"),
            show_median(spread(flight.after for flight in own), ".1f"),
            show_median(spread(flight.cpu_ms for flight in own), ".2f"),
            str(sum(flight.errors for flight in own)),
        )
    return table


def main() -> int:
    """Measure, show, save. Exits with 1 if a call failed, whatever the numbers are."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--calls", type=int, default=1000, help="at once (default 1000)")
    parser.add_argument("--wave", type=int, default=100, help="started together (default 100)")
    parser.add_argument("--only", type=names_in(list(SERVERS)), default=tuple(SERVERS))
    parser.add_argument("--small", action="store_true", help="one round of few calls")
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args()
    if options.small:
        vars(options).update(SMALL)
    crowd = Crowd(options.calls, options.wave)
    found = asyncio.run(run(options.rounds, options.only, crowd))
    console = Console(width=TABLE_WIDTH)
    console.print(build_table(found, crowd.calls))
    for flight in found:
        if flight.errors:
            console.print(f"{flight.server}: {flight.errors} errors, first: {flight.first_error}")
    if options.json:
        flights = [asdict(flight) for flight in found]
        document = {"flights": flights, "calls": crowd.calls, "wanted_mib": WANTED_MIB}
        versions = describe_machine(("space-tools", "mcp", "gradio"))
        options.json.write_text(json.dumps({**document, **versions}, indent=1), encoding="utf-8")
    return 1 if any(flight.errors for flight in found) else 0


if __name__ == "__main__":
    sys.exit(main())
