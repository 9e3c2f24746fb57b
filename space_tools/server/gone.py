"""A client that may hang up while something is done for it."""

from collections.abc import Iterator
from contextlib import contextmanager

import anyio


class Gone:
    """Told once that the client has gone; then what is done for it ends."""

    def __init__(self) -> None:
        self._has_gone = False
        self._scopes: list[anyio.CancelScope] = []

    def set(self) -> None:
        """It has hung up."""
        self._has_gone = True
        for scope in self._scopes:
            scope.cancel()

    @contextmanager
    def ending(self) -> Iterator[None]:
        """The block is cancelled once the client has gone: nobody would get what it gives."""
        with anyio.CancelScope() as scope:
            self._scopes.append(scope)
            if self._has_gone:
                scope.cancel()
            try:
                yield
            finally:
                self._scopes.remove(scope)
