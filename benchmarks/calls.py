"""What a call costs: the same echo of a real Gradio app, called in every way, in turn.

Run as `python benchmarks/calls.py` with `gradio`, `gradio_client` and this package installed;
`--help` lists the options and README.md says how to read the tables.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from rich.console import Console

from benchmarks.apps import START_SECONDS, running_app
from benchmarks.command import (
    TABLE_WIDTH,
    describe_machine,
    names_in,
    numbers,
)
from benchmarks.contestants import (
    CONTESTANTS,
    FILELESS,
    FLOOR,
    GRADIO_MCP,
    USERS_LEGACY,
    USERS_MODERN,
    EchoApp,
)
from benchmarks.echo_app import DIRECT, PICTURE, QUEUED, SIZE_OF
from benchmarks.measuring import Load, Sample
from benchmarks.peers import PeerUnavailable, default_cache, gradio_mcp_python
from benchmarks.processes import JsonProcess, ProcessFailed, json_process, settle, touch_memory
from benchmarks.report import Measurement, build_tables, summarise

# The queue comes last at each concurrency: it is where contestants fail and leave work behind.
ENDPOINTS = {"direct": DIRECT, "queued": QUEUED, "kilobyte": QUEUED}
CHARACTERS = {"kilobyte": 1000}
DEFAULT = ("direct", "queued")
LARGE = {"text": QUEUED, "picture": PICTURE, "file": SIZE_OF}
"""Of 1 MB each, and one at a time."""

LARGE_TEXT = 1_000_000
ALONE = tuple(name for name in CONTESTANTS if name not in (USERS_MODERN, USERS_LEGACY))
PACKAGES = ("space-tools", "gradio", "gradio_client", "mcp", "httpx2")
FILES_OF_A_CALL = 2
"""Of 1 MB: what a server keeps of a result, and its user's copy."""

MOST_TOUCHED = 2 << 30
SETTLE_SECONDS = 10.0
# With one call each, a measurement would be nothing but its beginning and its end.
LEAST_CALLS_PER_WORKER = 3


@dataclass(frozen=True)
class Plan:
    """What is to be measured."""

    rounds: int
    loads: tuple[Load, ...]
    contestants: tuple[str, ...]
    pythons: dict[str, str]
    """The interpreter of a contestant that has an environment of its own."""
    app_flags: tuple[str, ...] = ()
    file_bytes: int = 0
    """What all of them may write in a round."""


@dataclass
class Findings:
    """What was measured, and who could not be."""

    measurements: list[Measurement] = field(default_factory=list)
    failures: dict[str, str] = field(default_factory=dict)


async def run_rounds(plan: Plan, findings: Findings, console: Console) -> None:
    """Measure every contestant once in each round, each round on a new app.

    A new app, because apps slow down with age; in turning order, because they do so within a
    round as well.
    """
    for number in range(plan.rounds):
        turn = number % len(plan.contestants)
        names = plan.contestants[turn:] + plan.contestants[:turn]
        console.print(f"round {number + 1} of {plan.rounds} …")
        await asyncio.to_thread(touch_memory, plan.file_bytes)
        async with AsyncExitStack() as stack:
            apps = await _start_apps(stack, plan)
            runners = await _start_runners(stack, plan, names, apps, findings)
            for load in plan.loads:
                await _measure_all(number, load, runners, apps, findings)


async def _start_apps(stack: AsyncExitStack, plan: Plan) -> dict[str, EchoApp]:
    """The app of each contestant: one for all, but for Gradio's MCP server, which is in its own.

    Calls that it could not finish would otherwise be in the way of whoever comes next.
    """
    shared = await stack.enter_async_context(running_app(sys.executable, *plan.app_flags))
    apps = dict.fromkeys(plan.contestants, shared)
    if GRADIO_MCP in plan.contestants:
        own = running_app(plan.pythons[GRADIO_MCP], "--mcp")
        apps[GRADIO_MCP] = await stack.enter_async_context(own)
    return apps


async def _start_runners(
    stack: AsyncExitStack,
    plan: Plan,
    names: Sequence[str],
    apps: dict[str, EchoApp],
    findings: Findings,
) -> dict[str, JsonProcess]:
    """Start the contestants one after the other; who cannot start is noted and left out."""
    runners = {}
    for name in names:
        python = plan.pythons.get(name, sys.executable)
        app = apps[name]
        argv = [python, "-m", "benchmarks.runner", name, app.url, str(app.pid)]
        runner = await stack.enter_async_context(json_process(argv))
        try:
            answer = await runner.answer(START_SECONDS)
        except ProcessFailed as error:
            answer = {"failed": str(error)}
        if "failed" in answer:
            findings.failures[name] = answer["failed"] + runner.last_words()
        else:
            runners[name] = runner
    return runners


