"""The floor: the least work that a call over Gradio's queue can be, on bare asyncio streams.

No library, no general HTTP, no error handling beyond noticing: connections and session hashes are
reused, and of the answers only the last message is parsed. Whatever is measured is compared with
this. Source: Gradio queue protocol sse_v3.
"""

import asyncio
import json
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from benchmarks.echo_app import PICTURE, SIZE_OF
from benchmarks.samples import picture

# Apps close idle connections after about 5 s; sending into one that is just closing would fail.
IDLE_SECONDS = 2.0
LINE_LIMIT = 1 << 20
BOUNDARY = "benchmark"

POST_HEAD = (
    "POST {path} HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json\r\n"
    "content-length: {length}\r\n\r\n"
)
GET_HEAD = "GET {path} HTTP/1.1\r\nhost: {host}\r\n\r\n"


class FloorError(Exception):
    """The app answered something else than the protocol's happy path."""


@dataclass
class Connection:
    """One keep-alive connection to the app."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    idle_since: float = 0.0

    async def exchange(self, request: bytes) -> bytes:
        """Send a whole request and read the whole body of its answer, which must be a 200."""
        self.writer.write(request)
        head = (await self.reader.readuntil(b"\r\n\r\n")).lower()
        length = head.partition(b"content-length: ")[2].partition(b"\r\n")[0]
        body = await (self.reader.readexactly(int(length)) if length else self._chunks())
        if not head.startswith(b"http/1.1 200"):
            status = head.partition(b"\r\n")[0]
            raise FloorError(f"{status.decode()}: {body[:200].decode(errors='replace')}")
        return body

    async def _chunks(self) -> bytes:
        chunks: list[bytes] = []
        while size := int(await self.reader.readline(), 16):
            chunks.append((await self.reader.readexactly(size + 2))[:-2])
        await self.reader.readexactly(2)
        return b"".join(chunks)


@dataclass
class Floor:
    """Calls the named endpoints of the app at `url`."""

    url: str
    _idle: list[Connection] = field(default_factory=list)
    _sessions: list[str] = field(default_factory=list)
    _prefix: str = ""
    _dependencies: dict[str, dict[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        address = urlsplit(self.url)
        self._host, self._port = address.hostname or "127.0.0.1", address.port or 80
        self._authority = f"{self._host}:{self._port}"

    async def start(self) -> None:
        """Read which endpoints there are."""
        config = json.loads(await self._request(self._get("/config")))
        self._prefix = config.get("api_prefix", "")
        named = (entry for entry in config["dependencies"] if entry.get("api_name"))
        self._dependencies = {entry["api_name"]: entry for entry in named}

    async def call(self, endpoint: str, text: str) -> str:
        """One call with one text; returns the first output. Raises FloorError or OSError."""
        dependency = self._dependencies[endpoint]
        if dependency["queue"] is False:
            return await self._call_direct(endpoint, text)
        if endpoint == PICTURE:
            return str(len(await self.picture()))
        if endpoint == SIZE_OF:
            sent = json.loads(await self._request(self._upload(picture())))[0]
            file = {"path": sent, "meta": {"_type": "gradio.FileData"}}
            return str(await self._call_queued(dependency["id"], file))
        return str(await self._call_queued(dependency["id"], text))

    async def picture(self) -> bytes:
        """The picture that the app shows."""
        shown = await self._call_queued(self._dependencies[PICTURE]["id"])
        return await self._request(self._get(urlsplit(shown["url"]).path))

    async def stop(self) -> None:
        """Close what is open."""
        while self._idle:
            self._idle.pop().writer.close()

    async def _call_direct(self, endpoint: str, text: str) -> str:
        request = self._post(f"{self._prefix}/run/{endpoint}", {"data": [text]})
        answer: str = json.loads(await self._request(request))["data"][0]
        return answer

    async def _call_queued(self, fn_index: int, *data: Any) -> Any:
        session = self._sessions.pop() if self._sessions else uuid.uuid4().hex
        body = {"data": data, "fn_index": fn_index, "session_hash": session}
        join = self._post(f"{self._prefix}/queue/join", body)
        stream = self._get(f"{self._prefix}/queue/data?session_hash={session}")
        events = await self._request(join, stream)
        self._sessions.append(session)
        return _first_output(events)

    async def _request(self, *requests: bytes) -> bytes:
        """Requests one after the other on one connection; returns the last answer's body."""
        connection = await self._connection()
        try:
            for request in requests:
                body = await connection.exchange(request)
        except BaseException:
            connection.writer.close()
            raise
        connection.idle_since = time.monotonic()
        self._idle.append(connection)
        return body

    async def _connection(self) -> Connection:
        while self._idle:
            connection = self._idle.pop()
            if time.monotonic() - connection.idle_since < IDLE_SECONDS:
                return connection
            connection.writer.close()
        return Connection(*await asyncio.open_connection(self._host, self._port, limit=LINE_LIMIT))

    def _post(self, path: str, body: dict[str, Any]) -> bytes:
        content = json.dumps(body).encode()
        head = POST_HEAD.format(path=path, host=self._authority, length=len(content))
        return head.encode() + content

    def _upload(self, file: Path) -> bytes:
        part = (
            f'--{BOUNDARY}\r\ncontent-disposition: form-data; name="files"; '
            f'filename="{file.name}"\r\ncontent-type: image/png\r\n\r\n'
        ).encode()
        content = part + file.read_bytes() + f"\r\n--{BOUNDARY}--\r\n".encode()
        head = POST_HEAD.format(
            path=f"{self._prefix}/upload", host=self._authority, length=len(content)
        ).replace("application/json", f"multipart/form-data; boundary={BOUNDARY}")
        return head.encode() + content

    def _get(self, path: str) -> bytes:
        return GET_HEAD.format(path=path, host=self._authority).encode()


def _first_output(events: bytes) -> Any:
    """The first output in the `process_completed` message of a whole event stream."""
    for event in events.split(b"\n\n"):
        if b'"process_completed"' in event:
            message = json.loads(event.removeprefix(b"data: "))
            if not message["success"]:
                raise FloorError(f"the call failed: {message['output']}")
            return message["output"]["data"][0]
    raise FloorError(f"the stream ended without an outcome: {events[-200:].decode()}")
