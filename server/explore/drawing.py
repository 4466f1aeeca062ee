"""Pictures as SVG 1.1: with classes for a page's style sheet, or with colours of their own."""

from dataclasses import dataclass, field
from html import escape
from typing import Final

# As the style sheet has them, for files: a browser takes no style sheet within an SVG from a
# server with our Content-Security-Policy, and other programs know nothing of ours.
_LITERAL: Final = {
    "words": 'fill="#1c2526"',
    "soft": 'fill="#55605f"',
    "strong": 'fill="#1c2526" font-weight="bold"',
    "warning": 'fill="#8a1c1c" font-weight="bold"',
    "over": 'fill="#1c2526" stroke="#ffffff" stroke-width="3" paint-order="stroke"'
    ' stroke-linejoin="round"',
    "over-strong": 'fill="#1c2526" font-weight="bold" stroke="#ffffff" stroke-width="3"'
    ' paint-order="stroke" stroke-linejoin="round"',
    "grid": 'fill="none" stroke="#cfd8da"',
    "bar": 'fill="#0b4f6c"',
    "bar-open": 'fill="#f3f6f7" stroke="#0b4f6c" stroke-dasharray="4 2"',
    "bar-before": 'fill="none" stroke="#8a1c1c"',
    "bar-female": 'fill="#8a6d1f"',
    "bar-male": 'fill="#2f7f7a"',
    "paper": 'fill="#ffffff"',
    "cell": 'fill="#ffffff" stroke="#cfd8da"',
    "cell-changed": 'fill="#fdf3f2" stroke="#8a1c1c"',
    "land": 'fill="#cfd8da"',
    "silent": 'fill="#ffffff" stroke="#55605f" stroke-dasharray="3 2"',
    **{
        f"shade-{step}": f'fill="#0b4f6c" fill-opacity="{opacity}" stroke="#55605f"'
        for step, opacity in enumerate((0.08, 0.25, 0.42, 0.6, 0.8), 1)
    },
    "edge-coordinator": 'fill="none" stroke="#0b4f6c" stroke-width="1.6"',
    "edge-lead": 'fill="none" stroke="#0b4f6c" stroke-width="3"',
    "edge-coLead": 'fill="none" stroke="#0b4f6c" stroke-width="3" stroke-dasharray="7 4"',
    "edge-contributingBody": 'fill="none" stroke="#8a6d1f" stroke-width="1.6"'
    ' stroke-dasharray="2 3"',
    "edge-collaborator": 'fill="none" stroke="#2f7f7a" stroke-width="1"',
    "node": 'fill="#0b4f6c"',
    "node-body": 'fill="#2f7f7a"',
}
_FONT: Final = "DejaVu Sans Condensed, DejaVu Sans, Noto Sans, Liberation Sans, sans-serif"
# How wide a character is on average, in the size of its letters.
_CHARACTER: Final = 0.5
_CAPITAL: Final = 0.68
# So many are shown, however little room there is.
_FEWEST: Final = 4
_MARGIN: Final = 16
_LINE: Final = 17


