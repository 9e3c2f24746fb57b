"""The pipes themselves: stdout carries JSON-RPC and nothing else, whatever comes in at stdin."""

import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import anyio
import anyio.to_thread
import pytest

from tests.gradio_server import RunningApp
from tests.server.raw_client import MODERN_VERSION, RawClient, raw_client, to_line
from tests.server.stdio_server import ROOT, command_line, environment

NOISY = """
import os, subprocess, sys
from space_tools.cli import main
from space_tools.tools.toolset import Toolset

quiet = Toolset.call

async def noisy(self, *args, **kwargs):
    print("stray print", flush=True)
    os.write(1, b"stray write\\n")
    subprocess.run([sys.executable, "-c", "print('stray child')"], check=True)
    return await quiet(self, *args, **kwargs)

Toolset.call = noisy
main()
"""
"""A server in which something prints: a library, a C extension, a child process."""


@pytest.fixture(scope="module")
async def wire(kitchen_sink: RunningApp) -> AsyncIterator[RawClient]:
    """A legacy session, made by hand, which outlives whatever these tests send."""
    async with raw_client("--space", f"ks={kitchen_sink.url}") as client:
        await client.handshake()
        yield client
        await client.close_stdin()
        await client.read_to_the_end()
        assert await client.exit_code(within=5) == 0
        assert "Traceback" not in client.stderr(), client.stderr()


async def echoes(client: RawClient, text: str) -> bool:
    """Whether the server still runs calls."""
    request = client.call("echo_text", x=text)
    await client.send(request)
    answer = await client.answer(request)
    return bool(answer["result"]["structuredContent"] == {"Out": text})


async def test_each_line_is_a_message_while_calls_run_and_fail(wire: RawClient) -> None:
    requests = [
        wire.call("logs"),
        wire.call("raise_error", kind="value"),
        wire.call("echo_text", x="a\nb\r\n\u2028c"),
        wire.call("no_such_tool"),
        wire.request("tools/list"),
        wire.request("no/such/method"),
    ]
    await wire.send(*requests)
    answers = [await wire.answer(request) for request in requests]
    assert ["error" in answer for answer in answers] == [False, False, False, True, False, True]
    assert answers[2]["result"]["structuredContent"] == {"Out": "a\nb\r\n\u2028c"}
    assert [answers[3]["error"]["code"], answers[5]["error"]["code"]] == [-32602, -32601]


async def test_what_is_printed_elsewhere_goes_to_stderr(kitchen_sink: RunningApp) -> None:
    options = command_line("--space", f"ks={kitchen_sink.url}")[3:]
    command = [sys.executable, "-c", NOISY, *options]
    async with raw_client(command=command) as client:
        await client.handshake()
        assert await echoes(client, "clean")
        await client.close_stdin()
        await client.read_to_the_end()
        assert await client.exit_code(within=5) == 0
        for stray in ("stray print", "stray write", "stray child"):
            assert stray in client.stderr()


GARBAGE = {
    "no JSON": b"this is not JSON\n",
    "half of JSON": b'{"jsonrpc": "2.0", "id": 1, "meth\n',
    "no message": b'{"hello": "world"}\n',
    "an array": b"[1, 2, 3]\n",
    "empty lines": b"\n\r\n   \n",
    "no UTF-8": b"\xff\xfe\x00\x80\n",
    "a null byte": b"\x00\n",
    "deep nesting": b"[" * 5000 + b"\n",
    "an answer to nothing": b'{"jsonrpc": "2.0", "id": 99, "result": {}}\n',
    "an unknown notification": b'{"jsonrpc": "2.0", "method": "notifications/nothing"}\n',
    "a cancel of nothing": to_line(
        {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 4711}}
    ),
}


async def test_garbage_from_the_client_does_not_end_the_server(wire: RawClient) -> None:
    for kind, garbage in GARBAGE.items():
        await wire.write(garbage)
        assert await echoes(wire, kind)


async def test_arguments_that_are_no_object_are_refused(wire: RawClient) -> None:
    request = wire.request("tools/call", name="ks_echo_text", arguments=["x"])
    await wire.send(request)
    assert (await wire.answer(request))["error"]["code"] == -32602
    assert await echoes(wire, "still here")


