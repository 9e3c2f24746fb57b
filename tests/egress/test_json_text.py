"""What is read of other people's JSON, and what is too much of it."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from space_tools.egress.json_text import parse_json

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
    assert parse_json(json.dumps({"a": text, "b": [text]}).encode(), 2 * KIB) == {
        "a": text,
        "b": [text],
    }


@pytest.mark.parametrize("broken", [b"", b"{", b'"a', b"[1,]", b"\xff", b'"\\ud800"', b"[" * 9999])
def test_what_is_none_says_so(broken: bytes) -> None:
    with pytest.raises(ValueError, match="is not JSON"):
        parse_json(broken)


def test_a_text_without_end_is_looked_through_once() -> None:
    with pytest.raises(ValueError, match="is not JSON"):
        parse_json(b'"' + b'\\",' * 100 * KIB, 32 * KIB)
