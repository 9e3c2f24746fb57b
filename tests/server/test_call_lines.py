"""Each `tools/call` is one line of the log, whatever becomes of it."""

import logging
from collections.abc import Iterator
from typing import Any

import anyio
import pytest
from mcp.shared.exceptions import MCPError

from tests.gradio_server import RunningApp
from tests.server.app_counters import counted
from tests.server.in_memory import connect
from tests.server.stdio_server import ERAS, data_of


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Iterator[list[dict[str, Any]]]:
    """The fields of each line about a call, as they come."""
    told: list[dict[str, Any]] = []

    class Lines(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            told.append(record.__dict__["fields"])

    logger, handler = logging.getLogger("space_tools.calls"), Lines()
    with caplog.at_level(logging.INFO, logger.name):
        logger.addHandler(handler)
        yield told
        logger.removeHandler(handler)


@pytest.mark.parametrize("era", ERAS)
async def test_each_call_is_one_line(
    kitchen_sink: RunningApp, lines: list[dict[str, Any]], era: str
) -> None:
    async with connect([f"ks={kitchen_sink.url}"], era=era) as connection:
        # At once, while the app is not read yet.
        assert data_of(await connection.call("ks_echo_text", x="a"))["Out"] == "a"
        await connection.call("ks_raise_error", kind="gr")
        await connection.call("ks_echo_text", y="b")
        with pytest.raises(MCPError, match="Unknown tool"):
            await connection.call("nothing")
        async with anyio.create_task_group() as task_group:
            task_group.start_soon(connection.client.call_tool, "ks_held", {"tag": f"line-{era}"})
            await counted(kitchen_sink.url, f"started:line-{era}", within=10)
            task_group.cancel_scope.cancel()
        await counted(kitchen_sink.url, f"cancelled:line-{era}", within=10)
        await connection.call("ks_echo_text", x="c")
    told = [(line["tool"], line["outcome"]) for line in lines]
    assert told[:4] == [
        ("ks_echo_text", "done"),
        ("ks_raise_error", "failed"),
        ("ks_echo_text", "refused"),
        ("nothing", "refused"),
    ]
    # Its app is told first, so the call after it may have ended before.
    assert sorted(told[4:]) == [("ks_echo_text", "done"), ("ks_held", "cancelled")]
    assert len({line["caller"] for line in lines}) == 1
    assert len({line["request_id"] for line in lines}) == len(lines)
