"""An SVG of ours as PNG, with resvg and the letters that the front end's build brings.

resvg holds Python's lock for as long as it draws, which would keep everybody waiting: it draws in
a process of its own, one picture at a time, and is stopped if it takes too long.
"""

import functools
import math
import re
import subprocess
import sys
from typing import Final

from server.engine.turns import Turns
from server.http.problems import Problem
from server.settings import ROOT

FONTS: Final = ROOT / "server" / "static" / "built" / "fonts"
# What a picture has at most: about 25 megabytes while it is drawn, whatever was asked for.
MOST_PIXELS: Final = 6_000_000
_SHARPEST: Final = 2.0
# The largest picture takes about one.
_SECONDS: Final = 20.0
_RETRY_SECONDS: Final = 5
_SIZE: Final = re.compile(r'<svg [^>]*width="(\d+)" height="(\d+)"')
_turns: Final = Turns(running=1, waiting=4, retry=_RETRY_SECONDS)


def as_png(svg: str) -> bytes:
    """Return the picture, at twice its size in pixels if it has no more than `MOST_PIXELS` then.

    Raises `Problem` if other pictures, or this one, take too long.
    """
    found = _SIZE.match(svg)
    if found is None:
        raise ValueError("a picture without a size")
    zoom = min(_SHARPEST, math.sqrt(MOST_PIXELS / (int(found[1]) * int(found[2]))))
    with _turns.turn("Too many pictures are being drawn.", "Other pictures take too long."):
        try:
            return _drawn(svg, zoom)
        except subprocess.TimeoutExpired as error:
            raise Problem(
                "busy",
                "Drawing this picture takes too long now.",
                next_step="Take the SVG, or ask again after Retry-After.",
                headers={"Retry-After": str(_RETRY_SECONDS)},
            ) from error


@functools.cache
def is_possible() -> bool:
    """Say whether there are letters to write with: ours, or fonts of this machine."""
    return bool(_fonts()) or _has_letters()


@functools.cache
def _fonts() -> tuple[str, ...]:
    """Return the files of letters that the front end's build brought, none without it."""
    return tuple(str(path) for path in sorted(FONTS.glob("*.ttf")))


def _has_letters() -> bool:
    """Say whether words leave a trace on paper with the fonts of this machine."""

    def drawn(words: str) -> bytes:
        return _drawn(
            '<svg xmlns="http://www.w3.org/2000/svg" width="60" height="20">'
            f'<text y="15" font-family="sans-serif">{words}</text></svg>',
            1.0,
        )

    return drawn("Cebu") != drawn("")


def _drawn(svg: str, zoom: float) -> bytes:
    done = subprocess.run(  # noqa: S603 (our own program, and nothing of the request but the SVG)
        [sys.executable, "-m", "server.explore.pixels", f"{zoom:.4f}", *_fonts()],
        input=svg.encode(),
        stdout=subprocess.PIPE,
        timeout=_SECONDS,
        check=True,
        cwd=ROOT,
    )
    return done.stdout
