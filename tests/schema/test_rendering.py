"""Each kind of output as the text that an agent reads."""

import json
import re
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from space_tools.schema.components import COMPONENTS
from space_tools.schema.outputs import OutputFile
from space_tools.schema.rendering import RENDERERS, to_text
from space_tools.schema.text import legible
from tests.schema.test_outputs import JSON

URI = "space-tools://files/id"
RED = OutputFile(uri=f"{URI}/red.png", name="red.png", mime_type="image/png", size=75, url="u")
SUBS = OutputFile(uri=f"{URI}/a.vtt", name="a.vtt", mime_type="text/vtt", size=7, url="u")
SAVED = OutputFile(RED, path="/out/1.png")
RED_LINE = f"red.png: {URI}/red.png"
SUBS_LINE = f"a.vtt: {URI}/a.vtt"
ENCODED = "data:image/png;base64," + "A" * 300

TEXTS: list[tuple[str, Any, str]] = [
    ("textbox", "a\nb", "a\nb"),
    ("textbox", None, "(nothing)"),
    ("textbox", f"see ![x]({ENCODED})", "see ![x](data:image/png;base64,…)"),
    ("markdown", "# T\n\n| a |", "# T\n\n| a |"),
    ("number", 1.5, "1.5"),
    ("checkbox", True, "true"),
    ("dropdown", "a", "a"),
    ("dropdown", 2, "2"),
    ("checkboxgroup", ["a", "b c"], "a, b c"),
    ("checkboxgroup", ["a", "b, c"], '["a", "b, c"]'),
    ("checkboxgroup", [], "(nothing)"),
    ("json", {"ü": [1, None]}, '{"ü": [1, null]}'),
    ("json", {"k": "v" * 200}, '{\n  "k": "' + "v" * 200 + '"\n}'),
    ("json", {"k": "v" * 5000}, '{"k": "' + "v" * 5000 + '"}'),
    ("json", {"f": RED}, f'{{"f": "{RED_LINE}"}}'),
    ("image", RED, RED_LINE),
    ("image", SAVED, f"red.png: /out/1.png ({URI}/red.png)"),
    ("image", OutputFile(name="red.png", note="gone"), "red.png [gone]"),
    ("image", OutputFile(name="red.png", url=ENCODED), "red.png"),
    ("image", "https://a/b.png", "https://a/b.png"),
    ("file", [RED, SUBS], f"{RED_LINE}\n{SUBS_LINE}"),
    ("fileexplorer", ["a/b.txt", "c.txt"], "a/b.txt\nc.txt"),
    ("imageslider", [RED, None], f"{RED_LINE}\n(nothing)"),
    ("imageeditor", {"background": RED, "layers": [], "composite": SAVED},
     f"composite: red.png: /out/1.png ({URI}/red.png)\nbackground: {RED_LINE}"),
    ("imageeditor", {"background": None, "layers": [RED], "composite": None},
     f"layers: {RED_LINE}"),
    ("imageeditor", None, "(nothing)"),
    ("annotatedimage", {"image": RED, "annotations": [{"image": SUBS, "label": "a\nbox"}]},
     f"{RED_LINE}\nMarked on it:\n- a box: {SUBS_LINE}"),
    ("annotatedimage", {"image": RED, "annotations": []}, f"{RED_LINE}\n(nothing is marked)"),
    ("gallery", [{"image": RED, "caption": "a\ncat"}, {"video": SUBS, "caption": None}],
     f"1. a cat - {RED_LINE}\n2. {SUBS_LINE}"),
    ("gallery", [[RED, "pair"], RED, [RED, None]],
     f"1. pair - {RED_LINE}\n2. {RED_LINE}\n3. {RED_LINE}"),
    ("gallery", [], "(an empty gallery)"),
    ("video", RED, RED_LINE),
    ("video", {"video": RED, "subtitles": None}, RED_LINE),
    ("video", {"video": RED, "subtitles": SUBS}, f"video: {RED_LINE}\nsubtitles: {SUBS_LINE}"),
    ("multimodaltextbox", {"text": "hi", "files": [RED]}, f"hi\n{RED_LINE}"),
    ("multimodaltextbox", {"text": "hi", "files": []}, "hi"),
    ("plot", {"type": "matplotlib", "plot": RED}, f"A matplotlib plot: {RED_LINE}"),
    ("plot", {"type": "plotly", "plot": "{}"},
     "A plotly plot as JSON, which is in `structuredContent`."),
    ("lineplot", {"type": "altair", "plot": "{}", "chart": "line"},
     "A altair plot as JSON, which is in `structuredContent`."),
    ("plot", None, "(nothing)"),
    ("nativeplot", {"columns": ["x", "y"], "data": [[1, 2]], "mark": "line"},
     "| x | y |\n| --- | --- |\n| 1 | 2 |"),
    ("dataframe", {"headers": ["x", "y|z"], "data": [[1, "a\nb"], [None, [1, "|"]], [0.5]]},
     "| x | y\\|z |\n| --- | --- |\n| 1 | a<br>b |\n|  | [1, \"\\|\"] |\n| 0.5 |  |"),
    ("dataframe", [[1, 2]], "| 1 | 2 |\n| --- | --- |\n| 1 | 2 |"),
    ("dataframe", {"headers": ["x"], "data": []}, "| x |\n| --- |\n(no rows)"),
    ("dataframe", {"headers": [], "data": []}, "(an empty table)"),
    ("dataframe", "odd", "odd"),
    ("label", {"label": "cat", "confidences": [{"label": "cat", "confidence": 0.75},
     {"label": "dog", "confidence": 0.12345}, {"label": "ox", "confidence": 1e-9}]},
     "cat 75 %, dog 12.35 %, ox < 0.01 %"),
    ("label", {"label": "cat", "confidences": None}, "cat"),
    ("label", {"label": "cat"}, "cat"),
    ("label", {"label": "a", "confidences": [{"label": "a", "confidence": 7}]}, "a 7"),
    ("label", "cat", "cat"),
    ("highlightedtext", [{"token": "a", "class_or_confidence": "X"},
     {"token": "b", "class_or_confidence": None}], "[a: X] b"),
    ("highlightedtext", [["Ann", "PER"], [", who ", None], ["sings", 0.5], [".", None]],
     "[Ann: PER], who [sings: 0.5]."),
    ("highlightedtext", [["a", "X", 1]], '[["a", "X", 1]]'),
    ("html", "<b>x</b>", "x"),
    ("html", "plain", "plain"),
    ("html", None, "(nothing)"),
    ("nosuch", [RED], RED_LINE),
    ("nosuch", {"a": 1}, '{"a": 1}'),
]  # fmt: skip
"""A component, what it gives, and how that reads."""

