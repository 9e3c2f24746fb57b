"""Programs that run in the environment of an agent framework, as its users run them."""

import os
import subprocess
from pathlib import Path

from tests.environments import build_framework
from tests.frameworks.scripted_model import ScriptedModel

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples" / "agents"

DEADLINE = 120
"""Seconds that a program may take; most of it goes into importing its framework."""

QUIET = {
    "OPENAI_AGENTS_DISABLE_TRACING": "1",
    "LANGSMITH_TRACING": "false",
    "HF_HUB_OFFLINE": "1",
}
"""Settings by which frameworks do not tell their makers of what they do."""


def run_python(framework: str, *arguments: str, cwd: Path, model: ScriptedModel | None) -> str:
    """What Python printed in that environment, with this package in it; it must end well.

    `model` is where OpenAI's and Anthropic's packages find their model.
    """
    where = {} if model is None else addresses(model)
    ended = subprocess.run(
        [build_framework(framework), *arguments],
        cwd=cwd,
        env={**os.environ, **QUIET, "PYTHONPATH": str(ROOT), **where},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=DEADLINE,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def addresses(model: ScriptedModel) -> dict[str, str]:
    """The environment variables by which the packages find the model, and a key that is none."""
    return {
        "OPENAI_BASE_URL": model.url,
        "OPENAI_API_KEY": "none",
        "ANTHROPIC_BASE_URL": model.url.removesuffix("/v1"),
        "ANTHROPIC_API_KEY": "none",
    }
