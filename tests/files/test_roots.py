"""Local files: those below the folders that were named, and never another."""

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from space_tools.errors import ConfigurationError
from space_tools.files.problems import FileProblem
from space_tools.files.roots import Roots, open_below, resolve_roots


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """`in/`, with a file of its own and one in a folder, and a secret beside it."""
    folder = tmp_path / "in"
    (folder / "sub").mkdir(parents=True)
    (folder / "a.txt").write_text("inside")
    (folder / "sub" / "b ü.txt").write_text("deeper")
    (tmp_path / "secret.txt").write_text("confidential")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "b ü.txt").write_text("confidential")
    return folder


def read(root: Path, path: str) -> tuple[str, bytes]:
    file, name = resolve_roots([root]).open(path)
    with file:
        return name, file.read()


@pytest.mark.parametrize(
    "path",
    [
        "a.txt",
        "./a.txt",
        "sub/../a.txt",
        "{root}/a.txt",
        "file://{root}/a.txt",
        "FILE:{root}/a.txt",
        "file://localhost{root}/a.txt",
    ],
)
def test_a_file_below_is_read(root: Path, path: str) -> None:
    assert read(root, path.format(root=root)) == ("a.txt", b"inside")


@pytest.mark.parametrize("path", ["sub/b ü.txt", "file://{root}/sub/b%20%C3%BC.txt"])
def test_a_file_in_a_folder_below_is_read(root: Path, path: str) -> None:
    assert read(root, path.format(root=root)) == ("b ü.txt", b"deeper")


@pytest.mark.parametrize(
    "path",
    [
        "../secret.txt",
        "sub/../../secret.txt",
        "{root}/../secret.txt",
        "{root}er/a.txt",
        "/etc/passwd",
        "/proc/self/environ",
        "file:///etc/passwd",
        "file://localhost/etc/passwd",
        "~/.ssh/id_rsa",
        "..",
        ".",
        "",
        "/",
        "a\0.txt",
        "a\ud800.txt",
        "x" * 5000,
        "x/" * 3000,
    ],
)
def test_nothing_else_is(root: Path, path: str) -> None:
    with pytest.raises(FileProblem):
        read(root, path.format(root=root))


@pytest.mark.parametrize("path", ["../secret.txt", "../no such file.txt", "/etc/passwd", "/etc/no"])
def test_of_what_is_outside_nobody_learns_whether_it_is_there(root: Path, path: str) -> None:
    with pytest.raises(FileProblem, match=f"^is not below {root}, where files may be read from$"):
        read(root, path)


def test_without_a_folder_no_path_is_read(root: Path) -> None:
    with pytest.raises(FileProblem, match="no folder was named"):
        Roots().open(str(root / "a.txt"))


def test_another_machine_is_not_asked(root: Path) -> None:
    with pytest.raises(FileProblem, match="another machine"):
        read(root, f"file://host.example{root}/a.txt")


@pytest.mark.parametrize("path", ["nothing.txt", "sub/nothing/x.txt"])
def test_what_is_missing_is_missing(root: Path, path: str) -> None:
    with pytest.raises(FileProblem, match="is not there"):
        read(root, path)


@pytest.mark.parametrize("path", ["sub", "a.txt/x"])
def test_a_folder_is_no_file(root: Path, path: str) -> None:
    with pytest.raises(FileProblem):
        read(root, path)


def test_links_work_within_and_not_out(root: Path, tmp_path: Path) -> None:
    (root / "to a").symlink_to("a.txt")
    (root / "to sub").symlink_to(root / "sub")
    (root / "to secret").symlink_to(tmp_path / "secret.txt")
    (root / "up").symlink_to("..")
    (root / "round").symlink_to("round")
    assert read(root, "to a")[1] == b"inside"
    assert read(root, "to sub/b ü.txt")[1] == b"deeper"
    for path in ("to secret", "up/secret.txt", "round", "up/outside/b ü.txt"):
        with pytest.raises(FileProblem):
            read(root, path)


