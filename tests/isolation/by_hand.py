"""A client of MCP over HTTP made by hand: quick, and free to send what a real one would not."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx2

LEGACY_VERSION = "2025-11-25"
MODERN_VERSION = "2026-07-28"
ACCEPT = {"accept": "application/json, text/event-stream"}
CLIENT = {"name": "by-hand", "version": "1"}
NAMED_BY = {"tools/call": "name", "resources/read": "uri"}
"""Method → the parameter that modern requests repeat in a header."""

Message = dict[str, Any]


@asynccontextmanager
async def web_client(*, seconds: float = 300) -> AsyncIterator[httpx2.AsyncClient]:
    """Plain HTTP, over as many connections as are wanted."""
    limits = httpx2.Limits(max_connections=None, max_keepalive_connections=None)
    timeout = httpx2.Timeout(seconds)
    async with httpx2.AsyncClient(limits=limits, timeout=timeout, trust_env=False) as web:
        yield web


@dataclass(slots=True)
class ByHand:
    """One client, with whatever identity its next request is to have."""

    web: httpx2.AsyncClient
    url: str
    modern: bool = True
    token: str | None = None
    ip_token: str | None = None
    session: str | None = None
    headers: dict[str, str] = field(default_factory=dict)

    def identity(self) -> dict[str, str]:
        """The headers that say who it is."""
        given = {
            "authorization": f"Bearer {self.token}" if self.token else None,
            "x-ip-token": self.ip_token,
        }
        return {**{k: v for k, v in given.items() if v is not None}, **self.headers}

    async def begin(self) -> None:
        """Begins a legacy session."""
        hello = {"protocolVersion": LEGACY_VERSION, "capabilities": {}, "clientInfo": CLIENT}
        answer = await self.post(to_request("initialize", hello))
        assert answer.status_code == 200, answer.text
        self.session = answer.headers["mcp-session-id"]
        await self.post({"jsonrpc": "2.0", "method": "notifications/initialized"})

    async def end(self) -> httpx2.Response:
        """Ends it."""
        headers = {**self.identity(), "mcp-session-id": str(self.session)}
        return await self.web.delete(f"{self.url}/mcp", headers=headers)

    async def post(self, message: Message, **headers: str) -> httpx2.Response:
        """The answer to a message, once all of it is there."""
        sent = {**self.headers_for(message), **headers}
        return await self.web.post(f"{self.url}/mcp", json=self.dressed(message), headers=sent)

    def stream(self, message: Message) -> Any:
        """The answer to a message, as it comes."""
        sent, body = self.headers_for(message), self.dressed(message)
        return self.web.stream("POST", f"{self.url}/mcp", json=body, headers=sent)

    async def ask(self, method: str, params: Mapping[str, Any], *, id: int = 1) -> Message:
        """The response to a request: it has a `result` or an `error`."""
        return response_of(await self.post(to_request(method, params, id=id)), id)

    def dressed(self, message: Message) -> Message:
        """A message as its era has it."""
        if not self.modern or "id" not in message:
            return message
        meta = {
            "io.modelcontextprotocol/protocolVersion": MODERN_VERSION,
            "io.modelcontextprotocol/clientCapabilities": {},
            "io.modelcontextprotocol/clientInfo": CLIENT,
            **message["params"].get("_meta", {}),
        }
        return {**message, "params": {**message["params"], "_meta": meta}}

    def headers_for(self, message: Message) -> dict[str, str]:
        """What goes with it."""
        headers = {**ACCEPT, **self.identity()}
        if self.modern:
            headers |= {"mcp-protocol-version": MODERN_VERSION, "mcp-method": message["method"]}
            if named_by := NAMED_BY.get(message["method"]):
                headers["mcp-name"] = message["params"][named_by]
        elif self.session is not None:
            headers |= {"mcp-protocol-version": LEGACY_VERSION, "mcp-session-id": self.session}
        return headers


def to_request(method: str, params: Mapping[str, Any], *, id: int = 1) -> Message:
    """A request, as a legacy one."""
    return {"jsonrpc": "2.0", "id": id, "method": method, "params": dict(params)}


def to_call(tool: str, arguments: Mapping[str, Any], *, token: str | None = None) -> Message:
    """What `tools/call` is asked with; `token` is that of its progress."""
    meta = {"_meta": {"progressToken": token}} if token else {}
    return {"name": tool, "arguments": dict(arguments), **meta}


def messages_in(answer: httpx2.Response) -> list[Message]:
    """The messages of an answer, be it one alone or a stream of them."""
    if answer.headers.get("content-type", "").startswith("text/event-stream"):
        lines = (line for line in answer.text.splitlines() if line.startswith("data: {"))
        return [json.loads(line.removeprefix("data: ")) for line in lines]
    return [answer.json()]


def response_of(answer: httpx2.Response, id: int) -> Message:
    """The response among them. Raises AssertionError if there is another's."""
    *before, last = messages_in(answer)
    assert last.get("id") == id, answer.text
    assert all(message["method"] == "notifications/progress" for message in before), before
    return last
