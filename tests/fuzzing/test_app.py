"""Whatever an app says, a sentence comes of it or a typed error, and no endless work."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from space_tools.egress.http import Reply
from space_tools.errors import SpaceToolsError
from space_tools.gradio.app_info import AppInfo, Endpoint, parse_app_info
from space_tools.gradio.dialects import parse_version
from space_tools.gradio.events import EventStream
from space_tools.gradio.files import decode_data_url, safe_name
from space_tools.gradio.legacy import FROM_LEGACY, from_legacy
from space_tools.gradio.lines import LineSplitter
from space_tools.gradio.messages import MESSAGES, MessageParser, parse_error, unquoted
from space_tools.gradio.replies import check_reply
from space_tools.schema.inputs import build_inputs
from space_tools.schema.outputs import build_outputs
from tests.fuzzing.hostile import JSON, TEXT, one_of_these, spoiled, to_bytes
from tests.minimal_app import minimal_app
from tests.schema.recorded import read

SMALL = ["6.31.0/interface_app", "3.50.2/interface_app", "4.44.1/interface_app", "5.0.2/chat_app"]
"""Recorded apps that are small enough for each spoiled place to matter."""

UNITS = one_of_these("index", "length", "unit", "progress", "desc")
EDITS = st.tuples(
    st.sampled_from(["replace", "append", "add", "delete", "move"]),
    st.lists(st.integers(-3, 3) | TEXT, max_size=3),
    JSON,
)
OUTPUTS = one_of_these("data", "error", "title", "duration", "visible") | st.fixed_dictionaries(
    {"data": st.lists(st.lists(EDITS, max_size=3), max_size=2)}
)
MESSAGE = st.fixed_dictionaries(
    {"msg": st.sampled_from([*MESSAGES, "tomorrow's"]) | JSON},
    optional={
        "event_id": st.just("e") | JSON,
        "output": OUTPUTS | JSON,
        "success": st.booleans() | JSON,
        "progress_data": st.lists(UNITS | JSON, max_size=3),
        **dict.fromkeys(("rank", "queue_size", "rank_eta", "eta", "log", "level", "message"), JSON),
    },
)


@given(st.lists(MESSAGE.map(to_bytes) | st.binary(max_size=40), max_size=6), st.booleans())
def test_messages(payloads: list[bytes], diffs: bool) -> None:
    parser = MessageParser(diffs=diffs)
    for payload in payloads:
        with suppress(SpaceToolsError):
            parser.parse(payload)


@given(st.lists(MESSAGE.map(to_bytes), max_size=6))
def test_a_call_ends_whatever_it_is_told(payloads: list[bytes]) -> None:
    async def told() -> AsyncIterator[bytes]:
        for payload in payloads:
            yield payload

    async def follow() -> None:
        async for _ in EventStream(told(), "e"):
            pass

    with suppress(SpaceToolsError):
        asyncio.run(follow())


CHUNK = st.binary(max_size=30) | st.sampled_from(
    [b"data:", b"\n", b"\r\n", b": x\n", b"data: {}\n\n"]
)


@given(st.lists(CHUNK, max_size=30))
def test_framing_loses_nothing_and_keeps_nothing(chunks: list[bytes]) -> None:
    """What comes of a stream does not depend on where it is cut, and no byte is worked on twice."""
    splitter = LineSplitter()
    found = [payload for chunk in chunks for payload in splitter.feed(chunk)]
    lines = b"".join(chunks).split(b"\n")
    assert found == [line[5:].strip() for line in lines[:-1] if line.startswith(b"data:")]
    assert bytes(splitter._buffer) == lines[-1]


@given(JSON | OUTPUTS, JSON)
def test_errors_of_apps(output: Any, title: Any) -> None:
    error = unquoted(parse_error(output, title))
    assert isinstance(error.message, str)
    assert isinstance(error.title, str)


REPLY_HEADERS = st.fixed_dictionaries({}, optional={"retry-after": TEXT | st.floats().map(str)})


@given(
    st.sampled_from([200, 204, 302, 400, 401, 403, 404, 413, 422, 429, 500, 502, 503]),
    REPLY_HEADERS,
    st.binary(max_size=20) | (one_of_these("detail", "error", "title") | JSON).map(to_bytes),
)
def test_refusals(status: int, headers: dict[str, str], body: bytes) -> None:
    with suppress(SpaceToolsError):
        check_reply(Reply(status, headers, body))


def tools_of(app: AppInfo) -> None:
    for endpoint in app.endpoints:
        build_all(endpoint)


def build_all(endpoint: Endpoint) -> None:
    build_inputs(endpoint)
    build_outputs(endpoint)


@given(st.data())
def test_descriptions_with_something_wrong_in_them(data: st.DataObject) -> None:
    config, info = minimal_app()
    if data.draw(st.booleans()):
        config = data.draw(spoiled(config))
    else:
        info = data.draw(spoiled(info))
    with suppress(SpaceToolsError):
        tools_of(parse_app_info(config, info))


@given(st.sampled_from(SMALL), st.data())
def test_recorded_descriptions_with_something_wrong_in_them(name: str, data: st.DataObject) -> None:
    config, info = read(f"{name}/config"), read(f"{name}/info")
    if data.draw(st.booleans()):
        config = data.draw(spoiled(config))
    else:
        info = data.draw(spoiled(info))
    with suppress(SpaceToolsError):
        tools_of(parse_app_info(config, info))


@given(JSON, JSON)
def test_descriptions_that_are_none(config: Any, info: Any) -> None:
    with suppress(SpaceToolsError):
        parse_app_info(config, info)


@given(TEXT)
@example("9" * 5000)
def test_versions(text: str) -> None:
    assert len(parse_version(text)) == 3


FILE = one_of_these("name", "data", "is_file", "path", "orig_name", "size", "alt_text", "meta")


@given(st.sampled_from([*FROM_LEGACY, "other"]), FILE | st.lists(FILE | JSON, max_size=3) | JSON)
def test_outputs_of_gradio_3(component: str, value: Any) -> None:
    with suppress(SpaceToolsError):
        from_legacy(component, value)


@example("data:;base64,\x80")
@example("data:,\ud800")
@given(TEXT | TEXT.map("data:".__add__) | TEXT.map("data:a/b;base64,".__add__))
def test_data_urls_of_apps(url: str) -> None:
    with suppress(SpaceToolsError):
        decode_data_url(url)


@given(TEXT)
def test_names_of_files(name: str) -> None:
    safe = safe_name(name)
    assert 0 < len(safe.encode()) <= 121
    assert not set(safe) & set('/\\\0<>:"|?*')
