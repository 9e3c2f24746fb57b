"""What the official suite says of one server, which has a real app behind it."""

from collections.abc import AsyncIterator

import pytest

from tests.conformance.suite import Report, run_suite
from tests.gradio_server import run_app
from tests.node import Node
from tests.server.http_server import http_server

REVISIONS = ("2026-07-28", "2025-11-25")
"""Of the protocol, that the suite has requirements for."""

STAND_INS = {
    "simple_text": "test_simple_text",
    "image": "test_image_content",
    "audio": "test_audio_content",
    "error": "test_error_handling",
    "with_progress": "test_tool_with_progress",
}
"""Endpoint of the app → the tool of the suite that it stands in for."""


@pytest.fixture(scope="session")
async def url(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """Where the server under test speaks MCP; its tools are called as the suite wants."""
    with run_app("conformance_app") as app:
        renamed = "".join(
            f'[spaces.app.tools."/{endpoint}"]\nname = "{name}"\n'
            for endpoint, name in STAND_INS.items()
        )
        config = tmp_path_factory.mktemp("conformance") / "space-tools.toml"
        config.write_text(f'[spaces.app]\nsrc = "{app.url}"\n{renamed}')
        async with http_server("--config", str(config)) as server:
            yield server.mcp


@pytest.fixture(scope="session")
async def reports(
    node: Node, url: str, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Report]:
    """Revision → what the suite says, when it asks for what that one requires."""
    # One after the other: some of the suite's own deadlines are half a second.
    return {
        revision: await run_suite(node, url, revision, tmp_path_factory.mktemp(revision))
        for revision in REVISIONS
    }
