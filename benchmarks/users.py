"""What fifty users of one server cost, beside as many calls at once by one user over stdio.

    python benchmarks/users.py [--rounds N] [--calls N] [--json FILE]

Each user has a token, an `X-IP-Token` and an MCP client of their own, over streamable HTTP, and
calls an app that says whose call it was. Beside them, in turn within each round: one client of a
server over stdio, and the bare protocol.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from rich.console import Console
from rich.table import Table

from benchmarks.calls import Findings, Plan, build_document, run_rounds, show
from benchmarks.command import TABLE_WIDTH
from benchmarks.contestants import FLOOR, USERS, USERS_LEGACY, USERS_MODERN
from benchmarks.echo_app import WHOSE
from benchmarks.measuring import Load
from benchmarks.report import Measurement, Spread, ratios, show_median, show_range, spread

STDIO = "space-tools"
SECONDS = 60.0
SMALL = {"rounds": 1, "calls": USERS}


def build_plan(rounds: int, calls: int) -> Plan:
    """As many calls at once as there are users, whoever makes them."""
    load = Load(endpoint=WHOSE, concurrency=USERS, calls=calls, seconds=SECONDS)
    names = (FLOOR, STDIO, USERS_MODERN, USERS_LEGACY)
    return Plan(rounds, (load,), names, {}, app_flags=("--more",))


def times_stdio(measurements: Sequence[Measurement]) -> dict[str, Spread | None]:
    """Of the users: time a call to that of one client over stdio in the same round."""
    by_name = {
        name: [each for each in measurements if each.contestant == name]
        for name in (STDIO, USERS_MODERN, USERS_LEGACY)
    }
    alone = by_name.pop(STDIO)
    return {name: spread(ratios(own, alone)) for name, own in by_name.items()}


def build_table(found: Mapping[str, Spread | None]) -> Table:
    table = Table(f"{USERS} users over HTTP", "x stdio", "min..max")
    for name, ratio in found.items():
        table.add_row(name, show_median(ratio, ".2f"), show_range(ratio, ".2f"))
    return table


def main() -> int:
    """Measure, show, save. Exits with 1 if anything failed, whatever the numbers are."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--calls", type=int, default=20 * USERS, help="of all users together")
    parser.add_argument("--small", action="store_true", help="one call of each user, in one round")
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args()
    if options.small:
        vars(options).update(SMALL)
    console, findings = Console(width=TABLE_WIDTH), Findings()
    plan = build_plan(options.rounds, options.calls)
    asyncio.run(run_rounds(plan, findings, console))
    show(console, findings)
    against = times_stdio(findings.measurements)
    console.print(build_table(against))
    if options.json:
        told = {name: ratio and vars(ratio) for name, ratio in against.items()}
        document = {**build_document(plan, findings), "times_stdio": told}
        options.json.write_text(json.dumps(document, indent=1), encoding="utf-8")
    failed = findings.failures or any(each.sample.errors for each in findings.measurements)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
