"""Third-party text comes out safe to show, and stays as it is otherwise."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from space_tools.schema.text import clean, one_line, own_label, visible, visible_json

NASTY = st.text(
    alphabet=st.one_of(
        st.characters(),
        st.sampled_from('\x1b[]\x07m;0\n\t \r\x9b\u200b\u202e\ufeff\U000e0041\u2028_{}"i18n:key.,'),
        st.integers(0xD800, 0xDFFF).map(chr),
    ),
    max_size=200,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]8;;https://example.org\x07link\x1b]8;;\x1b\\", "link"),
        ("\x1b]0;never ended\nnext line", "next line"),
        ("\x1bPq#0;2;0;0;0\x1b\\after", "after"),
        ("\x9b2Jcleared", "cleared"),
        ("over\b\b\b\bwritten", "overwritten"),
        ("zero\u200bwidth\u2060joined\ufeff", "zerowidthjoined"),
        ("\u202eright to left\u202c", "right to left"),
        ("tag\U000e0041\U000e0042ged", "tagged"),
        ("soft\u00adhyphen, filler\u3164", "softhyphen, filler"),
        ("lone \ud800 surrogate", "lone  surrogate"),
        ("👩\u200d🔬 and ✈\ufe0f", "👩🔬 and ✈"),
        ("日本語 — naïve ünï", "日本語 — naïve ünï"),
        ("a\r\nb\rc\u2028d", "a\nb\nc\nd"),
        ("a\n\n \n\t\n\nb\tc\n", "a\n\nb\tc"),
        ("\n\n  \n", ""),
        (None, ""),
        (3.5, "3.5"),
        (["x"], "['x']"),
    ],
)
def test_clean_keeps_what_can_be_seen(text: object, expected: str) -> None:
    assert clean(text) == expected


@pytest.mark.parametrize(
    ("limit", "expected"), [(20, "one two three"), (9, "one two…"), (1, "…"), (0, "")]
)
def test_text_is_cut_at_its_limit(limit: int, expected: str) -> None:
    assert clean("one two three", limit) == expected


def test_a_text_that_gradio_has_translated_shows_its_key() -> None:
    mark = '__i18n__{"__type__": "translation_metadata", "key": "chat_interface.chat_bot"}'
    assert one_line(mark) == "chat bot"


def test_one_line_has_no_other_white_space_than_single_spaces() -> None:
    assert one_line("  a\n\n b\t\u00a0c  ") == "a b c"


@pytest.mark.parametrize(
    ("label", "expected"), [("parameter_12", ""), ("value_3", ""), (" Prompt\n", "Prompt")]
)
def test_a_label_that_gradio_made_up_is_none(label: str, expected: str) -> None:
    assert own_label(label) == expected


def test_visible_json_reaches_every_string_and_key() -> None:
    assert visible_json({"a\u200b": ["\x1b[1mb", 1, None, {"c": "d\x00"}]}) == {
        "a": ["b", 1, None, {"c": "d"}]
    }


def test_cleaning_a_huge_text_costs_what_its_limit_allows() -> None:
    assert clean("\u200b" * 10_000_000 + "late", 100) == ""


@given(NASTY, st.integers(0, 120))
def test_nothing_invisible_is_left(text: str, limit: int) -> None:
    for cleaned in (clean(text, limit), one_line(text, limit)):
        assert len(cleaned) <= limit
        assert cleaned == cleaned.strip()
        left = set(cleaned) - {"\n", "\t"}
        assert not {unicodedata.category(c) for c in left} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
        assert not any("\ufe00" <= c <= "\ufe0f" or "\U000e0000" <= c <= "\U000e0fff" for c in left)
        cleaned.encode()


@given(NASTY, st.integers(0, 120))
def test_cleaning_twice_changes_nothing(text: str, limit: int) -> None:
    assert visible(visible(text)) == visible(text)
    assert clean(clean(text, limit), limit) == clean(text, limit)
    assert one_line(one_line(text, limit), limit) == one_line(text, limit)
