"""An app with a login, as tools: whoever starts the server gives its user and password."""

import pytest

from space_tools import AuthenticationError, Toolset
from tests.gradio.calling import eventually
from tests.gradio_server import RunningApp, free_port, run_app
from tests.server.files_of_results import files_of, read, text_block
from tests.server.stdio_server import serve

LOGIN = "SPACE_TOOLS_AUTH_LOCKED"


async def test_what_an_app_with_a_login_made_is_passed_on_and_read(
    locked_app: RunningApp, kitchen_sink: RunningApp, era: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(LOGIN, "user:pass")
    spaces = ["--space", f"locked={locked_app.url}", "--space", f"open={kitchen_sink.url}"]
    async with serve(*spaces, era=era) as server:
        client = server.client
        [made] = files_of(await client.call_tool("locked_image_numpy_out", {}))
        assert "note" not in made
        assert (await read(client, made["uri"])).startswith(b"RIFF")
        seen = await client.call_tool("open_image_numpy", {"x": made["uri"]})
        assert text_block(seen) == "ndarray shape=(4, 5, 3) dtype=uint8"
        headers = await client.call_tool("open_headers", {"x": "x"})
        assert "access-token" not in text_block(headers)


async def test_without_a_login_it_is_said_how_to_give_one(
    locked_app: RunningApp, kitchen_sink: RunningApp
) -> None:
    spaces = [f"locked={locked_app.url}", f"open={kitchen_sink.url}"]
    async with Toolset(spaces) as tools:
        assert str(tools.problems["locked"]) == (
            f"{locked_app.url} wants a login; set {LOGIN} to user:password"
        )
        assert "open_echo_text" in tools.tools
    async with Toolset(spaces, auth={"locked": ("user", "wrong")}) as tools:
        assert isinstance(tools.problems["locked"], AuthenticationError)
        assert "wrong" not in str(tools.problems["locked"])


async def test_an_app_that_forgot_the_login_is_logged_in_to_again() -> None:
    port = str(free_port())
    with run_app("kitchen_sink", KS_AUTH="1", KS_PORT=port) as app:
        url = f"http://127.0.0.1:{port}"
        assert app.url == url
        async with Toolset([f"a={url}"], auth={"a": ("user", "pass")}) as tools:
            assert await tools.call("a_echo_text", {"x": "x"}) == {"Out": "x"}
            app.process.kill()
            app.process.wait()
            with run_app("kitchen_sink", KS_AUTH="1", KS_PORT=port):

                async def works() -> bool:
                    try:
                        return await tools.call("a_echo_text", {"x": "x"}) == {"Out": "x"}
                    except AuthenticationError:
                        return False

                assert await eventually(works, within=30)
