"""The picture of 1 MB that is shown and sent: always the same one, and of a size that is known."""

import os
import random
import struct
import tempfile
import zlib
from pathlib import Path

WIDTH, HEIGHT = 600, 590


def picture() -> Path:
    """A PNG of noise, so that nothing makes it smaller; written if it is not there yet."""
    path = Path(tempfile.gettempdir()) / "space-tools-benchmark" / "noise.png"
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        own = path.with_name(f"{os.getpid()}.png")
        own.write_bytes(_png())
        own.replace(path)
    return path


def _png() -> bytes:
    noise = random.Random(0)
    rows = b"".join(b"\0" + noise.randbytes(3 * WIDTH) for _ in range(HEIGHT))
    head = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(rows, 0)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )
