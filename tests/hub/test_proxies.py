"""The Hub through the proxies that the environment names."""

import asyncio
import os
import sys
from urllib.parse import urlsplit

import anyio
import pytest

from tests.egress.secure import socks_proxying
from tests.gradio.leftovers import nothing_left_behind
from tests.stand_in_hub import StandInHub

ASK = """
import asyncio, sys
from space_tools.errors import SpaceToolsError
from space_tools.hub.spaces import fetch_space

sys.modules.update(dict.fromkeys(sys.argv[1:]))  # as if it were not installed
try:
    print(asyncio.run(fetch_space("owner/name", token=None)).id)
except SpaceToolsError as error:
    print(error)
"""


async def said(proxy: str, *missing: str) -> str:
    """What a process says that asks a Hub which only the proxy knows the way to."""
    env = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
    env |= {"ALL_PROXY": proxy, "HF_ENDPOINT": "http://hub.invalid", "HF_HUB_OFFLINE": "0"}
    done = await anyio.run_process([sys.executable, "-c", ASK, *missing], env=env)
    return done.stdout.decode().strip()


@pytest.mark.parametrize("scheme", ["socks5", "socks5h"])
async def test_it_is_reached_through_a_socks_proxy(hub: StandInHub, scheme: str) -> None:
    hub.add("owner/name")
    async with socks_proxying(urlsplit(hub.url).port or 0, login=b"\x04user\x04pass") as proxy:
        assert await said(f"{scheme}://user:pass@127.0.0.1:{proxy.port}") == "owner/name"
    assert proxy.heads == [b"\x03hub.invalid\x00\x50"]


@pytest.mark.parametrize("answer", [b"", b"\x05", b"HTTP/1.1 400 Bad Request\r\n\r\n"])
async def test_what_is_no_socks_proxy_is_said(answer: bytes) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(3)
        writer.write(answer)
        writer.close()

    async with nothing_left_behind(), await asyncio.start_server(talk, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        assert "whether a proxy answers in its place" in await said(f"socks5://127.0.0.1:{port}")


async def test_what_a_socks_proxy_takes_is_said() -> None:
    words = await said("socks5://user:secret@127.0.0.1:1", "socksio")
    assert "pip install 'space-tools[socks]'" in words
    assert "secret" not in words


@pytest.mark.parametrize("proxy", ["socks4://user:secret@host", "ftp://user:secret@host"])
async def test_what_is_no_proxy_is_said(proxy: str) -> None:
    words = await said(proxy)
    assert "no proxy: it must be http://HOST:PORT or socks5://HOST:PORT" in words
    assert "secret" not in words
