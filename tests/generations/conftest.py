from collections.abc import Iterator

import pytest

from tests.environments import VERSIONS, Environments
from tests.gradio_server import RunningApp, run_app

ENVIRONMENTS = Environments()


@pytest.fixture(scope="session", params=VERSIONS)
def old_python(request: pytest.FixtureRequest) -> str:
    """The interpreter of each generation's environment in turn."""
    return ENVIRONMENTS.python(request.param)


@pytest.fixture(scope="session")
def old_app(old_python: str) -> Iterator[RunningApp]:
    """The kitchen sink on each generation of Gradio in turn."""
    with run_app("kitchen_sink", python=old_python) as app:
        yield app


@pytest.fixture(scope="session")
def old_chat(old_python: str) -> Iterator[RunningApp]:
    """The chat app on each generation of Gradio in turn."""
    with run_app("chat_app", python=old_python) as app:
        yield app
