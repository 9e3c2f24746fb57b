"""However the network breaks, no call runs twice, and nobody is told what is not so."""

import os
import time
from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from tests.faults.campaign import (
    FAULTS,
    KINDS,
    WAYS,
    Campaign,
    Told,
    duplicates,
    misclassified,
    settled_counts,
)
from tests.gradio.leftovers import nothing_left_behind
from tests.gradio_server import RunningApp, run_app

SEED = int(os.environ.get("FAULTS_SEED", "20261121"))
CALLS = int(os.environ.get("FAULTS_CALLS", "2000"))
"""Calls that meet a fault."""


@pytest.fixture(scope="module")
def app() -> Iterator[RunningApp]:
    """The app that counts its calls by their ids."""
    with run_app("counting_app") as app:
        yield app


async def test_no_call_runs_twice_and_every_caller_is_told_what_is_so(
    app: RunningApp, record_property: Callable[[str, object], None]
) -> None:
    campaign, started = Campaign(app.port, SEED, CALLS), time.monotonic()
    async with nothing_left_behind(within=5.0):
        await campaign.run()
    counts = await settled_counts(app.url)
    told, twice, wrong = campaign.told, duplicates(counts), misclassified(campaign.told, counts)
    outcomes = Counter(call.outcome for call in told)
    record_property(
        "figure",
        f"seed {SEED}: {len(told)} calls in {time.monotonic() - started:.0f} s, "
        f"{campaign.faulted} of them faulted: duplicate executions {len(twice)}, "
        f"misclassified {len(wrong)}; {dict(outcomes)}",
    )
    assert (twice, wrong) == ([], [])
    assert len({call.id for call in told}) == len(told) >= campaign.faulted >= CALLS
    assert all(outcomes[outcome] for outcome in ("done", "failed", "not_started", "unknown"))
    assert {(call.way, call.kind) for call in told} == {
        (way.__name__, kind) for way in WAYS for kind in KINDS
    }
    met = {name for call in told for name in call.fault.split(" and ") if name}
    assert met == {fault.__name__ for fault in FAULTS} | {"cancellation"}


@pytest.mark.parametrize(
    ("outcome", "counted"),
    [
        ("done", [0, 0, 0, 0]),
        ("done", [1, 0, 0, 1]),
        ("failed", [1, 1, 0, 0]),
        ("not_started", [1, 1, 0, 0]),
        ("unknown", [2, 2, 0, 0]),
        ("KeyError()", [0, 0, 0, 0]),
    ],
)
def test_what_is_not_so_is_found(outcome: str, counted: list[int]) -> None:
    told = Told("a", "queued", "by_app", "", outcome)
    assert misclassified([told], {"a": counted}) == [(told, counted)]


def test_what_ran_twice_is_found() -> None:
    assert duplicates({"a": [1, 1, 0, 0], "b": [2, 1, 0, 1]}) == ["b"]
