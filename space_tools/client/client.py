"""The client that blocks: what `AsyncClient` does, on a loop that all such clients share."""

import threading
import weakref
from dataclasses import replace
from functools import partial
from typing import Any, Literal, Never, Self

from anyio.from_thread import start_blocking_portal

from space_tools.client.background import Background
from space_tools.client.connection import NOT_COPIED, Connection
from space_tools.client.duplicating import duplicate
from space_tools.client.jobs import Callbacks, Job, add_result_callbacks
from space_tools.client.options import (
    DownloadFiles,
    GivenHeaders,
    Options,
    parse_options,
    share_tls,
)
from space_tools.client.zero_gpu import with_visitor


class Client:
    """A Gradio app whose endpoints can be called; it may be used from any thread.

        client = Client("owner/name")
        print(client.predict("hello", api_name="/predict"))

    `src` is a Space id or an app's URL. `hf_token` (or `token`) is the Hub token, the saved one
    by default and `False` for none; it goes to Spaces only. `max_workers` is how many calls may
    be in flight. `auth` is (user, password) for an app with a login. `httpx_kwargs` may have
    `auth` as (user, password), `cookies`, `headers`, `proxies`, `proxy`, `timeout`, `transport`,
    `trust_env`, `verify`, and `follow_redirects`, which changes nothing; the `timeout` is the
    longest silence, and how long a call may take in all is for `submit(…).result(timeout=…)` to
    say. `headers` go with every request to the app, and to nobody else; one that is `None` is left
    out. `download_files` is the folder for files that come back, by default a temporary one that
    goes with `close()`; `False` leaves them with the app. `ssl_verify=False` takes any certificate.
    `oauth_token` is sent to those endpoints alone that ask for one.
    `analytics_enabled=False` leaves out an anonymous ping, once a process, that a client is used.

    Raises `ConfigurationError` for a source that is none, `ConnectError`, `NotAGradioApp`,
    `AuthenticationError`, or `ProtocolError`.
    """

    def __init__(
        self,
        src: str,
        hf_token: str | Literal[False] | None = None,
        max_workers: int = 40,
        verbose: bool = True,
        auth: tuple[str, str] | None = None,
        httpx_kwargs: dict[str, Any] | None = None,
        *,
        token: str | Literal[False] | None = None,
        headers: GivenHeaders | None = None,
        download_files: DownloadFiles | Literal[True] = None,
        ssl_verify: bool = True,
        analytics_enabled: bool = True,
        oauth_token: str | None = None,
    ) -> None:
        options = parse_options(
            src,
            hf_token=token if hf_token is None else hf_token,
            max_workers=max_workers,
            verbose=verbose,
            auth=auth,
            httpx_kwargs=httpx_kwargs,
            headers=headers,
            download_files=download_files,
            ssl_verify=ssl_verify,
            oauth_token=oauth_token,
            analytics_enabled=analytics_enabled,
        )
        self._connecting = threading.Lock()
        self._connect(options)

    @classmethod
    def duplicate(
        cls,
        from_id: str,
        to_id: str | None = None,
        token: str | None = None,
        private: bool = True,
        hardware: str | None = None,
        secrets: dict[str, str] | None = None,
        sleep_timeout: int = 5,
        max_workers: int = 40,
        verbose: bool = True,
        **options: Any,
    ) -> Self:
        """A client of a copy of a Space in the user's own account, once that runs.

        `to_id` is the copy's name, by default the original's; one that exists is used as it is.
        `token` is a Hub token that may write, the saved one by default. On `hardware` that is
        billed, the copy sleeps after `sleep_timeout` minutes without a request. `secrets` are
        those of the copy. `options` are further arguments of the class. Raises as the class
        does, `AuthenticationError` without a token, and `SpaceNotFound`.
        """
        copying = partial(
            duplicate,
            from_id,
            to_id,
            token=token,
            private=private,
            hardware=hardware,
            secrets=secrets,
            sleep_timeout=sleep_timeout,
            verbose=verbose,
        )
        with start_blocking_portal() as portal:
            copy, own = portal.call(copying)
        return cls(copy, own, max_workers, verbose, **options)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Client({self.src!r})"

    def __str__(self) -> str:
        """What the app offers, if it is open."""
        if not self._finalizer.alive:
            return repr(self)
        return str(self.view_api(print_info=False, return_format="str"))

    def __reduce__(self) -> Never:
        raise TypeError(NOT_COPIED)

    @property
    def src(self) -> str:
        """The app's address, with a closing slash."""
        return self._connection.url

    @property
    def space_id(self) -> str | None:
        """The Space that it was made for, unless that was named by a URL."""
        return self._connection.options.source.space_id

    @property
    def headers(self) -> dict[str, str]:
        """Those that go with every request, names in lower case; they may be changed."""
        return self._connection.options.headers

    @property
    def session_hash(self) -> str:
        """The Gradio session of calls that come one after the other; those that run meanwhile
        have others."""
        return self._here().session_hash

    @property
    def config(self) -> dict[str, Any]:
        """The app's own configuration, fetched when first asked for."""
        fetching = self._here().fetch_config()
        return self._background.run(fetching)

    def predict(
        self,
        *args: Any,
        api_name: str | None = None,
        fn_index: int | None = None,
        headers: GivenHeaders | None = None,
        **kwargs: Any,
    ) -> Any:
        """Calls an endpoint and waits → its output, or a tuple of them if it has not just one.

        `api_name` (or `fn_index`) can be left out if the app has one public endpoint. `headers`
        go with this call, before the client's own. Files are the paths of their copies here.
        Raises `InvalidAPIEndpointError`, `ArgumentError` (a `TypeError`), `ValidationError` if
        the app's own validator refused, and `CallError` if the call did not end well.
        """
        connection = self._here()
        request = connection.request(
            args, kwargs, api_name=api_name, fn_index=fn_index, headers=headers
        )
        job = Job(self._background, self, wants_partial=False)
        self._background.soon(connection.start, request, job)
        try:
            return job.result()
        except KeyboardInterrupt:
            job.cancel()
            raise
        finally:
            del job, self  # an error's traceback would keep them, and so the thread

    def submit(
        self,
        *args: Any,
        api_name: str | None = None,
        fn_index: int | None = None,
        headers: GivenHeaders | None = None,
        result_callbacks: Callbacks = None,
        **kwargs: Any,
    ) -> Job:
        """Starts a call, to be followed by the `Job`; arguments as of `predict`.

        `result_callbacks` are called in turn with the outputs, one argument each, if it succeeds.
        A script ends when its calls and callbacks have; Ctrl-C or `close()` ends them at once.
        """
        connection = self._here()
        request = connection.request(
            args, kwargs, api_name=api_name, fn_index=fn_index, headers=headers
        )
        job = Job(self._background, self)
        add_result_callbacks(job, result_callbacks)
        self._background.soon(connection.start, request, job)
        return job

    def view_api(
        self,
        all_endpoints: bool | None = None,
        print_info: bool = True,
        return_format: Literal["dict", "str"] | None = None,
    ) -> dict[str, Any] | str | None:
        """Prints what the app offers, with calls to paste.

        `all_endpoints`: `True` shows also those without a name, `False` does not, `None` only if
        there are no others. `return_format` "str" returns the text as well, "dict" all endpoints
        (`named_endpoints` and `unnamed_endpoints`, each with `parameters` and `returns`).
        """
        view = self._here().view(all_endpoints, print_info, return_format)
        return self._background.run(view)

    def reset_session(self) -> None:
        """Forgets `gr.State`: later calls run in a new session."""
        connection = self._here()
        self._background.call(connection.reset_session)

    def add_zero_gpu_headers(self, headers: dict[str, str]) -> dict[str, str]:
        """`headers` and, if this is called while a Gradio app serves a request, and the client's
        app is a Space, the `x-ip-token` of that request: the call counts on its visitor's quota.

        `predict` and `submit` do it by themselves.
        """
        return with_visitor(headers) if self._connection.on_hub else dict(headers)

    def close(self) -> None:
        """Cancels what still runs and ends every connection; temporary files go too.

        A client that is no longer used does this by itself, but for its files, which go with the
        process.
        """
        if self._finalizer.detach():
            _leave(self._background, self._connection)

    def _connect(self, options: Options) -> None:
        background = Background.join()
        connection = Connection(share_tls(options, background.tls))
        finalizer = weakref.finalize(self, background.leave, connection)
        # At the process's end the thread closes them all itself.
        finalizer.atexit = False
        try:
            background.run(background.open(connection))
        except BaseException:
            finalizer.detach()
            _leave(background, connection)
            raise
        # That one last: a thread that finds it new finds the others new, too.
        self._connection, self._finalizer, self._background = connection, finalizer, background

    def _here(self) -> Connection:
        """Its connection; in a forked process that is one of its own, made when first needed."""
        if self._background.lost and self._finalizer.alive:
            # Taken nowhere else: a fork leaves locks taken, by threads that are not there.
            with self._connecting:
                if self._background.lost:
                    self._connect(replace(self._connection.options, verbose=False))
        return self._connection


def _leave(background: Background, connection: Connection) -> None:
    background.wait_for(background.leave(connection, keep_files=False))
