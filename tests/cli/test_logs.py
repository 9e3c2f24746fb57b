"""Logs: text for people, JSON lines for programs; each line whole, whatever is in it."""

import io
import json
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from space_tools.cli.logs import FORMATS
from tests.cli.running import fails
from tests.gradio_server import RunningApp, free_port
from tests.server.stdio_server import data_of, serve

Log = Callable[[logging.Logger], None]


def written(log_format: str, log: Log) -> str:
    """What is written of what `log` logs."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(FORMATS[log_format]())
    logger = logging.Logger("space_tools.test")
    logger.addHandler(handler)
    log(logger)
    return stream.getvalue()


def parsed(log: Log) -> dict[str, Any]:
    """The one JSON line that is written."""
    line = written("json", log)
    assert line.endswith("\n")
    assert len(line.splitlines()) == 1
    found: dict[str, Any] = json.loads(line)
    return found


def test_a_json_line_has_the_time_the_level_who_and_what() -> None:
    line = parsed(lambda logger: logger.warning("%s: %d tools", "art", 3))
    assert line.keys() == {"time", "level", "logger", "message"}
    assert (line["level"], line["logger"]) == ("warning", "space_tools.test")
    assert line["message"] == "art: 3 tools"
    assert line["time"].endswith("Z")
    assert datetime.fromisoformat(line["time"]).utcoffset() == timedelta(0)


def test_fields_of_a_record_are_keys() -> None:
    fields = {"tool": "art_paint", "run_ms": 12.5}
    line = parsed(lambda logger: logger.info("call", extra={"fields": fields}))
    assert line["tool"] == "art_paint"
    assert line["run_ms"] == 12.5


@given(st.text(), st.text())
def test_whatever_is_logged_is_one_line(message: str, field: str) -> None:
    line = parsed(lambda logger: logger.info("%s", message, extra={"fields": {"field": field}}))
    assert line["message"] == message
    assert line["field"] == field


def test_a_secret_is_hidden_in_its_own_field_alone() -> None:
    fields = {"tool": "a", "run_ms": 1.5, "seen": ["x-ip-token: secret"], "token": "plain"}
    line = parsed(lambda logger: logger.info("Bearer secret", extra={"fields": fields}))
    assert (line["tool"], line["run_ms"], line["token"]) == ("a", 1.5, "plain")
    assert (line["message"], line["seen"]) == ("Bearer [hidden]", "['x-ip-token: [hidden]")
    assert "secret" not in str(line)


def test_a_traceback_is_in_the_line() -> None:
    def log(logger: logging.Logger) -> None:
        try:
            raise ValueError("first\nsecond")
        except ValueError:
            logger.exception("it broke", stack_info=True)

    line = parsed(log)
    assert line["traceback"].startswith("Traceback (most recent call last):\n")
    assert line["traceback"].endswith("ValueError: first\nsecond")
    assert line["stack"].startswith("Stack (most recent call last):\n")


def test_text_is_for_people() -> None:
    line = written("text", lambda logger: logger.info("%d tools", 3))
    assert line.endswith(" INFO space_tools.test: 3 tools\n")


@pytest.mark.parametrize("era", ["modern"])
async def test_a_server_logs_its_calls_in_json(kitchen_sink: RunningApp, era: str) -> None:
    spaces = [
        "--space",
        f"ks={kitchen_sink.url}",
        "--space",
        f"gone=http://127.0.0.1:{free_port()}",
    ]
    async with serve(*spaces, "--log-format", "json", era=era) as server:
        assert data_of(await server.call("echo_text", x="hi")) == {"Out": "hi"}
        lines = [json.loads(line) for line in server.stderr().splitlines()]
    assert {line["level"] for line in lines} == {"info", "warning"}
    [call] = [line for line in lines if line["logger"] == "space_tools.calls"]
    assert (call["tool"], call["space"], call["outcome"]) == (
        "ks_echo_text",
        kitchen_sink.url,
        "done",
    )
    times = [call[f"{phase}_ms"] for phase in ("queued", "run", "sent", "fetched")]
    assert call["total_ms"] >= sum(times) > 0


def test_a_format_that_is_none_is_wrong_usage(tmp_path: Path) -> None:
    said = fails(2, "serve", "--space", "a/b", "--log-format", "xml")
    assert said == "space-tools: --log-format: 'xml' is not one of text, json"
