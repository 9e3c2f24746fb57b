"""How a client reaches its app: certificates, proxies, timeouts, and what it refuses to be told."""

import socket
import socketserver
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx2
import pytest

from space_tools import AsyncClient, Client, ConfigurationError, ConnectError, TransferError
from tests.gradio_server import RunningApp


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for localhost, signed by nobody, with its key in the same file."""
    folder = tmp_path_factory.mktemp("tls")
    key, cert = folder / "key.pem", folder / "cert.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"),
            *("-keyout", str(key), "-out", str(cert)),
        ],
        check=True,
        capture_output=True,
    )
    both = folder / "both.pem"
    both.write_text(cert.read_text() + key.read_text())
    return both


@contextmanager
def relay(
    port: int, certificate: Path | None = None, asked: list[bytes] | None = None
) -> Iterator[int]:
    """A port whose connections, with TLS if there is a certificate, go on to `port`.

    With `asked` it is a proxy, and keeps what it is asked for.
    """
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    if certificate is not None:
        context.load_cert_chain(certificate)

    class Relay(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with suppress(OSError):
                near = self.request
                if certificate is not None:
                    near = context.wrap_socket(near, server_side=True)
                if asked is not None:
                    asked.append(near.recv(65536))
                    near.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                with near, socket.create_connection(("127.0.0.1", port)) as far:
                    back = threading.Thread(target=_copy, args=(far, near), daemon=True)
                    back.start()
                    _copy(near, far)
                    back.join()

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        block_on_close = False

    with Server(("127.0.0.1", 0), Relay) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


def _copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while chunk := source.recv(65536):
            target.sendall(chunk)
    with suppress(OSError):
        target.shutdown(socket.SHUT_RDWR)


def test_a_self_signed_certificate_is_refused_unless_told_otherwise(
    kitchen_sink: RunningApp, certificate: Path
) -> None:
    with relay(kitchen_sink.port, certificate) as port:
        url = f"https://localhost:{port}"
        with pytest.raises(ConnectError, match="certificate is not trusted"):
            Client(url, verbose=False)
        with Client(url, verbose=False, ssl_verify=False) as client:
            assert client.predict("x", api_name="/echo_text") == "x"
        trusting = ssl.create_default_context(cafile=str(certificate))
        with Client(url, verbose=False, httpx_kwargs={"verify": trusting}) as client:
            assert client.predict("x", api_name="/echo_text") == "x"


@pytest.mark.parametrize(
    "options",
    [
        lambda url: {"proxy": url},
        lambda url: {"proxies": {"https://": url, "http://": "http://127.0.0.1:1"}},
        lambda url: {"proxies": {"all://": url}},
    ],
)
def test_a_proxy_is_asked_for_everything(
    kitchen_sink: RunningApp, certificate: Path, options: Any
) -> None:
    asked: list[bytes] = []
    with relay(kitchen_sink.port, certificate) as port, relay(port, asked=asked) as proxy:
        network = options(f"http://user:pass@127.0.0.1:{proxy}")
        # This name cannot be resolved: only the proxy knows the way.
        with Client(
            "https://app.invalid", verbose=False, ssl_verify=False, httpx_kwargs=network
        ) as client:
            assert client.predict("x", api_name="/echo_text") == "x"
    assert all(request.startswith(b"CONNECT app.invalid:443 ") for request in asked)
    assert all(b"Proxy-Authorization: Basic dXNlcjpwYXNz" in request for request in asked)
    assert asked


def test_the_environment_need_not_be_trusted(
    kitchen_sink: RunningApp, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bytes] = []
    with relay(kitchen_sink.port, certificate) as port, relay(port, asked=asked) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy}")
        with pytest.raises(ConnectError):
            Client("https://app.invalid", verbose=False, httpx_kwargs={"trust_env": False})
        assert asked == []
        network = {"trust_env": True, "follow_redirects": True}
        Client("https://app.invalid", verbose=False, ssl_verify=False, httpx_kwargs=network).close()
        assert asked


def test_a_proxy_that_is_down_is_said(kitchen_sink: RunningApp) -> None:
    with pytest.raises(ConnectError):
        Client(kitchen_sink.url, verbose=False, httpx_kwargs={"proxy": "http://127.0.0.1:1"})


@pytest.mark.parametrize("timeout", [0.2, (1, 0.2), httpx2.Timeout(5, read=0.2)])
def test_an_app_that_says_nothing_is_given_up_after_the_timeout(timeout: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(TransferError, match="fell silent"):
            Client(url, verbose=False, httpx_kwargs={"timeout": timeout})


def test_no_timeout_is_one_too(kitchen_sink: RunningApp) -> None:
    with Client(kitchen_sink.url, verbose=False, httpx_kwargs={"timeout": None}) as client:
        assert client.predict("x", api_name="/echo_text") == "x"


@pytest.mark.parametrize(
    ("network", "error", "said"),
    [
        ({"htpp2": True}, TypeError, "not htpp2"),
        ({"timeout": "long"}, TypeError, "`timeout` must be"),
        ({"auth": "me"}, TypeError, "`auth`"),
        ({"transport": object()}, TypeError, "`transport` must be"),
        ({"proxy": "127.0.0.1:1"}, ValueError, "proxy URL"),
    ],
)
def test_what_cannot_be_honoured_is_refused(
    network: dict[str, Any], error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        Client("http://127.0.0.1:9", httpx_kwargs=network)


@pytest.mark.parametrize("src", ["nonsense", "ftp://host", "http://u:p@host", ""])
def test_a_source_that_is_none_is_refused(src: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Client(src)
    assert isinstance(caught.value, ValueError)
    with pytest.raises(ConfigurationError):
        AsyncClient(src)


def test_a_client_without_workers_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        Client("owner/name", max_workers=0)
