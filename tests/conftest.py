"""What every test stands on: an environment without anyone's account, and the reference apps."""

import itertools
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.gradio_server import APPS, RunningApp, run_app
from tests.node import Node, build_node
from tests.scripted_app import on_loopback
from tests.stand_in_hub import TOKEN, StandInHub

_HOME = tempfile.TemporaryDirectory(prefix="space-tools-tests-")

# Before anything imports huggingface_hub, which reads its settings once: a test must find no
# token, cache, proxy or setting of whoever runs it, and must tell nobody that it ran.
_FOREIGN = {"http_proxy", "https_proxy", "all_proxy", "hf_token", "hf_endpoint", "ssl_cert_file"}
for _name in list(os.environ):
    if _name.lower() in _FOREIGN or _name.startswith("SPACE_TOOLS_"):
        del os.environ[_name]
os.environ.update(
    HF_HOME=f"{_HOME.name}/hf",
    XDG_CACHE_HOME=f"{_HOME.name}/cache",
    XDG_CONFIG_HOME=f"{_HOME.name}/config",
    XDG_DATA_HOME=f"{_HOME.name}/data",
    XDG_STATE_HOME=f"{_HOME.name}/state",
    GRADIO_ANALYTICS_ENABLED="False",
    HF_HUB_DISABLE_TELEMETRY="1",
)


settings.register_profile("long", max_examples=5_000, deadline=None)

_CACHES = itertools.count()


@pytest.fixture(autouse=True)
def own_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test leaves there is not found by the next: the ports of apps come again."""
    monkeypatch.setenv("XDG_CACHE_HOME", f"{_HOME.name}/caches/{next(_CACHES)}")


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Everything here runs on asyncio."""
    return "asyncio"


@pytest.fixture(scope="session")
def assets() -> Path:
    """The files that the reference apps give out, one of them with a name that is hard to quote."""
    folder = APPS / "assets"
    (folder / "ünï cödé & #1?.txt").write_text("unicode name\n", encoding="utf-8")
    return folder


def _reference_app(name: str, **env: str) -> Callable[..., Iterator[RunningApp]]:
    """A fixture: the app, started when a test first asks for it, and once for all tests."""

    @pytest.fixture(scope="session", name=name)
    def started() -> Iterator[RunningApp]:
        with run_app(name, **env) as app:
            yield app

    return started


kitchen_sink = _reference_app("kitchen_sink")
interface_app = _reference_app("interface_app")
tabbed_app = _reference_app("tabbed_app")
chat_app = _reference_app("chat_app")
chat_multimodal_app = _reference_app("chat_multimodal_app")
mounted_app = _reference_app("mounted_app")
multipage_app = _reference_app("multipage_app")
server_app = _reference_app("server_app")
slow_app = _reference_app("slow_app")


@pytest.fixture(scope="session")
def locked_app() -> Iterator[RunningApp]:
    """A kitchen sink that lets in `user` with `pass`."""
    with run_app("kitchen_sink", KS_AUTH="1") as app:
        yield app


@pytest.fixture(scope="session")
def strict_app() -> Iterator[RunningApp]:
    """A kitchen sink that keeps its errors to itself, queues one call and takes small files."""
    with run_app(
        "kitchen_sink",
        KS_SHOW_ERROR="0",
        KS_MAX_SIZE="1",
        KS_CONCURRENCY="1",
        KS_MAX_FILE_SIZE="1kb",
    ) as app:
        yield app


@pytest.fixture(scope="session")
def node() -> Node:
    """Programs that run on Node."""
    return build_node()


@pytest.fixture(scope="session")
def running_hub() -> Iterator[StandInHub]:
    """The server behind `hub`: starting one takes longer than most of these tests."""
    with on_loopback(StandInHub) as hub:
        yield hub


@pytest.fixture
def hub(running_hub: StandInHub, monkeypatch: pytest.MonkeyPatch) -> Iterator[StandInHub]:
    """A Hub that knows one user, `me`, by TOKEN, and no Space."""
    running_hub.forget()
    running_hub.users[TOKEN] = "me"
    monkeypatch.setenv("HF_ENDPOINT", running_hub.url)
    yield running_hub
    from huggingface_hub import close_session  # not before its settings are made, above

    close_session()  # the connections that it keeps for later


LONGEST = (
    "test_in_flight.py",
    "test_long_calls.py",
    "test_isolation.py",
    "test_python_clients.py",
    "test_examples.py",
    "test_hostile_apps.py",
    "test_mutation.py",
    "test_leaks.py",
    "test_exactly_once.py",
    "test_poisoned.py",
)
"""Files of few tests that take minutes: begun last, they would keep one process of two waiting."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest go first."""
    places = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path.name, len(places)))


NOT_RUN = ("skipped", "xfailed", "xpassed")


def _left_out(config: pytest.Config) -> int:
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    return 0 if reporter is None else sum(len(reporter.stats.get(kind, ())) for kind in NOT_RUN)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """In CI a test that did not run is a failure, so that nothing is left out unnoticed."""
    if os.environ.get("CI") and session.exitstatus == 0 and _left_out(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Say what the tests measured, and why a run without a failed test failed."""
    reports = terminalreporter.getreports("passed")
    if figures := [text for r in reports for name, text in r.user_properties if name == "figure"]:
        terminalreporter.section("figures")
        terminalreporter.write("".join(f"{text}\n" for text in figures))
    if os.environ.get("CI") and (count := _left_out(config)):
        terminalreporter.section("not run")
        terminalreporter.write_line(f"{count} tests were skipped or expected to fail: not in CI")
