"""The reference apps of `tests/apps`, each a real Gradio server in a process of its own."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

APPS = Path(__file__).with_name("apps")

MOUNTED_AT = {"mounted_app": "/sub"}
"""Where an app is not at the root of its server."""

START_DEADLINE = 90.0
"""Seconds. Importing Gradio takes about five of them, more while other tests use the machine."""

SETTINGS = {
    "GRADIO_ANALYTICS_ENABLED": "False",
    "HF_HUB_OFFLINE": "1",
    "MPLBACKEND": "Agg",
    "PYTHONUNBUFFERED": "1",
}

LEFT_OUT = {"HF_TOKEN", "GRADIO_SERVER_PORT", "GRADIO_ROOT_PATH", "PORT", "SYSTEM", "SPACE_ID"}
"""What of the environment would make an app behave as if it were somewhere else."""


@dataclass(frozen=True, slots=True)
class RunningApp:
    """An app that answers at `url`; what it prints goes to the file `log`."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def port(self) -> int:
        """The TCP port on 127.0.0.1."""
        port = urlsplit(self.url).port
        assert port is not None
        return port


@contextmanager
def run_app(name: str, *, python: str = sys.executable, **env: str) -> Iterator[RunningApp]:
    """Run `tests/apps/<name>.py` on a free loopback port until the block ends.

    `env` adds to its environment (`KS_AUTH="1"`; see `apps/ks_common.py`); `python` may be the
    interpreter of another environment, with another generation of Gradio. Raises AssertionError,
    with what the app printed, if it does not come up.
    """
    port = int(env["KS_PORT"]) if "KS_PORT" in env else free_port()
    with tempfile.TemporaryDirectory(prefix="gradio-app-") as folder:
        log = Path(folder, "log.txt")
        with log.open("wb") as output:
            process = subprocess.Popen(
                [python, "run.py", name],
                cwd=APPS,
                env=_environment(Path(folder), port, env),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        app = RunningApp(f"http://127.0.0.1:{port}{MOUNTED_AT.get(name, '')}", process, log)
        try:
            _wait_until_up(app)
            yield app
        finally:
            _end(process)


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def _environment(folder: Path, port: int, env: Mapping[str, str]) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if name not in LEFT_OUT}
    own = {
        "KS_PORT": str(port),
        "GRADIO_TEMP_DIR": str(folder / "files"),
        "HF_HOME": str(folder / "hf"),
        "MPLCONFIGDIR": str(folder / "matplotlib"),
    }
    return {**inherited, **SETTINGS, **own, **env}


def _wait_until_up(app: RunningApp) -> None:
    deadline = time.monotonic() + START_DEADLINE
    while not _answers(app):
        assert time.monotonic() < deadline, f"{app.url} is not up yet; it said:\n{_said(app)}"
        try:
            code = app.process.wait(timeout=0.05)
        except subprocess.TimeoutExpired:
            continue
        raise AssertionError(f"the app ended with {code}; it said:\n{_said(app)}")


def _answers(app: RunningApp) -> bool:
    """Whether /config is there; 401 will do, since some apps want a login."""
    connection = http.client.HTTPConnection("127.0.0.1", app.port, timeout=10)
    try:
        connection.request("GET", urlsplit(app.url).path + "/config")
        return connection.getresponse().status in {200, 401}
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _said(app: RunningApp) -> str:
    return app.log.read_text(encoding="utf-8", errors="replace")[-4000:]


def _end(process: subprocess.Popen[bytes]) -> None:
    # Not gently: a server asked to stop waits for its open streams, and leaves nothing worth it.
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(timeout=10)
