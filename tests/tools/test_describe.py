"""A tool says what it does, whose it is and what comes back, in words that are safe to read."""

from dataclasses import replace
from typing import Any

import pytest

from space_tools.config.spaces import LONGEST_DESCRIPTION
from space_tools.gradio.app_info import AppInfo, Endpoint, Parameter, Return
from space_tools.tools.describe import ZERO_GPU, description, title
from tests.schema.recorded import app, endpoint

SRC = "http://127.0.0.1:7860"


def info(name: str = "My app") -> AppInfo:
    return AppInfo(title=name, version="6.31.0", protocol="sse_v3", api_prefix="")


def parameter(slot: int, label: str) -> Parameter:
    return Parameter(name=f"p{slot}", label=label, component="textbox", slot=slot)


def returned(slot: int, label: str = "Out", component: str = "textbox") -> Return:
    return Return(label=label, component=component, slot=slot)


@pytest.mark.parametrize(
    ("name", "of", "words"),
    [
        ("/echo_text", "My app", "Echo text · My app"),
        ("/predict", "", "Predict"),
        ("/nested/name", "My app", "Nested/name · My app"),
        ("/x", "a\x1b[31m\nb\u202e", "X · a b"),
        ("/x", "t" * 100, "X · " + "t" * 59 + "…"),
    ],
)
def test_a_title_is_the_endpoint_and_its_app(name: str, of: str, words: str) -> None:
    assert title(Endpoint(fn_index=0, name=name), info(of)) == words


def test_the_apps_own_words_come_first() -> None:
    found = endpoint("defaults")
    assert description(found, app("6.31.0/kitchen_sink"), SRC) == (
        "Docstring of with_doc: makes a sentence.\n"
        f"From the Gradio app “kitchen sink” ({SRC}).\n"
        "Returns Out (textbox)."
    )


def test_without_words_of_the_app_its_parameters_must_do() -> None:
    found = Endpoint(
        fn_index=0,
        name="/make_it",
        parameters=(parameter(0, "Prompt"), parameter(1, "Seed"), parameter(2, "")),
        returns=(returned(0, "Image", "image"), returned(1, "", "json")),
    )
    assert description(found, info(), SRC) == (
        "Make it: takes Prompt, Seed and p2.\n"
        f"From the Gradio app “My app” ({SRC}).\n"
        "Returns Image (image) and json."
    )


def test_what_takes_and_gives_nothing_says_so() -> None:
    assert description(Endpoint(fn_index=0, name="/ping"), info(""), SRC) == (
        f"Ping.\nFrom the Gradio app {SRC}.\nReturns nothing."
    )


def test_a_long_list_is_cut() -> None:
    found = Endpoint(
        fn_index=0,
        name="/many",
        parameters=tuple(parameter(n, f"P{n}") for n in range(20)),
        returns=tuple(returned(n, f"R{n}") for n in range(13)),
    )
    words = description(found, info(), SRC)
    assert "takes P0, P1, P2, P3, P4, P5, P6, P7, P8, P9, P10, P11 and more." in words
    assert words.endswith("R11 (textbox) and more.")


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        ({"wants_event_data": True}, "give its details as `event_data`"),
        ({"streams_input": True}, "cannot be called"),
        ({"stateful": True}, "remembers earlier calls of the same session"),
    ],
)
def test_what_an_agent_must_know_is_said(flags: dict[str, Any], words: str) -> None:
    plain = Endpoint(fn_index=0, name="/x")
    flagged = Endpoint(fn_index=0, name="/x", **flags)
    assert words in description(flagged, info(), SRC)
    assert words not in description(plain, info(), SRC)


def test_a_strangers_words_are_cleaned_and_bounded() -> None:
    found = Endpoint(
        fn_index=0,
        name="/x\u202e\x1b[2J",
        description="Does it.\x1b]0;owned\x07\u200b" + "y" * 10_000,
        returns=(returned(0, "O\x9b31m\u2066ut", "image\x1b[2J\u202e"),),
    )
    for words in (description(found, info("T\x1b[31m"), SRC), title(found, info("T\x1b[31m"))):
        assert all(c == "\n" or c.isprintable() for c in words)
        assert len(words) < LONGEST_DESCRIPTION + 500


@pytest.mark.parametrize("version", ["4.44.1", "5.49.1", "6.0.2", "6.31.0"])
def test_every_endpoint_of_a_real_app_has_words(version: str) -> None:
    recorded = app(f"{version}/kitchen_sink")
    for found in recorded.endpoints:
        assert title(found, recorded)
        lines = description(found, recorded, SRC).split("\n")
        assert lines[0]
        assert any(line.startswith("Returns ") for line in lines)


def test_a_tool_on_zero_gpu_says_what_its_calls_count_on() -> None:
    told = description(endpoint("defaults"), app("6.31.0/kitchen_sink"), SRC, zero_gpu=True)
    assert told.splitlines()[-1] == ZERO_GPU


def test_inputs_that_only_a_browser_has_are_not_told_of() -> None:
    kept = replace(parameter(0, ""), component="browserstate")
    found = Endpoint(fn_index=0, name="/go", parameters=(kept, parameter(1, "Text")))
    assert description(found, info(), SRC).startswith("Go: takes Text.")
