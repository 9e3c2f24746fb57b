"""A Hub on loopback: as much of its HTTP API as is used here, with Spaces that do as told.

    with stand_in_hub() as hub:  # HF_ENDPOINT points at hub.url inside the block
        hub.users["hf_token"] = "me"
        hub.add("owner/name", host=app.url, stages=["SLEEPING", "APP_STARTING", "RUNNING"])
        ...
        assert hub.asked("GET", "/api/spaces/owner/name")

What it answers, and with which headers, follows huggingface_hub's own code and documentation;
the real Hub could not be asked.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from tests.scripted_app import Recorded, on_loopback, record

TOKEN = "hf_canaryCanaryCanary"
"""Of the user `me`, in the tests' `hub`."""

NOWHERE = "http://127.0.0.1:9"
"""The host of a Space that nobody is to talk to."""


@dataclass(slots=True, kw_only=True)
class StandInSpace:
    """A Space. Each time that the Hub tells its stage, the next one is gone on to; the last stays.

    From `SLEEPING` it goes on only once `wake` was called. A private one is shown to its owner.
    """

    id: str
    host: str | None = NOWHERE
    stages: list[str] = field(default_factory=lambda: ["RUNNING"])
    sdk: str = "gradio"
    private: bool = False
    hardware: str | None = "cpu-basic"
    requested_hardware: str | None = "cpu-basic"
    sleep_time: int | None = None
    secrets: dict[str, str] = field(default_factory=dict)
    card: dict[str, Any] = field(default_factory=dict)
    likes: int = 0
    awake: bool = False
    sha: str = "5ha"

    def wake(self) -> None:
        """As a request to its host does."""
        self.awake = True

    def info(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "author": self.id.split("/")[0],
            "sha": self.sha,
            "sdk": self.sdk,
            "private": self.private,
            "host": self.host,
            "subdomain": self.id.replace("/", "-").lower(),
            "cardData": {"title": "A title", "short_description": "What it does", **self.card},
            "runtime": self.runtime(),
        }

    def found(self) -> dict[str, Any]:
        """The same as a search shows it."""
        card = {"title": "A title", "short_description": "What it does", **self.card}
        return {
            "id": self.id,
            "author": self.id.split("/")[0],
            "title": card["title"],
            "sdk": self.sdk,
            "likes": self.likes,
            "private": self.private,
            "runtime": {"stage": self.stages[0], "hardware": {"current": self.hardware}},
            "ai_short_description": card["short_description"],
            "ai_category": "Image Generation",
            "semanticRelevancyScore": 0.75,
        }

    def runtime(self) -> dict[str, Any]:
        return {
            "stage": self._next_stage(),
            "hardware": {"current": self.hardware, "requested": self.requested_hardware},
            "gcTimeout": self.sleep_time,
        }

    def _next_stage(self) -> str:
        stage = self.stages[0]
        if len(self.stages) > 1 and (stage != "SLEEPING" or self.awake):
            self.stages.pop(0)
        return stage


