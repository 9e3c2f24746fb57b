"""The way to the Hub: `huggingface_hub`, imported when first used, off the event loop.

A token is always given or refused explicitly, so that huggingface_hub never sends the one that
is saved on this machine for somebody else. What is only read is asked through its session:
importing its whole API takes longer than most answers.
"""

import asyncio
import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from threading import Thread
from typing import TYPE_CHECKING, Any, TypeVar

import anyio
from anyio.lowlevel import RunVar

from space_tools import __version__
from space_tools.credentials import Credentials
from space_tools.egress.failures import bad_certificates, failure_reason
from space_tools.egress.policy import parse_address
from space_tools.egress.proxies import NO_PROXY_URL
from space_tools.errors import (
    AuthenticationError,
    ConfigurationError,
    HubError,
    HubUnavailable,
)
from space_tools.hub.refusals import Question, parse_refusal, to_error

if TYPE_CHECKING:
    from huggingface_hub import HfApi

T = TypeVar("T")

DEFAULT_ENDPOINT = "https://huggingface.co"

ANSWER_DEADLINE = 30.0
"""Seconds that one question to the Hub may take."""

ANSWER_TIMEOUT = 10.0
"""Seconds of silence until the Hub's answer counts as lost, where huggingface_hub can be told."""

MOST_AT_ONCE = 100
"""Threads that wait for the Hub, of one event loop; huggingface_hub has as many connections."""

_threads: RunVar[anyio.CapacityLimiter] = RunVar("space_tools.hub.threads")


def hub_endpoint() -> str:
    """The Hub's address: `HF_ENDPOINT`, as it is now, or the usual one.

    huggingface_hub reads the variable once, when it is imported. Raises `ConfigurationError` for
    what is no address.
    """
    given = os.environ.get("HF_ENDPOINT", "").strip()
    if not given:
        return DEFAULT_ENDPOINT
    try:
        return str(parse_address(given))
    except ConfigurationError as error:
        raise ConfigurationError(f"HF_ENDPOINT is wrong: {error}") from None


@dataclass(frozen=True, slots=True)
class Hub:
    """The Hub at `endpoint`, asked on behalf of `token`, or of nobody. Its methods block."""

    endpoint: str
    token: str | None = field(default=None, repr=False)

    def get_json(self, path: str, *, params: Mapping[str, Any] | None = None) -> Any:
        """What it answers at `path`."""
        from huggingface_hub import get_session, hf_raise_for_status

        headers = Credentials(hf_token=self.token).headers_for("hub")
        url = f"{self.endpoint}{path}"
        answer = get_session().get(url, headers=headers, params=params, timeout=ANSWER_TIMEOUT)
        hf_raise_for_status(answer)
        return answer.json()

    def api(self) -> "HfApi":
        """All that huggingface_hub can ask, of which much waits without end."""
        from huggingface_hub import HfApi

        return HfApi(
            endpoint=self.endpoint,
            token=self.token or False,
            library_name="space-tools",
            library_version=__version__,
        )


async def ask_hub(
    ask: Callable[[Hub], T],
    *,
    token: str | None,
    space_id: str | None = None,
    about: str = "your account",
) -> T:
    """What `ask` gives; it is called on a thread, with the Hub in the name of `token`.

    Raises `HubUnavailable`, `AuthenticationError`, `SpaceNotFound` or another `HubError`, about
    the Space, or `about` something else if there is none. A caller that is cancelled does not
    wait for the thread; what was sent to the Hub may still be done.
    """
    hub = Hub(hub_endpoint(), token or None)
    _check_token(hub.token)
    question = Question(
        space_id=space_id, about=about, endpoint=hub.endpoint, with_token=hub.token is not None
    )
    with anyio.move_on_after(ANSWER_DEADLINE):
        return await _off_the_loop(lambda: _ask(ask, question, hub))
    raise HubUnavailable(
        f"the Hub at {hub.endpoint} did not answer within {ANSWER_DEADLINE:g} s; try again later"
    )


