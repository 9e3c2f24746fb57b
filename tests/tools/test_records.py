"""What is told of each call: who, what, how it ended, and where its time went."""

import asyncio
import logging
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from space_tools.credentials import Credentials
from space_tools.errors import (
    AppError,
    CallCancelled,
    CallError,
    CallTimeout,
    InvalidAPIEndpointError,
    QueueError,
    SpaceToolsError,
    ValidationError,
)
from space_tools.gradio.messages import Queued
from space_tools.tools.records import PHASES, CallRecord, Phase, digest, outcome_of
from space_tools.tools.toolset import Toolset
from tests.gradio.calling import eventually
from tests.gradio.leftovers import nothing_left_behind
from tests.gradio_server import RunningApp, free_port

ANN = Credentials(principal="ann@example.org", hf_token="hf_canary")


@dataclass(slots=True)
class Seen:
    """An observer that keeps what it is told."""

    running: list[CallRecord] = field(default_factory=list)
    records: list[CallRecord] = field(default_factory=list)

    def began(self, record: CallRecord) -> None:
        self.running.append(record)

    def ended(self, record: CallRecord) -> None:
        self.running.remove(record)
        self.records.append(record)


@pytest.fixture
def seen() -> Seen:
    return Seen()


@pytest.fixture
async def tools(kitchen_sink: RunningApp, seen: Seen) -> AsyncIterator[Toolset]:
    """The kitchen sink as `ks`, and an app that is down as `gone`; no task is left behind."""
    gone = f"gone=http://127.0.0.1:{free_port()}"
    async with nothing_left_behind():
        async with Toolset([f"ks={kitchen_sink.url}", gone], observers=[seen]) as toolset:
            yield toolset
        assert seen.running == []


def phases(record: CallRecord) -> set[str]:
    """What it was at for a while that can be measured."""
    return {phase for phase, seconds in record.seconds().items() if seconds > 0}


async def test_a_queued_call_waits_and_runs(tools: Toolset, seen: Seen) -> None:
    await tools.call("ks_echo_text", {"x": "hello"}, credentials=ANN)
    [record] = seen.records
    assert (record.tool, record.known, record.outcome, record.error) == (
        "ks_echo_text",
        True,
        "done",
        "",
    )
    assert record.space.startswith("http://127.0.0.1:")
    assert phases(record) == {"prepare", "queue", "run", "fetch"}
    assert sum(record.seconds().values()) == pytest.approx(record.total)


async def test_a_call_past_the_queue_only_runs(tools: Toolset, seen: Seen) -> None:
    await tools.call("ks_no_queue", {"x": "hello"})
    assert phases(seen.records[0]) == {"prepare", "run", "fetch"}


async def test_files_are_sent_and_fetched(tools: Toolset, seen: Seen) -> None:
    await tools.call("ks_file_single", {"x": "data:text/plain,hello"})
    await tools.call("ks_file_out", {})
    sent, fetched = (record.seconds() for record in seen.records)
    assert sent["send"] > sent["fetch"]
    assert fetched["send"] == 0
    assert fetched["fetch"] > fetched["prepare"]


async def test_a_call_that_is_cancelled_in_the_queue_never_ran(tools: Toolset, seen: Seen) -> None:
    queued = anyio.Event()

    async def watch(update: Any) -> None:
        if isinstance(update, Queued):
            queued.set()

    async with anyio.create_task_group() as task_group:
        task_group.start_soon(tools.call, "ks_held_queue", {"tag": "observed"})
        await eventually(counted(tools, "started:observed"))
        second = anyio.CancelScope()
        with second:
            async with anyio.create_task_group() as waiting:
                waiting.start_soon(watched_call, tools, "ks_held_queue", watch)
                await queued.wait()
                second.cancel()
        task_group.cancel_scope.cancel()
    first, second_record = (r for r in reversed(seen.records) if r.tool == "ks_held_queue")
    assert (first.outcome, second_record.outcome) == ("cancelled", "cancelled")
    assert first.seconds()["run"] > 0
    assert phases(second_record) == {"prepare", "queue"}


async def watched_call(tools: Toolset, name: str, watch: Callable[[Any], Any]) -> None:
    await tools.call(name, {"tag": "waiting"}, on_update=watch)


def counted(tools: Toolset, key: str) -> Callable[[], Any]:
    """Whether the kitchen sink has counted that yet."""

    async def look() -> bool:
        return key in (await tools.call("ks_calls_now", {}))["Out"]

    return look


