"""Other ways to send an app a file, and to fetch one, behind the steps of a Python client."""

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from benchmarks.clients import PEER, Blocking, ClientUnderTest
from benchmarks.echo_app import GIVE, TAKE
from benchmarks.processes import ROOT, children_of

PLAIN = "plain"
SERVE = "space-tools serve"
AT_ONCE = 1 << 20
BOUNDARY = "benchmark"


class NoCalls:
    """These only transfer."""

    def one_by_one(self, endpoint: str, texts: object) -> list[Any]:
        raise NotImplementedError

    at_once = one_by_one


@dataclass
class Plain(NoCalls):
    """The least there is: one request for the file, in pieces, and one to call with it."""

    def load(self) -> None: ...

    def connect(self, url: str, folder: Path) -> None:
        self._host, self._folder = urlsplit(url).netloc, folder
        self._api = json.loads(self._ask("GET", "/config"))["api_prefix"]

    def upload(self, path: Path) -> Path:
        content = f"multipart/form-data; boundary={BOUNDARY}"
        body = [_PART.format(name=path.name).encode(), path, f"\r\n--{BOUNDARY}--\r\n".encode()]
        length = sum(len(each) if isinstance(each, bytes) else each.stat().st_size for each in body)
        headers = {"content-type": content, "content-length": str(length)}
        [sent] = json.loads(self._ask("POST", f"{self._api}/upload", _pieces(body), headers))
        return Path(self._call(TAKE, {"path": sent, "meta": {"_type": "gradio.FileData"}}))

    def download(self) -> Path:
        given, target = self._call(GIVE), self._folder / "copy"
        connection = HTTPConnection(self._host)
        connection.request("GET", urlsplit(given["url"]).path)
        with connection.getresponse() as answer, target.open("wb") as file:
            shutil.copyfileobj(answer, file, AT_ONCE)
        return target

    def close(self) -> None: ...

    def _call(self, endpoint: str, *data: Any) -> Any:
        path, headers = f"{self._api}/call/{endpoint}", {"content-type": "application/json"}
        joined = self._ask("POST", path, json.dumps({"data": data}).encode(), headers)
        events = self._ask("GET", f"{path}/{json.loads(joined)['event_id']}").decode()
        return json.loads(events.partition("event: complete\ndata: ")[2].partition("\n")[0])[0]

    def _ask(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> bytes:
        connection = HTTPConnection(self._host)
        connection.request(method, path, body, headers or {})
        with connection.getresponse() as answer:
            content = answer.read()
        assert answer.status == 200, content
        return content


_PART = (
    f'--{BOUNDARY}\r\ncontent-disposition: form-data; name="files"; filename="{{name}}"\r\n'
    "content-type: application/octet-stream\r\n\r\n"
)


def _pieces(body: list[bytes | Path]) -> Iterator[bytes]:
    for each in body:
        if isinstance(each, bytes):
            yield each
            continue
        with each.open("rb") as file:
            while piece := file.read(AT_ONCE):
                yield piece


@dataclass
class Serve(NoCalls):
    """`space-tools serve` over stdio: it reads files by their path, and saves those of results.

    What is measured is the server's process, `pid`.
    """

    pid: int = 0
    _stack: ExitStack = field(default_factory=ExitStack)

    def load(self) -> None:
        from anyio.from_thread import start_blocking_portal

        self._portal = self._stack.enter_context(start_blocking_portal())

    def connect(self, url: str, folder: Path) -> None:
        from mcp import Client, StdioServerParameters

        # The file is beside the folder for what comes back.
        places = ["--root", str(folder.parent), "--output-dir", str(folder)]
        waiting = ["--max-wait", "off", "--log-level", "warning"]
        arguments = ["-m", "space_tools", "serve", "--space", f"t={url}", *places, *waiting]
        command = StdioServerParameters(command=sys.executable, args=arguments, cwd=ROOT)
        client = self._portal.wrap_async_context_manager(Client(command))
        self._client = self._stack.enter_context(client)
        [self.pid] = children_of(os.getpid())
        self._portal.call(self._client.list_tools)

    def upload(self, path: Path) -> Path:
        return Path(self._call(TAKE, {"path": str(path)}))

    def download(self) -> Path:
        return Path(self._call(GIVE, {})["path"])

    def close(self) -> None:
        self._stack.close()

    def _call(self, endpoint: str, arguments: dict[str, str]) -> Any:
        result = self._portal.call(self._client.call_tool, f"t_{endpoint}", arguments)
        if result.is_error:
            raise RuntimeError(result.content[0].text)
        return next(iter(result.structured_content.values()))


TRANSFERRERS: dict[str, Callable[[], ClientUnderTest]] = {
    PEER: lambda: Blocking(PEER),
    SERVE: Serve,
    PLAIN: Plain,
}
