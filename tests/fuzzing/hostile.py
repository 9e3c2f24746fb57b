"""Values that a hostile app, agent or page might send, drawn at random."""

import json
from typing import Any

from hypothesis import strategies as st

Values = st.SearchStrategy[Any]

ODD_TEXT = st.sampled_from(
    ["", "\0", "\ud800", "\u202e", "\x1b[2J", "NaN", "../..", "{}", "data:,", "x" * 5000, "ü" * 200]
)
TEXT = st.text(st.characters(codec=None), max_size=20) | ODD_TEXT

NUMBERS = st.one_of(
    st.integers(-3, 70),
    st.integers(),
    st.sampled_from([10**400, -(10**400), 2**53, 2**63, 1e308, -0.0]),
    st.floats(),
)

SCALARS = st.none() | st.booleans() | NUMBERS | TEXT

JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)
"""Anything that JSON can say, and Python's reader of it can read."""


def one_of_these(*keys: str, values: Values = JSON) -> Values:
    """Objects with some of these keys, and whatever in them."""
    return st.fixed_dictionaries({}, optional=dict.fromkeys(keys, values))


def to_bytes(value: Any) -> bytes:
    """As JSON; with its NaN, infinities and lone surrogates."""
    return json.dumps(value).encode("utf-8", "surrogatepass")


@st.composite
def spoiled(draw: st.DrawFn, value: Any) -> Any:
    """A value with up to three places in it changed, taken away, or doubled."""
    whole = json.loads(json.dumps(value))
    for _ in range(draw(st.integers(1, 3))):
        whole = _spoiled_once(draw, whole)
    return whole


def _spoiled_once(draw: st.DrawFn, value: Any) -> Any:
    keys = (
        list(value)
        if isinstance(value, dict)
        else range(len(value))
        if isinstance(value, list)
        else ()
    )
    if not keys or draw(st.integers(0, 9)) == 0:
        return draw(JSON)
    key = draw(st.sampled_from(keys))
    what = draw(st.integers(0, 9))
    if what == 0:
        del value[key]
    elif what == 1 and isinstance(value, list):
        value.append(value[key])
    elif what == 2 and isinstance(value, dict):
        value[draw(TEXT)] = value[key]
    else:
        value[key] = _spoiled_once(draw, value[key])
    return value
