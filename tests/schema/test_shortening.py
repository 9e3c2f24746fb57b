"""Values cut to size: still of their types, and never much larger than asked."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from space_tools.schema.outputs import OutputFile
from space_tools.schema.shortening import cut, share, shorten, weigh
from tests.schema.test_outputs import JSON

LONG_JSON = st.recursive(
    st.one_of(st.none(), st.integers(), st.text(), st.just("x" * 300)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=30), st.dictionaries(st.text(max_size=5), inner, max_size=30)
    ),
    max_leaves=60,
)


def size(value: Any) -> int:
    return len(json.dumps(value, ensure_ascii=False).encode(errors="replace"))


def keeps_its_types(whole: Any, short: Any) -> bool:
    if type(whole) is not type(short):
        return False
    if isinstance(whole, dict):
        return all(keeps_its_types(whole[key], short[key]) for key in short)
    if isinstance(whole, list):
        return all(keeps_its_types(*pair) for pair in zip(whole, short, strict=False))
    if isinstance(whole, str):
        return whole == short or (short.endswith("…") and whole.startswith(short[:-1]))
    return bool(whole == short)


@given(LONG_JSON, st.integers(20, 2000))
def test_a_value_is_cut_to_size_and_keeps_its_types(value: Any, room: int) -> None:
    short = shorten(value, room)
    assert keeps_its_types(value, short)
    if weigh(value, 10**6) <= room:
        assert short == value


@given(JSON)
def test_a_weight_is_about_the_size_as_json(value: Any) -> None:
    weight = weigh(value, 10**6)
    escaped = json.dumps(value).count("\\")
    assert size(value) - 5 * escaped <= weight + 4
    assert weigh(value, 10) <= weight


def test_what_is_small_is_kept_and_what_is_large_shares_the_rest() -> None:
    assert share([10, 1000, 2000], 510) == [10, 250, 250]
    assert share([10, 20], 100) == [10, 20]
    assert share([], 100) == []
    long = {"headers": ["a"], "data": [[number] for number in range(10_000)], "note": "x" * 9999}
    short = shorten(long, 2000)
    assert short["headers"] == ["a"]
    assert 100 < len(short["data"]) < 300
    assert 700 < len(short["note"]) < 1100
    assert size(short) < 2100


def test_an_object_of_very_many_members_keeps_the_first() -> None:
    short = shorten({str(number): number for number in range(100_000)}, 1000)
    assert list(short) == [str(number) for number in range(len(short))]
    assert 50 < len(short) < 100


def test_a_file_stays_whole() -> None:
    file = OutputFile(uri="space-tools://files/id/a.png", name="a.png")
    assert shorten([file, file], 10) == [file]
    assert shorten({"image": file, "caption": "x" * 500}, 200)["image"] is file


def test_no_character_is_cut_in_half() -> None:
    for room in range(3, 40):
        short = cut("ü🎉" * 100, room)
        assert short.endswith("…")
        assert len(short.encode()) <= room
        assert ("ü🎉" * 100).startswith(short[:-1])
    assert cut("short", 5) == "short"
