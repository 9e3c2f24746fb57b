"""`serve` exports the spans of its calls where the environment says, and serves without if not."""

import builtins
import logging
from typing import Any

import pytest
from mcp import Client
from mcp_types import CallToolResult
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from starlette.responses import Response

from space_tools.cli.tracing import asked_by, exporting
from tests.gradio_server import free_port
from tests.minimal_app import minimal_app
from tests.scripted_app import CLOSE_STREAM, Script, ScriptedApp, completed, scripted_app
from tests.server.stdio_server import data_of, serve

TRACES = ("POST", "/v1/traces")
HELLO = [[completed("event-1", ["hello"]), CLOSE_STREAM]]
ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """None but those of the test."""
    for name in (ENDPOINT, "OTEL_TRACES_EXPORTER", "OTEL_SDK_DISABLED", "OTEL_SERVICE_NAME"):
        monkeypatch.delenv(name, raising=False)


def script() -> Script:
    """An app that says hello, and a collector beside it."""
    return Script(*minimal_app(), data=HELLO, routes={TRACES: [Response(b"")]})


async def hello(client: Client) -> CallToolResult:
    return await client.call_tool("a_echo", {"x": "x"})


def spans_of(app: ScriptedApp) -> dict[str, Any]:
    """Name → span, and under `service` who sent them, of all that the collector got."""
    found: dict[str, Any] = {}
    for request in app.of(TRACES[1]):
        for sent in ExportTraceServiceRequest.FromString(request.body).resource_spans:
            named = {each.key: each.value.string_value for each in sent.resource.attributes}
            found["service"] = named["service.name"]
            found |= {span.name: span for scope in sent.scope_spans for span in scope.spans}
    return found


async def test_a_call_is_traced_below_its_request(monkeypatch: pytest.MonkeyPatch) -> None:
    with scripted_app(script()) as app:
        monkeypatch.setenv(ENDPOINT, app.url)
        async with serve("--space", f"a={app.url}", era="modern") as server:
            assert data_of(await hello(server.client)) == {"Out": "hello"}
        spans = spans_of(app)
        assert spans["service"] == "space-tools"
        assert spans["call a_echo"].parent_span_id == spans["tools/call a_echo"].span_id
        assert spans["wait in queue"].parent_span_id == spans["call a_echo"].span_id
        others = [request for request in app.requests if request.path != TRACES[1]]
        assert not [request.path for request in others if "traceparent" in request.headers]


async def test_a_collector_that_is_down_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ENDPOINT, f"http://127.0.0.1:{free_port()}")
    with scripted_app(script()) as app:
        async with serve("--space", f"a={app.url}", era="modern") as server:
            assert data_of(await hello(server.client)) == {"Out": "hello"}


@pytest.mark.parametrize(
    ("environ", "asked"),
    [
        ({}, ""),
        ({ENDPOINT: ""}, ""),
        ({ENDPOINT: "http://c"}, ENDPOINT),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://c"}, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"),
        ({"OTEL_TRACES_EXPORTER": "otlp"}, "OTEL_TRACES_EXPORTER"),
        ({"OTEL_TRACES_EXPORTER": "none", ENDPOINT: "http://c"}, ""),
        ({"OTEL_SDK_DISABLED": "true", ENDPOINT: "http://c"}, ""),
    ],
)
def test_what_asks_for_traces(environ: dict[str, str], asked: str) -> None:
    assert asked_by(environ) == asked


@pytest.mark.parametrize(
    ("environ", "missing", "words"),
    [
        ({ENDPOINT: "http://c"}, "opentelemetry.exporter", 'pip install "space-tools[otel]"'),
        ({"OTEL_TRACES_EXPORTER": "console"}, "", "exported as otlp over http/protobuf only"),
        ({ENDPOINT: "http://c", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, "", "http/protobuf only"),
    ],
)
def test_what_cannot_be_exported_is_said_and_left(
    environ: dict[str, str],
    missing: str,
    words: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    installed = builtins.__import__

    def absent(name: str, *rest: Any, **options: Any) -> Any:
        if missing and name.startswith(missing):
            raise ImportError(name)
        return installed(name, *rest, **options)

    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(builtins, "__import__", absent)
    with caplog.at_level(logging.WARNING, "space_tools.cli.tracing"), exporting():
        monkeypatch.setattr(builtins, "__import__", installed)
    [line] = [record.getMessage() for record in caplog.records]
    assert words in line
