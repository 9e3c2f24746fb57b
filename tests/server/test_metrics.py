"""What Prometheus is told: each call once, what is kept, and no name that is not ours."""

import subprocess
import sys
from collections.abc import Mapping
from typing import Any

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from space_tools.errors import SpaceToolsError
from space_tools.server.metrics import MOST_TOOLS, OTHER, Metrics
from space_tools.tools.census import Census
from space_tools.tools.observing import Observer, observed
from space_tools.tools.records import CallRecord, Phase
from space_tools.tools.toolset import Toolset
from tests.gradio_server import RunningApp, free_port
from tests.server.app_counters import counted
from tests.server.stdio_server import ROOT

Figures = Mapping[tuple[str, frozenset[str]], float]

CENSUS = Census(3, 2, 1, 0, 4, 5, 6, 700, 8000)


def figures(metrics: Metrics) -> Figures:
    """(name, values of labels) → figure, as Prometheus reads it."""
    return {
        (sample.name, frozenset(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(metrics.render().decode())
        for sample in family.samples
    }


def figure(metrics: Metrics, name: str, *labels: str) -> float:
    return figures(metrics)[f"space_tools_{name}", frozenset(labels)]


def record(tool: str, *phases: Phase, known: bool = True) -> CallRecord:
    made = CallRecord.of(tool, "ann")
    made.known = known
    for phase in phases:
        made.enter(phase)
    return made


def run(observer: Observer, made: CallRecord, error: Exception | None = None) -> None:
    try:
        with observed([observer], made):
            if error is not None:
                raise error
    except SpaceToolsError:
        pass


async def test_calls_of_a_toolset_are_counted(kitchen_sink: RunningApp) -> None:
    spaces = [f"ks={kitchen_sink.url}", f"gone=http://127.0.0.1:{free_port()}"]
    metrics = Metrics(lambda: tools.census())
    async with Toolset(spaces, include=["ks/*"], observers=[metrics]) as tools:
        for kind in ("gr", "value"):
            with pytest.raises(SpaceToolsError):
                await tools.call("ks_raise_error", {"kind": kind})
        with pytest.raises(SpaceToolsError):
            await tools.call("no_such_tool", {})
        await tools.call("ks_file_out", {})
        await tools.call("ks_state_counter", {})
        async with anyio.create_task_group() as task_group:
            task_group.start_soon(tools.call, "ks_held", {"tag": "metrics"})
            await counted(kitchen_sink.url, "started:metrics", within=10)
            assert figure(metrics, "calls_in_flight", "ks_held") == 1
            task_group.cancel_scope.cancel()
        seen = figures(metrics)
        size = len(tools)

    def got(name: str, *labels: str) -> Any:
        return seen.get((f"space_tools_{name}", frozenset(labels)))

    assert got("calls_total", "ks_raise_error", "failed") == 2
    assert got("calls_total", OTHER, "refused") == 1
    assert got("calls_total", "ks_held", "cancelled") == 1
    assert got("calls_in_flight", "ks_held") is None
    assert got("call_seconds_count", "ks_raise_error") == 2
    assert got("call_run_seconds_count", "ks_raise_error") == 2
    assert got("call_queue_seconds_count", OTHER) is None
    assert (got("tools"), got("apps", "up"), got("apps", "down")) == (size, 1, 1)
    assert (got("sessions", "conversation"), got("files")) == (1, 1)
    assert 0 < got("files_bytes") < got("files_quota_bytes")
    assert not [name for name, _ in seen if not name.startswith("space_tools_")]


def test_what_is_kept_is_told() -> None:
    metrics = Metrics(lambda: CENSUS)
    told = {(name, *labels): value for (name, labels), value in figures(metrics).items()}
    assert told == {
        ("space_tools_tools",): 3,
        ("space_tools_apps", "up"): 2,
        ("space_tools_apps", "down"): 1,
        ("space_tools_apps", "loading"): 0,
        ("space_tools_sessions", "conversation"): 4,
        ("space_tools_sessions", "warm"): 5,
        ("space_tools_files",): 6,
        ("space_tools_files_bytes",): 700,
        ("space_tools_files_quota_bytes",): 8000,
    }


@settings(deadline=None)  # parsing what Prometheus would takes longer than counting
@given(st.lists(st.tuples(st.text(), st.booleans()), max_size=10))
def test_only_tools_of_the_catalogue_are_named(called: list[tuple[str, bool]]) -> None:
    metrics = Metrics(lambda: CENSUS)
    for name, known in called:
        run(metrics, record(name, known=known))
    named = {
        sample.labels["tool"]
        for family in metrics.collect()
        for sample in family.samples
        if "tool" in sample.labels
    }
    assert named - {OTHER} <= {name for name, known in called if known}
    total = sum(value for (name, _), value in figures(metrics).items() if name.endswith("_total"))
    assert total == len(called)


def test_not_more_tools_than_can_be_looked_at_are_named() -> None:
    metrics = Metrics(lambda: CENSUS)
    for number in range(MOST_TOOLS + 5):
        run(metrics, record(f"tool_{number}"))
    assert figure(metrics, "calls_total", OTHER, "done") == 5
    run(metrics, record("tool_0"))
    assert figure(metrics, "calls_total", "tool_0", "done") == 2


def test_a_phase_that_a_call_never_came_to_is_not_measured() -> None:
    metrics = Metrics(lambda: CENSUS)
    run(metrics, record("t", "queue"))
    run(metrics, record("t"))
    assert figure(metrics, "call_queue_seconds_count", "t") == 1
    assert figure(metrics, "call_seconds_count", "t") == 2
    assert ("space_tools_call_run_seconds_count", frozenset({"t"})) not in figures(metrics)


def test_serving_over_stdio_does_not_load_it() -> None:
    script = (
        "import sys\n"
        "import space_tools.cli.serve, space_tools.server.app, space_tools.tools.toolset\n"
        "print('prometheus_client' in sys.modules, 'opentelemetry.sdk' in sys.modules)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert ended.stdout.split() == ["False", "False"]
