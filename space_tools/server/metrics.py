"""What a server tells of itself to Prometheus: its calls, and what it keeps.

Counting a call costs a few additions; the text is made when it is asked for. Tools are named only
if they are in the catalogue, and not more than `MOST_TOOLS` of them, so that nobody can make it
long by the names that they call.
"""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4, CollectorRegistry, generate_latest
from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from space_tools.tools.census import Census
from space_tools.tools.records import CallRecord

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4
"""Of what `render` gives."""

MOST_TOOLS = 500
"""Tools that have figures of their own; those of all others are under one name."""

OTHER = "(other)"

BOUNDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800)
"""Seconds, between which calls are counted."""

LATENCIES = {
    "queue": ("space_tools_call_queue_seconds", "How long calls waited in the app's queue."),
    "run": ("space_tools_call_run_seconds", "How long the app's function ran."),
    "": ("space_tools_call_seconds", "How long calls took in all."),
}
"""Phase of a call, or none for all of it → the name and the help of its histogram."""

STATES: tuple[tuple[str, str, str, dict[str, str]], ...] = (
    ("space_tools_tools", "Tools in the catalogue.", "", {"": "tools"}),
    (
        "space_tools_apps",
        "Configured apps.",
        "state",
        {"up": "apps_up", "down": "apps_down", "loading": "apps_loading"},
    ),
    (
        "space_tools_sessions",
        "Sessions with apps.",
        "kind",
        {"conversation": "conversations", "warm": "warm_sessions"},
    ),
    ("space_tools_files", "Files that are kept.", "", {"": "files"}),
    ("space_tools_files_bytes", "Bytes of files that are kept.", "", {"": "file_bytes"}),
    ("space_tools_files_quota_bytes", "Bytes that files may have.", "", {"": "file_quota"}),
)
"""Name, help, label, and for each value of the label the field of a `Census`."""


@dataclass(slots=True)
class _Histogram:
    counts: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS) + 1))
    sum: float = 0.0

    def add(self, seconds: float) -> None:
        self.counts[bisect_left(BOUNDS, seconds)] += 1
        self.sum += seconds

    def buckets(self) -> Iterator[tuple[str, float]]:
        """As Prometheus has them: up to each bound, how many in all."""
        so_far = 0
        for bound, count in zip((*map(float, BOUNDS), "+Inf"), self.counts, strict=True):
            so_far += count
            yield str(bound), so_far


class Metrics(Collector):
    """Observes calls; `census` is taken when somebody looks."""

    def __init__(self, census: Callable[[], Census]) -> None:
        self._census = census
        self._running: set[CallRecord] = set()
        self._ended: Counter[tuple[str, str]] = Counter()
        self._latencies: dict[tuple[str, str], _Histogram] = defaultdict(_Histogram)
        self._tools: set[str] = set()
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(self)

    def began(self, record: CallRecord) -> None:
        self._running.add(record)

    def ended(self, record: CallRecord) -> None:
        self._running.discard(record)
        tool = self._label(record)
        self._ended[tool, record.outcome] += 1
        self._latencies[tool, ""].add(record.total)
        for phase, seconds in record.seconds().items():
            if phase in LATENCIES and seconds > 0:
                self._latencies[tool, phase].add(seconds)

    def render(self) -> bytes:
        """All figures, in the text format 0.0.4 of Prometheus."""
        return generate_latest(self._registry)

    def collect(self) -> Iterator[Metric]:
        """The figures as they are now."""
        yield self._calls()
        yield self._in_flight()
        for phase, (name, told) in LATENCIES.items():
            yield self._histograms(phase, name, told)
        yield from _gauges(self._census())

    def _calls(self) -> Metric:
        family = CounterMetricFamily(
            "space_tools_calls", "Calls that have ended.", labels=["tool", "outcome"]
        )
        for labels, count in self._ended.items():
            family.add_metric(labels, count)
        return family

    def _in_flight(self) -> Metric:
        name, told = "space_tools_calls_in_flight", "Calls that run now, or wait."
        family = GaugeMetricFamily(name, told, labels=["tool"])
        for tool, count in Counter(self._label(record) for record in self._running).items():
            family.add_metric([tool], count)
        return family

    def _histograms(self, phase: str, name: str, told: str) -> Metric:
        family = HistogramMetricFamily(name, told, labels=["tool"])
        for (tool, measured), histogram in self._latencies.items():
            if measured == phase:
                family.add_metric([tool], list(histogram.buckets()), histogram.sum)
        return family

    def _label(self, record: CallRecord) -> str:
        if not record.known:
            return OTHER
        if record.tool not in self._tools:
            if len(self._tools) >= MOST_TOOLS:
                return OTHER
            self._tools.add(record.tool)
        return record.tool


def _gauges(census: Census) -> Iterator[Metric]:
    for name, told, label, values in STATES:
        family = GaugeMetricFamily(name, told, labels=[label] if label else [])
        for value, counted in values.items():
            family.add_metric([value] if label else [], getattr(census, counted))
        yield family
