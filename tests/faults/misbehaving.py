"""An app that does in each call what its argument says, in a process of its own.

    python -m tests.faults.misbehaving

It prints its URL, and ends with its standard input.
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from starlette.responses import JSONResponse

from tests.minimal_app import PREFIX
from tests.scripted_app import (
    ABORT,
    CLOSE_STREAM,
    Answer,
    Gate,
    Recorded,
    Script,
    completed,
    failed,
    minimal_app,
    scripted_app,
)

ROOT = Path(__file__).resolve().parents[2]


class Misbehaving:
    """What the app does; its output is a file."""

    def __init__(self) -> None:
        self._asked: dict[str, str] = {}
        config, info = minimal_app()
        config["components"][1]["type"] = "file"
        info["named_endpoints"]["/echo"]["returns"][0]["component"] = "File"
        files = {
            ("GET", f"{PREFIX}/file=/tmp/{name}"): lambda _, end=end: [b"part", end()]
            for name, end in {"cut": lambda: ABORT, "endless": Gate}.items()
        }
        self.script = Script(config, info, join=self.join, data=self.data, routes=files)

    def join(self, request: Recorded) -> Answer:
        body = request.json()
        asked = self._asked[body["session_hash"]] = body["data"][0]
        if asked == "full":
            return JSONResponse({"detail": "Queue is full. Max size is 1."}, 503)
        if asked == "refused":
            return JSONResponse({"detail": "no"}, 404)
        if asked == "broken join":
            return [b"{", ABORT]
        return JSONResponse({"event_id": "event"})

    def data(self, request: Recorded) -> Answer:
        asked = self._asked.pop(request.query.partition("session_hash=")[2])
        starts = {"msg": "process_starts", "event_id": "event"}
        ends: dict[str, list[Any]] = {
            "failing": [failed("event", "as asked"), CLOSE_STREAM],
            "garbage": [b"data: {not json\n\n"],
            "breaking off": [starts, ABORT],
            "hanging": [starts, Gate()],
            "hanging up": [starts],
        }
        return ends.get(asked) or [completed("event", [file_data(asked)]), CLOSE_STREAM]


def file_data(name: str) -> dict[str, Any] | None:
    """What an app says of a file of that name; of "nothing", that there is none."""
    meta = {"_type": "gradio.FileData"}
    return None if name == "nothing" else {"path": f"/tmp/{name}", "url": None, "meta": meta}


@contextmanager
def misbehaving() -> Iterator[str]:
    """The URL of the app, until the block ends; what is counted here is not its own."""
    command = [sys.executable, "-m", __name__]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, cwd=ROOT, text=True, **pipes) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.stdin.close()


if __name__ == "__main__":
    with scripted_app(Misbehaving().script) as app:
        sys.stdout.write(f"{app.url}\n")
        sys.stdout.flush()
        sys.stdin.read()
