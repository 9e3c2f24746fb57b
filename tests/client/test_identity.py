"""Whose call it is: headers, cookies and tokens go to the client's own app, as its user said."""

import contextvars
import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from starlette.responses import RedirectResponse

from space_tools import AsyncClient, AuthenticationError, Client, __version__, handle_file
from space_tools.client.options import parse_options
from tests.client.as_space import AsSpace
from tests.gradio_server import APPS, RunningApp
from tests.minimal_app import minimal_app
from tests.scripted_app import Script, scripted_app


def seen(client: Client, **options: Any) -> dict[str, str]:
    headers: dict[str, str] = client.predict("x", api_name="/headers", **options)["headers"]
    return headers


def test_a_clients_headers_go_with_every_request(kitchen_sink: RunningApp) -> None:
    space = AsSpace(kitchen_sink)
    with Client(
        kitchen_sink.url,
        verbose=False,
        headers={"X-Mine": "1"},
        httpx_kwargs={"transport": space},
    ) as client:
        client.predict(handle_file(APPS / "assets" / "red.png"), api_name="/image_filepath")
        client.predict("x", api_name="/no_queue")
        client.view_api(print_info=False, return_format="dict")
    paths = {request.url.path.split("=")[0] for request in space.requests}
    assert {"/config", "/gradio_api/upload", "/gradio_api/file", "/gradio_api/queue/join"} <= paths
    assert space.sent("x-mine") == {"1"}
    assert space.sent("user-agent") == {f"space-tools/{__version__}"}
    assert space.closed


def test_a_calls_headers_win_and_stay_with_that_call(kitchen_sink: RunningApp) -> None:
    with Client(kitchen_sink.url, verbose=False, headers={"X-Mine": "client"}) as client:
        assert seen(client)["x-mine"] == "client"
        assert seen(client, headers={"x-MINE": "call", "x-more": "2"})["x-mine"] == "call"
        assert seen(client)["x-mine"] == "client"
        assert "x-more" not in seen(client)
        assert seen(client, headers={"User-Agent": "mine"})["user-agent"] == "mine"


def test_a_clients_headers_may_be_changed(kitchen_sink: RunningApp) -> None:
    with Client(kitchen_sink.url, verbose=False, headers={"X-Mine": "1"}) as client:
        assert client.headers == {"x-mine": "1"}
        client.headers["X-Mine"] = "2"
        client.headers["x-later"] = "3"
        got = seen(client)
        assert (got["x-mine"], got["x-later"]) == ("2", "3")


def test_headers_that_shape_a_request_are_the_clients_own(kitchen_sink: RunningApp) -> None:
    bad = {"Content-Type": "text/plain", "Content-Length": "1", "Host": "elsewhere"}
    with Client(kitchen_sink.url, verbose=False, headers=bad) as client:
        assert seen(client)["content-type"] == "application/json"
        file = handle_file(APPS / "assets" / "a.txt")
        assert client.predict(file, api_name="/file_single") == "path a.txt size=8"


def test_a_header_that_is_not_there_is_left_out(kitchen_sink: RunningApp) -> None:
    given = {"X-IP-Token": None, "x-bytes": b"1"}
    with Client(kitchen_sink.url, verbose=False, headers=given) as client:
        assert "x-ip-token" not in seen(client)
        assert seen(client, headers={"x-call": None, "x-bytes": b"2"})["x-bytes"] == "2"
        with pytest.raises(TypeError, match="the header X-Call must be a text") as caught:
            seen(client, headers={"X-Call": 12345})
        assert "12345" not in str(caught.value)
    with pytest.raises(TypeError, match="X-Mine"):
        Client(kitchen_sink.url, verbose=False, headers={"X-Mine": 1})  # type: ignore[dict-item]


def test_cookies_and_basic_authentication_are_sent(kitchen_sink: RunningApp) -> None:
    network = {"cookies": {"a": "1"}, "auth": ("me", "pw"), "headers": {"x-net": "3"}}
    with Client(kitchen_sink.url, verbose=False, httpx_kwargs=network) as client:
        got = seen(client, headers={"Cookie": "b=2"})
        assert got["cookie"] == "b=2; a=1"
        assert got["authorization"] == "Basic bWU6cHc="
        assert got["x-net"] == "3"
    assert network == {"cookies": {"a": "1"}, "auth": ("me", "pw"), "headers": {"x-net": "3"}}


def test_a_login_is_kept_for_the_client_that_made_it(locked_app: RunningApp) -> None:
    with Client(locked_app.url, verbose=False, auth=("user", "pass")) as client:
        assert client.predict("x", api_name="/headers")["username"] == "user"
        assert client.predict("x", api_name="/headers_no_queue")["username"] == "user"
        assert client.predict(api_name="/file_out").endswith("a.txt")
    with pytest.raises(AuthenticationError, match="give the client `auth="):
        Client(locked_app.url, verbose=False)


@pytest.mark.parametrize("wrong", [("user", "wrong"), ("", "")])
def test_a_wrong_password_is_said_at_once(locked_app: RunningApp, wrong: tuple[str, str]) -> None:
    with pytest.raises(AuthenticationError, match="does not accept") as caught:
        Client(locked_app.url, verbose=False, auth=wrong)
    assert isinstance(caught.value, ValueError)
    assert "wrong" not in str(caught.value)


