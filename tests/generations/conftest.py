from collections.abc import Iterator

import pytest

from tests.environments import VERSIONS, Environments
from tests.gradio_server import RunningApp, run_app

ENVIRONMENTS = Environments()


@pytest.fixture(scope="module", params=VERSIONS)
def old_app(request: pytest.FixtureRequest) -> Iterator[RunningApp]:
    """The kitchen sink on each generation of Gradio in turn."""
    with run_app("kitchen_sink", python=ENVIRONMENTS.python(request.param)) as app:
        yield app
