"""A file name of an app's choosing becomes one that is safe on every system."""

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from space_tools.gradio.files import safe_name


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("a.txt", "a.txt"),
        ("ünï cödé & #1.txt", "ünï cödé & #1.txt"),
        ("/etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("../..", "file"),
        ("", "file"),
        ("...", "file"),
        (".bashrc", "bashrc"),
        ("a.txt. ", "a.txt"),
        ("a\0b\n.txt", "a_b_.txt"),
        ('<a:b|c?d*e">.txt', "_a_b_c_d_e__.txt"),
        ("con", "_con"),
        ("Nul.txt", "_Nul.txt"),
        ("COM1", "_COM1"),
        ("console.txt", "console.txt"),
        ("invoice\u202efdp.exe", "invoice_fdp.exe"),
        ("a\x9b31mb.txt", "a_31mb.txt"),
        ("a.\ud800", "a._"),
    ],
)
def test_a_name_is_made_safe(name: str, safe: str) -> None:
    assert safe_name(name) == safe


@pytest.mark.parametrize("letter", ["x", "é", "絵", "🎉"])
def test_a_long_name_keeps_its_head_and_its_suffix(letter: str) -> None:
    safe = safe_name(letter * 200 + ".txt")
    assert 110 < len(safe.encode()) <= 120
    assert safe.removesuffix(".txt") == letter * (len(safe) - 4)
    assert safe_name("x." + "y" * 200).startswith("x.yyyyyyyy")


@given(
    st.text(st.characters(codec=None), max_size=200) | st.text("./\\ conau1:x\u0301", max_size=150)
)
def test_every_name_is_made_safe(name: str) -> None:
    safe = safe_name(name)
    assert safe
    assert len(safe.encode()) <= 120
    assert not set(safe) & set('/\\<>:"|?*')
    assert not any(unicodedata.category(c) in {"Cc", "Cs"} for c in safe)
    assert not safe.startswith(".")
    assert not safe.endswith((".", " "))
    assert Path(safe).name == safe
    assert safe.split(".")[0].lower() not in {"con", "prn", "aux", "nul", "com1", "lpt1"}
