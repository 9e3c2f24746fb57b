"""What apps said of their tools when these were first seen, or last accepted: kept on disk.

It is no cache: nothing of it is forgotten by itself, and what cannot be read is an error, never
"not seen yet". A file for each app, which only this user of the machine can read; processes that
share the folder write to it in turn, so that of two that see a tool first, one does.

What is kept are the app's words, not our tools: these are made of them anew to be compared, so
that neither another version of this program nor another setting makes a tool another.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from space_tools.errors import ConfigurationError
from space_tools.gradio.app_info import AppInfo, Endpoint
from space_tools.schema.shortening import weigh
from space_tools.tools.private_files import write_private

VERSION = 1
"""Of what is in a file."""

MAX_BYTES = 64 * 1024 * 1024
"""That a file may have; what would need more is not pinned, and so refused."""

LOCK_SECONDS = 2.0
"""How long another process may take to write."""

Stamp = tuple[int, int, int]
"""Of one state of a file; another for each that is written. Zeros: there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """What an app said of one tool, and since when that holds; `info` has its one endpoint."""

    info: AppInfo
    zero_gpu: bool
    since: datetime

    @classmethod
    def of(cls, info: AppInfo, endpoint: Endpoint, *, zero_gpu: bool) -> "Pin":
        """What is said now."""
        own = replace(info, app_id="", endpoints=(endpoint,))
        return cls(info=own, zero_gpu=zero_gpu, since=datetime.now(UTC))

    def says_the_same_as(self, other: "Pin") -> bool:
        """Whether it is the same, whenever it was said."""
        return (self.info, self.zero_gpu) == (other.info, other.zero_gpu)


PinsOfApp = Mapping[str, Pin]
"""Name of an endpoint, with its slash → its pin."""


class Pins:
    """Those in a folder; `src` says which app it is, whatever it is named by (`Source.key`).

    Every method raises `ConfigurationError` if the file cannot be read or written, or is broken.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find(self, src: str) -> PinsOfApp:
        """All of one app; none if it was never seen."""
        path = self._path(src)
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise _unreadable(path, error.strerror or "it cannot be read") from None
        try:
            kept = _adapter().validate_python(json.loads(content))
        except (ValueError, ValidationError, RecursionError):
            raise _unreadable(path, "it is broken, or of another version") from None
        if kept.version != VERSION or kept.src != src:
            raise _unreadable(path, "it is of another version")
        return kept.tools

    def salvage(self, src: str) -> PinsOfApp:
        """The same, for who takes them anew: none, too, if they are broken."""
        try:
            return self.find(src)
        except ConfigurationError:
            return {}

    def keep(self, src: str, seen: PinsOfApp) -> PinsOfApp:
        """Pins what was not seen before, and gives all as they are then."""
        kept = self.find(src)
        if seen.keys() <= kept.keys():
            return kept
        with self._locked():
            kept = {**seen, **self.find(src)}
            self._write(src, kept)
        return kept

    def accept(self, src: str, seen: PinsOfApp) -> None:
        """Pins all of this, in the place of what was there, be that broken."""
        with self._locked():
            self._write(src, {**self.salvage(src), **seen})

    def stamp(self, src: str) -> Stamp:
        """Another after each change; see `Stamp`."""
        try:
            status = self._path(src).stat()
        except OSError:
            return 0, 0, 0
        return status.st_mtime_ns, status.st_size, status.st_ino

    def _path(self, src: str) -> Path:
        return self._folder / f"{sha256(src.encode()).hexdigest()[:40]}.json"

    def _write(self, src: str, pins: PinsOfApp) -> None:
        path = self._path(src)
        tools = {
            name: {**asdict(pin), "since": pin.since.isoformat()} for name, pin in pins.items()
        }
        content = {"version": VERSION, "src": src, "tools": tools}
        if weigh(content, MAX_BYTES) >= MAX_BYTES:
            raise ConfigurationError(f"{src} says too much of itself to be pinned")
        try:
            write_private(path, json.dumps(content).encode())
        except (OSError, ValueError, RecursionError) as error:
            why = getattr(error, "strerror", None) or type(error).__name__
            raise ConfigurationError(f"{path} cannot be written: {why}") from None

    @contextmanager
    def _locked(self) -> Iterator[None]:
        from filelock import FileLock, Timeout  # not before something is pinned

        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            lock = FileLock(self._folder / "lock", timeout=LOCK_SECONDS)
            lock.acquire()
        except Timeout:
            raise ConfigurationError(f"another process holds the pins in {self._folder}") from None
        except OSError as error:
            words = f"the pins in {self._folder} cannot be written: {error.strerror}"
            raise ConfigurationError(words) from None
        try:
            yield
        finally:
            lock.release()


@dataclass(frozen=True, slots=True)
class _File:
    version: int
    src: str
    tools: dict[str, Pin]


@cache
def _adapter() -> TypeAdapter[_File]:
    return TypeAdapter(_File)


def _unreadable(path: Path, why: str) -> ConfigurationError:
    return ConfigurationError(
        f"its pins in {path} are of no use: {why}; look at the app, and take it as it is now with "
        "`space-tools doctor --accept`"
    )
