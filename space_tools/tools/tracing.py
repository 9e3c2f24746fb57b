"""Calls as spans of OpenTelemetry, where the program has a tracer provider.

A call's spans are made when it has ended, from its record: they cost nothing while it runs, and
next to nothing in a program that does not trace. OpenTelemetry is not imported here; a program
that has set it up has done so. Apps are third parties: no trace context is sent to them.
"""

import sys
from types import ModuleType
from typing import Any

from space_tools.tools.records import CallRecord, Phase

CHILDREN: dict[Phase, str] = {
    "send": "send files",
    "queue": "wait in queue",
    "run": "run",
    "fetch": "fetch files",
}
"""Phase → the name of its span."""

TOLD = ("tool", "space", "caller", "request_id", "outcome")
"""Fields of a record that its span has as `space_tools.…`."""

NANOSECONDS = 1_000_000_000


class Spans:
    """An observer: each call is a span below the one that is current, with one for each phase."""

    def began(self, record: CallRecord) -> None:
        """Nothing to do yet."""

    def ended(self, record: CallRecord) -> None:
        trace = sys.modules.get("opentelemetry.trace")
        if trace is None or isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider):
            return
        _export(trace, record)


def _export(trace: ModuleType, record: CallRecord) -> None:
    tracer = trace.get_tracer("space_tools")
    attributes = _attributes(record)
    span = tracer.start_span(
        f"call {attributes['space_tools.tool']}",
        kind=trace.SpanKind.CLIENT,
        start_time=record.began,
        attributes=attributes,
    )
    if span.is_recording():
        inside = trace.set_span_in_context(span)
        for phase, start, end in record.spans():
            if phase in CHILDREN:
                child = tracer.start_span(CHILDREN[phase], inside, start_time=_at(record, start))
                child.end(_at(record, end))
        if record.error and record.outcome != "cancelled":
            span.set_status(trace.StatusCode.ERROR)
    span.end(_at(record, record.total))


def _attributes(record: CallRecord) -> dict[str, Any]:
    fields = record.fields()
    told = {f"space_tools.{name}": fields[name] for name in TOLD}
    return {**told, "error.type": record.error} if record.error else told


def _at(record: CallRecord, seconds: float) -> int:
    return record.began + round(seconds * NANOSECONDS)
