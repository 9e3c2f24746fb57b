"""Posters for the demo: a sky, some hills and a title, drawn from nothing but the prompt.

It stands in for an image model: the same request always gives the same picture, with no weights,
no fonts and no network. It knows nothing of Gradio, so that each step can be shown as progress.

Coordinates are pixels with the origin at the top left; colours are floats from 0 to 1.
"""

import hashlib
import string
import textwrap
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageColor, ImageDraw, ImageFont

Floats = NDArray[np.floating[Any]]
Outline = Callable[[Floats, np.random.Generator], Floats]

PAPER = "#fbf5e9"
HORIZON = 0.56  # where the farthest ridge stands, as a share of the height
RIDGES = 6
TITLE_LIMIT = 90  # characters; more would be too small to read
LETTERS = frozenset(
    string.ascii_letters + string.digits + string.punctuation + "\u2018\u2019\u201c\u201d°·©"
)
UNTITLED = "Untitled"


@dataclass(frozen=True)
class Palette:
    """The colours of one mood, and the outline that its ridges have."""

    sky: tuple[str, ...]  # from the top down to the horizon
    sun: str
    far: str
    near: str
    mist: str
    outline: Outline
    stars: int


@dataclass(frozen=True)
class Poster:
    """A poster in the making: `pixels` is (height, width, 3), and every step paints on it."""

    title: str
    caption: str
    palette: Palette
    pixels: Floats
    random: np.random.Generator

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        height, width, _ = self.pixels.shape
        return width, height

    def to_image(self) -> Image.Image:
        """The poster as an 8-bit RGB image."""
        return Image.fromarray((self.pixels.clip(0, 1) * 255).round().astype(np.uint8))


def hills(x: Floats, random: np.random.Generator) -> Floats:
    """Rolling hills: a few sines, each shorter and lower than the one before."""
    line = np.zeros_like(x)
    for octave in range(5):
        line += 0.5**octave * np.sin(2 * np.pi * (1.1 * 1.9**octave * x + random.random()))
    return line


def waves(x: Floats, random: np.random.Generator) -> Floats:
    """Swell with sharp crests, on a slow rise and fall."""
    crests: Floats = 1 - np.abs(np.sin(np.pi * (random.uniform(2.4, 4.2) * x + random.random())))
    slow: Floats = np.sin(2 * np.pi * (0.8 * x + random.random()))
    return 1.1 * crests**1.4 + 0.5 * slow - 0.4


def pines(x: Floats, random: np.random.Generator) -> Floats:
    """Low hills with a line of spruces on them."""
    count = round(random.uniform(22, 34) * x[-1])
    centres = (np.arange(count) + random.uniform(0, 0.9, count)) / count * x[-1]
    heights = random.uniform(0.5, 1.6, count)
    away = np.abs(x[None, :] - centres[:, None]) / (0.017 * heights[:, None])
    tier, within = np.divmod(4 * away.clip(0, 1), 1)
    trees = heights[:, None] * (1 - (tier + 0.25 + 0.75 * within**2) / 4) * (away < 1)
    treeline: Floats = trees.max(axis=0)
    return 0.55 * hills(x, random) + treeline


PALETTES = {
    "sunset": Palette(
        sky=("#1d1145", "#5b2a82", "#c4486f", "#f5875c", "#ffd08a"),
        sun="#fff0c2",
        far="#c9586f",
        near="#1c0f33",
        mist="#ffb27a",
        outline=hills,
        stars=70,
    ),
    "ocean": Palette(
        sky=("#0a2a52", "#16608c", "#4fa9b8", "#bfe0d2", "#fdeccb"),
        sun="#fffaf0",
        far="#5fb3bd",
        near="#062038",
        mist="#c9ece4",
        outline=waves,
        stars=24,
    ),
    "forest": Palette(
        sky=("#1f4a4f", "#4d8076", "#9dbb98", "#e0dcb0", "#f9e9c4"),
        sun="#fffbe0",
        far="#8fb093",
        near="#0d2420",
        mist="#e9eccb",
        outline=pines,
        stars=0,
    ),
}


