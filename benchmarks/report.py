"""From measurements to what a person reads: per-round ratios to the floor, medians and spread."""

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich import box
from rich.table import Table

from benchmarks.contestants import FLOOR
from benchmarks.measuring import Load, Sample

DASH = "-"
COLUMNS = (
    "contestant",
    "ms/call",
    "min..max",
    "x floor",
    "min..max",
    "p50 ms",
    "p95 ms",
    "calls/s",
    "CPU ms",
    "app CPU ms",
    "rounds",
    "calls",
    "errors",
)


@dataclass(frozen=True)
class Measurement:
    """One sample and where it belongs."""

    round: int
    contestant: str
    load: Load
    sample: Sample

    @property
    def cell(self) -> tuple[str, int]:
        """What is compared with what: one endpoint at one concurrency."""
        return self.load.title, self.load.concurrency


@dataclass(frozen=True)
class Spread:
    """A median over rounds, with the lowest and the highest round."""

    median: float
    low: float
    high: float


@dataclass(frozen=True)
class Result:
    """One contestant in one cell, over all rounds. Times are milliseconds per call.

    `ratio` is the spread of the per-round ratios to the floor measured in the same round: rounds
    differ more from each other than contestants within a round do.
    """

    endpoint: str
    concurrency: int
    contestant: str
    ms_per_call: Spread | None
    ratio: Spread | None
    latency_p50_ms: Spread | None
    latency_p95_ms: Spread | None
    calls_per_second: Spread | None
    cpu_ms: Spread | None
    app_cpu_ms: Spread | None
    rounds: int
    """Rounds without an error; the times are from these."""
    calls: int
    errors: int
    first_error: str


def summarise(measurements: Sequence[Measurement]) -> list[Result]:
    """One result for each contestant in each cell, in the order of the first round."""
    cells = sorted({measurement.cell for measurement in measurements})
    names = dict.fromkeys(measurement.contestant for measurement in measurements)
    by_key: dict[tuple[tuple[str, int], str], list[Measurement]] = {}
    for measurement in measurements:
        by_key.setdefault((measurement.cell, measurement.contestant), []).append(measurement)
    return [
        _result(by_key[cell, name], by_key.get((cell, FLOOR), []))
        for cell in cells
        for name in names
        if (cell, name) in by_key
    ]


def _result(rounds: Sequence[Measurement], floor: Sequence[Measurement]) -> Result:
    samples = [measurement.sample for measurement in rounds]
    times = [sample.ms_per_call for sample in samples]
    return Result(
        endpoint=rounds[0].load.title,
        concurrency=rounds[0].load.concurrency,
        contestant=rounds[0].contestant,
        ms_per_call=spread(times),
        ratio=spread(ratios(rounds, floor)),
        latency_p50_ms=spread(sample.latency_p50_ms for sample in samples),
        latency_p95_ms=spread(sample.latency_p95_ms for sample in samples),
        calls_per_second=spread(1000 / time if time else None for time in times),
        cpu_ms=spread(sample.cpu_ms for sample in samples),
        app_cpu_ms=spread(sample.app_cpu_ms for sample in samples),
        rounds=sum(time is not None for time in times),
        calls=sum(sample.calls for sample in samples),
        errors=sum(sample.errors for sample in samples),
        first_error=next((sample.first_error for sample in samples if sample.errors), ""),
    )


def ratios(rounds: Sequence[Measurement], floor: Sequence[Measurement]) -> list[float]:
    """Time per call over the floor's in the same round; rounds without both are left out."""
    floor_ms = {measurement.round: measurement.sample.ms_per_call for measurement in floor}
    pairs = ((each.sample.ms_per_call, floor_ms.get(each.round)) for each in rounds)
    return [own / least for own, least in pairs if own is not None and least]


def spread(values: Iterable[float | None]) -> Spread | None:
    """Median, lowest and highest of the values there are; None if there are none."""
    known = [value for value in values if value is not None]
    return Spread(statistics.median(known), min(known), max(known)) if known else None


def build_tables(results: Sequence[Result]) -> list[Table]:
    """One table for each endpoint and concurrency."""
    cells = dict.fromkeys((result.endpoint, result.concurrency) for result in results)
    return [_table(cell, results) for cell in cells]


def _table(cell: tuple[str, int], results: Sequence[Result]) -> Table:
    endpoint, concurrency = cell
    title = f"{endpoint}, {concurrency} at a time"
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for column in COLUMNS:
        table.add_column(column, justify="left" if column == COLUMNS[0] else "right", no_wrap=True)
    for result in results:
        if (result.endpoint, result.concurrency) == cell:
            table.add_row(*_row(result), style="red" if result.errors else None)
    return table


def _row(result: Result) -> list[str]:
    return [
        result.contestant,
        show_median(result.ms_per_call, ".2f"),
        show_range(result.ms_per_call, ".2f"),
        show_median(result.ratio, ".2f"),
        show_range(result.ratio, ".2f"),
        show_median(result.latency_p50_ms, ".1f"),
        show_median(result.latency_p95_ms, ".1f"),
        show_median(result.calls_per_second, ".0f"),
        show_median(result.cpu_ms, ".2f"),
        show_median(result.app_cpu_ms, ".2f"),
        str(result.rounds),
        str(result.calls),
        str(result.errors),
    ]


def show_median(spread: Spread | None, form: str) -> str:
    """The median in a table's cell."""
    return DASH if spread is None else format(spread.median, form)


def show_range(spread: Spread | None, form: str) -> str:
    """The lowest and the highest in a table's cell."""
    return DASH if spread is None else f"{spread.low:{form}}..{spread.high:{form}}"
