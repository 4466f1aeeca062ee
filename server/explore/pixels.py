"""The process that turns one SVG into a PNG: SVG on standard input, PNG on standard output.

`python -m server.explore.pixels ZOOM [FONT]...`
"""

import sys

from resvg_py import svg_to_bytes


def main(zoom: str, *fonts: str) -> None:
    """Write the picture at `zoom` times its size, with these files of letters or the machine's."""
    picture = svg_to_bytes(
        svg_string=sys.stdin.buffer.read().decode(),
        background="#ffffff",
        zoom=float(zoom),
        font_files=list(fonts),
        skip_system_fonts=bool(fonts),
        sans_serif_family="DejaVu Sans Condensed" if fonts else None,
    )
    sys.stdout.buffer.write(bytes(picture))


if __name__ == "__main__":
    main(*sys.argv[1:])
