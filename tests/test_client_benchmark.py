"""The clients' benchmark measures what it says: its pieces, and a short run against real apps."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from mmap import mmap
from pathlib import Path
from typing import Any

import pytest

from benchmarks import client
from benchmarks.client_report import (
    ClientMeasurement,
    build_client_tables,
    summarise_clients,
    title_of,
)
from benchmarks.client_tasks import (
    CONNECT,
    DOWNLOAD,
    PREDICT,
    UPLOAD,
    ClientSample,
    Place,
    Task,
    perform,
)
from benchmarks.clients import CLIENTS, PEER, Answer
from benchmarks.report import Spread

ROOT = Path(__file__).resolve().parent.parent
MIB = 1 << 20


@dataclass
class Local:
    """A client without an app: answers, and copies files, in this process."""

    folder: Path
    wrong: frozenset[str] = frozenset()
    waves: list[int] = field(default_factory=list)

    def load(self) -> None: ...

    def connect(self, url: str, folder: Path) -> None: ...

    def close(self) -> None: ...

    def one_by_one(self, endpoint: str, texts: Sequence[str]) -> list[Answer]:
        return [ConnectionError("gone") if text in self.wrong else text for text in texts]

    def at_once(self, endpoint: str, texts: Sequence[str]) -> list[Answer]:
        self.waves.append(len(texts))
        return self.one_by_one(endpoint, texts)

    def upload(self, path: Path) -> Path:
        with mmap(-1, 40 * MIB) as greedy:  # pages of its own, whatever this process has spare
            for page in range(0, len(greedy), 4096):
                greedy[page] = 1
            (self.folder / "copy").write_bytes(path.read_bytes())
        return self.folder / "copy"

    def download(self) -> Path:
        (self.folder / "copy").write_bytes(b"something else")
        return self.folder / "copy"


class Unreachable(Local):
    def connect(self, url: str, folder: Path) -> None:
        raise ConnectionError(f"{url} is gone")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    file = tmp_path / "file"
    file.write_bytes(os.urandom(1000))
    return Place("http://127.0.0.1:1", os.getpid(), file, tmp_path)


def test_calls_are_submitted_in_whole_waves_after_one_to_warm_up(place: Place) -> None:
    caller = Local(place.folder)
    found = perform(caller, Task(PREDICT, "echo", concurrency=3, count=6), place)
    assert caller.waves == [3, 3, 3]
    assert (found.count, found.errors) == (6, 0)
    assert found.ms is not None
    assert found.cpu_ms is not None


def test_one_failed_call_of_a_client_is_counted_and_no_time_is_given(place: Place) -> None:
    broken = Local(place.folder, wrong=frozenset({"text-4"}))
    found = perform(broken, Task(PREDICT, "echo", count=6), place)
    assert (found.count, found.errors, found.first_error) == (5, 1, "ConnectionError: gone")
    assert found.ms is found.cpu_ms is found.app_cpu_ms is None


def test_a_client_that_cannot_connect_is_an_error_of_the_task(place: Place) -> None:
    found = perform(Unreachable(place.folder), Task(CONNECT), place)
    assert (found.count, found.errors) == (0, 1)
    assert found.first_error == f"ConnectionError: {place.url} is gone"


def test_memory_that_a_transfer_takes_for_a_moment_is_seen(place: Place) -> None:
    found = perform(Local(place.folder), Task(UPLOAD), place)
    assert found.errors == 0
    assert found.growth_bytes is not None
    assert 30 * MIB < found.growth_bytes < 120 * MIB
    later = perform(Local(place.folder), Task(PREDICT, "echo"), place)
    assert later.growth_bytes is not None
    assert later.growth_bytes < 10 * MIB


def test_a_file_that_came_over_changed_is_an_error_and_no_copy_stays(place: Place) -> None:
    found = perform(Local(place.folder), Task(DOWNLOAD), place)
    assert (found.errors, found.ms) == (1, None)
    assert found.first_error.endswith("is not the file that was sent")
    assert list(place.folder.iterdir()) == [place.file]


def client_measured(*costs: tuple[int, str, float | None]) -> list[ClientMeasurement]:
    """Measurements of (round, client, milliseconds), with twice as much CPU time."""
    return [
        ClientMeasurement(
            number,
            name,
            Task(UPLOAD, size=10 * 10**6),
            ClientSample(1, int(ms is None), "", ms, ms and 2 * ms, None, MIB, 3 * MIB),
        )
        for number, name, ms in costs
    ]


def test_a_client_is_compared_with_the_peer_in_the_same_round() -> None:
    peer, own = summarise_clients(
        client_measured(
            (0, "Client", 10.0), (0, PEER, 80.0), (1, PEER, 400.0), (1, "Client", 40.0),
            (2, "Client", 1.0), (2, PEER, None),
        )
    )  # fmt: skip
    assert (peer.client, own.client) == (PEER, "Client")
    assert own.times_faster == own.times_less_cpu == Spread(9.0, 8.0, 10.0)
    assert own.per_second == Spread(1000.0, 250.0, 10000.0)
    assert (own.start_mib, own.growth_mib) == (Spread(1, 1, 1), Spread(3, 3, 3))
    assert (peer.rounds, peer.errors, peer.times_faster) == (2, 1, Spread(1, 1, 1))


def test_a_table_of_transfers_counts_megabytes() -> None:
    (table,) = build_client_tables(summarise_clients(client_measured((0, PEER, 10.0))))
    headings = [column.header for column in table.columns]
    assert (table.title, table.row_count, headings[5]) == ("upload", 1, "MB/s")


def test_each_transfer_has_a_process_of_its_own() -> None:
    options = client.parse_options(["--concurrency", "1,100", "--calls", "50", "--mebibytes", "2"])
    calls, up, down = client.build_groups(options)
    assert (up, down) == ((Task(UPLOAD, size=2 * MIB),), (Task(DOWNLOAD, size=2 * MIB),))
    assert [(title_of(task), task.count) for task in calls[3:]] == [
        ("/echo_direct, one at a time", 50),
        ("/echo, one at a time", 50),
        ("/echo_direct, 100 at once", 200),
        ("/echo, 100 at once", 200),
    ]


def test_the_clients_are_measured_and_compared(tmp_path: Path) -> None:
    written = tmp_path / "client.json"
    command = [sys.executable, "benchmarks/client.py", "--small", "--json", str(written)]
    run = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=400, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr
    document = json.loads(written.read_text(encoding="utf-8"))
    assert document["failures"] == {}
    measured = {
        (str(each["task"]), each["client"]): each["sample"] for each in document["measurements"]
    }
    assert len(document["results"]) == len(measured) == 9 * len(CLIENTS)
    for result in document["results"]:
        own, peer = (measured[str(result["task"]), name] for name in (result["client"], PEER))
        assert_follows(result, own, peer)
    for title in ("connect again", "/echo_direct, one at a time", "/echo, 3 at once", "download"):
        assert title in run.stdout


def assert_follows(result: dict[str, Any], own: dict[str, Any], peer: dict[str, Any]) -> None:
    """A result of one round says what was measured in it."""
    task, growth = result["task"], own["growth_bytes"]
    assert (result["errors"], result["count"], own["count"]) == (0, task["count"], task["count"])
    amount = task["size"] / 10**6 or 1
    found = {
        "ms": own["ms"],
        "times_faster": peer["ms"] / own["ms"],
        "per_second": amount * 1000 / own["ms"],
        "cpu_ms": own["cpu_ms"],
        "times_less_cpu": peer["cpu_ms"] / own["cpu_ms"],
        "app_cpu_ms": own["app_cpu_ms"],
        "start_mib": own["start_bytes"] / MIB,
        "growth_mib": growth / MIB,
    }
    for name, value in found.items():
        assert result[name] == dict.fromkeys(("median", "low", "high"), pytest.approx(value)), name
    if task["kind"] in (UPLOAD, DOWNLOAD):
        assert task["size"] == 64 * MIB
        assert growth < 32 * MIB
