"""A submitted call, as its user follows it: `Job` from any thread, `AsyncJob` from its loop."""

import asyncio
import concurrent.futures
import logging
import threading
from collections.abc import AsyncIterator, Callable, Generator, Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any, Self

import anyio

from space_tools.client.background import Background
from space_tools.client.status import Status, StatusUpdate

logger = logging.getLogger(__name__)

Callbacks = Callable[..., object] | Iterable[Callable[..., object]] | None
"""Called with a call's result, one argument for each output."""


class Job(concurrent.futures.Future[Any]):
    """A call that was submitted by a `Client`: a future of its result.

    Iterating gives the outputs as they come (one, unless the app's function yields several), and
    ends with the call, however that ended; `result()` tells. A cancelled one raises
    `concurrent.futures.CancelledError` there.
    """

    def __init__(self, background: Background, keep: object, *, wants_partial: bool = True) -> None:
        super().__init__()
        self.scope: anyio.CancelScope | None = None
        self.wants_partial = wants_partial
        self._background = background
        # A call that still runs, or is still looked at, keeps its client from being collected.
        self._keep = keep
        self._changed = threading.Condition()
        self._outputs: list[Any] = []
        self._latest = StatusUpdate(Status.STARTING)
        self._read = 0
        self._cancelling = False

    def outputs(self) -> list[Any]:
        """The outputs so far, the last of them the final one."""
        with self._changed:
            return list(self._outputs)

    def status(self) -> StatusUpdate:
        """How far the call is."""
        if not self.done():
            return self._latest
        return _ended(cancelled=self.cancelled(), failed=_failed(self))

    def running(self) -> bool:
        """Whether it has not ended yet, wherever it waits."""
        return not self.done()

    def cancel(self) -> bool:
        """Ends the call, and tells the app, wherever it is → whether there was one to end.

        A plain function that already runs there cannot be stopped and ends on its own.
        """
        with self._changed:
            again, self._cancelling = self._cancelling, True
        if again or not super().cancel():
            return False
        self.set_running_or_notify_cancel()
        with self._changed:
            self._changed.notify_all()
        with suppress(RuntimeError):
            self._background.soon(self._cancel_call)
        return True

    def add_done_callback(self, fn: Callable[[Any], object]) -> None:
        """Calls `fn` with this job once it is done, in a thread of the clients' own."""

        def elsewhere(job: concurrent.futures.Future[Any]) -> None:
            # The loop must not wait for the user's code, which may itself wait for the loop.
            if threading.current_thread() is self._background.thread:
                self._background.call_back(_call_back, fn, job)
            else:
                fn(job)

        super().add_done_callback(elsewhere)

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Any:
        with self._changed:
            self._changed.wait_for(lambda: self._read < len(self._outputs) or self.done())
            if self._read == len(self._outputs):
                raise StopIteration
            self._read += 1
            return self._outputs[self._read - 1]

    def on_status(self, status: StatusUpdate) -> None:
        self._latest = status

    def on_output(self, value: Any) -> None:
        with self._changed:
            self._outputs.append(value)
            self._changed.notify_all()

    def on_end(self, task: "asyncio.Task[Any]") -> None:
        with self._changed, suppress(concurrent.futures.InvalidStateError):
            _hand_over(task, self, self._outputs)
            self._changed.notify_all()
        self._keep = None

    def _cancel_call(self) -> None:
        if self.scope is not None:
            self.scope.cancel()


