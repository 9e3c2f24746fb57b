"""Files that calls gave, or are about to be given: on disk, for their owners alone, for a while."""

import os
import re
import secrets
import shutil
import tempfile
import time
from collections import Counter, OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Self
from urllib.parse import quote

import anyio

from space_tools.credentials import ANYONE
from space_tools.files.incoming import Incoming
from space_tools.files.problems import FileProblem, size_words
from space_tools.gradio.files import safe_name

QUOTA = 4 * 1024**3
"""Bytes that all files may have together."""

MAX_FILE = 1024**3
"""Bytes that one file may have; a quarter of the quota, if that is more."""

LIFETIME = 3600.0
"""Seconds that a file is kept after its last use."""

SWEEP = 60.0
"""Seconds between two looks for files that nobody wants any more."""

MOST_FILES = 65_536
"""Files that there is room for, however small: each takes that part of the quota, too."""

SCHEME = "space-tools://files/"

_URI = re.compile(re.escape(SCHEME) + r"([A-Za-z0-9_-]{1,64})(?:/[^/]*)?")


@dataclass(slots=True, eq=False)
class StoredFile:
    """One file. Whoever has its `id` and is its `owner` can read it; nobody else learns of it.

    `size` is in bytes, `created` in nanoseconds since 1970, another for each file. `saved_as`:
    where a copy is that its owner can open.
    """

    id: str = field(repr=False)
    owner: str
    name: str
    mime_type: str
    size: int
    created: int
    saved_as: Path | None = None
    used: float = field(default_factory=time.monotonic, repr=False)
    readers: int = field(default=0, repr=False)

    @property
    def uri(self) -> str:
        return f"{SCHEME}{self.id}/{quote(self.name, safe='')}"


class FileStore:
    """All files of one process: within a quota, gone an hour after their last use, or at the end.

        with FileStore() as store:
            with store.incoming("owner") as incoming:
                incoming.write(b"...")
                stored = incoming.keep("name.txt")

    When room is needed, the file that was longest unused goes first, of the owner who has the
    most; one that is being read stays. Then goes what of theirs is still coming in. The files are
    in a folder of its own, which only this user of the machine can enter, in `folder` or where the
    system has its temporary ones.
    `quota` and `max_file` are in bytes, `lifetime` in seconds.
    """

    def __init__(
        self,
        folder: Path | None = None,
        *,
        quota: int = QUOTA,
        max_file: int | None = None,
        lifetime: float = LIFETIME,
    ) -> None:
        self.max_file = min(quota, max(MAX_FILE, quota // 4) if max_file is None else max_file)
        self._parent = folder
        self._quota = quota
        self._lifetime = lifetime
        self._folder: Path | None = None
        self._files: OrderedDict[str, StoredFile] = OrderedDict()
        self._arriving: OrderedDict[Incoming, None] = OrderedDict()
        self._least = quota // MOST_FILES
        self._held: Counter[str] = Counter()
        self._taken = 0
        self._latest = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Removes every file."""
        self._files.clear()
        self._arriving.clear()
        self._held.clear()
        self._taken = 0
        folder, self._folder = self._folder, None
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)

    async def keep_tidy(self) -> None:
        """Removes files as they get old. Never returns."""
        while True:
            await anyio.sleep(min(SWEEP, self._lifetime))
            self._expire()

    def incoming(self, owner: str) -> Incoming:
        """Room for a file of theirs that is about to come in; a context, at whose end it is given
        up. Raises `FileProblem` if there is none."""
        return Incoming(self, owner)

    def find(self, uri: str, owner: str) -> StoredFile | None:
        """The file of that URI, unless it is not there, no longer there, or another owner's."""
        match = _URI.fullmatch(uri)
        stored = self.get(match[1]) if match else None
        return stored if stored is not None and stored.owner in (owner, ANYONE) else None

    def get(self, file_id: str) -> StoredFile | None:
        """The file of that id, whoever owns it: for who has made sure of the right to it."""
        self._expire()
        return self._files.get(file_id)

    def files_of(self, owner: str) -> list[StoredFile]:
        """Everything that is kept for them, newest first; for nobody in particular, nothing."""
        self._expire()
        if owner == ANYONE:
            return []
        owned = (stored for stored in self._files.values() if stored.owner == owner)
        return sorted(owned, key=lambda stored: -stored.created)

    def touch(self, uri: str, owner: str) -> None:
        """The file of that URI, if it is there and theirs, counts as used now."""
        if stored := self.find(uri, owner):
            self._touch(stored)

    @contextmanager
    def reading(self, stored: StoredFile) -> Iterator[BinaryIO]:
        """The file, open. It counts as used, and is not removed before the end of the block.

        Raises `FileProblem` if it is gone.
        """
        if self._folder is None or stored.id not in self._files:
            raise FileProblem("is no longer kept")
        self._touch(stored)
        stored.readers += 1
        try:
            with _open(self._folder / stored.id) as file:
                yield file
        finally:
            stored.readers -= 1
            self._touch(stored)

    def path_of(self, stored: StoredFile) -> Path:
        """Where the file is while somebody is `reading` it."""
        return self.folder() / stored.id

    @property
    def usage(self) -> tuple[int, int, int]:
        """Files that are kept, the bytes that all take, those coming in too, and the quota."""
        return len(self._files), self._taken, self._quota

    def folder(self) -> Path:
        """Where everything is; made when first needed, for this user of the machine alone."""
        if self._folder is None or not self._folder.is_dir():  # systems clean up, too
            if self._parent is not None:
                self._parent.mkdir(parents=True, exist_ok=True)
            self._folder = Path(tempfile.mkdtemp(prefix="space-tools-files-", dir=self._parent))
        return self._folder

    def begin(self, incoming: Incoming) -> None:
        """A file is coming in; raises `FileProblem` if there is no room even for an empty one."""
        self.take_room(self._least, incoming)
        self._arriving[incoming] = None

    def settle(self, incoming: Incoming) -> None:
        """That file is whole, and being used."""
        self._arriving.pop(incoming, None)

    def take_room(self, size: int, incoming: Incoming) -> None:
        """Counts `size` more bytes; raises `FileProblem` if there is no room to be made."""
        self._expire()
        if incoming in self._arriving:
            self._arriving.move_to_end(incoming)
        self._held[incoming.owner] += size
        self._taken += size
        while self._taken > self._quota:
            if not self._make_room(incoming):
                self._give_room(size, incoming.owner)
                raise FileProblem(f"does not fit in the {size_words(self._quota)} for files")

    def give_up(self, incoming: Incoming) -> None:
        """That file comes no more."""
        self.settle(incoming)
        self._give_room(self._least + incoming.size, incoming.owner)

    def add(self, incoming: Incoming, temporary: Path, name: str, mime_type: str) -> StoredFile:
        """Takes over a finished file, whose room was taken already."""
        self._latest = max(time.time_ns(), self._latest + 1)
        stored = StoredFile(
            secrets.token_urlsafe(18),
            incoming.owner,
            safe_name(name),
            mime_type,
            incoming.size,
            self._latest,
        )
        os.replace(temporary, self.folder() / stored.id)
        self._files[stored.id] = stored
        return stored

    def _touch(self, stored: StoredFile) -> None:
        stored.used = time.monotonic()
        if stored.id in self._files:
            self._files.move_to_end(stored.id)

    def _make_room(self, wanted: Incoming) -> bool:
        """Removes a file that is not being read, or else gives up one that is still coming in."""
        for owner, _ in self._held.most_common():
            for stored in self._files.values():
                if stored.owner == owner and not stored.readers:
                    self._remove(stored)
                    return True
            for incoming in self._arriving:
                if incoming.owner == owner and incoming is not wanted:
                    incoming.close()
                    return True
        return False

    def _give_room(self, size: int, owner: str) -> None:
        self._taken -= size
        self._held[owner] -= size
        if self._held[owner] <= 0:
            del self._held[owner]

    def _expire(self) -> None:
        oldest_allowed = time.monotonic() - self._lifetime
        expired = []
        for stored in self._files.values():
            if stored.used >= oldest_allowed:
                break
            if not stored.readers:
                expired.append(stored)
        for stored in expired:
            self._remove(stored)

    def _remove(self, stored: StoredFile) -> None:
        del self._files[stored.id]
        self._give_room(self._least + stored.size, stored.owner)
        with suppress(OSError):
            self.path_of(stored).unlink()


def _open(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError:  # somebody else has removed it
        raise FileProblem("is no longer kept") from None
