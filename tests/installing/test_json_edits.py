"""One member put into JSON of any layout, and taken out: all else byte for byte as it was."""

import json
from typing import Any

import json5
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from space_tools.errors import ConfigurationError
from space_tools.installing.documents import Place
from space_tools.installing.json_text import parse_json

OURS = {"command": "/usr/bin/space-tools", "args": ["serve", "--space", "a/b"]}
NAME = "space-tools"
JSON = Place("json", "mcpServers")
JSONC = Place("jsonc", "mcpServers")

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text('ab"\\/*{},:\n üé', max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text("abc/", max_size=3), inner, max_size=3)
    ),
    max_leaves=6,
)
SPACES = st.sampled_from(["", " ", "  ", "\n", "\r\n", "\n\t", "\n    ", " \n"])
COMMENTS = st.sampled_from(["// it's {\n", "/* , } */", " // x\r\n", "\n// y\n  ", "/*\n*/"])


def draw_text(draw: st.DrawFn, value: Any, gaps: st.SearchStrategy[str], *, trailing: bool) -> str:
    """A way to write a value: `gaps` between all that it is made of."""

    def gap() -> str:
        return draw(gaps)

    def listed(items: list[str], brackets: str) -> str:
        comma = "," if trailing and items and draw(st.booleans()) else ""
        return brackets[0] + ",".join(items) + (comma + gap() if comma else "") + brackets[1]

    if isinstance(value, dict):
        members = [
            f"{gap()}{json.dumps(key)}{gap()}:{gap()}{write(draw, item, gaps, trailing)}{gap()}"
            for key, item in value.items()
        ]
        return listed(members, "{}")
    if isinstance(value, list):
        return listed([gap() + write(draw, item, gaps, trailing) + gap() for item in value], "[]")
    return json.dumps(value, ensure_ascii=draw(st.booleans()))


def write(draw: st.DrawFn, value: Any, gaps: st.SearchStrategy[str], trailing: bool) -> str:
    return draw_text(draw, value, gaps, trailing=trailing)


@st.composite
def documents(draw: st.DrawFn, *, comments: bool) -> tuple[str, dict[str, Any]]:
    """A configuration with other servers in it, as text and as value."""
    servers = draw(st.dictionaries(st.text("abc", min_size=1, max_size=3), VALUES, min_size=1))
    others = draw(st.dictionaries(st.text("xyz", max_size=3), VALUES, max_size=2))
    keys = draw(st.permutations(["mcpServers", *others]))
    value = {key: servers if key == "mcpServers" else others[key] for key in keys}
    gaps = SPACES | COMMENTS if comments else SPACES
    text = draw(gaps) + draw_text(draw, value, gaps, trailing=comments) + draw(gaps)
    return text, value


