"""How one contestant is timed: a warm-up, then calls side by side, each answer checked."""

import asyncio
import gc
import os
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from benchmarks.contestants import Contestant
from benchmarks.echo_app import PICTURE, SIZE_OF
from benchmarks.processes import cpu_seconds
from benchmarks.samples import picture

CALL_SECONDS = 10.0
CROWD_SECONDS = 0.1
"""So much longer may each call take for each that is made at the same time."""

SEQUENTIAL_WARM_UPS = 3


@dataclass(frozen=True)
class Load:
    """What one measurement does: `calls` calls of `endpoint`, `concurrency` at a time.

    No call is started once `seconds` have passed, so that a slow contestant is measured on fewer.
    """

    endpoint: str
    concurrency: int
    calls: int
    seconds: float
    characters: int = 0
    """How long a text is at least."""

    @property
    def title(self) -> str:
        """What is called, in a table's title."""
        return f"/{self.endpoint}" + (f" of {self.characters // 1000} kB" * (self.characters > 0))

    @property
    def patience(self) -> float:
        """Seconds that a call may take: among many, each waits for the app's answers to others."""
        return CALL_SECONDS + CROWD_SECONDS * self.concurrency


@dataclass(frozen=True)
class Sample:
    """What one measurement found; all times per call.

    `ms_per_call` is elapsed time over calls, `cpu_ms` the processor time of the process under
    test, `app_cpu_ms` that of the app. All times are None if there was any error: a call that
    fails at once, or only after a timeout, makes a mean say nothing.
    """

    calls: int
    errors: int
    first_error: str
    seconds: float
    ms_per_call: float | None
    latency_p50_ms: float | None
    latency_p95_ms: float | None
    cpu_ms: float | None
    app_cpu_ms: float | None


@dataclass
class _Tally:
    latencies: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


async def measure(contestant: Contestant, load: Load, *, app_pid: int) -> Sample:
    """Warm up and time one contestant. Errors are counted, never raised.

    A contestant that fails in its warm-up is not timed: its sample has the warm-up's counts.
    """
    tally = _Tally()
    await _warm_up(contestant, load, tally)
    if tally.errors:
        return _sample(tally, 0.0, None, None)
    tally.latencies.clear()
    pids = getattr(contestant, "pids", None) or [os.getpid()]
    gc.collect()
    cpu_before, app_before = cpu_seconds(pids), cpu_seconds([app_pid])
    start = time.perf_counter()
    await _run(contestant, load, tally, deadline=start + load.seconds)
    elapsed = time.perf_counter() - start
    cpu, app_cpu = cpu_seconds(pids), cpu_seconds([app_pid])
    return _sample(tally, elapsed, _difference(cpu, cpu_before), _difference(app_cpu, app_before))


async def _warm_up(contestant: Contestant, load: Load, tally: _Tally) -> None:
    for number in range(SEQUENTIAL_WARM_UPS):
        await _one_call(contestant, load, f"warm-{number}", tally)
    texts = (f"side-{number}" for number in range(load.concurrency))
    await asyncio.gather(*(_one_call(contestant, load, text, tally) for text in texts))


async def _run(contestant: Contestant, load: Load, tally: _Tally, *, deadline: float) -> None:
    numbers = iter(range(load.calls))

    async def worker(numbers: Iterator[int]) -> None:
        for number in numbers:
            if time.perf_counter() >= deadline:
                return
            await _one_call(contestant, load, f"text-{number}", tally)

    await asyncio.gather(*(worker(numbers) for _ in range(load.concurrency)))


async def _one_call(contestant: Contestant, load: Load, text: str, tally: _Tally) -> None:
    text = text.ljust(load.characters, ".")
    expected = str(picture().stat().st_size) if load.endpoint in (PICTURE, SIZE_OF) else text
    start = time.perf_counter()
    try:
        async with asyncio.timeout(load.patience):
            answer = await contestant.call(load.endpoint, text)
    except Exception as error:  # noqa: BLE001 - whatever a contestant raises is its error, counted
        tally.errors.append(f"{type(error).__name__}: {error}")
        return
    if answer != expected:
        tally.errors.append(f"instead of {expected[:100]!r}, it said {answer[:100]!r}")
        return
    tally.latencies.append(time.perf_counter() - start)


def _difference(after: float | None, before: float | None) -> float | None:
    return None if after is None or before is None else after - before


def _sample(tally: _Tally, elapsed: float, cpu: float | None, app_cpu: float | None) -> Sample:
    calls = len(tally.latencies)
    timed = calls > 0 and not tally.errors

    def per_call(seconds: float | None) -> float | None:
        return seconds / calls * 1000 if timed and seconds is not None else None

    latencies = sorted(1000 * latency for latency in tally.latencies)
    return Sample(
        calls=calls,
        errors=len(tally.errors),
        first_error=tally.errors[0] if tally.errors else "",
        seconds=elapsed,
        ms_per_call=per_call(elapsed),
        latency_p50_ms=statistics.median(latencies) if timed else None,
        latency_p95_ms=latencies[int(0.95 * (calls - 1))] if timed else None,
        cpu_ms=per_call(cpu),
        app_cpu_ms=per_call(app_cpu),
    )
