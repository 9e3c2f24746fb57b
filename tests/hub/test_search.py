"""Spaces are found by what they do. What the Hub answers follows huggingface_hub's code."""

from urllib.parse import parse_qs

import pytest
from starlette.responses import JSONResponse

from space_tools.errors import AuthenticationError, ConfigurationError, HubError, HubUnavailable
from space_tools.hub.search import FoundSpace, search_spaces
from tests.stand_in_hub import TOKEN, StandInHub

PATH = "/api/spaces/semantic-search"


async def test_what_fits_is_found_with_all_that_is_told_of_it(hub: StandInHub) -> None:
    card = {"title": "Painter", "short_description": "Paints a picture"}
    hub.add("owner/paint", card=card, likes=7, hardware="zero-a10g")
    hub.add("owner/other", card={"title": "Whisper", "short_description": "Hears"})
    found = await search_spaces("paint", token=None)
    assert found == [
        FoundSpace(
            id="owner/paint",
            title="Painter",
            description="Paints a picture",
            category="Image Generation",
            likes=7,
            sdk="gradio",
            stage="RUNNING",
            hardware="zero-a10g",
            relevance=0.75,
        )
    ]
    assert found[0].zero_gpu


async def test_other_kinds_and_what_does_not_run_are_found_if_wanted(hub: StandInHub) -> None:
    hub.add("owner/run")
    hub.add("owner/static", sdk="static")
    hub.add("owner/asleep", stages=["SLEEPING"])
    assert [s.id for s in await search_spaces("title", token=None)] == ["owner/run"]
    everything = await search_spaces("title", token=None, everything=True)
    assert [(s.id, s.sdk, s.stage) for s in everything] == [
        ("owner/run", "gradio", "RUNNING"),
        ("owner/static", "static", "RUNNING"),
        ("owner/asleep", "gradio", "SLEEPING"),
    ]


async def test_a_hub_that_gives_other_kinds_unasked_is_not_followed(hub: StandInHub) -> None:
    answer = [{"id": "a/static", "sdk": "static"}, {"id": "a/app", "sdk": "gradio"}]
    hub.answers["GET", PATH] = JSONResponse(answer)
    assert await search_spaces("x", token=None) == [FoundSpace(id="a/app", sdk="gradio")]


async def test_no_more_are_given_than_wanted(hub: StandInHub) -> None:
    for number in range(5):
        hub.add(f"owner/name-{number}")
    found = await search_spaces("title", token=None, limit=2)
    assert [space.id for space in found] == ["owner/name-0", "owner/name-1"]


async def test_private_spaces_are_found_by_their_owner(hub: StandInHub) -> None:
    hub.add("me/secret", private=True)
    assert await search_spaces("title", token=None) == []
    [mine] = await search_spaces("title", token=TOKEN)
    assert mine.private


async def test_the_words_are_sent_on_one_line_and_not_without_end(hub: StandInHub) -> None:
    await search_spaces("  many\n words " * 100, token=None)
    [query] = parse_qs(hub.requests[-1].query)["q"]
    assert query.startswith("many words many")
    assert len(query) <= 500


async def test_nothing_to_search_for_is_said(hub: StandInHub) -> None:
    with pytest.raises(ConfigurationError, match="nothing to search for"):
        await search_spaces(" \n", token=None)
    assert hub.requests == []


async def test_a_wrong_token_is_said(hub: StandInHub) -> None:
    with pytest.raises(AuthenticationError, match="the token for a search of Spaces: it is wrong"):
        await search_spaces("x", token="hf_wrong")


async def test_a_hub_that_wants_fewer_searches_says_so(hub: StandInHub) -> None:
    hub.answers["GET", PATH] = JSONResponse({}, 429, headers={"Retry-After": "5"})
    with pytest.raises(HubUnavailable, match="try again in 5 s"):
        await search_spaces("x", token=None)


@pytest.mark.parametrize("answer", [{}, [{}], ["x"], [{"id": "no id"}], [{"id": 7}], 7, None])
async def test_what_is_no_list_of_spaces_is_not_believed(hub: StandInHub, answer: object) -> None:
    hub.answers["GET", PATH] = JSONResponse(answer)
    with pytest.raises(HubError, match="answers about a search of Spaces as the Hub does not"):
        await search_spaces("x", token=None)
