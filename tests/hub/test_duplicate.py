"""A copy of a Space is made once, with the hardware, secrets and sleep that were asked for."""

from typing import Any

import pytest
from huggingface_hub import SpaceHardware
from starlette.responses import JSONResponse

from space_tools.errors import AuthenticationError, ConfigurationError, HubError, NotAGradioApp
from space_tools.hub.duplicate import duplicate_space
from space_tools.hub.spaces import fetch_space
from tests.hub.conftest import Told
from tests.stand_in_hub import TOKEN, StandInHub

COPY = "/api/spaces/owner/name/duplicate"


async def copy(from_id: str = "owner/name", *args: Any, **options: Any) -> str:
    return await duplicate_space(from_id, *args, **{"token": TOKEN, **options})


async def test_a_copy_is_private_and_like_its_original(hub: StandInHub) -> None:
    hub.add("owner/name", hardware="t4-small", requested_hardware="t4-small")
    assert await copy(secrets={"KEY": "value"}) == "me/name"
    made = hub.spaces["me/name"]
    assert made.private
    assert made.requested_hardware == "t4-small"
    assert made.sleep_time == 300
    assert made.secrets == {"KEY": "value"}


async def test_a_copy_is_as_its_maker_wants_it(hub: StandInHub) -> None:
    hub.add("owner/name")
    copied = await copy(to_id="mine", private=False, hardware="a10g-large", sleep_timeout=60)
    made = hub.spaces[copied]
    assert (copied, made.private) == ("me/mine", False)
    assert (made.requested_hardware, made.sleep_time) == ("a10g-large", 3600)


async def test_hardware_may_be_huggingface_hubs_own_name_of_it(hub: StandInHub) -> None:
    hub.add("owner/name")
    told = Told()
    await copy(hardware=SpaceHardware.T4_SMALL, on_step=told)
    assert hub.spaces["me/name"].requested_hardware == "t4-small"
    assert told[-1] == "me/name runs on t4-small, which is billed to its owner"


async def test_a_copy_may_name_its_owner(hub: StandInHub) -> None:
    hub.add("owner/name")
    assert await copy(to_id="me/other") == "me/other"
    assert hub.asked("GET", "/api/whoami-v2") == []
    with pytest.raises(AuthenticationError, match="may not do this to them/name"):
        await copy(to_id="them/name")


@pytest.mark.parametrize("hardware", ["cpu-basic", "zero-a10g"])
async def test_sleep_is_set_only_where_it_can_be(hub: StandInHub, hardware: str) -> None:
    hub.add("owner/name", hardware=hardware)
    told = Told()
    await copy(on_step=told)
    assert hub.asked("POST", COPY)[0].json() == {
        "repository": "me/name",
        "visibility": "private",
        "hardware": hardware,
    }
    assert told == ["copying owner/name to me/name"]


async def test_a_sleeping_originals_hardware_is_known_all_the_same(hub: StandInHub) -> None:
    hub.add("owner/name", stages=["SLEEPING"], hardware=None, requested_hardware="t4-small")
    assert hub.spaces[await copy()].requested_hardware == "t4-small"


async def test_a_copy_that_exists_is_used_as_it_is(hub: StandInHub) -> None:
    hub.add("owner/name")
    hub.add("me/name", secrets={"KEY": "old"})
    told = Told()
    assert await copy(secrets={"KEY": "new"}, on_step=told) == "me/name"
    assert hub.spaces["me/name"].secrets == {"KEY": "old"}
    assert {r.method for r in hub.requests} == {"GET"}
    assert told == [
        f"using your existing Space {hub.url}/spaces/me/name",
        "the secrets of me/name are left as they are",
    ]


async def test_a_copy_that_exists_gets_the_hardware(hub: StandInHub) -> None:
    hub.add("owner/name", hardware="t4-small")
    hub.add("me/name")
    told = Told()
    await copy(on_step=told)
    [request] = hub.asked("POST", "/api/spaces/me/name/hardware")
    assert request.json() == {"flavor": "t4-small", "sleepTimeSeconds": 300}
    assert told[-1] == "me/name runs on t4-small, which is billed to its owner"


async def test_a_copy_that_has_the_hardware_gets_the_sleep(hub: StandInHub) -> None:
    hub.add("owner/name", hardware="t4-small")
    hub.add("me/name", requested_hardware="t4-small")
    await copy(sleep_timeout=10)
    assert hub.asked("POST", "/api/spaces/me/name/hardware") == []
    assert hub.spaces["me/name"].sleep_time == 600


@pytest.mark.parametrize("sdk", ["docker", "streamlit", "static"])
async def test_only_a_gradio_space_is_copied(hub: StandInHub, sdk: str) -> None:
    hub.add("owner/name", sdk=sdk)
    with pytest.raises(NotAGradioApp, match=f"owner/name is a {sdk} Space"):
        await copy()
    assert list(hub.spaces) == ["owner/name"]


async def test_a_copy_takes_a_token(hub: StandInHub) -> None:
    with pytest.raises(AuthenticationError, match="takes a token that may write"):
        await copy(token=None)
    assert hub.requests == []


async def test_a_name_that_is_none_is_refused(hub: StandInHub) -> None:
    hub.add("owner/name")
    with pytest.raises(ConfigurationError, match="is no Space id"):
        await copy(to_id="my copy")


async def test_what_the_hub_refuses_is_said_in_its_words(hub: StandInHub) -> None:
    hub.add("owner/name")
    hub.answers["POST", COPY] = JSONResponse({"error": "Add a payment method."}, 402)
    with pytest.raises(HubError, match=r"refused this for me/name: Add a payment method$"):
        await copy(hardware="a100-large")
    assert "me/name" not in hub.spaces


async def test_a_copy_is_a_space_like_any_other(hub: StandInHub) -> None:
    hub.add("owner/name")
    copied = await fetch_space(await copy(), token=TOKEN)
    assert (copied.stage_name, copied.private) == ("BUILDING", True)
