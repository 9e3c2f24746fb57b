"""That there is a job, on disk: so that its owner is told the truth after a restart.

A record says who owns a job, and whether it is one, only to who knows its id: it is named by a
digest of that, and holds the owner as another. It has no arguments and no tokens.
"""

import hashlib
import json
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

HOUR = 3600.0
DAY = 24 * HOUR
"""Seconds that a record is kept, and told of."""


@dataclass(frozen=True, slots=True)
class Record:
    """What is known of a job whose process is gone. `created`: seconds since 1970."""

    tool: str
    created: float


class JobRecords:
    """One small file for each job, in a folder that processes share.

    `folder`: default is the user's folder for the state of programs.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._pruned = -HOUR

    @property
    def folder(self) -> Path:
        """Where they are; not made before the first is written."""
        if self._folder is None:
            from platformdirs import user_state_path

            self._folder = user_state_path("space-tools", appauthor=False) / "jobs"
        return self._folder

    def write(self, job: str, owner: str, record: Record) -> None:
        """It is on the disk, whole, when this returns. Raises `OSError` if it cannot be."""
        self._prune()
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        said = {"owner": _owner(job, owner), "tool": record.tool, "created": record.created}
        number, path = tempfile.mkstemp(dir=self.folder, suffix=".part")
        try:
            with os.fdopen(number, "w") as new:
                json.dump(said, new)
                new.flush()
                os.fsync(number)
            os.replace(path, self._path(job))
        except OSError:
            Path(path).unlink(missing_ok=True)
            raise

    def find(self, job: str, owner: str) -> Record | None:
        """The record of that id, unless there is none, it is older than a day, or another's."""
        try:
            said = json.loads(self._path(job).read_text())
            if said["owner"] != _owner(job, owner):
                return None
            record = Record(str(said["tool"]), float(said["created"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return record if record.created > time.time() - DAY else None

    def remove(self, job: str) -> None:
        """Nobody is to be told of it any more."""
        with suppress(OSError):
            self._path(job).unlink(missing_ok=True)

    def _prune(self) -> None:
        """Removes what is older than a day, whichever process wrote it; looks once an hour."""
        if time.monotonic() < self._pruned + HOUR:
            return
        self._pruned = time.monotonic()
        for path in self._all():
            with suppress(OSError):
                if path.stat().st_mtime < time.time() - DAY:
                    path.unlink(missing_ok=True)

    def _all(self) -> Iterator[Path]:
        with suppress(OSError):
            yield from self.folder.iterdir()

    def _path(self, job: str) -> Path:
        return self.folder / f"{_digest(job)}.json"


def _owner(job: str, owner: str) -> str:
    """Another one for each job, so that records do not say which of them have the same owner."""
    return _digest(f"{job} {owner}")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()