async def _measure_all(
    number: int,
    load: Load,
    runners: dict[str, JsonProcess],
    apps: dict[str, EchoApp],
    findings: Findings,
) -> None:
    pids = {app.pid for app in apps.values()}
    for name, runner in list(runners.items()):
        if load.endpoint == SIZE_OF and name in FILELESS:
            continue
        await settle(pids, seconds=SETTLE_SECONDS)
        try:
            answer = await runner.ask(asdict(load), load.seconds + 4 * load.patience)
        except ProcessFailed as error:
            findings.failures[name] = str(error)
            del runners[name]
            continue
        measurement = Measurement(number, name, load, Sample(**answer))
        findings.measurements.append(measurement)


def build_loads(options: argparse.Namespace) -> tuple[Load, ...]:
    """Every endpoint at every concurrency; many at a time get a few calls each at least."""
    small = tuple(
        Load(
            endpoint=ENDPOINTS[endpoint],
            concurrency=concurrency,
            calls=max(options.calls, LEAST_CALLS_PER_WORKER * concurrency),
            seconds=options.seconds,
            characters=CHARACTERS.get(endpoint, 0),
        )
        for concurrency in options.concurrency
        for endpoint in ENDPOINTS
        if endpoint in options.endpoints
    )
    large = tuple(
        Load(endpoint, 1, options.calls, options.seconds, LARGE_TEXT * (name == "text"))
        for name, endpoint in LARGE.items()
        if name in options.endpoints
    )
    return large + small


def build_plan(options: argparse.Namespace, findings: Findings) -> Plan:
    """Who is measured and where; a peer without an environment is noted and left out."""
    # Without the floor there is nothing to compare with.
    names = [name for name in CONTESTANTS if name == FLOOR or name in options.only]
    pythons = {}
    if GRADIO_MCP in names:
        try:
            pythons[GRADIO_MCP] = gradio_mcp_python(options.cache)
        except PeerUnavailable as error:
            findings.failures[GRADIO_MCP] = str(error)
            names.remove(GRADIO_MCP)
    large = options.calls * sum(name in LARGE for name in options.endpoints)
    written = min(len(names) * large * FILES_OF_A_CALL * LARGE_TEXT, MOST_TOUCHED)
    return Plan(options.rounds, build_loads(options), tuple(names), pythons, file_bytes=written)


def build_document(plan: Plan, findings: Findings) -> dict[str, Any]:
    """Everything that was found, for `--json`."""
    return {
        **describe_machine(PACKAGES),
        "rounds": plan.rounds,
        "failures": findings.failures,
        "results": [asdict(result) for result in summarise(findings.measurements)],
        "measurements": [asdict(measurement) for measurement in findings.measurements],
    }


def show(console: Console, findings: Findings) -> None:
    """Print the tables, then every kind of error and everyone who could not be measured."""
    results = summarise(findings.measurements)
    for table in build_tables(results):
        console.print(table)
    for result in results:
        if result.errors:
            where = f"{result.endpoint}, {result.concurrency} at a time"
            first = f"{result.contestant}, {where}: {result.errors} errors, first: "
            console.print(first + result.first_error, markup=False)
    for name, reason in findings.failures.items():
        console.print(f"{name}: not measured in every round: {reason}", markup=False)


def parse_options(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line; every option has a default."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    add = parser.add_argument
    add("--rounds", type=int, default=3, help="times everyone is measured (default 3)")
    add("--calls", type=int, default=200, help="most calls of a measurement (default 200)")
    add("--seconds", type=float, default=1.0, help="time to start calls in (default 1.0)")
    add("--concurrency", type=numbers, default=(1, 20, 100), help="default 1,20,100")
    add("--endpoints", type=names_in([*ENDPOINTS, *LARGE]), default=DEFAULT,
        help=f"default {','.join(DEFAULT)}; there is kilobyte,{','.join(LARGE)}, too")  # fmt: skip
    add("--only", type=names_in(list(CONTESTANTS)), default=ALONE,
        help=f"contestants beside the floor (default {','.join(ALONE)})")  # fmt: skip
    add("--json", type=Path, metavar="FILE", help="write all measurements there")
    add("--cache", type=Path, default=default_cache(), help="where environments are kept")
    return parser.parse_args(argv)


def main() -> int:
    """Measure, show, save. Exits with 1 if anything failed, whatever the numbers are."""
    options, console = parse_options(), Console(width=TABLE_WIDTH)
    findings = Findings()
    plan = build_plan(options, findings)
    asyncio.run(run_rounds(plan, findings, console))
    show(console, findings)
    if options.json:
        document = build_document(plan, findings)
        options.json.write_text(json.dumps(document, indent=1), encoding="utf-8")
    failed = findings.failures or any(each.sample.errors for each in findings.measurements)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
