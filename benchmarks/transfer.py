"""What a large file costs on its way to an app and back, through `space-tools serve`.

    python benchmarks/transfer.py [--rounds N] [--megabytes N] [--json FILE]

Over stdio: the file goes in by its path, and what comes back is saved in a folder. Beside it, in
turn within each round, `gradio_client` and the plain requests that are needed (`plain`). For the
server, CPU and memory are those of its process.
"""

import argparse
import asyncio
import json
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from rich.console import Console

from benchmarks.client import Findings, Plan, build_document, run_rounds, show
from benchmarks.client_report import summarise_clients
from benchmarks.client_tasks import DOWNLOAD, UPLOAD, Task
from benchmarks.command import TABLE_WIDTH
from benchmarks.transferrers import SERVE, TRANSFERRERS

MB = 10**6
WANTED_MIB = 32
SMALL = {"rounds": 1, "megabytes": 40}


def build_plan(rounds: int, megabytes: int) -> Plan:
    """One file up and one down, each by a new process."""
    groups = tuple((Task(kind, size=megabytes * MB),) for kind in (UPLOAD, DOWNLOAD))
    return Plan(rounds, tuple(TRANSFERRERS), groups, megabytes * MB)


def main() -> int:
    """Measure, show, save. Exits with 1 if anything failed, whatever the numbers are."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--megabytes", type=int, default=1000, help="default 1000: 1 GB")
    parser.add_argument("--small", action="store_true", help="one round, with a small file")
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args()
    if options.small:
        vars(options).update(SMALL)
    console, findings = Console(width=TABLE_WIDTH), Findings()
    plan = build_plan(options.rounds, options.megabytes)
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        asyncio.run(run_rounds(plan, findings, console, Path(folder).resolve()))
    results = summarise_clients(findings.measurements)
    show(console, findings, results)
    for result in results:
        if result.client == SERVE and result.growth_mib:
            most = f"{result.growth_mib.high:+.1f} MiB at most, wanted {WANTED_MIB}"
            console.print(f"{SERVE}, {result.task.kind}: {most}")
    if options.json:
        document = {**build_document(plan, findings, results), "wanted_mib": WANTED_MIB}
        options.json.write_text(json.dumps(document, indent=1), encoding="utf-8")
    failed = findings.failures or any(result.errors for result in results)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
