"""Progress notifications: what they say, that they only grow, and that they are not too many."""

from itertools import pairwise

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from space_tools.gradio.messages import (
    Log,
    Partial,
    Progress,
    ProgressUnit,
    Queued,
    Started,
    Update,
)
from space_tools.server import progress as under_test
from space_tools.server.progress import Reporter, reporting
from space_tools.tools.narration import Meter
from tests.server.stdio_server import ProgressLog, Server, data_of

numbers = st.none() | st.floats(allow_nan=False, allow_infinity=False)
units = st.builds(
    ProgressUnit, index=numbers, length=numbers, unit=st.none(), progress=numbers, desc=st.none()
)
updates: st.SearchStrategy[Update | None] = st.one_of(
    st.none(),
    st.builds(Started, eta=numbers),
    st.builds(Queued, rank=st.integers(0, 9), queue_size=st.integers(0, 9), eta=numbers),
    st.builds(Progress, st.lists(units, max_size=2).map(tuple)),
)


class Recorder:
    """Takes notifications, as a client does."""

    def __init__(self) -> None:
        self.said: list[tuple[float, str]] = []
        self._news = anyio.Event()

    async def __call__(
        self, progress: float, total: float | None = None, message: str | None = None
    ) -> None:
        """Takes one."""
        self.said.append((progress, message or ""))
        self._news.set()
        self._news = anyio.Event()

    async def until(self, count: int) -> None:
        """Returns once that many came."""
        with anyio.fail_after(10):
            while len(self.said) < count:
                await self._news.wait()


def assert_increasing(values: list[float]) -> None:
    assert all(earlier < later for earlier, later in pairwise(values)), values


async def test_steps_are_told_and_progress_grows(server: Server) -> None:
    log = ProgressLog()
    assert data_of(await server.call("progress", log, n=3)) == {"Out": "done"}
    assert_increasing([progress.value for progress in log.seen])
    assert {progress.total for progress in log.seen} == {1.0}
    assert {"steps 1 of 3 · step 1", "steps 2 of 3 · step 2"} <= set(log.lines)
    by_line = {
        line: progress.value for progress in log.seen for line in progress.message.split("\n")
    }
    assert by_line["steps 1 of 3 · step 1"] == pytest.approx(1 / 3, abs=0.01)


async def test_log_messages_of_the_app_are_told(server: Server) -> None:
    log = ProgressLog()
    assert data_of(await server.call("logs", log)) == {"Out": "logged"}
    assert {"info: an info", "warning: a warning", "success: a success"} <= set(log.lines)
    assert "info: T: timed" in log.lines


async def test_partial_outputs_are_told_as_they_grow(server: Server) -> None:
    text = "abcdefghijklmnopqrstuvwxyz0123456789"
    log = ProgressLog()
    assert data_of(await server.call("generator", log, text=text)) == {"Out": text}
    partial = [line for line in log.lines if line and text.startswith(line)]
    assert len(partial) > 3
    assert_increasing([len(line) for line in partial])


async def test_a_fast_generator_is_told_of_at_most_ten_times_a_second(server: Server) -> None:
    log = ProgressLog()
    started_at = anyio.current_time()
    await server.call("generator", log, text="x" * 20)
    lasted = anyio.current_time() - started_at
    # One more at the start, and one more at the end.
    assert 3 < len(log.seen) <= 10 * lasted + 2
    assert_increasing([progress.value for progress in log.seen])


async def test_the_place_in_the_queue_is_told(server: Server) -> None:
    first, second = ProgressLog(), ProgressLog()
    async with anyio.create_task_group() as task_group:
        task_group.start_soon(lambda: server.call("limit1", first, n=2))
        await first.until("running")
        await server.call("limit1", second, n=0.5)
    assert any(line.startswith("queued 1 of 1") for line in second.lines), second.lines
    assert any(line.startswith("running") for line in second.lines), second.lines


async def test_a_call_that_wants_no_progress_gets_none(server: Server) -> None:
    assert data_of(await server.call("progress", None, n=1)) == {"Out": "done"}


async def test_silence_is_broken_by_a_heartbeat(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(under_test, "HEARTBEAT", 0.01)
    monkeypatch.setattr(under_test, "INTERVAL", 0.0)
    recorder = Recorder()

    async def call(reporter: Reporter) -> str:
        await recorder.until(2)
        await reporter.update(Started(eta=30))
        await recorder.until(len(recorder.said) + 2)
        return "done"

    assert await reporting(recorder, call) == "done"
    assert recorder.said[0][1] == "waiting (0 s so far)"
    assert any(message == "running, about 30 s" for _, message in recorder.said)
    assert any(message == "running, about 30 s (0 s so far)" for _, message in recorder.said)
    assert_increasing([value for value, _ in recorder.said])


async def test_what_was_not_told_yet_is_told_at_the_end() -> None:
    recorder = Recorder()

    async def call(reporter: Reporter) -> None:
        await reporter.update(Log("first", "info", ""))
        await reporter.update(Partial([{"Out": "a"}]))
        await reporter.update(Log("second", "warning", ""))
        await reporter.update(Partial([{"Out": "ab"}]))

    await reporting(recorder, call)
    assert recorder.said[-1][1] == "info: first\nwarning: second\nab"


async def test_only_so_many_log_messages_wait() -> None:
    recorder = Recorder()

    async def call(reporter: Reporter) -> None:
        for number in range(under_test.LOGS + 5):
            await reporter.update(Log(f"message {number}", "info", ""))

    await reporting(recorder, call)
    told = recorder.said[-1][1].split("\n")
    assert told == [f"info: message {n}" for n in range(5, under_test.LOGS + 5)]


def test_heartbeats_come_within_the_time_that_hosts_wait() -> None:
    assert under_test.HEARTBEAT + under_test.INTERVAL <= 15


@given(st.lists(updates, max_size=60))
def test_a_meter_only_ever_grows_and_never_gets_there(said: list[Update | None]) -> None:
    meter = Meter()
    values = [0.0, *(meter.advance(update) for update in said)]
    assert_increasing(values)
    assert values[-1] < 1.0


def test_a_meter_still_grows_after_an_hour_of_updates() -> None:
    meter = Meter()
    meter.advance(Progress((ProgressUnit(None, None, None, 1.0, None),)))
    last = 0.0
    for _ in range(3600 * 100):
        last, before = meter.advance(None), last
    assert before < last < 1.0
