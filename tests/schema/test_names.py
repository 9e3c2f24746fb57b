"""Tool names: legal for every host, the same every time, and never two the same."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from space_tools.errors import ConfigurationError
from space_tools.schema.names import Names, aliases, default_alias, tool_name

ANYTHING = st.text(st.characters(codec=None), max_size=100)


@pytest.mark.parametrize(
    ("alias", "api_name", "expected"),
    [
        ("whisper", "/predict", "whisper_predict"),
        ("whisper", "predict", "whisper_predict"),
        ("FLUX.1-schnell", "/infer", "FLUX_1-schnell_infer"),
        ("a", "/nested/name", "a_nested_name"),
        ("a", "/Ünï name", "a__n_name"),
        ("a", "//x", "a__x"),
        ("a", "/_private", "a__private"),
    ],
)
def test_a_name_is_its_alias_and_endpoint_reduced(alias: str, api_name: str, expected: str) -> None:
    assert tool_name(alias, api_name) == expected


def test_a_long_name_keeps_its_head_and_ends_in_its_hash() -> None:
    name = tool_name("app", "/" + "x" * 100)
    assert re.fullmatch(r"app_x{53}_[0-9a-f]{6}", name)
    assert len(name) == 64
    assert tool_name("app", "/" + "x" * 60) == "app_" + "x" * 60
    assert name != tool_name("app", "/" + "x" * 101)


def test_names_in_another_script_stay_distinct() -> None:
    paint, write = tool_name("app", "/絵を描く"), tool_name("app", "/文を書く")
    assert re.fullmatch(r"app_[0-9a-f]{6}", paint)
    assert paint != write
    assert re.fullmatch(r"[0-9a-f]{6}", tool_name("絵", "/描く"))


@given(ANYTHING, ANYTHING)
def test_every_name_is_legal_and_always_the_same(alias: str, api_name: str) -> None:
    name = tool_name(alias, api_name)
    assert re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", name)
    assert name == tool_name(alias, api_name)


@pytest.mark.parametrize(
    ("src", "alias"),
    [
        ("abidlabs/whisper", "whisper"),
        ("https://huggingface.co/spaces/abidlabs/whisper", "whisper"),
        ("https://huggingface.co/spaces/abidlabs/whisper/tree/main", "whisper"),
        ("http://127.0.0.1:7860", "app_7860"),
        ("https://host/sub/path", "app_443"),
        ("http://host/", "app_80"),
    ],
)
def test_an_alias_is_the_space_or_the_port(src: str, alias: str) -> None:
    assert default_alias(src) == alias


def test_a_url_with_a_senseless_port_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="valid port"):
        default_alias("http://host:http")


def test_spaces_of_one_name_are_both_named_with_their_owners() -> None:
    srcs = [(None, "a/whisper"), (None, "b/whisper"), (None, "b/other"), ("mine", "c/whisper")]
    assert aliases(srcs) == ["a-whisper", "b-whisper", "other", "mine"]


@pytest.mark.parametrize(
    "srcs",
    [
        [(None, "a/whisper"), (None, "a/whisper")],
        [("whisper", "http://127.0.0.1:7860"), (None, "a/whisper")],
        [(None, "http://one:7860"), (None, "http://two:7860")],
    ],
)
def test_a_duplicate_alias_names_both_sides(srcs: list[tuple[str | None, str]]) -> None:
    with pytest.raises(ConfigurationError) as raised:
        aliases(srcs)
    assert all(src in str(raised.value) for _, src in srcs)


def test_a_name_taken_twice_names_both_origins() -> None:
    names = Names({"own": "the program"})
    names.take([("a_x", "a/x"), ("a_y", "a/y")])
    with pytest.raises(ConfigurationError, match=r"a/x and c/x .* 'a_x'"):
        names.take([("b", "b/b"), ("a_x", "c/x")])
    with pytest.raises(ConfigurationError, match=r"d/x y and d/x_y .* 'd_x_y'"):
        names.take([("b", "b/b"), ("d_x_y", "d/x y"), ("d_x_y", "d/x_y")])
    with pytest.raises(ConfigurationError, match=r"the program and e/own .* 'own'"):
        names.take([("own", "e/own")])
    names.take([("b", "f/b"), ("d_x_y", "f/d")])
