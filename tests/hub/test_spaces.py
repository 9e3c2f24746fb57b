"""What the Hub says of a Space, and a sentence for whatever keeps it from saying it."""

import subprocess
import sys
from typing import Any

import pytest
from huggingface_hub import constants
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse

from space_tools.egress.policy import Address
from space_tools.errors import (
    AuthenticationError,
    ConfigurationError,
    HubError,
    HubUnavailable,
    NotAGradioApp,
    SpaceBroken,
    SpaceNotFound,
    SpacePaused,
)
from space_tools.hub import api
from space_tools.hub.spaces import (
    Space,
    check_gradio,
    check_not_down,
    fetch_space,
    fetch_space_id,
    refresh_space,
)
from tests.scripted_app import on_loopback
from tests.stand_in_hub import TOKEN, StandInHub

INFO = "/api/spaces/owner/name"


async def test_a_space_is_what_the_hub_says_of_it(hub: StandInHub) -> None:
    hub.add("owner/name", host="http://127.0.0.1:7860", hardware="t4-small", sleep_time=300)
    assert await fetch_space("owner/name", token=None) == Space(
        id="owner/name",
        host=Address("http", "127.0.0.1", 7860),
        page=f"{hub.url}/spaces/owner/name",
        sdk="gradio",
        stage_name="RUNNING",
        hardware="t4-small",
        requested_hardware="cpu-basic",
        sleep_time=300,
        sha="5ha",
        title="A title",
        short_description="What it does",
    )


async def test_what_its_owner_left_out_or_misspelled_is_empty(hub: StandInHub) -> None:
    hub.add("owner/name", card={"title": ["no", "text"], "short_description": None})
    space = await fetch_space("owner/name", token=None)
    assert (space.title, space.short_description) == ("", "")


@pytest.mark.parametrize(
    ("current", "requested", "zero"),
    [
        ("zero-a10g", "zero-a10g", True),
        (None, "zero-a10g", True),
        ("t4-small", "t4-small", False),
        (None, None, False),
    ],
)
async def test_a_zero_gpu_space_is_known_even_asleep(
    hub: StandInHub, current: str | None, requested: str | None, zero: bool
) -> None:
    hub.add("owner/name", hardware=current, requested_hardware=requested)
    assert (await fetch_space("owner/name", token=None)).zero_gpu is zero


async def test_a_private_space_is_shown_to_its_owner(hub: StandInHub) -> None:
    hub.add("me/secret", private=True)
    assert (await fetch_space("me/secret", token=TOKEN)).private
    with pytest.raises(SpaceNotFound, match="or it is private: check the name, or give a token"):
        await fetch_space("me/secret", token=None)


async def test_a_space_that_is_not_there_is_said_to_be_so(hub: StandInHub) -> None:
    with pytest.raises(SpaceNotFound, match="the Hub has no Space owner/nmae, or this token"):
        await fetch_space("owner/nmae", token=TOKEN)


async def test_a_wrong_token_is_not_taken_for_a_missing_space(hub: StandInHub) -> None:
    hub.add("owner/name")
    with pytest.raises(AuthenticationError, match="does not accept the token for owner/name"):
        await fetch_space("owner/name", token="hf_wrong")


