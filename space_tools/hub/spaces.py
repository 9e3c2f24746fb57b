"""A Space as the Hub describes it: where it is, what runs it, and what it is doing."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from space_tools.egress.policy import Address, parse_address
from space_tools.errors import ConfigurationError, HubError, NotAGradioApp
from space_tools.hub.api import DEFAULT_ENDPOINT, Hub, ask_hub
from space_tools.hub.stages import Stage, stage_named, unavailable

SPACE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*/[A-Za-z0-9][A-Za-z0-9._-]*")

GRADIO_SDKS = ("gradio", "docker", None)
"""What may serve a Gradio app; a container may hold anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Space:
    """One Space. `title` and `short_description` are its owner's words, uncleaned.

    `host` is where it answers: an address that its caller's token may go to. `page` is where a
    person looks at it. `hardware` is what it runs on (`None` while it does not run),
    `requested_hardware` what it shall run on; `sleep_time` the seconds without a request after
    which it falls asleep; `sha` the commit of its repository.
    """

    id: str
    host: Address
    page: str
    sdk: str | None = None
    stage_name: str = ""
    hardware: str | None = None
    requested_hardware: str | None = None
    sleep_time: int | None = None
    private: bool = False
    sha: str | None = None
    title: str = ""
    short_description: str = ""

    @property
    def stage(self) -> Stage:
        """What the stage that the Hub names means."""
        return stage_named(self.stage_name)

    @property
    def zero_gpu(self) -> bool:
        """Whether calls count on the ZeroGPU quota of whoever makes them."""
        return is_zero_gpu(self.hardware) or is_zero_gpu(self.requested_hardware)

    @property
    def maybe_gradio(self) -> bool:
        """Whether a Gradio app may answer there."""
        return self.sdk in GRADIO_SDKS


def is_zero_gpu(hardware: str | None) -> bool:
    """`zero-a10g` and the like."""
    return hardware is not None and hardware.startswith("zero-")


async def fetch_space(space_id: str, *, token: str | None) -> Space:
    """What the Hub says of a Space; its `id` is the present one if it was renamed.

    Raises `ConfigurationError` for what is no id, `SpaceNotFound`, `AuthenticationError`,
    `HubUnavailable` or another `HubError`.
    """
    check_space_id(space_id)

    def ask(hub: Hub) -> Space:
        return parse_space(hub.get_json(f"/api/spaces/{space_id}"), endpoint=hub.endpoint)

    return await ask_hub(ask, token=token, space_id=space_id)


async def fetch_space_id(subdomain: str, *, token: str | None) -> str:
    """The id of the Space at `<subdomain>.hf.space`. Raises as `fetch_space` does.

    Source: `check_space_status` of Gradio's JavaScript client; the Hub could not be asked.
    """

    def ask(hub: Hub) -> str:
        answer = hub.get_json(f"/api/spaces/by-subdomain/{quote(subdomain)}")
        if not SPACE_ID.fullmatch(answer["id"]):
            raise ValueError("no Space has that id")
        return str(answer["id"])

    return await ask_hub(ask, token=token, space_id=f"at {subdomain}.hf.space")


async def refresh_space(space: Space, *, token: str | None) -> Space:
    """The same Space with its present commit, stage and hardware. Raises as `fetch_space` does."""

    def ask(hub: Hub) -> Space:
        wanted = {"expand": ["runtime", "sha"]}
        info = hub.get_json(f"/api/spaces/{space.id}", params=wanted)
        return replace(space, sha=info.get("sha") or space.sha, **_runtime(info))

    return await ask_hub(ask, token=token, space_id=space.id)


def check_space_id(space_id: str) -> None:
    """Raises `ConfigurationError` for what is no Space id."""
    if not SPACE_ID.fullmatch(space_id):
        raise ConfigurationError(f"{space_id[:100]!r} is no Space id (owner/name)")


def check_gradio(space: Space) -> None:
    """Raises `NotAGradioApp` if none can be there."""
    if not space.maybe_gradio:
        raise NotAGradioApp(
            f"{space.id} is a {space.sdk} Space, not a Gradio app; it has no endpoints to call"
        )


def check_not_down(space: Space) -> None:
    """Raises `SpacePaused` or `SpaceBroken` if only its owner can bring it up."""
    if space.stage.prospect == "down":
        raise unavailable(space.stage_name, space_id=space.id, page=space.page)


def parse_space(info: Mapping[str, Any], *, endpoint: str) -> Space:
    """A Space from what the Hub at `endpoint` says of it. Raises `HubError` if that is no Space."""
    space_id = info["id"]
    if not isinstance(space_id, str) or not SPACE_ID.fullmatch(space_id):
        raise HubError(f"{endpoint} answers with something that is no Space; check HF_ENDPOINT")
    card = info.get("cardData") or {}
    return Space(
        id=space_id,
        host=parse_host(space_id, info.get("host"), info.get("subdomain"), endpoint=endpoint),
        page=f"{endpoint}/spaces/{space_id}",
        sdk=info.get("sdk"),
        private=bool(info.get("private")),
        sha=info.get("sha"),
        title=_text(card.get("title")),
        short_description=_text(card.get("short_description")),
        **_runtime(info),
    )


def parse_host(space_id: str, host: str | None, subdomain: str | None, *, endpoint: str) -> Address:
    """Where a Space answers, from what the Hub at `endpoint` says of it.

    The token goes there, so under the usual Hub it is a name of the Hub's own. A custom domain is
    its owner's to point elsewhere; such a Space is used by its own name instead. Source: the
    documentation of custom domains. Another Hub, which the operator chose by `HF_ENDPOINT`, may
    name any origin, and over plain HTTP only if it is itself reached so. Raises `HubError`.
    """
    name = subdomain or re.sub(r"[^a-z0-9]+", "-", space_id.lower()).strip("-")
    own = f"https://{name}.hf.space"
    if endpoint == DEFAULT_ENDPOINT:
        named = _address(host)
        usable = named if named and _is_on_hub(named) else _address(own)
        trusted = usable is not None and _is_on_hub(usable)
    else:
        usable = _address(host or own)
        trusted = usable is not None and usable.scheme in ("https", endpoint.split(":")[0])
    if usable is None or not trusted or usable.path:
        raise HubError(f"{endpoint} names no address of {space_id} that can be used")
    return usable


def _is_on_hub(address: Address) -> bool:
    return address.origin == f"https://{address.host}" and address.host.endswith(".hf.space")


def _address(text: str | None) -> Address | None:
    try:
        return parse_address(text or "")
    except ConfigurationError:
        return None


def _runtime(info: Mapping[str, Any]) -> dict[str, Any]:
    runtime = info.get("runtime")
    if not runtime:
        return {}
    hardware = runtime.get("hardware") or {}
    return {
        "stage_name": str(runtime["stage"]),
        "hardware": hardware.get("current"),
        "requested_hardware": hardware.get("requested"),
        "sleep_time": runtime.get("gcTimeout"),
    }


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
