"""Local files that tools may read: those below the folders that the operator named, and no others.

A path is resolved first, so that links within a folder work; what then decides is the opening,
step by step from the folder down, with no link followed. So whoever swaps a folder for a link in
between gets an error, never a file from elsewhere.
"""

import os
import re
import stat
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import BinaryIO, Protocol
from urllib.parse import unquote, urlsplit

from space_tools.errors import ConfigurationError
from space_tools.files.problems import FileProblem

SYSTEM = (Path("/proc"), Path("/sys"))
"""What is in there only looks like files."""

DEVICES = Path("/dev")
"""Opening one of them may do something already. Some systems have a folder for files there too."""

SECRETS = (
    ".env",
    ".env.*",
    ".envrc",
    ".netrc",
    "_netrc",
    ".npmrc",
    ".pypirc",
    ".pgpass",
    ".git-credentials",
    ".gitconfig",
    ".htpasswd",
    ".dockercfg",
    ".*_history",
    ".ssh",
    ".gnupg",
    ".aws",
    ".azure",
    ".gcloud",
    ".kube",
    ".docker",
    ".password-store",
    "gcloud",
    "keyrings",
    "id_rsa*",
    "id_dsa*",
    "id_ecdsa*",
    "id_ed25519*",
    "*.kdbx",
    "stored_tokens",
)
"""Names, of files or of folders on the way, whose content is for no tool."""

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")

TOKEN_FOLDERS = ("huggingface", ".huggingface")
"""Where a file `token` is the Hub's."""


class LocalFiles(Protocol):
    """Where paths lead."""

    def open(self, text: str) -> tuple[BinaryIO, str]:
        """The file that a path names, and its name. Blocking. Raises `FileProblem`."""


@dataclass(frozen=True, slots=True)
class Roots:
    """The folders, as paths that were resolved."""

    folders: tuple[Path, ...] = ()

    def open(self, text: str) -> tuple[BinaryIO, str]:
        """The file that a path, relative or whole, or a `file:` URI names; and its name.

        Blocking. Raises `FileProblem`; about what is outside it never says whether it is there.
        """
        if _SCHEME.match(text) and not text.lower().startswith("file:"):
            raise FileProblem("is no https URL, data: URI, or `uri` of a file of this server")
        root, path = self._find(_plain_path(text))
        parts = path.relative_to(root).parts
        if _is_secret(parts):
            raise FileProblem("looks like a file of passwords or tokens, which no tool may read")
        try:
            return _open(root, parts), path.name
        except FileNotFoundError:
            raise FileProblem(f"is not there; files are read from {self._named()}") from None
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "its path is none"
            raise FileProblem(f"cannot be opened: {reason}") from None

    def _find(self, path: Path) -> tuple[Path, Path]:
        """The folder that the path is in, and where the path really leads."""
        inside = []
        for root in self.folders:
            try:
                resolved = Path(os.path.realpath(root / path))
            except (OSError, ValueError):
                continue
            if root in resolved.parents and not _is_system(root, resolved):
                inside.append((root, resolved))
        if not inside:
            raise FileProblem(self._outside())
        return next((found for found in inside if os.path.lexists(found[1])), inside[0])

    def _outside(self) -> str:
        if not self.folders:
            return (
                "is a local path, and no folder was named (--root, or `roots` in Python; none over "
                "HTTP) to read from; give an https URL, a data: URI, or the `uri` of a file that "
                "is here already (over HTTP, POST /files gives one)"
            )
        return f"is not below {self._named()}, where files may be read from"

    def _named(self) -> str:
        return " or ".join(str(folder) for folder in self.folders)


def resolve_roots(folders: Iterable[str | os.PathLike[str]]) -> Roots:
    """Raises `ConfigurationError` for one that is no folder."""
    resolved = []
    for folder in folders:
        path = Path(os.path.realpath(folder))
        if not path.is_dir():
            raise ConfigurationError(f"{os.fspath(folder)} is not a folder")
        resolved.append(path)
    return Roots(tuple(dict.fromkeys(resolved)))


def _is_system(root: Path, path: Path) -> bool:
    if any(path.is_relative_to(folder) for folder in SYSTEM):
        return True
    return path.is_relative_to(DEVICES) and not root.is_relative_to(DEVICES)


def _plain_path(text: str) -> Path:
    if sys.platform == "win32" and text.startswith(("\\\\", "//")):
        raise FileProblem("is on another machine")  # which resolving it would already talk to
    if not text.lower().startswith("file:"):
        return Path(text)
    try:
        parts = urlsplit(text)
    except ValueError:
        raise FileProblem("is no file: URI") from None
    if parts.netloc not in ("", "localhost"):
        raise FileProblem("is on another machine")
    path = unquote(parts.path)
    return Path(path.lstrip("/") if sys.platform == "win32" else path)


def _is_secret(parts: Sequence[str]) -> bool:
    names = [part.casefold() for part in parts]
    if any(fnmatchcase(name, pattern) for name in names for pattern in SECRETS):
        return True
    return names[-1] == "token" and any(folder in names[:-1] for folder in TOKEN_FOLDERS)


def _open(root: Path, parts: Sequence[str]) -> BinaryIO:
    """Raises `OSError` or `ValueError` for what cannot be opened, `FileProblem` for no file."""
    number = _open_by_path(root, parts) if sys.platform == "win32" else open_below(root, parts)
    try:
        if not stat.S_ISREG(os.fstat(number).st_mode):
            raise FileProblem("is not a file")
        return os.fdopen(number, "rb")
    except BaseException:
        os.close(number)
        raise


def open_below(root: Path, parts: Sequence[str]) -> int:
    """A file descriptor for reading, opened folder by folder without following any link.

    It does not wait for a pipe's other end. Raises `OSError`.
    """
    enter = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
    folder = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for part in parts[:-1]:
            inner = os.open(part, enter, dir_fd=folder)
            os.close(folder)
            folder = inner
        read = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY
        return os.open(parts[-1], read, dir_fd=folder)
    finally:
        os.close(folder)


def _open_by_path(root: Path, parts: Sequence[str]) -> int:
    """Where folders cannot be opened: looks afterwards whether it is still the same file."""
    path = root.joinpath(*parts)
    number = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    if Path(os.path.realpath(path)) != path or not os.path.samestat(os.fstat(number), path.lstat()):
        os.close(number)
        raise OSError("it changed while it was being opened")
    return number
