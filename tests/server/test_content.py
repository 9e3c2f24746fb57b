"""Results and errors as MCP content: the text alone says everything, and so does the structure."""

from typing import Any

import pytest

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
from space_tools.server.content import to_error, to_result
from tests.server.stdio_server import text_of

FILE = {"url": "http://127.0.0.1:7860/gradio_api/file=/tmp/a.png", "name": "a.png", "size": 75}

TEXTS: dict[str, tuple[dict[str, Any], str]] = {
    "nothing": ({}, "Done. This tool returns nothing."),
    "one text": ({"Out": "hello"}, "hello"),
    "an empty text": ({"Out": ""}, "Done. The result is an empty text."),
    "null": ({"Out": None}, "(nothing)"),
    "a number": ({"Out": 0}, "0"),
    "a flag": ({"Out": False}, "false"),
    "JSON": ({"Out": {"ü": [1, None]}}, '{"ü": [1, null]}'),
    "a file": ({"Out": FILE}, f"a.png: {FILE['url']}"),
    "several": ({"A": "x", "B": 2, "F": FILE}, f"A: x\nB: 2\nF: a.png: {FILE['url']}"),
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
    result = to_result(structured)
    assert text_of(result) == text
    assert result.structured_content == structured
    assert not result.is_error


@pytest.mark.parametrize("kind", ERRORS)
def test_an_error_is_a_sentence_with_what_to_do(kind: str) -> None:
    error, sentence, advice, outcome = ERRORS[kind]
    result = to_error(error, "ks_paint")
    assert text_of(result) == f"{sentence} {advice}".strip()
    assert result.structured_content == {"error": sentence, "outcome": outcome}
    assert result.is_error
