"""The command that starts space-tools from anywhere: hosts have another PATH than a shell has."""

import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

_TEMPORARY = re.compile(r"(?:archive|builds|environments)-v[0-9]+")
"""Folders of uv's cache whose environments may be gone tomorrow."""


def find_launcher(
    argv0: str, executable: str, prefix: str, environ: Mapping[str, str]
) -> tuple[str, ...]:
    """Programs and arguments that come before `serve`, with an absolute path.

    The first three are `sys.argv[0]`, `sys.executable` and `sys.prefix`. From an environment that
    uv made for one run it is `uvx space-tools`, which makes it again.
    """
    if _is_temporary(Path(prefix)):
        return _find_uvx(environ), "space-tools"
    script = _script(Path(argv0)) or _script(Path(executable).with_name("space-tools"))
    return (script,) if script else (executable, "-m", "space_tools")


def _is_temporary(prefix: Path) -> bool:
    return any(
        _TEMPORARY.fullmatch(folder.name) and (folder.parent / "CACHEDIR.TAG").is_file()
        for folder in (prefix, *prefix.parents)
    )


def _find_uvx(environ: Mapping[str, str]) -> str:
    found = shutil.which("uvx", path=environ.get("PATH"))
    if found is None and (uv := environ.get("UV")):  # set by uv for what it starts
        found = shutil.which("uvx", path=str(Path(uv).parent))
    return os.path.abspath(found) if found else "uvx"


def _script(path: Path) -> str | None:
    """The script `space-tools` at that path; on Windows it may have lost its ending."""
    if path.stem != "space-tools":
        return None
    folder = str(path.absolute().parent) if path.parts[1:] else None
    found = shutil.which(path.name, path=folder)
    return os.path.abspath(found) if found else None
