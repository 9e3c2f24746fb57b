"""A token goes to the Hub, and to the host that the Hub named; it is told to nobody."""

import logging
import traceback
from collections.abc import Awaitable, Callable

import pytest
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response

from space_tools.egress.http import Http
from space_tools.errors import SpaceToolsError
from space_tools.hub.duplicate import duplicate_space
from space_tools.hub.spaces import fetch_space
from space_tools.hub.users import whoami
from space_tools.hub.waking import Pace, until_running
from tests.scripted_app import Script, scripted_app
from tests.stand_in_hub import TOKEN, StandInHub

Ask = Callable[[], Awaitable[object]]

ASKED: dict[str, tuple[tuple[str, str], Ask]] = {
    "space": (
        ("GET", "/api/spaces/owner/name"),
        lambda: fetch_space("owner/name", token=TOKEN),
    ),
    "copy": (
        ("POST", "/api/spaces/owner/name/duplicate"),
        lambda: duplicate_space("owner/name", "me/copy", token=TOKEN, secrets={"KEY": "s3cr3t"}),
    ),
    "user": (("GET", "/api/whoami-v2"), lambda: whoami(TOKEN)),
}
"""What is asked of the Hub, and the request that it ends in."""


async def test_the_hub_gets_the_token_as_its_own_header_alone(hub: StandInHub) -> None:
    hub.add("owner/name")
    for _, ask in ASKED.values():
        await ask()
    for request in hub.requests:
        assert request.headers.pop("authorization") == f"Bearer {TOKEN}"
        assert TOKEN not in f"{request.path}{request.query}{request.headers}{request.body!r}"


@pytest.mark.parametrize("token", [TOKEN, None])
async def test_the_host_that_is_woken_gets_it_as_the_hubs_proxy_takes_it(
    hub: StandInHub, http: Http, token: str | None
) -> None:
    with (
        scripted_app(Script({}, {})) as elsewhere,
        scripted_app(
            Script({}, {}, routes={("GET", "/"): [RedirectResponse(f"{elsewhere.url}/")]})
        ) as host,
    ):
        hub.add("owner/name", host=host.url, stages=["SLEEPING", "RUNNING"]).wake()
        space = await fetch_space("owner/name", token=None)
        brisk = Pace(first=0.01)
        await until_running(space, http=http, token=token, deadline_seconds=5, pace=brisk)
        [request] = host.requests
        assert request.headers.get("x-hf-authorization") == (token and f"Bearer {token}")
        assert "authorization" not in request.headers
        assert elsewhere.requests == []


STATUSES = [400, 401, 402, 403, 404, 409, 418, 429, 500, 503]

ANSWERS: list[Response] = [
    *(JSONResponse({"error": f"who is {TOKEN}?"}, status) for status in STATUSES),
    PlainTextResponse(f"{TOKEN} is not JSON"),
    JSONResponse({"id": [TOKEN]}),
]


@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize("asking", ASKED)
async def test_no_error_and_no_log_tells_the_token(
    hub: StandInHub, caplog: pytest.LogCaptureFixture, asking: str, answer: Response
) -> None:
    hub.add("owner/name")
    path, ask = ASKED[asking]
    hub.answers[path] = answer
    caplog.set_level(logging.DEBUG)
    with pytest.raises(SpaceToolsError) as caught:
        await ask()
    told = "".join(traceback.format_exception(caught.value)) + repr(caught.value) + caplog.text
    assert TOKEN not in told
    assert "s3cr3t" not in told
