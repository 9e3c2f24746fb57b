"""A copy of a Space in the user's own account."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

from space_tools.errors import AuthenticationError, NotAGradioApp, SpaceNotFound
from space_tools.hub.api import ask_hub
from space_tools.hub.spaces import Space, check_space_id, fetch_space, is_zero_gpu
from space_tools.hub.users import whoami
from space_tools.hub.waking import Tell

if TYPE_CHECKING:
    from huggingface_hub import HfApi

logger = logging.getLogger(__name__)

FREE_HARDWARE = "cpu-basic"


async def duplicate_space(
    from_id: str,
    to_id: str | None = None,
    *,
    token: str | None,
    private: bool = True,
    hardware: str | None = None,
    secrets: Mapping[str, str] | None = None,
    sleep_timeout: int = 5,
    on_step: Tell | None = None,
) -> str:
    """The id of the copy, which is being built then; or of the Space of that name, if there is one.

    `to_id` is a name in the user's account, or `owner/name`; without one the name stays. The
    hardware is the original's unless given. A Space that exists gets that hardware too, but no
    secrets. On billed hardware it sleeps after `sleep_timeout` minutes without a request;
    elsewhere that cannot be set. What is done, and that it is billed, is told to `on_step`.

    Raises `NotAGradioApp` for a Space of another kind, `AuthenticationError` without a token that
    may do this, and as `fetch_space` does.
    """
    if token is None:
        raise AuthenticationError(
            f"copying {from_id} takes a token that may write: log in with `hf auth login`"
        )
    original = await fetch_space(from_id, token=token)
    if original.sdk != "gradio":
        raise NotAGradioApp(f"{original.id} is a {original.sdk} Space, not a Gradio app")
    wish = _Wish(
        original_id=original.id,
        id=await _target_id(original, to_id, token=token),
        hardware=_hardware(hardware or original.hardware or original.requested_hardware),
        sleep_timeout=sleep_timeout,
        private=private,
        secrets=dict(secrets or {}),
    )
    await _fulfil(wish, token, on_step)
    return wish.id


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wish:
    """What there shall be; `sleep_timeout` is in minutes."""

    original_id: str
    id: str
    hardware: str
    sleep_timeout: int
    private: bool
    secrets: Mapping[str, str] = field(repr=False)

    @property
    def sleep_seconds(self) -> int | None:
        """`None` where it cannot be set."""
        free = self.hardware == FREE_HARDWARE or is_zero_gpu(self.hardware)
        return None if free else self.sleep_timeout * 60


def _hardware(given: str | None) -> str:
    """Its plain name: huggingface_hub has an enumeration of them."""
    return str(given.value if isinstance(given, Enum) else given or FREE_HARDWARE)


async def _target_id(original: Space, to_id: str | None, *, token: str) -> str:
    target = to_id or original.id.split("/")[1]
    if "/" not in target:
        target = f"{(await whoami(token)).name}/{target}"
    check_space_id(target)
    return target


async def _fulfil(wish: _Wish, token: str, on_step: Tell | None) -> None:
    existing = await _fetch_if_there(wish.id, token=token)
    if existing is None:
        await _tell(on_step, f"copying {wish.original_id} to {wish.id}")
        await ask_hub(lambda hub: _copy(hub.api(), wish), token=token, space_id=wish.id)
    else:
        await _tell(on_step, f"using your existing Space {existing.page}")
        await ask_hub(lambda hub: _adapt(hub.api(), existing, wish), token=token, space_id=wish.id)
        if wish.secrets:
            await _tell(on_step, f"the secrets of {wish.id} are left as they are")
    if wish.sleep_seconds is not None:
        await _tell(on_step, f"{wish.id} runs on {wish.hardware}, which is billed to its owner")


async def _fetch_if_there(space_id: str, *, token: str) -> Space | None:
    try:
        return await fetch_space(space_id, token=token)
    except SpaceNotFound:
        return None


def _copy(api: "HfApi", wish: _Wish) -> None:
    """In one request, so that there never is a copy that is billed and does not fall asleep."""
    hardware: Any = wish.hardware  # huggingface_hub's list of names may be older than this one
    api.duplicate_repo(
        wish.original_id,
        wish.id,
        repo_type="space",
        private=wish.private,
        space_hardware=hardware,
        space_sleep_time=wish.sleep_seconds,
        space_secrets=[{"key": key, "value": value} for key, value in wish.secrets.items()] or None,
    )


def _adapt(api: "HfApi", space: Space, wish: _Wish) -> None:
    hardware: Any = wish.hardware
    present = space.requested_hardware or space.hardware or FREE_HARDWARE
    if present != hardware:
        api.request_space_hardware(space.id, hardware, sleep_time=wish.sleep_seconds)
    elif wish.sleep_seconds is not None:
        api.set_space_sleep_time(space.id, wish.sleep_seconds)


async def _tell(on_step: Tell | None, sentence: str) -> None:
    logger.info("%s", sentence)
    if on_step is not None:
        await on_step(sentence)