async def test_the_awaited_client_logs_in_too(locked_app: RunningApp) -> None:
    async with AsyncClient(locked_app.url, verbose=False, auth=("user", "pass")) as client:
        assert (await client.predict("x", api_name="/headers"))["username"] == "user"


def test_a_token_goes_to_spaces_only(kitchen_sink: RunningApp) -> None:
    space = AsSpace(kitchen_sink)
    network = {"transport": space}
    with Client("owner/name", "hf_secret", verbose=False, httpx_kwargs=network) as client:
        assert client.src == "https://owner-name.hf.space/"
        assert client.predict("x", api_name="/echo_text") == "x"
    assert space.sent("x-hf-authorization") == {"Bearer hf_secret"}
    with Client(kitchen_sink.url, token="hf_secret", verbose=False) as client:
        assert not any("secret" in value for value in seen(client).values())


def test_the_saved_token_is_for_spaces_and_can_be_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_saved")

    def token(src: str, hf_token: Any = None) -> str | None:
        return parse_options(
            src,
            hf_token=hf_token,
            max_workers=1,
            verbose=False,
            auth=None,
            httpx_kwargs=None,
            headers=None,
            download_files=False,
            ssl_verify=True,
            oauth_token=None,
            analytics_enabled=False,
        ).hf_token

    assert token("owner/name") == "hf_saved"
    assert token("owner/name", "hf_given") == "hf_given"
    assert token("owner/name", False) is None
    assert token("https://example.com") is None


def test_an_oauth_token_goes_to_endpoints_that_ask_for_one(kitchen_sink: RunningApp) -> None:
    with Client(kitchen_sink.url, verbose=False, oauth_token="hf_user") as client:
        assert client.predict("x", api_name="/oauth_required") == "x token=hf_user"
        assert client.predict("x", api_name="/oauth_optional") == "x token=hf_user"
    with Client(kitchen_sink.url, verbose=False) as client:
        assert client.predict("x", api_name="/oauth_optional") == "x token=None"


def test_no_secret_shows_in_a_repr() -> None:
    options = parse_options(
        "owner/name",
        hf_token="hf_secret",
        max_workers=1,
        verbose=False,
        auth=("u", "secret"),
        httpx_kwargs={"cookies": {"c": "secret"}, "proxy": "http://u:secret@127.0.0.1:1"},
        headers={"a": "secret"},
        download_files=False,
        ssl_verify=True,
        oauth_token="secret",
        analytics_enabled=False,
    )
    assert "secret" not in repr(options)
    assert "secret" not in repr(options.credentials)


@pytest.fixture
def visitor(monkeypatch: pytest.MonkeyPatch) -> contextvars.ContextVar[Any]:
    """Where Gradio keeps the request that it serves; in this process it is not imported."""
    request: contextvars.ContextVar[Any] = contextvars.ContextVar("request", default=None)
    module = ModuleType("gradio.context")
    module.LocalContext = SimpleNamespace(request=request)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "gradio.context", module)
    return request


def test_a_call_made_for_a_visitor_counts_on_that_visitor(
    kitchen_sink: RunningApp, visitor: contextvars.ContextVar[Any]
) -> None:
    space = AsSpace(kitchen_sink)
    with Client(
        "owner/name",
        False,
        verbose=False,
        headers={"X-IP-Token": "clients"},
        httpx_kwargs={"transport": space},
    ) as client:
        given = {"X-IP-Token": "given", "a": "b"}
        assert client.add_zero_gpu_headers(given) == given
        assert client.predict("x", api_name="/header_param") == "x clients"
        token = visitor.set(SimpleNamespace(headers={"x-ip-token": "visitors"}))
        assert client.add_zero_gpu_headers(given) == {"a": "b", "x-ip-token": "visitors"}
        assert given == {"X-IP-Token": "given", "a": "b"}
        assert client.predict("x", api_name="/header_param") == "x visitors"
        calls = {"X-Ip-Token": "calls"}
        assert client.predict("x", api_name="/header_param", headers=calls) == "x calls"
        visitor.reset(token)
        assert client.predict("x", api_name="/header_param") == "x clients"


def test_a_visitors_token_goes_to_no_other_app(
    kitchen_sink: RunningApp, visitor: contextvars.ContextVar[Any]
) -> None:
    token = visitor.set(SimpleNamespace(headers={"x-ip-token": "visitors"}))
    with Client(kitchen_sink.url, verbose=False) as client:
        assert client.add_zero_gpu_headers({"a": "b"}) == {"a": "b"}
        assert "x-ip-token" not in seen(client)
    visitor.reset(token)


def test_headers_are_not_sent_past_a_redirect() -> None:
    config, info = minimal_app()
    with scripted_app(Script(config, info)) as target:
        away = RedirectResponse(f"{target.url}/config")
        routes: Any = {("GET", "/config"): [away], ("GET", "/gradio_api/info"): [away]}
        with (
            scripted_app(Script({}, {}, routes=routes)) as app,
            pytest.raises(Exception, match="no Gradio app answers here"),
        ):
            Client(app.url, verbose=False, headers={"x-mine": "secret"})
        assert target.requests == []
