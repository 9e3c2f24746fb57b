"""Whether an app is called now: not while it only costs its callers their time.

It never foretells: calls are let through again when the app has been looked at and was there.
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager

import anyio

from space_tools.errors import (
    AppError,
    AppUnreachable,
    CallCancelled,
    ConnectError,
    ConnectionLost,
    QueueError,
    TransferError,
)
from space_tools.schema.text import one_line

MOST_FAILURES = 5
"""Failures in a row after which an app is left alone."""

FIRST_PAUSE, LONGEST_PAUSE = 2.0, 30.0
"""Seconds that it is left alone, doubled each time from the first to the longest."""

SILENCE = 10.0
"""Seconds that a look may take in vain; one that takes longer counts as all failures at once."""

LOOK_SECONDS = 3.0
"""How long a call waits for a look at an app that was left alone."""

ANSWERS = (AppError, QueueError, CallCancelled)
"""Ends of a call that only an app which is there can give it."""

NOBODY = (AppUnreachable, ConnectionLost)
"""Ends of a call that show that nobody was there, or is any more."""

UNSEEN = (AppUnreachable, ConnectError, TransferError)
"""The same of a look."""


class Breaker:
    """What came of the calls of one app. Times are those of the event loop.

    It is closed while calls go through, and opens after `MOST_FAILURES` failures in a row. Then
    calls are refused for a pause, and after it until a look finds the app: that makes it half
    open, when calls go through, and the next failure opens it for longer.
    """

    def __init__(self, src: str) -> None:
        self._src = src
        self._failures = 0
        self._pause = FIRST_PAUSE
        self._opened_at = -math.inf
        self._left_alone_until = -math.inf
        self._reason = ""

    @property
    def is_open(self) -> bool:
        return self._failures >= MOST_FAILURES

    @property
    def opened_at(self) -> float:
        """When it was opened last."""
        return self._opened_at

    def check(self) -> None:
        """Raises `AppUnreachable`, which says until when, while the app is to be left alone."""
        if self.is_open and (seconds := self._left_alone_until - anyio.current_time()) > 0:
            raise AppUnreachable(
                f"{self._src} is left alone for {max(1, round(seconds))} s, because "
                f"{self._reason}; call again then, and it is looked at first"
            )

    def failed(self, began: float, error: Exception) -> None:
        """A call, or a look that somebody waited for, found nobody there.

        What began before it was opened last tells nothing new.
        """
        if began <= self._opened_at:
            return
        silent = isinstance(error, AppUnreachable) and anyio.current_time() > began + SILENCE
        self._failures += MOST_FAILURES if silent else 1
        self._reason = one_line(str(error), 200)
        if self.is_open:
            self._opened_at = anyio.current_time()
            self._left_alone_until = self._opened_at + self._pause
            self._pause = min(2 * self._pause, LONGEST_PAUSE)

    def worked(self) -> None:
        """A call ended with an answer of the app, a good one or not."""
        self._failures, self._pause = 0, FIRST_PAUSE

    @contextmanager
    def looking(self) -> Iterator[None]:
        """Around a look that somebody waits for: if the app is there, calls go through until the
        next failure."""
        began = anyio.current_time()
        try:
            yield
        except UNSEEN as error:
            self.failed(began, error)
            raise
        if self.is_open:
            self._failures = MOST_FAILURES - 1

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Around a call: notes what comes of it."""
        began = anyio.current_time()
        try:
            yield
        except ANSWERS:
            self.worked()
            raise
        except NOBODY as error:
            self.failed(began, error)
            raise
        else:
            self.worked()