@pytest.mark.parametrize(
    ("name", "arguments", "outcome", "error", "known"),
    [
        ("ks_raise_error", {"kind": "gr"}, "failed", "AppError", True),
        ("ks_echo_text", {"y": 1}, "refused", "ValidationError", True),
        ("ks_audio_stream_in", {}, "refused", "ValidationError", True),
        ("ks_no_such_tool", {}, "refused", "InvalidAPIEndpointError", False),
        ("gone_tool", {}, "not_started", "ConnectError", False),
    ],
)
async def test_how_a_call_ended_is_told_by_kind(
    tools: Toolset,
    seen: Seen,
    name: str,
    arguments: Mapping[str, Any],
    outcome: str,
    error: str,
    known: bool,
) -> None:
    with pytest.raises(SpaceToolsError):
        await tools.call(name, arguments)
    [record] = seen.records
    assert (record.outcome, record.error, record.known) == (outcome, error, known)
    assert (record.space == "") == (name == "ks_no_such_tool")


async def test_a_tool_that_is_called_by_itself_is_logged_too(
    tools: Toolset, seen: Seen, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "space_tools.calls"):
        await tools.tools["ks_echo_text"](x="hello")
    [line] = [record.getMessage() for record in caplog.records]
    assert line.startswith("call tool=ks_echo_text space=http://127.0.0.1:")
    assert seen.records == []


async def test_a_line_names_the_call_and_nobody(
    tools: Toolset, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "space_tools.calls"):
        await tools.call("ks_echo_text", {"x": "private"}, credentials=ANN, request_id="mine-1")
    [line] = [record.getMessage() for record in caplog.records]
    assert f"caller={digest(ANN.principal)} request_id=mine-1 outcome=done queued_ms=" in line
    assert not {"ann", "example", "canary", "private"} & set(line.replace("@", " ").split())
    assert "ann" not in line
    assert "private" not in line


async def test_arguments_are_told_at_debug_only(
    tools: Toolset, caplog: pytest.LogCaptureFixture
) -> None:
    for level in (logging.INFO, logging.DEBUG):
        caplog.clear()
        with caplog.at_level(level, "space_tools.calls"):
            await tools.call("ks_echo_text", {"x": "private" + 5000 * "!"})
        assert ("private" in caplog.text) == (level == logging.DEBUG)
        assert len(caplog.text) < 3000


def test_a_line_cannot_be_forged_by_the_name_of_a_tool() -> None:
    record = CallRecord.of("x\ncall tool=y outcome=done", "ann")
    assert record.fields()["tool"] == "(no name)"


def test_a_digest_is_kept_to_one_process() -> None:
    assert digest("ann") == digest("ann") != digest("bob")
    script = "from space_tools.tools.records import digest; print(digest('ann'))"
    other = subprocess.run(
        [sys.executable, "-c", script],
        check=True,
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert len(other.stdout.strip()) == len(digest("ann")) == 12
    assert other.stdout.strip() != digest("ann")


@given(st.text())
def test_a_request_id_of_the_callers_own_is_kept_if_it_is_sane(given_id: str) -> None:
    sane = 1 <= len(given_id) <= 64 and all(
        c.isascii() and (c.isalnum() or c in "._-") for c in given_id
    )
    assert (CallRecord.of("t", "ann", given_id).request_id == given_id) == sane


@pytest.mark.parametrize("given_id", ["a", "0.1-B_c", 64 * "x"])
def test_sane_request_ids(given_id: str) -> None:
    assert CallRecord.of("t", "ann", given_id).request_id == given_id


@pytest.mark.parametrize("given_id", [None, "", 65 * "x", "a b", "a\n", "a\r\nx-evil: 1", "ä"])
def test_what_will_not_do_as_a_request_id_is_replaced(given_id: str | None) -> None:
    first, second = (CallRecord.of("t", "ann", given_id).request_id for _ in range(2))
    assert first != second
    assert len(first) == 16


@given(st.lists(st.sampled_from(PHASES)))
def test_no_time_is_lost_or_told_twice(entered: list[Phase]) -> None:
    record = CallRecord.of("t", "ann")
    for phase in entered:
        record.enter(phase)
    record.end()
    assert [phase for phase, _, _ in record.spans()] == ["prepare", *entered]
    assert all(0 <= start <= end <= record.total for _, start, end in record.spans())
    assert sum(record.seconds().values()) == pytest.approx(record.total)
    assert record.seconds().keys() == set(PHASES)


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (None, "done"),
        (asyncio.CancelledError(), "cancelled"),
        (CallCancelled("in the app"), "cancelled"),
        (ValidationError(["no"]), "refused"),
        (InvalidAPIEndpointError("no"), "refused"),
        (QueueError("full"), "not_started"),
        (AppError("oh"), "failed"),
        (CallTimeout("late"), "unknown"),
        (CallError("too few outputs", outcome="done"), "done"),
        (KeyError("a fault of ours"), "unknown"),
    ],
)
def test_each_error_is_an_outcome(error: BaseException | None, outcome: str) -> None:
    assert outcome_of(error) == outcome
