"""What it costs to make tools of what an app says of itself, for each endpoint.

    python benchmarks/schemas.py [--rounds N] [--json FILE]

Recorded apps, a small one, a middling one and a big one, from their `/config` and `/info` to tools
with schemas. Beside it, in turn, what pydantic takes for functions that are written down with the
same parameters: `create_model` and `model_json_schema`. Functions are those of Python that are
called, which no machine's mood changes; much of pydantic is none of Python's.
"""

import argparse
import json
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import FrameType
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from pydantic import Field, create_model
from rich.console import Console
from rich.table import Table

from benchmarks.command import TABLE_WIDTH, describe_machine
from benchmarks.report import show_median, show_range, spread
from space_tools.egress.http import Http
from space_tools.gradio.app import GradioApp
from space_tools.gradio.app_info import AppInfo, Endpoint, parse_app_info
from space_tools.schema.inputs import build_inputs
from space_tools.tools.catalogue import build_tools
from space_tools.tools.selection import Selection
from space_tools.tools.sessions import SessionStore
from space_tools.tools.sources import parse_sources
from tests.schema.recorded import read

APPS = ("interface_app", "chat_app", "kitchen_sink")
GENERATION = "6.31.0"
SLOWEST = 5
TYPES = {"string": str, "number": float, "integer": int, "boolean": bool, "array": list[Any]}
[SOURCE] = parse_sources(["t=http://127.0.0.1:7860"])


@dataclass
class Found:
    """Microseconds for each endpoint, in every round, and functions called."""

    endpoints: int
    functions: float
    peer_functions: float
    describe: list[float] = field(default_factory=list)
    build: list[float] = field(default_factory=list)
    peer: list[float] = field(default_factory=list)

    @property
    def whole(self) -> list[float]:
        """From what the app says to tools."""
        return [sum(both) for both in zip(self.describe, self.build, strict=True)]


def functions_of(call: Callable[[], object]) -> int:
    """Functions of Python that it calls, once it is warm."""
    counted = 0

    def count(frame: FrameType, event: str, argument: object) -> None:
        nonlocal counted
        counted += event == "call"

    call()
    sys.setprofile(count)
    try:
        call()
    finally:
        sys.setprofile(None)
    return counted


def microseconds(call: Callable[[], object], parts: int) -> float:
    """Of each part of what it does."""
    began = time.perf_counter()
    call()
    return 1e6 * (time.perf_counter() - began) / parts


@dataclass(frozen=True)
class Recorded:
    """A recorded app, and the ways from there to schemas."""

    config: Mapping[str, Any]
    info: Mapping[str, Any]
    http: Http

    def parsed(self) -> AppInfo:
        return parse_app_info(self.config, self.info)

    def tools(self, parsed: AppInfo) -> Sequence[Any]:
        app = GradioApp(self.http, SOURCE.address, parsed)
        tools = build_tools(SOURCE, app, SessionStore(), Selection())
        return [tool.definition for tool in tools]


def declare(endpoints: Sequence[Endpoint]) -> list[dict[str, Any]]:
    """The schemas that pydantic makes for functions of these parameters, and of these returns."""
    schemas = []
    for endpoint in endpoints:
        given: Any = {
            f"argument_{parameter.name}": (
                TYPES.get(str(parameter.schema.get("type")), Any),
                Field(parameter.default if parameter.has_default else ..., description="…"),
            )
            for parameter in endpoint.parameters
        }
        gives: Any = {f"output_{returned.slot}": (Any, ...) for returned in endpoint.returns}
        for fields in (given, gives):
            schemas.append(create_model("function", **fields).model_json_schema())
    return schemas


def measure(app: Recorded, rounds: int) -> Found:
    """All rounds of one app, ours and pydantic's in turn."""
    parsed = app.parsed()
    count = len(app.tools(parsed))
    endpoints = [each for each in parsed.endpoints if each.visibility == "public" and each.name]
    assert len(endpoints) == count
    ours = functions_of(lambda: app.tools(app.parsed()))
    theirs = functions_of(lambda: declare(endpoints))
    found = Found(count, ours / count, theirs / count)
    for _ in range(rounds):
        found.describe.append(microseconds(app.parsed, count))
        found.build.append(microseconds(lambda: app.tools(parsed), count))
        found.peer.append(microseconds(lambda: declare(endpoints), count))
    return found


def by_component(parsed: AppInfo, rounds: int) -> dict[str, dict[str, float]]:
    """Component → microseconds and functions that one parameter of it takes, slowest first.

    Of those with several, the mean of them; of the rounds, the quickest.
    """
    costs: dict[str, list[tuple[float, int]]] = defaultdict(list)
    empty = Endpoint(fn_index=0, name="/alone")
    for endpoint in parsed.endpoints:
        for parameter in endpoint.parameters:
            alone = replace(empty, parameters=(parameter,))
            times = [microseconds(lambda: build_inputs(alone), 1) for _ in range(rounds)]  # noqa: B023
            functions = functions_of(lambda: build_inputs(alone))  # noqa: B023
            costs[parameter.component].append((min(times), functions))
    means = {
        name: {
            "microseconds": sum(cost for cost, _ in found) / len(found),
            "functions": sum(functions for _, functions in found) / len(found),
        }
        for name, found in costs.items()
    }
    return dict(sorted(means.items(), key=lambda item: -item[1]["microseconds"]))


def build_table(found: Mapping[str, Found]) -> Table:
    columns = ("µs", "min..max", "of it read", "pydantic", "x pydantic", "min..max", "functions")
    table = Table("app, for each endpoint", "endpoints", *columns, "pydantic's")
    for name, each in found.items():
        whole = spread(each.whole)
        times = spread(own / least for own, least in zip(each.whole, each.peer, strict=True))
        table.add_row(
            name,
            str(each.endpoints),
            show_median(whole, ".0f"),
            show_range(whole, ".0f"),
            show_median(spread(each.describe), ".0f"),
            show_median(spread(each.peer), ".0f"),
            show_median(times, ".2f"),
            show_range(times, ".2f"),
            f"{each.functions:.0f}",
            f"{each.peer_functions:.0f}",
        )
    return table


def build_components(costs: Mapping[str, Mapping[str, float]]) -> Table:
    table = Table(f"slowest {SLOWEST} parameters", "µs", "functions")
    for name, cost in list(costs.items())[:SLOWEST]:
        table.add_row(name, f"{cost['microseconds']:.0f}", f"{cost['functions']:.0f}")
    return table


def main() -> None:
    """Measure, show, save."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=21)
    parser.add_argument("--small", action="store_true", help="two rounds")
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args()
    rounds, http = 2 if options.small else options.rounds, Http()
    apps = {
        name: Recorded(read(f"{GENERATION}/{name}/config"), read(f"{GENERATION}/{name}/info"), http)
        for name in APPS
    }
    found = {name: measure(app, rounds) for name, app in apps.items()}
    components = by_component(apps[APPS[-1]].parsed(), rounds)
    console = Console(width=TABLE_WIDTH)
    console.print(build_table(found))
    console.print(build_components(components))
    if options.json:
        document = {
            "apps": {name: vars(each) for name, each in found.items()},
            "components": components,
            **describe_machine(("space-tools", "pydantic")),
        }
        options.json.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
