"""Patterns and names that lead nowhere are told, each with what there is."""

from collections.abc import Mapping
from typing import Any

import pytest

from space_tools.config.spaces import SpaceSettings, ToolSettings
from space_tools.errors import ConfigurationError
from space_tools.gradio.app_info import Endpoint
from space_tools.tools.selection import (
    Selection,
    check_aliases,
    check_endpoints,
    is_offered,
)
from space_tools.tools.sources import Source, parse_sources

ENDPOINTS = (
    Endpoint(fn_index=0, name="/paint"),
    Endpoint(fn_index=1, name="/text_new"),
    Endpoint(fn_index=2, name="/text_old"),
    Endpoint(fn_index=3, name="/quiet", visibility="undocumented"),
    Endpoint(fn_index=4, name="/locked", visibility="private"),
    Endpoint(fn_index=5, name="", visibility="undocumented"),
)


def art(**wanted: Any) -> Source:
    [source] = parse_sources([SpaceSettings("owner/art", "art", **wanted)])
    return source


@pytest.mark.parametrize(
    ("wanted", "selection", "offered"),
    [
        ({}, Selection(), ["/paint", "/text_new", "/text_old"]),
        ({"include": ("/paint",)}, Selection(), ["/paint"]),
        ({"include": ("text_*",)}, Selection(), ["/text_new", "/text_old"]),
        ({"include": ("/text_*",), "exclude": ("*_old",)}, Selection(), ["/text_new"]),
        ({"include": ("/text_*",)}, Selection(include=("art/*_old",)), ["/text_old"]),
        ({"include": ("/text_*",)}, Selection(exclude=("*/text_old",)), ["/text_new"]),
        ({"exclude": ("/paint",)}, Selection(include=("art/paint",)), []),
        ({"include": ("/quiet",)}, Selection(), ["/quiet"]),
        ({"include": ("/quiet",)}, Selection(include=("art/paint",)), []),
        ({}, Selection(include=("art/quiet", "art/paint")), ["/paint", "/quiet"]),
        ({"include": ("/qui*", "/paint")}, Selection(), ["/paint"]),
        ({"include": ("/locked",)}, Selection(include=("art/locked",)), []),
    ],
)
def test_an_endpoint_is_offered_if_both_selections_want_it(
    wanted: Mapping[str, Any], selection: Selection, offered: list[str]
) -> None:
    source = art(**wanted)
    assert [e.name for e in ENDPOINTS if is_offered(source, e, selection)] == offered


@pytest.mark.parametrize(
    ("wanted", "selection", "sentence"),
    [
        ({"include": ("/pant",)}, Selection(), "include: the app has no endpoint /pant; did you"),
        ({"exclude": ("paintt",)}, Selection(), "exclude: the app has no endpoint /paintt; did"),
        ({"exclude": ("/voice_*",)}, Selection(), "exclude: the app has no endpoint /voice_*"),
        ({"tools": {"pain": ToolSettings()}}, Selection(), "tools: the app has no endpoint /pain"),
        ({"tools": {"/locked": ToolSettings()}}, Selection(), "has no endpoint /locked; there is"),
        (
            {"tools": {"/quiet": ToolSettings()}},
            Selection(),
            "tools: /quiet is undocumented, and is a tool only if `include` names it",
        ),
        (
            {"include": ("/qui*",)},
            Selection(),
            "only undocumented endpoints, to be named in full: /quiet",
        ),
        ({}, Selection(include=("art/pant",)), "include: the app has no endpoint /pant"),
        ({}, Selection(exclude=("art/text_x*",)), "exclude: the app has no endpoint /text_x*"),
    ],
)
def test_what_names_no_endpoint_is_told_with_those_that_there_are(
    wanted: Mapping[str, Any], selection: Selection, sentence: str
) -> None:
    with pytest.raises(ConfigurationError) as raised:
        check_endpoints(art(**wanted), ENDPOINTS, selection)
    assert sentence in str(raised.value)
    assert "locked or" not in str(raised.value)


def test_what_is_named_and_there_is_fine() -> None:
    tools = {"/quiet": ToolSettings(), "/paint": ToolSettings()}
    source = art(include=("/quiet", "/p*"), exclude=("*_old",), tools=tools)
    check_endpoints(source, ENDPOINTS, Selection(include=("art/*",), exclude=("art/text_???",)))


@pytest.mark.parametrize("pattern", ["*/voice", "voice/paint", "a*/voice", "*voice*"])
def test_a_pattern_that_may_be_for_another_app_is_no_problem_of_this_one(pattern: str) -> None:
    check_endpoints(art(), ENDPOINTS, Selection(include=(pattern,), exclude=(pattern,)))


@pytest.mark.parametrize(
    "pattern", ["art/x", "art/*", "*", "*/x", "a*", "a[r]t/x", "son?/x", "a*/b"]
)
def test_a_pattern_may_match_an_app(pattern: str) -> None:
    check_aliases([pattern], ["art", "song"])


@pytest.mark.parametrize("pattern", ["art", "ART/x", "artist/x", "b*", "/infer", "x/*", ""])
def test_a_pattern_that_matches_no_alias_is_refused_with_those_that_there_are(pattern: str) -> None:
    with pytest.raises(ConfigurationError, match="the aliases are art, song"):
        check_aliases([pattern], ["art", "song"])
