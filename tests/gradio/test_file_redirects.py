"""An app's files are followed where the app sends for them, within the app and not for ever."""

from collections.abc import AsyncIterator

import pytest
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from space_tools.credentials import Credentials
from space_tools.egress.http import Http
from space_tools.egress.policy import parse_address
from space_tools.errors import TransferError
from space_tools.gradio.app import GradioApp
from space_tools.gradio.app_info import parse_app_info
from space_tools.gradio.files import open_file
from tests.gradio.leftovers import nothing_left_behind
from tests.scripted_app import Answers, Recorded, Script, ScriptedApp, minimal_app, scripted_app

FILE = "/gradio_api/file=/tmp/a.txt"
USER = Credentials(hf_token="hf_secret", ip_token="ip", headers={"x-own": "for no redirect"})


def serving(routes: dict[str, Answers | Response]) -> Script:
    answers = {("GET", path): [a] if isinstance(a, Response) else a for path, a in routes.items()}
    return Script(*minimal_app(), routes=answers)


@pytest.fixture
async def http() -> AsyncIterator[Http]:
    async with nothing_left_behind(), Http() as http:
        yield http


def app_at(http: Http, url: str) -> GradioApp:
    """A Space there."""
    return GradioApp(http, parse_address(url), parse_app_info(*minimal_app()), kind="space")


async def fetch(app: GradioApp) -> bytes:
    async with open_file(app, app.file_url("/tmp/a.txt"), credentials=USER) as answer:
        return b"".join([chunk async for chunk in answer.chunks()])


def asked(server: ScriptedApp) -> list[Recorded]:
    return [
        request for request in server.requests if "tmp" in request.path or "hop" in request.path
    ]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_within_the_app_is_followed(http: Http, status: int) -> None:
    moved = RedirectResponse("/hop/1?x=1", status)
    with scripted_app(serving({FILE: moved, "/hop/1": PlainTextResponse("content")})) as server:
        assert await fetch(app_at(http, server.url)) == b"content"
        first, second = asked(server)
    assert second.query == "x=1"
    tokens = {"x-hf-authorization": "Bearer hf_secret", "x-ip-token": "ip"}
    assert first.headers.items() >= {**tokens, "x-own": "for no redirect"}.items()
    assert second.headers.items() >= tokens.items()
    assert "x-own" not in second.headers


async def test_three_redirects_are_followed_and_no_more(http: Http) -> None:
    hops = {f"/hop/{n}": RedirectResponse(f"/hop/{n + 1}") for n in range(1, 10)}
    for length, whole in ((3, True), (4, False)):
        end = {f"/hop/{length}": PlainTextResponse("content")}
        with scripted_app(serving({FILE: RedirectResponse("/hop/1"), **hops, **end})) as server:
            if whole:
                assert await fetch(app_at(http, server.url)) == b"content"
            else:
                with pytest.raises(TransferError, match="redirected more than 3 times"):
                    await fetch(app_at(http, server.url))
            assert len(asked(server)) == 4


@pytest.mark.parametrize(
    "target",
    [
        "http://localhost:{port}/hop",  # the same machine by another name
        "http://127.0.0.1:{other}/hop",
        "https://127.0.0.1:{port}/hop",
        "//127.0.0.1:{other}/hop",
        "http://user@127.0.0.1:{port}/hop",
        "http://127.0.0.1:{port}\\@127.0.0.1:{other}/hop",
        "file:///etc/passwd",
        "http://[",
        "",
    ],
)
async def test_a_redirect_away_from_the_app_is_an_error(http: Http, target: str) -> None:
    def redirect(_: Recorded) -> Response:
        where = target.format(port=server.port, other=other.port)
        return Response(status_code=302, headers={"location": where})

    with (
        scripted_app(serving({"/hop": PlainTextResponse("secret")})) as other,
        scripted_app(serving({FILE: redirect, "/hop": PlainTextResponse("x")})) as server,
    ):
        with pytest.raises(TransferError):
            await fetch(app_at(http, server.url))
        assert len(asked(server)) == 1
        assert other.requests == []


@pytest.mark.parametrize(
    ("target", "followed"),
    [
        ("/app/hop", True),
        ("hop", True),
        ("/other/hop", False),
        ("/application/hop", False),
        ("/app/%2e%2e/other/hop", False),
        ("/app/../other/hop", False),
    ],
)
async def test_an_app_below_a_path_stays_there(http: Http, target: str, followed: bool) -> None:
    """Its neighbours are somebody else's."""
    script = serving({f"/app{FILE}": RedirectResponse(target)})
    with scripted_app(script) as server:
        app = app_at(http, f"{server.url}/app")
        with pytest.raises(TransferError, match="answered 404" if followed else "elsewhere"):
            await fetch(app)
        assert len(asked(server)) == 1 + followed
