"""Users of one server, who all name everything alike, and what they do there."""

import base64
import random
import re
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import anyio

from tests.isolation.by_hand import ByHand, Message, response_of, to_call, to_request
from tests.isolation.recorded import users_in

FILE = "same name.txt"
PROGRESS = "same token"
APPS = ("one", "two")


@dataclass(slots=True)
class Commons:
    """What every user makes known to the others: kind → (owner, id)."""

    ids: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    sent: dict[str, dict[str, str]] = field(default_factory=dict)
    operations: int = 0
    attempts: int = 0

    def tell(self, kind: str, owner: str, id: str) -> None:
        self.ids.setdefault(kind, []).append((owner, id))

    def foreign(self, kind: str, me: str, dice: random.Random) -> str | None:
        """One that is another's."""
        others = [id for owner, id in self.ids.get(kind, [])[-300:] if owner != me]
        return dice.choice(others) if others else None


@dataclass(slots=True)
class User:
    """One user, with one client."""

    name: str
    client: ByHand
    commons: Commons
    dice: random.Random
    made: list[str] = field(default_factory=list)
    files: dict[str, tuple[str, str]] = field(default_factory=dict)
    histories: dict[str, list[str]] = field(default_factory=dict)
    handles: dict[str, str] = field(default_factory=dict)
    last_id: int = 0

    # Asking

    async def ask(self, method: str, params: Mapping[str, Any]) -> Message:
        """The response to a request, in which nothing is anybody else's."""
        self.last_id += 1
        self.commons.operations += 1
        answer = await self.client.post(to_request(method, params, id=self.last_id))
        assert users_in(answer.text) <= {self.name}, answer.text
        return response_of(answer, self.last_id)

    async def call(self, endpoint: str, /, **arguments: Any) -> Message:
        """The result of a call of either app, told to be an error or not."""
        tag = self.tag()
        params = to_call(
            f"{arguments.pop('app', None) or self.dice.choice(APPS)}_{endpoint}",
            {"tag": tag, **arguments},
            token=PROGRESS,
        )
        answer = await self.ask("tools/call", params)
        return {"tag": tag, **answer["result"]}

    async def done(self, endpoint: str, /, **arguments: Any) -> tuple[str, Message]:
        """The tag and the structured result of a call that must end well."""
        result = await self.call(endpoint, **arguments)
        assert not result.get("isError"), result
        return result["tag"], result["structuredContent"]

    def tag(self) -> str:
        """A new tag; with it goes what this user's client sends now."""
        tag = f"{self.name}-{len(self.made):04}"
        self.made.append(tag)
        client = self.client
        hub = {"x-hf-authorization": f"Bearer {client.token}"}
        self.commons.sent[tag] = {
            **hub,
            **({"x-ip-token": client.ip_token} if client.ip_token else {}),
        }
        return tag

    # What users do

    async def echo(self) -> None:
        for endpoint in ("echo", "direct"):
            tag, result = await self.done(endpoint)
            sent = self.commons.sent[tag]
            seen = [sent["x-hf-authorization"], sent.get("x-ip-token", "")]
            assert result["Out"].split(" ", 2) == [tag, "", f"{seen[0]} {seen[1]} "]

    async def count(self) -> None:
        tag, result = await self.done("count", to=3)
        assert result["Out"] == f"{tag} 2"

    async def remember(self) -> None:
        """Each conversation has its own history, and nobody else's."""
        app = self.dice.choice(APPS)
        handle = {} if not self.client.modern else {"session": self.handles.get(app, "")}
        tag, result = await self.done("remember", app=app, **{k: v for k, v in handle.items() if v})
        history = self.histories.setdefault(app, [])
        if "session" in result:
            self.handles[app], history[:] = result["session"], []
            self.commons.tell("handle", self.name, f"{app} {result['session']}")
        history.append(tag)
        assert result["Out"].split() == history

    async def write(self) -> None:
        tag, result = await self.done("write")
        file = result["Written"]
        self.keep(tag, file["uri"], file["url"])

    async def upload(self) -> None:
        self.commons.operations += 1
        tag = self.tag()
        form = {"file": (FILE, f"the file of {tag}".encode(), "text/plain")}
        url, headers = f"{self.client.url}/files", self.client.identity()
        answer = await self.client.web.post(url, files=form, headers=headers)
        assert answer.status_code == 201, answer.text
        self.keep(tag, answer.json()["uri"], "")

    def keep(self, tag: str, uri: str, link: str) -> None:
        self.files[uri] = tag, link
        for kind in ("file", "file as argument", "download"):
            self.commons.tell(kind, self.name, uri)

    async def read(self) -> None:
        for uri, (tag, _) in self.some_file():
            contents = (await self.ask("resources/read", {"uri": uri}))["result"]["contents"]
            assert [content["text"] for content in contents] == [f"the file of {tag}"]

    async def pass_on(self) -> None:
        for uri, (made_by, _) in self.some_file():
            tag, result = await self.done("content", file=uri)
            assert result["Out"] == f"{tag} got: the file of {made_by}"

    async def pass_data(self) -> None:
        words = f"the file of {self.name}-0000"
        uri = f"data:text/plain;name={FILE};base64,{base64.b64encode(words.encode()).decode()}"
        tag, result = await self.done("content", file=uri)
        assert result["Out"] == f"{tag} got: {words}"

    async def download(self) -> None:
        for uri, (tag, link) in self.some_file():
            self.commons.operations += 1
            identity = {} if link else self.client.identity()
            path = uri.removeprefix("space-tools://")
            got = await self.client.web.get(link or f"{self.client.url}/{path}", headers=identity)
            assert (got.status_code, got.text) == (200, f"the file of {tag}")

    async def list_files(self) -> None:
        """All that are listed are one's own, and the newest are listed."""
        listed = (await self.ask("resources/list", {}))["result"]["resources"]
        uris = [resource["uri"] for resource in listed]
        assert sorted(uris[:100]) == sorted(list(self.files)[-100:])

    async def complete(self) -> None:
        ref = {"type": "ref/resource", "uri": "space-tools://files/{id}/{name}"}
        asked = {"ref": ref, "argument": {"name": "id", "value": ""}}
        values = (await self.ask("completion/complete", asked))["result"]["completion"]["values"]
        assert set(values) <= {uri.split("/")[3] for uri in self.files}

    async def cancel(self) -> None:
        """A call that would take minutes; by its end it must have been cancelled."""
        self.last_id += 1
        self.commons.operations += 2
        number, params = self.last_id, to_call("one_wait", {"tag": self.tag()}, token=PROGRESS)
        async with self.client.stream(to_request("tools/call", params, id=number)) as answer:
            lines = answer.aiter_lines()
            async for line in lines:
                if "progressToken" in line:
                    break
            if not self.client.modern:
                said = {"method": "notifications/cancelled", "params": {"requestId": number}}
                await self.client.post({"jsonrpc": "2.0", **said})
                assert any(["-32800" in line async for line in lines])

    async def probe(self) -> None:
        """What another has is as if it were not there."""
        for kind, (shape, attempt) in FOREIGN.items():
            id = self.commons.foreign(kind, self.name, self.dice)
            if id is not None:
                foreign, unknown = await attempt(self, id), await attempt(self, shape(id))
                assert foreign == unknown, (kind, foreign, unknown)
                self.commons.operations += 2
                self.commons.attempts += 1

    def some_file(self) -> list[tuple[str, tuple[str, str]]]:
        """One of this user's, or none."""
        return [self.dice.choice(list(self.files.items()))] if self.files else []


