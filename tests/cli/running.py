"""The command as a person runs it: a process of its own, its output through pipes."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-W", "error", "-m", "space_tools"]


def space_tools(*arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Runs `space-tools` to its end, at most two minutes."""
    return subprocess.run(
        [*COMMAND, *arguments],
        cwd=ROOT,
        env={**os.environ, **env},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
    )


def succeeds(*arguments: str) -> str:
    """Runs `space-tools`, which must succeed; what it printed."""
    ended = space_tools(*arguments)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def fails(status: int, *arguments: str) -> str:
    """Runs `space-tools`, which must exit with `status` and one sentence; the sentence."""
    ended = space_tools(*arguments)
    assert ended.returncode == status, (ended.returncode, ended.stdout, ended.stderr)
    assert ended.stdout == ""
    assert "Traceback" not in ended.stderr
    return ended.stderr.strip()
