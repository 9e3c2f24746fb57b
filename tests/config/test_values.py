"""Settings as a person writes them."""

from pathlib import Path

import pytest

from space_tools.config.values import default_roots, parse_proxy, parse_size, parse_wait
from space_tools.errors import ConfigurationError


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0", 0),
        ("1000", 1000),
        ("512KB", 524_288),
        ("512 kb", 524_288),
        ("512KiB", 524_288),
        ("1.5M", 1_572_864),
        ("4GB", 4_294_967_296),
        (" 10B ", 10),
    ],
)
def test_a_size_is_read(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "KB", "-1", "1TB", "1,5MB", "1e3", "1 2", "٣", "1" * 20])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match="is not a size, such as 512KB"):
        parse_size(text)


@pytest.mark.parametrize(
    ("text", "seconds"), [("50", 50.0), (" 2.5 ", 2.5), ("off", None), ("OFF", None), ("0", None)]
)
def test_a_wait_is_read(text: str, seconds: float | None) -> None:
    assert parse_wait(text) == seconds


@pytest.mark.parametrize("text", ["", "-1", "1e3", "nan", "inf", "50s", "none", "1" * 7])
def test_what_is_no_wait_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match="is not a number of seconds, or off"):
        parse_wait(text)


HOME = Path("/home/ann")


@pytest.mark.parametrize("folder", ["/home/ann/project", "/home/ann/a/b", "/srv/data", "/root/x"])
def test_the_working_directory_is_shared(folder: str) -> None:
    assert default_roots(Path(folder), HOME) == (Path(folder),)


@pytest.mark.parametrize("folder", ["/", "/home", "/home/ann", "/home/bob", "/Users/carl"])
def test_but_not_a_whole_drive_or_a_home(folder: str) -> None:
    assert default_roots(Path(folder), HOME) == ()


def test_the_systems_own_folder_is_not_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYSTEMROOT", "/windows")
    assert default_roots(Path("/windows/system32"), HOME) == ()
    assert default_roots(Path("/work"), HOME) == (Path("/work"),)


def test_a_root_users_home_has_nothing_beside_it_that_counts_as_one() -> None:
    assert default_roots(Path("/srv"), Path("/root")) == (Path("/srv"),)
    assert default_roots(Path("/root"), Path("/root")) == ()


@pytest.mark.parametrize(
    "text", ["http://host:3128", "https://user:pass@host", " http://[::1]:1/ ", "socks5h://host"]
)
def test_a_proxy_is_named_by_its_url(text: str) -> None:
    assert parse_proxy(text) == text.strip()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "host:1",
        "ftp://user:secret@h",
        "http://",
        "http://h:0",
        "http://h/path",
        "http://h:x",
        "socks4://h",
    ],
)
def test_what_names_no_proxy_is_refused_without_telling_it(text: str) -> None:
    with pytest.raises(ConfigurationError, match="http://HOST:PORT") as raised:
        parse_proxy(text)
    assert "secret" not in str(raised.value)
