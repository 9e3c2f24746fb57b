"""Links say what they should: each is taken apart as its client does it."""

import base64
import json
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from space_tools.installing.clients import BY_NAME, CLIENTS
from space_tools.installing.plan import want_command, want_url

SHARED = ["uvx", "space-tools", "serve", "--space", "ärt=owner/space", "--include", "a/*&b=c d+e"]
STDIO = {"command": SHARED[0], "args": SHARED[1:]}
URL = "https://tools.example/mcp?a=b&c=d"


def links_of(name: str) -> dict[str, str]:
    return want_command(BY_NAME[name], "my-tools", ["/here/x"], shared=SHARED).links


def query_of(link: str) -> dict[str, list[str]]:
    return parse_qs(urlsplit(link).query, strict_parsing=True)


def from_base64(link: str) -> Any:
    query = query_of(link)
    assert query["name"] == ["my-tools"]
    return json.loads(base64.b64decode(query["config"][0], validate=True))


def from_vscode(link: str) -> Any:
    return json.loads(unquote(link.partition("mcp/install?")[2]))


def test_cursor() -> None:
    links = links_of("cursor")
    assert links["app"].startswith("cursor://anysphere.cursor-deeplink/mcp/install?name=my-tools&")
    assert links["web"].startswith("https://cursor.com/en/install-mcp?name=my-tools&config=")
    assert from_base64(links["app"]) == from_base64(links["web"]) == STDIO
    assert from_base64(want_url(BY_NAME["cursor"], "my-tools", URL).links["app"]) == {"url": URL}


@pytest.mark.parametrize(
    ("name", "scheme"), [("vscode", "vscode"), ("vscode-insiders", "vscode-insiders")]
)
def test_vscode(name: str, scheme: str) -> None:
    links = links_of(name)
    assert links["app"].startswith(f"{scheme}:mcp/install?%7B")
    assert from_vscode(links["app"]) == {"name": "my-tools", **STDIO}
    assert urlsplit(links["web"])[:3] == ("https", "insiders.vscode.dev", "/redirect")
    assert query_of(links["web"]) == {"url": [links["app"]]}
    by_url = want_url(BY_NAME[name], "my-tools", URL).links["app"]
    assert from_vscode(by_url) == {"name": "my-tools", "type": "http", "url": URL}


def test_lm_studio() -> None:
    link = links_of("lm-studio")["web"]
    assert link.startswith("https://lmstudio.ai/install-mcp?name=my-tools&config=")
    assert from_base64(link) == STDIO


def test_kiro() -> None:
    link = links_of("kiro")["web"]
    assert link.startswith("https://kiro.dev/launch/mcp/add?name=my-tools&config=%7B")
    assert json.loads(query_of(link)["config"][0]) == STDIO


def test_goose() -> None:
    link = links_of("goose")["app"]
    assert link.startswith("goose://extension?cmd=uvx&arg=space-tools&arg=serve&arg=--space&")
    query = query_of(link)
    assert query["arg"] == SHARED[1:]
    assert query["id"] == query["name"] == ["my-tools"]
    assert "description" in query


def test_a_link_has_nothing_of_this_machine() -> None:
    links = [link for client in CLIENTS for link in links_of(client.name).values()]
    assert len(links) == 9
    assert not any("/here/" in unquote(unquote(link)) for link in links)
