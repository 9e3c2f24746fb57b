"""Calls that outlast a request: handed over to their owner as jobs, and kept until asked for."""

import logging
import math
import time
from collections import Counter, OrderedDict
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import anyio
from anyio import to_thread
from anyio.lowlevel import checkpoint

from space_tools.credentials import ANYONE
from space_tools.errors import SpaceToolsError
from space_tools.files.store import LIFETIME, FileStore
from space_tools.gradio.running import Spawn
from space_tools.tools.job import Job, Run, run_job
from space_tools.tools.job_records import JobRecords, Record
from space_tools.tools.narration import Listener

logger = logging.getLogger(__name__)

MOST_RUNNING = 100
"""Jobs of one owner that run at once; a call beyond them is waited for, however long it takes."""

MOST_ENDED = 200
"""Ended jobs of one owner that are kept; those of nobody in particular share only the quota."""

QUOTA = 64 * 1024**2
"""Bytes that all results may have together; their files are the file store's."""

TIDY_SECONDS = 60.0
"""Seconds between two looks for results that are to be forgotten."""


class Jobs:
    """The jobs of one process; a context, at whose end all that run are cancelled.

    A result is kept for `lifetime` seconds after it is there, and its `files` for as long. When
    all together have more than `quota` bytes, the oldest goes first, of the owner who has the
    most. `folder` is for records of jobs, which outlast the process.
    """

    def __init__(
        self,
        files: FileStore,
        *,
        folder: Path | None = None,
        lifetime: float = LIFETIME,
        quota: int = QUOTA,
        most_running: int = MOST_RUNNING,
        most_ended: int = MOST_ENDED,
    ) -> None:
        self.lifetime = lifetime
        self._files = files
        self._records = JobRecords(folder)
        self._quota = quota
        self._most_running = most_running
        self._most_ended = most_ended
        self._running: dict[str, Job] = {}
        self._ended: OrderedDict[str, Job] = OrderedDict()
        self._stack = AsyncExitStack()
        self._spawn: Spawn | None = None

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            task_group = await stack.enter_async_context(anyio.create_task_group())
            stack.callback(task_group.cancel_scope.cancel)
            self._spawn = task_group.start_soon
            task_group.start_soon(self._keep_tidy)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, *exc_info: Any) -> None:
        self._spawn = None
        await self._stack.aclose()

    async def run(
        self,
        owner: str,
        tool: str,
        run: Run,
        *,
        patience: float = math.inf,
        watcher: Listener | None = None,
    ) -> Job:
        """Makes a call, and waits `patience` seconds for its end; after that it is handed over.

        If who waits is cancelled before that, so is the call. `watcher` is told how it goes
        meanwhile. Whatever goes wrong with the call is in the job, not raised.
        """
        if self._spawn is None:
            raise RuntimeError("calls can be made only within the block of their jobs")
        job = Job(owner, tool)
        self._spawn(self._run, job, run)
        try:
            await self.wait(job, patience, watcher)
            if not job.ended.is_set():
                with _watching(job, watcher):
                    await self._hand_over(job)
        finally:
            if not job.handed_over:
                job.cancel()
        return job

    async def wait(self, job: Job, seconds: float, watcher: Listener | None = None) -> None:
        """Returns when it has ended, or after `seconds`."""
        in_time = nullcontext() if seconds == math.inf else anyio.move_on_after(seconds)
        with _watching(job, watcher), in_time:
            await job.ended.wait()

    async def find(self, job_id: str, owner: str) -> Job | None:
        """The job of that id, unless it is not known, forgotten by now, or another owner's.

        One that a process ran which is gone is `unknown`.
        """
        self._expire()
        job = self._running.get(job_id) or self._ended.get(job_id)
        if job is not None:
            return job if job.belongs_to(owner) else None
        for principal in dict.fromkeys((owner, ANYONE)):
            record = await to_thread.run_sync(self._records.find, job_id, principal)
            if record is not None:
                return _unknown(job_id, principal, record)
        return None

    def hold_files(self, job: Job) -> None:
        """The files of its result are kept for as long as the result itself is, from now on."""
        for uri in job.result.uris if job.result else ():
            self._files.touch(uri, job.owner)

    async def _run(self, job: Job, run: Run) -> None:
        await run_job(job, run)
        if self._running.pop(job.id, None) is not None and job.handed_over:
            self._keep(job)

    async def _hand_over(self, job: Job) -> None:
        """Makes it one that its owner can find again; or waits, if they have too many of those."""
        running = Counter(other.owner for other in self._running.values())
        if running[job.owner] >= self._most_running:
            await job.ended.wait()
            return
        self._running[job.id] = job
        try:
            await to_thread.run_sync(self._record, job)
            await checkpoint()  # nobody would get the id in an answer that is cancelled
            # Its end may have come meanwhile: then it is its request that has the answer.
            job.handed_over = not job.ended.is_set()
        finally:
            if not job.handed_over:
                self._running.pop(job.id, None)
                self._records.remove(job.id)

    def _record(self, job: Job) -> None:
        try:
            self._records.write(job.id, job.owner, Record(job.tool, job.created.timestamp()))
        except OSError as error:
            logger.warning("%s will not be known after a restart: %s", job.tool, error)

    def _keep(self, job: Job) -> None:
        if job.error is not None:
            if not isinstance(job.error, SpaceToolsError):
                logger.error("%s failed", job.tool, exc_info=job.error)
            # What the call had at hand is not to be kept for it.
            job.error.__traceback__ = job.error.__context__ = job.error.__cause__ = None
        if job.result is not None:
            job.size = job.result.weigh()
        self._ended[job.id] = job
        self.hold_files(job)
        self._make_room(job.owner)

    def _make_room(self, owner: str) -> None:
        mine = [job for job in self._ended.values() if job.owner == owner]
        if owner != ANYONE and len(mine) > self._most_ended:
            self._forget(mine[0])
        while (sizes := self._sizes()).total() > self._quota:
            ((largest, _),) = sizes.most_common(1)
            self._forget(next(job for job in self._ended.values() if job.owner == largest))

    def _sizes(self) -> Counter[str]:
        sizes: Counter[str] = Counter()
        for job in self._ended.values():
            sizes[job.owner] += job.size
        return sizes

    async def _keep_tidy(self) -> None:
        while True:
            await anyio.sleep(min(TIDY_SECONDS, self.lifetime))
            self._expire()

    def _expire(self) -> None:
        oldest_allowed = time.monotonic() - self.lifetime
        while self._ended and (job := next(iter(self._ended.values()))).ended_at < oldest_allowed:
            self._forget(job)

    def _forget(self, job: Job) -> None:
        del self._ended[job.id]
        self._records.remove(job.id)


@contextmanager
def _watching(job: Job, watcher: Listener | None) -> Iterator[None]:
    if watcher is None:
        yield
        return
    job.watchers.append(watcher)
    try:
        yield
    finally:
        job.watchers.remove(watcher)


def _unknown(job_id: str, owner: str, record: Record) -> Job:
    created = datetime.fromtimestamp(record.created, UTC)
    began = time.monotonic() - max(0.0, time.time() - record.created)
    job = Job(owner, record.tool, id=job_id, created=created, began=began, handed_over=True)
    job.end("unknown")
    job.ended.set()
    return job
