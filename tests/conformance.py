"""MCP's own conformance suite, run against a server."""

import re
from pathlib import Path

import anyio

from tests.node import Node

SCENARIO_DEADLINE = 240.0
"""Seconds that one scenario may take, on a machine that is busy with other tests."""

SUITE = "@modelcontextprotocol/conformance/dist/index.js"

CHECK = re.compile(r"\[([\w-]+) *\] ([A-Z]+) ")
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


async def run_scenario(node: Node, url: str, scenario: str, folder: Path) -> dict[str, str]:
    """What each of its checks came to (`SUCCESS`, `FAILURE`, …), by the check's id.

    `url` is the server's endpoint; the suite may write into `folder`.
    """
    command = [*node.command(SUITE), "server", "--url", url, "--scenario", scenario]
    with anyio.fail_after(SCENARIO_DEADLINE):
        ended = await anyio.run_process(command, check=False, cwd=folder)
    said = COLOUR.sub("", ended.stdout.decode())
    checks = dict(CHECK.findall(said))
    assert checks, said + ended.stderr.decode()
    return checks
