"""Smaller copies of pictures that are too large to be shown as they are; needs Pillow."""

import io
from importlib.util import find_spec
from typing import BinaryIO

MIME_TYPE = "image/jpeg"

FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP")
"""What is opened; the decoders of rarer formats are no place for a stranger's file."""

MOST_PIXELS = 64_000_000
"""Larger pictures are not decoded: a small file can hold a picture that fills the memory."""

SIDES = (1024, 640, 320, 160)
"""Pixels of the longer side; the first that is small enough."""


def can_preview() -> bool:
    """Whether Pillow is there."""
    return find_spec("PIL") is not None


def make_preview(file: BinaryIO, limit: int) -> bytes | None:
    """A JPEG of at most `limit` bytes, or nothing if none can be made. Blocking."""
    from PIL import Image, ImageOps

    try:
        with Image.open(file, formats=FORMATS) as image:
            if image.width * image.height > MOST_PIXELS:
                return None
            image.draft("RGB", (SIDES[0], SIDES[0]))
            upright = ImageOps.exif_transpose(image).convert("RGBA")
    except (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError):
        return None
    for side in SIDES:
        upright.thumbnail((side, side))
        flat = Image.new("RGB", upright.size, "white")
        flat.paste(upright, mask=upright)
        encoded = io.BytesIO()
        flat.save(encoded, "JPEG", quality=80)
        if encoded.tell() <= limit:
            return encoded.getvalue()
    return None