def begin(prompt: str, *, width: int, height: int, palette: str, seed: int) -> Poster:
    """An empty poster of `width` x `height` pixels; `palette` is a key of `PALETTES`."""
    digest = hashlib.sha256(f"{seed}\n{palette}\n{prompt}".encode(errors="replace")).digest()
    return Poster(
        title=to_printable(prompt),
        caption=f"STUDIO  ·  {palette.upper()}  ·  {seed}",
        palette=PALETTES[palette],
        pixels=np.zeros((height, width, 3), dtype=np.float32),
        random=np.random.default_rng(int.from_bytes(digest[:8])),
    )


def paint_sky(poster: Poster) -> None:
    """The gradient, stars, a low sun with its glow, and a few streaks of cloud."""
    _, height = poster.size
    stops = np.array([to_rgb(colour) for colour in poster.palette.sky])
    rows = np.linspace(0, 1 / HORIZON, height)
    places = np.linspace(0, 1.1, len(stops))
    for channel in range(3):
        poster.pixels[:, :, channel] = np.interp(rows, places, stops[:, channel])[:, None]
    _paint_stars(poster)
    _paint_sun(poster)
    _paint_clouds(poster)


def paint_hills(poster: Poster) -> None:
    """Ridges from the horizon to the foreground, each darker and nearer than the one behind."""
    width, height = poster.size
    x = np.linspace(0, width / height, width)  # so that wide posters show more, not stretched, land
    y = np.arange(height, dtype=np.float32)[:, None]
    far, near, mist = (
        to_rgb(colour) for colour in (poster.palette.far, poster.palette.near, poster.palette.mist)
    )
    for depth in np.linspace(0, 1, RIDGES):
        swing = 0.028 + 0.026 * depth
        rise = poster.palette.outline(x * (1.6 - 0.7 * depth), poster.random)
        top = height * (HORIZON + 0.21 * depth**1.2 - swing * rise)
        slope = np.hypot(1, np.gradient(top))
        below = y - top
        colour = far + (near - far) * depth**0.8
        veil = 0.4 * (1 - depth) * ((y - top.mean()) / (0.13 * height)).clip(0, 1)[:, :, None]
        _blend(poster.pixels, colour + (mist - colour) * veil, (below / slope + 0.5).clip(0, 1))


def paint_lettering(poster: Poster) -> None:
    """The title and a caption at the foot, and the paper's edge around the picture."""
    width, height = poster.size
    margin = round(0.045 * min(width, height))
    left, bottom = 2.1 * margin, height - 2.1 * margin
    small = _font(max(9.0, 0.021 * min(width, height)))
    lines, font = fit_title(poster.title, width - 2 * left, 0.17 * height)
    mask = Image.new("L", poster.size)
    draw = ImageDraw.Draw(mask)
    draw.text((left, bottom), poster.caption, fill=190, font=small, anchor="ls")
    rule = bottom - 2 * small.size
    draw.rectangle((left, rule, left + 2.4 * margin, rule + max(1, margin / 14)), fill=190)
    baseline = rule - 0.55 * font.size
    for line in reversed(lines):
        draw.text((left, baseline), line, fill=255, font=font, anchor="ls")
        baseline -= 1.08 * font.size
    draw.rectangle((0, 0, width - 1, height - 1), outline=255, width=margin)
    _blend(poster.pixels, to_rgb(PAPER), np.asarray(mask, dtype=np.float32) / 255)


STEPS: tuple[tuple[str, Callable[[Poster], None]], ...] = (
    ("sky", paint_sky),
    ("hills", paint_hills),
    ("lettering", paint_lettering),
)


def draw(prompt: str, *, width: int, height: int, palette: str, seed: int) -> Image.Image:
    """The finished poster, all steps at once; arguments as for `begin`."""
    poster = begin(prompt, width=width, height=height, palette=palette, seed=seed)
    for _, paint in STEPS:
        paint(poster)
    return poster.to_image()


