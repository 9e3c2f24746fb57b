"""This machine: versions, folders, limits, and what stands between it and the network."""

import os
import platform
import sys
import tempfile
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path

from space_tools import __version__
from space_tools.doctor.findings import Finding

NEEDED: Mapping[str, tuple[tuple[int, int], str]] = {
    "mcp": ((2, 0), "MCP SDK"),
    "huggingface_hub": ((1, 13), "huggingface_hub"),
}
"""Package → the oldest version that everything works with, and what to call it."""

ENOUGH_FILES = 1024
"""Files and connections that a hundred calls side by side have open, and some more."""

ENOUGH_ROOM = 1024**3
"""Bytes on the disk that the files of results can have without trouble."""

PROXIES = ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")


def examine_machine(output_dir: Path | None, environ: Mapping[str, str]) -> list[Finding]:
    """Everything but the network; asks nobody."""
    program = f"{__version__}, on Python {platform.python_version()}"
    folders = [] if output_dir is None else [_folder("output folder", output_dir)]
    return [
        Finding("space-tools", "ok", program),
        *(_package(name) for name in NEEDED),
        *folders,
        _temporary_folder(),
        *_open_files(),
        *_proxy(environ),
    ]


def _package(name: str) -> Finding:
    oldest, what = NEEDED[name]
    installed = version(name)
    return judge_version(name, what, installed, oldest)


def judge_version(name: str, what: str, installed: str, oldest: tuple[int, int]) -> Finding:
    """Whether a version, `2.3.0`, will do. Pure."""
    major, minor = ([int(part) for part in installed.split(".")[:2] if part.isdigit()] + [0, 0])[:2]
    if (major, minor) >= oldest:
        return Finding(what, "ok", installed)
    said = f"{installed} is older than {oldest[0]}.{oldest[1]}, which serving needs"
    return Finding(what, "broken", said, f"pip install -U {name}")


def _folder(what: str, folder: Path) -> Finding:
    there = next((path for path in (folder, *folder.parents) if path.exists()), folder)
    choose = "choose another with --output-dir" if what == "output folder" else "set TMPDIR"
    try:
        # Whether it can be written to is only known once it is: of access rights, not all is told.
        with tempfile.TemporaryFile(dir=there):
            free = _free(there)
    except OSError as error:
        said = f"{folder} cannot be written to: {error.strerror}"
        return Finding(what, "broken", said, f"give yourself the right to write there, or {choose}")
    if free < ENOUGH_ROOM:
        said = f"{folder} has room for {free // 1024**2} MB only"
        return Finding(what, "warning", said, f"make room, or {choose}")
    return Finding(what, "ok", str(folder))


def _temporary_folder() -> Finding:
    what = "temporary folder"
    try:
        return _folder(what, Path(tempfile.gettempdir()))
    except OSError as error:  # a full disk, for one
        remedy = "make room, or set TMPDIR to a folder that can be written to"
        return Finding(what, "broken", str(error.strerror), remedy)


def _free(folder: Path) -> int:
    import shutil

    return shutil.disk_usage(folder).free


def _open_files() -> Iterator[Finding]:
    if sys.platform == "win32":  # which has no such limit
        return
    import resource

    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    unlimited = soft == resource.RLIM_INFINITY
    if unlimited or soft >= ENOUGH_FILES:
        yield Finding("open files", "ok", "no limit" if unlimited else f"up to {soft}")
    else:
        said = f"up to {soft}, which many calls side by side may need more than"
        yield Finding("open files", "warning", said, f"ulimit -n {4 * ENOUGH_FILES}")


def _proxy(environ: Mapping[str, str]) -> Iterator[Finding]:
    named = next((name for name in PROXIES if environ.get(name)), None)
    if named is not None:
        said = f"the Hub and apps are reached through the one of {named}, but for NO_PROXY"
        yield Finding("proxy", "ok", said)


def environment() -> Mapping[str, str]:
    """What `examine_machine` looks for a proxy in."""
    return os.environ
