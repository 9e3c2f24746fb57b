"""What the Python client costs: `space_tools.Client` and `AsyncClient` beside `gradio_client`.

Run as `python benchmarks/client.py` with `gradio`, `gradio_client` and this package installed;
`--help` lists the options and README.md says how to read the tables.
"""

import argparse
import asyncio
import json
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from rich.console import Console

from benchmarks.apps import START_SECONDS, running_app
from benchmarks.client_report import (
    ClientMeasurement,
    ClientResult,
    build_client_tables,
    summarise_clients,
    title_of,
)
from benchmarks.client_tasks import (
    CONNECT,
    DOWNLOAD,
    IMPORT,
    PREDICT,
    RECONNECT,
    UPLOAD,
    ClientSample,
    Task,
)
from benchmarks.clients import CLIENTS, PEER
from benchmarks.command import TABLE_WIDTH, describe_machine, names_in, numbers
from benchmarks.contestants import EchoApp
from benchmarks.echo_app import DIRECT, QUEUED
from benchmarks.processes import (
    MIB,
    JsonProcess,
    ProcessFailed,
    json_process,
    settle,
    touch_memory,
)

PACKAGES = ("space-tools", "gradio", "gradio_client", "httpx", "httpx2")
SETTLE_SECONDS = 10.0
TASK_SECONDS = 600.0
# So that a measurement is not all beginning and end.
LEAST_WAVES = 2
SMALL = {"rounds": 1, "calls": 6, "concurrency": (1, 3), "mebibytes": 64}


@dataclass(frozen=True)
class Plan:
    """What is to be measured: in each round, each task by each of `clients`, in turn.

    The tasks of a group are done by one process, those of the next group by a new one.
    """

    rounds: int
    clients: tuple[str, ...]
    groups: tuple[tuple[Task, ...], ...]
    file_bytes: int


@dataclass
class Findings:
    """What was measured, and which clients could not be."""

    measurements: list[ClientMeasurement] = field(default_factory=list)
    failures: dict[str, str] = field(default_factory=dict)


async def run_rounds(plan: Plan, findings: Findings, console: Console, folder: Path) -> None:
    """Measure every client once in each round, in turning order, each round on new apps.

    Each client has an app of its own, because apps slow down with age, and with what a client
    leaves behind.
    """
    file = folder / "file.bin"
    await asyncio.to_thread(write_file, file, plan.file_bytes)
    for number in range(plan.rounds):
        turn = number % len(plan.clients)
        names = plan.clients[turn:] + plan.clients[:turn]
        console.print(f"round {number + 1} of {plan.rounds} …")
        async with AsyncExitStack() as stack:
            apps = {}
            for name in names:
                app = running_app(sys.executable, "--file", str(file))
                apps[name] = await stack.enter_async_context(app)
            await asyncio.to_thread(touch_memory, 2 * plan.file_bytes)
            for group in plan.groups:
                await _measure_group(number, group, apps, file, findings)


def write_file(path: Path, size: int) -> None:
    """A file of `size` bytes that nothing can compress."""
    with path.open("wb") as file:
        for start in range(0, size, MIB):
            file.write(os.urandom(min(MIB, size - start)))


async def _measure_group(
    number: int,
    group: tuple[Task, ...],
    apps: dict[str, EchoApp],
    file: Path,
    findings: Findings,
) -> None:
    """The tasks one after the other, each by every client; who falls silent is left out."""
    async with AsyncExitStack() as stack:
        runners = {
            name: await stack.enter_async_context(_runner(name, app, file))
            for name, app in apps.items()
        }
        for task in group:
            for name, runner in list(runners.items()):
                await settle([app.pid for app in apps.values()], seconds=SETTLE_SECONDS)
                try:
                    sample = ClientSample(**await runner.ask(asdict(task), TASK_SECONDS))
                except ProcessFailed as error:
                    findings.failures[name] = f"{task.kind}: {error}"
                    del runners[name]
                    continue
                findings.measurements.append(ClientMeasurement(number, name, task, sample))