def to_printable(prompt: str) -> str:
    """`prompt` in the letters that Pillow's own font has, accents dropped, and not too long."""
    words = unicodedata.normalize("NFKD", prompt).split()
    plain = ("".join(letter for letter in word if letter in LETTERS) for word in words)
    title = " ".join(word for word in plain if word)
    if len(title) <= TITLE_LIMIT:
        return title or UNTITLED
    whole_words, _, _ = title[:TITLE_LIMIT].rpartition(" ")
    return (whole_words or title[:TITLE_LIMIT]) + "…"


def fit_title(title: str, width: float, height: float) -> tuple[list[str], ImageFont.FreeTypeFont]:
    """`title` broken into the lines that let it be largest within `width` x `height` pixels."""
    ruler = _font(100)
    fitted: list[tuple[float, list[str]]] = []
    for columns in range(min(max(map(len, title.split())), 24), len(title) + 1):
        lines = textwrap.wrap(title, columns)
        widest = max(ruler.getlength(line) for line in lines) / 100
        fits = min(0.95 * width / widest, height / (1.08 * len(lines)), 0.12 * width)
        fitted.append((fits, lines))
    size, lines = max(fitted, key=lambda fit: (round(fit[0], 3), -len(fit[1])))
    return lines, _font(size)


def to_rgb(colour: str) -> Floats:
    """`#rrggbb` as three floats from 0 to 1."""
    return np.array(ImageColor.getrgb(colour)[:3], dtype=np.float32) / 255


def _font(size: float) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(size)
    if not isinstance(font, ImageFont.FreeTypeFont):
        raise RuntimeError("This Pillow was built without FreeType; install one from a wheel.")
    return font


def _blend(pixels: Floats, colour: Floats, alpha: Floats) -> None:
    """Lays `colour` over `pixels` in place; `alpha` is (height, width), 1 where it covers."""
    pixels += alpha[:, :, None] * (colour - pixels)


def _paint_stars(poster: Poster) -> None:
    width, height = poster.size
    scale = min(width, height) / 512
    y, x = np.mgrid[-3:4, -3:4]
    for _ in range(poster.palette.stars):
        column = int(poster.random.integers(4, width - 4))
        row = int(4 + (0.36 * height) * poster.random.random() ** 1.5)
        spread = scale * poster.random.uniform(0.5, 1.1)
        glow = poster.random.uniform(0.35, 0.95) * np.exp(-(x**2 + y**2) / spread**2)
        patch = poster.pixels[row - 3 : row + 4, column - 3 : column + 4]
        _blend(patch, to_rgb(PAPER), glow)


def _paint_sun(poster: Poster) -> None:
    width, height = poster.size
    radius = min(width, height) * poster.random.uniform(0.085, 0.125)
    column = width * poster.random.uniform(0.3, 0.7)
    row = height * poster.random.uniform(HORIZON - 0.2, HORIZON - 0.1)
    y, x = np.ogrid[:height, :width]
    away = np.hypot(x - column, y - row).astype(np.float32)
    sun = to_rgb(poster.palette.sun)
    _blend(poster.pixels, sun, 0.55 * np.exp(-((away / (3 * radius)) ** 2)))
    _blend(poster.pixels, sun, (radius - away + 0.5).clip(0, 1))


def _paint_clouds(poster: Poster) -> None:
    width, height = poster.size
    y, x = np.ogrid[:height, :width]
    for _ in range(5):
        row = height * poster.random.uniform(0.16, HORIZON - 0.06)
        column = width * poster.random.uniform(0, 1)
        length = width * poster.random.uniform(0.12, 0.32)
        thickness = height * poster.random.uniform(0.004, 0.012)
        across = np.exp(-(((x - column) / length) ** 4))
        alpha = 0.38 * across * np.exp(-(((y - row) / (thickness * (0.3 + across))) ** 2))
        _blend(poster.pixels, to_rgb(poster.palette.mist), alpha.astype(np.float32))
