"""How much of files is held in memory at once, for answers that carry them whole."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import mcp_types as types
from mcp.shared.exceptions import MCPError

from space_tools.credentials import ANYONE
from space_tools.files.problems import size_words

ALL = 256 * 1024**2
"""Bytes of files that are held at once for everybody; encoded, they take some times as much."""

EACH = 64 * 1024**2
"""Bytes of it for one caller. Nobody in particular is many, and may have half of all."""


class Readings:
    """Counts what is held until the answers that it is in are taken, or given up."""

    def __init__(self) -> None:
        self._held: Counter[str] = Counter()

    @contextmanager
    def holding(self, owner: str, size: int) -> Iterator[None]:
        """The block holds a file of `size` bytes for that caller.

        Raises `MCPError` -32603 if there is no room for it now.
        """
        most = ALL // 2 if owner == ANYONE else EACH
        if self._held[owner] + size > most or self._held.total() + size > ALL:
            raise MCPError(
                types.INTERNAL_ERROR,
                f"Too many files are being read at once for one of {size_words(size)} to be, too; "
                "read it again when others have been taken",
            )
        self._held[owner] += size
        try:
            yield
        finally:
            self._held[owner] -= size
            if not self._held[owner]:
                del self._held[owner]
