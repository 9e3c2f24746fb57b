"""One call that may outlast the request it was made by."""

import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal

import anyio

from space_tools.credentials import ANYONE
from space_tools.errors import SpaceToolsError
from space_tools.gradio.messages import Progress
from space_tools.tools.kept import Kept
from space_tools.tools.narration import Listener, Telling, describe, fraction_of

JobStatus = Literal["working", "completed", "failed", "cancelled", "unknown"]
"""`unknown`: the server that ran it is gone, so it is not known whether the function ended."""


@dataclass(slots=True, eq=False)
class Job:
    """One call, known by an unguessable `id`, of the principal `owner`.

    It ends with a `result`, or with what went wrong: `error`. `session` is the handle of the
    conversation that began with it. `fraction`: how much of it is done, 0 to 1, if the app says.
    `handed_over`: its request was answered before it ended. `ended_at`: seconds, monotonic. `size`:
    about how many bytes are kept of it. The wall clock, which somebody may set, is looked at only
    for when it was `created`; `began` is the same moment, monotonic.
    """

    owner: str
    tool: str
    id: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)
    status: JobStatus = "working"
    created: datetime = field(default_factory=lambda: datetime.now(UTC))
    began: float = field(default_factory=time.monotonic)
    session: str | None = None
    result: Kept | None = None
    error: Exception | None = None
    handed_over: bool = False
    ended: anyio.Event = field(default_factory=anyio.Event)
    ended_at: float = 0.0
    size: int = 0
    scope: anyio.CancelScope = field(default_factory=anyio.CancelScope)
    watchers: list[Listener] = field(default_factory=list)
    fraction: float | None = None
    _updated_at: float = field(init=False)
    _latest: Telling | None = None
    _message: str = "waiting"

    def __post_init__(self) -> None:
        self._updated_at = self.began

    @property
    def age(self) -> float:
        """Seconds from its beginning until now, or its end."""
        until = time.monotonic() if self.status == "working" else self._updated_at
        return until - self.began

    @property
    def updated(self) -> datetime:
        """When it was last heard of."""
        return self.created + timedelta(seconds=self._updated_at - self.began)

    def belongs_to(self, principal: str) -> bool:
        """Whether that caller may know of it; that of nobody in particular opens by its id."""
        return self.owner in (principal, ANYONE)

    def remember_session(self, handle: str) -> None:
        """A conversation began with it."""
        self.session = handle

    async def update(self, update: Telling) -> None:
        """Takes an update of the call, and passes it on to who watches."""
        self._updated_at = time.monotonic()
        self._latest = update
        if isinstance(update, Progress):
            self.fraction = fraction_of(update)
        for watcher in list(self.watchers):
            await watcher(update)

    @property
    def message(self) -> str:
        """How it goes, in words; they are only made when asked for."""
        if self._latest is not None:
            self._message = describe(self._latest) or self._message
            self._latest = None
        return self._message

    def end(
        self,
        status: JobStatus,
        *,
        result: Kept | None = None,
        error: Exception | None = None,
    ) -> None:
        """It is over, and stays as it is then."""
        if self.status == "working":
            self.status, self.result, self.error = status, result, error
            self._updated_at = time.monotonic()
            self._latest = None  # it may be large

    def cancel(self) -> None:
        """Ends the call, unless it has ended; the app is told within a second."""
        self.end("cancelled")
        if not self.ended.is_set():
            self.scope.cancel()


Run = Callable[[Job], Awaitable[Kept]]
"""Makes the call; tells the job how it goes."""


async def run_job(job: Job, run: Run) -> None:
    """Makes the call of a job; whatever comes of that is kept in it."""
    try:
        with job.scope:
            job.end("completed", result=await run(job))
    except SpaceToolsError as error:
        job.end("failed", error=error.bare())
    except Exception as error:  # noqa: BLE001  whoever asks for the result is to have it
        job.end("failed", error=error)
    finally:
        job.end("cancelled")
        job.ended_at = time.monotonic()
        job.ended.set()
