"""An SVG of ours as PNG, with resvg and the letters that the front end's build brings."""

import functools
import math
import re
from typing import Final

from resvg_py import svg_to_bytes

from server.settings import ROOT

FONTS: Final = ROOT / "server" / "static" / "built" / "fonts"
_FAMILY: Final = "DejaVu Sans Condensed"
# What a picture has at most: about 25 megabytes while it is drawn, whatever was asked for.
MOST_PIXELS: Final = 6_000_000
_SHARPEST: Final = 2.0
_SIZE: Final = re.compile(r'<svg [^>]*width="(\d+)" height="(\d+)"')


def as_png(svg: str) -> bytes:
    """Return the picture, at twice its size in pixels if it has no more than `MOST_PIXELS` then."""
    from resvg_py import svg_to_bytes

    found = _SIZE.match(svg)
    if found is None:
        raise ValueError("a picture without a size")
    pixels = int(found[1]) * int(found[2])
    zoom = min(_SHARPEST, math.sqrt(MOST_PIXELS / pixels))
    files = _fonts()
    return bytes(
        svg_to_bytes(
            svg_string=svg,
            background="#ffffff",
            zoom=zoom,
            font_files=list(files),
            skip_system_fonts=bool(files),
            sans_serif_family=_FAMILY if files else None,
        )
    )


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
        return bytes(
            svg_to_bytes(
                svg_string='<svg xmlns="http://www.w3.org/2000/svg" width="60" height="20">'
                f'<text y="15" font-family="sans-serif">{words}</text></svg>'
            )
        )

    return drawn("Cebu") != drawn("")
