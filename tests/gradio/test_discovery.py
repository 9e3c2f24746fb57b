"""Whatever answers at an address, it is either a Gradio app that can be used or says why not."""

from collections.abc import Mapping
from typing import Any

import anyio
import pytest
from starlette.responses import (
    HTMLResponse,
    JSONResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
)

from space_tools.credentials import Credentials
from space_tools.egress.http import Http
from space_tools.egress.policy import parse_address
from space_tools.errors import (
    AuthenticationError,
    ConnectError,
    NotAGradioApp,
    ProtocolError,
    SpaceToolsError,
    TransferError,
)
from space_tools.gradio import app as app_module
from space_tools.gradio import discovery
from space_tools.gradio.app import GradioApp
from tests.fault_proxy import FaultProxy
from tests.gradio.calling import call, connected
from tests.gradio_server import RunningApp, free_port, run_app
from tests.minimal_app import PREFIX
from tests.scripted_app import ABORT, Answer, Script, minimal_app, scripted_app

pytestmark = pytest.mark.usefixtures("clean")

CONFIG, INFO = ("GET", "/config"), ("GET", f"{PREFIX}/info")


def answering(routes: Mapping[tuple[str, str], Answer], **config: Any) -> Script:
    """The minimal app with some answers, or some of its configuration, replaced."""
    given, info = minimal_app()
    return Script({**given, **config}, info, routes={key: [a] for key, a in routes.items()})


async def problem(script: Script) -> SpaceToolsError:
    """What connecting to the script's app raises."""
    with scripted_app(script) as server:
        with pytest.raises(SpaceToolsError) as raised:
            async with connected(server.url):
                pass
        error: SpaceToolsError = raised.value
    return error


@pytest.mark.parametrize(
    ("name", "path", "endpoint"),
    [("kitchen_sink", "", "/echo_text"), ("mounted_app", "/sub", "/echo")],
)
async def test_a_real_app_is_read_where_it_is(
    request: pytest.FixtureRequest, name: str, path: str, endpoint: str
) -> None:
    server: RunningApp = request.getfixturevalue(name)
    async with connected(server.url + "/") as app:
        assert str(app.address) == f"http://127.0.0.1:{server.port}{path}"
        assert app.api == f"{app.address}/gradio_api"
        assert app.info.endpoint(endpoint) is not None


async def test_a_mounted_app_is_called_where_it_is(mounted_app: RunningApp) -> None:
    async with connected(mounted_app.url) as app:
        assert await call(app, "echo", "x") == ["mounted x"]


async def test_an_app_that_wants_a_login_says_so() -> None:
    with (
        run_app("interface_app", KS_AUTH="1") as server,
        pytest.raises(AuthenticationError, match="wants a login"),
    ):
        async with connected(server.url):
            pass


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (HTMLResponse("<html>a page</html>"), NotAGradioApp, "/config is not JSON"),
        (JSONResponse({"status": "ok"}), NotAGradioApp, "not a Gradio configuration"),
        (JSONResponse([1]), NotAGradioApp, "not a Gradio configuration"),
        (JSONResponse(None), NotAGradioApp, "not a Gradio configuration"),
        (JSONResponse({"detail": "Not Found"}, 404), NotAGradioApp, "/config gives 404"),
        (PlainTextResponse("starting", 503), NotAGradioApp, "/config gives 503"),
        (RedirectResponse("/elsewhere"), NotAGradioApp, "/config gives 307"),
        (JSONResponse({"detail": "login"}, 401), AuthenticationError, "wants a login"),
        (Response("{", media_type="application/json"), ProtocolError, "not JSON"),
        (JSONResponse({"components": 1}), ProtocolError, "malformed at components"),
        ([b"{", ABORT], TransferError, "broke off the connection"),
    ],
)
async def test_what_is_no_app_is_told_with_its_address(
    answer: Answer, kind: type[SpaceToolsError], words: str
) -> None:
    error = await problem(answering({CONFIG: answer}))
    assert type(error) is kind
    assert words in str(error)
    assert str(error).startswith("http://127.0.0.1:")


