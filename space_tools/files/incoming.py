"""A file that is not whole yet: on disk already, for nobody to find, and in the way of nobody."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Self

from space_tools.files.kinds import HEAD, kind_of
from space_tools.files.problems import FileProblem, size_words

if TYPE_CHECKING:
    from space_tools.files.store import FileStore, StoredFile


class Incoming:
    """A file that is coming in, piece by piece; gone at the end of its block, unless kept.

    It takes room of its `owner`'s as it grows. `size` is in bytes; `file` can be read once all is
    written.
    """

    def __init__(self, store: "FileStore", owner: str) -> None:
        self.size = 0
        self.owner = owner
        self._store = store
        self._over = False
        store.begin(self)
        try:
            number, path = tempfile.mkstemp(dir=store.folder(), suffix=".part")
        except OSError as error:
            store.give_up(self)
            raise _not_stored(error) from None
        self._path = Path(path)
        self.file: BinaryIO = os.fdopen(number, "w+b")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def expect(self, size: int, *, limit: int | None = None) -> None:
        """Raises `FileProblem` if so many more bytes would be too many (for `limit`, in bytes)."""
        most = self._store.max_file if limit is None else min(limit, self._store.max_file)
        if self.size + size > most:
            raise FileProblem(f"has more than {size_words(most)}, the most that is taken here")

    def write(self, chunk: bytes | memoryview, *, limit: int | None = None) -> None:
        """The next piece; raises `FileProblem` if it is one too many."""
        self._check()
        self.expect(len(chunk), limit=limit)
        self._store.take_room(len(chunk), self)
        self.size += len(chunk)
        try:
            self.file.write(chunk)
        except OSError as error:
            raise _not_stored(error) from None

    def kind(self, name: str, claimed: str = "") -> str:
        """Its MIME type; the file is at its beginning then."""
        self._check()
        self._store.settle(self)
        try:
            self.file.flush()
        except OSError as error:
            raise _not_stored(error) from None
        self.file.seek(0)
        head = self.file.read(HEAD)
        self.file.seek(0)
        return kind_of(head, name, claimed)

    def keep(self, name: str, claimed: str = "") -> "StoredFile":
        """Makes it a file of the store, whole, under a URI of its own."""
        mime_type = self.kind(name, claimed)
        self.file.close()
        try:
            stored = self._store.add(self, self._path, name, mime_type)
        except OSError as error:  # somebody has cleaned up
            raise _not_stored(error) from None
        self._over = True
        return stored

    def close(self) -> None:
        """Gives it up, and its room, unless it was kept."""
        with suppress(OSError):  # what could not be written at the end
            self.file.close()
        if not self._over:
            self._over = True
            self._store.give_up(self)
            self._path.unlink(missing_ok=True)

    def _check(self) -> None:
        if self._over:
            raise FileProblem("had to make room for others before it was whole")


def _not_stored(error: OSError) -> FileProblem:
    return FileProblem(f"cannot be stored here: {error.strerror}")
