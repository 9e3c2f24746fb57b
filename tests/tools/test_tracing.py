"""Calls as spans, in a program that traces; nothing at all in one that does not."""

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from space_tools.tools.records import CallRecord
from space_tools.tools.tracing import Spans
from tests.minimal_app import minimal_app
from tests.scripted_app import CLOSE_STREAM, Script, completed, failed, scripted_app

TRACING = """
import asyncio, json, sys
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from space_tools import SpaceToolsError, Toolset

async def main():
    async with Toolset(["a=" + sys.argv[1]]) as tools:
        with trace.get_tracer("the program").start_as_current_span("theirs"):
            await tools.call("a_echo", {"x": "x"}, request_id="first")
        for call in (tools.call("a_echo", {}), tools.tools["a_echo"](y=1)):
            try:
                await call
            except SpaceToolsError:
                pass

exporter = InMemorySpanExporter()
provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(exporter))
trace.set_tracer_provider(provider)
asyncio.run(main())
print(json.dumps([json.loads(span.to_json()) for span in exporter.get_finished_spans()]))
"""

NOT_TRACING = """
import asyncio, sys
sys.modules["opentelemetry"] = None  # as if it were not installed
from space_tools import Toolset

async def main():
    async with Toolset(["a=" + sys.argv[1]]) as tools:
        print(await tools.call("a_echo", {"x": "x"}))

asyncio.run(main())
"""

STARTED = {"msg": "process_starts", "event_id": "event-1", "eta": None}
HELLO = [[STARTED, completed("event-1", ["hello"]), CLOSE_STREAM]]
OH = [[{**STARTED, "event_id": "event-2"}, failed("event-2", "oh"), CLOSE_STREAM]]


def run(script: str, url: str) -> str:
    """What a program prints that is started with that app."""
    ended = subprocess.run(
        [sys.executable, "-c", script, url],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


@pytest.fixture(scope="module")
def traced() -> tuple[list[dict[str, Any]], set[str]]:
    """The spans of a program that traces, and the names of the headers that its app got."""
    with scripted_app(Script(*minimal_app(), data=[*HELLO, *OH])) as app:
        spans = json.loads(run(TRACING, app.url))
        return spans, {name for request in app.requests for name in request.headers}


def children(spans: list[dict[str, Any]], parent: dict[str, Any]) -> list[str]:
    own = parent["context"]["span_id"]
    return [span["name"] for span in spans if span["parent_id"] == own]


def test_a_call_is_a_span_with_one_for_each_phase(
    traced: tuple[list[dict[str, Any]], set[str]],
) -> None:
    spans, _ = traced
    first, second, refused = (span for span in spans if span["name"] == "call a_echo")
    [theirs] = [span for span in spans if span["name"] == "theirs"]
    assert children(spans, theirs) == ["call a_echo"]
    assert first["parent_id"] == theirs["context"]["span_id"]
    assert children(spans, first) == ["wait in queue", "run", "fetch files"]
    assert children(spans, second) == ["wait in queue", "run"]
    assert children(spans, refused) == []
    assert [span["status"]["status_code"] for span in (first, second, refused)] == [
        "UNSET",
        "ERROR",
        "ERROR",
    ]
    told = first["attributes"]
    assert (told["space_tools.tool"], told["space_tools.outcome"]) == ("a_echo", "done")
    assert (told["space_tools.request_id"], "error.type" in told) == ("first", False)
    assert second["attributes"]["error.type"] == "AppError"
    assert refused["attributes"]["space_tools.outcome"] == "refused"


def test_phases_are_within_their_call(traced: tuple[list[dict[str, Any]], set[str]]) -> None:
    spans, _ = traced
    by_id = {span["context"]["span_id"]: span for span in spans}
    within = [(span, by_id[span["parent_id"]]) for span in spans if span["parent_id"] in by_id]
    assert len(within) == 6
    for span, parent in within:
        assert parent["start_time"] <= span["start_time"] <= span["end_time"] <= parent["end_time"]


def test_apps_get_no_trace_context(traced: tuple[list[dict[str, Any]], set[str]]) -> None:
    _, names = traced
    assert "x-request-id" in names
    assert not names & {"traceparent", "tracestate", "baggage"}


def test_a_program_without_opentelemetry_calls_all_the_same() -> None:
    with scripted_app(Script(*minimal_app(), data=HELLO)) as app:
        assert run(NOT_TRACING, app.url).strip() == "{'Out': 'hello'}"


def test_who_does_not_trace_pays_next_to_nothing() -> None:
    import opentelemetry.trace  # noqa: F401  # as mcp does

    record, spans, count = CallRecord.of("t", "ann"), Spans(), 1000
    record.end()
    began = time.perf_counter()
    for _ in range(count):
        spans.ended(record)
    assert (time.perf_counter() - began) / count < 100e-6
