"""What is wanted of apps and their tools, from Python."""

from collections.abc import AsyncIterator

import pytest

from space_tools import ConfigurationError, SpaceSettings, Toolset, ToolSettings
from tests.gradio.leftovers import nothing_left_behind
from tests.gradio_server import RunningApp


@pytest.fixture(autouse=True)
async def clean() -> AsyncIterator[None]:
    """No task and no connection outlives the test."""
    async with nothing_left_behind():
        yield


async def test_apps_and_tools_are_as_they_are_wanted(kitchen_sink: RunningApp) -> None:
    greet = ToolSettings(name="greet", defaults={"x": "hello"})
    tools = {"/echo_text": greet, "/number": ToolSettings(hidden=("x",))}
    studio = SpaceSettings(
        kitchen_sink.url, "studio", include=("/echo_text", "/number"), tools=tools
    )
    async with Toolset([studio, f"ks={kitchen_sink.url}"], exclude=["ks/number"]) as toolset:
        assert {"greet", "studio_number", "ks_echo_text"} <= toolset.tools.keys()
        assert "ks_number" not in toolset.tools
        assert await toolset.call("greet", {}) == {"Out": "hello"}
        assert await toolset.call("studio_number", {}) == {"Out": "int 5"}
        assert toolset.problems == {}


async def test_names_that_lead_nowhere_are_a_problem_of_their_app_alone(
    kitchen_sink: RunningApp,
) -> None:
    wrong = SpaceSettings(kitchen_sink.url, "wrong", tools={"/nmber": ToolSettings(name="count")})
    async with Toolset([wrong, f"ks={kitchen_sink.url}"], include=["*/number"]) as toolset:
        assert list(toolset.tools) == ["ks_number"]
        assert toolset.problems.keys() == {"wrong"}
        with pytest.raises(ConfigurationError, match="has no endpoint /nmber; did you mean"):
            await toolset.call("count", {})


async def test_a_pattern_that_no_app_has_anything_for_is_told_once(
    kitchen_sink: RunningApp, interface_app: RunningApp, caplog: pytest.LogCaptureFixture
) -> None:
    sources = [f"ks={kitchen_sink.url}", f"hello={interface_app.url}"]
    async with Toolset(sources, include=["*/greet", "*/eco_text"]) as toolset:
        assert list(toolset.tools) == ["hello_greet"]
    told = [record.message for record in caplog.records if record.levelname == "WARNING"]
    assert told == ["'*/eco_text' matches no endpoint of any app"]


async def test_two_apps_that_want_one_name_for_a_tool_are_told_and_the_first_has_it(
    kitchen_sink: RunningApp, interface_app: RunningApp, caplog: pytest.LogCaptureFixture
) -> None:
    greet = {"/greet": ToolSettings(name="ks_number")}
    sources = [
        SpaceSettings(kitchen_sink.url, "ks", include=("/number",)),
        SpaceSettings(interface_app.url, "hello", tools=greet),
    ]
    async with Toolset(sources) as toolset:
        assert {tool.app.address.port for tool in toolset} == {kitchen_sink.port}
        assert "would both be the tool 'ks_number'" in str(toolset.problems["hello"])
    [told] = [record.message for record in caplog.records if record.levelname == "WARNING"]
    assert told.startswith("hello: ks/number and hello/greet would both be")


async def test_a_pattern_that_matches_no_app_is_refused_at_once() -> None:
    with pytest.raises(ConfigurationError, match="'art/x' matches no alias/endpoint; the aliases"):
        Toolset(["ks=http://127.0.0.1:1"], include=["art/x"])
