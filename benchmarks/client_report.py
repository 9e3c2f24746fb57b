"""From samples of clients to what a person reads: ratios within rounds, medians and spread."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from rich import box
from rich.table import Table

from benchmarks.client_tasks import DOWNLOAD, PREDICT, UPLOAD, ClientSample, Task
from benchmarks.clients import PEER
from benchmarks.processes import MIB
from benchmarks.report import Spread, show_median, show_range, spread

COLUMNS = (
    "client",
    "ms",
    "min..max",
    "x faster",
    "min..max",
    "per s",
    "CPU ms",
    "x less",
    "min..max",
    "app CPU",
    "MiB",
    "peak",
    "errors",
)


@dataclass(frozen=True)
class ClientMeasurement:
    """One sample and where it belongs."""

    round: int
    client: str
    task: Task
    sample: ClientSample


@dataclass(frozen=True)
class ClientResult:
    """One client at one task, over all rounds. Times are milliseconds for each of `count`.

    `times_faster` and `times_less_cpu` are the peer's time over this client's in the same round;
    `per_second` counts calls, or MB (10**6 bytes) of a file. Memory is resident memory in MiB:
    before, and how much more it was at most.
    """

    task: Task
    client: str
    ms: Spread | None
    times_faster: Spread | None
    per_second: Spread | None
    cpu_ms: Spread | None
    times_less_cpu: Spread | None
    app_cpu_ms: Spread | None
    start_mib: Spread | None
    growth_mib: Spread | None
    rounds: int
    """Rounds without an error; the times are from these."""
    count: int
    errors: int
    first_error: str


def summarise_clients(measurements: Sequence[ClientMeasurement]) -> list[ClientResult]:
    """One result for each client at each task, both in the order of their first measurement."""
    tasks = dict.fromkeys(measurement.task for measurement in measurements)
    names = sorted({each.client for each in measurements}, key=_peer_first)
    by_key: dict[tuple[Task, str], list[ClientMeasurement]] = {}
    for measurement in measurements:
        by_key.setdefault((measurement.task, measurement.client), []).append(measurement)
    return [
        _result(by_key[task, name], by_key.get((task, PEER), []))
        for task in tasks
        for name in names
        if (task, name) in by_key
    ]


def _peer_first(name: str) -> tuple[bool, str]:
    return name != PEER, name


def _result(rounds: Sequence[ClientMeasurement], peer: Sequence[ClientMeasurement]) -> ClientResult:
    samples = [measurement.sample for measurement in rounds]
    return ClientResult(
        task=rounds[0].task,
        client=rounds[0].client,
        ms=spread(sample.ms for sample in samples),
        times_faster=spread(_ratios(rounds, peer, lambda sample: sample.ms)),
        per_second=spread(_per_second(measurement) for measurement in rounds),
        cpu_ms=spread(sample.cpu_ms for sample in samples),
        times_less_cpu=spread(_ratios(rounds, peer, lambda sample: sample.cpu_ms)),
        app_cpu_ms=spread(sample.app_cpu_ms for sample in samples),
        start_mib=spread(_mib(sample.start_bytes) for sample in samples),
        growth_mib=spread(_mib(sample.growth_bytes) for sample in samples),
        rounds=sum(sample.ms is not None for sample in samples),
        count=sum(sample.count for sample in samples),
        errors=sum(sample.errors for sample in samples),
        first_error=next((sample.first_error for sample in samples if sample.errors), ""),
    )


def _ratios(
    rounds: Sequence[ClientMeasurement],
    peer: Sequence[ClientMeasurement],
    cost: Callable[[ClientSample], float | None],
) -> Iterable[float | None]:
    """The peer's cost over this one's, of each round that has both."""
    costs = {measurement.round: cost(measurement.sample) for measurement in peer}
    for measurement in rounds:
        own, other = cost(measurement.sample), costs.get(measurement.round)
        yield other / own if own and other is not None else None


def _per_second(measurement: ClientMeasurement) -> float | None:
    if not measurement.sample.ms:
        return None
    amount = measurement.task.size / 1e6 or 1
    return amount * 1000 / measurement.sample.ms


def _mib(size: int | None) -> float | None:
    return None if size is None else size / MIB


def build_client_tables(results: Sequence[ClientResult]) -> list[Table]:
    """One table for each task."""
    tasks = dict.fromkeys(result.task for result in results)
    return [_table(task, [each for each in results if each.task == task]) for task in tasks]


def title_of(task: Task) -> str:
    """What a task is, in words."""
    if not task.endpoint:
        return task.kind
    how = "one at a time" if task.concurrency == 1 else f"{task.concurrency} at once"
    return f"/{task.endpoint}, {how}"


def _table(task: Task, results: Sequence[ClientResult]) -> Table:
    table = Table(title=title_of(task), title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for column in COLUMNS:
        heading = "MB/s" if column == "per s" and task.kind in (UPLOAD, DOWNLOAD) else column
        table.add_column(heading, justify="left" if column == COLUMNS[0] else "right", no_wrap=True)
    for result in results:
        table.add_row(*_row(result), style="red" if result.errors else None)
    return table


def _row(result: ClientResult) -> list[str]:
    # Calls take milliseconds, everything else takes many.
    form = ".2f" if result.task.kind == PREDICT else ".0f"
    return [
        result.client,
        show_median(result.ms, form),
        show_range(result.ms, form),
        show_median(result.times_faster, ".1f"),
        show_range(result.times_faster, ".1f"),
        show_median(result.per_second, ".0f"),
        show_median(result.cpu_ms, form),
        show_median(result.times_less_cpu, ".1f"),
        show_range(result.times_less_cpu, ".1f"),
        show_median(result.app_cpu_ms, form),
        show_median(result.start_mib, ".1f"),
        show_median(result.growth_mib, "+.1f"),
        f"{result.errors} of {result.count + result.errors}",
    ]
