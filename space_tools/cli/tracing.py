"""Has the spans of calls exported, if the environment says where to (OpenTelemetry's variables)."""

import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from space_tools import __version__

logger = logging.getLogger(__name__)

ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
EXPORTER = "OTEL_TRACES_EXPORTER"
PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
HTTP = "http/protobuf"

TIMEOUT = 5.0
"""Seconds that a collector may take, if the environment says nothing of it."""


def asked_by(environ: Mapping[str, str]) -> str:
    """The variable that asks for traces, or nothing."""
    if environ.get("OTEL_SDK_DISABLED", "").lower() == "true" or environ.get(EXPORTER) == "none":
        return ""
    return next((name for name in (EXPORTER, *ENDPOINTS) if environ.get(name)), "")


@contextmanager
def exporting() -> Iterator[None]:
    """In the block, spans go to the collector that the environment names, if it names one."""
    variable = asked_by(os.environ)
    if variable and _can_export(variable):
        with _provider():
            yield
    else:
        yield


def _can_export(variable: str) -> bool:
    """Whether what the environment wants is there; if not, it is said, and the server serves."""
    exporter = os.environ.get(EXPORTER, "otlp")
    protocol = next((os.environ[name] for name in PROTOCOLS if os.environ.get(name)), HTTP)
    if exporter != "otlp" or protocol != HTTP:
        logger.warning("no traces: they are exported as otlp over %s only", HTTP)
        return False
    try:
        import opentelemetry.exporter.otlp.proto.http
        import opentelemetry.sdk.trace  # noqa: F401
    except ImportError:
        logger.warning('no traces: %s is set, but needs pip install "space-tools[otel]"', variable)
        return False
    return True


@contextmanager
def _provider() -> Iterator[None]:
    from opentelemetry import trace
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    named = "OTEL_SERVICE_NAME" in os.environ
    service = {"service.version": __version__, **({} if named else {"service.name": "space-tools"})}
    timed = any(name.endswith("_TIMEOUT") for name in os.environ if name.startswith("OTEL_EXPORT"))
    provider = TracerProvider(resource=Resource.create(service), shutdown_on_exit=False)
    exporter = OTLPSpanExporter() if timed else OTLPSpanExporter(timeout=TIMEOUT)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    try:
        yield
    finally:
        provider.shutdown()
