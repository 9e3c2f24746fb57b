"""The benchmark measures what it says: its pieces by table, and a short run against a real app."""

import asyncio
import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import pytest

from benchmarks.calls import build_loads, parse_options
from benchmarks.contestants import FLOOR
from benchmarks.measuring import Load, Sample, measure
from benchmarks.peers import PeerUnavailable, gradio_mcp_python
from benchmarks.processes import ProcessFailed, children_of, cpu_seconds, json_process, settle
from benchmarks.report import Measurement, Spread, build_tables, spread, summarise
from benchmarks.slope import fit
from benchmarks.start import more_than_one

ROOT = Path(__file__).resolve().parent.parent
LOAD = Load(endpoint="echo", concurrency=2, calls=10, seconds=5.0)


@dataclass
class Parrot:
    """Answers in this process, changing the texts in `wrong` and failing on those in `broken`."""

    wrong: frozenset[str] = frozenset()
    broken: frozenset[str] = frozenset()
    heard: list[str] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    async def call(self, endpoint: str, text: str) -> str:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(0)
        self.at_once -= 1
        self.heard.append(text)
        if text in self.broken:
            raise ConnectionError("gone")
        return text.upper() if text in self.wrong else text


def sample(ms_per_call: float | None, *, errors: int = 0) -> Sample:
    return Sample(
        calls=10,
        errors=errors,
        first_error="gone" if errors else "",
        seconds=1.0,
        ms_per_call=ms_per_call,
        latency_p50_ms=ms_per_call,
        latency_p95_ms=ms_per_call,
        cpu_ms=ms_per_call,
        app_cpu_ms=None,
    )


def measured(*times: tuple[int, str, float | None]) -> list[Measurement]:
    return [
        Measurement(number, name, LOAD, sample(time, errors=int(time is None)))
        for number, name, time in times
    ]


async def test_each_call_has_its_own_text_and_only_so_many_run_at_once() -> None:
    parrot = Parrot()
    found = await measure(parrot, LOAD, app_pid=os.getpid())
    texts = [text for text in parrot.heard if text.startswith("text-")]
    assert sorted(texts) == sorted(f"text-{number}" for number in range(LOAD.calls))
    assert parrot.most_at_once == LOAD.concurrency
    assert (found.calls, found.errors) == (LOAD.calls, 0)
    assert found.ms_per_call == pytest.approx(found.seconds * 1000 / LOAD.calls)


@pytest.mark.parametrize(
    ("parrot", "first_error"),
    [
        (Parrot(wrong=frozenset({"text-3"})), "instead of 'text-3', it said 'TEXT-3'"),
        (Parrot(broken=frozenset({"text-3"})), "ConnectionError: gone"),
    ],
)
async def test_a_wrong_or_failed_call_is_counted_and_no_time_is_given(
    parrot: Parrot, first_error: str
) -> None:
    found = await measure(parrot, LOAD, app_pid=os.getpid())
    assert (found.calls, found.errors, found.first_error) == (LOAD.calls - 1, 1, first_error)
    assert found.ms_per_call is found.latency_p95_ms is found.cpu_ms is None


async def test_who_fails_in_the_warm_up_is_not_timed() -> None:
    parrot = Parrot(broken=frozenset({"side-0"}))
    found = await measure(parrot, LOAD, app_pid=os.getpid())
    assert (found.calls, found.errors, found.ms_per_call) == (4, 1, None)
    assert not any(text.startswith("text-") for text in parrot.heard)


def test_a_ratio_is_to_the_floor_of_the_same_round() -> None:
    # The second round is twice as slow for everyone, which must not show in the ratio.
    results = summarise(
        measured((0, FLOOR, 2.0), (0, "sdk", 3.0), (1, "sdk", 7.0), (1, FLOOR, 4.0))
    )
    assert [result.contestant for result in results] == [FLOOR, "sdk"]
    assert results[0].ratio == Spread(1.0, 1.0, 1.0)
    assert results[1].ratio == Spread(1.625, 1.5, 1.75)
    assert results[1].ms_per_call == Spread(5.0, 3.0, 7.0)


def test_a_round_with_errors_gives_no_ratio_and_its_errors_stay_visible() -> None:
    results = summarise(
        measured((0, FLOOR, 2.0), (0, "sdk", None), (1, FLOOR, 2.0), (1, "sdk", 3.0))
    )
    assert results[1].ratio == Spread(1.5, 1.5, 1.5)
    assert (results[1].rounds, results[1].errors, results[1].first_error) == (1, 1, "gone")


def test_without_numbers_there_is_no_spread() -> None:
    assert spread([None, None]) is None
    assert spread([3.0, None, 1.0, 2.0]) == Spread(2.0, 1.0, 3.0)


