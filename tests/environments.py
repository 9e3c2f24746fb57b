"""Environments with other packages than ours: generations of Gradio, agent frameworks.

Built from pins, kept between runs. The pins have a hash of every file that any platform or version
of Python may get, so that nothing else is ever installed. They are made anew with

    uv pip compile --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \\
        tests/generations/pins/5.0.2.in -o tests/generations/pins/5.0.2.txt

of what is wanted (`.in`), or of the pins themselves where there is no such file.
"""

import hashlib
import os
import subprocess
import sys
import tempfile
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from filelock import FileLock

HERE = Path(__file__).parent
PINS = HERE / "generations" / "pins"
VERSIONS = sorted((path.stem for path in PINS.glob("*.txt")), key=lambda v: v.split("."))
FRAMEWORKS = HERE / "frameworks" / "pins"

BUILD_DEADLINE = 600
"""Seconds that one environment may take."""


def cache() -> Path:
    """Where environments are kept: outside the checkout, and out of the tests' made-up home."""
    home = os.environ.get("SPACE_TOOLS_TESTS_CACHE")
    return Path(home) if home else Path(tempfile.gettempdir()) / "space-tools-tests"


class Environments:
    """Builds all environments at once, two at a time, the first time that one is asked for."""

    def __init__(self) -> None:
        self._building: dict[str, Future[str]] = {}

    def python(self, version: str) -> str:
        """The interpreter of the environment with that version of Gradio."""
        if not self._building:
            pool = ThreadPoolExecutor(max_workers=2)
            self._building = {each: pool.submit(build, each) for each in VERSIONS}
            pool.shutdown(wait=False)
        return self._building[version].result(BUILD_DEADLINE)


def build(version: str) -> str:
    """Builds the environment with that version of Gradio, unless it is there; its interpreter."""
    return build_from(PINS / f"{version}.txt", f"gradio-{version}")


def build_framework(name: str) -> str:
    """The same for an agent framework, and what this package needs beside it."""
    return build_from(FRAMEWORKS / f"{name}.txt", name)


def build_from(pins: Path, name: str) -> str:
    """The same for any file of pins; `name` is what its folder's name begins with."""
    digest = hashlib.sha256(pins.read_bytes() + sys.version.encode()).hexdigest()[:12]
    folder = cache() / f"{name}-{digest}"
    python = folder / "bin" / "python"
    ready = folder / "ready"
    with alone(folder):
        if not ready.exists():
            _uv("venv", "--quiet", "--clear", "--python", sys.executable, str(folder))
            where = "--quiet", "--python", str(python)
            _uv("pip", "install", *where, "--require-hashes", "-r", str(pins))
            ready.touch()
    return str(python)


def alone(folder: Path) -> FileLock:
    """A context in which no other process builds that folder."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    return FileLock(f"{folder}.lock")


def _uv(*arguments: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "uv", *arguments],
        capture_output=True,
        text=True,
        timeout=BUILD_DEADLINE,
        # The tests' home is made up; what uv has downloaded is worth keeping.
        env={**os.environ, "UV_CACHE_DIR": str(cache() / "uv"), "UV_LINK_MODE": "copy"},
    )
    assert ended.returncode == 0, f"uv {' '.join(arguments)}:\n{ended.stderr}"