@dataclass(slots=True)
class Pen:
    """Draws; `height` grows with what is drawn. Lengths are pixels at the size of the page.

    `address` is that of the server, which makes links absolute; with it the drawing is a file of
    its own, without it a part of a page.
    """

    width: int
    address: str = ""
    height: float = 0
    parts: list[str] = field(default_factory=list)

    @property
    def is_file(self) -> bool:
        """Say whether this is a file of its own."""
        return bool(self.address)

    def look(self, name: str) -> str:
        """Return the attributes of a look: its class, or its colours."""
        return _LITERAL[name] if self.is_file else f'class="{name}"'

    def rect(
        self, x: float, y: float, width: float, height: float, look: str, title: str = ""
    ) -> None:
        """Draw a box."""
        self._add(
            "rect",
            f'x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" {self.look(look)}',
            _title(title),
        )
        self.grow(y + height)

    def path(self, d: str, look: str, title: str = "", more: str = "") -> None:
        """Draw a path (SVG 1.1, section 8.3)."""
        self._add("path", f'd="{d}" {self.look(look)}{more}', _title(title))

    def circle(self, x: float, y: float, radius: float, look: str, title: str = "") -> None:
        """Draw a circle."""
        self._add(
            "circle", f'cx="{x:g}" cy="{y:g}" r="{radius:g}" {self.look(look)}', _title(title)
        )
        self.grow(y + radius)

    def text(
        self,
        x: float,
        y: float,
        words: str,
        look: str = "words",
        *,
        anchor: str = "",
        size: float = 12,
        room: float = 0,
        full: str = "",
    ) -> None:
        """Write words on a line whose foot is `y`; in `room`, if given, at most that wide.

        `full` is what they stand for, if they are an abbreviation.
        """
        short = shortened(words, room, size) if room else words
        attributes = f'x="{x:g}" y="{y:g}" {self.look(look)}'
        if anchor:
            attributes += f' text-anchor="{anchor}"'
        if size != 12:
            attributes += f' font-size="{size:g}"'
        title = _title(full or words) if short != (full or words) else ""
        self.parts.append(f"<text {attributes}>{escape(short, quote=False)}{title}</text>\n")
        self.grow(y + 4)

    def open_link(self, href: str | None, name: str = "") -> None:
        """Begin what leads to `href`; `name` is for who hears it, where it has no words."""
        if href:
            full = self.address + href if href.startswith("/") else href
            label = f' aria-label="{escape(name)}"' if name and not self.is_file else ""
            self.parts.append(f'<a href="{escape(full)}"{label}>')

    def close_link(self, href: str | None) -> None:
        """End what leads to `href`."""
        if href:
            self.parts.append("</a>\n")

    def open_group(self, look: str = "") -> None:
        """Begin things that belong together."""
        self.parts.append(f'<g class="{look}">' if look and not self.is_file else "<g>")

    def close_group(self) -> None:
        """End them."""
        self.parts.append("</g>\n")

    def grow(self, bottom: float) -> None:
        """Have room down to `bottom`."""
        self.height = max(self.height, bottom)

    def _add(self, tag: str, attributes: str, inner: str) -> None:
        end = f">{inner}</{tag}>" if inner else "/>"
        self.parts.append(f"<{tag} {attributes}{end}\n")


def in_page(pen: Pen, title: str, description: str, key: str = "picture") -> str:
    """Return the drawing as a part of a page, where `key` makes its ids."""
    height = round(pen.height + 8)
    return (
        f'<svg class="drawing" viewBox="0 0 {pen.width} {height}" width="{pen.width}"'
        f' height="{height}" role="group" aria-labelledby="{key}-title {key}-desc">\n'
        f'<title id="{key}-title">{escape(title, quote=False)}</title>\n'
        f'<desc id="{key}-desc">{escape(description, quote=False)}</desc>\n'
        f"{''.join(pen.parts)}</svg>"
    )


def as_file(pen: Pen, title: str, description: str, foot: list[str]) -> str:
    """Return the drawing as a document, with its title above and the lines of `foot` below."""
    width = pen.width + 2 * _MARGIN
    heading = wrapped(title, pen.width, 17)
    top = _MARGIN + 22 * len(heading) + 8
    lines = [line for text in foot for line in wrapped(text, pen.width, 12)]
    bottom = top + pen.height + 24
    height = round(bottom + _LINE * len(lines) + _MARGIN)
    words = [
        f'<text x="{_MARGIN}" y="{_MARGIN + 18 + 22 * number}" font-size="17"'
        f" {_LITERAL['strong']}>{escape(line, quote=False)}</text>\n"
        for number, line in enumerate(heading)
    ]
    words += [
        f'<text x="{_MARGIN}" y="{bottom + _LINE * number:g}" {_LITERAL["soft"]}>'
        f"{escape(line, quote=False)}</text>\n"
        for number, line in enumerate(lines)
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}"'
        f' height="{height}" font-family="{_FONT}" font-size="12">\n'
        f"<title>{escape(title, quote=False)}</title>\n"
        f"<desc>{escape(description, quote=False)}</desc>\n"
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>\n'
        f'<g transform="translate({_MARGIN} {top})">\n{"".join(pen.parts)}</g>\n'
        f"{''.join(words)}</svg>\n"
    )


def shortened(words: str, room: float, size: float = 12) -> str:
    """Return as many of the words as have room, by the usual width of letters."""
    if _width(words, size) <= room:
        return words
    most = len(words)
    while most > _FEWEST and _width(words[:most] + "…", size) > room:
        most -= 1
    return words[:most].rstrip() + "…"


def _width(words: str, size: float) -> float:
    """Return about how wide words are: capitals are wider than other letters."""
    capitals = sum(map(str.isupper, words))
    return size * (_CHARACTER * (len(words) - capitals) + _CAPITAL * capitals)


def _title(words: str) -> str:
    return f"<title>{escape(words, quote=False)}</title>" if words else ""


def wrapped(words: str, room: float, size: float = 12) -> list[str]:
    """Return the words in lines that have room, by the usual width of letters."""
    lines = [""]
    for word in words.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and _width(longer, size) > room:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines
