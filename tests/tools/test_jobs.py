"""Calls that outlast their request: handed over, found again by their owner alone, forgotten."""

import json
import math
import os
import stat
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import anyio
import pytest

from space_tools.credentials import ANYONE
from space_tools.errors import AppError
from space_tools.files.store import FileStore, StoredFile
from space_tools.gradio.messages import Log, Progress, ProgressUnit, Update
from space_tools.schema.outputs import OutputFile
from space_tools.tools.job import Job
from space_tools.tools.job_records import DAY
from space_tools.tools.jobs import Jobs
from space_tools.tools.kept import Kept
from tests.full_disk import full_disk


class Clock:
    """The time that everything goes by, the event loop too; a test moves it on, in seconds."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ahead = 0.0
        monotonic, since_1970 = time.monotonic, time.time
        monkeypatch.setattr(time, "monotonic", lambda: monotonic() + self.ahead)
        monkeypatch.setattr(time, "time", lambda: since_1970() + self.ahead)


@dataclass(slots=True)
class Call:
    """A call that runs until the test lets it end, with `gives` or `raises`."""

    gives: Kept = field(default_factory=lambda: Kept.of({"Out": "done"}))
    raises: Exception | None = None
    started: anyio.Event = field(default_factory=anyio.Event)
    may_end: anyio.Event = field(default_factory=anyio.Event)
    cancelled: anyio.Event = field(default_factory=anyio.Event)

    async def __call__(self, job: Job) -> Kept:
        self.started.set()
        try:
            await self.may_end.wait()
        except anyio.get_cancelled_exc_class():
            self.cancelled.set()
            raise
        if self.raises:
            raise self.raises
        return self.gives


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


@pytest.fixture
def files(tmp_path: Path) -> Iterator[FileStore]:
    with FileStore(tmp_path / "files") as store:
        yield store


@pytest.fixture
async def jobs(files: FileStore, tmp_path: Path) -> AsyncIterator[Jobs]:
    async with Jobs(files, folder=tmp_path / "jobs") as running:
        yield running


async def handed_over(jobs: Jobs, call: Call, owner: str = "ann") -> Job:
    job = await jobs.run(owner, "app_tool", call, patience=0)
    assert job.handed_over
    return job


async def ended(jobs: Jobs, owner: str = "ann", *, size: int = 0) -> Job:
    """A job that was handed over and then ended, with a result of so many bytes and a few."""
    call = Call(Kept("x" * size, {}))
    job = await handed_over(jobs, call, owner)
    call.may_end.set()
    await jobs.wait(job, 5)
    return job


def records(folder: Path) -> list[Path]:
    return sorted((folder / "jobs").glob("*"))


async def test_a_quick_call_is_no_job(jobs: Jobs, tmp_path: Path) -> None:
    call = Call()
    call.may_end.set()
    job = await jobs.run("ann", "app_tool", call, patience=math.inf)
    assert (job.status, job.result, job.handed_over) == ("completed", call.gives, False)
    assert await jobs.find(job.id, "ann") is None
    assert records(tmp_path) == []


async def test_a_long_call_is_handed_over_and_found_when_it_has_ended(jobs: Jobs) -> None:
    call = Call()
    job = await handed_over(jobs, call)
    assert await jobs.find(job.id, "ann") is job
    assert job.status == "working"
    call.may_end.set()
    await jobs.wait(job, 5)
    assert (job.status, job.result) == ("completed", call.gives)
    assert await jobs.find(job.id, "ann") is job


async def test_waiting_for_a_job_ends_though_the_job_does_not(jobs: Jobs) -> None:
    job = await handed_over(jobs, Call())
    await jobs.wait(job, 0.01)
    assert job.status == "working"


@pytest.mark.parametrize("raised", [AppError("no"), RuntimeError("a mistake of ours")])
async def test_what_goes_wrong_is_kept_without_what_the_call_had_at_hand(
    jobs: Jobs, raised: Exception
) -> None:
    call = Call(raises=raised)
    job = await handed_over(jobs, call)
    call.may_end.set()
    await jobs.wait(job, 5)
    assert (job.status, job.error) == ("failed", raised)
    assert raised.__traceback__ is None


async def test_a_call_is_cancelled_with_its_request_before_the_hand_over(jobs: Jobs) -> None:
    call = Call()
    async with anyio.create_task_group() as request:
        request.start_soon(jobs.run, "ann", "app_tool", call)
        await call.started.wait()
        request.cancel_scope.cancel()
    with anyio.fail_after(5):
        await call.cancelled.wait()


async def test_a_request_that_is_cancelled_while_its_call_is_handed_over_leaves_nothing(
    jobs: Jobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = Call()
    async with anyio.create_task_group() as request:
        synced = os.fsync

        def sync_and_cancel(descriptor: int) -> None:
            synced(descriptor)
            anyio.from_thread.run_sync(request.cancel_scope.cancel)

        monkeypatch.setattr(os, "fsync", sync_and_cancel)
        await jobs.run("ann", "app_tool", call, patience=0)
    with anyio.fail_after(5):
        await call.cancelled.wait()
    assert records(tmp_path) == []


async def test_a_job_is_cancelled_by_its_owner_and_stays_so(jobs: Jobs) -> None:
    call = Call()
    job = await handed_over(jobs, call)
    await call.started.wait()
    job.cancel()
    assert job.status == "cancelled"
    with anyio.fail_after(5):
        await call.cancelled.wait()
        await job.ended.wait()
    found = await jobs.find(job.id, "ann")
    assert found is job
    job.cancel()
    assert (job.status, job.result) == ("cancelled", None)


async def test_cancelling_an_ended_job_changes_nothing(jobs: Jobs) -> None:
    job = await ended(jobs)
    job.cancel()
    assert job.status == "completed"


async def test_all_jobs_end_with_the_process(files: FileStore, tmp_path: Path) -> None:
    call = Call()
    async with Jobs(files, folder=tmp_path / "jobs") as jobs:
        job = await handed_over(jobs, call)
        await call.started.wait()
    assert call.cancelled.is_set()
    assert job.status == "cancelled"


async def test_a_job_tells_how_it_goes(jobs: Jobs) -> None:
    told: list[Update] = []

    async def watch(update: Update) -> None:
        told.append(update)

    job = await handed_over(jobs, Call())
    assert (job.message, job.fraction) == ("waiting", None)
    half = Progress((ProgressUnit(index=5, length=10, unit="steps", progress=None, desc=None),))
    async with anyio.create_task_group() as watching:
        watching.start_soon(jobs.wait, job, math.inf, watch)
        await anyio.wait_all_tasks_blocked()
        await job.update(half)
        watching.cancel_scope.cancel()
    assert (job.message, job.fraction) == ("steps 5 of 10", 0.5)
    await job.update(Log("nearly there", "info", ""))
    assert (job.message, job.fraction) == ("info: nearly there", 0.5)
    assert told == [half]


async def test_a_foreign_job_is_as_unknown_as_none(jobs: Jobs) -> None:
    running, over = await handed_over(jobs, Call()), await ended(jobs)
    assert await jobs.find(running.id, "bob") is None
    assert await jobs.find(over.id, "bob") is None
    assert await jobs.find("../../etc/passwd", "ann") is None
    assert await jobs.find("", "ann") is None


async def test_the_job_of_nobody_in_particular_opens_to_who_has_its_id(jobs: Jobs) -> None:
    job = await handed_over(jobs, Call(), ANYONE)
    assert await jobs.find(job.id, "bob") is job
    assert len(job.id) >= 32


async def test_a_result_is_forgotten_after_an_hour(
    clock: Clock, files: FileStore, tmp_path: Path
) -> None:
    async with Jobs(files, folder=tmp_path / "jobs") as jobs:
        running, over = await handed_over(jobs, Call()), await ended(jobs)
        clock.ahead = jobs.lifetime - 10
        assert await jobs.find(over.id, "ann") is over
        clock.ahead = jobs.lifetime + 10
        assert await jobs.find(over.id, "ann") is None
        assert await jobs.find(running.id, "ann") is running
        assert len(records(tmp_path)) == 1


def keep(files: FileStore) -> StoredFile:
    with files.incoming("ann") as incoming:
        incoming.write(b"x")
        return incoming.keep("a.bin")


async def test_the_files_of_a_result_are_kept_as_long_as_it_is(
    clock: Clock, files: FileStore, jobs: Jobs
) -> None:
    kept, other = keep(files), keep(files)
    call = Call(Kept.of({"Out": OutputFile(uri=kept.uri, name="a.bin")}))
    job = await handed_over(jobs, call)
    clock.ahead = 1800
    call.may_end.set()
    await jobs.wait(job, 5)
    clock.ahead += jobs.lifetime - 10
    assert await jobs.find(job.id, "ann") is job
    assert files.find(kept.uri, "ann") is kept
    assert files.find(other.uri, "ann") is None


async def test_the_oldest_results_of_who_has_most_go_when_there_is_no_room(
    files: FileStore, tmp_path: Path
) -> None:
    async with Jobs(files, folder=tmp_path / "jobs", quota=110) as jobs:
        bobs = await ended(jobs, "bob", size=30)
        first, second = await ended(jobs, size=40), await ended(jobs, size=30)
        last = await ended(jobs, size=30)
        assert await jobs.find(first.id, "ann") is None
        assert [await jobs.find(job.id, "ann") for job in (second, last)] == [second, last]
        assert await jobs.find(bobs.id, "bob") is bobs


async def test_an_owner_has_only_so_many_ended_jobs(files: FileStore, tmp_path: Path) -> None:
    async with Jobs(files, folder=tmp_path / "jobs", most_ended=2) as jobs:
        mine = [await ended(jobs) for _ in range(3)]
        bobs = await ended(jobs, "bob")
        found = [await jobs.find(job.id, "ann") for job in mine]
        assert found == [None, *mine[1:]]
        assert await jobs.find(bobs.id, "bob") is bobs
        assert len(records(tmp_path)) == 3


async def test_a_call_too_many_is_waited_for(files: FileStore, tmp_path: Path) -> None:
    async with Jobs(files, folder=tmp_path / "jobs", most_running=1) as jobs:
        await handed_over(jobs, Call())
        await handed_over(jobs, Call(), "bob")
        call = Call()
        async with anyio.create_task_group() as waiting:
            waiting.start_soon(ends_in_its_request, jobs, call)
            await anyio.wait_all_tasks_blocked()
            call.may_end.set()


async def ends_in_its_request(jobs: Jobs, call: Call) -> None:
    job = await jobs.run("ann", "app_tool", call, patience=0)
    assert (job.status, job.handed_over) == ("completed", False)


async def test_after_a_restart_the_owner_is_told_that_nothing_is_known(
    files: FileStore, tmp_path: Path
) -> None:
    async with Jobs(files, folder=tmp_path / "jobs") as before:
        job = await handed_over(before, Call())
    async with Jobs(files, folder=tmp_path / "jobs") as after:
        found = await after.find(job.id, "ann")
        assert found is not None
        assert (found.status, found.tool, found.created) == ("unknown", "app_tool", job.created)
        assert await after.find(job.id, "bob") is None


async def test_records_are_pruned_after_a_day(
    clock: Clock, files: FileStore, tmp_path: Path
) -> None:
    async with Jobs(files, folder=tmp_path / "jobs") as before:
        job = await handed_over(before, Call())
    clock.ahead = DAY + 10
    async with Jobs(files, folder=tmp_path / "jobs") as after:
        assert await after.find(job.id, "ann") is None
        assert len(records(tmp_path)) == 1
        await handed_over(after, Call())
        assert len(records(tmp_path)) == 1


async def test_a_record_tells_nobody_whose_job_it_is_or_what_was_asked(
    jobs: Jobs, tmp_path: Path
) -> None:
    one, other = await handed_over(jobs, Call()), await handed_over(jobs, Call())
    paths = records(tmp_path)
    written = [json.loads(path.read_text()) for path in paths]
    assert [set(record) for record in written] == [{"owner", "tool", "created"}] * 2
    assert written[0]["owner"] != written[1]["owner"]
    assert not any(job.id in str(paths) + str(written) for job in (one, other))
    assert "ann" not in str(written)
    assert [stat.S_IMODE(path.stat().st_mode) for path in paths] == [0o600, 0o600]
    assert stat.S_IMODE((tmp_path / "jobs").stat().st_mode) == 0o700


async def test_a_call_is_handed_over_though_nothing_can_be_written(
    files: FileStore, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "jobs").write_text("no folder")
    async with Jobs(files, folder=tmp_path / "jobs") as jobs:
        job = await handed_over(jobs, Call())
        assert await jobs.find(job.id, "ann") is job
    assert "app_tool will not be known after a restart" in caplog.text


async def test_a_call_is_handed_over_though_the_disk_is_full(
    files: FileStore, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with Jobs(files, folder=tmp_path / "jobs") as jobs:
        with full_disk():
            job = await handed_over(jobs, Call())
        assert await jobs.find(job.id, "ann") is job
        assert "app_tool will not be known after a restart: [Errno 27]" in caplog.text
        assert list((tmp_path / "jobs").iterdir()) == []


async def test_no_call_is_made_before_there_is_somewhere_to_run(files: FileStore) -> None:
    with pytest.raises(RuntimeError, match="within the block"):
        await Jobs(files).run("ann", "app_tool", Call())