def common(one: str, other: str) -> int:
    """How many characters both begin with."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((place for place, (a, b) in pairs if a != b), min(len(one), len(other)))


def check_round_trip(place: Place, text: str, value: dict[str, Any], read: Any) -> bytes:
    """What is left when our entry was put in and taken out again."""
    before = text.encode()
    with_ours = place.put(before, NAME, OURS)
    expected = {**value, "mcpServers": {**value["mcpServers"], NAME: OURS}}
    assert read(with_ours.decode()) == expected
    assert list(read(with_ours.decode())) == list(value)

    # An independent look: what is new is in one place, where there was only room before.
    new = with_ours.decode()
    start = common(text, new)
    end = common(text[start:][::-1], new[start:][::-1])
    between = text[start : len(text) - end]
    assert parse_json(between, comments=True) is None
    assert between.strip() in new[start : len(new) - end]

    assert place.put(with_ours, NAME, OURS) == with_ours
    assert place.remove(before, NAME) == before
    return place.remove(with_ours, NAME)


@given(documents(comments=False))
def test_json_of_any_layout(document: tuple[str, dict[str, Any]]) -> None:
    assert check_round_trip(JSON, *document, read=json.loads) == document[0].encode()


@settings(deadline=None, max_examples=40)  # json5 is slow
@given(documents(comments=True))
def test_json_with_comments_of_any_layout(document: tuple[str, dict[str, Any]]) -> None:
    left = check_round_trip(JSONC, *document, read=json5.loads)
    # A comment may have been left a line of its own.
    assert b"".join(left.split()) == b"".join(document[0].encode().split())


@settings(deadline=None, max_examples=40)
@given(documents(comments=True), st.data())
def test_any_member_can_be_replaced_or_taken_out(
    document: tuple[str, dict[str, Any]], data: st.DataObject
) -> None:
    text, value = document
    name = data.draw(st.sampled_from(sorted(value["mcpServers"])))
    replaced = JSONC.put(text.encode(), name, OURS).decode()
    assert json5.loads(replaced) == {
        **value,
        "mcpServers": {**value["mcpServers"], name: OURS},
    }
    removed = JSONC.remove(text.encode(), name).decode()
    others = {key: item for key, item in value["mcpServers"].items() if key != name}
    assert json5.loads(removed) == {**value, "mcpServers": others}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", '{\n  "mcpServers": {\n    "s": {\n      "a": 1\n    }\n  }\n}\n'),
        ("{}", '{\n  "mcpServers": {\n    "s": {\n      "a": 1\n    }\n  }\n}'),
        ("// mine\n", '// mine\n{\n  "mcpServers": {\n    "s": {\n      "a": 1\n    }\n  }\n}\n'),
        ('{"b":1}', '{"b":1, "mcpServers": {"s": {"a": 1}}}'),
        ('{"mcpServers":{}}', '{"mcpServers":{"s": {"a": 1}}}'),
        (
            '{\n\t"b": 1, // one\n\t// "c": 2\n}\n',
            '{\n\t"b": 1, // one\n\t"mcpServers": {\n\t\t"s": {\n\t\t\t"a": 1\n\t\t}\n\t},\n'
            '\t// "c": 2\n}\n',
        ),
        (
            '{\r\n "b": 1\r\n}',
            '{\r\n "b": 1,\r\n "mcpServers": {\r\n  "s": {\r\n   "a": 1\r\n  }\r\n }\r\n}',
        ),
        (
            '{\n  "mcpServers": { "s": { "a": 2, "b": 3 }, "t": {} }\n}',
            '{\n  "mcpServers": { "s": {"a": 1}, "t": {} }\n}',
        ),
        ("\ufeff{}", '\ufeff{\n  "mcpServers": {\n    "s": {\n      "a": 1\n    }\n  }\n}'),
    ],
)
def test_an_entry_is_written_as_its_neighbours_are(before: str, after: str) -> None:
    written = JSONC.put(before.encode(), "s", {"a": 1})
    assert written.decode() == after


@pytest.mark.parametrize(
    "text",
    [
        '{\n\t"mcpServers": {\n\t\t"a": {"x": 1} // note\n\t\t// "b": {}\n\t}\n}\n',
        '{\r\n    "mcpServers": {\r\n        "z": {}, // last\r\n    },\r\n}',
        '{"mcpServers": {"a": [1, 2,], /* b */}, }',
        '{\n  "mcpServers": {\n    "a": 1}\n}',
        '{"mcpServers":{}}',
    ],
)
def test_comments_stay_where_they_were(text: str) -> None:
    assert JSONC.remove(JSONC.put(text.encode(), NAME, OURS), NAME).decode() == text


def test_of_a_key_that_is_there_twice_the_one_that_counts_is_replaced_and_both_removed() -> None:
    text = b'{"mcpServers": {"s": 1, "t": 2, "s": 3}}'
    assert JSON.put(text, "s", {}) == b'{"mcpServers": {"s": 1, "t": 2, "s": {}}}'
    assert JSON.remove(text, "s") == b'{"mcpServers": {"t": 2}}'


def test_an_object_that_is_left_empty_is_left() -> None:
    assert JSON.remove(JSON.put(b"{}", NAME, OURS), NAME) == b'{\n  "mcpServers": {}\n}'


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('{"a": 1,\n b}', "is not valid JSON, line 2: 'b}' cannot stand there"),
        ('{"a": 1', "is not valid JSON, line 1: it ends too early"),
        ('{"a": 1} {', "is not valid JSON, line 1: something follows its end"),
        ('{"a": "\\x"}', "is not valid JSON, line 1"),
        ('{"a": 01}', "is not valid JSON, line 1"),
        ("{'a': 1}", "is not valid JSON, line 1"),
        ("[1]", "is JSON, but no object"),
        ('{"mcpServers": []}', "has no object at `mcpServers`"),
        ("[" * 100_000, "is nested too deeply"),
    ],
)
def test_what_cannot_be_read_is_refused(text: str, sentence: str) -> None:
    for place in (JSON, JSONC):
        with pytest.raises(ConfigurationError) as refused:
            place.put(text.encode(), NAME, OURS)
        assert sentence in str(refused.value)


@pytest.mark.parametrize("text", ['{"a": 1,}', '{"a": [1,]}', "{/* c */}", "{} // c"])
def test_comments_and_trailing_commas_are_refused_where_the_client_would_not_read_them(
    text: str,
) -> None:
    assert JSONC.entries(text.encode()) == {}
    with pytest.raises(ConfigurationError, match="is not valid JSON, line 1"):
        JSON.entries(text.encode())


def test_what_is_not_utf8_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="is not UTF-8"):
        JSON.entries("{}".encode("utf-16"))
