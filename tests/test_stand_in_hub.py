"""The stand-in for the Hub does as told, whoever asks it and however."""

import json
import os
from http.client import HTTPConnection
from typing import Any

import pytest

from tests.stand_in_hub import StandInHub, stand_in_hub

ONE = "/api/spaces/me/name"


def ask(hub: StandInHub, method: str, path: str, body: Any = None, token: str = "") -> Any:
    """Status, headers and JSON of an answer."""
    connection = HTTPConnection("127.0.0.1", hub.port, timeout=5)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        connection.request(method, path, body and json.dumps(body), headers)
        response = connection.getresponse()
        return response.status, response.headers, json.loads(response.read() or b"null")
    finally:
        connection.close()


def test_it_is_the_hub_inside_the_block_alone() -> None:
    before = os.environ.get("HF_ENDPOINT")
    with stand_in_hub() as hub:
        assert os.environ["HF_ENDPOINT"] == hub.url
    assert os.environ.get("HF_ENDPOINT") == before


def test_stages_follow_each_other_and_sleep_lasts_until_it_is_woken() -> None:
    with stand_in_hub() as hub:
        space = hub.add("me/name", stages=["BUILDING", "SLEEPING", "RUNNING"])
        stages = [ask(hub, "GET", f"{ONE}/runtime")[2]["stage"] for _ in range(3)]
        assert stages == ["BUILDING", "SLEEPING", "SLEEPING"]
        space.wake()
        stages = [ask(hub, "GET", ONE)[2]["runtime"]["stage"] for _ in range(3)]
        assert stages == ["SLEEPING", "RUNNING", "RUNNING"]


@pytest.mark.parametrize(
    ("token", "status", "code"), [("", 401, "RepoNotFound"), ("hf_me", 404, "RepoNotFound")]
)
def test_what_is_not_there_is_refused_as_the_hub_does(token: str, status: int, code: str) -> None:
    with stand_in_hub() as hub:
        hub.users["hf_me"] = "me"
        got, headers, _ = ask(hub, "GET", ONE, token=token)
        assert (got, headers["X-Error-Code"]) == (status, code)


def test_settings_are_the_owners() -> None:
    with stand_in_hub() as hub:
        hub.users |= {"hf_me": "me", "hf_you": "you"}
        space = hub.add("me/name")
        secret = {"key": "A", "value": "b"}
        assert ask(hub, "POST", f"{ONE}/secrets", secret, "hf_you")[0] == 403
        assert ask(hub, "POST", f"{ONE}/secrets", secret, "hf_me")[0] == 200
        assert space.secrets == {"A": "b"}
        assert [request.json() for request in hub.asked("POST", f"{ONE}/secrets")] == [secret] * 2


def test_a_copy_is_made_once() -> None:
    with stand_in_hub() as hub:
        hub.users["hf_me"] = "me"
        hub.add("owner/name")
        path, wish = "/api/spaces/owner/name/duplicate", {"repository": "me/name"}
        statuses = [ask(hub, "POST", path, wish, "hf_me")[0] for _ in range(2)]
        assert statuses == [200, 409]
