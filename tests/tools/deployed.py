"""A scripted app that is started anew, as the same or as another, while it is served."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from starlette.responses import JSONResponse, Response

from tests.minimal_app import PREFIX
from tests.scripted_app import (
    CLOSE_STREAM,
    Recorded,
    Script,
    ScriptedApp,
    minimal_app,
    scripted_app,
)

CONFIG, APP_ID, JOIN = "/config", f"{PREFIX}/app_id", f"{PREFIX}/queue/join"


class Deployed:
    """The minimal app, its endpoint called `name`; its calls give `name`, and its id is `starts`.

    `headers` go with what it says of itself, `tells` says whether it tells its id; `join` is what
    it answers to a call, if that is not taken. `alter` changes its `/config` and `/info`.
    """

    def __init__(self, name: str = "echo", *, stateful: bool = False) -> None:
        self.name = name
        self.starts = 1
        self.headers: dict[str, str] = {}
        self.tells = True
        self.join: Response | None = None
        self.alter: Callable[[dict[str, Any], dict[str, Any]], None] = lambda config, info: None
        self._stateful = stateful

    def start(self, name: str = "echo") -> None:
        """Be started anew, with that endpoint."""
        self.name = name
        self.starts += 1

    def drift(self, description: str) -> None:
        """Be started anew, as one that says this of its endpoint."""

        def alter(config: dict[str, Any], info: dict[str, Any]) -> None:
            info["named_endpoints"][f"/{self.name}"]["description"] = description

        self.alter = alter
        self.start(self.name)

    def script(self) -> Script:
        routes = {
            ("GET", CONFIG): self._config,
            ("GET", f"{PREFIX}/info"): self._info,
            ("GET", APP_ID): self._app_id,
        }
        return Script({}, {}, join=self._join, data=self._data, routes=routes)

    def _says(self) -> tuple[dict[str, Any], dict[str, Any]]:
        config, info = minimal_app()
        info["named_endpoints"] = {f"/{self.name}": info["named_endpoints"]["/echo"]}
        self.alter(config, info)
        return config, info

    def _config(self, _: Recorded) -> Response:
        config, _info = self._says()
        config["dependencies"][0]["api_name"] = self.name
        if self.tells:
            config["app_id"] = self.starts
        if self._stateful:
            config["components"].append({"id": 3, "type": "state", "skip_api": True})
            config["dependencies"][0]["inputs"].append(3)
            config["connect_heartbeat"] = False
        return JSONResponse(config, headers=self.headers)

    def _info(self, _: Recorded) -> Response:
        _config, info = self._says()
        return JSONResponse(info)

    def _app_id(self, _: Recorded) -> Response:
        if not self.tells:
            return JSONResponse({"detail": "Not Found"}, 404)
        return JSONResponse({"app_id": self.starts}, headers=self.headers)

    def _join(self, _: Recorded) -> Response:
        return self.join or JSONResponse({"event_id": "event"})

    def _data(self, _: Recorded) -> list[dict[str, Any]]:
        output = {"data": [self.name]}
        return [{"msg": "process_completed", "output": output, "success": True}, CLOSE_STREAM]


@contextmanager
def deployed(app: Deployed) -> Iterator[ScriptedApp]:
    """The app, served."""
    with scripted_app(app.script()) as served:
        yield served
