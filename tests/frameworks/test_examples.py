"""Each example, run with its real framework against a real app and a scripted model."""

from pathlib import Path

import pytest

from tests.frameworks.running import EXAMPLES, run_python
from tests.frameworks.scripted_model import ScriptedModel, Use
from tests.gradio_server import RunningApp

AGENTS = {
    "openai_chat": "openai",
    "openai_responses": "openai",
    "openai_agents_agent": "openai",
    "anthropic_messages": "anthropic",
    "langchain_agent": "langchain",
    "pydantic_ai_agent": "pydantic_ai",
}
"""The examples that ask a model for calls → the environment of each."""

CALLS = [
    Use("app_two_outputs", {"a": "left", "b": "right"}),
    Use("app_slider", {"x": 99}),
    Use("app_raise_error", {}),
]
GIVEN = ["Out A: left\nOut B: right", "`x` must be at most 10, got 99", "custom gr error"]
PICTURE = [Use("app_image_numpy_out", {})]


def run_example(name: str, framework: str, app: RunningApp, model: ScriptedModel, at: Path) -> str:
    arguments = [str(EXAMPLES / f"{name}.py"), app.url, "Do something."]
    return run_python(framework, *arguments, cwd=at, model=model)


@pytest.mark.parametrize("name", AGENTS)
def test_an_agent_calls_tools_and_reads_what_they_give(
    name: str, kitchen_sink: RunningApp, model: ScriptedModel, tmp_path: Path
) -> None:
    model.play(CALLS, PICTURE, "I was told: {results}")
    printed = run_example(name, AGENTS[name], kitchen_sink, model, tmp_path)
    *first, picture = model.results
    for given, result in zip(GIVEN, first, strict=True):
        assert given in result
    assert "space-tools://files/" in picture
    assert str(tmp_path / "outputs") in picture
    assert printed.strip() == f"I was told: {' | '.join(model.results)}"
    assert len(list((tmp_path / "outputs").iterdir())) == 1
    # What OpenAI does not take in a tool's message is not sent, unless asked for.
    assert model.shown() == (0 if name == "langchain_agent" else 1)


CODE = """Thought: I call both.
<code>
picture = app_image_numpy_out()
print(app_image_pil(picture))
print(app_two_outputs("left", b="right"))
app_slider(99)
</code>"""
ANSWER = """Thought: that is all.
<code>
final_answer(app_image_pil(picture))
</code>"""


def test_a_smolagents_agent_writes_code_that_calls_tools(
    kitchen_sink: RunningApp, model: ScriptedModel, tmp_path: Path
) -> None:
    model.play(CODE, ANSWER)
    printed = run_example("smolagents_agent", "smolagents", kitchen_sink, model, tmp_path)
    assert printed.rstrip().endswith("PIL (5, 4) RGB")
    observed = str(model.requests[-1]["messages"][-1])
    assert "PIL (5, 4) RGB" in observed
    assert "{'Out A': 'left', 'Out B': 'right'}" in observed
    assert "`x` must be at most 10, got 99" in observed
