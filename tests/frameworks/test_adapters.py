"""What frameworks make of a toolset, in their own environments."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.environments import FRAMEWORKS
from tests.frameworks.running import run_python
from tests.frameworks.scripted_model import ScriptedModel, Use
from tests.gradio_server import RunningApp

NAMES = sorted(path.stem for path in FRAMEWORKS.glob("*.txt"))


def run_program(
    framework: str, program: str, *arguments: str, at: Path, model: ScriptedModel | None = None
) -> Any:
    module = ["-m", f"tests.frameworks.programs.{program}"]
    return json.loads(run_python(framework, *module, *arguments, cwd=at, model=model))


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


def test_pydantic_ai_runs_tools_from_a_loop_of_its_own(
    kitchen_sink: RunningApp, model: ScriptedModel, tmp_path: Path
) -> None:
    model.play(
        [Use("app_two_outputs", {"a": "1", "b": "2"}), Use("app_slider", {"x": 99})], "Done."
    )
    url = kitchen_sink.url
    seen = run_program("pydantic_ai", "pydantic_ai_tools", url, at=tmp_path, model=model)
    assert seen["output"] == "Done."
    assert seen["metadata"] == [{"Out A": "1", "Out B": "2"}, None]
    assert seen["outcomes"] == ["success", "failed"]


def test_a_smolagents_agent_that_calls_by_json_gives_pictures_on(
    kitchen_sink: RunningApp, model: ScriptedModel, tmp_path: Path
) -> None:
    model.play(
        [Use("app_image_numpy_out", {})],
        [Use("app_image_pil", {"x": "image.png"}), Use("app_progress", {"n": 1})],
        [Use("final_answer", {"answer": "Done."})],
    )
    url = kitchen_sink.url
    seen = run_program("smolagents", "smolagents_tools", url, at=tmp_path, model=model)
    assert seen["answer"] == "Done."
    first, second, _ = seen["observed"]
    assert first == "Stored 'image.png' in memory."
    assert sorted(second.splitlines()) == ["PIL (5, 4) RGB", "done"]
