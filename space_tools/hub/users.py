"""Whose a token is."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from space_tools.credentials import Credentials
from space_tools.hub.api import ANSWER_TIMEOUT, ask_hub

if TYPE_CHECKING:
    from huggingface_hub import HfApi


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
    return await ask_hub(lambda api: _ask(api, token), token=token)


def _ask(api: "HfApi", token: str) -> User:
    from huggingface_hub import get_session, hf_raise_for_status

    # HfApi.whoami waits without end, which a server that asks for each caller cannot.
    headers = Credentials(hf_token=token).headers_for("hub")
    url = f"{api.endpoint}/api/whoami-v2"
    answer = get_session().get(url, headers=headers, timeout=ANSWER_TIMEOUT)
    hf_raise_for_status(answer)
    return _parse_user(answer.json())


def _parse_user(answer: dict[str, object]) -> User:
    name = str(answer["name"])
    return User(
        id=str(answer.get("id") or name),
        name=name,
        full_name=str(answer.get("fullname") or ""),
        pro=answer.get("isPro") is True,
    )
