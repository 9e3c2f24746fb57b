"""What is told of a running call: short, and without what would command a terminal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from space_tools.gradio.messages import (
    Log,
    Partial,
    Progress,
    ProgressUnit,
    Queued,
    Started,
    Update,
)
from space_tools.schema.outputs import OutputFile
from space_tools.tools.narration import LONGEST, Meter, describe

HOSTILE = "\x1b]0;owned\x07\u202e" + "x" * 100_000
BAR = ProgressUnit(index=3, length=10, unit=HOSTILE, progress=None, desc=HOSTILE)


@pytest.mark.parametrize(
    ("update", "words"),
    [
        (Queued(rank=2, queue_size=12, eta=40.2), "queued 3 of 12, about 40 s"),
        (Queued(rank=None, queue_size=None, eta=None), "queued"),
        (Started(eta=0.2), "running"),
        (Progress((ProgressUnit(12, 50, "step", None, "denoising"),)), "step 12 of 50 · denoising"),
        (Progress((ProgressUnit(None, None, None, 0.5, "half"),)), "half 50%"),
        (Progress(()), None),
        (Log("careful", "warning", "Warning"), "warning: careful"),
        (Log("careful", "warning", "Own"), "warning: Own: careful"),
        (Partial([{"Out": "so far"}]), "so far"),
        (Partial([{"Out": OutputFile(url="data:image/png;base64,AA==", name="a.png")}]), "a.png"),
        (Partial([{"a": 1, "b": [2]}]), '{"a": 1, "b": [2]}'),
    ],
)
def test_updates_are_told_in_words(update: Update, words: str | None) -> None:
    assert describe(update) == words


@pytest.mark.parametrize(
    "update",
    [
        Log(HOSTILE, HOSTILE, HOSTILE),
        Progress((BAR,) * 50_000),
        Partial([{HOSTILE: HOSTILE}]),
        Partial([{"a": HOSTILE, "b": HOSTILE}]),
    ],
)
def test_an_apps_words_are_cleaned_and_bounded(update: Update) -> None:
    words = describe(update)
    assert words is not None
    assert words.isprintable()
    assert len(words) <= 2 * LONGEST


@given(st.lists(st.none() | st.floats(-1, 2), max_size=50))
def test_progress_only_ever_grows(fractions: list[float | None]) -> None:
    meter, before = Meter(), 0.0
    for fraction in fractions:
        bar = ProgressUnit(None, None, None, fraction, None)
        value = meter.advance(None if fraction is None else Progress((bar,)))
        assert before < value < 1
        before = value
