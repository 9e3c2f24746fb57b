"""One call: where it goes, what it sends, and how far it has come."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic_core import to_json

from space_tools.egress.http import READ_TIMEOUT, Http, Reply
from space_tools.errors import Outcome
from space_tools.gradio.app_info import Endpoint
from space_tools.gradio.events import EventStream
from space_tools.gradio.sessions import Session, Sessions

MAX_WORDS = 1024 * 1024
"""Bytes of the answer of an app that takes a call, or stops it, or tells why it does not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What one call sends, where to, and for whom. `api` is where the app's API is mounted."""

    http: Http = field(repr=False)
    api: str
    protocol: str
    endpoint: Endpoint
    data: Sequence[Any]
    sessions: Sessions
    headers: Mapping[str, str] = field(repr=False)
    event_data: Any = None
    oauth_token: str | None = field(default=None, repr=False)

    def body(self, run: "Run") -> bytes:
        """The JSON that a join, or a direct call, posts."""
        body: dict[str, Any] = {
            "data": list(self.data),
            "fn_index": self.endpoint.fn_index,
            "session_hash": run.session.session_hash,
        }
        if run.event_id:
            body["event_id"] = run.event_id
        if self.event_data is not None:
            body["event_data"] = self.event_data
        if self.oauth_token and self.endpoint.oauth_token is not None:
            body["oauth_token"] = self.oauth_token
        try:
            return to_json(body, inf_nan_mode="constants")
        except ValueError:  # a text with half a character, which only an escape can tell
            return json.dumps(body).encode()

    def sent_headers(self) -> Mapping[str, str]:
        """The headers of each of its requests."""
        return self.sessions.affinity.add_to(self.headers)

    async def post(
        self,
        path: str,
        content: bytes,
        *,
        limit: int = MAX_WORDS,
        read_timeout: float | None = READ_TIMEOUT,
    ) -> Reply:
        """One of its requests, with the answer of at most `limit` bytes, whatever that is."""
        reply = await self.http.request(
            "POST",
            self.api + path,
            content=content,
            headers=self.sent_headers(),
            limit=limit,
            read_timeout=read_timeout,
        )
        self.sessions.affinity.note(reply.headers)
        return reply


@dataclass(slots=True)
class Run:
    """How far a call has come: its session, its id once the app has given one, its stream.

    `replica` names the one of the app's that runs it, if there are several. `sent`: whether the
    app may have its data.
    """

    session: Session
    event_id: str = ""
    stream: EventStream | None = None
    replica: str = ""
    sent: bool = True

    @property
    def outcome(self) -> Outcome:
        """What is known of a call that ends now."""
        return "unknown" if self.sent else "not_started"
