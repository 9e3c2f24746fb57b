"""An app that is started anew while it is served."""

from collections.abc import Iterator

import pytest

from tests.scripted_app import ScriptedApp
from tests.tools.deployed import Deployed, deployed


@pytest.fixture
def app() -> Deployed:
    """What it is now."""
    return Deployed()


@pytest.fixture
def served(app: Deployed) -> Iterator[ScriptedApp]:
    """The app, running."""
    with deployed(app) as served:
        yield served