async def test_five_megabytes_go_in_and_come_out(wire: RawClient) -> None:
    text = "5 MB ünï " * 500_000
    for call in (wire.call("echo_text", x=text), wire.call("big_out", n=5_500_000)):
        await wire.send(call)
        outputs = (await wire.answer(call))["result"]["structuredContent"]
        assert len(outputs["Out"]) > 200_000
        reading = wire.request("resources/read", uri=outputs["Out_whole"]["uri"])
        await wire.send(reading)
        [contents] = (await wire.answer(reading))["result"]["contents"]
        assert contents["text"] in (text, "x" * 5_500_000)


async def test_a_message_may_come_in_pieces(wire: RawClient) -> None:
    request = wire.call("echo_text", x="in pieces")
    line = to_line(request)
    for start in range(0, len(line), 7):
        await wire.write(line[start : start + 7])
    assert (await wire.answer(request))["result"]["structuredContent"] == {"Out": "in pieces"}


async def test_requests_need_not_wait_for_each_other(wire: RawClient) -> None:
    slow = wire.call("held", tag="wire")
    before = len(wire.lines)
    quick = [wire.call("echo_text", x=str(number)) for number in range(20)]
    await wire.send(slow, *quick)
    for number, request in enumerate(quick):
        answer = await wire.answer(request)
        assert answer["result"]["structuredContent"] == {"Out": str(number)}
    assert {line["id"] for line in wire.lines[before:]} == {request["id"] for request in quick}


async def test_requests_sent_before_the_apps_are_read_are_answered(
    kitchen_sink: RunningApp,
) -> None:
    """Everything at once, as a script does that knows what it wants."""
    async with raw_client("--space", f"ks={kitchen_sink.url}") as client:
        hello = client.request(
            "initialize",
            protocolVersion="2025-06-18",
            capabilities={},
            clientInfo={"name": "script", "version": "1"},
        )
        call = client.call("echo_text", x="at once")
        ready = {"jsonrpc": "2.0", "method": "notifications/initialized"}
        await client.send(hello, ready, call)
        assert (await client.answer(call))["result"]["structuredContent"] == {"Out": "at once"}


async def test_a_modern_request_needs_no_handshake(kitchen_sink: RunningApp) -> None:
    meta = {
        "io.modelcontextprotocol/protocolVersion": MODERN_VERSION,
        "io.modelcontextprotocol/clientInfo": {"name": "by-hand", "version": "1"},
        "io.modelcontextprotocol/clientCapabilities": {},
    }
    async with raw_client("--space", f"ks={kitchen_sink.url}") as client:
        call = client.request(
            "tools/call", name="ks_echo_text", arguments={"x": "modern"}, _meta=meta
        )
        await client.send(call)
        result = (await client.answer(call))["result"]
        assert result["structuredContent"] == {"Out": "modern"}
        assert result["resultType"] == "complete"


async def test_stdin_may_be_a_file(kitchen_sink: RunningApp, tmp_path: Path) -> None:
    """As in a test or a script; the other transport serves it."""
    hello = {
        "protocolVersion": "2025-11-25",
        "capabilities": {},
        "clientInfo": {"name": "file", "version": "1"},
    }
    lines = [{"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello}]
    requests = tmp_path / "requests.jsonl"
    requests.write_bytes(b"".join(map(to_line, lines)))

    def run() -> subprocess.CompletedProcess[bytes]:
        with requests.open("rb") as stdin:
            return subprocess.run(
                command_line("--space", f"ks={kitchen_sink.url}"),
                stdin=stdin,
                capture_output=True,
                cwd=ROOT,
                env=environment(),
                timeout=30,
                check=False,
            )

    done = await anyio.to_thread.run_sync(run)
    assert done.returncode == 0
    assert b"Traceback" not in done.stderr
    assert [b'"serverInfo"' in line for line in done.stdout.splitlines()] == [True]


async def test_a_last_line_without_its_end_is_heard(kitchen_sink: RunningApp) -> None:
    async with raw_client("--space", f"ks={kitchen_sink.url}") as client:
        hello = client.request(
            "initialize", protocolVersion="2025-11-25", capabilities={}, clientInfo={}
        )
        await client.write(to_line(hello).rstrip(b"\n"))
        await client.close_stdin()
        await client.read_to_the_end()
        assert await client.exit_code(within=5) == 0
        assert [line["id"] for line in client.lines] == [hello["id"]]
