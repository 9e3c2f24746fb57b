"""Results and errors as MCP content: the text alone says everything, and so does the structure."""

from typing import Any

import pytest
from mcp_types import ImageContent, ResourceLink, TextContent

from space_tools.errors import (
    AppError,
    AppUnreachable,
    CallTimeout,
    ConnectError,
    ConnectionLost,
    SpaceToolsError,
    TooManyRequestsError,
    ValidationError,
)
from space_tools.files.long_values import Told
from space_tools.files.media import Media, Medium
from space_tools.schema.outputs import OutputFile, Structured
from space_tools.server.content import to_error, to_result
from space_tools.tools.kept import Kept
from tests.server.stdio_server import text_of

URL = "http://127.0.0.1:7860/gradio_api/file=/tmp/a.png"
URI = "space-tools://files/id/a.png"
FETCHED = {"uri": URI, "name": "a.png", "mime_type": "image/png", "size": 75, "url": URL}
KEPT = OutputFile(FETCHED)
SAVED = OutputFile(**FETCHED, path="/out/paint-1.png")
LOST = OutputFile(url=URL, name="a.png", note="The file could not be fetched: it is gone")
STREAM = OutputFile(url="http://127.0.0.1:7860/stream/playlist.m3u8", name="playlist.m3u8")

TEXTS: dict[str, tuple[dict[str, Any], str]] = {
    "nothing": ({}, "Done. This tool returns nothing."),
    "one text": ({"Out": "hello"}, "hello"),
    "an empty text": ({"Out": ""}, "Done. The result is an empty text."),
    "null": ({"Out": None}, "(nothing)"),
    "a number": ({"Out": 0}, "0"),
    "a flag": ({"Out": False}, "false"),
    "JSON": ({"Out": {"ü": [1, None]}}, '{"ü": [1, null]}'),
    "a file": ({"Out": KEPT}, f"a.png: {URI}"),
    "a saved file": ({"Out": SAVED}, f"a.png: /out/paint-1.png ({URI})"),
    "a lost file": ({"Out": LOST}, f"a.png: {URL} [The file could not be fetched: it is gone]"),
    "a stream": ({"Out": STREAM}, f"playlist.m3u8: {STREAM['url']}"),
    "several": ({"A": "x", "B": 2, "F": KEPT}, f"A: x\nB: 2\nF: a.png: {URI}"),
    "files": ({"Out": [KEPT, LOST]}, f"a.png: {URI}\na.png: {URL} [{LOST['note']}]"),
    "a gallery": (
        {"Out": [{"image": SAVED, "caption": None}]},
        f'[{{"image": "a.png: /out/paint-1.png ({URI})", "caption": null}}]',
    ),
    "what is no file": ({"Out": {"url": URL, "name": "x"}}, f'{{"url": "{URL}", "name": "x"}}'),
    "a session": ({"Out": "x", "session": "s"}, "Out: x\nsession: s"),
}
"""A structured result → its text."""

RETRY = "The call did not start, so it can be made again."
CAREFUL = "It is not known whether it ran; make it again only if running twice does no harm."

ERRORS: dict[str, tuple[SpaceToolsError, str, str, str]] = {
    "arguments": (
        ValidationError(["`a` is required", "`b` is not a parameter"]),
        "`a` is required\n`b` is not a parameter",
        "",
        "not_started",
    ),
    "the app's own": (AppError("out of paint"), "out of paint", "", "failed"),
    "with a title": (AppError("out", title="Paint"), "Paint: out", "", "failed"),
    "without a word": (
        AppError(""),
        "ks_paint failed; the app keeps the reason to itself.",
        "",
        "failed",
    ),
    "unclean": (AppError("a\x1b[31mb\u202ec\u200bd"), "abcd", "", "failed"),
    "not there": (
        AppUnreachable("cannot connect to http://a: nothing is listening there"),
        "Cannot connect to http://a: nothing is listening there.",
        RETRY,
        "not_started",
    ),
    "down before the call": (
        ConnectError("cannot connect to http://a: nothing is listening there"),
        "Cannot connect to http://a: nothing is listening there.",
        "",
        "not_started",
    ),
    "busy": (
        TooManyRequestsError("no more calls now!"),
        "No more calls now!",
        RETRY,
        "not_started",
    ),
    "gone": (
        ConnectionLost("http://a broke off the connection"),
        "http://a broke off the connection.",
        CAREFUL,
        "unknown",
    ),
    "late": (CallTimeout("no answer in an hour"), "No answer in an hour.", CAREFUL, "unknown"),
}
"""An error → its sentence, the advice after it, and its outcome."""


@pytest.mark.parametrize("kind", TEXTS)
def test_a_result_is_all_there_in_words(kind: str) -> None:
    structured, text = TEXTS[kind]
    result = to_result(Kept.of(structured))
    assert isinstance(result.content[0], TextContent)
    assert result.content[0].text == text
    assert result.structured_content == structured
    assert not result.is_error


def test_links_come_last_and_each_file_once() -> None:
    picture = Medium("image/png", b"x")
    structured = {"A": KEPT, "B": [{"image": SAVED}], "C": LOST, "D": STREAM}
    text, *rest = to_result(Kept.of(structured), Media((picture,), ("a.png",))).content
    link = ResourceLink(uri=URI, name="a.png", mime_type="image/png", size=75)
    assert rest == [ImageContent(data="eA==", mime_type="image/png"), link]
    assert isinstance(text, TextContent)
    assert text.text.endswith("\nShown here only as a smaller preview: a.png.")


def test_of_very_many_files_the_first_are_linked() -> None:
    files = [OutputFile(FETCHED, uri=f"{URI}{number}") for number in range(500)]
    result = to_result(Kept.of({"Out": files}))
    assert len(result.content) == 1 + 100
    assert result.structured_content == {"Out": files}


def test_what_is_cut_is_shown_from_the_whole_and_says_where_that_is() -> None:
    rows = Structured(Out={"headers": ["n"], "data": [[n] for n in range(1000)]})
    rows.components = {"Out": "dataframe"}
    told = Told({"Out": {"headers": ["n"], "data": [[0]]}, "Out_whole": KEPT}, {"Out": "a place"})
    result = to_result(Kept.of(rows, told))
    assert result.structured_content == told.structured
    assert isinstance(result.content[0], TextContent)
    assert result.content[0].text.endswith("| 19 |\n(20 of 1,000 rows; all are in a place)")


@pytest.mark.parametrize("kind", ERRORS)
def test_an_error_is_a_sentence_with_what_to_do(kind: str) -> None:
    error, sentence, advice, outcome = ERRORS[kind]
    result = to_error(error, "ks_paint")
    assert text_of(result) == f"{sentence} {advice}".strip()
    assert result.structured_content == {"error": sentence, "outcome": outcome}
    assert result.is_error
