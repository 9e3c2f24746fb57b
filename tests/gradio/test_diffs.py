"""Partial outputs come out as the app meant them, whatever version of Gradio sent the edits."""

import copy
import gzip
import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from space_tools.errors import ProtocolError
from space_tools.gradio.diffs import apply_diff, apply_diffs

VECTORS = Path(__file__).parent.parent / "recordings" / "diffs"
"""For each version whose edits differ from the one before: `[old, diff, new]` as it made them."""

SCALARS = st.none() | st.booleans() | st.integers(-3, 3) | st.floats() | st.text(max_size=3)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=2), inner),
    max_leaves=8,
)
STEPS = st.lists(st.integers(-4, 4) | st.text(max_size=2) | JSON, max_size=3)
EDITS = st.tuples(st.sampled_from(["replace", "append", "add", "delete", "move"]), STEPS, JSON)


def vectors(version: str) -> list[tuple[Any, Any, Any]]:
    recorded: list[tuple[Any, Any, Any]] = json.loads(
        gzip.decompress((VECTORS / f"{version}.json.gz").read_bytes())
    )
    return recorded


@pytest.mark.parametrize("version", ["4.44.1", "5.49.1"])
def test_recorded_edits_give_the_value_that_the_app_had(version: str) -> None:
    recorded = vectors(version)
    assert len(recorded) > 90
    for old, diff, new in recorded:
        before = copy.deepcopy((old, diff))
        assert apply_diff(old, diff) == new
        assert (old, diff) == before


@pytest.mark.parametrize(
    ("old", "diff", "new"),
    [
        ("a", [], "a"),
        ("a", [["replace", [], "b"]], "b"),
        ("a", [["append", [], "b"]], "ab"),
        (None, [["replace", [], {"a": 1}]], {"a": 1}),
        ([1], [["add", [1], 2]], [1, 2]),
        ([1], [["add", [0], 0]], [0, 1]),
        ({"a": 1}, [["add", ["b"], 2]], {"a": 1, "b": 2}),
        ({"a": 1, "": 2}, [["delete", [""], None]], {"a": 1}),
        ({"a": ["x"]}, [["append", ["a", 0], "y"]], {"a": ["xy"]}),
        ({"a": {"b": 1}}, [["replace", ["a", "b"], None]], {"a": {"b": None}}),
        ({"a": 1}, [["replace", ["b"], 2]], ProtocolError),
        # A list is only ever shortened at its end, but servers number what they drop wrongly.
        ([1, 2, 3], [["delete", [1], None], ["delete", [2], None]], [1]),
        ([1, 2, 3], [["delete", [-2], None], ["delete", [-3], None]], [1]),
    ],
)
def test_an_edit_does_what_it_says(old: Any, diff: Any, new: Any) -> None:
    if new is ProtocolError:
        with pytest.raises(ProtocolError):
            apply_diff(old, diff)
    else:
        assert apply_diff(old, diff) == new


@pytest.mark.parametrize(
    ("old", "diff"),
    [
        ("a", None),
        ("a", 1),
        ("a", [[]]),
        ("a", [["append", [], 1]]),
        ("a", [["append", ["x"], "b"]]),
        ("a", [["delete", [0], None]]),
        ("a", [["explode", [], None]]),
        ([], [["delete", [0], None]]),
        ([], [["add", ["key"], 1]]),
        ([], [["add", [], 1]]),
        ({}, [["delete", ["key"], None]]),
        ({}, [["replace", ["a", "b"], 1]]),
        ({}, [["add", [[]], 1]]),
        (None, [["add", ["a"], 1]]),
    ],
)
def test_an_edit_that_does_not_fit_is_a_protocol_error(old: Any, diff: Any) -> None:
    with pytest.raises(ProtocolError, match="does not fit"):
        apply_diff(old, diff)


@given(JSON, st.lists(EDITS, max_size=4) | JSON)
def test_no_edit_raises_anything_else_or_changes_what_was_there(old: Any, diff: Any) -> None:
    before = repr((old, diff))
    with suppress(ProtocolError):
        apply_diff(old, diff)
    assert repr((old, diff)) == before


def test_every_output_has_its_own_edits() -> None:
    assert apply_diffs(["a", 1], [[["append", [], "b"]], []]) == ["ab", 1]
    with pytest.raises(ProtocolError, match="another number of outputs"):
        apply_diffs(["a", 1], [[]])


def test_outputs_given_before_stay_as_they_were() -> None:
    first = [{"l": [1, {"k": "x"}]}]
    second = apply_diffs(first, [[["append", ["l", 1, "k"], "y"], ["add", ["l", 2], 3]]])
    assert first == [{"l": [1, {"k": "x"}]}]
    assert second == [{"l": [1, {"k": "xy"}, 3]}]
