"""`space-tools search`: a table for a person, exact JSON for a program."""

import json
import os

import pytest

from tests.cli.running import fails, space_tools, succeeds
from tests.stand_in_hub import StandInHub


@pytest.fixture(autouse=True)
def spaces(hub: StandInHub) -> None:
    """Two Spaces that paint."""
    card = {"title": "Pa\x1b[31minter", "short_description": "Paints [bold]anything[/] " * 20}
    hub.add("owner/paint", likes=1234, hardware="zero-a10g", card=card)
    hub.add("someone/draws", likes=3, card={"title": "Paint too"})
    hub.add("someone/page", sdk="static", card={"title": "Paint page"})


def test_a_table_fits_the_terminal() -> None:
    for columns in ("60", "80", "140"):
        ended = space_tools("search", "paint", COLUMNS=columns)
        assert ended.returncode == 0, ended.stderr
        assert all(len(line) <= int(columns) for line in ended.stdout.splitlines())
        assert "\x1b" not in ended.stdout
    words = " ".join(ended.stdout.split())
    assert "Space What it does Likes SDK Hardware Stage" in words
    assert "owner/paint" in words
    assert "1234 gradio ZeroGPU running" in words
    assert "[bold]anything[/]" in words
    assert "someone/page" not in words


def test_json_is_exact() -> None:
    [first, second] = json.loads(succeeds("search", "paint", "--json"))
    assert list(first) == [
        "id",
        "title",
        "description",
        "category",
        "likes",
        "sdk",
        "hardware",
        "zero_gpu",
        "stage",
        "private",
        "relevance",
    ]
    assert (first["id"], first["title"], first["zero_gpu"]) == (
        "owner/paint",
        "Pa\x1b[31minter",
        True,
    )
    assert (second["id"], second["likes"], second["hardware"]) == ("someone/draws", 3, "cpu-basic")


def test_more_and_fewer_can_be_wanted() -> None:
    shown = json.loads(succeeds("search", "paint", "--json", "--all", "--limit", "3"))
    assert [space["id"] for space in shown] == ["owner/paint", "someone/draws", "someone/page"]
    assert len(json.loads(succeeds("search", "paint", "--json", "--limit", "1"))) == 1


def test_nothing_found_is_said_beside_an_empty_answer() -> None:
    ended = space_tools("search", "zebra")
    assert (ended.returncode, ended.stdout) == (0, "")
    assert "No Space was found" in ended.stderr
    assert succeeds("search", "zebra", "--json") == "[]\n"


def test_a_hub_that_is_down_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, "HF_ENDPOINT", "http://127.0.0.1:9")
    assert "the Hub at http://127.0.0.1:9 cannot be reached" in fails(1, "search", "x")
