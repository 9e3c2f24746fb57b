"""Apps that lie in every field they control, to real servers: nothing leaks, nothing falls over."""

import json
import unicodedata
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import anyio
import pytest
from mcp_types import CallToolResult, ResourceLink, TextContent, Tool

from benchmarks.processes import Memory
from tests.gradio.calling import eventually
from tests.hostile.files import FILES
from tests.hostile.floods import FLOODS
from tests.hostile.host import CANARIES, HOSTS, Host
from tests.hostile.messages import MESSAGES
from tests.hostile.origins import ORIGINS
from tests.hostile.scenario import MIB, Scenario, Scene, script
from tests.hostile.stage import Elsewhere, Stage, Wire
from tests.hostile.wires import WIRES
from tests.hostile.words import WORDS
from tests.scripted_app import Script, ScriptedApp, on_loopback, scripted_app
from tests.server.stdio_server import ProgressLog, data_of

SCENARIOS = [*ORIGINS, *WORDS, *FILES, *FLOODS, *MESSAGES, *WIRES]
ALIASES = {scenario.name: f"h{number:03}" for number, scenario in enumerate(SCENARIOS)}

MOST_KEPT = 32 * MIB
"""Bytes of memory that a server may have more after a scenario than before."""

MOST_AT_ONCE = 32 * MIB
"""The same within one, at the peak."""

BEFORE_IT_BEGAN = "/config gives 404"
"""What a call is told that comes while the app is being looked at, which was not up by then."""

MOST_TOLD = 2 * MIB
"""Bytes that a client is told at once."""

LONGEST_ERROR = 5000
"""Characters."""

SETTLE_SECONDS = 10.0
"""That a server has to let go of what it has read."""

DEADLINE = 120.0
"""Seconds for one scenario, on a machine that is busy with other tests."""


@dataclass(slots=True)
class Figures:
    """What came of all of it."""

    scenarios: set[str] = field(default_factory=set)
    performances: int = 0
    canaries: int = 0
    visits: int = 0
    kept: int = 0
    peak: int = 0
    largest: str = ""

    def note(self, scenario: Scenario, growth: Memory, *, canaries: int, visits: int) -> None:
        """One more performance."""
        self.scenarios.add(scenario.name)
        self.performances += 1
        self.canaries += canaries
        self.visits += visits
        self.kept = max(self.kept, growth.now)
        if growth.peak > self.peak:
            self.peak, self.largest = growth.peak, scenario.name


@dataclass(frozen=True, slots=True)
class Theatre:
    """The origins of hostile apps, one that they have nothing to do with, and a good app."""

    stage: Stage
    alone: Mapping[str, Stage]
    wire: Wire
    elsewhere: Elsewhere
    good: ScriptedApp

    def options(self) -> list[str]:
        """Those of a server that has all of them configured, and trusts the hostile ones."""
        spaces = [f"good={self.good.url}"]
        spaces += [f"{ALIASES[s.name]}={self.url_of(s)}" for s in SCENARIOS]
        options = [part for space in spaces for part in ("--space", space)]
        for origin in (self.stage, self.wire, *self.alone.values()):
            options += ["--trust-host", f"127.0.0.1:{origin.port}"]
        return [*options, "--log-level", "debug"]

    def url_of(self, scenario: Scenario) -> str:
        if scenario.alone:
            return self.alone[scenario.name].url
        origin = self.wire if scenario in WIRES else self.stage
        return f"{origin.url}/{ALIASES[scenario.name]}"

    def playing(self, scenario: Scenario) -> AbstractContextManager[None]:
        """Until the block ends, the app of that scenario is up."""
        play = scenario.play(Scene(self.url_of(scenario), self.elsewhere.url))
        if scenario.alone:
            assert isinstance(play, Script)
            return self.alone[scenario.name].playing("", play)
        if isinstance(play, Script):
            return self.stage.playing(ALIASES[scenario.name], play)
        return self.wire.playing(ALIASES[scenario.name], play)


@pytest.fixture(scope="module")
def figures() -> Figures:
    return Figures()


@pytest.fixture(scope="module")
async def theatre() -> AsyncIterator[Theatre]:
    with (
        ExitStack() as stack,
        on_loopback(Stage) as stage,
        on_loopback(Elsewhere) as elsewhere,
        scripted_app(script()) as good,
    ):
        lonely = [scenario.name for scenario in SCENARIOS if scenario.alone]
        alone = {name: stack.enter_context(on_loopback(Stage)) for name in lonely}
        async with Wire() as wire:
            yield Theatre(stage, alone, wire, elsewhere, good)


@pytest.fixture(scope="module", params=HOSTS)
async def host(
    request: pytest.FixtureRequest, theatre: Theatre, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Host]:
    """A server that has begun to work."""
    disk = tmp_path_factory.mktemp(f"disk-{request.param}")
    async with HOSTS[request.param](theatre.options(), disk) as host:
        await host.client.list_tools()
        await assert_serves(host)
        yield host


@dataclass(slots=True)
class Told:
    """All that a client was told in a scenario."""

    result: CallToolResult
    progress: ProgressLog
    tools: list[Tool]
    resources: list[ResourceLink]
    files: list[Any]

    def values(self) -> Iterator[Any]:
        """As JSON; without what is in files, which are as the app made them."""
        yield self.result.model_dump(mode="json", by_alias=True)
        yield [progress.message for progress in self.progress.seen]
        yield [tool.model_dump(mode="json", by_alias=True) for tool in self.tools]
        yield [one.model_dump(mode="json", by_alias=True) for one in self.resources]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
