"""Whose a token is."""

from dataclasses import dataclass

from space_tools.hub.api import ask_hub


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """An account of the Hub. Its `id` stays when it is renamed; `pro` has more ZeroGPU quota."""

    id: str
    name: str
    full_name: str = ""
    pro: bool = False


async def whoami(token: str) -> User:
    """Whose token that is.

    Raises `AuthenticationError` if it is nobody's (wrong or expired), `HubUnavailable` or another
    `HubError`. The Hub answers few of these a minute: keep the answer for a while.
    """

    return await ask_hub(lambda hub: _parse_user(hub.get_json("/api/whoami-v2")), token=token)


def _parse_user(answer: dict[str, object]) -> User:
    name = str(answer["name"])
    return User(
        id=str(answer.get("id") or name),
        name=name,
        full_name=str(answer.get("fullname") or ""),
        pro=answer.get("isPro") is True,
    )