CHATS: dict[str, Any] = {
    "pairs": [["hi", "hello"], [None, "more"], [[RED, "a cat"], None]],
    "messages": [
        {"role": "user", "content": "hi", "metadata": None},
        {"role": "assistant", "content": "hello"},
        {"role": "assistant", "content": "more"},
        {"role": "user", "content": {"file": RED, "alt_text": None}},
    ],
    "parts": [
        {"role": "user", "content": [{"type": "text", "text": "hi"}]},
        {"role": "assistant", "content": [{"type": "text", "text": "hello"}]},
        {"role": "assistant", "content": [{"type": "text", "text": "more"}]},
        {"role": "user", "content": [{"type": "file", "file": RED, "alt_text": None}]},
    ],
}
"""The same history in the ways of several generations."""


@pytest.mark.parametrize(("component", "value", "text"), TEXTS)
def test_an_output_reads_as_its_component_shows(component: str, value: Any, text: str) -> None:
    assert to_text({"Out": value}, {"Out": component}) == text


def test_every_renderer_is_for_a_component() -> None:
    assert set(RENDERERS) <= set(COMPONENTS)


@pytest.mark.parametrize("way", CHATS)
def test_a_chat_says_who_said_what_in_every_generation(way: str) -> None:
    assert to_text({"Out": CHATS[way]}, {"Out": "chatbot"}).splitlines() == [
        "user: hi",
        "assistant: hello",
        "assistant: more",
        f"user: {RED_LINE}",
    ]


def test_a_chat_tells_of_thoughts_and_of_what_components_show() -> None:
    history = [
        {"role": "assistant", "content": "hm", "metadata": {"title": "Thinking"}},
        {"role": "assistant", "content": {"component": "image", "value": RED, "props": {}}},
        {"role": "user", "content": ["and", {"type": "file", "file": RED, "alt_text": "this"}]},
        {"role": "user", "content": None},
        "odd",
    ]
    assert to_text({"Out": history}, {"Out": "chatbot"}).splitlines() == [
        "assistant (Thinking): hm",
        f"assistant: [image] {RED_LINE}",
        f"user: and this: {RED_LINE}",
        "user: (nothing)",
        "message: odd",
    ]


def test_of_a_long_chat_the_last_messages_are_shown() -> None:
    history = [{"role": "user", "content": f"message {number}"} for number in range(100)]
    lines = to_text({"Out": history}, {"Out": "chatbot"}, limit=200).splitlines()
    assert lines[0] == "(earlier messages are in `structuredContent`)"
    assert lines[-1] == "user: message 99"
    assert len(lines) < 12


