"""A call that is running, however it is run."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol, Self

from space_tools.errors import AppError, CallError, ConnectionLost, ProtocolError, TransferError
from space_tools.gradio.app_info import Endpoint
from space_tools.gradio.call import Run
from space_tools.gradio.dialects import Dialect
from space_tools.gradio.legacy import from_legacy
from space_tools.gradio.messages import Partial, Update, unquoted


@contextmanager
def as_call_errors(run: Run) -> Iterator[None]:
    """Once a call was sent, whatever breaks leaves it unknown whether it runs."""
    try:
        yield
    except TransferError as error:
        message = f"{error} while the call was running"
        raise ConnectionLost(message, outcome=run.outcome) from error
    except ProtocolError as error:
        raise CallError(str(error), outcome=run.outcome) from error
    except CallError as error:
        if not run.sent:
            error.outcome = run.outcome
        raise


class Updates(Protocol):
    """Gives updates until the call ends, and then has a value for every output slot."""

    outputs: list[Any] | None

    def __aiter__(self) -> AsyncIterator[Update]: ...

    async def __anext__(self) -> Update: ...


class DirectCall:
    """A call outside the queue: it has nothing to tell until it has its outputs."""

    def __init__(self, run: Callable[[], Awaitable[list[Any]]]) -> None:
        self.outputs: list[Any] | None = None
        self._run = run

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Update:
        self.outputs = await self._run()
        raise StopAsyncIteration


class Job:
    """A call that is running: iterate for its updates, or wait for its `result`.

    Outputs, partial ones too, are those of `endpoint.returns`, in that order, files in the form
    that they have since Gradio 4.
    """

    def __init__(self, endpoint: Endpoint, run: Run, updates: Updates, dialect: Dialect) -> None:
        self.endpoint = endpoint
        self._run = run
        self._updates = updates
        self._dialect = dialect

    @property
    def replica(self) -> str:
        """Where its files are, if the app runs on several replicas."""
        return self._run.replica

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Update:
        if self._updates.outputs is not None:
            raise StopAsyncIteration
        try:
            with as_call_errors(self._run):
                update = await anext(self._updates)
        except AppError as error:
            raise unquoted(error) if self._dialect.quotes_errors else error from None
        return Partial(self._shown(update.data)) if isinstance(update, Partial) else update

    async def result(self) -> list[Any]:
        """The final outputs. Raises a `CallError` if there are none."""
        async for _ in self:
            pass
        return self.outputs

    @property
    def outputs(self) -> list[Any]:
        """The final outputs, once the iteration has ended."""
        if self._updates.outputs is None:
            raise ConnectionLost("the call has no outputs yet")
        return self._shown(self._updates.outputs)

    def _shown(self, data: Sequence[Any]) -> list[Any]:
        returns = self.endpoint.returns
        if any(shown.slot >= len(data) for shown in returns):
            raise CallError(f"the app answered with only {len(data)} outputs", outcome="done")
        if self._dialect.encodes_files:
            return [from_legacy(shown.component, data[shown.slot]) for shown in returns]
        return [data[shown.slot] for shown in returns]
