"""Which arguments are files, where they stand, and what a component takes."""

from typing import Any

import pytest

from space_tools.files.inputs import Place, accepts, find_places
from tests.schema.making import inputs

SINK = "6.31.0/kitchen_sink"


def places(name: str, **arguments: Any) -> list[Place]:
    return find_places(inputs(name), arguments)


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        ("file_single", "a.txt", [("a.txt", "x")]),
        ("file_single", None, []),
        ("file_single", 5, []),
        ("gallery_in", ["a", "b", "a"], [("a", "x[0]"), ("b", "x[1]")]),
        (
            "multimodal_textbox",
            {"text": "see", "files": ["a", "b"]},
            [("a", "x.files[0]"), ("b", "x.files[1]")],
        ),
        ("echo_text", "a.txt", []),
    ],
)
def test_file_arguments_are_found(name: str, value: Any, found: list[tuple[str, str]]) -> None:
    assert [(place.source, place.where) for place in places(name, x=value)] == found


def test_what_a_component_takes_is_known() -> None:
    [place] = places("file_multiple", x=["a"])
    assert place == Place("a", "x[0]", (".txt", "image"))


def test_a_message_may_have_a_file() -> None:
    message = {"role": "user", "content": {"file": "a.png"}}
    [place] = places("chatbot_messages", h=[message])
    assert (place.source, place.where) == ("a.png", "h[0].content.file")


@pytest.mark.parametrize(
    ("types", "name", "kind", "taken"),
    [
        ([], "a.exe", "application/octet-stream", True),
        ([".txt"], "A.TXT", "text/plain", True),
        ([".TXT"], "a.txt", "text/plain", True),
        ([".txt"], "a.md", "text/markdown", False),
        ([".tar.gz"], "a.tar.gz", "application/gzip", True),
        (["image"], "a.png", "image/png", True),
        (["image"], "a.txt", "text/plain", False),
        (["image", ".txt"], "a.txt", "text/plain", True),
        (["audio/*"], "a.wav", "audio/wav", True),
        (["audio/wav"], "a.mp3", "audio/mpeg", False),
        (["text"], "a.csv", "text/csv", True),
        (["file"], "a.exe", "application/octet-stream", True),
        (["imag"], "a.png", "image/png", False),
    ],
)
def test_what_is_accepted(types: list[str], name: str, kind: str, taken: bool) -> None:
    assert accepts(types, name, kind) is taken
