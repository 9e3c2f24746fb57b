from collections.abc import Iterator

import pytest

from tests.frameworks.scripted_model import ScriptedModel
from tests.scripted_app import on_loopback


@pytest.fixture(scope="package")
def model() -> Iterator[ScriptedModel]:
    """A model that says what it is told to."""
    with on_loopback(ScriptedModel) as model:
        yield model