# Trying what is another's

Attempt = Callable[[User, str], Awaitable[object]]


async def refused(user: User, method: str, params: Message, id: str) -> object:
    """How a request is refused, without the id that it was about, or a tag."""
    answer = await user.client.ask(method, params)
    assert "error" in answer or answer["result"].get("isError"), answer
    # The id first: it is random, and may have what looks like a tag in it.
    return re.sub(r"u\d\d-\d+", "", str(answer).replace(id, ""))


async def try_resource(user: User, uri: str) -> object:
    return await refused(user, "resources/read", {"uri": uri}, uri)


async def try_argument(user: User, uri: str) -> object:
    arguments = {"tag": user.tag(), "file": uri}
    return await refused(user, "tools/call", to_call("two_content", arguments), uri)


async def try_download(user: User, uri: str) -> object:
    """With one's own identity, and with the signature of one's own link."""
    url = f"{user.client.url}/{uri.removeprefix('space-tools://')}"
    own = next((link for _, link in user.files.values() if link), "?")
    headers = user.client.identity()
    answers = [
        await user.client.web.get(address, headers=headers)
        for address in (url, f"{url}?{own.partition('?')[2]}")
    ]
    assert {answer.status_code for answer in answers} == {404}
    return [(answer.text, without_date(answer.headers)) for answer in answers]


async def try_handle(user: User, handle: str) -> object:
    app, session = handle.split()
    arguments = {"tag": user.tag(), "session": session}
    return await refused(user, "tools/call", to_call(f"{app}_remember", arguments), session)


async def try_session(user: User, session: str) -> object:
    """To speak in it, to listen to it, and to end it."""
    web, url = user.client.web, f"{user.client.url}/mcp"
    headers = {
        **user.client.identity(),
        "accept": "application/json, text/event-stream",
        "mcp-session-id": session,
    }
    answers = [
        await web.post(url, json=to_request("resources/list", {}), headers=headers),
        await web.get(url, headers=headers),
        await web.delete(url, headers=headers),
    ]
    assert {answer.status_code for answer in answers} == {404}
    return [(answer.text, without_date(answer.headers)) for answer in answers]


def without_date(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name != "date"}


def other_file(uri: str) -> str:
    scheme, _, rest = uri.rpartition("://")
    return f"{scheme}://files/{secrets.token_urlsafe(18)}/{rest.split('/')[-1]}"


FOREIGN: dict[str, tuple[Callable[[str], str], Attempt]] = {
    "file": (other_file, try_resource),
    "file as argument": (other_file, try_argument),
    "download": (other_file, try_download),
    "handle": (lambda id: f"{id.split()[0]} {secrets.token_urlsafe(18)}", try_handle),
    "session": (lambda id: secrets.token_hex(16), try_session),
}
"""Kind of id → what makes an unknown one of it, and how another's is tried.

What else is kept for users by an id is one more row here, and one more `tell`.
"""

DEEDS: dict[str, int] = {
    "echo": 12,
    "count": 10,
    "remember": 12,
    "write": 9,
    "upload": 8,
    "read": 20,
    "pass_on": 8,
    "pass_data": 4,
    "download": 20,
    "list_files": 12,
    "complete": 10,
    "cancel": 3,
    "probe": 5,
}
"""What a user does → how often, beside the others."""


async def live(user: User, deeds: int) -> None:
    """Does as much as that, one thing after another."""
    for name in user.dice.choices(list(DEEDS), list(DEEDS.values()), k=deeds):
        with anyio.fail_after(300):
            await getattr(user, name)()