class AsyncJob:
    """A call that was submitted by an `AsyncClient`: await it, or its `result()`.

    `async for` gives the outputs as they come, like a `Job`'s iteration. A cancelled one raises
    `asyncio.CancelledError` when awaited.
    """

    def __init__(self, keep: object, *, wants_partial: bool = True) -> None:
        self.scope: anyio.CancelScope | None = None
        self.wants_partial = wants_partial
        self._keep = keep
        self._future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._changed = asyncio.Event()
        self._outputs: list[Any] = []
        self._latest = StatusUpdate(Status.STARTING)
        self._read = 0

    def __await__(self) -> Generator[Any, None, Any]:
        return asyncio.shield(self._future).__await__()

    async def result(self, timeout: float | None = None) -> Any:
        """The result; raises `TimeoutError` if it takes more than `timeout` seconds, and the
        call goes on."""
        async with asyncio.timeout(timeout):
            return await self

    def outputs(self) -> list[Any]:
        """The outputs so far, the last of them the final one."""
        return list(self._outputs)

    def status(self) -> StatusUpdate:
        """How far the call is."""
        if not self.done():
            return self._latest
        return _ended(cancelled=self.cancelled(), failed=_failed(self._future))

    def cancel(self) -> bool:
        """As a `Job`'s."""
        if self.scope is not None and not self.done():
            self.scope.cancel()
        return self._future.cancel()

    def done(self) -> bool:
        """Whether it has ended, in whatever way."""
        return self._future.done()

    def running(self) -> bool:
        """Whether it has not ended yet, wherever it waits."""
        return not self.done()

    def cancelled(self) -> bool:
        """Whether it was cancelled here."""
        return self._future.cancelled()

    def exception(self) -> BaseException | None:
        """The error that it ended with. Raises `asyncio.InvalidStateError` if it has not ended."""
        return self._future.exception()

    def add_done_callback(self, fn: Callable[["AsyncJob"], object]) -> None:
        """Calls `fn` with this job once it is done, on its loop."""
        self._future.add_done_callback(lambda _: fn(self))

    async def __aiter__(self) -> AsyncIterator[Any]:
        while self._read < len(self._outputs) or not self.done():
            if self._read < len(self._outputs):
                self._read += 1
                yield self._outputs[self._read - 1]
            else:
                self._changed.clear()
                await self._changed.wait()

    def on_status(self, status: StatusUpdate) -> None:
        self._latest = status

    def on_output(self, value: Any) -> None:
        self._outputs.append(value)
        self._changed.set()

    def on_end(self, task: "asyncio.Task[Any]") -> None:
        with suppress(asyncio.InvalidStateError):
            _hand_over(task, self._future, self._outputs)
        self._changed.set()
        self._keep = None


def add_result_callbacks(job: Job | AsyncJob, callbacks: Callbacks) -> None:
    """Has each called in turn with the job's result, if it comes to one, whatever others do.

    Raises `TypeError` for what is neither a function nor some.
    """
    functions = [callbacks] if callable(callbacks) else list(callbacks or ())
    if not all(callable(function) for function in functions):
        raise TypeError("`result_callbacks` must be a function, or several")

    def call_all(ended: Job | AsyncJob) -> None:
        if not ended.cancelled() and ended.exception() is None:
            result = ended.outputs()[-1]
            given = result if isinstance(result, tuple) else (result,)
            for function in functions:
                _call_back(function, *given)

    if functions:
        job.add_done_callback(call_all)


def _hand_over(
    task: "asyncio.Task[Any]",
    future: "concurrent.futures.Future[Any] | asyncio.Future[Any]",
    outputs: list[Any],
) -> None:
    """The end of a call's task as the end of its job. Raises if that has ended already."""
    if task.cancelled():
        future.cancel()
    elif error := task.exception():
        future.set_exception(error)
    else:
        if not outputs:
            outputs.append(task.result())
        future.set_result(task.result())


def _failed(
    future: "concurrent.futures.Future[Any] | asyncio.Future[Any]",
) -> bool:
    return not future.cancelled() and future.exception() is not None


def _ended(*, cancelled: bool, failed: bool) -> StatusUpdate:
    code = Status.CANCELLED if cancelled else Status.FINISHED
    success = not (cancelled or failed)
    return replace(StatusUpdate(code), rank=0, success=success, time=datetime.now())


def _call_back(fn: Callable[..., object], *args: Any) -> None:
    try:
        fn(*args)
    except Exception:
        logger.exception("the callback %r failed", fn)
