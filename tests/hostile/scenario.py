"""What a hostile app does, and what is to come of it."""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from starlette.responses import JSONResponse, Response, StreamingResponse

from tests.hostile.stage import Bytes
from tests.scripted_app import CLOSE_STREAM, Answers, Recorded, Script, completed, minimal_app

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Scene:
    """Where an app plays: its own URL, and that of an origin it has nothing to do with."""

    url: str
    elsewhere: str

    @property
    def netloc_elsewhere(self) -> str:
        return self.elsewhere.removeprefix("http://")


Wired = Mapping[tuple[str, str], Bytes]
"""An app that answers with bytes, by method and path."""

Play = Callable[[Scene], Script | Wired]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A call of `/echo` of an app that lies; `name` says how.

    It ends with an error that says `error`, or with a result whose output `Out` is `gives`, or
    with either if neither is given. `quotes`: the app says again what it was told, so that its
    caller's own tokens may be in what it gives. `becomes`: it is called again once its tool is
    described with these words. `alone`: it has an origin of its own, without a path.
    """

    name: str
    play: Play
    error: str | None = None
    gives: Any = None
    arguments: Mapping[str, Any] = field(default_factory=lambda: {"x": "hello"})
    quotes: bool = False
    becomes: str = ""
    alone: bool = False


class Act(list[Scenario]):
    """Scenarios of one kind. As a decorator, it makes one of a function, named as that is."""

    def __call__(self, **how: Any) -> Callable[[Play], Play]:
        def add(play: Play) -> Play:
            self.append(Scenario(name=play.__name__.replace("_", " "), play=play, **how))
            return play

        return add


def config_with(**changes: Any) -> dict[str, Any]:
    """What the minimal app's `/config` says, changed."""
    return {**minimal_app()[0], **changes}


def with_props(type: str = "textbox", **props: Any) -> dict[str, Any]:
    """The minimal app's `/config`, with other properties of its input."""
    config = deepcopy(minimal_app()[0])
    config["components"][0]["type"] = type
    config["components"][0]["props"].update(props)
    return config


def with_output(type: str, **props: Any) -> dict[str, Any]:
    """The same, with another output."""
    config = deepcopy(minimal_app()[0])
    config["components"][1]["type"] = type
    config["components"][1]["props"].update(props)
    return config


def info_with(*, returns: str = "Textbox", **changes: Any) -> dict[str, Any]:
    """What its `/info` says, with other properties of its parameter; or of what it returns."""
    info = deepcopy(minimal_app()[1])
    echo = info["named_endpoints"]["/echo"]
    echo["parameters"][0].update(changes)
    echo["returns"][0]["component"] = returns
    return info


def script(
    *messages: Any,
    config: Mapping[str, Any] | None = None,
    info: Mapping[str, Any] | None = None,
    out: Any = "hello",
    routes: Mapping[tuple[str, str], Answers] | None = None,
    **more: Any,
) -> Script:
    """The minimal app, whose call ends with `out` after these messages."""
    usual_config, usual_info = minimal_app()
    data = [[*messages, completed("event-1", [out]), CLOSE_STREAM]]
    answers = {"data": data, "join": [joined()], **more}
    return Script(config or usual_config, info or usual_info, routes=routes or {}, **answers)


def joined(event_id: str = "event-1") -> JSONResponse:
    """The answer to a call that was taken."""
    return JSONResponse({"event_id": event_id})


def streamed(
    chunks: Callable[[], Iterable[bytes]], media_type: str = "application/json", **headers: str
) -> Callable[[Recorded], Response]:
    """An answer in chunks, however many; a header's name has `_` for `-`."""

    async def sending() -> AsyncIterator[bytes]:
        for chunk in chunks():
            yield chunk

    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _: StreamingResponse(sending(), media_type=media_type, headers=named)


def as_json(content: str | bytes, status: int = 200, **headers: str) -> Response:
    """An answer that claims to be JSON."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(content, status, named, "application/json")
