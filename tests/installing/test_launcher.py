"""The command in an entry is one that a host can start: absolute, and there tomorrow."""

from pathlib import Path

import pytest

from space_tools.installing.launcher import find_launcher


def program(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return str(path)


def test_the_script_that_runs_is_the_one_to_run(tmp_path: Path) -> None:
    script = program(tmp_path / "venv" / "bin" / "space-tools")
    python = program(tmp_path / "venv" / "bin" / "python")
    prefix = str(tmp_path / "venv")
    assert find_launcher(script, python, prefix, {}) == (script,)
    module = str(tmp_path / "lib" / "space_tools" / "__main__.py")
    assert find_launcher(module, python, prefix, {}) == (script,)


def test_a_link_to_the_script_is_not_looked_behind(tmp_path: Path) -> None:
    script = program(tmp_path / "tools" / "space-tools" / "bin" / "space-tools")
    link = tmp_path / "bin" / "space-tools"
    link.parent.mkdir()
    link.symlink_to(script)
    assert find_launcher(str(link), "/usr/bin/python", "/usr", {}) == (str(link),)


def test_a_relative_script_is_made_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = program(tmp_path / "bin" / "space-tools")
    monkeypatch.chdir(tmp_path)
    assert find_launcher("bin/space-tools", "/usr/bin/python", "/usr", {}) == (script,)


def test_without_a_script_the_interpreter_runs_the_package(tmp_path: Path) -> None:
    python = program(tmp_path / "python3")
    assert find_launcher("/x/space_tools/__main__.py", python, "/usr", {}) == (
        python,
        "-m",
        "space_tools",
    )


@pytest.mark.parametrize("folder", ["archive-v0", "environments-v2", "builds-v0"])
def test_an_environment_that_uv_made_for_one_run_is_made_again(tmp_path: Path, folder: str) -> None:
    cache = tmp_path / "cache"
    script = program(cache / folder / "3PeYmuVn733" / "bin" / "space-tools")
    prefix = str(cache / folder / "3PeYmuVn733")
    assert find_launcher(script, script, prefix, {}) == (script,)  # a name is no proof
    (cache / "CACHEDIR.TAG").touch()
    uvx = program(tmp_path / "uv" / "uvx")
    uv = str(tmp_path / "uv" / "uv")
    path = {"PATH": str(tmp_path / "uv")}
    assert find_launcher(script, script, prefix, path) == (uvx, "space-tools")
    assert find_launcher(script, script, prefix, {"PATH": "/none", "UV": uv}) == (
        uvx,
        "space-tools",
    )
    assert find_launcher(script, script, prefix, {"PATH": "/none"}) == ("uvx", "space-tools")


def test_a_tool_that_uv_installed_is_no_passing_environment(tmp_path: Path) -> None:
    folder = tmp_path / "uv" / "tools" / "space-tools"
    script = program(folder / "bin" / "space-tools")
    (folder / "CACHEDIR.TAG").touch()  # as uv puts into every environment
    assert find_launcher(script, script, str(folder), {}) == (script,)