def _ask(ask: Callable[[Hub], T], question: Question, hub: Hub) -> T:
    _prepare_session()
    with _mapped_errors(question, hub.token):
        return ask(hub)


def _prepare_session() -> None:
    from huggingface_hub import get_session

    try:
        session = get_session()
    except OSError as error:
        raise ConfigurationError(bad_certificates(error)) from None
    except ImportError:
        raise ConfigurationError(
            "the environment names a SOCKS proxy, through which the Hub is reached with the "
            "package socksio only: pip install 'space-tools[socks]'"
        ) from None
    except Exception as error:  # InvalidURL, of httpx or httpx2, is no ValueError
        if not isinstance(error, ValueError) and type(error).__name__ != "InvalidURL":
            raise
        # Not told: it may have a password.
        raise ConfigurationError(NO_PROXY_URL) from None
    # All callers share this session; a cookie that one of them got must not go with another.
    session.cookies.jar.set_policy(NO_COOKIES)


NO_COOKIES = DefaultCookiePolicy(allowed_domains=())


@contextmanager
def _mapped_errors(question: Question, token: str | None) -> Iterator[None]:
    # Nothing is chained: the causes hold requests, and with them the token.
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, OfflineModeIsEnabled

    # The root of the HTTP library's errors: httpx in huggingface_hub 1.x, httpx2 in 2.x.
    network_error: type[Exception] = HfHubHTTPError.__bases__[0]
    try:
        yield
    except HfHubHTTPError as error:
        headers = {name.lower(): value for name, value in error.response.headers.items()}
        status, message = error.response.status_code, error.server_message
        refusal = parse_refusal(status, headers, message, secret=token)
        raise to_error(refusal, question) from None
    except HFValidationError:
        raise ConfigurationError(f"{question.subject} is no Space id (owner/name)") from None
    except OfflineModeIsEnabled:
        raise HubUnavailable("HF_HUB_OFFLINE is set, so the Hub is not asked; unset it") from None
    except (network_error, OSError) as error:
        raise HubUnavailable(
            f"the Hub at {question.endpoint} cannot be reached: {failure_reason(error)}; "
            "check the network, or try again later"
        ) from None
    except _tripped_over():
        raise HubError(
            f"{question.endpoint} answers about {question.subject} as the Hub does not; "
            "check HF_ENDPOINT, and whether a proxy answers in its place"
        ) from None


def _tripped_over() -> tuple[type[Exception], ...]:
    """What huggingface_hub, or what it connects with, raises when an answer is not what it is."""
    errors = (ValueError, KeyError, TypeError, AttributeError, AssertionError)
    try:
        from socksio import SOCKSError
    except ImportError:
        return errors
    return (*errors, SOCKSError)


def _check_token(token: str | None) -> None:
    if token is not None and not (token.isascii() and token.isprintable() and token.split()):
        raise AuthenticationError(
            "the token has characters that no Hugging Face token has: copy it again"
        )


async def _off_the_loop(call: Callable[[], T]) -> T:
    """`call` on a thread of its own, which a cancelled caller leaves behind.

    It is a daemon thread because huggingface_hub may wait for an answer without end: a thread of
    a pool would keep the process from ending when the Hub falls silent.
    """
    future: Future[T] = Future()
    future.set_running_or_notify_cancel()
    limiter, loop = _limiter(), asyncio.get_running_loop()
    await limiter.acquire_on_behalf_of(future)

    def run() -> None:
        try:
            future.set_result(call())
        except BaseException as error:  # noqa: BLE001 - whoever waits for it gets it
            future.set_exception(error)
        with suppress(RuntimeError):  # the loop was closed meanwhile
            loop.call_soon_threadsafe(limiter.release_on_behalf_of, future)

    Thread(target=run, name="space-tools-hub", daemon=True).start()
    return await asyncio.wrap_future(future)


def _limiter() -> anyio.CapacityLimiter:
    """The one of this event loop."""
    limiter = _threads.get(None)
    if limiter is None:
        _threads.set(limiter := anyio.CapacityLimiter(MOST_AT_ONCE))
    return limiter