@asynccontextmanager
async def _runner(name: str, app: EchoApp, file: Path) -> AsyncIterator[JsonProcess]:
    module = [sys.executable, "-m", "benchmarks.client_runner"]
    with tempfile.TemporaryDirectory(dir=file.parent) as folder:
        argv = [*module, name, app.url, str(app.pid), str(file), folder]
        async with json_process(argv) as runner:
            await runner.answer(START_SECONDS)
            yield runner


def build_groups(options: argparse.Namespace) -> tuple[tuple[Task, ...], ...]:
    """Connecting and calls by one process, and each transfer by one of its own."""
    start = Task(IMPORT), Task(CONNECT), Task(RECONNECT)
    calls = tuple(
        Task(PREDICT, endpoint, concurrency, _whole_waves(options.calls, concurrency))
        for concurrency in options.concurrency
        for endpoint in (DIRECT, QUEUED)
    )
    files = () if options.no_files else (UPLOAD, DOWNLOAD)
    transfers = tuple((Task(kind, size=options.mebibytes * MIB),) for kind in files)
    return (*start, *calls), *transfers


def _whole_waves(calls: int, concurrency: int) -> int:
    return concurrency * max(LEAST_WAVES, calls // concurrency)


def build_document(plan: Plan, findings: Findings, results: list[ClientResult]) -> dict[str, Any]:
    """Everything that was found, for `--json`."""
    return {
        **describe_machine(PACKAGES),
        "rounds": plan.rounds,
        "file_bytes": plan.file_bytes,
        "failures": findings.failures,
        "results": [asdict(result) for result in results],
        "measurements": [asdict(measurement) for measurement in findings.measurements],
    }


def show(console: Console, findings: Findings, results: list[ClientResult]) -> None:
    """Print the tables, then every kind of error and everyone who could not be measured."""
    for table in build_client_tables(results):
        console.print(table)
    for result in results:
        if result.errors:
            first = f"{result.client}, {title_of(result.task)}: {result.errors} errors, first: "
            console.print(first + result.first_error, markup=False)
    for name, reason in findings.failures.items():
        console.print(f"{name}: not measured in every round: {reason}", markup=False)


def parse_options(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line; every option has a default."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    add = parser.add_argument
    add("--rounds", type=int, default=5, help="times everyone is measured (default 5)")
    add("--calls", type=int, default=60, help="calls of a measurement, about (default 60)")
    add("--concurrency", type=numbers, default=(1, 20, 100), help="default 1,20,100")
    add("--only", type=names_in(list(CLIENTS)), default=tuple(CLIENTS),
        help=f"clients beside {PEER} (default {','.join(CLIENTS)})")  # fmt: skip
    add("--mebibytes", type=int, default=1024, help="size of the file (default 1024)")
    add("--no-files", action="store_true", help="no file up and down")
    add("--small", action="store_true", help="one short round, to see that everything works")
    add("--json", type=Path, metavar="FILE", help="write all measurements there")
    options = parser.parse_args(argv)
    if options.small:
        vars(options).update(SMALL)
    return options


def main() -> int:
    """Measure, show, save. Exits with 1 if anything failed, whatever the numbers are."""
    options, console, findings = parse_options(), Console(width=TABLE_WIDTH), Findings()
    # Without the peer there is nothing to compare with.
    names = tuple(name for name in CLIENTS if name == PEER or name in options.only)
    plan = Plan(options.rounds, names, build_groups(options), options.mebibytes * MIB)
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        asyncio.run(run_rounds(plan, findings, console, Path(folder).resolve()))
    results = summarise_clients(findings.measurements)
    show(console, findings, results)
    if options.json:
        document = build_document(plan, findings, results)
        options.json.write_text(json.dumps(document, indent=1), encoding="utf-8")
    failed = findings.failures or any(result.errors for result in results)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
