"""The example that serves a toolset over MCP, and what all examples say of themselves."""

import ast
import re
import sys
from pathlib import Path

import anyio
import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

from tests.environments import FRAMEWORKS
from tests.frameworks.running import EXAMPLES, ROOT
from tests.gradio_server import RunningApp

PINNED = "\n".join(path.read_text(encoding="utf-8") for path in FRAMEWORKS.glob("*.txt"))


async def test_a_toolset_is_served_by_a_program_of_ones_own(kitchen_sink: RunningApp) -> None:
    program = [str(EXAMPLES / "mcp_server.py"), kitchen_sink.url]
    server = StdioServerParameters(
        command=sys.executable, args=program, env={"PYTHONPATH": str(ROOT)}
    )
    with anyio.fail_after(60):
        async with Client(stdio_client(server)) as client:
            result = await client.call_tool("app_two_outputs", {"a": "1", "b": "2"})
    assert result.structured_content == {"Out A": "1", "Out B": "2"}


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.py")), ids=lambda path: path.stem)
def test_an_example_says_how_it_is_run(path: Path) -> None:
    said = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    assert f"\n    python examples/agents/{path.name} owner/space" in said
    [installed] = re.findall(r"^    pip install space-tools (.+)$", said, re.MULTILINE)
    for package in re.findall(r"(?:^|[ \"])([\w-]+)", installed):
        assert f"\n{package}==" in PINNED
