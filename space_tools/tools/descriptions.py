"""What apps said of themselves when they were last seen: kept on disk between runs.

A file for each app, which only this user of the machine can read. Of a private Space it is kept
by user, under a digest that tells nobody who that is. Several processes may share the folder; a
file that is broken, or of another version of this program, counts as not there.
"""

import gzip
import hmac
import json
import logging
import os
import secrets
import time
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter
from pydantic_core import to_json

from space_tools.credentials import Credentials
from space_tools.gradio.app_info import AppInfo
from space_tools.tools.private_files import write_private

logger = logging.getLogger(__name__)

VERSION = 1
"""Of what is in a file; another for each change of `AppInfo`, and of what it has in it."""

MAX_BYTES = 64 * 1024 * 1024
"""That all files may have together; the longest unused go first."""

MAX_DESCRIPTION = 64 * 1024 * 1024
"""Bytes that a file may unfold to."""

MAX_AGE = 30 * 24 * 3600.0
"""Seconds that a file is kept after its app was last seen."""

PRUNE_SECONDS = 60.0
"""Seconds between two looks for files that are too old, or too many."""

SUFFIX = ".json.gz"


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """What an app said, and when it was last seen to say so; `sha` is the commit, if known."""

    info: AppInfo
    sha: str | None
    zero_gpu: bool
    seen_at: datetime


class Descriptions:
    """Those in a folder. What cannot be read or written there is merely not remembered.

    `src` says which app it is, whatever it is named by; `owner` who may see it (`owner_of`), if
    not everybody may.
    """

    def __init__(self, folder: Path, *, max_bytes: int = MAX_BYTES) -> None:
        self._folder = folder
        self._max_bytes = max_bytes
        self._pruned = -PRUNE_SECONDS
        self._latest: dict[Path, tuple[AppInfo, str | None, bool]] = {}

    def owner_of(self, credentials: Credentials) -> str:
        """Stands for a caller and their token, and tells nothing of either."""
        token = credentials.hf_token or ""
        whole = f"{credentials.principal}\0{token}".encode()
        return hmac.digest(self._key(), whole, "sha256").hex()

    def find(self, src: str, owner: str = "") -> Description | None:
        """What is remembered of that app, if anything."""
        path = self._path(src, owner)
        try:
            with gzip.open(path) as file:
                content = json.loads(file.read(MAX_DESCRIPTION))
            seen_at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
            if content["is"] != _identity(src, owner):
                return None
            info, sha = _adapter().validate_python(content["info"]), content["sha"]
            zero_gpu = content["zero_gpu"] is True
        except (OSError, EOFError, zlib.error, ValueError, KeyError, TypeError, RecursionError):
            return None
        sha = sha if isinstance(sha, str) else None
        self._latest[path] = info, sha, zero_gpu
        return Description(info=info, sha=sha, zero_gpu=zero_gpu, seen_at=seen_at)

    def keep(
        self,
        src: str,
        info: AppInfo,
        sha: str | None,
        owner: str = "",
        *,
        zero_gpu: bool = False,
    ) -> None:
        """Remembers what an app says now."""
        path = self._path(src, owner)
        try:
            if self._latest.get(path) == (info, sha, zero_gpu) and path.exists():
                os.utime(path)
                return
            content = {
                "is": _identity(src, owner),
                "sha": sha,
                "zero_gpu": zero_gpu,
                "info": info,
            }
            written = to_json(content, inf_nan_mode="constants")
            write_private(path, gzip.compress(written, 6))
            self._latest[path] = info, sha, zero_gpu
            self._prune()
        except (OSError, ValueError, RecursionError) as error:
            logger.debug("%s is not remembered: %s", src, type(error).__name__)

    def forget(self, src: str, owner: str = "") -> None:
        """Remembers nothing of that app."""
        with suppress(OSError):
            self._path(src, owner).unlink(missing_ok=True)

    def _path(self, src: str, owner: str) -> Path:
        name = sha256("\0".join(map(str, _identity(src, owner))).encode()).hexdigest()[:40]
        return self._folder / f"{name}{SUFFIX}"

    def _key(self) -> bytes:
        path = self._folder / "key"
        with suppress(OSError):
            if len(key := path.read_bytes()) == 32:
                return key
        key = secrets.token_bytes(32)
        with suppress(OSError):  # then nothing can be kept for longer either
            write_private(path, key)
            return path.read_bytes()  # another process may have written its own meanwhile
        return key

    def _prune(self) -> None:
        """Removes what is too old or too much; looks once in a while."""
        if time.monotonic() < self._pruned + PRUNE_SECONDS:
            return
        self._pruned = time.monotonic()
        oldest_allowed, room = time.time() - MAX_AGE, self._max_bytes
        for path, status in sorted(self._files(), key=lambda file: -file[1].st_mtime):
            room -= status.st_size
            if room < 0 or status.st_mtime < oldest_allowed:
                path.unlink(missing_ok=True)

    def _files(self) -> Iterator[tuple[Path, os.stat_result]]:
        for path in self._folder.iterdir():
            if path.name.endswith((SUFFIX, ".part")):
                with suppress(FileNotFoundError):
                    yield path, path.stat()


def _identity(src: str, owner: str) -> list[Any]:
    return ["space-tools description", VERSION, src, owner]


@cache
def _adapter() -> TypeAdapter[AppInfo]:
    return TypeAdapter(AppInfo)