async def test_the_token_saved_on_this_machine_is_not_sent_unasked(
    hub: StandInHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    hub.add("owner/name")
    await fetch_space("owner/name", token=None)
    assert "authorization" not in hub.requests[-1].headers


async def test_a_renamed_space_has_its_present_id(hub: StandInHub) -> None:
    hub.add("owner/name")
    hub.renamed["owner/before"] = "owner/name"
    space = await fetch_space("owner/before", token=TOKEN)
    assert (space.id, space.page) == ("owner/name", f"{hub.url}/spaces/owner/name")


async def test_a_token_does_not_follow_a_redirect_elsewhere(hub: StandInHub) -> None:
    with on_loopback(StandInHub) as other:
        other.add("owner/name")
        hub.answers["GET", INFO] = RedirectResponse(f"{other.url}{INFO}")
        await fetch_space("owner/name", token=TOKEN)
        assert hub.requests[-1].headers["authorization"] == f"Bearer {TOKEN}"
        assert TOKEN not in str(other.requests[-1].headers)


async def test_a_cookie_of_one_caller_does_not_go_with_another(hub: StandInHub) -> None:
    hub.add("owner/name")
    answer = JSONResponse({"id": "owner/name"})
    answer.set_cookie("session", "of the first")
    hub.answers["GET", INFO] = answer
    for token in (TOKEN, None):
        await fetch_space("owner/name", token=token)
    assert all("cookie" not in request.headers for request in hub.requests)


@pytest.mark.parametrize("space_id", ["name", "", "a/b/c", "../etc", "owner/na me", "/", "a/../b"])
async def test_what_is_no_id_is_not_asked_for(hub: StandInHub, space_id: str) -> None:
    with pytest.raises(ConfigurationError, match="is no Space id"):
        await fetch_space(space_id, token=None)
    assert hub.requests == []


async def test_which_space_is_at_an_address_is_known(hub: StandInHub) -> None:
    hub.add("Owner/name")
    assert await fetch_space_id("owner-name", token=None) == "Owner/name"
    with pytest.raises(SpaceNotFound, match=r"the Hub has no Space at nobody-here\.hf\.space"):
        await fetch_space_id("nobody-here", token=None)


async def test_a_stage_can_be_asked_for_again(hub: StandInHub) -> None:
    hub.add("owner/name", stages=["BUILDING", "RUNNING"], hardware=None)
    first = await fetch_space("owner/name", token=None)
    hub.spaces["owner/name"].hardware = "t4-small"
    second = await refresh_space(first, token=None)
    assert (first.stage_name, first.hardware) == ("BUILDING", None)
    assert (second.stage_name, second.hardware) == ("RUNNING", "t4-small")
    assert second.title == first.title


async def test_a_hub_that_wants_fewer_requests_says_when(hub: StandInHub) -> None:
    hub.answers["GET", INFO] = PlainTextResponse("", 429, headers={"Retry-After": "30"})
    with pytest.raises(HubUnavailable, match="fewer requests; try again in 30 s") as caught:
        await fetch_space("owner/name", token=None)
    assert caught.value.retry_after == 30


@pytest.mark.parametrize(
    "answer",
    [
        PlainTextResponse("<html>Log in to the hotel's network</html>", media_type="text/html"),
        JSONResponse([]),
        JSONResponse({"name": "no id"}),
        JSONResponse({"id": "owner/name", "runtime": {"hardware": {}}}),
        JSONResponse({"id": "owner/name", "host": 7}),
        JSONResponse({"id": "owner/name", "runtime": 7}),
    ],
)
async def test_whatever_answers_in_the_hubs_place_is_not_believed(
    hub: StandInHub, answer: Any
) -> None:
    hub.answers["GET", INFO] = answer
    with pytest.raises(HubError, match="answers about owner/name as the Hub does not"):
        await fetch_space("owner/name", token=None)


async def test_offline_mode_is_named(hub: StandInHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(HubUnavailable, match="HF_HUB_OFFLINE is set"):
        await fetch_space("owner/name", token=None)
    assert hub.requests == []


@pytest.mark.parametrize("endpoint", ["huggingface.co", "ftp://hub", "https://"])
async def test_a_wrong_endpoint_is_named(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", endpoint)
    with pytest.raises(ConfigurationError, match="HF_ENDPOINT is wrong"):
        await fetch_space("owner/name", token=None)


def test_the_usual_hub_needs_no_setting() -> None:
    assert api.hub_endpoint() == "https://huggingface.co"


async def test_an_empty_token_is_none(hub: StandInHub) -> None:
    hub.add("owner/name")
    await fetch_space("owner/name", token="")
    assert "authorization" not in hub.requests[-1].headers


@pytest.mark.parametrize("token", ["hf_canary\n", "hf_cänary", "\x00hf_canary", " "])
async def test_a_token_that_is_none_is_neither_sent_nor_told(hub: StandInHub, token: str) -> None:
    with pytest.raises(AuthenticationError, match="characters that no Hugging Face token") as e:
        await fetch_space("owner/name", token=token)
    assert "nary" not in str(e.value)
    assert hub.requests == []


def test_importing_the_room_does_not_import_huggingface_hub() -> None:
    rooms = [
        "api",
        "duplicate",
        "refusals",
        "search",
        "spaces",
        "stages",
        "telemetry",
        "users",
        "waking",
    ]
    imports = "; ".join(f"import space_tools.hub.{room}" for room in rooms)
    program = f"import sys; {imports}; print('huggingface_hub' in sys.modules)"
    command = [sys.executable, "-c", program]
    assert subprocess.check_output(command, text=True) == "False\n"


async def test_only_what_may_serve_gradio_is_taken_for_it(hub: StandInHub) -> None:
    for sdk in ("gradio", "docker"):
        hub.add(f"owner/{sdk}", sdk=sdk)
        check_gradio(await fetch_space(f"owner/{sdk}", token=None))
    for sdk in ("static", "streamlit"):
        hub.add(f"owner/{sdk}", sdk=sdk)
        space = await fetch_space(f"owner/{sdk}", token=None)
        with pytest.raises(NotAGradioApp, match=f"owner/{sdk} is a {sdk} Space"):
            check_gradio(space)


@pytest.mark.parametrize(
    ("stage", "kind"), [("PAUSED", SpacePaused), ("RUNTIME_ERROR", SpaceBroken)]
)
async def test_what_is_down_is_refused_at_once(
    hub: StandInHub, stage: str, kind: type[Exception]
) -> None:
    hub.add("owner/name", stages=[stage])
    space = await fetch_space("owner/name", token=None)
    with pytest.raises(kind, match=f"ask its owner to .*: {hub.url}/spaces/owner/name"):
        check_not_down(space)
