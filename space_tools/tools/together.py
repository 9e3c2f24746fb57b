"""What several callers wait for at once: the news of it, and work that is done for all of them."""

from collections.abc import Awaitable, Callable
from copy import copy
from typing import Generic, TypeVar

import anyio

from space_tools.errors import CallCancelled
from space_tools.gradio.running import Spawn
from space_tools.hub.waking import Tell

T = TypeVar("T")


class News:
    """A sentence about what is waited for; another takes its place."""

    def __init__(self) -> None:
        self._sentence = ""
        self._changed = anyio.Event()

    def publish(self, sentence: str) -> None:
        """Has all who follow told, unless it is empty; they are not waited for."""
        self._sentence = sentence
        self._changed.set()
        self._changed = anyio.Event()

    async def follow(self, tell: Tell, end: anyio.Event) -> None:
        """Tells each sentence until `end` is set, after which something must be published."""
        while not end.is_set():
            changed = self._changed  # that may be while somebody is being told
            if self._sentence:
                await tell(self._sentence)
            await changed.wait()


class Together(Generic[T]):
    """Work that is done once for all who want what comes of it, and given up with the last of them.

    `work` is handed what takes sentences for those who wait. Whoever of them goes, the others wait
    no longer for that.
    """

    def __init__(self, work: Callable[[Tell], Awaitable[T]], spawn: Spawn) -> None:
        self._waiting = 0
        self._news = News()
        self._ended = anyio.Event()
        self._scope = anyio.CancelScope()
        self._result: list[T] = []
        self._error: Exception = CallCancelled("the server was stopped", outcome="not_started")
        spawn(self._run, work)  # and nothing keeps it, and the token in it, for longer

    @property
    def is_over(self) -> bool:
        """Whether who comes now has to begin anew."""
        return self._ended.is_set() or self._scope.cancel_called

    async def wait(self, tell: Tell | None = None) -> T:
        """What comes of it. Raises what went wrong with it."""
        self._waiting += 1
        try:
            if tell is not None:
                await self._news.follow(tell, self._ended)
            await self._ended.wait()
        finally:
            self._waiting -= 1
            if not self._waiting:
                self._scope.cancel()
        if not self._result:
            raise copy(self._error)
        return self._result[0]

    async def _run(self, work: Callable[[Tell], Awaitable[T]]) -> None:
        try:
            with self._scope:
                self._result.append(await work(self._tell))
        except Exception as error:  # noqa: BLE001  whoever waits is to have it
            self._error = error
        finally:
            self._ended.set()
            self._news.publish("")

    async def _tell(self, sentence: str) -> None:
        self._news.publish(sentence)
