"""Configuration files on the disk: read, and replaced whole or not at all, with a backup beside."""

import contextlib
import os
import tempfile
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from space_tools.errors import ConfigurationError, SpaceToolsError

BACKUP = ".space-tools-backup"


@dataclass(frozen=True, slots=True)
class Change:
    """What a file is to become. `before` is None where there is no file."""

    path: Path
    before: bytes | None
    after: bytes

    @property
    def is_one(self) -> bool:
        """Whether anything would change."""
        return self.after != (self.before or b"")


def read(path: Path) -> bytes | None:
    """What is in the file; None if there is none. Raises `ConfigurationError`."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ConfigurationError(f"cannot be read: {error.strerror}") from None


def write(change: Change) -> Path | None:
    """Makes the change; where the file as it was is kept, if there was one.

    A link stays: what it leads to is written. The file keeps its mode. Raises `SpaceToolsError` if
    it cannot be written, or is no longer as it was when the change was worked out.
    """
    target = Path(os.path.realpath(change.path))
    if read(target) != change.before:
        raise SpaceToolsError(f"{change.path} has changed meanwhile and was not touched; run again")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        backup = None if change.before is None else _back_up(target, change.before)
        _replace(target, change.after)
    except OSError as error:
        raise SpaceToolsError(f"{change.path} cannot be written: {error.strerror}") from error
    return backup


def _back_up(target: Path, content: bytes) -> Path:
    """A file beside it with that content: one that is there already, or a new one."""
    for number in count(1):
        ending = BACKUP if number == 1 else f"{BACKUP}.{number}"
        backup = target.with_name(target.name + ending)
        if not os.path.lexists(backup):
            _replace(backup, content, mode=target.stat().st_mode)
            return backup
        if backup.is_file() and backup.read_bytes() == content:
            return backup
    raise AssertionError("numbers end")


def _replace(target: Path, content: bytes, *, mode: int | None = None) -> None:
    if mode is None and target.exists():
        mode = target.stat().st_mode
    number, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with os.fdopen(number, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(_new_mode() if mode is None else mode & 0o7777)
        Path(name).replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise


def _new_mode() -> int:
    """What a file has that any program makes: there is nothing secret in a new one."""
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
