"""What a client is asked to do, and what that cost, timed in the client's own process."""

import filecmp
import gc
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.clients import Answer, ClientUnderTest
from benchmarks.processes import Memory, cpu_seconds, forget_peak, resident_memory

WARM_UPS = 3

IMPORT = "import"
CONNECT = "connect"
RECONNECT = "connect again"
PREDICT = "predict"
UPLOAD = "upload"
DOWNLOAD = "download"


@dataclass(frozen=True)
class Task:
    """One thing to measure: `count` calls, or the transfer of a file, or one of the others.

    Calls go to `endpoint`, one after the other, or submitted `concurrency` at a time, all of
    which are waited for before the next are submitted. A file has `size` bytes.
    """

    kind: str
    endpoint: str = ""
    concurrency: int = 1
    count: int = 1
    size: int = 0


@dataclass(frozen=True)
class Place:
    """Where the app is, the file that goes up and down, and the folder for what comes back."""

    url: str
    app_pid: int
    file: Path
    folder: Path


@dataclass(frozen=True)
class ClientSample:
    """What one task cost, in milliseconds for each of `count` that succeeded.

    `cpu_ms` is the processor time of the client's process, `app_cpu_ms` that of the app. No time
    is given if there was any error. `start_bytes` were resident before, and `growth_bytes` more at
    most.
    """

    count: int
    errors: int
    first_error: str
    ms: float | None
    cpu_ms: float | None
    app_cpu_ms: float | None
    start_bytes: int | None
    growth_bytes: int | None


@dataclass(frozen=True)
class Steps:
    """How a kind of task is done; only `run` is measured. `check` says what went wrong."""

    run: Callable[[ClientUnderTest, Task, Place], Any]
    prepare: Callable[[ClientUnderTest, Task, Place], object] = lambda *_: None
    check: Callable[[Any, Place], list[str]] = lambda *_: []


def perform(client: ClientUnderTest, task: Task, place: Place) -> ClientSample:
    """Do and measure one task. Errors are counted, never raised."""
    steps = KINDS[task.kind]
    try:
        steps.prepare(client, task, place)
        gc.collect()
        return _measure(client, task, place, steps)
    except Exception as error:  # noqa: BLE001 - whatever a client raises is its error, counted
        return ClientSample(0, task.count, _reason(error), None, None, None, None, None)


@dataclass(frozen=True)
class _Reading:
    """What the clock and the kernel say at one moment, in seconds and bytes."""

    clock: float
    cpu: float
    app_cpu: float | None
    memory: Memory | None


def _read(place: Place, pid: int | None) -> _Reading:
    memory, app_cpu = resident_memory(pid or os.getpid()), cpu_seconds([place.app_pid])
    own = time.process_time() if pid is None else cpu_seconds([pid]) or 0.0
    return _Reading(time.perf_counter(), own, app_cpu, memory)


def _measure(client: ClientUnderTest, task: Task, place: Place, steps: Steps) -> ClientSample:
    # A client may be a server's, which is then what is measured, in a process of its own.
    pid = getattr(client, "pid", None)
    forget_peak(pid or "self")
    before = _read(place, pid)
    result = steps.run(client, task, place)
    after = _read(place, pid)
    return _sample(task, before, after, steps.check(result, place))


def _sample(task: Task, before: _Reading, after: _Reading, errors: list[str]) -> ClientSample:
    def each(first: float | None, last: float | None) -> float | None:
        known = first is not None and last is not None and not errors
        return 1000 * (last - first) / task.count if known else None

    first, last = before.memory, after.memory
    return ClientSample(
        count=task.count - len(errors),
        errors=len(errors),
        first_error=errors[0] if errors else "",
        ms=each(before.clock, after.clock),
        cpu_ms=each(before.cpu, after.cpu),
        app_cpu_ms=each(before.app_cpu, after.app_cpu),
        start_bytes=first.now if first else None,
        growth_bytes=last.peak - first.now if first and last else None,
    )


def _start(client: ClientUnderTest, _: Task, place: Place) -> None:
    client.load()
    client.connect(place.url, place.folder)


Exchange = tuple[Sequence[str], Sequence[Answer]]
"""What was asked to be echoed, and what was."""


def _call_all(client: ClientUnderTest, task: Task, _: Place) -> Exchange:
    texts = [f"text-{number}" for number in range(task.count)]
    return texts, _call(client, task, texts)


def _call(client: ClientUnderTest, task: Task, texts: Sequence[str]) -> list[Answer]:
    if task.concurrency == 1:
        return client.one_by_one(task.endpoint, texts)
    answers: list[Answer] = []
    for first in range(0, len(texts), task.concurrency):
        answers += client.at_once(task.endpoint, texts[first : first + task.concurrency])
    return answers


def _warm_up(client: ClientUnderTest, task: Task, _: Place) -> None:
    """Connections, sessions and threads are made before what is measured."""
    client.one_by_one(task.endpoint, ["warm"] * WARM_UPS)
    _call(client, task, ["side"] * task.concurrency)


def _wrong_answers(exchange: Exchange, _: Place) -> list[str]:
    asked, answers = exchange
    return [
        _reason(answer)
        if isinstance(answer, Exception)
        else f"asked to echo {text!r}, it said {answer!r}"
        for text, answer in zip(asked, answers, strict=True)
        if answer != text
    ]


def _wrong_copy(copy: Path, place: Place) -> list[str]:
    """Both sides are on this machine, so that either's copy can be looked at, and go."""
    same = filecmp.cmp(copy, place.file, shallow=False)
    copy.unlink()
    return [] if same else [f"{copy} is not the file that was sent"]


def _reason(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


KINDS = {
    IMPORT: Steps(run=lambda client, task, place: client.load()),
    CONNECT: Steps(run=lambda client, task, place: client.connect(place.url, place.folder)),
    RECONNECT: Steps(
        prepare=lambda client, task, place: client.close(),
        run=lambda client, task, place: client.connect(place.url, place.folder),
    ),
    PREDICT: Steps(prepare=_warm_up, run=_call_all, check=_wrong_answers),
    UPLOAD: Steps(
        prepare=_start,
        run=lambda client, task, place: client.upload(place.file),
        check=_wrong_copy,
    ),
    DOWNLOAD: Steps(
        prepare=_start, run=lambda client, task, place: client.download(), check=_wrong_copy
    ),
}