def test_a_root_that_is_a_link_is_the_folder_that_it_leads_to(root: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(root)
    assert read(tmp_path / "link", "a.txt")[1] == b"inside"
    assert read(tmp_path / "link", str(tmp_path / "link" / "a.txt"))[1] == b"inside"


@pytest.mark.parametrize("parts", [("sub", "b ü.txt"), ("a.txt",)])
def test_a_link_is_not_followed_once_the_path_was_resolved(
    root: Path, tmp_path: Path, parts: tuple[str, ...]
) -> None:
    swapped = root / parts[0]
    swapped.rename(root / "moved")
    swapped.symlink_to(tmp_path / "outside" if len(parts) > 1 else tmp_path / "secret.txt")
    with pytest.raises(OSError, match=r"symbolic links|Not a directory"):
        open_below(root, parts)


@contextmanager
def swapping(path: Path, other: Path) -> Iterator[None]:
    """While the block runs, what is at `path` and at `other` change places, again and again."""
    stop, aside = threading.Event(), other.with_name("aside")

    def swap() -> None:
        while not stop.is_set():
            for _ in range(2):
                path.rename(aside)
                other.rename(path)
                aside.rename(other)

    thread = threading.Thread(target=swap)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


@pytest.mark.parametrize(
    ("swapped", "target", "path"),
    [
        ("sub", "outside", "sub/b ü.txt"),
        ("sub/deep", "outside", "sub/deep/b ü.txt"),
        ("sub/deep/b ü.txt", "outside/b ü.txt", "sub/deep/b ü.txt"),
        ("a.txt", "secret.txt", "a.txt"),
    ],
)
def test_what_is_swapped_for_a_link_meanwhile_never_gives_what_is_outside(
    root: Path, tmp_path: Path, swapped: str, target: str, path: str
) -> None:
    (root / "sub" / "deep").mkdir()
    (root / "sub" / "deep" / "b ü.txt").write_text("deepest")
    (tmp_path / "link").symlink_to(tmp_path / target)
    seen, refused = set(), 0
    with swapping(root / swapped, tmp_path / "link"):
        for _ in range(1000):
            try:
                seen.add(read(root, path)[1])
            except FileProblem:
                refused += 1
    assert len(seen) == 1
    assert seen < {b"inside", b"deeper", b"deepest"}
    assert refused > 0


@contextmanager
def let_go(pipe: Path) -> Iterator[None]:
    """Fails if the block waits for the other end of a pipe."""
    waited = threading.Event()

    def open_the_other_end() -> None:
        waited.set()
        os.close(os.open(pipe, os.O_RDWR))

    timer = threading.Timer(20, open_the_other_end)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
    assert not waited.is_set()


def test_a_pipe_is_refused_at_once(root: Path) -> None:
    os.mkfifo(root / "pipe")
    with let_go(root / "pipe"), pytest.raises(FileProblem, match="is not a file"):
        read(root, "pipe")
    with let_go(root / "pipe"), pytest.raises(FileProblem, match="Not a directory"):
        read(root, "pipe/a.txt")


def test_a_root_that_became_a_pipe_is_refused_at_once(root: Path, tmp_path: Path) -> None:
    roots = resolve_roots([root])
    root.rename(tmp_path / "moved")
    os.mkfifo(root)
    with let_go(root), pytest.raises(FileProblem, match="Not a directory"):
        roots.open("a.txt")


def test_a_device_is_no_file_even_where_devices_are_the_root() -> None:
    with pytest.raises(FileProblem, match="is not a file"):
        Roots((Path("/dev"),)).open("null")


def test_a_socket_is_refused(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket")
        with pytest.raises(FileProblem, match="cannot be opened"):
            read(root, "socket")


@pytest.mark.parametrize(
    "path", ["/dev/zero", "/dev/null", "/proc/self/status", "/sys/kernel/vmcoreinfo"]
)
def test_the_whole_disk_has_no_devices_and_no_proc(path: str) -> None:
    with pytest.raises(FileProblem, match="is not below /"):
        Roots((Path("/"),)).open(path)


@pytest.mark.parametrize(
    "path",
    [
        ".env",
        ".env.local",
        ".ENV",
        ".ssh/config",
        ".SSH/known_hosts",
        "keys/id_ed25519",
        "keys/id_rsa.pub",
        ".aws/credentials",
        ".netrc",
        ".git-credentials",
        ".bash_history",
        ".cache/huggingface/token",
        ".cache/huggingface/stored_tokens",
        ".docker/config.json",
        ".config/gcloud/access_tokens.db",
        ".envrc",
        "_netrc",
        ".npmrc",
        ".pypirc",
        ".pgpass",
        ".gitconfig",
        ".htpasswd",
        ".dockercfg",
        ".gnupg/secring.gpg",
        ".azure/x",
        ".gcloud/x",
        ".kube/config",
        ".password-store/x.gpg",
        "keyrings/login.keyring",
        "id_dsa",
        "id_ecdsa_sk",
        "passwords.kdbx",
        "stored_tokens",
        "huggingface/token",
        ".huggingface/token",
        "huggingface/hub/token",
    ],
)
def test_files_of_secrets_are_refused(root: Path, path: str) -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text("secret")
    (root / "harmless.txt").symlink_to(root / path)
    for name in (path, "harmless.txt"):
        with pytest.raises(FileProblem, match="passwords or tokens"):
            read(root, name)


@pytest.mark.parametrize(
    "path",
    [".hidden", "token", "tokens/token", "huggingface/tokenizer.json", "environment", "a.env"],
)
def test_names_that_only_look_a_little_like_it_are_fine(root: Path, path: str) -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text("fine")
    assert read(root, path)[1] == b"fine"


@pytest.mark.parametrize("name", ["100%25.txt", "a?b#c.txt", "a:b.txt", "file"])
def test_a_plain_path_is_not_read_as_a_uri(root: Path, name: str) -> None:
    (root / name).write_text("plain")
    assert read(root, name) == (name, b"plain")


def test_of_several_folders_the_first_that_has_it(root: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "a.txt").write_text("another")
    (other / "only.txt").write_text("only here")
    both = resolve_roots([root, other])
    for path, content in [("a.txt", b"inside"), ("only.txt", b"only here")]:
        file, _ = both.open(path)
        with file:
            assert file.read() == content


def test_a_root_must_be_a_folder(root: Path) -> None:
    with pytest.raises(ConfigurationError, match="is not a folder"):
        resolve_roots([root / "a.txt"])


def test_what_is_missing_is_in_none_of_the_folders(root: Path, tmp_path: Path) -> None:
    both = resolve_roots([root, tmp_path / "outside"])
    with pytest.raises(FileProblem, match=f"read from {root} or {tmp_path / 'outside'}$"):
        both.open("nothing.txt")


@pytest.mark.parametrize("url", ["ftp://host.example/a.txt", "s3://bucket/a.txt", "FTP://a.txt"])
def test_an_address_of_another_kind_is_no_path(root: Path, url: str) -> None:
    with pytest.raises(FileProblem, match="is no https URL"):
        read(root, url)
