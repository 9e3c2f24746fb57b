"""The official conformance suite, run against a server of ours."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from subprocess import DEVNULL

import anyio

from tests.node import Node

SUITE = "@modelcontextprotocol/conformance/dist/index.js"

DEADLINE = 300.0
"""Seconds for all scenarios, on a machine that is busy with other tests."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that the suite looked at."""

    name: str
    status: str
    said: str

    @property
    def failed(self) -> bool:
        return self.status == "FAILURE"


Report = Mapping[str, list[Check]]
"""Scenario → what it looked at."""


async def run_suite(node: Node, url: str, requirements: str, folder: Path) -> Report:
    """What the suite says of the server at `url`, on every scenario of those requirements."""
    return await _run(node, url, folder, "--requirements", requirements)


async def run_scenario(node: Node, url: str, scenario: str, folder: Path) -> list[Check]:
    """The same of one scenario, also of one that no requirements name."""
    return (await _run(node, url, folder, "--scenario", scenario))[scenario]


async def _run(node: Node, url: str, folder: Path, *which: str) -> Report:
    options = ["--url", url, *which, "--output-dir", str(folder)]
    with anyio.fail_after(DEADLINE):
        # It ends with 1 for every failed check, so its reports must say what it means.
        await anyio.run_process(
            [*node.command(SUITE), "server", *options], stdout=DEVNULL, stderr=DEVNULL, check=False
        )
    return _report(folder)


def _report(folder: Path) -> Report:
    return {_scenario(path): _checks(path) for path in folder.glob("*/checks.json")}


def _scenario(path: Path) -> str:
    """Of `server-SCENARIO-2026-11-21T15-43-15-742Z`; the names of some begin with server- too."""
    return path.parent.name.removeprefix("server-")[: -len("-2026-11-21T15-43-15-742Z")]


def _checks(path: Path) -> list[Check]:
    return [
        Check(check["id"], check["status"], check.get("errorMessage") or "")
        for check in json.loads(path.read_text(encoding="utf-8"))
    ]
