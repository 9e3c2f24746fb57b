"""`X-IP-Token`: on every request of its own call, to trusted hosts, while it lasts."""

import json
from base64 import urlsafe_b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from space_tools.server.http.ip_tokens import EXPIRED, read_ip_token
from tests.gradio_server import RunningApp
from tests.server.files_of_results import text_block
from tests.server.http_server import HttpServer, http_client, http_server
from tests.server.stdio_server import data_of

NOW = 1_800_000_000.0


def part(claims: object) -> str:
    return urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()


def token(**claims: object) -> str:
    return f"{part({'alg': 'none'})}.{part(claims)}.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    ("given_token", "passed"),
    [
        (token(exp=NOW + 1), True),
        (token(exp=NOW), False),
        (token(exp=NOW - 1), False),
        (token(exp=NOW - 0.5), False),
        (token(), True),
        (token(exp="soon"), True),
        (token(exp=True), True),
        (token(exp=None), True),
        ("opaque", True),
        ("a.b", True),
        ("a.!!!.c", True),
        (f"a.{part([1])}.c", True),
        ("a.é.c", True),
    ],
)
def test_only_one_that_says_that_it_has_expired_is_left_out(given_token: str, passed: bool) -> None:
    expected = (given_token, "") if passed else (None, EXPIRED)
    assert read_ip_token(given_token, NOW) == expected


def test_none_is_none() -> None:
    assert read_ip_token(None, NOW) == (None, "")
    assert read_ip_token("", NOW) == (None, "")


@given(st.text())
def test_whatever_is_given_is_read(text: str) -> None:
    passed, warning = read_ip_token(text, NOW)
    assert (passed == text) == (not warning and bool(text))


@pytest.mark.parametrize("era", ["legacy", "modern"])
async def test_it_goes_with_the_calls_of_its_requests(open_server: HttpServer, era: str) -> None:
    for own in (token(exp=NOW * 2), "opaque-token", None):
        headers = {"x-ip-token": own} if own else {}
        async with http_client(open_server.mcp, era=era, headers=headers) as client:
            seen = data_of(await client.call_tool("ks_headers", {"x": "x"}))["Out"]["headers"]
            assert seen.get("x-ip-token") == own


@pytest.mark.parametrize("era", ["legacy", "modern"])
async def test_the_caller_is_told_of_one_that_has_expired(
    open_server: HttpServer, era: str
) -> None:
    headers = {"x-ip-token": token(exp=1)}
    async with http_client(open_server.mcp, era=era, headers=headers) as client:
        result = await client.call_tool("ks_headers", {"x": "x"})
    structured = result.structured_content
    assert isinstance(structured, dict)
    assert "x-ip-token" not in structured["Out"]["headers"]
    assert structured["warning"] == EXPIRED
    assert EXPIRED in str(result.content[-1])
    assert text_block(result)


async def test_hosts_that_nobody_trusts_get_no_token(kitchen_sink: RunningApp) -> None:
    async with (
        http_server("--space", f"ks={kitchen_sink.url}") as server,
        http_client(
            server.mcp, era="modern", token="hf_mine", headers={"x-ip-token": "opaque"}
        ) as client,
    ):
        seen = data_of(await client.call_tool("ks_headers", {"x": "x"}))["Out"]["headers"]
    assert not {"x-ip-token", "x-hf-authorization", "authorization"} & seen.keys()