def test_a_table_shows_its_beginning_and_says_how_long_it_is() -> None:
    wide = {"headers": list(range(30)), "data": [[0] * 30] * 1000}
    lines = to_text({"Out": wide}, {"Out": "dataframe"}).splitlines()
    assert len(lines) == 2 + 20 + 1
    assert lines[0].count("|") == 21
    assert lines[-1] == "(20 of 1,000 rows, 20 of 30 columns; all are in `structuredContent`)"


def test_many_labels_are_cut_to_the_best() -> None:
    scores = [{"label": f"l{number}", "confidence": 0.01} for number in range(25)]
    shown = to_text({"Out": {"label": "l0", "confidences": scores}}, {"Out": "label"})
    assert shown.endswith("l19 1 %, and 5 more")


@given(st.lists(st.lists(st.text(st.sampled_from("a|\n\r\\ \u2028")), min_size=3, max_size=3)))
def test_a_cell_never_breaks_out_of_its_table(rows: list[list[str]]) -> None:
    table = to_text({"Out": {"headers": ["|", "b", "c"], "data": rows}}, {"Out": "dataframe"})
    lines = [line for line in table.splitlines() if not line.startswith("(")]
    assert len(lines) == 2 + min(len(rows), 20)
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in lines} == {4}


SEVERAL = {"A": "x", "B": 2, "C": "two\nlines", "F": RED}


def test_several_outputs_are_named() -> None:
    assert to_text(SEVERAL, {}) == f"A: x\nB: 2\nC:\ntwo\nlines\nF: {RED_LINE}"


def test_nothing_is_a_sentence() -> None:
    assert to_text({}, {}) == "Done. This tool returns nothing."
    assert to_text({}, {"Out": "textbox"}) == "Done. It gave nothing back this time."
    assert to_text({"Out": ""}, {"Out": "textbox"}) == "Done. The result is an empty text."


def test_a_long_text_is_cut_and_says_where_the_rest_is() -> None:
    shown = to_text({"A": "x" * 100_000, "B": "short"}, {}, limit=1000)
    assert shown.startswith("A:\nxxx")
    assert "cut after 995 characters; all of it is in `structuredContent`)" in shown
    assert shown.endswith("\nB: short")
    assert len(shown) < 1200
    shown = to_text({"A": "x" * 100_000}, {}, {"A": "a.txt: uri"})
    assert shown.endswith("(cut after 60,000 characters; all of it is in a.txt: uri)")


@given(JSON)
def test_anything_reads_as_something_whatever_its_component(value: Any) -> None:
    for component in RENDERERS:
        shown = to_text({"Out": value}, {"Out": component}, limit=1000)
        assert shown
        assert len(shown) < 1200
        assert json.dumps(shown)


HTML = {
    "<b>x</b> &amp; y": "x & y",
    "<p>one</p><p>two<br>three</p>": "one\ntwo\nthree",
    "<style>p {}</style><script>alert('x')</script><p>seen</p>": "seen",
    "<ul><li>a<li>b</ul>": "- a\n- b",
    '<a href="https://a/b">there</a>, <a href="javascript:x()">not</a>': (
        "there (https://a/b), not"
    ),
    '<img src="data:image/png;base64,AA" alt="a cat"><img src="x">': "[a cat]",
    "<table><tr><th>h</th><td>d</td></tr></table>": "| h | d",
    "<div>  a \n b </div>\n\n\n<div>c</div>": "a b\nc",
    "a &lt;b&gt; c": "a <b> c",
    "1 < 2": "1 < 2",
    "<!-- no --><!DOCTYPE html>yes": "yes",
    "o&#8203;b&#x202e;ey": "obey",
    "<pre>a\n b</pre>": "a\nb",
    "<p>unclosed": "unclosed",
    "</script>a</b>": "a",
}
"""HTML → what there is to read in it."""


@pytest.mark.parametrize("html", HTML)
def test_html_is_read_not_run(html: str) -> None:
    assert to_text({"Out": html}, {"Out": "html"}) == HTML[html]


SLOW = [
    "<",
    "</",
    "<a ",
    "<!--",
    "<![",
    "<a href='",
    "&",
    "<?",
    "<script>",
    "<a " + "='" * 1900 + ">",
]


def test_html_that_was_made_to_take_long_does_not() -> None:
    started = time.monotonic()
    for part in SLOW:
        to_text({"Out": part * (300_000 // len(part))}, {"Out": "html"})
    # Each took minutes in the parser alone.
    assert time.monotonic() - started < 10


@given(st.text(st.sampled_from("<>!/-&;\"'=ab \n?")))
def test_any_html_ends_in_text_without_what_hides(html: str) -> None:
    shown = to_text({"Out": html}, {"Out": "html"})
    assert shown == legible(shown)
