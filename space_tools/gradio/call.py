"""What one call sends, and how far it has come."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from space_tools.gradio.app_info import Endpoint
from space_tools.gradio.events import EventStream
from space_tools.gradio.sessions import Session, Sessions


@dataclass(frozen=True, slots=True)
class Call:
    """What one call sends, and for whom."""

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
        return json.dumps(body, separators=(",", ":")).encode()


@dataclass(slots=True)
class Run:
    """How far a call has come: its session, its id once the app has given one, its stream."""

    session: Session
    event_id: str = ""
    stream: EventStream | None = None
