"""Clients of Spaces by their id: where the Hub says they are, once they run."""

import pytest

from space_tools import (
    AsyncClient,
    AuthenticationError,
    Client,
    HubUnavailable,
    NotAGradioApp,
    SpaceBroken,
    SpaceNotFound,
    SpacePaused,
    Toolset,
)
from tests.gradio_server import RunningApp
from tests.stand_in_hub import TOKEN, StandInHub


def quiet(space_id: str, token: str | bool | None = False) -> Client:
    return Client(space_id, token, verbose=False)  # type: ignore[arg-type]


def test_a_space_is_where_the_hub_says(hub: StandInHub, kitchen_sink: RunningApp) -> None:
    hub.add("owner/name", host=kitchen_sink.url)
    for name in ("owner/name", "https://huggingface.co/spaces/owner/name"):
        with quiet(name) as client:
            assert client.src == f"{kitchen_sink.url}/"
            assert client.predict("x", api_name="/echo_text") == "x"


def test_a_space_that_is_being_built_is_waited_for_and_that_is_said(
    hub: StandInHub, kitchen_sink: RunningApp, capsys: pytest.CaptureFixture[str]
) -> None:
    hub.add("owner/name", host=kitchen_sink.url, stages=["BUILDING", "APP_STARTING", "RUNNING"])
    with Client("owner/name", False) as client:
        assert client.predict("x", api_name="/echo_text") == "x"
    said = capsys.readouterr().out.splitlines()
    assert said == [
        "building owner/name",
        "starting owner/name",
        f"Loaded as API: {kitchen_sink.url}/ ✔",
    ]


@pytest.mark.parametrize(
    ("stage", "kind", "advice"),
    [
        ("PAUSED", SpacePaused, "ask its owner to restart it: http"),
        ("BUILD_ERROR", SpaceBroken, "could not be built"),
        ("RUNTIME_ERROR", SpaceBroken, "crashed"),
    ],
)
def test_a_space_that_does_not_come_up_says_what_to_do(
    hub: StandInHub, stage: str, kind: type[Exception], advice: str
) -> None:
    hub.add("owner/name", stages=[stage])
    with pytest.raises(kind, match=advice):
        quiet("owner/name")


def test_a_private_space_takes_its_owners_token(hub: StandInHub, kitchen_sink: RunningApp) -> None:
    hub.add("me/name", host=kitchen_sink.url, private=True)
    with pytest.raises(SpaceNotFound):
        quiet("me/name")
    with quiet("me/name", TOKEN) as client:
        headers = client.predict("x", api_name="/headers")["headers"]
    assert headers["x-hf-authorization"] == f"Bearer {TOKEN}"
    assert "authorization" not in headers


def test_a_token_that_is_not_accepted_is_said(hub: StandInHub) -> None:
    hub.add("me/name")
    with pytest.raises(AuthenticationError) as raised:
        quiet("me/name", "hf_expired")
    assert "hf_expired" not in str(raised.value)


def test_a_space_of_another_kind_is_said(hub: StandInHub) -> None:
    hub.add("owner/name", sdk="streamlit")
    with pytest.raises(NotAGradioApp, match="streamlit") as caught:
        quiet("owner/name")
    assert isinstance(caught.value, ValueError)


def test_a_hub_that_is_down_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(HubUnavailable):
        quiet("owner/name")


def test_a_copy_of_a_space_has_a_client(
    hub: StandInHub, kitchen_sink: RunningApp, capsys: pytest.CaptureFixture[str]
) -> None:
    hub.add("owner/name", host=kitchen_sink.url)
    hub.add("me/mine", host=kitchen_sink.url)
    with Client.duplicate("owner/name", "mine", token=TOKEN, download_files=False) as client:
        assert client.predict("x", api_name="/echo_text") == "x"
    assert "using your existing Space" in capsys.readouterr().out
    with pytest.raises(AuthenticationError):
        Client.duplicate("owner/name", verbose=False)


async def test_an_awaited_client_finds_and_copies_too(
    hub: StandInHub, kitchen_sink: RunningApp
) -> None:
    hub.add("owner/name", host=kitchen_sink.url)
    hub.add("me/mine", host=kitchen_sink.url)
    async with AsyncClient("owner/name", False, verbose=False) as client:
        assert await client.predict("x", api_name="/echo_text") == "x"
        assert client.src == f"{kitchen_sink.url}/"
    copy = await AsyncClient.duplicate("owner/name", "mine", token=TOKEN, verbose=False)
    assert copy.src == f"{kitchen_sink.url}/"
    await copy.close()


async def test_the_tools_of_a_space_are_those_of_its_app(
    hub: StandInHub, kitchen_sink: RunningApp
) -> None:
    hub.add("owner/name", host=kitchen_sink.url, stages=["BUILDING", "RUNNING"])
    hub.add("owner/paused", stages=["PAUSED"])
    async with Toolset(["owner/name", "owner/paused"]) as tools:
        assert await tools.call("name_echo_text", {"x": "x"}) == {"Out": "x"}
        assert isinstance(tools.problems["paused"], SpacePaused)
