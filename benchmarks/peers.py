"""Environments of peers that cannot live beside this project's own packages.

Gradio's own MCP server needs `mcp<2`, so it and its client run in a virtual environment that is
made once in a cache directory and used again.
"""

import os
import subprocess
import sys
from pathlib import Path

GRADIO_MCP_REQUIREMENT = "gradio[mcp]==6.31.0"
INSTALL_SECONDS = 600


class PeerUnavailable(Exception):
    """The environment of a peer could not be made; the message says why."""


def default_cache() -> Path:
    """Where environments are kept: a folder in the user's cache."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "space-tools" / "benchmarks"


def gradio_mcp_python(cache: Path) -> str:
    """The interpreter of the environment with Gradio's own MCP server, made if need be.

    Raises PeerUnavailable if it cannot be installed (no network, say).
    """
    environment = cache / GRADIO_MCP_REQUIREMENT.replace("[", "-").replace("]==", "-")
    python = environment / ("Scripts" if os.name == "nt" else "bin") / "python"
    complete = environment / ".complete"
    if not complete.exists():
        _run([sys.executable, "-m", "venv", "--clear", str(environment)])
        _run([str(python), "-m", "pip", "install", "--quiet", GRADIO_MCP_REQUIREMENT])
        complete.touch()
    return str(python)


def _run(command: list[str]) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=INSTALL_SECONDS)
    except subprocess.CalledProcessError as error:
        lines = (error.stderr or error.stdout or "").strip().splitlines()
        reason = lines[-1] if lines else f"exit code {error.returncode}"
        raise PeerUnavailable(f"{' '.join(command[1:4])}: {reason}") from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise PeerUnavailable(str(error)) from error
