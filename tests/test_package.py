"""What is built: whole, without what only development needs, and able to run from nowhere."""

import json
import os
import subprocess
import sys
import tarfile
import zipfile
from email import message_from_bytes
from pathlib import Path
from typing import NamedTuple

import pytest

import space_tools
from tests.environments import cache
from tests.test_project import ROOT, project_files

DIST_INFO = f"space_tools-{space_tools.__version__}.dist-info"


class Built(NamedTuple):
    """The two files that are published."""

    wheel: Path
    sdist: Path


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Built once: the wheel from the source distribution, as whoever has only that would."""
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
        timeout=120,
    )
    [wheel], [sdist] = folder.glob("*.whl"), folder.glob("*.tar.gz")
    return Built(wheel, sdist)


def in_project(*folders: str) -> set[str]:
    names = {path.relative_to(ROOT).as_posix() for path in project_files()}
    return {name for name in names if name.startswith(folders)}


def test_the_wheel_is_the_package_and_nothing_else(built: Built) -> None:
    with zipfile.ZipFile(built.wheel) as wheel:
        names = set(wheel.namelist())
    about = {name for name in names if name.startswith(DIST_INFO)}
    assert names - about == in_project("space_tools/")
    assert "space_tools/py.typed" in names
    assert f"{DIST_INFO}/licenses/LICENSE" in about
    assert built.wheel.name.endswith("-py3-none-any.whl")


def test_the_wheel_tells_what_the_project_tells(built: Built) -> None:
    with zipfile.ZipFile(built.wheel) as wheel:
        about = message_from_bytes(wheel.read(f"{DIST_INFO}/METADATA"))
        commands = wheel.read(f"{DIST_INFO}/entry_points.txt").decode()
        assert wheel.read(f"{DIST_INFO}/licenses/LICENSE") == (ROOT / "LICENSE").read_bytes()
    assert (about["Name"], about["Version"]) == ("space-tools", space_tools.__version__)
    # The registry of MCP servers looks for this line to know whose the package is.
    name = json.loads((ROOT / "server.json").read_text(encoding="utf-8"))["name"]
    assert f"<!-- mcp-name: {name} -->" in about.get_payload()
    assert commands.split() == [
        "[console_scripts]",
        "space-tools",
        "=",
        "space_tools.__main__:main",
    ]


def test_the_source_distribution_has_all_that_developing_takes(built: Built) -> None:
    with tarfile.open(built.sdist) as sdist:
        names = {name.partition("/")[2] for name in sdist.getnames()}
    ours = in_project("") - in_project(".ci/")
    assert names - {"PKG-INFO"} == ours


def test_run_by_uvx_it_installs_an_entry_that_uvx_runs(built: Built, tmp_path: Path) -> None:
    uvx = [sys.executable, "-m", "uv", "tool", "run", "--quiet", "--python", sys.executable]
    install = ["space-tools", "install", "cursor", "--space", "o/n", "--print"]
    ended = subprocess.run(
        [*uvx, "--from", str(built.wheel), *install],
        cwd=tmp_path,
        # The tests' home is made up; what uv has downloaded is worth keeping.
        env={**os.environ, "UV_CACHE_DIR": str(cache() / "uv"), "UV_LINK_MODE": "copy"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert ended.returncode == 0, ended.stderr
    entry = json.loads(ended.stdout)["mcpServers"]["space-tools"]
    assert Path(entry["command"]).name == "uvx"
    assert Path(entry["command"]).is_absolute()
    assert entry["args"] == ["space-tools", "serve", "--space", "o/n", "--root", str(tmp_path)]
