"""What frameworks make of a toolset, in their own environments."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.environments import FRAMEWORKS
from tests.frameworks.running import run_python
from tests.gradio_server import RunningApp

NAMES = sorted(path.stem for path in FRAMEWORKS.glob("*.txt"))


def run_program(framework: str, program: str, *arguments: str, at: Path) -> Any:
    module = ["-m", f"tests.frameworks.programs.{program}"]
    return json.loads(run_python(framework, *module, *arguments, cwd=at, model=None))


@pytest.mark.parametrize("framework", NAMES)
def test_every_recorded_tool_is_taken(framework: str, tmp_path: Path) -> None:
    judged = run_program(framework, "definitions", framework, at=tmp_path)
    assert judged["taken"] == judged["tools"] > 1000


@pytest.mark.parametrize("framework", ["openai", "anthropic", "langchain"])
def test_a_toolset_imports_neither_mcp_nor_a_framework(
    framework: str, kitchen_sink: RunningApp, tmp_path: Path
) -> None:
    assert run_program(framework, "imported", kitchen_sink.url, at=tmp_path) == []


def test_langchain_calls_tools_from_wherever_it_is(
    kitchen_sink: RunningApp, tmp_path: Path
) -> None:
    seen = run_program("langchain", "langchain_tools", kitchen_sink.url, at=tmp_path)
    assert seen["mcp"].startswith("1.")
    assert [seen["awaited"], seen["threaded"]] == ["awaited", "threaded"]
    assert seen["plain"] == ["plain", "other loop"]
    assert "asyncio.to_thread" in seen["blocking"]
    assert seen["server"] == (
        f"mcp_server() needs mcp 2 or later, found {seen['mcp']}: pip install -U mcp"
    )
    assert seen["failed"] == ["error", "`x` must be at most 10, got 99"]
    assert seen["shown"] == ["text", "image"]
    assert seen["artifact"] == "image/png"
    assert any("step 2" in message for message in seen["events"])