async def test_nothing_leaks_and_nothing_falls_over(
    theatre: Theatre, host: Host, scenario: Scenario, figures: Figures
) -> None:
    theatre.elsewhere.requests.clear()
    before = host.begin()
    with anyio.fail_after(DEADLINE):
        with theatre.playing(scenario):
            told = await perform(host, ALIASES[scenario.name], scenario)
        await assert_serves(host)
    growth = await growth_since(before, host)
    found = canaries_in(told, host, theatre, scenario)
    theatre.good.requests.clear()
    figures.note(scenario, growth, canaries=len(found), visits=len(theatre.elsewhere.requests))
    assert found == []
    assert theatre.elsewhere.requests == []
    assert_ends(scenario, told.result)
    assert told.tools or told.result.is_error
    for value in told.values():
        assert_clean(value)
    assert growth.now <= MOST_KEPT, f"{growth.now / MIB:.1f} MiB more"
    assert growth.peak <= MOST_AT_ONCE, f"{growth.peak / MIB:.1f} MiB more"


async def perform(host: Host, alias: str, scenario: Scenario) -> Told:
    """Calls the app, and asks for everything else that tells of it."""
    progress = ProgressLog()
    call = partial(host.client.call_tool, f"{alias}_echo", dict(scenario.arguments))
    result = await call(progress_callback=progress)
    if BEFORE_IT_BEGAN in text_of(result):
        result = await call(progress_callback=progress)
    tools = await tools_of(host, alias)
    if scenario.becomes:
        while not any(scenario.becomes in (tool.description or "") for tool in tools):
            await anyio.sleep(0.1)
            tools = await tools_of(host, alias)
        result = await call()
    links = [block for block in result.content if isinstance(block, ResourceLink)]
    small = [link.uri for link in links if (link.size or 0) < MIB]
    files = [await host.client.read_resource(uri) for uri in small[:3]]
    return Told(result, progress, tools, links, files)


async def tools_of(host: Host, alias: str) -> list[Tool]:
    """Those of one app."""
    listed = await host.client.list_tools(cache_mode="refresh")
    return [tool for tool in listed.tools if tool.name.startswith(f"{alias}_")]


async def growth_since(before: Memory, host: Host) -> Memory:
    """How much more memory it has, once it has ended what a call leaves to be ended."""
    with suppress(TimeoutError):
        await eventually(lambda: host.memory().now - before.now <= MOST_KEPT, within=SETTLE_SECONDS)
    memory = host.memory()
    return Memory(memory.now - before.now, memory.peak - before.now)


async def assert_serves(host: Host) -> None:
    """A good app, which is nobody's to trust, still answers whoever else is there."""
    result = await host.bystander.call_tool("good_echo", {"x": "hello"})
    assert data_of(result) == {"Out": "hello"}


def canaries_in(told: Told, host: Host, theatre: Theatre, scenario: Scenario) -> list[str]:
    """Every place where a token is that does not belong there."""
    places = [
        *host.written(),
        *(("elsewhere", repr(request).encode()) for request in theatre.elsewhere.requests),
        *(("the good app", repr(request).encode()) for request in theatre.good.requests),
    ]
    if not scenario.quotes:
        places += [("the client", json.dumps(value).encode()) for value in told.values()]
        places += [("a file", repr(file).encode()) for file in told.files]
    else:
        places = [(where, what) for where, what in places if "/output/" not in where]
    return [where for where, what in places for token in CANARIES if token in what]


def text_of(result: CallToolResult) -> str:
    return "\n".join(block.text for block in result.content if isinstance(block, TextContent))


def assert_ends(scenario: Scenario, result: CallToolResult) -> None:
    """With a clear error, or a result."""
    text = text_of(result)
    assert text
    assert "Traceback" not in text
    if result.is_error:
        assert len(text) < LONGEST_ERROR
        assert scenario.gives is None, text
        assert scenario.error is None or scenario.error in text, text
    else:
        assert scenario.error is None, text
        assert scenario.gives in (None, (result.structured_content or {}).get("Out"))


def assert_clean(value: Any) -> None:
    """It is JSON, of a size that a client can take, without what its reader cannot see."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    assert len(text) <= MOST_TOLD
    for string in strings_in(value):
        odd = {f"U+{ord(c):04X}" for c in string if is_odd(c)}
        assert not odd, string[:200]


def strings_in(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from strings_in(item)
    elif isinstance(value, list):
        for item in value:
            yield from strings_in(item)


HIDDEN = set("\u00ad\u200b\u2060\ufeff\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def is_odd(character: str) -> bool:
    kind = unicodedata.category(character)
    control = kind == "Cc" and character not in "\n\r\t"
    return control or kind == "Cs" or character in HIDDEN or 0xE0000 <= ord(character) <= 0xE0FFF


def test_that_was_all(figures: Figures, record_property: Callable[[str, object], None]) -> None:
    line = (
        f"{len(figures.scenarios)} hostile apps, {figures.performances} times in all: "
        f"{figures.canaries} canaries found, {figures.visits} visits elsewhere, "
        f"at most {figures.kept / MIB:.1f} MiB more memory after one, and "
        f"{figures.peak / MIB:.1f} MiB within one ({figures.largest})"
    )
    record_property("figure", line)
    assert len(figures.scenarios) >= 40
    assert (figures.canaries, figures.visits) == (0, 0)
