"""What reached the apps of `recording_app`, and what of it must not have."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import httpx2

USER = re.compile(r"(?<![0-9A-Za-z])(?:hf_|ip_)?(u\d\d)(?=[-_])")
"""A user, in one of their tags or tokens."""

FILE_ID = re.compile(r"(?<=files/)[A-Za-z0-9_-]{24}(?![A-Za-z0-9_-])")
"""Drawn at random, from letters that could make up a user's tag."""

JOINS = ("queue/join", "run/")
"""What of an app's API a call begins with."""


@dataclass(frozen=True, slots=True)
class Note:
    """One request that reached an app: `tokens` are the headers that carry any, in their order."""

    path: str
    tokens: tuple[tuple[str, str], ...]
    session: str | None
    tags: tuple[str, ...]
    over: bool

    @property
    def users(self) -> set[str]:
        """Whose tags and tokens it has."""
        return users_in(*self.tags, *(value for _, value in self.tokens))

    @property
    def kind(self) -> str:
        """What of the app's API it asked for."""
        first, _, rest = self.path.partition("=")[0].partition("/")
        return first if first in ("heartbeat", "run") else f"{first}/{rest}".rstrip("/")


def users_in(*texts: str) -> set[str]:
    """The users whose tags or tokens are in these texts."""
    return {user for text in texts for user in USER.findall(FILE_ID.sub("", text))}


async def notes_of(web: httpx2.AsyncClient, url: str) -> list[Note]:
    """What has reached that app so far."""
    told = (await web.get(f"{url}/recorded")).json()
    return [
        Note(
            note["path"],
            tuple(map(tuple, note["tokens"])),
            note["session"],
            tuple(note["tags"]),
            note["over"],
        )
        for note in told
    ]


def sessions_of(notes: Iterable[Note]) -> dict[str, set[str]]:
    """Session → whose tags and tokens came with it."""
    users: defaultdict[str, set[str]] = defaultdict(set)
    for note in notes:
        if note.session is not None:
            users[note.session] |= note.users
    return dict(users)


def heartbeats(notes: Iterable[Note]) -> list[Note]:
    """What keeps the state of sessions alive."""
    return [note for note in notes if note.kind == "heartbeat"]


def wrong_tokens(notes: Iterable[Note], sent: Mapping[str, Mapping[str, str]]) -> list[Note]:
    """Calls that came with other tokens than those that they were made with, by their tags."""
    calls = [note for note in notes if note.path.startswith(JOINS)]
    return [note for note in calls if dict(note.tokens) != sent[note.tags[0]]]