def test_there_is_one_table_for_each_endpoint_and_concurrency() -> None:
    other = Load(endpoint="echo_direct", concurrency=20, calls=10, seconds=1.0)
    measurements = [*measured((0, FLOOR, 2.0)), Measurement(0, FLOOR, other, sample(1.0))]
    tables = build_tables(summarise(measurements))
    titles = [table.title for table in tables]
    assert titles == ["/echo, 2 at a time", "/echo_direct, 20 at a time"]
    assert [table.row_count for table in tables] == [1, 1]


def test_every_worker_gets_calls_and_the_queue_comes_last() -> None:
    options = parse_options(["--calls", "50", "--concurrency", "1,100", "--seconds", "2"])
    assert build_loads(options) == (
        Load("echo_direct", 1, 50, 2.0),
        Load("echo", 1, 50, 2.0),
        Load("echo_direct", 100, 300, 2.0),
        Load("echo", 100, 300, 2.0),
    )


@pytest.mark.parametrize(
    "arguments",
    [["--only", "nobody"], ["--concurrency", "0"], ["--endpoints", "slow"], ["--rounds", "x"]],
)
def test_a_wrong_option_is_refused(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as refused:
        parse_options(arguments)
    assert refused.value.code == 2
    assert arguments[0] in capsys.readouterr().err


def test_among_many_a_call_may_take_longer() -> None:
    alone, crowded = (Load("echo", among, 1, 1.0).patience for among in (1, 500))
    assert 10 < alone < 11
    assert crowded == 60


def test_texts_of_a_kilobyte_have_a_table_of_their_own() -> None:
    options = parse_options(["--endpoints", "kilobyte", "--concurrency", "500", "--calls", "9"])
    [load] = build_loads(options)
    assert (load.title, load.calls, load.characters) == ("/echo of 1 kB", 1500, 1000)


def test_a_slope_is_told_from_zero_only_by_more_than_noise() -> None:
    dice = Random(0)
    noise = [(float(calls), dice.gauss(50, 1)) for calls in range(200)]
    flat, steep = fit(noise), fit([(calls, memory + 0.1 * calls) for calls, memory in noise])
    assert flat is not None
    assert flat.is_none
    assert steep is not None
    assert not steep.is_none
    assert steep.low < 0.1 < steep.high
    assert fit(noise[:2]) is None


def test_an_interval_is_wider_if_neighbours_are_alike() -> None:
    dice, wandering = Random(0), [0.0]
    for _ in range(199):
        wandering.append(0.9 * wandering[-1] + dice.gauss(0, 1))
    mixed = dice.sample(wandering, len(wandering))
    slow, quick = (fit(list(enumerate(memory))) for memory in (wandering, mixed))
    assert slow is not None
    assert quick is not None
    assert slow.error > 2 * quick.error


def test_more_spaces_are_compared_with_one_in_the_same_round() -> None:
    found = {f"{how}, {n} Spaces": [n / 10, n / 5] for how in ("cold", "warm") for n in (1, 20)}
    assert more_than_one(found, [1, 20])["cold, 20 Spaces"] == pytest.approx([1.9, 3.8])
    assert more_than_one(found, [1]) == {}


def test_a_peer_whose_environment_cannot_be_made_says_why(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    with pytest.raises(PeerUnavailable, match="file"):
        gradio_mcp_python(blocked)


async def test_a_process_that_ends_leaves_its_last_words() -> None:
    async with json_process([sys.executable, "-c", "raise SystemExit('no disk')"]) as process:
        with pytest.raises(ProcessFailed, match="ended before it answered: no disk"):
            await process.answer(10)


async def test_processor_time_is_that_of_the_process_asked_for() -> None:
    busy = (
        "import json, time\nwhile time.process_time() < 0.3: pass\nprint(json.dumps({}))\ninput()"
    )
    async with json_process([sys.executable, "-c", busy]) as process:
        await process.answer(30)
        used = cpu_seconds([process.pid])
        assert used is not None
        assert used >= 0.25
        assert process.pid in children_of(os.getpid())
        await settle([process.pid], seconds=5)
        assert cpu_seconds([process.pid]) == pytest.approx(used, abs=0.05)


def test_a_short_run_measures_everyone_over_both_routes(tmp_path: Path) -> None:
    written = tmp_path / "calls.json"
    command = [sys.executable, "benchmarks/calls.py", "--only", "sdk,sdk-legacy,gradio_client"]
    limits = ["--rounds", "1", "--calls", "4", "--concurrency", "2", "--json", str(written)]
    run = subprocess.run(
        [*command, *limits], cwd=ROOT, capture_output=True, text=True, timeout=240, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr
    document = json.loads(written.read_text(encoding="utf-8"))
    assert document["failures"] == {}
    found = {(each["endpoint"], each["contestant"]): each for each in document["results"]}
    names = (FLOOR, "sdk", "sdk-legacy", "gradio_client")
    assert set(found) == {(route, name) for route in ("/echo", "/echo_direct") for name in names}
    assert all(each["calls"] == 6 and each["errors"] == 0 for each in found.values())
    assert all(each["ratio"]["median"] > 0 for each in found.values())
    assert "/echo_direct, 2 at a time" in run.stdout


@pytest.mark.parametrize(
    ("script", "options", "told"),
    [
        ("listing.py", ["--counts", "3,40"], {"3", "40"}),
        ("start.py", ["--counts", "2"], {"minimal server", "warm, 2 Spaces", "cold, 2 Spaces"}),
    ],
)
def test_a_short_run_of_the_other_commands(
    script: str, options: list[str], told: set[str], tmp_path: Path
) -> None:
    written = tmp_path / "found.json"
    command = [sys.executable, f"benchmarks/{script}", "--rounds", "1", *options]
    ended = subprocess.run(
        [*command, "--json", str(written)], cwd=ROOT, capture_output=True, text=True, timeout=240
    )
    assert ended.returncode == 0, ended.stderr
    found = json.loads(written.read_text())
    measured = found["milliseconds"] if script == "listing.py" else found["seconds"]
    assert set(measured) == told
    assert all(name in ended.stdout for name in told)


def run_small(script: str, written: Path, *options: str) -> dict[str, Any]:
    """What a tiny run of one of the commands found."""
    command = [sys.executable, f"benchmarks/{script}", "--small", *options, "--json", str(written)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    found: dict[str, Any] = json.loads(written.read_text(encoding="utf-8"))
    return found


def test_fifty_users_are_each_answered_as_themselves(tmp_path: Path) -> None:
    found = run_small("users.py", tmp_path / "found.json")
    assert found["failures"] == {}
    results = {each["contestant"]: each for each in found["results"]}
    assert set(results) == {FLOOR, "space-tools", "users", "users-legacy"}
    assert all(each["calls"] == 50 and each["errors"] == 0 for each in results.values())
    assert set(found["times_stdio"]) == {"users", "users-legacy"}
    assert all(each["median"] > 0 for each in found["times_stdio"].values())


def test_calls_are_in_flight_together_and_memory_is_the_servers(tmp_path: Path) -> None:
    found = run_small("flight.py", tmp_path / "found.json")
    assert [flight["server"] for flight in found["flights"]] == ["sdk", "stdio", "http"]
    assert all(flight["errors"] == 0 for flight in found["flights"])
    for flight in found["flights"]:
        assert 20 < flight["start"] <= flight["before"] <= flight["peak"] < 400
        assert flight["cpu_ms"] > 0


def test_a_file_goes_in_and_out_of_the_server_as_it_is(tmp_path: Path) -> None:
    found = run_small("transfer.py", tmp_path / "found.json")
    assert found["failures"] == {}
    results = {(each["task"]["kind"], each["client"]): each for each in found["results"]}
    ways = ("gradio_client", "plain", "space-tools serve")
    assert set(results) == {(kind, way) for kind in ("upload", "download") for way in ways}
    assert all(each["errors"] == 0 for each in results.values())
    grown = [results[kind, "space-tools serve"]["growth_mib"] for kind in ("upload", "download")]
    assert all(0 <= each["median"] < 32 for each in grown)


def test_schemas_are_built_of_recorded_apps_beside_pydantics(tmp_path: Path) -> None:
    found = run_small("schemas.py", tmp_path / "found.json")
    counts = {name: each["endpoints"] for name, each in found["apps"].items()}
    assert counts == {"interface_app": 1, "chat_app": 1, "kitchen_sink": 138}
    for each in found["apps"].values():
        assert 0 < each["functions"] < 5000
        assert all(time > 0 for time in (*each["describe"], *each["build"], *each["peer"]))
    assert {"dataframe", "textbox"} < set(found["components"])


@pytest.mark.parametrize("transport", ["stdio", "http"])
def test_calls_of_all_kinds_end_as_they_should(transport: str, tmp_path: Path) -> None:
    found = run_small("soak.py", tmp_path / "found.json", "--transport", transport)
    assert set(found["servers"]) == {"space-tools", "sdk"}
    for soaked in found["servers"].values():
        assert soaked["errors"] == []
        assert soaked["calls"] > 0
        assert all(moment["memory"] > 20 for moment in soaked["moments"])
        assert all(moment["descriptors"] > 3 for moment in soaked["moments"])
