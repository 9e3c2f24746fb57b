"""Third-party text comes out safe to show, and stays as it is otherwise."""

import re
import sys
import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from space_tools.schema.text import clean, legible, one_line, own_label, visible, visible_json

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
        ("\x1b[1 qcursor", "cursor"),
        ("\x1bXstart of string\x1b\\after", "after"),
        ("\x1b^private\x1b\\after", "after"),
        ("\x1b_program\x9cafter", "after"),
        ("\x90device\x9cafter", "after"),
        ("\x98string\x9cafter", "after"),
        ("\x9dsystem\x07after", "after"),
        ("\x9eprivate\x9cafter", "after"),
        ("\x9fprogram\x9cafter", "after"),
        ("\x1b]0;begun\x1b[1mbold", "bold"),
        ("\x1b(Bcharset", "charset"),
        ("\x1bcreset", "reset"),
        ("a\n\n\nb", "a\n\nb"),
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
    ("limit", "expected"),
    [
        (20, "one two three"),
        (13, "one two three"),
        (12, "one two thr…"),
        (9, "one two…"),
        (1, "…"),
        (0, ""),
    ],
)
def test_text_is_cut_at_its_limit(limit: int, expected: str) -> None:
    assert clean("one two three", limit) == expected


def test_a_text_that_gradio_has_translated_shows_its_key() -> None:
    mark = '__i18n__{"__type__": "translation_metadata", "key": "chat_interface.chat_bot"}'
    assert one_line(mark) == "chat bot"


@pytest.mark.parametrize(
    "mark",
    [
        '__i18n__{{"key": "x"}',
        '__i18n__{}"key": "x"}',
        '__i18n__{"key": "a{b.c"}',
        '__i18n__{"key": "a}b.c"}',
        '__i18n__{"key": "a"b.c"}',
        '__i18n__{"key": "a{b"}',
        '__i18n__{"key": "a}b"}',
        '__i18n__{"key": "a"b"}',
        '__i18n__{"key": "a."}',
    ],
)
def test_what_is_no_mark_of_a_translation_stays(mark: str) -> None:
    assert clean(mark) == mark


@pytest.mark.parametrize(("cut", "limit"), [(clean, 1000), (one_line, 200), (own_label, 200)])
def test_what_is_given_no_limit_has_one(cut: Callable[[str], str], limit: int) -> None:
    assert cut("x" * limit) == "x" * limit
    assert cut("x" * (limit + 1)) == "x" * (limit - 1) + "…"


def test_one_line_has_no_other_white_space_than_single_spaces() -> None:
    assert one_line("  a\n\n b\t\u00a0c  ") == "a b c"


@pytest.mark.parametrize(
    ("label", "expected"), [("parameter_12", ""), ("value_3", ""), (" Prompt\n", "Prompt")]
)
def test_a_label_that_gradio_made_up_is_none(label: str, expected: str) -> None:
    assert own_label(label) == expected


def test_visible_json_reaches_every_string_and_key() -> None:
    assert visible_json({"a\u200b": ["\x1b[1mb", 1, None, {"c": ("d\x00",)}]}) == {
        "a": ["b", 1, None, {"c": ["d"]}]
    }


def test_cleaning_a_huge_text_costs_what_its_limit_allows() -> None:
    assert clean("\u200b" * 10_000_000 + "late", 100) == ""
    assert clean("\u200b" * 639 + "ab", 10) == "a"


LETTERS_THAT_DO_NOT_SHOW = set("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u3164\uffa0")
"""Default-ignorable by Unicode, in categories of what shows; beside variation selectors."""


def hides(character: str) -> bool:
    """Whether nobody sees a character, or it moves what is seen."""
    code = ord(character)
    selector = 0xFE00 <= code <= 0xFE0F or 0xE0000 <= code <= 0xE0FFF
    unassigned = 0xFFF0 <= code <= 0xFFF8 or code == 0x2065
    category = unicodedata.category(character)
    ignorable = selector or unassigned or character in LETTERS_THAT_DO_NOT_SHOW
    return ignorable or category in {"Cc", "Cf", "Cs"}


LINE_ENDS = set("\r\u2028\u2029")
NEEDED = set("\t\n\r\u061c\u180b\u180c\u180d\u180f\u200c\u200d\u200e\u200f")
"""What writing needs of what hides, beside variation selectors."""

EVERY = [chr(code) for code in range(sys.maxunicode + 1)]
HIDDEN = {c for c in EVERY if hides(c)}
"""Known before the tests, which then ask for all of them at once."""


def test_every_code_point_is_kept_or_hidden_as_unicode_has_it() -> None:
    def expected(c: str) -> str:
        return c if c in "\n\t" else "\n" if c in LINE_ENDS else "" if c in HIDDEN else c

    every = [c for c in EVERY if c != "\r"]  # with what follows it would be one
    apart = visible("\n ".join(every)).split("\n ")  # no escape sequence reaches over a line
    assert [c for c, seen in zip(every, apart, strict=True) if seen != expected(c)] == []
    assert visible("\r") == "\n"


def test_a_result_keeps_of_every_code_point_what_writing_needs() -> None:
    def written(c: str) -> bool:
        return c in NEEDED or "\ufe00" <= c <= "\ufe0f" or is_a_mark_of_a_script(c)

    apart = legible("\n ".join(EVERY)).split("\n ")
    kept = [c if c not in HIDDEN or written(c) else "" for c in EVERY]
    assert [c for c, k, seen in zip(EVERY, kept, apart, strict=True) if seen != k] == []


def is_a_mark_of_a_script(character: str) -> bool:
    """Marks before numbers and over words, which show though Unicode calls them format."""
    code = ord(character)
    marks = (0x600 <= code <= 0x605, code in (0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD))
    return any(marks) or 0x13430 <= code <= 0x1345F or code == 0xFFFC or code == 0x1BCA4


@given(
    st.lists(st.sampled_from("\u200c\u200d\u200e\ufe00\ufe0f\u061cab"), max_size=12).map("".join)
)
def test_joiners_cannot_spell_a_message(text: str) -> None:
    assert not re.search("[^ab]{3}", legible(text))
    assert re.sub("[^ab]", "", legible(text)) == re.sub("[^ab]", "", text)


@given(NASTY)
def test_a_result_made_legible_stays_so(text: str) -> None:
    once = legible(text)
    assert legible(once) == once
    assert "\x1b" not in once
    once.encode()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b[1 qcursor", "cursor"),
        ("\x1b]0;title\x07after", "after"),
        ("\x1bPdevice\x1b\\after", "after"),
        ("\x1bXstring\x1b\\after", "after"),
        ("\x1b^private\x1b\\after", "after"),
        ("\x1b_program\x1b\\after", "after"),
        ("\x1b]0;never ended\nnext", "\nnext"),
        ("\x1b]0;begun\x1b[1mbold", "bold"),
        ("\x1b(Bcharset", "charset"),
        ("\x1bcreset", "reset"),
        ("a\u180b\u180c\u180d\u180fb", "ab"),
        ("a\u180f\u180f\u180fb", "ab"),
        ("a\u180b\u180bb", "a\u180b\u180bb"),
    ],
)
def test_a_result_has_no_escape_sequences_and_no_long_runs_of_marks(
    text: str, expected: str
) -> None:
    assert legible(text) == expected


def test_text_that_was_decoded_wrongly_keeps_its_rest() -> None:
    assert legible("He said â€œhiâ€\x9d, and left.") == "He said â€œhiâ€, and left."


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
