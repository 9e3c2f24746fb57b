"""Completion: a real bash, and what zsh and fish are told."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from space_tools.cli import COMMANDS
from space_tools.installing.clients import CLIENTS
from tests.cli.running import COMMAND, ROOT, fails, succeeds

BIN = str(Path(sys.executable).parent)
SLOW = ("httpx2", "huggingface_hub", "mcp", "pydantic", "rich", "gradio", "jsonschema")


def completed(words: str, by: str = "bash") -> list[str]:
    """What a shell is told for a line whose last word is being written."""
    parts = words.split(" ")
    env = {"COMP_WORDS": words, "COMP_CWORD": str(len(parts) - 1)}
    if by == "fish":
        env = {"COMP_WORDS": words, "COMP_CWORD": parts[-1]}
    ended = subprocess.run(
        COMMAND,
        cwd=ROOT,
        env={**os.environ, **env, "_SPACE_TOOLS_COMPLETE": f"{by}_complete"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert ended.stderr == ""
    return ended.stdout.splitlines()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("space-tools ", [f"plain,{name}" for name in COMMANDS]),
        ("space-tools s", [f"plain,{name}" for name in COMMANDS if name[0] == "s"]),
        ("space-tools install c", [f"plain,{c.name}" for c in CLIENTS if c.name[0] == "c"]),
        ("space-tools install cursor --sc", ["plain,--scope"]),
        ("space-tools install cursor --scope ", ["plain,user", "plain,project"]),
        ("space-tools serve --log-level w", ["plain,warning"]),
        ("space-tools serve --root sr", ["dir,sr"]),
        ("space-tools install cursor --config x", ["file,x"]),
        ("space-tools completion ", ["plain,bash", "plain,zsh", "plain,fish"]),
        ("space-tools view-api --a", ["plain,--all"]),
    ],
)
def test_bash_is_told_what_can_follow(words: str, expected: list[str]) -> None:
    assert completed(words) == expected


def test_zsh_and_fish_are_told_what_it_is_too() -> None:
    assert completed("space-tools de", "zsh") == ["plain", "demo", COMMANDS["demo"]]
    assert completed("space-tools install zed", "fish") == ["plain,zed\tZed"]


def test_a_real_bash_completes() -> None:
    lines = """
    eval "$(space-tools completion bash)"
    complete -p space-tools
    COMP_WORDS=(space-tools install gem) COMP_CWORD=2
    _space_tools_completion space-tools
    echo "${COMPREPLY[@]}"
    """
    ended = subprocess.run(
        ["bash", "--norc", "-c", f"export PATH={shlex.quote(BIN)}:$PATH; {lines}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    registered, found = ended.stdout.splitlines()
    assert "-F _space_tools_completion space-tools" in registered
    assert found == "gemini-cli"


@pytest.mark.parametrize(
    ("shell", "words"),
    [("zsh", "#compdef space-tools"), ("fish", "complete --no-files --command space-tools")],
)
def test_other_shells_get_their_own_script(shell: str, words: str) -> None:
    assert words in succeeds("completion", shell)


def test_a_shell_that_is_not_known_is_refused() -> None:
    assert "'tcsh' is not one of 'bash', 'zsh', 'fish'" in fails(2, "completion", "tcsh")


@pytest.mark.parametrize("words", ["space-tools ", "space-tools install "])
def test_completing_imports_nothing_that_takes_time(words: str) -> None:
    env = {"COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
    ended = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "space_tools"],
        cwd=ROOT,
        env={**os.environ, **env, "_SPACE_TOOLS_COMPLETE": "bash_complete"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert ended.stdout
    imported = {line.rpartition("|")[2].strip() for line in ended.stderr.splitlines()}
    assert "click" in imported
    assert imported.isdisjoint(SLOW)
