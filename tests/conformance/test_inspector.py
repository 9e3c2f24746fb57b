"""The MCP Inspector, from its command line: over both transports and in both eras."""

import json
import os
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import anyio
import pytest

from tests.gradio_server import RunningApp
from tests.node import Node
from tests.server.http_server import HttpServer, http_server
from tests.server.stdio_server import ROOT, command_line

INSPECTOR = "@modelcontextprotocol/inspector/clients/launcher/build/index.js"

DEADLINE = 300.0
"""Seconds for one command, on a machine that is busy with other tests."""

TOKEN = "Authorization: Bearer hf_of_the_tests"
"""Each command is a session of its own; a token makes them one caller's."""


class Inspector:
    """Runs commands, each with a new connection of that era to `target`."""

    def __init__(self, node: Node, home: Path, era: str, target: list[str]) -> None:
        self._command = [*node.command(INSPECTOR), "--cli", "--connect-timeout", "0"]
        self._command += ["--protocol-era", era]
        self._target = target
        self._environment = {**os.environ, "HOME": str(home), "PYTHONPATH": str(ROOT)}

    async def run(self, method: str, *options: str) -> tuple[Any, str]:
        """The result of a method, and what was said about it on stderr."""
        command = [*self._command, "--method", method, *options, *self._target]
        with anyio.fail_after(DEADLINE):
            ended = await anyio.run_process(
                command, stdin=subprocess.DEVNULL, env=self._environment, check=False
            )
        said = ended.stderr.decode()
        assert ended.returncode == 0, said or ended.stdout.decode()
        return json.loads(ended.stdout), said


@pytest.fixture(scope="module")
async def served(kitchen_sink: RunningApp) -> AsyncIterator[HttpServer]:
    """A server that all of these commands share."""
    async with http_server("--space", f"ks={kitchen_sink.url}") as running:
        yield running


@pytest.fixture(params=["legacy", "modern"])
def era(request: pytest.FixtureRequest) -> str:
    """As the Inspector calls it."""
    name: str = request.param
    return name


@pytest.fixture
def over_http(node: Node, tmp_path: Path, era: str, served: HttpServer) -> Inspector:
    return Inspector(node, tmp_path, era, [served.mcp, "--transport", "http", "--header", TOKEN])


@pytest.fixture
def over_stdio(node: Node, tmp_path: Path, era: str, kitchen_sink: RunningApp) -> Inspector:
    """Starts a server for each command."""
    return Inspector(
        node, tmp_path, era, ["--", *command_line("--space", f"ks={kitchen_sink.url}")]
    )


async def test_it_finds_nothing_to_warn_of_in_the_tools(
    over_http: Inspector, over_stdio: Inspector
) -> None:
    for inspector in (over_http, over_stdio):
        listed, said = await inspector.run("tools/list", "--strict")
        assert len(listed["tools"]) > 60
        assert "warning" not in said.lower(), said
        assert "portability" not in said.lower(), said


async def test_it_calls_tools_over_stdio(over_stdio: Inspector) -> None:
    options = ("--tool-name", "ks_echo_text", "--tool-args-json", '{"x": "hi"}')
    called, _ = await over_stdio.run("tools/call", *options)
    assert called
    assert "isError" not in called or not called["isError"]


async def test_it_reads_the_file_of_a_result(over_http: Inspector) -> None:
    called, _ = await over_http.run("tools/call", "--tool-name", "ks_file_out")
    [link] = [content for content in called["content"] if content["type"] == "resource_link"]
    listed, _ = await over_http.run("resources/list")
    assert link["uri"] in [resource["uri"] for resource in listed["resources"]]
    read, _ = await over_http.run("resources/read", "--uri", link["uri"])
    assert [content["text"] for content in read["contents"]] == ["hello a\n"]


async def test_it_finds_the_template_of_files_and_no_prompts(over_http: Inspector) -> None:
    templates, _ = await over_http.run("resources/templates/list")
    [template] = templates["resourceTemplates"]
    assert template["uriTemplate"] == "space-tools://files/{id}/{name}"
    prompts, _ = await over_http.run("prompts/list")
    assert prompts["prompts"] == []