class StandInHub:
    """A Hub at `url`, and what it was asked: `requests`, in the order of their arrival.

    `users` has the name of each token's owner, `quotas` the ZeroGPU quota of each user as the Hub
    tells it, `renamed` the present id of each old one, and
    `answers` what is answered in place of everything else, by method and path.
    """

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.port = port
        self.routes = Starlette(routes=_routes(self))
        self.forget()

    def forget(self) -> None:
        """Be as new."""
        self.requests: list[Recorded] = []
        self.users: dict[str, str] = {}
        self.quotas: dict[str, dict[str, Any]] = {}
        self.spaces: dict[str, StandInSpace] = {}
        self.renamed: dict[str, str] = {}
        self.answers: dict[tuple[str, str], ASGIApp] = {}

    def add(self, space_id: str, **how: Any) -> StandInSpace:
        """A new Space."""
        self.spaces[space_id] = space = StandInSpace(id=space_id, **how)
        return space

    def asked(self, method: str, path: str) -> list[Recorded]:
        """The requests of that kind so far."""
        return [r for r in self.requests if (r.method, r.path) == (method, path)]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI application."""
        request = await record(scope, receive)
        self.requests.append(request)
        answer = self.answers.get((request.method, request.path))
        await (answer or self.routes)(scope, _again(request.body), send)

    def user_of(self, request: Request) -> str | None:
        return self.users.get(_token(request) or "")

    def space_for(self, request: Request) -> StandInSpace:
        """The Space that the path names. Raises `_Refused` if the caller may not see it."""
        token, user = _token(request), self.user_of(request)
        if token and user is None:
            raise _Refused(401, "Invalid credentials in Authorization header")
        space = self.spaces.get("{owner}/{name}".format(**request.path_params))
        if space is None or (space.private and user != space.id.split("/")[0]):
            if token:
                raise _Refused(404, "Repository not found", "RepoNotFound")
            raise _Refused(401, "Invalid username or password.", "RepoNotFound")
        return space


@contextmanager
def stand_in_hub() -> Iterator[StandInHub]:
    """A Hub without users and Spaces, at which HF_ENDPOINT points until the block ends."""
    with on_loopback(StandInHub) as hub, mock.patch.dict(os.environ, HF_ENDPOINT=hub.url):
        yield hub


class _Refused(Exception):
    def __init__(self, status: int, message: str, code: str = "") -> None:
        super().__init__(message)
        headers = {"X-Error-Message": message, "X-Error-Code": code}
        self.answer = JSONResponse({"error": message}, status, headers)


def _routes(hub: StandInHub) -> list[Route]:
    one = "/api/spaces/{owner}/{name}"
    table: list[tuple[str, str, Callable[[StandInHub, Request, Any], Any]]] = [
        ("GET", "/api/spaces/semantic-search", _search),
        ("GET", "/api/spaces/zero-gpu/quota", _quota),
        ("GET", "/api/spaces/by-subdomain/{subdomain}", _by_subdomain),
        ("GET", one, _info),
        ("GET", f"{one}/runtime", _runtime),
        ("POST", f"{one}/duplicate", _duplicate),
        ("POST", f"{one}/hardware", _hardware),
        ("POST", f"{one}/sleeptime", _sleep_time),
        ("POST", f"{one}/secrets", _secrets),
        ("GET", "/api/whoami-v2", _whoami),
        ("HEAD", "/api/telemetry/{topic:path}", _telemetry),
    ]
    return [Route(path, _endpoint(hub, answer), methods=[verb]) for verb, path, answer in table]


def _endpoint(hub: StandInHub, answer: Callable[[StandInHub, Request, Any], Any]) -> Any:
    async def endpoint(request: Request) -> Response:
        body = await request.json() if request.method == "POST" else None
        old = "{owner}/{name}".format(**{"owner": "", "name": "", **request.path_params})
        if old in hub.renamed:
            new = str(request.url.path).replace(old, hub.renamed[old])
            return RedirectResponse(f"{new}?{request.url.query}", 307)
        try:
            return JSONResponse(answer(hub, request, body))
        except _Refused as refused:
            return refused.answer

    return endpoint


def _search(hub: StandInHub, request: Request, _: Any) -> Any:
    wanted, user = request.query_params, hub.user_of(request)
    if _token(request) and user is None:
        raise _Refused(401, "Invalid credentials in Authorization header")
    words = wanted["q"].lower().split()
    return [
        space.found()
        for space in hub.spaces.values()
        if any(word in str(space.found()).lower() for word in words)
        and wanted.get("sdk", space.sdk) == space.sdk
        and (space.stages[0] == "RUNNING" or wanted.get("includeNonRunning") == "true")
        and (not space.private or user == space.id.split("/")[0])
    ]


def _by_subdomain(hub: StandInHub, request: Request, _: Any) -> Any:
    subdomain = request.path_params["subdomain"]
    for space in hub.spaces.values():
        if space.info()["subdomain"] == subdomain and not space.private:
            return space.info()
    raise _Refused(404, "Repository not found", "RepoNotFound")


def _quota(hub: StandInHub, request: Request, _: Any) -> Any:
    user = hub.user_of(request)
    if user is None:
        raise _Refused(401, "Invalid username or password.")
    if user not in hub.quotas:
        raise _Refused(404, "Not Found")
    return hub.quotas[user]


def _info(hub: StandInHub, request: Request, _: Any) -> Any:
    info = hub.space_for(request).info()
    expanded = request.query_params.getlist("expand")
    return {key: info[key] for key in ["id", *expanded]} if expanded else info


def _runtime(hub: StandInHub, request: Request, _: Any) -> Any:
    return hub.space_for(request).runtime()


def _duplicate(hub: StandInHub, request: Request, wish: Any) -> Any:
    original = hub.space_for(request)
    target = wish["repository"]
    if hub.user_of(request) != target.split("/")[0]:
        raise _Refused(403, f"You don't have the rights to create a repo in {target}")
    if target in hub.spaces:
        raise _Refused(409, "You already created this space repo")
    hub.add(
        target,
        host=original.host,
        stages=["BUILDING", "RUNNING"],
        sdk=original.sdk,
        private=wish.get("visibility") == "private" or wish.get("private") is True,
        hardware=None,
        requested_hardware=wish.get("hardware", "cpu-basic"),
        sleep_time=wish.get("sleepTimeSeconds"),
        secrets={secret["key"]: secret["value"] for secret in wish.get("secrets", [])},
    )
    return {"url": f"{hub.url}/spaces/{target}"}


def _hardware(hub: StandInHub, request: Request, wish: Any) -> Any:
    space = _owned(hub, request)
    space.requested_hardware = wish["flavor"]
    space.sleep_time = wish.get("sleepTimeSeconds", space.sleep_time)
    return space.runtime()


def _sleep_time(hub: StandInHub, request: Request, wish: Any) -> Any:
    space = _owned(hub, request)
    space.sleep_time = wish["seconds"]
    return space.runtime()


def _secrets(hub: StandInHub, request: Request, secret: Any) -> Any:
    _owned(hub, request).secrets[secret["key"]] = secret["value"]
    return {}


def _owned(hub: StandInHub, request: Request) -> StandInSpace:
    space = hub.space_for(request)
    if hub.user_of(request) != space.id.split("/")[0]:
        raise _Refused(403, "You don't own this Space")
    return space


def _whoami(hub: StandInHub, request: Request, _: Any) -> Any:
    user = hub.user_of(request)
    if user is None:
        raise _Refused(401, "Invalid credentials in Authorization header")
    return {"type": "user", "id": f"id-of-{user}", "name": user, "fullname": "", "isPro": False}


def _telemetry(*_: Any) -> Any:
    return {}


def _token(request: Request) -> str | None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token if scheme == "Bearer" else None


def _again(body: bytes) -> Receive:
    """What gives out a body that was read already."""

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive
