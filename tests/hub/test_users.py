"""Whose a token is, asked of the Hub."""

import pytest
from starlette.responses import JSONResponse

from space_tools.errors import AuthenticationError, HubError, HubUnavailable
from space_tools.hub.users import User, whoami
from tests.stand_in_hub import TOKEN, StandInHub

PATH = "/api/whoami-v2"


async def test_a_token_has_an_owner(hub: StandInHub) -> None:
    assert await whoami(TOKEN) == User(id="id-of-me", name="me")


async def test_the_owner_may_have_more_quota(hub: StandInHub) -> None:
    answer = {"id": "1", "name": "me", "fullname": "Me Myself", "isPro": True}
    hub.answers["GET", PATH] = JSONResponse(answer)
    assert await whoami(TOKEN) == User(id="1", name="me", full_name="Me Myself", pro=True)


async def test_a_token_of_nobody_is_refused_in_a_sentence(hub: StandInHub) -> None:
    with pytest.raises(AuthenticationError) as caught:
        await whoami("hf_wrong")
    assert str(caught.value) == (
        "the Hub does not accept the token for your account: it is wrong, has expired or lacks the "
        "right (Invalid credentials in Authorization header); make a new one at "
        f"{hub.url}/settings/tokens"
    )


async def test_an_answer_that_names_nobody_is_no_answer(hub: StandInHub) -> None:
    hub.answers["GET", PATH] = JSONResponse({"type": "user"})
    with pytest.raises(HubError, match="as the Hub does not"):
        await whoami(TOKEN)


async def test_asking_too_often_is_no_wrong_token(hub: StandInHub) -> None:
    hub.answers["GET", PATH] = JSONResponse({}, 429)
    with pytest.raises(HubUnavailable, match="fewer requests"):
        await whoami(TOKEN)
