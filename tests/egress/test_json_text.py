"""What is read of other people's JSON, and what is too much of it."""

import json
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from space_tools.egress.json_text import fits, parse_json

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)

KIB = 1024


@given(VALUES)
def test_what_is_small_is_read_as_it_is(value: Any) -> None:
    assert parse_json(json.dumps(value).encode()) == value


@pytest.mark.parametrize("many", ["[]", "{}", "1", '"a"', '{"a":1}'])
def test_few_bytes_that_become_many_are_not_unfolded(many: str) -> None:
    with pytest.raises(ValueError, match="has too many values"):
        parse_json(f"[{','.join([many] * KIB)}]".encode(), 32 * KIB)


@pytest.mark.parametrize("text", ["[{,:" * KIB, '\\"[' * KIB, "\\" * KIB, '",' * KIB])
def test_text_is_no_values(text: str) -> None:
    content = json.dumps({"a": text, "b": [text]}).encode()
    assert parse_json(content, 3 * len(content) + KIB) == {"a": text, "b": [text]}


@pytest.mark.parametrize(
    ("text", "width"),
    [("x", 1), ("\n", 1), ("\xe9", 2), ("\u4e00", 2), ("\U0001f600", 4)],
)
@pytest.mark.parametrize("ensure_ascii", [True, False])
def test_one_letter_can_make_all_of_its_text_wide(
    text: str, width: int, ensure_ascii: bool
) -> None:
    wide = json.dumps(["x" * 100 * KIB + text], ensure_ascii=ensure_ascii).encode()
    narrow = json.dumps(["x" * 100 * KIB, text], ensure_ascii=ensure_ascii).encode()
    # Where it is escaped, the text is there once more before it is a string.
    copies = 2 if b"\\" in wide else 1
    enough = (copies + width) * len(wide) + KIB
    assert parse_json(wide, enough) == ["x" * 100 * KIB + text]
    assert parse_json(narrow, (copies + 1) * len(narrow) + KIB) == ["x" * 100 * KIB, text]
    with pytest.raises(ValueError, match="has too much text"):
        parse_json(wide, enough - 10 * KIB)


@given(st.text(st.sampled_from('\\u"x\xe9\u4e00\U0001f600\n[,')), st.booleans())
def test_no_text_takes_more_than_was_said(text: str, ensure_ascii: bool) -> None:
    content = json.dumps(text * 1000, ensure_ascii=ensure_ascii).encode()
    needed = len(content) + sys.getsizeof(text * 1000)
    assert not fits(content, needed - 500)


def test_so_many_texts_that_each_would_take_its_time_are_not_looked_at() -> None:
    with pytest.raises(ValueError, match="has too many values"):
        parse_json(b'"' * 4_000_000)


@pytest.mark.parametrize("broken", [b"", b"{", b'"a', b"[1,]", b"\xff", b'"\\ud800"', b"[" * 9999])
def test_what_is_none_says_so(broken: bytes) -> None:
    with pytest.raises(ValueError, match="is not JSON"):
        parse_json(broken)


def test_a_text_without_end_is_looked_through_once() -> None:
    with pytest.raises(ValueError, match="is not JSON"):
        parse_json(b'"' + b'\\",' * 100 * KIB, 1024 * KIB)
