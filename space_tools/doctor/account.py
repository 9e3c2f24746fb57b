"""The Hub, and who we are to it."""

from contextlib import suppress

from space_tools.doctor.findings import Finding, State, found
from space_tools.errors import AuthenticationError, HubError, HubUnavailable, SpaceToolsError
from space_tools.hub.api import ask_hub, hub_endpoint
from space_tools.hub.quota import fetch_quota, span
from space_tools.hub.users import whoami

TOKEN, HUB, QUOTA = "Hugging Face token", "Hub", "ZeroGPU quota"

LITTLE = 0.1
"""The part of a quota below which it is running low."""


async def examine_account(token: str | None, *, needed: bool = True) -> list[Finding]:
    """Whether the Hub can be reached and whose the token is, and what quota that has left.

    `needed`: whether nothing would work without it.
    """
    try:
        reached = Finding(HUB, "ok", hub_endpoint())
        return [reached, *(await _anonymous() if token is None else await _known(token))]
    except HubUnavailable as error:
        state: State = "broken" if needed else "warning"
        return [found(HUB, error, state=state), *_unchecked(token)]
    except SpaceToolsError as error:
        return [found(HUB, error)]


async def _anonymous() -> list[Finding]:
    # Nobody is told who nobody is, but a Hub that says so is there.
    with suppress(AuthenticationError):
        await ask_hub(lambda hub: hub.get_json("/api/whoami-v2"), token=None)
    said = "there is none: private Spaces are not seen, and ZeroGPU gives little"
    return [Finding(TOKEN, "warning", said, "log in with `hf auth login`, or set HF_TOKEN")]


async def _known(token: str) -> list[Finding]:
    try:
        user = await whoami(token)
    except AuthenticationError as error:
        return [found(TOKEN, error)]
    pro = ", a PRO account" if user.pro else ""
    return [Finding(TOKEN, "ok", f"of {user.name}{pro}"), *await _quota(token)]


async def _quota(token: str) -> list[Finding]:
    try:
        quota = await fetch_quota(token)
    except AuthenticationError as error:
        return [found(QUOTA, error, state="warning")]
    except HubError:  # a Hub without ZeroGPU
        return []
    said = f"{span(quota.left)} of {span(quota.total)} left"
    if quota.left > LITTLE * quota.total:
        return [Finding(QUOTA, "ok", said)]
    remedy = "wait for the reset, which `space-tools quota` tells, or use an account with more"
    return [Finding(QUOTA, "warning", said, remedy)]


def _unchecked(token: str | None) -> list[Finding]:
    said = "there is none" if token is None else "there is one, which only the Hub could check"
    return [Finding(TOKEN, "warning", said, "see to the Hub first")]