@pytest.mark.parametrize(("protocol", "version"), [("ws", "3.49.0"), ("sse_v9", "9.0")])
async def test_a_generation_that_is_not_spoken_is_named(protocol: str, version: str) -> None:
    error = await problem(answering({}, protocol=protocol, version=version))
    assert isinstance(error, ProtocolError)
    assert f"Gradio {version} (protocol {protocol})" in str(error)


async def test_a_hostile_prefix_is_refused_before_anything_is_asked_there() -> None:
    error = await problem(answering({}, api_prefix="//127.0.0.1:1"))
    assert "api_prefix" in str(error)


async def test_a_redirect_is_not_followed() -> None:
    with scripted_app(answering({})) as elsewhere:
        script = answering({CONFIG: RedirectResponse(f"{elsewhere.url}/config")})
        assert isinstance(await problem(script), NotAGradioApp)
        assert elsewhere.requests == []


@pytest.mark.parametrize(
    "answer",
    [
        PlainTextResponse("Internal Server Error", 500),
        HTMLResponse("<html>"),
        Response("{", media_type="application/json"),
        [b"{", ABORT],
    ],
)
async def test_an_app_without_a_usable_info_is_read_from_its_config(answer: Answer) -> None:
    with scripted_app(answering({INFO: answer})) as server:
        async with connected(server.url) as app:
            found = app.info.endpoint("echo")
    assert found is not None
    assert [(p.name, p.label, p.default) for p in found.parameters] == [("text", "Text", "hi")]


async def test_an_older_app_has_its_info_without_a_prefix() -> None:
    _, info = minimal_app()
    script = answering({("GET", "/info"): JSONResponse(info)}, api_prefix="", version="4.44.1")
    script.routes = {**script.routes, INFO: [JSONResponse({}, 404)]}
    with scripted_app(script) as server:
        async with connected(server.url) as app:
            assert app.api == server.url
            found = app.info.endpoint("echo")
    assert found is not None
    assert found.parameters[0].name == "x"


async def test_a_description_that_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discovery, "MAX_DESCRIPTION", 10_000)
    error = await problem(answering({}, title="x" * 20_000))
    assert isinstance(error, ProtocolError)
    assert "more than 10000 bytes" in str(error)


async def test_nothing_there_is_a_connect_error() -> None:
    with pytest.raises(ConnectError, match="nothing is listening there"):
        async with connected(f"http://127.0.0.1:{free_port()}"):
            pass


async def test_a_connection_that_breaks_off_is_a_transfer_error(kitchen_sink: RunningApp) -> None:
    async with FaultProxy(kitchen_sink.port) as proxy:
        proxy.cut_after = 5000
        with pytest.raises(TransferError, match="broke off the connection"):
            async with connected(f"http://127.0.0.1:{proxy.port}"):
                pass


async def test_an_app_that_describes_itself_drop_by_drop_is_given_up(
    kitchen_sink: RunningApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app_module, "DESCRIBE_SECONDS", 0.5)
    async with FaultProxy(kitchen_sink.port) as proxy:
        proxy.bandwidth = 500
        with anyio.fail_after(10), pytest.raises(TransferError, match=r"describe itself in 0.5 s"):
            async with connected(f"http://127.0.0.1:{proxy.port}"):
                pass


async def test_an_app_is_read_however_the_network_slices_it(kitchen_sink: RunningApp) -> None:
    async with FaultProxy(kitchen_sink.port) as proxy:
        proxy.slice_bytes = 7
        async with connected(f"http://127.0.0.1:{proxy.port}") as app:
            assert await call(app, "unicode_out") == ["ünï 🎉 \u2028 \n\n data: x\n\n"]


@pytest.mark.parametrize(("kind", "sent"), [("space", True), ("other", False)])
async def test_only_a_space_is_shown_who_asks(kind: Any, sent: bool) -> None:
    secret = Credentials(hf_token="hf_secret", ip_token="ip_secret")
    with scripted_app(answering({})) as server:
        async with Http() as http:
            await GradioApp.connect(http, parse_address(server.url), kind=kind, credentials=secret)
    assert len(server.requests) == 2
    for request in server.requests:
        assert ("secret" in str(request.headers)) is sent
        assert request.headers.get("x-hf-authorization") == ("Bearer hf_secret" if sent else None)
        assert "authorization" not in request.headers
